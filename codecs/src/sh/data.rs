//! The Sh-Data document (TS 29.328 annex C and D) in one pass.

use std::{borrow::Cow, fmt, num::NonZeroU32};

use smallvec::SmallVec;

use super::{
    CsUserState, Geographic, ImsUserState, Location, PsUserState, ShDataError, base64, location,
    xml::{DEPTH_MAX, Scanner, Token},
};

/// The longest document that is read, in octets.
pub const OCTETS_MAX: usize = 256 << 10;

/// Text of an element as it is written, references and all.
#[derive(Clone, Copy, Eq, Hash, PartialEq)]
pub struct Text<'a>(&'a str);

impl<'a> Text<'a> {
    /// The text with its references resolved; nothing if one is no reference.
    #[must_use]
    pub fn unescaped(self) -> Option<Cow<'a, str>> {
        quick_xml::escape::unescape(self.0).ok()
    }

    /// The text as it is written.
    #[must_use]
    pub const fn written(self) -> &'a str {
        self.0
    }
}

/// Texts are identities: `Debug` shows how long they are and no more.
impl fmt::Debug for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Text({} octets)", self.0.len())
    }
}

/// How many elements had a value that cannot be read, and where the first stands.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Faults {
    count: u16,
    first: Option<NonZeroU32>,
}

impl Faults {
    /// How many elements could not be read.
    #[must_use]
    pub const fn count(&self) -> u16 {
        self.count
    }

    /// Offset of the first one's text in the document.
    #[must_use]
    pub fn first_at(&self) -> Option<usize> {
        self.first.and_then(|at| usize::try_from(at.get()).ok())
    }

    fn add(&mut self, at: usize) {
        self.count = self.count.saturating_add(1);
        let at = u32::try_from(at).ok().and_then(NonZeroU32::new);
        self.first = self.first.or(at);
    }
}

/// What the HSS tells about a user. What it does not tell is `None`, and may still be so as it was;
/// so is what cannot be read, which is counted in [`Self::faults`].
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct ShData<'a> {
    /// IMSPublicIdentity, all of them, aliases included.
    pub public_identities: SmallVec<[Text<'a>; 4]>,
    /// MSISDN, all of them.
    pub msisdns: SmallVec<[Text<'a>; 2]>,
    /// IMSI.
    pub imsi: Option<Text<'a>>,
    /// SCSCFName.
    pub s_cscf: Option<Text<'a>>,
    /// IMSUserState.
    pub ims_user_state: Option<ImsUserState>,
    /// CSUserState.
    pub cs_user_state: Option<CsUserState>,
    /// PSUserState.
    pub ps_user_state: Option<PsUserState>,
    /// EPSUserState.
    pub eps_user_state: Option<PsUserState>,
    /// CSLocationInformation.
    pub cs_location: Option<Location<'a>>,
    /// PSLocationInformation.
    pub ps_location: Option<Location<'a>>,
    /// EPSLocationInformation.
    pub eps_location: Option<Location<'a>>,
    /// What could not be read.
    pub faults: Faults,
}

/// What the elements around the present one say about it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Within {
    /// Whatever stands directly in the document or in its extensions.
    Document,
    /// CSLocationInformation.
    Cs,
    /// PSLocationInformation.
    Ps,
    /// EPSLocationInformation.
    Eps,
    /// An element that is of no interest, with all that is in it.
    Nothing,
}

impl<'a> ShData<'a> {
    /// Reads a document of at most [`OCTETS_MAX`] octets.
    ///
    /// # Errors
    /// [`ShDataError`] says what is wrong and where.
    pub fn decode(octets: &'a [u8]) -> Result<Self, ShDataError> {
        if octets.len() > OCTETS_MAX {
            return Err(ShDataError::TooLong { at: OCTETS_MAX });
        }
        let bare = octets.strip_prefix(b"\xef\xbb\xbf").unwrap_or(octets);
        let text = str::from_utf8(bare).map_err(|error| ShDataError::Utf8 {
            at: error.valid_up_to() + octets.len() - bare.len(),
        })?;
        let mut data = Self::default();
        data.read(&mut Scanner::new(text))?;
        Ok(data)
    }

    fn read(&mut self, scanner: &mut Scanner<'a>) -> Result<(), ShDataError> {
        let mut within = [Within::Nothing; DEPTH_MAX + 1];
        within[0] = Within::Document;
        let mut leaf = None;
        // The number of a network element stands in a child, or by mistake in the element itself.
        let mut number = None;
        loop {
            match scanner.token()? {
                Token::Start { local, at } => {
                    let depth = scanner.depth();
                    if depth == 1 && local != "Sh-Data" {
                        return Err(ShDataError::Root { at });
                    }
                    // The scanner's depth is at least 1 here and at most DEPTH_MAX.
                    within[depth] = self.enter(within[depth - 1], local);
                    if matches!(local, "VLRNumber" | "MSCNumber" | "SGSNNumber") {
                        number = Some(local);
                    }
                    leaf = if local == "Address" {
                        number
                    } else {
                        Some(local)
                    };
                }
                Token::Text { text, at } => {
                    let here = within[scanner.depth()];
                    if let Some(local) = leaf.take().filter(|_| here != Within::Nothing)
                        && !self.take(here, local, Text(text))
                    {
                        self.faults.add(at);
                    }
                }
                Token::End => leaf = None,
                Token::Eof => return Ok(()),
            }
        }
    }

    /// What an element says about those within.
    fn enter(&mut self, within: Within, local: &str) -> Within {
        match local {
            _ if within == Within::Nothing => Within::Nothing,
            "CSLocationInformation" => {
                self.cs_location = Some(Location::default());
                Within::Cs
            }
            "PSLocationInformation" => {
                self.ps_location = Some(Location::default());
                Within::Ps
            }
            "EPSLocationInformation" => {
                self.eps_location = Some(Location::default());
                Within::Eps
            }
            "RepositoryData"
            | "IFCs"
            | "ChargingInformation"
            | "DeletedIdentities"
            | "TWANLocationInformation"
            | "Sh-5GSLocationInformation"
            | "UserCSGInformation"
            | "LocalTimeZone"
            | "TADSinformation" => Within::Nothing,
            _ => within,
        }
    }

    /// Takes the text of an element; false if it cannot be read.
    fn take(&mut self, within: Within, local: &str, text: Text<'a>) -> bool {
        let location = match within {
            Within::Document => return self.take_state(local, text),
            Within::Cs => &mut self.cs_location,
            Within::Ps => &mut self.ps_location,
            Within::Eps => &mut self.eps_location,
            Within::Nothing => return true,
        };
        location
            .as_mut()
            .is_none_or(|location| location.take(local, text))
    }

    fn take_state(&mut self, local: &str, text: Text<'a>) -> bool {
        match local {
            "IMSUserState" => fill(
                &mut self.ims_user_state,
                number(text).map(ImsUserState::from_wire),
            ),
            "CSUserState" => fill(
                &mut self.cs_user_state,
                number(text).map(CsUserState::from_wire),
            ),
            "PSUserState" => fill(
                &mut self.ps_user_state,
                number(text).map(PsUserState::from_wire),
            ),
            "EPSUserState" => fill(
                &mut self.eps_user_state,
                number(text).map(PsUserState::from_wire),
            ),
            "IMSPublicIdentity" => {
                self.public_identities.push(text);
                true
            }
            "MSISDN" => {
                self.msisdns.push(text);
                true
            }
            "IMSI" => fill(&mut self.imsi, Some(text)),
            "SCSCFName" => fill(&mut self.s_cscf, Some(text)),
            _ => true,
        }
    }
}

impl<'a> Location<'a> {
    fn take(&mut self, local: &str, text: Text<'a>) -> bool {
        let written = text.written();
        match local {
            "CellGlobalId" => fill(&mut self.area, location::cell(written)),
            "ServiceAreaId" => fill(&mut self.area, location::service_area(written)),
            "LocationAreaId" => fill(&mut self.area, location::location_area(written)),
            "VLRNumber" => fill(&mut self.vlr, location::number(written)),
            "MSCNumber" => fill(&mut self.msc, location::number(written)),
            "SGSNNumber" => fill(&mut self.sgsn, location::number(written)),
            "RoutingAreaId" => fill(&mut self.routing_area, location::routing_area(written)),
            "E-UTRANCellGlobalId" => fill(&mut self.eutran_cell, location::eutran_cell(written)),
            "TrackingAreaId" => fill(&mut self.tracking_area, location::tracking_area(written)),
            "GeographicalInformation" => {
                let octets = base64::exactly(written);
                fill(&mut self.position, octets.and_then(Geographic::decode))
            }
            "GeodeticInformation" => {
                let octets = base64::exactly(written);
                let position = octets.and_then(Geographic::decode_geodetic);
                self.position = self.position.or(position);
                position.is_some()
            }
            "MMEName" | "AMFAddress" => fill(&mut self.node, Some(text)),
            "VisitedPLMNID" => fill(&mut self.visited, location::network(written)),
            "CurrentLocationRetrieved" => match written {
                "1" | "true" => {
                    self.is_current = true;
                    true
                }
                written => matches!(written, "0" | "false"),
            },
            "AgeOfLocationInformation" => fill(&mut self.age, written.parse().ok()),
            _ => true,
        }
    }
}

/// Sets a field; false if there is nothing to set it to.
fn fill<T>(field: &mut Option<T>, value: Option<T>) -> bool {
    let is_read = value.is_some();
    *field = value.or(field.take());
    is_read
}

fn number(text: Text<'_>) -> Option<u32> {
    text.written().parse().ok()
}
