//! Errors (TS 29.002 clauses 7.6.1 and 17.6.6).

use pengate_asn1::{Null, table};

use super::ExtensionContainer;

table! {
    /// The subscriber is unknown.
    pub UnknownSubscriberParam<'a> ::= SEQUENCE {
        extension_container: ExtensionContainer<'a> OPTIONAL,
        ...,
        unknown_subscriber_diagnostic: UnknownSubscriberDiagnostic OPTIONAL,
    }

    /// In which way a subscriber is unknown.
    pub UnknownSubscriberDiagnostic ::= ENUMERATED {
        ImsiUnknown = 0,
        GprsEpsSubscriptionUnknown = 1,
        ...,
        NpdbMismatch = 2,
    }

    /// Something in the network failed.
    pub SystemFailureParam<'a> ::= CHOICE {
        NetworkResource: NetworkResource,
        ExtensibleSystemFailureParam: ExtensibleSystemFailureParam<'a>,
    }

    /// What failed, in the form of version 3.
    pub ExtensibleSystemFailureParam<'a> ::= SEQUENCE {
        network_resource: NetworkResource OPTIONAL,
        extension_container: ExtensionContainer<'a> OPTIONAL,
        ...,
        additional_network_resource: [0] AdditionalNetworkResource OPTIONAL,
        failure_cause_param: [1] FailureCauseParam OPTIONAL,
    }

    /// What of the network failed.
    pub NetworkResource ::= ENUMERATED {
        Plmn = 0,
        Hlr = 1,
        Vlr = 2,
        Pvlr = 3,
        ControllingMsc = 4,
        Vmsc = 5,
        Eir = 6,
        Rss = 7,
    }

    /// What of the network failed, added later.
    pub AdditionalNetworkResource ::= ENUMERATED {
        Sgsn = 0,
        Ggsn = 1,
        Gmlc = 2,
        GsmScf = 3,
        Nplr = 4,
        Auc = 5,
        ...,
        Ue = 6,
        Mme = 7,
    }

    /// Why it failed.
    pub FailureCauseParam ::= ENUMERATED {
        LimitReachedOnNumberOfConcurrentLocationRequests = 0,
        ...,
    }

    /// Something was missing.
    pub DataMissingParam<'a> ::= SEQUENCE {
        extension_container: ExtensionContainer<'a> OPTIONAL,
        ...,
    }

    /// Something was not expected.
    pub UnexpectedDataParam<'a> ::= SEQUENCE {
        extension_container: ExtensionContainer<'a> OPTIONAL,
        ...,
        unexpected_subscriber: [0] Null OPTIONAL,
    }

    /// The asker may not ask.
    pub AtiNotAllowedParam<'a> ::= SEQUENCE {
        extension_container: ExtensionContainer<'a> OPTIONAL,
        ...,
    }

    /// The event is not supported.
    pub MmEventNotSupportedParam<'a> ::= SEQUENCE {
        extension_container: ExtensionContainer<'a> OPTIONAL,
        ...,
    }
}
