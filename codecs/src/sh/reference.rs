//! What is asked for: Data-Reference, Subs-Req-Type, Requested-Domain (TS 29.329 clause 6.3).

use crate::diameter::closed;

closed! {
    /// Data-Reference (703).
    DataReference {
        /// Data of a service.
        RepositoryData = 0,
        /// Public identities.
        ImsPublicIdentity = 10,
        /// Whether the user is registered; may be subscribed to.
        ImsUserState = 11,
        /// The S-CSCF.
        SCscfName = 12,
        /// Where the user is; is only told when asked.
        LocationInformation = 14,
        /// State in the CS or PS domain; is only told when asked.
        UserState = 15,
        /// The MSISDN.
        Msisdn = 17,
        /// When the user becomes reachable over IP, once.
        UeReachabilityForIp = 25,
        /// The IMSI.
        Imsi = 32,
    }
}

closed! {
    /// Subs-Req-Type (705).
    SubsReqType {
        /// Begin or prolong.
        Subscribe = 0,
        /// End.
        Unsubscribe = 1,
    }
}

closed! {
    /// Requested-Domain (706).
    RequestedDomain {
        /// Circuit-switched.
        Cs = 0,
        /// Packet-switched.
        Ps = 1,
    }
}
