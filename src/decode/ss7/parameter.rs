//! Parameters of errors whose types no table has: their octets, and a cause where there is one.

use pengate_asn1::{Element, Tag};
use pengate_codecs::tcap::Code;

use super::{super::line::Line, octets::Octets, operations::User};

/// Tells the parameter of an error: the octets of its contents, then what is known of its cause.
pub(super) fn tell(line: &mut Line, user: User, code: Code<'_>, parameter: Element<'_>) {
    let octets = parameter.contents().rest();
    if octets.is_empty() {
        return;
    }
    line.display("Parameter", Octets(octets));
    let known = CAUSES
        .iter()
        .filter(|cause| cause.user == user && Code::Local(cause.error) == code);
    for cause in known {
        let number = cause.find(parameter).map(|element| element.integer());
        let Some(Ok(number)) = number else { continue };
        let mut values = cause.values.iter();
        match values.find(|(value, _)| *value == number) {
            Some((_, name)) => line.text(cause.name, name),
            None => line.integer(cause.name, number),
        }
    }
}

/// A cause within the parameter of an error.
struct Cause {
    user: User,
    error: i64,
    /// The name of the member.
    name: &'static str,
    /// The tag of the member; an ENUMERATED is the whole parameter in older versions.
    tag: Tag,
    values: &'static [(i64, &'static str)],
}

impl Cause {
    fn find<'a>(&self, parameter: Element<'a>) -> Option<Element<'a>> {
        if parameter.tag() == self.tag {
            return Some(parameter);
        }
        let mut members = parameter.members().ok()?;
        while !members.is_empty() {
            let member = Element::read(&mut members).ok()?;
            if member.tag() == self.tag {
                return Some(member);
            }
        }
        None
    }
}

/// Those of the operations that are read here (TS 29.002 clause 17.6.6, TS 29.078 clause 5.1).
const CAUSES: &[Cause] = &[
    Cause {
        user: User::Map,
        error: 8,
        name: "roamingNotAllowedCause",
        tag: Tag::ENUMERATED,
        values: &[
            (0, "plmnRoamingNotAllowed"),
            (3, "operatorDeterminedBarring"),
        ],
    },
    Cause {
        user: User::Map,
        error: 8,
        name: "additionalRoamingNotAllowedCause",
        tag: Tag::context(0),
        values: &[(0, "supportedRAT-TypesNotAllowed")],
    },
    Cause {
        user: User::Cap,
        error: 11,
        name: "unavailableNetworkResource",
        tag: Tag::ENUMERATED,
        values: &[
            (0, "unavailableResources"),
            (1, "componentFailure"),
            (2, "basicCallProcessingException"),
            (3, "resourceStatusFailure"),
            (4, "endUserFailure"),
        ],
    },
    Cause {
        user: User::Cap,
        error: 12,
        name: "taskRefusedParameter",
        tag: Tag::ENUMERATED,
        values: &[(0, "generic"), (1, "unobtainable"), (2, "congestion")],
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use pengate_asn1::Cursor;

    fn told(user: User, code: i64, octets: &[u8]) -> String {
        let mut line = Line::default();
        let element = Element::only(Cursor::new(octets)).unwrap();
        tell(&mut line, user, Code::Local(code), element);
        String::from_utf8_lossy(line.finish().trim_ascii_end()).into_owned()
    }

    #[test]
    fn a_cause_has_a_name_in_every_version() {
        for (user, code, octets, expected) in [
            (
                User::Map,
                8,
                &[0x0a, 1, 0][..],
                r#"{"Parameter":"00","roamingNotAllowedCause":"plmnRoamingNotAllowed"}"#,
            ),
            (
                User::Map,
                8,
                &[0x30, 6, 0x0a, 1, 3, 0x80, 1, 0],
                "{\"Parameter\":\"0a0103800100\",\
                 \"roamingNotAllowedCause\":\"operatorDeterminedBarring\",\
                 \"additionalRoamingNotAllowedCause\":\"supportedRAT-TypesNotAllowed\"}",
            ),
            (
                User::Map,
                8,
                &[0x30, 3, 0x0a, 1, 9],
                r#"{"Parameter":"0a0109","roamingNotAllowedCause":9}"#,
            ),
            (
                User::Cap,
                12,
                &[0x0a, 1, 2],
                r#"{"Parameter":"02","taskRefusedParameter":"congestion"}"#,
            ),
            (User::Map, 8, &[0x30, 2, 5, 9], r#"{"Parameter":"0509"}"#),
            (
                User::Map,
                27,
                &[0x30, 3, 0x80, 1, 1],
                r#"{"Parameter":"800101"}"#,
            ),
            (User::Map, 27, &[0x30, 0], "{}"),
            (User::Other, 8, &[0x0a, 1, 0], r#"{"Parameter":"00"}"#),
        ] {
            assert_eq!(told(user, code, octets), expected);
        }
    }
}
