//! Where the network saw the device, as PIDF-LO (RFC 4119, 5491).

use std::time::Duration;

use pengate_codecs::pidf::{Namespace, Writer};

use super::{Options, project::text};
use crate::{
    event::{Cell, Fix, Method, Place, Plmn, Ring, Shape},
    server::facets::Told,
};

use Namespace::{BasicPolicy, Confidence, Dynamic, Geopriv, Gml, Network as Pn, Shapes};

/// The retention that RFC 4119 clause 2.2.2.1 presumes.
const RETENTION: Duration = Duration::from_secs(86_400);
const TWO_DIMENSIONS: &str = "urn:ogc:def:crs:EPSG::4326";
const THREE_DIMENSIONS: &str = "urn:ogc:def:crs:EPSG::4979";
const METRE: &str = "urn:ogc:def:uom:EPSG::9001";
const DEGREE: &str = "urn:ogc:def:uom:EPSG::9102";

/// Whether anything of the place may be shown.
pub(super) const fn is_shown(place: &Place, options: &Options) -> bool {
    place.shape.is_some() || (place.cell.is_some() && options.show_extensions)
}

/// Appends the place.
pub(super) fn write(w: &mut Writer<'_>, told: &Told<&Place>, options: &Options) {
    let place = told.value;
    let seen = place.seen.unwrap_or(told.order.at);
    let fix = place.fix.as_deref().copied().unwrap_or_default();
    w.element(Geopriv, "geopriv", |w| {
        w.element(Geopriv, "location-info", |w| {
            if let Some(shape) = &place.shape {
                write_shape(w, shape, fix.altitude);
                write_confidence(w, fix.confidence);
                write_motion(w, &fix);
            }
        });
        w.element(Geopriv, "usage-rules", |w| {
            w.leaf(BasicPolicy, "retransmission-allowed", "false");
            w.leaf(BasicPolicy, "retention-expiry", &text(seen + RETENTION));
        });
        let method = fix.method.or(place.cell.map(|_| Method::Cell));
        if let Some(method) = method {
            w.leaf(Geopriv, "method", method_token(method));
        }
        if let Some(cell) = place.cell
            && options.show_extensions
        {
            write_cell(w, &cell);
        }
    });
}

/// The shape as GML and PIDF-LO name it (RFC 5491 clause 5.2). Only a point has an altitude: none of
/// the areas has one without a height of its own.
fn write_shape(w: &mut Writer<'_>, shape: &Shape, altitude: Option<i32>) {
    match *shape {
        Shape::Point {
            latitude,
            longitude,
        } => {
            w.element(Gml, "Point", |w| match altitude {
                None => {
                    w.attribute("srsName", TWO_DIMENSIONS);
                    w.leaf(Gml, "pos", &position(latitude, longitude));
                }
                Some(altitude) => {
                    w.attribute("srsName", THREE_DIMENSIONS);
                    let position = position(latitude, longitude);
                    w.leaf(Gml, "pos", &format!("{position} {altitude}"));
                }
            });
        }
        Shape::Circle {
            latitude,
            longitude,
            radius,
        } => write_area(
            w,
            "Circle",
            (latitude, longitude),
            &[length("radius", radius)],
        ),
        Shape::Ellipse {
            latitude,
            longitude,
            semi_major,
            semi_minor,
            orientation,
        } => write_area(
            w,
            "Ellipse",
            (latitude, longitude),
            &[
                length("semiMajorAxis", semi_major),
                length("semiMinorAxis", semi_minor),
                angle("orientation", orientation),
            ],
        ),
        Shape::ArcBand {
            latitude,
            longitude,
            inner_radius,
            outer_radius,
            start_angle,
            opening_angle,
        } => write_area(
            w,
            "ArcBand",
            (latitude, longitude),
            &[
                length("innerRadius", inner_radius),
                length("outerRadius", outer_radius),
                angle("startAngle", start_angle),
                angle("openingAngle", opening_angle),
            ],
        ),
        Shape::Polygon(ref ring) => write_polygon(w, ring),
    }
}

/// A number with its unit, in an element of that name.
type Measure = (&'static str, &'static str, String);

fn length(name: &'static str, centimetres: u32) -> Measure {
    (name, METRE, decimal(centimetres.into(), 2))
}

fn angle(name: &'static str, units: u32) -> Measure {
    (name, DEGREE, decimal(units.into(), 7))
}

fn write_area(
    w: &mut Writer<'_>,
    name: &str,
    (latitude, longitude): (i32, i32),
    measures: &[Measure],
) {
    w.element(Shapes, name, |w| {
        w.attribute("srsName", TWO_DIMENSIONS);
        w.leaf(Gml, "pos", &position(latitude, longitude));
        for (name, unit, number) in measures {
            w.element(Shapes, name, |w| {
                w.attribute("uom", unit);
                w.text(number);
            });
        }
    });
}

/// The corners of a ring, counter-clockwise, and the first one again at the end.
fn write_polygon(w: &mut Writer<'_>, ring: &Ring) {
    let corners = ring.corners().iter().chain(ring.corners().first());
    let positions: Vec<_> = corners
        .map(|corner| position(corner.latitude, corner.longitude))
        .collect();
    w.element(Gml, "Polygon", |w| {
        w.attribute("srsName", TWO_DIMENSIONS);
        w.element(Gml, "exterior", |w| {
            w.element(Gml, "LinearRing", |w| {
                w.leaf(Gml, "posList", &positions.join(" "));
            });
        });
    });
}

/// How likely the device is within the shape (RFC 7459 clause 4): above 0 and below 100 per cent.
fn write_confidence(w: &mut Writer<'_>, confidence: Option<u8>) {
    let text = match confidence {
        None | Some(0) => return,
        Some(100..) => "99.9".to_owned(),
        Some(confidence) => confidence.to_string(),
    };
    w.leaf(Confidence, "confidence", &text);
}

/// Speed and direction (RFC 5962).
fn write_motion(w: &mut Writer<'_>, fix: &Fix) {
    if fix.speed.is_none() && fix.heading.is_none() {
        return;
    }
    w.element(Dynamic, "Dynamic", |w| {
        if let Some(speed) = fix.speed {
            w.leaf(Dynamic, "speed", &speed.to_string());
        }
        if let Some(heading) = fix.heading {
            w.leaf(Dynamic, "heading", &heading.to_string());
        }
    });
}

/// The registered word for a method (RFC 4119 clause 6.1).
const fn method_token(method: Method) -> &'static str {
    match method {
        Method::Cell => "Cell",
        Method::Gps => "GPS",
        Method::AGps => "A-GPS",
        Method::Otdoa => "OTDOA",
        Method::EOtd => "EOTD",
        Method::UTdoa => "U-TDOA",
        Method::Aflt => "AFLT",
        Method::Eflt => "EFLT",
        Method::Wlan => "802.11",
    }
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
mod tests;
