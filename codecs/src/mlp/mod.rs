//! OMA Mobile Location Protocol 3: what a location server says and is asked (TS 23.141 names it for
//! the reference point Pl).
//!
//! [`text_of`] gives the text of a document, [`read()`] what it says: any version 3, with or without
//! a document type declaration, which is passed over and never fetched. [`Slir`] writes a request,
//! [`write_slra`] and [`write_gem`] the answers to what a server pushes.

mod coordinate;
mod encoding;
mod error;
mod limits;
mod message;
mod msid;
mod number;
mod position;
mod read;
mod result;
mod scanner;
mod shape;
#[cfg(test)]
mod tests;
mod time;
mod version;
mod write;

pub use coordinate::Coordinate;
pub use encoding::text_of;
pub use error::{MlpError, MlpErrorKind};
pub use limits::Limits;
pub use message::{
    Answer, Body, Client, Document, Header, Password, Report, Request, Requestor, Service,
    ServiceKind,
};
pub use msid::{Msid, MsidType};
pub use position::{Estimate, Method, Position, PositionData, PositionError, ServingCell, Trigger};
pub use read::read;
pub use result::{Outcome, ResultCode, ResultRange};
pub use shape::Shape;
pub use version::Version;
pub use write::{
    LocationType, Priority, Quality, ResponseRequirement, Slir, write_gem, write_slra,
};

/// What must hold of any octets: they are refused at one of their offsets, or read, and their
/// coordinates and outcomes can be written and read again. For fuzzing.
///
/// # Panics
/// When it does not hold, which is a bug in this crate.
#[doc(hidden)]
pub fn exercise(octets: &[u8]) {
    let text = match text_of(octets) {
        Ok(text) => text,
        Err(error) => {
            assert!(error.at <= octets.len(), "an error lies in its document");
            return;
        }
    };
    let limits = Limits::default();
    let document = match read(&text, &limits) {
        Ok(document) => document,
        Err(error) => {
            assert!(error.at <= text.len(), "an error lies in its document");
            return;
        }
    };
    assert!(document.positions().len() <= limits.positions_max);
    for position in document.positions() {
        match &position.estimate {
            Estimate::Unreadable(error) => assert!(error.at <= text.len()),
            Estimate::Located(data) => data.shape.iter().for_each(check_shape),
            _ => {}
        }
    }
    if let Some(outcome) = document.outcome() {
        let mut out = Vec::new();
        write_gem(Version::of_document(&document.version), outcome, &mut out);
        let text = String::from_utf8_lossy(&out);
        let wide = Limits {
            octets_max: usize::MAX,
            text_max: usize::MAX,
            ..limits
        };
        let again = read(&text, &wide).map(|again| again.outcome().map(|again| again.code));
        assert_eq!(again, Ok(Some(outcome.code)), "what is written reads again");
    }
}

fn check_shape(shape: &Shape) {
    let check = |points: &[Coordinate]| {
        for point in points {
            let (x, y) = point.to_dms();
            assert!(Coordinate::read(&x, &y).is_some(), "{x} {y} reads again");
        }
    };
    match shape {
        Shape::Point(point) => check(&[*point]),
        Shape::CircularArea { centre, .. }
        | Shape::CircularArcArea { centre, .. }
        | Shape::EllipticalArea { centre, .. } => check(&[*centre]),
        Shape::Box { minimum, maximum } => check(&[*minimum, *maximum]),
        Shape::Polygon(points)
        | Shape::LineString(points)
        | Shape::LinearRing(points)
        | Shape::MultiPoint(points) => check(points),
        Shape::MultiLineString(lines) => lines.iter().for_each(|line| check(line)),
        Shape::MultiPolygon(areas) => areas.iter().for_each(check_shape),
    }
}
