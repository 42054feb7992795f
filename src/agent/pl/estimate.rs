//! From what a location server tells to facts.

use std::net::IpAddr;

use pengate_codecs::{
    Stamp,
    mlp::{self, Coordinate, Msid, MsidType, Position, PositionData, ServingCell},
};
use smol_str::SmolStr;
use xxhash_rust::xxh3::Xxh3;

use crate::event::{
    Cell, Corner, Digits, Fact, Fix, Imsi, Located, Method, Msisdn, NetworkEvent, Order, Place,
    Plmn, Shape, Source, Subject,
};

/// Whom an identity names; nothing when it cannot name anybody, or is encrypted.
pub(super) fn subject(msids: &[Msid<'_>]) -> Option<Subject> {
    let mut subject = Subject::default();
    for msid in msids.iter().filter(|msid| !msid.encrypted) {
        let value = &*msid.value;
        let digits = || Digits::from_ascii(value.trim_start_matches('+').as_bytes()).ok();
        match msid.kind {
            MsidType::Msisdn | MsidType::Mdn => subject.msisdn = digits().map(Msisdn),
            MsidType::Imsi => subject.imsi = digits().map(Imsi),
            MsidType::SipUri | MsidType::TelUrl => subject.uri = Some(SmolStr::from(value)),
            MsidType::Nai => subject.nai = Some(SmolStr::from(value)),
            MsidType::Ipv4 | MsidType::Ipv6 => subject.address = value.parse::<IpAddr>().ok(),
            _ => {}
        }
    }
    (!subject.is_empty()).then_some(subject)
}

/// The place that a position tells; nothing when it tells neither shape nor cell.
pub(super) fn place(position: &Position<'_>, data: &PositionData, seen: Stamp) -> Option<Place> {
    let fix = Fix {
        altitude: data.altitude,
        confidence: data.level_of_confidence,
        speed: data.speed,
        heading: data.direction,
        method: method(position.method),
    };
    let shape = data.shape.as_ref().and_then(shape);
    let place = Place {
        cell: position.cell.map(cell),
        fix: shape.is_some().then(|| Box::new(fix)),
        shape,
        seen: Some(seen),
    };
    (!place.is_withheld()).then_some(place)
}

/// Puts an event together. Of two at one instant the one that says that nothing may be told counts.
pub(super) fn event(
    reporter: SmolStr,
    at: Stamp,
    subject: Subject,
    located: Located,
) -> NetworkEvent {
    let at = at.to_millis();
    let mut digest = Xxh3::new();
    digest.update(reporter.as_bytes());
    digest.update(&at.nanos().to_be_bytes());
    let rank = u64::from(located.place.is_withheld());
    let fact = Fact::Located(located);
    // The fact in its own words: equal positions are the same event.
    digest.update(crate::event::to_json(&(&subject, &fact)).as_bytes());
    NetworkEvent {
        order: Order {
            at,
            id: rank << 56 | digest.digest() >> 8,
        },
        source: Source::Pl,
        reporter,
        subject,
        fact,
    }
}

const fn corner(coordinate: Coordinate) -> Corner {
    Corner {
        latitude: coordinate.latitude,
        longitude: coordinate.longitude,
    }
}

/// The shape in the forms that documents have; what they have no form for, such as a polygon of too
/// many corners, becomes the circle around it. Nothing for an area without extent.
pub(super) fn shape(shape: &mlp::Shape) -> Option<Shape> {
    match *shape {
        mlp::Shape::Point(point) => Some(Shape::Point {
            latitude: point.latitude,
            longitude: point.longitude,
        }),
        mlp::Shape::CircularArea { centre, radius } => Some(Shape::Circle {
            latitude: centre.latitude,
            longitude: centre.longitude,
            radius,
        }),
        mlp::Shape::CircularArcArea {
            centre,
            inner_radius,
            outer_radius,
            start_angle,
            stop_angle,
        } => Some(Shape::arc_band(
            corner(centre),
            [inner_radius, outer_radius],
            start_angle,
            stop_angle,
        )),
        mlp::Shape::EllipticalArea {
            centre,
            angle,
            semi_major,
            semi_minor,
        } => Some(Shape::ellipse(
            corner(centre),
            [semi_major, semi_minor],
            angle,
        )),
        mlp::Shape::Polygon(ref ring) | mlp::Shape::LinearRing(ref ring) => {
            let corners: Vec<_> = ring.iter().copied().map(corner).collect();
            Shape::polygon(&corners).or_else(|| enclosing(shape))
        }
        mlp::Shape::Box { minimum, maximum } => {
            Shape::rectangle(corner(minimum), corner(maximum)).or_else(|| enclosing(shape))
        }
        mlp::Shape::LineString(_)
        | mlp::Shape::MultiPoint(_)
        | mlp::Shape::MultiLineString(_)
        | mlp::Shape::MultiPolygon(_) => enclosing(shape),
    }
}

fn enclosing(shape: &mlp::Shape) -> Option<Shape> {
    let mut corners = Vec::new();
    extent(shape, &mut corners);
    match Shape::enclosing(&corners)? {
        // Several points that are one.
        Shape::Circle {
            latitude,
            longitude,
            radius: 0,
        } => Some(Shape::Point {
            latitude,
            longitude,
        }),
        circle => Some(circle),
    }
}

/// Every corner of a shape, and how far the shape goes around it.
fn extent(shape: &mlp::Shape, corners: &mut Vec<(Corner, u32)>) {
    let mut add = |point: Coordinate, around: u32| corners.push((corner(point), around));
    match shape {
        mlp::Shape::Point(point) => add(*point, 0),
        mlp::Shape::CircularArea { centre, radius } => add(*centre, *radius),
        mlp::Shape::CircularArcArea {
            centre,
            outer_radius,
            ..
        } => add(*centre, *outer_radius),
        mlp::Shape::EllipticalArea {
            centre,
            semi_major,
            semi_minor,
            ..
        } => add(*centre, *semi_major.max(semi_minor)),
        mlp::Shape::Box { minimum, maximum } => [*minimum, *maximum]
            .into_iter()
            .for_each(|point| add(point, 0)),
        mlp::Shape::Polygon(points)
        | mlp::Shape::LineString(points)
        | mlp::Shape::LinearRing(points)
        | mlp::Shape::MultiPoint(points) => points.iter().for_each(|point| add(*point, 0)),
        mlp::Shape::MultiLineString(lines) => {
            lines.iter().flatten().for_each(|point| add(*point, 0));
        }
        // Collections are not in one another.
        mlp::Shape::MultiPolygon(areas) => areas.iter().for_each(|area| extent(area, corners)),
    }
}

const fn method(method: Option<mlp::Method>) -> Option<Method> {
    Some(match method {
        Some(mlp::Method::Cell | mlp::Method::ECid) | None => Method::Cell,
        Some(mlp::Method::Gps) => Method::Gps,
        Some(mlp::Method::AGps) => Method::AGps,
        Some(mlp::Method::Otdoa) => Method::Otdoa,
        Some(mlp::Method::EOtd) => Method::EOtd,
        Some(mlp::Method::UTdoa) => Method::UTdoa,
        Some(mlp::Method::Aflt) => Method::Aflt,
        Some(mlp::Method::Eflt) => Method::Eflt,
        Some(mlp::Method::Wlan) => Method::Wlan,
        // No word is registered for these.
        Some(
            mlp::Method::Gnss
            | mlp::Method::AGnss
            | mlp::Method::Baro
            | mlp::Method::Bt
            | mlp::Method::Mbs
            | mlp::Method::Other,
        ) => return None,
    })
}

fn cell(cell: ServingCell) -> Cell {
    let plmn = |plmn: pengate_codecs::Plmn| Plmn {
        mcc: plmn.mcc(),
        mnc: plmn.mnc(),
        three_digit_mnc: plmn.mnc_digits() == 3,
    };
    match cell {
        ServingCell::Cgi { plmn: of, lac, ci } => Cell::Cgi {
            plmn: plmn(of),
            lac,
            ci,
        },
        ServingCell::Sai { plmn: of, lac, sac } => Cell::Sai {
            plmn: plmn(of),
            lac,
            sac,
        },
        ServingCell::Ecgi { plmn: of, eci } => Cell::Ecgi {
            plmn: plmn(of),
            eci,
            tac: None,
        },
    }
}

#[cfg(test)]
mod tests;
