//! Header field names (RFC 3261 clause 20 and its extensions), resolved while lexing.

macro_rules! names {
    ($($(#[$doc:meta])* $variant:ident = $text:literal $(| $compact:literal)?;)*) => {
        /// A header field name that pengate knows, or [`Name::Other`].
        #[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
        #[repr(u8)]
        pub enum Name {
            $(#[doc = concat!("`", $text, "`")] $(#[$doc])* $variant,)*
            /// Any other name; the octets of the field keep it.
            Other,
        }

        impl Name {
            /// Every known name.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The long form, as written on the wire; empty for [`Name::Other`].
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)*
                    Self::Other => "",
                }
            }

            /// The one-letter form, where the name has one.
            #[must_use]
            pub const fn compact(self) -> Option<u8> {
                match self {
                    $($(Self::$variant => Some($compact),)?)*
                    _ => None,
                }
            }
        }
    };
}

names! {
    Accept = "Accept";
    AcceptContact = "Accept-Contact" | b'a';
    AcceptEncoding = "Accept-Encoding";
    AcceptLanguage = "Accept-Language";
    Allow = "Allow";
    AllowEvents = "Allow-Events" | b'u';
    Authorization = "Authorization";
    CallId = "Call-ID" | b'i';
    Contact = "Contact" | b'm';
    ContentDisposition = "Content-Disposition";
    ContentEncoding = "Content-Encoding" | b'e';
    ContentLength = "Content-Length" | b'l';
    ContentType = "Content-Type" | b'c';
    CSeq = "CSeq";
    Date = "Date";
    Event = "Event" | b'o';
    Expires = "Expires";
    From = "From" | b'f';
    Identity = "Identity" | b'y';
    MaxForwards = "Max-Forwards";
    MimeVersion = "MIME-Version";
    MinExpires = "Min-Expires";
    PAccessNetworkInfo = "P-Access-Network-Info";
    PAssertedIdentity = "P-Asserted-Identity";
    PAssociatedUri = "P-Associated-URI";
    PChargingFunctionAddresses = "P-Charging-Function-Addresses";
    PChargingVector = "P-Charging-Vector";
    PPreferredIdentity = "P-Preferred-Identity";
    PServedUser = "P-Served-User";
    PVisitedNetworkId = "P-Visited-Network-ID";
    Path = "Path";
    Privacy = "Privacy";
    ProxyAuthenticate = "Proxy-Authenticate";
    ProxyAuthorization = "Proxy-Authorization";
    ProxyRequire = "Proxy-Require";
    RecordRoute = "Record-Route";
    ReferTo = "Refer-To" | b'r';
    ReferredBy = "Referred-By" | b'b';
    Require = "Require";
    RetryAfter = "Retry-After";
    Route = "Route";
    Server = "Server";
    ServiceRoute = "Service-Route";
    SessionExpires = "Session-Expires" | b'x';
    SipEtag = "SIP-ETag";
    SipIfMatch = "SIP-If-Match";
    Subject = "Subject" | b's';
    SubscriptionState = "Subscription-State";
    Supported = "Supported" | b'k';
    SuppressIfMatch = "Suppress-If-Match";
    Timestamp = "Timestamp";
    To = "To" | b't';
    Unsupported = "Unsupported";
    UserAgent = "User-Agent";
    Via = "Via" | b'v';
    Warning = "Warning";
    WwwAuthenticate = "WWW-Authenticate";
}

impl Name {
    /// Finds the name that `octets` spell, in any case and in long or compact form.
    #[inline]
    #[must_use]
    pub fn find(octets: &[u8]) -> Self {
        match octets {
            [] => Self::Other,
            [letter] => COMPACT[usize::from(letter & 0x1f)]
                .filter(|_| letter.is_ascii_alphabetic())
                .unwrap_or(Self::Other),
            _ => match LONG[slot(octets)] {
                Some((text, name)) if is_same(text, octets) => name,
                _ => Self::Other,
            },
        }
    }
}

/// Equality without case, most often found with it.
#[inline]
fn is_same(name: &[u8], octets: &[u8]) -> bool {
    name == octets || name.eq_ignore_ascii_case(octets)
}

/// Where a name of two octets or more lives in [`LONG`]: a hash without collisions among
/// [`Name::ALL`], which the compiler checks when it builds the table.
const fn slot(octets: &[u8]) -> usize {
    let len = octets.len();
    let first = (octets[0] | 0x20) as usize;
    let middle = (octets[len / 2] | 0x20) as usize;
    let last = (octets[len - 1] | 0x20) as usize;
    (len + 12 * first + 17 * middle + last) & 0xff
}

static LONG: [Option<(&[u8], Name)>; 256] = {
    let mut table = [None; 256];
    let mut index = 0;
    while index < Name::ALL.len() {
        let name = Name::ALL[index];
        let text = name.as_str().as_bytes();
        assert!(table[slot(text)].is_none(), "two header names share a slot");
        table[slot(text)] = Some((text, name));
        index += 1;
    }
    table
};

static COMPACT: [Option<Name>; 32] = {
    let mut table = [None; 32];
    let mut index = 0;
    while index < Name::ALL.len() {
        if let Some(letter) = Name::ALL[index].compact() {
            let at = (letter & 0x1f) as usize;
            assert!(table[at].is_none(), "two header names share a letter");
            table[at] = Some(Name::ALL[index]);
        }
        index += 1;
    }
    table
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_found_in_any_case_and_in_its_compact_form() {
        for &name in Name::ALL {
            let text = name.as_str();
            assert_eq!(Name::find(text.as_bytes()), name);
            assert_eq!(Name::find(text.to_ascii_uppercase().as_bytes()), name);
            assert_eq!(Name::find(text.to_ascii_lowercase().as_bytes()), name);
            if let Some(letter) = name.compact() {
                assert_eq!(Name::find(&[letter]), name);
                assert_eq!(Name::find(&[letter.to_ascii_uppercase()]), name);
            }
        }
    }

    #[test]
    fn names_that_only_resemble_a_known_one_are_other() {
        for text in [
            "",
            "Vi",
            "Viaa",
            "Via ",
            "X-Via",
            "T0",
            "q",
            "\u{16}",
            "P-Asserted-Identita",
        ] {
            assert_eq!(Name::find(text.as_bytes()), Name::Other, "{text}");
        }
    }
}
