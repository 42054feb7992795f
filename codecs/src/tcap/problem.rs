//! Why something was rejected or aborted (Q.773 clauses 3.1 and 4.2).

macro_rules! numbers {
    ($($(#[$doc:meta])* $Name:ident { $($(#[$value_doc:meta])* $value:ident = $number:literal,)* })*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Eq, PartialEq)]
        pub enum $Name {
            $($(#[$value_doc])* $value,)*
            /// A number that is not defined.
            Other(i64),
        }

        impl $Name {
            /// The value of a number.
            #[must_use]
            pub const fn from_wire(number: i64) -> Self {
                match number {
                    $($number => Self::$value,)*
                    _ => Self::Other(number),
                }
            }

            /// The number of the value.
            #[must_use]
            pub const fn to_wire(self) -> i64 {
                match self {
                    $(Self::$value => $number,)*
                    Self::Other(number) => number,
                }
            }
        }
    )*};
}

numbers! {
    /// Why the transaction sublayer aborts.
    PAbortCause {
        /// The message type is none of the five.
        UnrecognizedMessageType = 0,
        /// There is no such transaction.
        UnrecognizedTransactionId = 1,
        /// The transaction portion is not BER.
        BadlyFormattedTransactionPortion = 2,
        /// The transaction portion lacks something, or has something twice or too much.
        IncorrectTransactionPortion = 3,
        /// There is no room for another transaction.
        ResourceLimitation = 4,
    }
    /// What is wrong with any component.
    GeneralProblem {
        /// Its type is none of the five.
        UnrecognizedComponent = 0,
        /// Its structure is not that of its type.
        MistypedComponent = 1,
        /// It is not BER.
        BadlyStructuredComponent = 2,
    }
    /// What is wrong with an invoke.
    InvokeProblem {
        /// Its id is in use.
        DuplicateInvokeId = 0,
        /// The application context has no such operation.
        UnrecognizedOperation = 1,
        /// The argument is not of the operation's type.
        MistypedParameter = 2,
        /// There is no room to serve it.
        ResourceLimitation = 3,
        /// The dialogue is about to end.
        InitiatingRelease = 4,
        /// There is no invoke of that linked id.
        UnrecognizedLinkedId = 5,
        /// The linked operation allows no linked ones.
        LinkedResponseUnexpected = 6,
        /// The linked operation does not allow this one.
        UnexpectedLinkedOperation = 7,
    }
    /// What is wrong with a result.
    ReturnResultProblem {
        /// Nothing was invoked under its id.
        UnrecognizedInvokeId = 0,
        /// The operation reports no success.
        ReturnResultUnexpected = 1,
        /// The result is not of the operation's type.
        MistypedParameter = 2,
    }
    /// What is wrong with an error.
    ReturnErrorProblem {
        /// Nothing was invoked under its id.
        UnrecognizedInvokeId = 0,
        /// The operation reports no failure.
        ReturnErrorUnexpected = 1,
        /// There is no such error.
        UnrecognizedError = 2,
        /// The operation does not report this error.
        UnexpectedError = 3,
        /// The parameter is not of the error's type.
        MistypedParameter = 4,
    }
}

/// Why a component is rejected.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Problem {
    /// Whatever it was.
    General(GeneralProblem),
    /// It was an invoke.
    Invoke(InvokeProblem),
    /// It was a result.
    ReturnResult(ReturnResultProblem),
    /// It was an error.
    ReturnError(ReturnErrorProblem),
}

impl Problem {
    /// From the context tag and the number; nothing for another tag.
    #[must_use]
    pub const fn from_wire(tag: u32, number: i64) -> Option<Self> {
        Some(match tag {
            0 => Self::General(GeneralProblem::from_wire(number)),
            1 => Self::Invoke(InvokeProblem::from_wire(number)),
            2 => Self::ReturnResult(ReturnResultProblem::from_wire(number)),
            3 => Self::ReturnError(ReturnErrorProblem::from_wire(number)),
            _ => return None,
        })
    }

    /// The context tag and the number.
    #[must_use]
    pub const fn to_wire(self) -> (u32, i64) {
        match self {
            Self::General(problem) => (0, problem.to_wire()),
            Self::Invoke(problem) => (1, problem.to_wire()),
            Self::ReturnResult(problem) => (2, problem.to_wire()),
            Self::ReturnError(problem) => (3, problem.to_wire()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_is_its_own() {
        for tag in 0..4 {
            for number in -1..9 {
                let problem = Problem::from_wire(tag, number).unwrap();
                assert_eq!(problem.to_wire(), (tag, number));
            }
        }
        assert_eq!(Problem::from_wire(4, 0), None);
        for number in -1..9 {
            assert_eq!(PAbortCause::from_wire(number).to_wire(), number);
        }
    }
}
