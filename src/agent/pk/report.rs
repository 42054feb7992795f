//! From a report of the gateway to a fact.

use std::{net::IpAddr, time::Duration};

use pengate_codecs::{
    Stamp,
    radius::{
        Accounting, Authenticator, StatusType,
        gi::{RatType, UserLocation},
    },
};
use smol_str::SmolStr;
use xxhash_rust::xxh3::Xxh3;

use crate::agent::{access_point, identity};
use crate::event::{
    Cell, Digits, Domain, Fact, Imsi, Mobility, Msisdn, NetworkEvent, Order, Phase, Place, Plmn,
    Rat, Reset, Session, SessionKey, Source, Subject,
};

/// Puts an event together.
pub(super) fn event(
    source: Source,
    reporter: SmolStr,
    order: Order,
    view: &Accounting<'_>,
    fact: Fact,
) -> NetworkEvent {
    let subject = match fact {
        Fact::Reset(_) => Subject::default(),
        _ => subject(source, view, &reporter),
    };
    NetworkEvent {
        order,
        source,
        reporter,
        subject,
        fact,
    }
}

/// A session's fact; `None` without Acct-Session-Id (RFC 2866 clause 5.5 demands it).
pub(super) fn session(
    source: Source,
    view: &Accounting<'_>,
    status: StatusType,
    lifetime: Duration,
) -> Option<Fact> {
    let gi = &view.gi;
    let context = gi.nsapi.map(|nsapi| nsapi.number());
    let phase = match status {
        StatusType::Stop if context.is_some() && !gi.session_stop_indicator => Phase::ContextEnded,
        StatusType::Stop => Phase::Ended,
        _ => Phase::Active,
    };
    Some(Fact::Session(Session {
        phase,
        id: text(view.session_id?),
        context,
        apn: called(source, view).map(text),
        rat: gi.rat_type.map(rat),
        serving: gi.sgsn_mcc_mnc.map(plmn),
        home: gi.ggsn_mcc_mnc.or(gi.imsi_mcc_mnc).map(plmn),
        place: place(view),
        time_offset: gi.ms_timezone.map(|zone| zone.minutes_east()),
        lifetime: (phase == Phase::Active).then_some(lifetime),
    }))
}

/// Accounting-On or -Off: of one access point when it is named, else of all. `None` of one of a WLAN:
/// which sessions were there is not known, and to close one that goes on is worse than to believe in one
/// that is lost until its lifetime is over.
pub(super) fn reset(source: Source, view: &Accounting<'_>) -> Option<Fact> {
    let apn = called(source, view).map(text);
    let is_known = apn.is_some() || view.called_station_id.is_none();
    is_known.then_some(Fact::Reset(Reset { apn }))
}

fn called<'a>(source: Source, view: &Accounting<'a>) -> Option<&'a [u8]> {
    access_point::name(source, view.called_station_id?)
}

/// An Access-Request's fact: who asks for a session is served by the packet domain there.
pub(super) fn access(view: &Accounting<'_>) -> Option<Fact> {
    let mobility = Mobility {
        domain: Domain::Ps,
        state: None,
        serving: view.gi.sgsn_mcc_mnc.map(plmn),
        place: place(view),
    };
    (mobility.serving.is_some() || mobility.place.is_some()).then_some(Fact::Mobility(mobility))
}

/// What makes two reports tell the same, apart from when.
pub(super) fn digest(reporter: &str, view: &Accounting<'_>, status: StatusType) -> u64 {
    let mut digest = Xxh3::new();
    digest.update(&status.to_wire().to_be_bytes());
    for part in [
        reporter.as_bytes(),
        view.session_id.unwrap_or_default(),
        &view
            .gi
            .nsapi
            .map_or(0, |nsapi| nsapi.number())
            .to_be_bytes(),
        // Only On and Off are told apart by the access point: a session has one.
        match status {
            StatusType::AccountingOn | StatusType::AccountingOff => {
                view.called_station_id.unwrap_or_default()
            }
            _ => &[],
        },
        // Interim updates of one session are told apart by how long it lasted.
        &view.session_time.unwrap_or(0).to_be_bytes(),
    ] {
        digest.update(part);
        digest.update(&[0]);
    }
    digest.digest()
}

pub(super) fn digest_of_access(reporter: &str, authenticator: &Authenticator) -> u64 {
    let mut digest = Xxh3::new();
    digest.update(reporter.as_bytes());
    digest.update(authenticator);
    digest.digest()
}

/// The event's place in time: of reports of one instant those that end something come
/// last, and a restart of the gateway first.
pub(super) fn order(at: Stamp, status: StatusType, digest: u64) -> Order {
    let rank: u64 = match status {
        StatusType::AccountingOn => 0,
        StatusType::Start => 1,
        StatusType::InterimUpdate => 2,
        _ => 3,
    };
    Order {
        at: at.to_millis(),
        id: rank << 56 | digest >> 8,
    }
}

fn subject(source: Source, view: &Accounting<'_>, reporter: &str) -> Subject {
    let gi = &view.gi;
    Subject {
        imsi: gi
            .imsi
            .and_then(|imsi| Digits::from_ascii(imsi.as_octets()).ok())
            .map(Imsi),
        msisdn: view.calling_station_id.and_then(number).map(Msisdn),
        nai: view.user_name.map(text).filter(|name| name.contains('@')),
        uri: None,
        address: address(source, view),
        session: view
            .session_id
            .map(|id| SessionKey::new(reporter.as_bytes(), id)),
    }
}

/// International digits; a plus sign or, as some gateways write it, an octet that holds the type of
/// number may stand before them.
fn number(octets: &[u8]) -> Option<Digits> {
    let digits = match octets {
        [b'+' | 0x80..=0xff, rest @ ..] => rest,
        _ => octets,
    };
    Digits::from_ascii(digits).ok()
}

/// The address of a session; of IPv6 the prefix where it is a packet bearer's. Over Pr and Pp several
/// hosts may have addresses of one prefix (RFC 6911).
fn address(source: Source, view: &Accounting<'_>) -> Option<IpAddr> {
    let given = |address: &std::net::Ipv4Addr| {
        // 255.255.255.255 and .254 stand for an address still to be chosen (RFC 2865 clause 5.8).
        !address.is_unspecified() && address.octets()[..3] != [255; 3]
    };
    let prefix = view
        .framed_ipv6_prefix
        .map(|(prefix, _)| IpAddr::V6(prefix));
    let v6 = view.framed_ipv6_address.map(IpAddr::V6).or(prefix);
    let v6 = match source {
        Source::Pk => v6.map(identity::of_bearer),
        _ => v6,
    };
    view.framed_ip_address.filter(given).map(IpAddr::V4).or(v6)
}

fn place(view: &Accounting<'_>) -> Option<Place> {
    let cell = match view.gi.user_location_info? {
        UserLocation::Cgi(cgi) => Cell::Cgi {
            plmn: plmn(cgi.plmn),
            lac: cgi.lac,
            ci: cgi.ci,
        },
        UserLocation::Sai(sai) => Cell::Sai {
            plmn: plmn(sai.plmn),
            lac: sai.lac,
            sac: sai.sac,
        },
        UserLocation::Rai(rai) => Cell::Rai {
            plmn: plmn(rai.plmn),
            lac: rai.lac,
            rac: rai.rac,
        },
        UserLocation::Lai(lai) => Cell::Lai {
            plmn: plmn(lai.plmn),
            lac: lai.lac,
        },
        UserLocation::Tai(tai) | UserLocation::TaiEnodeb(tai, _) => Cell::Tai {
            plmn: plmn(tai.plmn),
            tac: tai.tac.into(),
        },
        UserLocation::FiveGsTai(tai) | UserLocation::FiveGsTaiNcgi(tai, _) => Cell::Tai {
            plmn: plmn(tai.plmn),
            tac: tai.tac,
        },
        UserLocation::Ecgi(ecgi) => Cell::Ecgi {
            plmn: plmn(ecgi.plmn),
            eci: ecgi.eci,
            tac: None,
        },
        UserLocation::TaiEcgi(tai, ecgi) => Cell::Ecgi {
            plmn: plmn(ecgi.plmn),
            eci: ecgi.eci,
            tac: Some(tai.tac),
        },
        UserLocation::Enodeb(_) | UserLocation::Ncgi(_) | UserLocation::Raw { .. } => return None,
    };
    let seen = view.gi.user_location_info_time.and_then(ntp);
    Some(Place {
        cell: Some(cell),
        seen,
        ..Place::default()
    })
}

/// Seconds since 1900 (RFC 5905) as a stamp.
fn ntp(secs: u32) -> Option<Stamp> {
    const FROM_1900_TO_1970: i64 = 2_208_988_800;
    (secs > 0).then(|| Stamp::from_secs(i64::from(secs) - FROM_1900_TO_1970))
}

fn plmn(plmn: pengate_codecs::Plmn) -> Plmn {
    Plmn {
        mcc: plmn.mcc(),
        mnc: plmn.mnc(),
        three_digit_mnc: plmn.mnc_digits() == 3,
    }
}

const fn rat(rat: RatType) -> Rat {
    match rat {
        RatType::Utran => Rat::Utran,
        RatType::Geran => Rat::Geran,
        RatType::Wlan => Rat::Wlan,
        RatType::Gan => Rat::Gan,
        RatType::HspaEvolution => Rat::Hspa,
        RatType::Eutran => Rat::Eutran,
        RatType::Virtual => Rat::Virtual,
        RatType::NbIot => Rat::Nbiot,
        RatType::LteM => Rat::Ltem,
        RatType::Nr => Rat::Nr,
        other => Rat::Other(other.to_wire()),
    }
}

fn text(octets: &[u8]) -> SmolStr {
    SmolStr::from(String::from_utf8_lossy(octets))
}
