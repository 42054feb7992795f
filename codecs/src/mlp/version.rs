//! The versions that are written.

/// Which version of MLP a peer speaks. Any version 3 is read.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub enum Version {
    /// 3.1, of 3GPP release 5: most elements bear the version 3.0.0 still.
    V31,
    /// 3.4, of 3GPP release 10.
    #[default]
    V34,
    /// 3.5.
    V35,
}

impl Version {
    /// The version of the root element.
    #[must_use]
    pub const fn of_root(self) -> &'static str {
        match self {
            Self::V31 => "3.1.0",
            Self::V34 => "3.4.0",
            Self::V35 => "3.5.0",
        }
    }

    /// The version of the header and of the services.
    #[must_use]
    pub const fn of_service(self) -> &'static str {
        match self {
            Self::V31 => "3.0.0",
            Self::V34 | Self::V35 => self.of_root(),
        }
    }

    /// The document type of requests.
    pub(super) const fn request_type(self) -> &'static str {
        match self {
            Self::V31 => "MLP_SVC_INIT_310.DTD",
            Self::V34 => "MLP_v3_4.dtd",
            Self::V35 => "MLP_v3_5.dtd",
        }
    }

    /// The document type of answers.
    pub(super) const fn answer_type(self) -> &'static str {
        match self {
            Self::V31 => "MLP_SVC_RESULT_310.DTD",
            Self::V34 | Self::V35 => self.request_type(),
        }
    }

    /// The highest one that is not above what a document says.
    #[must_use]
    pub fn of_document(version: &str) -> Self {
        let minor = version
            .split('.')
            .nth(1)
            .and_then(|minor| minor.parse().ok());
        match minor {
            Some(0_u32..=3) | None => Self::V31,
            Some(4) => Self::V34,
            Some(_) => Self::V35,
        }
    }
}
