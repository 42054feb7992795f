//! A packet as a list of names and values, for people and for `pengate decode`.

use super::{
    Attribute, Packet, VendorAttributes, VendorFormat,
    dict::{self, Entry, IETF, Type, Value},
    gi,
};

/// Calls `field` for the code, the identifier and each attribute, in the packet's order, under the
/// specification's names; attributes without one are `Attribute-N` or `Vendor-V-Attribute-N`.
///
/// Unless `full`, only what matters for presence is told: all Acct-*, station ids, Framed-IP and
/// IPv6 addresses, NAS-*, User-Name, Event-Timestamp and every 3GPP attribute. Secrets are never
/// shown: in full they are [`Value::Hidden`].
pub fn describe(packet: &Packet<'_>, full: bool, field: &mut dyn FnMut(&str, Value<'_>)) {
    let code = packet.code();
    let number = u64::from(code.to_wire());
    let named = code.name().map(|name| Value::Named { number, name });
    field("Code", named.unwrap_or(Value::Integer(number)));
    field("Identifier", Value::Integer(packet.identifier().into()));
    for attribute in packet.attributes() {
        describe_attribute(&attribute, full, field);
    }
}

fn describe_attribute(
    attribute: &Attribute<'_>,
    full: bool,
    field: &mut dyn FnMut(&str, Value<'_>),
) {
    if let Some((vendor, octets)) = attribute.vendor() {
        if full || vendor == gi::VENDOR {
            describe_vendor(vendor, octets, attribute.at, field);
        }
        return;
    }
    match dict::lookup(IETF, attribute.kind.into()) {
        Some(entry) if full || is_of_interest(entry) => tell(entry, attribute.value, field),
        None if full => {
            field(
                &format!("Attribute-{}", attribute.kind),
                Value::Octets(attribute.value),
            );
        }
        _ => {}
    }
}

fn describe_vendor(vendor: u32, octets: &[u8], at: usize, field: &mut dyn FnMut(&str, Value<'_>)) {
    let format = VendorFormat::of(vendor);
    let mut read = 0;
    for attribute in VendorAttributes::new(vendor, format, octets, at) {
        let Ok(attribute) = attribute else {
            // From here on the octets do not keep to the format: carried as they are.
            let rest = octets.get(read..).unwrap_or_default();
            field(&format!("Vendor-{vendor}"), Value::Octets(rest));
            return;
        };
        read += format.header_octets() + attribute.value.len();
        match dict::lookup(vendor, attribute.kind) {
            Some(entry) => tell(entry, attribute.value, field),
            None => {
                let name = format!("Vendor-{vendor}-Attribute-{}", attribute.kind);
                field(&name, Value::Octets(attribute.value));
            }
        }
    }
}

fn tell(entry: &Entry, octets: &[u8], field: &mut dyn FnMut(&str, Value<'_>)) {
    for value in Value::list(entry, octets) {
        field(entry.name, value);
    }
}

fn is_of_interest(entry: &Entry) -> bool {
    const NAMES: [&str; 7] = [
        "Called-Station-Id",
        "Calling-Station-Id",
        "Event-Timestamp",
        "Framed-IPv6-Address",
        "Framed-IPv6-Prefix",
        "Framed-Interface-Id",
        "User-Name",
    ];
    let is_prefixed = ["Acct-", "Framed-IP-Address", "NAS-"]
        .iter()
        .any(|prefix| entry.name.starts_with(prefix));
    entry.kind != Type::Secret && (is_prefixed || NAMES.contains(&entry.name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::radius::{Builder, Code, Secret, attribute};

    fn described(octets: &[u8], full: bool) -> Vec<String> {
        let mut lines = Vec::new();
        let packet = Packet::decode(octets).unwrap();
        describe(&packet, full, &mut |name, value| {
            lines.push(format!("{name}={value}"))
        });
        lines
    }

    fn example() -> Vec<u8> {
        let mut out = Vec::new();
        Builder::new(&mut out, Code::AccountingRequest, 7)
            .integer(attribute::ACCT_STATUS_TYPE, 1)
            .attribute(attribute::USER_PASSWORD, b"hunter2hunter2hu")
            .attribute(attribute::CALLING_STATION_ID, b"99900000001")
            .attribute(attribute::CLASS, b"\x01\x02")
            .attribute(254, b"\x03")
            .gi(gi::kind::NSAPI, b"5")
            .gi(200, b"\x04")
            .attribute(
                attribute::VENDOR_SPECIFIC,
                b"\x00\x00\x28\xaf\x0a\x036\x0b\x09",
            )
            .vendor(8164, 62, &[0, 0, 0, 1])
            .vendor(99_999, 3, b"\x05")
            .finish_request(&[0; 16], &Secret::from("testing123"))
            .unwrap();
        out
    }

    #[test]
    fn what_matters_is_told_in_order() {
        assert_eq!(
            described(&example(), false),
            [
                "Code=Accounting-Request",
                "Identifier=7",
                "Acct-Status-Type=Start",
                "Calling-Station-Id=99900000001",
                "3GPP-NSAPI=5",
                "Vendor-10415-Attribute-200=04",
                "3GPP-NSAPI=6",
                "Vendor-10415=0b09",
            ]
        );
    }

    #[test]
    fn in_full_everything_is_told_but_secrets() {
        let lines = described(&example(), true);
        for line in [
            "User-Password=(hidden)",
            "Class=0102",
            "Attribute-254=03",
            "SN-GTP-Version=GTP_VERSION_1",
            "Vendor-99999-Attribute-3=05",
        ] {
            assert!(
                lines.iter().any(|told| told.starts_with(line)),
                "{line} in {lines:?}"
            );
        }
        assert!(!lines.concat().contains("hunter2"));
    }
}
