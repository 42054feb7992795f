//! What octet strings mean, by their types.

use std::{
    fmt::{self, Display},
    net::IpAddr,
};

use pengate_codecs::{cap, map, sccp::Digits};

use super::{super::line::Line, octets::Octets};

/// Tells an octet string of a type: in the words of its specification, else in base 16.
pub(super) fn tell(line: &mut Line, path: &str, of: &str, octets: &[u8]) {
    if meant(line, path, of, octets).is_none() {
        line.display(path, Octets(octets));
    }
}

/// Nothing if the octets mean nothing.
fn meant(line: &mut Line, path: &str, of: &str, octets: &[u8]) -> Option<()> {
    match of {
        "Imsi" | "Imei" => line.display(path, map::Tbcd::new(octets)),
        "IsdnAddressString" => address(line, path, map::IsdnAddressString::new(octets)?),
        "CalledPartyBcdNumber" => line.display(path, map::Tbcd::new(octets.get(1..)?)),
        "CalledPartyNumber"
        | "CallingPartyNumber"
        | "LocationNumber"
        | "OriginalCalledPartyId"
        | "RedirectingPartyId" => number(line, path, octets)?,
        // Behind what kind of number it is.
        "AdditionalCallingPartyNumber" => number(line, path, octets.get(1..)?)?,
        "Apn" | "AccessPointName" => line.display(path, Labels(octets)),
        "DiameterIdentity" | "Fqdn" => line.text(path, std::str::from_utf8(octets).ok()?),
        "GsnAddress" => line.display(path, ip(octets.get(1..)?)?),
        "PdpAddress" => line.display(path, ip(octets)?),
        "TimeAndTimezone" => {
            let time = cap::TimeAndTimezone::new(octets.try_into().ok()?);
            line.display(path, Time(time.clock()?));
        }
        "GprsChargingId" => {
            line.number(path, u32::from_be_bytes(octets.try_into().ok()?).into());
        }
        "Lac" => line.number(path, u16::from_be_bytes(octets.try_into().ok()?).into()),
        "LegType" => line.number(path, (*octets.first()?).into()),
        "Cause" => line.number(path, cause(octets)?.into()),
        _ => return place(line, path, of, octets),
    }
    Some(())
}

/// The types that have a text of their own; a test holds them to the tables.
#[cfg(test)]
pub(super) const NAMES: &[&str] = &[
    "Imsi",
    "Imei",
    "IsdnAddressString",
    "CalledPartyBcdNumber",
    "CalledPartyNumber",
    "CallingPartyNumber",
    "LocationNumber",
    "OriginalCalledPartyId",
    "RedirectingPartyId",
    "AdditionalCallingPartyNumber",
    "Apn",
    "AccessPointName",
    "DiameterIdentity",
    "Fqdn",
    "GsnAddress",
    "PdpAddress",
    "TimeAndTimezone",
    "GprsChargingId",
    "Lac",
    "LegType",
    "Cause",
    "CellGlobalIdOrServiceAreaIdFixedLength",
    "CellGlobalIdOrServiceAreaIdOrLaiOctets",
    "LaiFixedLength",
    "RaIdentity",
    "EUtranCgi",
    "TaId",
    "NrCgi",
    "NrTaId",
    "PlmnId",
    "GeographicalInformation",
    "GeodeticInformation",
];

/// A cell, an area, a network or a point.
fn place(line: &mut Line, path: &str, of: &str, octets: &[u8]) -> Option<()> {
    use map::{
        CellGlobalIdOrServiceAreaIdFixedLength as Cell, EUtranCgi, GeodeticInformation,
        GeographicalInformation, LaiFixedLength, NrCgi, NrTaId, PlmnId, RaIdentity, TaId,
    };
    match of {
        "CellGlobalIdOrServiceAreaIdFixedLength" => {
            line.display(path, Cell::new(octets.try_into().ok()?).to_cgi()?);
        }
        "CellGlobalIdOrServiceAreaIdOrLaiOctets" => {
            match cap::CellGlobalIdOrServiceAreaIdOrLaiOctets::new(octets)?.cell_or_area()? {
                cap::CellOrArea::Cell(cell) => line.display(path, cell.to_cgi()?),
                cap::CellOrArea::Area(area) => line.display(path, area.to_lai()?),
            }
        }
        "LaiFixedLength" => {
            line.display(path, LaiFixedLength::new(octets.try_into().ok()?).to_lai()?);
        }
        "RaIdentity" => line.display(path, RaIdentity::new(octets.try_into().ok()?).to_rai()?),
        "EUtranCgi" => line.display(path, EUtranCgi::new(octets.try_into().ok()?).to_ecgi()?),
        "TaId" => line.display(path, TaId::new(octets.try_into().ok()?).to_tai()?),
        "NrCgi" => line.display(path, NrCgi::new(octets.try_into().ok()?).to_ncgi()?),
        "NrTaId" => line.display(path, NrTaId::new(octets.try_into().ok()?).to_tai()?),
        "PlmnId" => line.display(path, PlmnId::new(octets.try_into().ok()?).plmn()?),
        "GeographicalInformation" => {
            let point = GeographicalInformation::new(octets.try_into().ok()?);
            line.display(path, Point(point.to_circle()?));
        }
        "GeodeticInformation" => {
            let point = GeodeticInformation::new(octets.try_into().ok()?);
            line.display(path, Point(point.to_circle()?));
        }
        _ => return None,
    }
    Some(())
}

fn address(line: &mut Line, path: &str, address: map::IsdnAddressString<'_>) {
    line.display(path, address.digits());
    let nature = match address.nature() {
        map::Nature::International => return,
        map::Nature::Unknown => "unknown",
        map::Nature::National => "national",
        map::Nature::NetworkSpecific => "network specific",
        map::Nature::Subscriber => "subscriber",
        map::Nature::Abbreviated => "abbreviated",
        map::Nature::Reserved(_) => "reserved",
    };
    line.text(&format!("{path}.nature"), nature);
}

/// A number of Q.763: odd and nature, plan with presentation, digits.
fn number(line: &mut Line, path: &str, octets: &[u8]) -> Option<()> {
    let [first, second, digits @ ..] = octets else {
        return None;
    };
    line.display(path, Digits::new(digits, first & 0x80 != 0));
    if second >> 2 & 3 == 1 {
        line.text(&format!("{path}.presentation"), "restricted");
    }
    Some(())
}

/// The cause value of Q.850, behind its location and perhaps a recommendation.
fn cause(octets: &[u8]) -> Option<u8> {
    let [first, rest @ ..] = octets else {
        return None;
    };
    let value = if first & 0x80 == 0 {
        rest.get(1)?
    } else {
        rest.first()?
    };
    Some(value & 0x7f)
}

fn ip(octets: &[u8]) -> Option<IpAddr> {
    if let Ok(four) = <[u8; 4]>::try_from(octets) {
        return Some(four.into());
    }
    <[u8; 16]>::try_from(octets).ok().map(IpAddr::from)
}

/// An access point name, each label behind its length.
struct Labels<'a>(&'a [u8]);

impl Display for Labels<'_> {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.0;
        let mut mark = "";
        while let [length, after @ ..] = rest {
            let (label, after) = after.split_at(after.len().min((*length).into()));
            write!(to, "{mark}{}", String::from_utf8_lossy(label))?;
            (rest, mark) = (after, ".");
        }
        Ok(())
    }
}

struct Time(cap::Clock);

impl Display for Time {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cap::Clock {
            year,
            month,
            day,
            hour,
            minute,
            second,
            quarters,
        } = self.0;
        let sign = if quarters < 0 { '-' } else { '+' };
        let (hours, minutes) = (
            quarters.unsigned_abs() / 4,
            quarters.unsigned_abs() % 4 * 15,
        );
        write!(
            to,
            "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{sign}{hours:02}:{minutes:02}"
        )
    }
}

/// Degrees north and east, and metres.
struct Point(map::Circle);

impl Display for Point {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        let map::Circle {
            latitude,
            longitude,
            radius,
        } = self.0;
        write!(to, "{latitude:.5} {longitude:.5} {radius:.0} m")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(of: &str, octets: &[u8]) -> String {
        let mut line = Line::default();
        tell(&mut line, "it", of, octets);
        String::from_utf8(line.finish().to_vec()).unwrap()
    }

    #[test]
    fn octets_are_told_as_their_type_means_them() {
        for (of, octets, expected) in [
            (
                "Imsi",
                &[0x00, 0x01, 0x01, 0, 0, 0, 0, 0xf1][..],
                r#""001010000000001""#,
            ),
            ("IsdnAddressString", &[0x91, 0x99, 0x09, 0xf1], r#""99901""#),
            (
                "IsdnAddressString",
                &[0xa1, 0x99],
                r#""99","it.nature":"national""#,
            ),
            (
                "CallingPartyNumber",
                &[0x84, 0x17, 0x99, 0x09],
                r#""999","it.presentation":"restricted""#,
            ),
            (
                "AdditionalCallingPartyNumber",
                &[6, 4, 0x13, 0x99],
                r#""99""#,
            ),
            ("Apn", b"\x03web\x03ims", r#""web.ims""#),
            ("GsnAddress", &[4, 192, 0, 2, 1], r#""192.0.2.1""#),
            ("GprsChargingId", &[0, 0, 1, 0], "256"),
            ("Cause", &[0x80, 0x90], "16"),
            ("Cause", &[0, 0x80, 0x91], "17"),
            ("LegType", &[2], "2"),
            ("MmCode", &[0x80], r#""80""#),
            (
                "LaiFixedLength",
                &[0, 0xf1, 0x10, 0x12, 0x34],
                r#""LAI 00101-4660""#,
            ),
            ("LaiFixedLength", &[0xff; 5], r#""ffffffffff""#),
            (
                "TimeAndTimezone",
                &[0x02, 0x62, 0x70, 0x21, 0x41, 0x51, 0x00, 0x0a],
                r#""2026-07-12T14:15:00-05:00""#,
            ),
            (
                "GeographicalInformation",
                &[0x10, 0x4a, 0x7e, 0xa5, 0x03, 0x7c, 0x12, 0x14],
                r#""52.37909 4.90029 57 m""#,
            ),
        ] {
            assert_eq!(told(of, octets), format!("{{\"it\":{expected}}}\n"), "{of}");
        }
    }

    #[test]
    fn octets_cut_anywhere_are_told_somehow() {
        for of in NAMES {
            for end in 0..20 {
                assert!(told(of, &[0xff; 20][..end]).starts_with("{\"it\":"), "{of}");
                assert!(told(of, &[0; 20][..end]).starts_with("{\"it\":"), "{of}");
            }
        }
    }
}
