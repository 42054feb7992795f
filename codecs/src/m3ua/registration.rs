//! Routing keys and what came of registering them (RFC 4666 clause 3.6).

use super::{DecodeError, Parameter, Parameters, TrafficMode, Words, status::values, tag};

values! {
    /// What came of a registration (RFC 4666 clause 3.6.2).
    RegistrationStatus(u32) {
        /// Successfully Registered (0).
        Registered = 0, "Successfully Registered";
        /// Error - Unknown (1).
        Unknown = 1, "Error - Unknown";
        /// Error - Invalid DPC (2).
        InvalidDpc = 2, "Error - Invalid DPC";
        /// Error - Invalid Network Appearance (3).
        InvalidNetworkAppearance = 3, "Error - Invalid Network Appearance";
        /// Error - Invalid Routing Key (4).
        InvalidRoutingKey = 4, "Error - Invalid Routing Key";
        /// Error - Permission Denied (5).
        PermissionDenied = 5, "Error - Permission Denied";
        /// Error - Cannot Support Unique Routing (6).
        NoUniqueRouting = 6, "Error - Cannot Support Unique Routing";
        /// Error - Routing Key not Currently Provisioned (7).
        NotProvisioned = 7, "Error - Routing Key not Currently Provisioned";
        /// Error - Insufficient Resources (8).
        InsufficientResources = 8, "Error - Insufficient Resources";
        /// Error - Unsupported RK parameter Field (9).
        UnsupportedField = 9, "Error - Unsupported RK parameter Field";
        /// Error - Unsupported/Invalid Traffic Handling Mode (10).
        UnsupportedTrafficMode = 10, "Error - Unsupported/Invalid Traffic Handling Mode";
        /// Error - Routing Key Change Refused (11).
        ChangeRefused = 11, "Error - Routing Key Change Refused";
        /// Error - Routing Key Already Registered (12).
        AlreadyRegistered = 12, "Error - Routing Key Already Registered";
    }
}

values! {
    /// What came of a deregistration (RFC 4666 clause 3.6.4).
    DeregistrationStatus(u32) {
        /// Successfully Deregistered (0).
        Deregistered = 0, "Successfully Deregistered";
        /// Error - Unknown (1).
        Unknown = 1, "Error - Unknown";
        /// Error - Invalid Routing Context (2).
        InvalidRoutingContext = 2, "Error - Invalid Routing Context";
        /// Error - Permission Denied (3).
        PermissionDenied = 3, "Error - Permission Denied";
        /// Error - Not Registered (4).
        NotRegistered = 4, "Error - Not Registered";
        /// Error - ASP Currently Active for Routing Context (5).
        AspActive = 5, "Error - ASP Currently Active for Routing Context";
    }
}

/// Which traffic an ASP wants (RFC 4666 clause 3.6.1). Destinations may be several; each has the
/// service indicators and originators that follow it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct RoutingKey<'a> {
    /// By which the response names the key.
    pub local_identifier: u32,
    /// The routing context that is wanted.
    pub routing_context: Option<u32>,
    /// How the traffic is to be shared.
    pub traffic_mode: Option<TrafficMode>,
    /// The first destination.
    pub destination: u32,
    /// The network of the point codes.
    pub network_appearance: Option<u32>,
    /// The services wanted of the first destination; all when absent.
    pub service_indicators: Option<&'a [u8]>,
    /// The originators wanted for the first destination, each with its mask; all when absent.
    pub originators: Option<Words<'a>>,
    nested: &'a [u8],
    at: usize,
}

impl<'a> RoutingKey<'a> {
    pub(super) fn decode(parameter: &Parameter<'a>) -> Result<Self, DecodeError> {
        let (nested, at) = (parameter.value, parameter.value_at());
        let find = |tag| first(nested, at, tag);
        let mut destinations = 0;
        let mut service_indicators = None;
        let mut originators = None;
        let mut parameters = Parameters::new(nested, at);
        while let Some(inner) = parameters.step()? {
            match inner.tag {
                tag::DESTINATION_POINT_CODE => destinations += 1,
                tag::SERVICE_INDICATORS if destinations < 2 => {
                    service_indicators.get_or_insert(inner.value);
                }
                tag::ORIGINATING_POINT_CODES if destinations < 2 => {
                    originators = Some(inner.words()?);
                }
                _ => {}
            }
        }
        Ok(Self {
            local_identifier: needed(nested, at, tag::LOCAL_ROUTING_KEY_IDENTIFIER)?,
            routing_context: find(tag::ROUTING_CONTEXT)?,
            traffic_mode: find(tag::TRAFFIC_MODE_TYPE)?.map(TrafficMode::from_wire),
            destination: needed(nested, at, tag::DESTINATION_POINT_CODE)? & 0x00ff_ffff,
            network_appearance: find(tag::NETWORK_APPEARANCE)?,
            service_indicators,
            originators,
            nested,
            at,
        })
    }

    /// Every parameter of the key, in order.
    #[must_use]
    pub fn parameters(&self) -> Parameters<'a> {
        Parameters::new(self.nested, self.at)
    }
}

/// What came of registering one key.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct RegistrationResult {
    /// The key as its request named it.
    pub local_identifier: u32,
    /// Whether it is registered.
    pub status: RegistrationStatus,
    /// Its routing context; 0 when it is not registered.
    pub routing_context: u32,
}

impl RegistrationResult {
    pub(super) fn decode(parameter: &Parameter<'_>) -> Result<Self, DecodeError> {
        let (nested, at) = (parameter.value, parameter.value_at());
        let status = needed(nested, at, tag::REGISTRATION_STATUS)?;
        Ok(Self {
            local_identifier: needed(nested, at, tag::LOCAL_ROUTING_KEY_IDENTIFIER)?,
            status: RegistrationStatus::from_wire(status),
            routing_context: needed(nested, at, tag::ROUTING_CONTEXT)?,
        })
    }
}

/// What came of deregistering one routing context.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct DeregistrationResult {
    /// The routing context.
    pub routing_context: u32,
    /// Whether it is gone.
    pub status: DeregistrationStatus,
}

impl DeregistrationResult {
    pub(super) fn decode(parameter: &Parameter<'_>) -> Result<Self, DecodeError> {
        let (nested, at) = (parameter.value, parameter.value_at());
        let status = needed(nested, at, tag::DEREGISTRATION_STATUS)?;
        Ok(Self {
            routing_context: needed(nested, at, tag::ROUTING_CONTEXT)?,
            status: DeregistrationStatus::from_wire(status),
        })
    }
}

/// The number in the first nested parameter with a tag. What stands before it must be sound.
fn first(nested: &[u8], at: usize, tag: u16) -> Result<Option<u32>, DecodeError> {
    let mut parameters = Parameters::new(nested, at);
    while let Some(parameter) = parameters.step()? {
        if parameter.tag == tag {
            return parameter.word().map(Some);
        }
    }
    Ok(None)
}

fn needed(nested: &[u8], at: usize, tag: u16) -> Result<u32, DecodeError> {
    first(nested, at, tag)?.ok_or(DecodeError::Missing {
        at: at + nested.len(),
        tag,
    })
}
