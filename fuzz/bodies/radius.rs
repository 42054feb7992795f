//! RADIUS: any datagram is read or refused, never more; what is read can be written again.

use pengate_codecs::radius::{
    Accounting, Builder, Draft, Packet, Secret, describe, dict, gi, sign_batch, verify_batch,
    verify_request, verify_response,
};

/// One input.
pub fn run(octets: &[u8]) {
    let secret = Secret::from("testing123");
    let Ok(packet) = Packet::decode(octets) else {
        return;
    };
    assert!(packet.octets().len() <= octets.len());

    walk(&packet);
    check_locations(&packet);
    check_rebuilt(&packet, &secret);
    check_signatures(&packet, &secret);
}

/// Every way to look at the packet.
fn walk(packet: &Packet<'_>) {
    if let Ok(view) = Accounting::decode(packet) {
        assert!(view.faults.count() == 0 || view.faults.first_at().is_some());
    }
    for vendor in dict::vendors() {
        for attribute in packet.vendor(vendor.number).flatten() {
            assert!(attribute.at + attribute.value.len() <= packet.octets().len());
        }
    }
    for full in [false, true] {
        describe(packet, full, &mut |name, value| {
            assert!(!name.is_empty());
            assert!(value.to_string().len() <= 2_000);
        });
    }
}

/// What a location says survives being written and read; spare bits need not.
fn check_locations(packet: &Packet<'_>) {
    for attribute in packet.gi().flatten() {
        if let Some(location) = gi::UserLocation::decode(attribute.value) {
            let mut out = Vec::new();
            location.encode(&mut out);
            assert_eq!(out.len(), attribute.value.len());
            assert_eq!(gi::UserLocation::decode(&out), Some(location));
        }
        if let Some(zone) = gi::TimeZone::decode(attribute.value) {
            assert_eq!(gi::TimeZone::decode(&zone.encode()), Some(zone));
        }
        if let Some(profile) = gi::QosProfile::decode(attribute.value) {
            let mut out = Vec::new();
            profile.encode(&mut out);
            assert_eq!(out, attribute.value);
        }
    }
}

/// The same attributes, built anew, are the same octets.
fn check_rebuilt(packet: &Packet<'_>, secret: &Secret) {
    let mut out = Vec::new();
    let builder = Builder::new(&mut out, packet.code(), packet.identifier());
    let builder = packet.attributes().fold(builder, |builder, attribute| {
        builder.attribute(attribute.kind, attribute.value)
    });
    let octets = builder
        .finish_request(packet.authenticator(), secret)
        .expect("it fitted before");
    assert_eq!(octets, packet.octets().len());
    assert_eq!(out[..4], packet.octets()[..4]);
    assert_eq!(out[20..], *packet.attribute_octets());
}

/// One by one and in a batch are the same; an answer of ours is believed.
fn check_signatures(packet: &Packet<'_>, secret: &Secret) {
    let verdict = verify_request(packet, secret);
    let mut verdicts = Vec::new();
    verify_batch(&[(*packet, secret); 9], &mut verdicts);
    assert_eq!(verdicts, [verdict; 9]);

    let mut out = Vec::new();
    // Only Proxy-States that leave no room for a Message-Authenticator have no answer.
    let Ok(draft) = Draft::answer(packet, &mut out) else {
        assert!(packet.octets().len() > 4_000);
        return;
    };
    sign_batch(&[(draft, secret)], &mut out);
    let response = Packet::decode(&out).expect("an answer is a packet");
    assert_eq!(
        verify_response(&response, packet.authenticator(), secret),
        Ok(())
    );
}
