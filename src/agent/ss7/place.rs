//! From what MAP and CAP tell of a location to a place (TS 29.002 clause 17.7.1, TS 23.032).
//!
//! What every event of mobility goes through is inlined: an enum that is handed back through memory and
//! copied at once makes the processor wait longer than its making takes.

use std::time::Duration;

use pengate_codecs::{
    Stamp, cap,
    map::{
        AgeOfLocationInformation, CellGlobalIdOrServiceAreaIdFixedLength,
        CellGlobalIdOrServiceAreaIdOrLai, Circle, EUtranCgi, GeodeticInformation,
        GeographicalInformation, LaiFixedLength, LocationInformation, LocationInformation5Gs,
        LocationInformationEps, LocationInformationGprs, RaIdentity, TaId,
    },
};

use crate::event::{Cell, Place, Plmn, Shape};

/// A place, and the network that serves there.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Told {
    pub place: Option<Place>,
    pub serving: Option<Plmn>,
}

impl Told {
    /// The most exact cell there is, and where and when it was.
    #[inline(always)]
    fn new(at: Stamp, cell: Option<Cell>, shape: Option<Shape>, seen: Seen) -> Self {
        let serving = cell.map(|cell| cell.plmn());
        let place = match (&cell, &shape) {
            (None, None) => None,
            _ => Some(Place {
                cell,
                shape,
                seen: seen.at(at),
                fix: None,
            }),
        };
        Self { place, serving }
    }

    /// As the VLR knows it; the MME's word goes before.
    #[inline(always)]
    pub(super) fn by_vlr(at: Stamp, told: &LocationInformation<'_>) -> Self {
        if let Some(eps) = &told.location_information_eps {
            let eps = Self::by_mme(at, eps);
            if eps.place.is_some() {
                return eps;
            }
        }
        let cell = told.cell_global_id_or_service_area_id_or_lai.as_ref();
        let cell = cell_or_area(cell, told.sai_present.is_some());
        let shape = shape(told.geographical_information, told.geodetic_information);
        let seen = Seen {
            age: told.age_of_location_information,
            is_current: told.current_location_retrieved.is_some(),
        };
        Self::new(at, cell, shape, seen)
    }

    /// As the SGSN knows it and MAP tells it.
    #[inline(always)]
    pub(super) fn by_sgsn(at: Stamp, told: &LocationInformationGprs<'_>) -> Self {
        let cell = told.cell_global_id_or_service_area_id_or_lai.as_ref();
        let cell = match cell_or_area(cell, told.sai_present.is_some()) {
            // A routeing area is a part of a location area.
            area @ (Some(Cell::Lai { .. }) | None) => {
                told.routeing_area_identity.and_then(routing_area).or(area)
            }
            cell => cell,
        };
        let shape = shape(told.geographical_information, told.geodetic_information);
        let seen = Seen {
            age: told.age_of_location_information,
            is_current: told.current_location_retrieved.is_some(),
        };
        Self::new(at, cell, shape, seen)
    }

    /// As the SGSN knows it and CAP tells it, in a type of its own.
    pub(super) fn by_gprs_ssf(at: Stamp, told: &cap::LocationInformationGprs<'_>) -> Self {
        let octets = told.cell_global_id_or_service_area_id_or_lai;
        let (mut narrow, mut wide) = (None, None);
        match octets.and_then(|octets| octets.cell_or_area()) {
            Some(cap::CellOrArea::Cell(octets)) => {
                narrow = cell(octets, told.sai_present.is_some());
            }
            Some(cap::CellOrArea::Area(octets)) => wide = area(octets),
            None => {}
        }
        let routing = told.routeing_area_identity.and_then(routing_area);
        let shape = shape(told.geographical_information, None);
        Self::new(at, narrow.or(routing).or(wide), shape, Seen::NOW)
    }

    /// As the MME knows it.
    pub(super) fn by_mme(at: Stamp, told: &LocationInformationEps<'_>) -> Self {
        let cell = told.e_utran_cell_global_identity;
        let cell = cell
            .and_then(|cell| eutran(cell, told.tracking_area_identity))
            .or_else(|| told.tracking_area_identity.and_then(tracking_area));
        let shape = shape(told.geographical_information, told.geodetic_information);
        let seen = Seen {
            age: told.age_of_location_information,
            is_current: told.current_location_retrieved.is_some(),
        };
        Self::new(at, cell, shape, seen)
    }

    /// As the AMF knows it.
    pub(super) fn by_amf(at: Stamp, told: &LocationInformation5Gs<'_>) -> Self {
        let wide = told.nr_tracking_area_identity.and_then(|area| {
            let area = area.to_tai()?;
            Some(Cell::Tai {
                plmn: plmn(area.plmn),
                tac: area.tac,
            })
        });
        let cell = told.e_utran_cell_global_identity;
        let cell = cell
            .and_then(|cell| eutran(cell, told.tracking_area_identity))
            .or(wide)
            .or_else(|| told.tracking_area_identity.and_then(tracking_area));
        let shape = shape(told.geographical_information, told.geodetic_information);
        let seen = Seen {
            age: told.age_of_location_information,
            is_current: told.current_location_retrieved.is_some(),
        };
        let mut found = Self::new(at, cell, shape, seen);
        let visited = told.vplmn_id.and_then(|id| id.plmn()).map(plmn);
        found.serving = visited.or(found.serving);
        found
    }
}

/// When the subscriber was there.
#[derive(Clone, Copy)]
struct Seen {
    age: Option<AgeOfLocationInformation>,
    is_current: bool,
}

impl Seen {
    const NOW: Self = Self {
        age: None,
        is_current: true,
    };

    /// Nothing when it is the event's own time.
    fn at(self, now: Stamp) -> Option<Stamp> {
        let minutes = self.age.filter(|_| !self.is_current)?.get();
        (minutes > 0).then(|| now.to_millis() - Duration::from_mins(u64::from(minutes)))
    }
}

#[inline(always)]
fn cell_or_area(told: Option<&CellGlobalIdOrServiceAreaIdOrLai<'_>>, is_sai: bool) -> Option<Cell> {
    use CellGlobalIdOrServiceAreaIdOrLai as Told;
    match told? {
        Told::CellGlobalIdOrServiceAreaIdFixedLength(octets) => cell(*octets, is_sai),
        Told::LaiFixedLength(octets) => area(*octets),
        Told::Other(_) => None,
    }
}

#[inline(always)]
fn cell(octets: CellGlobalIdOrServiceAreaIdFixedLength, is_sai: bool) -> Option<Cell> {
    let cell = octets.to_cgi()?;
    let (plmn, lac) = (plmn(cell.plmn), cell.lac);
    Some(if is_sai {
        let sac = cell.ci;
        Cell::Sai { plmn, lac, sac }
    } else {
        let ci = cell.ci;
        Cell::Cgi { plmn, lac, ci }
    })
}

#[inline(always)]
fn area(octets: LaiFixedLength) -> Option<Cell> {
    let area = octets.to_lai()?;
    let (plmn, lac) = (plmn(area.plmn), area.lac);
    Some(Cell::Lai { plmn, lac })
}

#[inline(always)]
fn routing_area(octets: RaIdentity) -> Option<Cell> {
    let area = octets.to_rai()?;
    let (plmn, lac, rac) = (plmn(area.plmn), area.lac, area.rac);
    Some(Cell::Rai { plmn, lac, rac })
}

fn eutran(octets: EUtranCgi, area: Option<TaId>) -> Option<Cell> {
    let cell = octets.to_ecgi()?;
    let tac = area.and_then(TaId::to_tai).map(|area| area.tac);
    let (plmn, eci) = (plmn(cell.plmn), cell.eci);
    Some(Cell::Ecgi { plmn, eci, tac })
}

fn tracking_area(octets: TaId) -> Option<Cell> {
    let area = octets.to_tai()?;
    Some(Cell::Tai {
        plmn: plmn(area.plmn),
        tac: area.tac.into(),
    })
}

/// The computed position; one that its network does not want presented is none.
#[inline(always)]
fn shape(
    geographical: Option<GeographicalInformation>,
    geodetic: Option<GeodeticInformation>,
) -> Option<Shape> {
    if geodetic.is_some_and(|told| !told.may_be_presented()) {
        return None;
    }
    match geographical.and_then(GeographicalInformation::to_circle) {
        Some(told) => circle(told),
        None => circle(geodetic?.to_circle()?),
    }
}

/// Nothing for a latitude beyond a pole.
#[inline(always)]
fn circle(circle: Circle) -> Option<Shape> {
    let is_on_earth = circle.latitude.abs() <= 90.0 && circle.longitude.abs() <= 180.0;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the range was checked, and a float as an integer saturates"
    )]
    is_on_earth.then(|| Shape::Circle {
        latitude: nearest(circle.latitude * 1e7) as i32,
        longitude: nearest(circle.longitude * 1e7) as i32,
        radius: nearest(circle.radius * 100.0) as u32,
    })
}

/// What as an integer is the nearest one: [`f64::round`] is a call on processors of the least kind.
const fn nearest(number: f64) -> f64 {
    number + 0.5_f64.copysign(number)
}

pub(super) fn plmn(plmn: pengate_codecs::Plmn) -> Plmn {
    Plmn {
        mcc: plmn.mcc(),
        mnc: plmn.mnc(),
        three_digit_mnc: plmn.mnc_digits() == 3,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Stamp = Stamp::from_secs(1_772_360_130);
    const CELL: [u8; 7] = [0x00, 0xf1, 0x10, 0x12, 0x34, 0x56, 0x78];
    const AREA: [u8; 5] = [0x00, 0xf1, 0x10, 0x12, 0x34];

    fn vlr() -> LocationInformation<'static> {
        use pengate_asn1::Value;
        LocationInformation {
            cell_global_id_or_service_area_id_or_lai: Some(
                CellGlobalIdOrServiceAreaIdOrLai::CellGlobalIdOrServiceAreaIdFixedLength(
                    CellGlobalIdOrServiceAreaIdFixedLength::new(CELL),
                ),
            ),
            ..LocationInformation::BLANK
        }
    }

    #[test]
    fn a_service_area_is_told_from_a_cell_by_its_mark() {
        let told = Told::by_vlr(NOW, &vlr());
        let cell = told.place.unwrap().cell;
        assert!(matches!(
            cell,
            Some(Cell::Cgi {
                lac: 4660,
                ci: 22136,
                ..
            })
        ));
        assert_eq!(told.serving.unwrap().to_string(), "001-01");
        let sai_present = Some(pengate_asn1::Null);
        let told = Told::by_vlr(
            NOW,
            &LocationInformation {
                sai_present,
                ..vlr()
            },
        );
        let cell = told.place.unwrap().cell;
        assert!(matches!(cell, Some(Cell::Sai { sac: 22136, .. })));
    }

    #[test]
    fn the_age_moves_the_place_and_a_fresh_one_is_of_now() {
        let age = |minutes| AgeOfLocationInformation::new(minutes);
        let aged = LocationInformation {
            age_of_location_information: age(5),
            ..vlr()
        };
        let seen = |told: &LocationInformation<'_>| Told::by_vlr(NOW, told).place.unwrap().seen;
        assert_eq!(seen(&aged), Some(NOW - Duration::from_mins(5)));
        let retrieved = LocationInformation {
            current_location_retrieved: Some(pengate_asn1::Null),
            ..aged
        };
        assert_eq!(seen(&retrieved), None);
        let fresh = LocationInformation {
            age_of_location_information: age(0),
            ..vlr()
        };
        assert_eq!(seen(&fresh), None);
    }

    #[test]
    fn a_routeing_area_says_more_than_a_location_area() {
        use pengate_asn1::Value;
        let told = LocationInformationGprs {
            cell_global_id_or_service_area_id_or_lai: Some(
                CellGlobalIdOrServiceAreaIdOrLai::LaiFixedLength(LaiFixedLength::new(AREA)),
            ),
            routeing_area_identity: Some(RaIdentity::new([0x00, 0xf1, 0x10, 0x12, 0x34, 0x7b])),
            ..LocationInformationGprs::BLANK
        };
        let told = Told::by_sgsn(NOW, &told);
        assert!(matches!(
            told.place.unwrap().cell,
            Some(Cell::Rai { rac: 123, .. })
        ));
    }

    #[test]
    fn a_position_that_may_not_be_presented_is_not_told() {
        let open = [0, 1, 0x4a, 0x7e, 0xa5, 0x03, 0x7c, 0x12, 0x14, 60];
        let mut restricted = open;
        restricted[0] = 4;
        let told = |geodetic| LocationInformation {
            geodetic_information: Some(GeodeticInformation::new(geodetic)),
            ..vlr()
        };
        let shape = |geodetic| Told::by_vlr(NOW, &told(geodetic)).place.unwrap().shape;
        assert_eq!(
            shape(open),
            Some(Shape::Circle {
                latitude: 523_790_896,
                longitude: 49_002_886,
                radius: 5_727,
            })
        );
        assert_eq!(shape(restricted), None);
    }

    #[test]
    fn every_degree_is_rounded_to_the_nearest() {
        for code in 0..1 << 23 {
            let code = f64::from(code);
            let latitude = code * 90.0 / f64::from(1 << 23) * 1e7;
            let longitude = code * 360.0 / f64::from(1 << 24) * 1e7;
            for number in [latitude, -latitude, longitude, -longitude] {
                assert!(
                    (nearest(number).trunc() - number.round()).abs() < 0.5,
                    "{number}"
                );
            }
        }
    }

    #[test]
    fn what_names_no_network_is_no_place() {
        let told = LocationInformation {
            cell_global_id_or_service_area_id_or_lai: Some(
                CellGlobalIdOrServiceAreaIdOrLai::LaiFixedLength(LaiFixedLength::new([0xff; 5])),
            ),
            ..vlr()
        };
        assert_eq!(Told::by_vlr(NOW, &told), Told::default());
    }
}
