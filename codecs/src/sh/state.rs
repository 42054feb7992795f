//! User states (TS 29.328 annex D, TS 29.002).

use crate::diameter::closed;

closed! {
    /// IMSUserState.
    ImsUserState {
        /// No public identity of the set is registered.
        NotRegistered = 0,
        /// Registered.
        Registered = 1,
        /// Not registered, but served as such.
        RegisteredUnregServices = 2,
        /// Being authenticated; tells nothing new.
        AuthenticationPending = 3,
    }
}

closed! {
    /// CSUserState.
    CsUserState {
        /// In a call.
        CamelBusy = 0,
        /// The network knows that it cannot be reached.
        NetworkDeterminedNotReachable = 1,
        /// Reachable, as far as is known.
        AssumedIdle = 2,
        /// The VLR did not tell.
        NotProvidedFromVlr = 3,
    }
}

closed! {
    /// PSUserState, and EPSUserState with the MME in place of the SGSN.
    PsUserState {
        /// Detached.
        Detached = 0,
        /// Attached, and not to be paged.
        AttachedNotReachableForPaging = 1,
        /// Attached.
        AttachedReachableForPaging = 2,
        /// A session is active, but paging is not possible.
        ConnectedNotReachableForPaging = 3,
        /// A session is active.
        ConnectedReachableForPaging = 4,
        /// The SGSN or MME did not tell.
        NotProvided = 5,
        /// The network knows that it cannot be reached.
        NetworkDeterminedNotReachable = 6,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_survives() {
        for number in 0..9 {
            assert_eq!(ImsUserState::from_wire(number).to_wire(), number);
            assert_eq!(CsUserState::from_wire(number).to_wire(), number);
            assert_eq!(PsUserState::from_wire(number).to_wire(), number);
        }
        assert_eq!(PsUserState::from_wire(7), PsUserState::Other(7));
    }
}
