//! Associations between others.

use pengate_codecs::map::{UpdateGprsLocationArg, UpdateLocationArg};

use super::*;

fn observing() -> Options {
    Options {
        observe: true,
        ..Options::default()
    }
}

fn number<'a>(digits: &str, buffer: &'a mut [u8; 9]) -> map::IsdnAddressString<'a> {
    map::IsdnAddressString::international(digits.as_bytes(), buffer).unwrap()
}

/// A message between a number and the HLR, in one direction.
fn seen(bench: &mut Bench, heading: Heading, octets: &[u8]) {
    let vlr = Address::international(VLR, 7).unwrap();
    let hlr = Address::international("99900000005", 6).unwrap();
    let (called, calling) = match heading {
        Heading::In => (&hlr, &vlr),
        Heading::Out => (&vlr, &hlr),
    };
    let mut message = Vec::new();
    Unitdata {
        class: ProtocolClass {
            sequence: sccp::Sequence::Kept,
            delivery: sccp::Delivery::Discard,
        },
        called: called.party(),
        calling: calling.party(),
        data: octets,
    }
    .encode(&mut message)
    .unwrap();
    let bytes = data(&message);
    let chunk = Chunk {
        at: bench.now,
        channel: channel(2905),
        heading,
        bytes: &bytes,
    };
    bench.step(&[Input::Chunk(chunk)]);
    assert_eq!(bench.out.sends().len(), 0);
}

fn update_location() -> Vec<u8> {
    let (mut imsi, mut msc, mut vlr) = ([0; 8], [0; 9], [0; 9]);
    let argument = UpdateLocationArg::new(
        map::Imsi::from_digits(IMSI.as_bytes(), &mut imsi).unwrap(),
        number("99900000006", &mut msc),
        number(VLR, &mut vlr),
    );
    let mut out = Vec::new();
    argument.encode(&mut out);
    begin([4, 0, 0, 1, 0, 1, 3], |writer| {
        writer.invoke(1, tcap::Code::Local(2), |to| to.extend_from_slice(&out));
    })
}

fn update_gprs_location() -> Vec<u8> {
    let (mut imsi, mut sgsn) = ([0; 8], [0; 9]);
    let argument = UpdateGprsLocationArg::new(
        map::Imsi::from_digits(IMSI.as_bytes(), &mut imsi).unwrap(),
        number(SGSN, &mut sgsn),
        map::GsnAddress::new(&[4, 192, 0, 2, 1]).unwrap(),
    );
    let mut out = Vec::new();
    argument.encode(&mut out);
    begin([4, 0, 0, 1, 0, 32, 3], |writer| {
        writer.invoke(1, tcap::Code::Local(23), |to| to.extend_from_slice(&out));
    })
}

fn end(write: impl FnOnce(&mut ComponentWriter<'_>)) -> Vec<u8> {
    let mut out = Vec::new();
    tcap::end(&mut out, 0x0412_3456.into(), None, write);
    out
}

#[test]
fn an_update_counts_when_the_hlr_took_it() {
    for (octets, source, reporter, domain) in [
        (update_location(), Source::Pc, VLR, "cs"),
        (update_gprs_location(), Source::Pg, SGSN, "ps"),
    ] {
        let mut bench = Bench::fresh(observing());
        bench.step(&[Input::Up(channel(2905))]);
        assert!(bench.out.hang_ups.is_empty());
        seen(&mut bench, Heading::In, &octets);
        assert!(bench.out.events.is_empty());
        seen(
            &mut bench,
            Heading::Out,
            &end(|writer| writer.empty_result(1)),
        );
        let (_, event) = &bench.out.events[0];
        assert_eq!((event.source, event.reporter.as_str()), (source, reporter));
        assert_eq!(event.subject.imsi.unwrap().0.to_string(), IMSI);
        let fact = format!("{{\"mobility\":{{\"domain\":\"{domain}\",\"state\":\"attached\"}}}}");
        assert_eq!(bench.facts(), [fact]);
    }
}

#[test]
fn one_that_is_refused_or_never_answered_does_not_count() {
    let mut bench = Bench::fresh(observing());
    seen(&mut bench, Heading::In, &update_location());
    let refusal = end(|writer| writer.error(1, tcap::Code::Local(8), |_| {}));
    seen(&mut bench, Heading::Out, &refusal);
    assert!(bench.out.events.is_empty());
    seen(&mut bench, Heading::In, &update_location());
    bench.now = bench.now + Duration::from_secs(21);
    seen(
        &mut bench,
        Heading::Out,
        &end(|writer| writer.empty_result(1)),
    );
    assert!(bench.out.events.is_empty() && bench.room.observed.told.is_empty());
}

#[test]
fn the_same_said_to_us_is_not_served() {
    let mut options = options();
    options.observe = true;
    let mut bench = Bench::new(options);
    bench.told((VLR, 7), 147, &update_location());
    assert_eq!(bench.faults(), ["application-context"]);
    assert!(matches!(aborted(&bench.answer()), Some(Dialogue::Response(it)) if !it.is_accepted));
}
