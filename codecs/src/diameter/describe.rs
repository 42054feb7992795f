//! A message as a list of names and values, for people and for `pengate decode`.

use std::borrow::Cow;

use super::{
    Avps, Header, Message,
    dict::{self, Type, Value},
};

/// Calls `field` for the header's fields and each AVP, in the message's order, under the
/// specification's names; those in a group stand behind its name: `User-Identity.MSISDN`. AVPs
/// without a name are `AVP-N` or `Vendor-V-AVP-N`.
///
/// Unless `full`, only what matters for presence is told. Secrets are never shown: in full they are
/// [`Value::Hidden`].
pub fn describe(message: &Message<'_>, full: bool, field: &mut dyn FnMut(&str, Value<'_>)) {
    describe_header(message.header(), field);
    walk(message.avps(), "", full, field);
}

/// As [`describe`], of the header alone.
fn describe_header(header: &Header, field: &mut dyn FnMut(&str, Value<'_>)) {
    field("Command-Code", Value::Unsigned(header.command.into()));
    let number = header.application;
    let named = dict::application(number).map(|name| Value::Named { number, name });
    field(
        "Application-ID",
        named.unwrap_or(Value::Unsigned(number.into())),
    );
    field("Flags", Value::Text(&header.flags.to_string()));
    field(
        "Hop-by-Hop-Identifier",
        Value::Unsigned(header.hop_by_hop.into()),
    );
    field(
        "End-to-End-Identifier",
        Value::Unsigned(header.end_to_end.into()),
    );
}

fn walk(avps: Avps<'_>, before: &str, full: bool, field: &mut dyn FnMut(&str, Value<'_>)) {
    for avp in avps {
        let entry = dict::lookup(avp.kind);
        let name: Cow<'_, str> = match entry {
            Some(entry) => entry.name.into(),
            None if avp.kind.vendor == 0 => format!("AVP-{}", avp.kind.code).into(),
            None => format!("Vendor-{}-AVP-{}", avp.kind.vendor, avp.kind.code).into(),
        };
        if !full && before.is_empty() && !INTERESTING.contains(&name.as_ref()) {
            continue;
        }
        let path = format!("{before}{name}");
        let group = entry.is_some_and(|entry| entry.data_type == Type::Grouped);
        match avp.group() {
            Ok(members) if group => walk(members, &format!("{path}."), full, field),
            _ => {
                let value = entry.map(|entry| Value::decode(entry, &avp));
                field(&path, value.unwrap_or(Value::Octets(avp.data)));
            }
        }
    }
}

/// What presence is told from, and what tells messages apart.
const INTERESTING: [&str; 44] = [
    "3GPP-IMSI",
    "3GPP-RAT-Type",
    "3GPP-User-Location-Info",
    "3GPP-WLAN-APN-Id",
    "Accounting-Record-Number",
    "Accounting-Record-Type",
    "Acct-Application-Id",
    "Acct-Interim-Interval",
    "Acct-Multi-Session-Id",
    "Acct-Session-Id",
    "Acct-Session-Time",
    "Auth-Application-Id",
    "CC-Request-Number",
    "CC-Request-Type",
    "Called-Station-Id",
    "Calling-Station-Id",
    "Current-Location",
    "Data-Reference",
    "Destination-Host",
    "Destination-Realm",
    "Disconnect-Cause",
    "Error-Message",
    "Event-Timestamp",
    "Experimental-Result",
    "Expiry-Time",
    "Failed-AVP",
    "Framed-IP-Address",
    "Framed-IPv6-Prefix",
    "Identity-Set",
    "Origin-Host",
    "Origin-Realm",
    "Origin-State-Id",
    "Product-Name",
    "Requested-Domain",
    "Result-Code",
    "Send-Data-Indication",
    "Server-Name",
    "Session-Id",
    "Subs-Req-Type",
    "Subscription-Id",
    "Termination-Cause",
    "User-Data",
    "User-Identity",
    "User-Name",
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diameter::{Builder, Flags, Kind, kinds};

    fn example() -> Vec<u8> {
        let header = Header {
            length: 0,
            flags: Flags(0xc0),
            command: 309,
            application: 16_777_217,
            hop_by_hop: 1,
            end_to_end: 2,
        };
        let mut out = Vec::new();
        Builder::new(&mut out, &header)
            .text(kinds::SESSION_ID, "hss.ims.example;1;2")
            .unsigned32(kinds::AUTH_SESSION_STATE, 1)
            .group(Kind::tgpp(700), |group| {
                group.text(Kind::tgpp(601), "sip:alice@ims.example")
            })
            .avp(Kind::tgpp(702), b"<Sh-Data/>")
            .avp(Kind::base(2), b"hunter2")
            .optional(Kind::base(65_000), &[1])
            .optional(Kind { vendor: 9, code: 1 }, &[2])
            .avp(kinds::EXPERIMENTAL_RESULT, &[1, 2, 3])
            .finish()
            .unwrap();
        out
    }

    fn described(full: bool) -> Vec<String> {
        let octets = example();
        let mut lines = Vec::new();
        describe(
            &Message::decode(&octets).unwrap(),
            full,
            &mut |name, value| {
                lines.push(format!("{name}={value}"));
            },
        );
        lines
    }

    #[test]
    fn what_matters_is_told_in_order() {
        assert_eq!(
            described(false),
            [
                "Command-Code=309",
                "Application-ID=Sh",
                "Flags=RP",
                "Hop-by-Hop-Identifier=1",
                "End-to-End-Identifier=2",
                "Session-Id=hss.ims.example;1;2",
                "User-Identity.Public-Identity=sip:alice@ims.example",
                "User-Data=<Sh-Data/>",
                "Experimental-Result=010203",
            ]
        );
    }

    #[test]
    fn in_full_everything_is_told_but_secrets() {
        let lines = described(true);
        for line in [
            "Auth-Session-State=NO_STATE_MAINTAINED",
            "User-Password=(hidden)",
            "AVP-65000=01",
            "Vendor-9-AVP-1=02",
        ] {
            assert!(lines.iter().any(|told| told == line), "{line} in {lines:?}");
        }
        assert!(!lines.concat().contains("hunter2"));
    }

    #[test]
    fn what_is_interesting_is_in_the_dictionary() {
        assert!(INTERESTING.is_sorted());
        for name in INTERESTING {
            assert!(
                dict::entries().iter().any(|entry| entry.name == name),
                "{name}"
            );
        }
    }
}
