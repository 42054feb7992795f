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

/// Enough for the longest known name and the colon after it.
pub(super) const WINDOW: usize = 32;

impl Name {
    /// Finds the name that `octets` spell, in any case and in long or compact form.
    #[must_use]
    pub fn find(octets: &[u8]) -> Self {
        let mut window = [0; WINDOW];
        match window.split_at_mut_checked(octets.len()) {
            Some((start, [colon, ..])) => {
                start.copy_from_slice(octets);
                *colon = b':';
                Self::ahead(&window, octets.len())
            }
            _ => Self::Other,
        }
    }

    /// The name that `window` starts with, whose first colon is at `len`.
    #[inline]
    pub(super) fn ahead(window: &[u8; WINDOW], len: usize) -> Self {
        if len == 1 {
            let letter = window[0];
            let known =
                COMPACT[usize::from(letter & 0x1f)].filter(|_| letter.is_ascii_alphabetic());
            return known.unwrap_or(Self::Other);
        }
        let known = &KNOWN[usize::from(SLOTS[slot(window, len)])];
        // All octets at once, without a way out: fewer instructions than a comparison by length.
        let (words, _) = window.as_chunks::<8>();
        let mut differs = 0;
        for ((word, text), fold) in words.iter().zip(&known.text).zip(&known.fold) {
            differs |= (u64::from_le_bytes(*word) ^ text) & fold;
        }
        if differs == 0 {
            known.name
        } else {
            Self::Other
        }
    }
}

/// A name as it is compared: with its colon, so that only one of the same length is equal.
struct Known {
    text: [u64; WINDOW / 8],
    /// The bits of each octet that count: of letters all but the one for the case, and nothing
    /// after the colon.
    fold: [u64; WINDOW / 8],
    name: Name,
}

/// Where a name of two octets or more lives in [`SLOTS`]: a hash of its first three octets (of `To`
/// the colon is one), its last and their number, without collisions among [`Name::ALL`], which the
/// compiler checks when it builds the table.
#[inline]
const fn slot(window: &[u8; WINDOW], len: usize) -> usize {
    let last = window[len.wrapping_sub(1) % WINDOW];
    let [count, ..] = len.to_le_bytes();
    let octets = u32::from_le_bytes([window[0], window[1], window[2], last]) | 0x2020_2020;
    let key = octets.wrapping_add(count as u32);
    key.wrapping_mul(0xfe7a_436f).to_le_bytes()[3] as usize
}

/// By slot, the index in [`KNOWN`]; that of [`Name::Other`] where there is none.
static SLOTS: [u8; 256] = {
    let mut table = [OTHER; 256];
    let mut index = 0;
    while index < OTHER {
        let name = Name::ALL[index as usize];
        let slot = slot(&window(name), name.as_str().len());
        assert!(table[slot] == OTHER, "two header names share a slot");
        table[slot] = index;
        index += 1;
    }
    table
};

/// Every name as it is compared, in the order of [`Name::ALL`], then [`Name::Other`], whose text is
/// a colon: equal to no name, and no name if it were.
static KNOWN: [Known; OTHER as usize + 1] = {
    let mut table = [const { known(Name::Other) }; OTHER as usize + 1];
    let mut index = 0;
    while index < Name::ALL.len() {
        table[index] = known(Name::ALL[index]);
        index += 1;
    }
    table
};

const OTHER: u8 = Name::Other as u8;

/// The name as a message has it, and nothing after the colon.
const fn window(name: Name) -> [u8; WINDOW] {
    let octets = name.as_str().as_bytes();
    let mut window = [0; WINDOW];
    let mut index = 0;
    while index < octets.len() {
        window[index] = octets[index];
        index += 1;
    }
    window[index] = b':';
    window
}

const fn known(name: Name) -> Known {
    let window = window(name);
    let (words, _) = window.as_chunks::<8>();
    let mut text = [0; WINDOW / 8];
    let mut fold = [0; WINDOW / 8];
    let mut at = 0;
    while at < words.len() {
        let mut folds = [0; 8];
        let mut index = 0;
        while index < 8 {
            folds[index] = match words[at][index] {
                0 => 0,
                b'A'..=b'Z' | b'a'..=b'z' => 0xdf,
                _ => 0xff,
            };
            index += 1;
        }
        text[at] = u64::from_le_bytes(words[at]);
        fold[at] = u64::from_le_bytes(folds);
        at += 1;
    }
    Known { text, fold, name }
}

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
