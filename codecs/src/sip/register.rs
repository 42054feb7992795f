//! What a REGISTER says, in one pass over its fields (RFC 3261 clause 10.2, TS 24.229 clause
//! 5.4.1.7).

use super::lex::Row;
use super::message::{elements, whole};
use super::{
    DecodeError, Field, Message, Name,
    header::{
        AccessNetwork, Address, CSeq, CallId, Contact, ContentType, Expires, From, Header, To,
        VisitedNetwork,
    },
};

/// The fields of a REGISTER that tell of a registration, borrowed from the message.
#[derive(Clone, Debug)]
pub struct Register<'m, 'a> {
    /// Whose registration it is.
    pub to: Address<'a>,
    /// Who registers it: in a third-party REGISTER the S-CSCF.
    pub from: Address<'a>,
    /// Names the registrations of one sender.
    pub call: Option<CallId<'a>>,
    /// Its place among them.
    pub cseq: Option<CSeq<'a>>,
    /// Seconds of validity: of Expires, else the most that a Contact tells. 0 is the end of them all.
    pub expires: Option<u32>,
    /// The access network: of several the one that the network vouches for, then the first that can
    /// be read.
    pub access: Option<AccessNetwork<'a>>,
    /// Credentials of a user agent.
    pub authorization: Option<Field<'a>>,
    /// What the body is; nothing when that cannot be read.
    pub content_type: Option<ContentType<'a>>,
    /// Where the first row is that names a visited network.
    visits: Option<usize>,
    message: &'m Message<'a>,
}

impl<'m, 'a> Register<'m, 'a> {
    /// Reads the fields.
    ///
    /// # Errors
    /// [`DecodeError::Missing`] of To and From; [`DecodeError::Repeated`] and [`DecodeError::Value`]
    /// of these and of Call-ID, CSeq and Expires. What else cannot be read is taken for absent.
    pub fn decode(message: &'m Message<'a>) -> Result<Self, DecodeError> {
        let mut to = None;
        let mut from = None;
        let mut call = None;
        let mut cseq = None;
        let mut expires = None;
        let mut contact = None;
        let mut access: Option<AccessNetwork<'a>> = None;
        let mut authorization = None;
        let mut content_type = None;
        let mut visits = None;
        for (index, row) in message.rows.iter().enumerate() {
            let field = || message.at_row(row);
            let scan = || message.scan_row(row);
            match row.name {
                Name::To => once::<To<'a>>(&mut to, message, row)?,
                Name::From => once::<From<'a>>(&mut from, message, row)?,
                Name::CallId => once::<CallId<'a>>(&mut call, message, row)?,
                Name::CSeq => once::<CSeq<'a>>(&mut cseq, message, row)?,
                Name::Expires => once::<Expires>(&mut expires, message, row)?,
                Name::Contact if contact.is_none() => contact = Some(()),
                Name::PAccessNetworkInfo => {
                    for told in elements::<AccessNetwork<'a>>(scan()).flatten() {
                        let counts = access.is_none_or(|access| {
                            told.is_network_provided() && !access.is_network_provided()
                        });
                        if counts {
                            access = Some(told);
                        }
                    }
                }
                Name::Authorization if authorization.is_none() => authorization = Some(field()),
                Name::ContentType if content_type.is_none() => {
                    content_type = Some(scan().and_then(whole::<ContentType<'a>>).ok());
                }
                Name::PVisitedNetworkId if visits.is_none() => visits = Some(index),
                _ => {}
            }
        }
        let expires = expires.map(|expires: Expires| expires.0);
        let contact = contact.filter(|()| expires.is_none());
        Ok(Self {
            to: needed::<To<'a>>(to)?.0,
            from: needed::<From<'a>>(from)?.0,
            call,
            cseq,
            expires: expires.or_else(|| contact.and_then(|()| contact_expires(message))),
            access,
            authorization,
            content_type: content_type.flatten(),
            visits,
            message,
        })
    }

    /// The networks between the user agent and its home, as far as they can be read.
    pub fn visited(&self) -> impl Iterator<Item = VisitedNetwork<'a>> {
        let rows = self.visits.and_then(|first| self.message.rows.get(first..));
        let named = rows.unwrap_or_default().iter();
        let named = named.filter(|row| row.name == Name::PVisitedNetworkId);
        named.flat_map(|row| elements(self.message.scan_row(row)).flatten())
    }

    /// The body.
    #[must_use]
    pub const fn body(&self) -> &'a [u8] {
        self.message.body()
    }
}

/// Takes a header that may occur once.
fn once<'a, H: Header<'a>>(
    place: &mut Option<H>,
    message: &Message<'a>,
    row: &Row,
) -> Result<(), DecodeError> {
    if place.is_some() {
        let field = message.at_row(row);
        let (at, name) = (field.at, field.name);
        return Err(DecodeError::Repeated { at, name });
    }
    *place = Some(message.scan_row(row).and_then(whole)?);
    Ok(())
}

fn needed<'a, H: Header<'a>>(header: Option<H>) -> Result<H, DecodeError> {
    header.ok_or(DecodeError::Missing { name: H::NAME })
}

/// What the Contacts say where there is no Expires: each lives for its own time, and the registration
/// with the last of them (RFC 3261 clauses 10.2.1.1 and 10.3).
fn contact_expires(message: &Message<'_>) -> Option<u32> {
    let contacts = message.list::<Contact<'_>>().flatten();
    let mut longest = None;
    let mut all_tell = true;
    for address in contacts.filter_map(Contact::address) {
        let told = address.params.value("expires");
        let told: Option<u32> = told.and_then(|text| text.parse().ok());
        longest = longest.max(told);
        all_tell &= told.is_some();
    }
    // One that tells nothing stays for as long as the registrar likes, so that is no end.
    longest.filter(|secs| *secs > 0 || all_tell)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sip::Framing;

    const HEAD: &str = "REGISTER sip:pna.ims.example SIP/2.0\r\n\
        To: <sip:alice@ims.example>\r\n\
        From: <sip:scscf.ims.example:6060>;tag=1\r\n\
        Call-ID: c1\r\n\
        CSeq: 10 REGISTER\r\n";

    fn with<T>(more: &str, look: impl FnOnce(Result<Register<'_, '_>, DecodeError>) -> T) -> T {
        let text = format!("{HEAD}{more}\r\n");
        let message = Message::decode(text.as_bytes(), Framing::Datagram).unwrap();
        look(Register::decode(&message))
    }

    #[test]
    fn every_field_is_read() {
        let more = "Contact: <sip:scscf.ims.example>;expires=7\r\nExpires: 600\r\n\
            P-Access-Network-Info: ;odd, IEEE-802.11b, 3GPP-GERAN;network-provided\r\n\
            P-Access-Network-Info: 3GPP-NR-FDD;network-provided\r\n\
            P-Visited-Network-ID: other.example, \"third\"\r\n\
            Authorization: Digest username=\"a\"\r\nContent-Type: message/sip\r\n";
        with(more, |register| {
            let register = register.unwrap();
            assert_eq!(register.to.uri, "sip:alice@ims.example");
            assert_eq!(register.from.uri, "sip:scscf.ims.example:6060");
            assert_eq!(register.call, Some(CallId("c1")));
            assert_eq!(register.cseq.unwrap().number, 10);
            assert_eq!(register.expires, Some(600));
            let digest = register.authorization.unwrap().octets;
            assert_eq!(digest, b"Digest username=\"a\"");
            assert_eq!(register.access.unwrap().access, "3GPP-NR-FDD");
            assert!(register.content_type.unwrap().is("message/sip"));
            let visited: Vec<_> = register.visited().map(|network| network.0).collect();
            assert_eq!(visited, ["other.example", "third"]);
        });
    }

    #[test]
    fn the_access_that_the_network_vouches_for_counts_then_the_first() {
        for (more, access) in [
            ("A, B;network-provided, C;network-provided", "B"),
            ("A, B", "A"),
            ("A\r\nP-Access-Network-Info: B;network-provided", "B"),
            (";\r\nP-Access-Network-Info: A", "A"),
        ] {
            let more = format!("P-Access-Network-Info: {more}\r\n");
            let told = with(&more, |register| {
                register.unwrap().access.map(|told| told.access.to_owned())
            });
            assert_eq!(told.as_deref(), Some(access), "{more}");
        }
        assert!(with("", |register| register.unwrap().access.is_none()));
    }

    #[test]
    fn without_expires_the_contact_that_stays_longest_counts() {
        for (more, expires) in [
            (
                "Contact: *\r\nm: <sip:a>, <sip:b>;expires=8, <sip:c>;expires=9\r\n",
                Some(9),
            ),
            (
                "Contact: <sip:a>;expires=9\r\nContact: <sip:b>;expires=0\r\n",
                Some(9),
            ),
            ("Contact: <sip:a>;expires=0, <sip:b>;expires=0\r\n", Some(0)),
            // The other one stays for as long as the registrar likes.
            ("Contact: <sip:a>;expires=0, <sip:b>\r\n", None),
            ("Contact: <sip:b>, <sip:a>;expires=0\r\n", None),
            ("Contact: <sip:b>;expires=soon\r\n", None),
            ("Contact: <sip:a>\r\n", None),
            ("", None),
        ] {
            assert_eq!(with(more, |register| register.unwrap().expires), expires);
        }
    }

    #[test]
    fn what_is_needed_is_an_error_when_absent_twice_there_or_unreadable() {
        for (more, name) in [
            ("t: <sip:b>\r\n", Name::To),
            ("From: <sip:b>\r\n", Name::From),
            ("i: c2\r\n", Name::CallId),
            ("CSeq: 11 REGISTER\r\n", Name::CSeq),
            ("Expires: 1\r\nExpires: 1\r\n", Name::Expires),
        ] {
            let error = with(more, |register| register.unwrap_err());
            assert!(matches!(error, DecodeError::Repeated { name: of, .. } if of == name));
        }
        let soon = with("Expires: soon\r\n", |register| register.unwrap_err());
        let at = HEAD.len() + 9;
        let name = Name::Expires;
        assert_eq!(soon, DecodeError::Value { at, name });
        let nothing = b"REGISTER sip:a SIP/2.0\r\n\r\n";
        let message = Message::decode(nothing, Framing::Datagram).unwrap();
        let missing = Register::decode(&message).unwrap_err();
        assert_eq!(missing, DecodeError::Missing { name: Name::To });
    }
}
