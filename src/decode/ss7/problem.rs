//! Names of what is wrong with a component (Q.773 clause 3.3).

use pengate_codecs::tcap::{
    GeneralProblem, InvokeProblem, Problem, ReturnErrorProblem, ReturnResultProblem,
};

/// The name of a problem.
pub(super) const fn name(problem: Problem) -> &'static str {
    match problem {
        Problem::General(problem) => match problem {
            GeneralProblem::UnrecognizedComponent => "unrecognizedComponent",
            GeneralProblem::MistypedComponent => "mistypedComponent",
            GeneralProblem::BadlyStructuredComponent => "badlyStructuredComponent",
            GeneralProblem::Other(_) => UNKNOWN,
        },
        Problem::Invoke(problem) => match problem {
            InvokeProblem::DuplicateInvokeId => "duplicateInvokeID",
            InvokeProblem::UnrecognizedOperation => "unrecognizedOperation",
            InvokeProblem::MistypedParameter => "mistypedParameter",
            InvokeProblem::ResourceLimitation => "resourceLimitation",
            InvokeProblem::InitiatingRelease => "initiatingRelease",
            InvokeProblem::UnrecognizedLinkedId => "unrecognizedLinkedID",
            InvokeProblem::LinkedResponseUnexpected => "linkedResponseUnexpected",
            InvokeProblem::UnexpectedLinkedOperation => "unexpectedLinkedOperation",
            InvokeProblem::Other(_) => UNKNOWN,
        },
        Problem::ReturnResult(problem) => match problem {
            ReturnResultProblem::UnrecognizedInvokeId => "unrecognizedInvokeID",
            ReturnResultProblem::ReturnResultUnexpected => "returnResultUnexpected",
            ReturnResultProblem::MistypedParameter => "mistypedParameter",
            ReturnResultProblem::Other(_) => UNKNOWN,
        },
        Problem::ReturnError(problem) => match problem {
            ReturnErrorProblem::UnrecognizedInvokeId => "unrecognizedInvokeID",
            ReturnErrorProblem::ReturnErrorUnexpected => "returnErrorUnexpected",
            ReturnErrorProblem::UnrecognizedError => "unrecognizedError",
            ReturnErrorProblem::UnexpectedError => "unexpectedError",
            ReturnErrorProblem::MistypedParameter => "mistypedParameter",
            ReturnErrorProblem::Other(_) => UNKNOWN,
        },
    }
}

const UNKNOWN: &str = "unknown";
