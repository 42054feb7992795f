//! Parameters by their types (RFC 4666 clause 3.2).

use super::{
    AffectedPointCode, AffectedPointCodes, Cause, DecodeError, DeregistrationResult,
    DeregistrationStatus, ErrorCode, Parameter, ProtocolData, RegistrationResult,
    RegistrationStatus, RoutingKey, Status, TrafficMode, Words, tag,
};

/// A parameter's value.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Value<'a> {
    /// Info String: text for people, at most 255 octets.
    InfoString(&'a [u8]),
    /// Routing Context: the application servers that are meant.
    RoutingContext(Words<'a>),
    /// Diagnostic Information.
    DiagnosticInformation(&'a [u8]),
    /// Heartbeat Data.
    HeartbeatData(&'a [u8]),
    /// Traffic Mode Type.
    TrafficModeType(TrafficMode),
    /// Error Code.
    ErrorCode(ErrorCode),
    /// Status.
    Status(Status),
    /// ASP Identifier.
    AspIdentifier(u32),
    /// Affected Point Code.
    AffectedPointCode(AffectedPointCodes<'a>),
    /// Correlation Id.
    CorrelationId(u32),
    /// Network Appearance.
    NetworkAppearance(u32),
    /// User/Cause: the MTP3 user and why it cannot be reached.
    UserCause {
        /// Why.
        cause: Cause,
        /// Which user, by its service indicator.
        user: u16,
    },
    /// Congestion Indications: the level, 0 to 3.
    CongestionIndications(u8),
    /// Concerned Destination.
    ConcernedDestination(AffectedPointCode),
    /// Routing Key.
    RoutingKey(RoutingKey<'a>),
    /// Registration Result.
    RegistrationResult(RegistrationResult),
    /// Deregistration Result.
    DeregistrationResult(DeregistrationResult),
    /// Local Routing Key Identifier.
    LocalRoutingKeyIdentifier(u32),
    /// Destination Point Code.
    DestinationPointCode(AffectedPointCode),
    /// Service Indicators.
    ServiceIndicators(&'a [u8]),
    /// Originating Point Code List.
    OriginatingPointCodes(AffectedPointCodes<'a>),
    /// Protocol Data.
    ProtocolData(ProtocolData<'a>),
    /// Registration Status.
    RegistrationStatus(RegistrationStatus),
    /// Deregistration Status.
    DeregistrationStatus(DeregistrationStatus),
    /// A parameter without a name here.
    Other {
        /// Its tag.
        tag: u16,
        /// Its value.
        value: &'a [u8],
    },
}

impl<'a> Parameter<'a> {
    /// The value, by the tag's type.
    ///
    /// # Errors
    /// [`DecodeError::Value`] when it has not the octets its type needs; of a nested parameter
    /// also what can be wrong with any parameter.
    pub fn value(&self) -> Result<Value<'a>, DecodeError> {
        Ok(match self.tag {
            tag::INFO_STRING if self.value.len() > INFO_STRING_MAX => {
                return Err(DecodeError::Value {
                    at: self.value_at() + INFO_STRING_MAX,
                    tag: self.tag,
                });
            }
            tag::INFO_STRING => Value::InfoString(self.value),
            tag::ROUTING_CONTEXT => Value::RoutingContext(self.words()?),
            tag::DIAGNOSTIC_INFORMATION => Value::DiagnosticInformation(self.value),
            tag::HEARTBEAT_DATA => Value::HeartbeatData(self.value),
            tag::TRAFFIC_MODE_TYPE => Value::TrafficModeType(TrafficMode::from_wire(self.word()?)),
            tag::ERROR_CODE => Value::ErrorCode(ErrorCode::from_wire(self.word()?)),
            tag::STATUS => {
                let (kind, information) = self.halves()?;
                Value::Status(Status::from_wire(kind, information))
            }
            tag::ASP_IDENTIFIER => Value::AspIdentifier(self.word()?),
            tag::AFFECTED_POINT_CODE => Value::AffectedPointCode(AffectedPointCodes::decode(self)?),
            tag::CORRELATION_ID => Value::CorrelationId(self.word()?),
            _ => return self.specific(),
        })
    }

    /// The parameters that are M3UA's alone.
    fn specific(&self) -> Result<Value<'a>, DecodeError> {
        Ok(match self.tag {
            tag::NETWORK_APPEARANCE => Value::NetworkAppearance(self.word()?),
            tag::USER_CAUSE => {
                let (cause, user) = self.halves()?;
                let cause = Cause::from_wire(cause);
                Value::UserCause { cause, user }
            }
            tag::CONGESTION_INDICATIONS => {
                let [_, _, _, level] = self.array()?;
                Value::CongestionIndications(level)
            }
            tag::CONCERNED_DESTINATION => Value::ConcernedDestination(self.point_code()?),
            tag::ROUTING_KEY => Value::RoutingKey(RoutingKey::decode(self)?),
            tag::REGISTRATION_RESULT => {
                Value::RegistrationResult(RegistrationResult::decode(self)?)
            }
            tag::DEREGISTRATION_RESULT => {
                Value::DeregistrationResult(DeregistrationResult::decode(self)?)
            }
            tag::LOCAL_ROUTING_KEY_IDENTIFIER => Value::LocalRoutingKeyIdentifier(self.word()?),
            tag::DESTINATION_POINT_CODE => Value::DestinationPointCode(self.point_code()?),
            tag::SERVICE_INDICATORS => Value::ServiceIndicators(self.value),
            tag::ORIGINATING_POINT_CODES => {
                Value::OriginatingPointCodes(AffectedPointCodes::decode(self)?)
            }
            tag::PROTOCOL_DATA => Value::ProtocolData(ProtocolData::decode(self)?),
            tag::REGISTRATION_STATUS => {
                Value::RegistrationStatus(RegistrationStatus::from_wire(self.word()?))
            }
            tag::DEREGISTRATION_STATUS => {
                Value::DeregistrationStatus(DeregistrationStatus::from_wire(self.word()?))
            }
            tag => Value::Other {
                tag,
                value: self.value,
            },
        })
    }

    fn halves(&self) -> Result<(u16, u16), DecodeError> {
        let [a, b, c, d] = self.array()?;
        Ok((u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d])))
    }

    fn point_code(&self) -> Result<AffectedPointCode, DecodeError> {
        self.array().map(AffectedPointCode::from_wire)
    }
}

/// The longest Info String (RFC 4666 clause 3.4.1).
const INFO_STRING_MAX: usize = 255;
