//! Where the network saw the device, as PIDF-LO (RFC 4119, 5491).

use std::time::Duration;

use pengate_codecs::pidf::{Namespace, Writer};

use super::{Options, project::text};
use crate::{
    event::{Cell, Place, Plmn, Shape},
    server::facets::Told,
};

use Namespace::{BasicPolicy, Geopriv, Gml, Network as Pn, Shapes};

/// The retention that RFC 4119 clause 2.2.2.1 presumes.
const RETENTION: Duration = Duration::from_secs(86_400);
const TWO_DIMENSIONS: &str = "urn:ogc:def:crs:EPSG::4326";
const METRE: &str = "urn:ogc:def:uom:EPSG::9001";

/// Whether anything of the place may be shown.
pub(super) const fn is_shown(place: &Place, options: &Options) -> bool {
    place.shape.is_some() || (place.cell.is_some() && options.show_extensions)
}

/// Appends the place.
pub(super) fn write(w: &mut Writer<'_>, told: &Told<&Place>, options: &Options) {
    let place = told.value;
    let seen = place.seen.unwrap_or(told.order.at);
    w.element(Geopriv, "geopriv", |w| {
        w.element(Geopriv, "location-info", |w| match place.shape {
            Some(Shape::Point {
                latitude,
                longitude,
            }) => {
                w.element(Gml, "Point", |w| {
                    w.attribute("srsName", TWO_DIMENSIONS);
                    w.leaf(Gml, "pos", &position(latitude, longitude));
                });
            }
            Some(Shape::Circle {
                latitude,
                longitude,
                radius,
            }) => {
                w.element(Shapes, "Circle", |w| {
                    w.attribute("srsName", TWO_DIMENSIONS);
                    w.leaf(Gml, "pos", &position(latitude, longitude));
                    w.element(Shapes, "radius", |w| {
                        w.attribute("uom", METRE);
                        w.text(&decimal(i64::from(radius), 2));
                    });
                });
            }
            None => {}
        });
        w.element(Geopriv, "usage-rules", |w| {
            w.leaf(BasicPolicy, "retransmission-allowed", "false");
            w.leaf(BasicPolicy, "retention-expiry", &text(seen + RETENTION));
        });
        if let Some(cell) = place.cell {
            w.leaf(Geopriv, "method", "Cell");
            if options.show_extensions {
                write_cell(w, &cell);
            }
        }
    });
}

fn write_cell(w: &mut Writer<'_>, cell: &Cell) {
    let (kind, numbers): (_, [Option<(&str, u32)>; 2]) = match *cell {
        Cell::Cgi { lac, ci, .. } => ("CGI", [Some(("lac", lac.into())), Some(("ci", ci.into()))]),
        Cell::Sai { lac, sac, .. } => (
            "SAI",
            [Some(("lac", lac.into())), Some(("sac", sac.into()))],
        ),
        Cell::Lai { lac, .. } => ("LAI", [Some(("lac", lac.into())), None]),
        Cell::Rai { lac, rac, .. } => (
            "RAI",
            [Some(("lac", lac.into())), Some(("rac", rac.into()))],
        ),
        Cell::Tai { tac, .. } => ("TAI", [Some(("tac", tac)), None]),
        Cell::Ecgi { eci, tac, .. } => (
            "ECGI",
            [Some(("ci", eci)), tac.map(|tac| ("tac", tac.into()))],
        ),
    };
    let Plmn {
        mcc,
        mnc,
        three_digit_mnc,
    } = cell.plmn();
    let width = if three_digit_mnc { 3 } else { 2 };
    w.element(Pn, "cell", |w| {
        w.attribute("type", kind)
            .attribute("mcc", &format!("{mcc:03}"))
            .attribute("mnc", &format!("{mnc:0width$}"));
        for (name, value) in numbers.into_iter().flatten() {
            w.attribute(name, &value.to_string());
        }
    });
}

/// Latitude before longitude, in degrees.
fn position(latitude: i32, longitude: i32) -> String {
    let (latitude, longitude) = (decimal(latitude.into(), 7), decimal(longitude.into(), 7));
    format!("{latitude} {longitude}")
}

/// A whole number of units of 10^-places, without zeros at the end.
fn decimal(value: i64, places: u32) -> String {
    let unit = 10_u64.pow(places);
    let sign = if value < 0 { "-" } else { "" };
    let (whole, fraction) = (value.unsigned_abs() / unit, value.unsigned_abs() % unit);
    let width = places as usize;
    let fraction = format!("{fraction:0width$}");
    match fraction.trim_end_matches('0') {
        "" => format!("{sign}{whole}"),
        fraction => format!("{sign}{whole}.{fraction}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_exact() {
        assert_eq!(decimal(-5_000_000, 7), "-0.5");
        assert_eq!(decimal(304_625_830, 7), "30.462583");
        assert_eq!(decimal(57_000, 2), "570");
        assert_eq!(decimal(1, 2), "0.01");
        assert_eq!(decimal(0, 7), "0");
    }
}
