//! One subscriber's estimate, or why there is none (MLP elements `pos`, `trl_pos`, `eme_pos`).

use std::borrow::Cow;

use smallvec::SmallVec;

use super::{
    MlpError, MlpErrorKind, Msid, Outcome, ResultCode, Shape,
    number::rounded,
    scanner::{Scanner, Tag},
    time,
};
use crate::{Plmn, Stamp};

/// What a message says about one subscriber.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Position<'a> {
    /// Whom; an emergency position may have several.
    pub msids: SmallVec<[Msid<'a>; 1]>,
    /// Why a triggered report was sent.
    pub trigger: Option<Trigger>,
    /// How the estimate was made.
    pub method: Option<Method>,
    /// Whether a better estimate will follow.
    pub is_intermediate: bool,
    /// The estimate.
    pub estimate: Estimate<'a>,
    /// The cell that serves the subscriber.
    pub cell: Option<ServingCell>,
}

/// An estimate, or why there is none.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Estimate<'a> {
    /// Where the subscriber is.
    Located(PositionData),
    /// The server could not tell.
    Failed(PositionError<'a>),
    /// The server told only when: a trigger without a position.
    At(Stamp),
    /// Nothing.
    Absent,
    /// The server told something that cannot be used.
    Unreadable(MlpError),
}

/// Where a subscriber is (MLP element `pd`).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PositionData {
    /// When the subscriber was there.
    pub time: Stamp,
    /// The area; nothing when only a civic address was told.
    pub shape: Option<Shape>,
    /// Metres above the ellipsoid.
    pub altitude: Option<i32>,
    /// Uncertainty of the altitude in metres.
    pub altitude_accuracy: Option<u32>,
    /// Metres a second.
    pub speed: Option<u32>,
    /// Degrees clockwise from north, 0 to 360.
    pub direction: Option<u16>,
    /// Per cent, 0 to 100.
    pub level_of_confidence: Option<u8>,
    /// Whether the estimate is less exact than what was asked for.
    pub quality_not_met: bool,
}

/// Why a subscriber was not located (MLP element `poserr`).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PositionError<'a> {
    /// Why.
    pub outcome: Outcome<'a>,
    /// When.
    pub time: Option<Stamp>,
}

macro_rules! names {
    ($of:ident; $($name:ident $text:literal;)*) => {
        impl $of {
            fn from_name(name: &str) -> Self {
                match name {
                    $($text => Self::$name,)*
                    _ => Self::Other,
                }
            }

            /// The attribute's value; `OTHER` for one that is not known.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
                    Self::Other => "OTHER",
                }
            }
        }
    };
}

/// Why a triggered report was sent (attribute `trl_trigger`).
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Trigger {
    /// It was time.
    Periodic,
    /// The subscriber became reachable.
    MsAvail,
    /// The subscriber entered or left an area.
    ChangeArea,
    /// The subscriber's speed changed.
    Velocity,
    /// The distance to somebody changed.
    Distance,
    /// The subscriber moved that far.
    Equidistance,
    /// Of no version that is known.
    Other,
}

names! {
    Trigger;
    Periodic "PERIODIC";
    MsAvail "MS_AVAIL";
    ChangeArea "CHANGE_AREA";
    Velocity "VELOCITY";
    Distance "DISTANCE";
    Equidistance "EQUIDISTANCE";
}

/// How an estimate was made (attribute `pos_method`).
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Method {
    /// By the cell.
    Cell,
    /// Observed time difference of arrival.
    Otdoa,
    /// Satellites.
    Gps,
    /// Satellites, assisted by the network.
    AGps,
    /// Satellites of any system.
    Gnss,
    /// Satellites of any system, assisted by the network.
    AGnss,
    /// Enhanced observed time difference.
    EOtd,
    /// Uplink time difference of arrival.
    UTdoa,
    /// Advanced forward link trilateration.
    Aflt,
    /// Enhanced forward link trilateration.
    Eflt,
    /// By the cell and the signal.
    ECid,
    /// Barometer.
    Baro,
    /// Bluetooth.
    Bt,
    /// Metropolitan beacons.
    Mbs,
    /// Wireless LAN.
    Wlan,
    /// Not known, another one, or of no version that is known.
    Other,
}

names! {
    Method;
    Cell "CELL";
    Otdoa "OTDOA";
    Gps "GPS";
    AGps "A-GPS";
    Gnss "GNSS";
    AGnss "A-GNSS";
    EOtd "E-OTD";
    UTdoa "U-TDOA";
    Aflt "AFLT";
    Eflt "EFLT";
    ECid "E-CID";
    Baro "BARO";
    Bt "BT";
    Mbs "MBS";
    Wlan "WLAN";
}

/// The cell that serves a subscriber (MLP elements `cgi`, `sai`, `lte_ci`).
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum ServingCell {
    /// Cell global identification.
    Cgi {
        /// Network.
        plmn: Plmn,
        /// Location area code.
        lac: u16,
        /// Cell identity.
        ci: u16,
    },
    /// Service area identification.
    Sai {
        /// Network.
        plmn: Plmn,
        /// Location area code.
        lac: u16,
        /// Service area code.
        sac: u16,
    },
    /// Cell of E-UTRAN.
    Ecgi {
        /// Network.
        plmn: Plmn,
        /// Cell identity, 28 bits.
        eci: u32,
    },
}

impl<'a> Position<'a> {
    /// Reads a position. What is wrong within it spoils it alone; the document is refused only for
    /// what makes the rest of it unreadable.
    pub(super) fn read(scanner: &mut Scanner<'a>, of: &Tag<'a>) -> Result<Self, MlpError> {
        let mut position = Self {
            msids: SmallVec::new(),
            trigger: None,
            method: None,
            is_intermediate: false,
            estimate: Estimate::Absent,
            cell: None,
        };
        of.each_attribute(|name, value| match name {
            "trl_trigger" => position.trigger = Some(Trigger::from_name(&value)),
            "pos_method" => position.method = Some(Method::from_name(&value)),
            "result_type" => position.is_intermediate = value == "INTERMEDIATE",
            _ => {}
        });
        match position.read_children(scanner, of) {
            Ok(()) => {}
            Err(error) if error.kind.is_of_position() => {
                scanner.leave(of.depth)?;
                position.estimate = Estimate::Unreadable(error);
            }
            Err(error) => return Err(error),
        }
        Ok(position)
    }

    fn read_children(&mut self, scanner: &mut Scanner<'a>, of: &Tag<'a>) -> Result<(), MlpError> {
        while let Some(tag) = scanner.child(of)? {
            match tag.name {
                "msid" => {
                    if self.msids.len() >= scanner.limits.msids_max {
                        return Err(MlpErrorKind::TooManyMsids.at(tag.at));
                    }
                    self.msids.push(Msid::read(scanner, &tag)?);
                }
                "pd" => self.estimate = Estimate::Located(position_data(scanner, &tag)?),
                "poserr" => self.estimate = Estimate::Failed(position_error(scanner, &tag)?),
                "time" => self.estimate = Estimate::At(time_of(scanner, &tag)?),
                "gsm_net_param" | "serving_cell" | "servingcell" => {
                    self.cell = serving_cell(scanner, &tag)?;
                }
                _ => {}
            }
        }
        match self.msids.is_empty() {
            true => Err(MlpErrorKind::MissingElement.at(of.at)),
            false => Ok(()),
        }
    }
}

fn position_data<'a>(scanner: &mut Scanner<'a>, of: &Tag<'a>) -> Result<PositionData, MlpError> {
    let mut at = None;
    let mut data = PositionData {
        time: Stamp::default(),
        shape: None,
        altitude: None,
        altitude_accuracy: None,
        speed: None,
        direction: None,
        level_of_confidence: None,
        quality_not_met: false,
    };
    let mut has_place = false;
    while let Some(tag) = scanner.child(of)? {
        match tag.name {
            "time" => at = Some(time_of(scanner, &tag)?),
            "shape" => {
                has_place = true;
                data.shape = Some(Shape::read_inside(scanner, &tag)?);
            }
            "civicloc" | "relativelocation" => has_place = true,
            "alt" => data.altitude = Some(number(scanner, &tag, i32::MIN, i32::MAX)?),
            "alt_acc" | "alt_unc" => {
                data.altitude_accuracy = Some(number(scanner, &tag, 0, u32::MAX)?);
            }
            "speed" => data.speed = Some(number(scanner, &tag, 0, u32::MAX)?),
            "direction" => data.direction = Some(number(scanner, &tag, 0, 360)?),
            "lev_conf" => data.level_of_confidence = Some(number(scanner, &tag, 0, 100)?),
            "qos_not_met" => data.quality_not_met = true,
            _ => {}
        }
    }
    data.time = at.ok_or(MlpErrorKind::MissingElement.at(of.at))?;
    match has_place {
        true => Ok(data),
        false => Err(MlpErrorKind::MissingElement.at(of.at)),
    }
}

fn position_error<'a>(
    scanner: &mut Scanner<'a>,
    of: &Tag<'a>,
) -> Result<PositionError<'a>, MlpError> {
    let (mut told, mut add_info, mut time) = (None, None, None);
    while let Some(tag) = scanner.child(of)? {
        match tag.name {
            "result" => told = Some(result(scanner, &tag)?),
            "add_info" => add_info = Some(scanner.text(&tag)?.value),
            "time" => time = Some(time_of(scanner, &tag)?),
            _ => {}
        }
    }
    let (code, words) = told.ok_or(MlpErrorKind::MissingElement.at(of.at))?;
    Ok(PositionError {
        outcome: Outcome {
            code,
            words,
            add_info,
        },
        time,
    })
}

/// The number of an element `result`, and its words; none when they are too long to be of use.
pub(super) fn result<'a>(
    scanner: &mut Scanner<'a>,
    tag: &Tag<'a>,
) -> Result<(ResultCode, Option<Cow<'a, str>>), MlpError> {
    let Some(number) = tag.attribute("resid") else {
        return Err(MlpErrorKind::MissingAttribute.at(tag.at));
    };
    let is_digits = number.value.bytes().all(|octet| octet.is_ascii_digit());
    let code = number.value.parse().ok().filter(|_| is_digits);
    let code = code
        .map(ResultCode)
        .ok_or(MlpErrorKind::Resid.at(number.at))?;
    let words = match scanner.text(tag) {
        Ok(words) => Some(words.value).filter(|words| !words.is_empty()),
        Err(error) if error.kind == MlpErrorKind::TextTooLong => None,
        Err(error) => return Err(error),
    };
    Ok((code, words))
}

fn time_of<'a>(scanner: &mut Scanner<'a>, tag: &Tag<'a>) -> Result<Stamp, MlpError> {
    let zone = tag.attribute("utc_off");
    let text = scanner.text(tag)?;
    time::time(&text.value, zone.as_ref().map(|zone| &*zone.value))
        .ok_or(MlpErrorKind::Time.at(text.at))
}

fn number<'a, T: TryFrom<i64> + Into<i64>>(
    scanner: &mut Scanner<'a>,
    tag: &Tag<'a>,
    least: T,
    most: T,
) -> Result<T, MlpError> {
    let text = scanner.text(tag)?;
    rounded(&text.value)
        .filter(|number| (least.into()..=most.into()).contains(number))
        .and_then(|number| T::try_from(number).ok())
        .ok_or(MlpErrorKind::Number.at(text.at))
}

/// The cell in `gsm_net_param` or `serving_cell`; what is not a cell in full is passed over.
fn serving_cell<'a>(
    scanner: &mut Scanner<'a>,
    of: &Tag<'a>,
) -> Result<Option<ServingCell>, MlpError> {
    let mut outer = Numbers::default();
    let mut found = None;
    while let Some(tag) = scanner.child(of)? {
        if !matches!(tag.name, "cgi" | "sai") {
            outer.read(scanner, &tag)?;
            continue;
        }
        let mut numbers = Numbers::default();
        while let Some(inner) = scanner.child(&tag)? {
            numbers.read(scanner, &inner)?;
        }
        found = numbers.cell();
    }
    Ok(found.or_else(|| outer.cell()))
}

#[derive(Default)]
struct Numbers {
    network: SmallVec<[u8; 6]>,
    lac: Option<u16>,
    ci: Option<u16>,
    sac: Option<u16>,
    eci: Option<u32>,
}

impl Numbers {
    fn read<'a>(&mut self, scanner: &mut Scanner<'a>, tag: &Tag<'a>) -> Result<(), MlpError> {
        if !matches!(
            tag.name,
            "mcc" | "mnc" | "lac" | "cellid" | "sac" | "lte_ci"
        ) {
            return Ok(());
        }
        let text = scanner.text(tag)?.value;
        match tag.name {
            "mcc" if text.len() == 3 => self.network.insert_from_slice(0, text.as_bytes()),
            // One digit stands for two in decimal text.
            "mnc" if text.len() == 1 => self.network.extend([b'0', text.as_bytes()[0]]),
            "mnc" if matches!(text.len(), 2 | 3) => {
                self.network.extend_from_slice(text.as_bytes());
            }
            "lac" => self.lac = text.parse().ok(),
            "cellid" => self.ci = text.parse().ok(),
            "sac" => self.sac = text.parse().ok(),
            "lte_ci" => self.eci = text.parse().ok().filter(|eci| *eci < 1 << 28),
            _ => {}
        }
        Ok(())
    }

    fn cell(&self) -> Option<ServingCell> {
        let plmn = Plmn::from_digits(&self.network)?;
        match *self {
            Self {
                lac: Some(lac),
                ci: Some(ci),
                ..
            } => Some(ServingCell::Cgi { plmn, lac, ci }),
            Self {
                lac: Some(lac),
                sac: Some(sac),
                ..
            } => Some(ServingCell::Sai { plmn, lac, sac }),
            Self { eci: Some(eci), .. } => Some(ServingCell::Ecgi { plmn, eci }),
            _ => None,
        }
    }
}
