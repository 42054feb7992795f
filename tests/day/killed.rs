//! Form four: the process is killed between any two steps, and in the middle of some.

use crate::{
    documents::{assert_same, expected, lines},
    steps::DAY,
    world::{Known, World},
};

/// What the process finds when it starts again.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Found {
    /// The log alone.
    Log,
    /// Rows of some time before, and the log behind them.
    RowsOfBefore,
    /// Rows of the moment.
    Rows,
}

#[test]
fn killed_between_any_two_steps_the_day_ends_in_the_same_document() {
    for killed_after in 0..DAY.len() {
        for found in [Found::Log, Found::RowsOfBefore, Found::Rows] {
            let known = Known::BOTH[killed_after % 2];
            let mut day = World::new(known);
            for (number, step) in DAY.iter().enumerate() {
                if number == killed_after {
                    day.take_and_kill(step, number, found == Found::Rows);
                } else {
                    day.take(step, number);
                }
                if found == Found::RowsOfBefore && number == killed_after / 2 {
                    day.keep();
                }
                let place = format!("{} after {killed_after}, {found:?}", step.name);
                assert_same(&lines(&day.shown()), &lines(&day.document), &place);
            }
            let place = format!("after {killed_after}, {found:?}");
            assert_same(&expected(DAY.len() - 1), &lines(&day.document), &place);
        }
    }
}

#[test]
fn killed_before_a_step_is_durable_who_tells_again_ends_in_the_same_document() {
    let mut resent = 0;
    for (killed_in, step) in DAY.iter().enumerate().filter(|(_, step)| step.is_resent) {
        resent += 1;
        let mut day = World::new(Known::BOTH[resent % 2]);
        for (number, other) in DAY.iter().enumerate() {
            if number == killed_in {
                let (answers, truth) = (day.answers.len(), *day.truth());
                day.hold_the_log();
                (step.act)(&mut day);
                assert_eq!(
                    day.answers.len(),
                    answers,
                    "{}: not acknowledged",
                    step.name
                );
                // The store is offered rows at any time: none may know what the log does not.
                day.keep();
                day.kill();
                *day.truth() = truth;
            }
            day.take(other, number);
        }
        // What bears no time of its own happened when it arrived.
        let found = to_seconds(&lines(&day.document));
        assert_same(&expected(DAY.len() - 1), &found, step.name);
    }
    assert_eq!(resent, 6);
}

/// A document with its times in whole seconds.
fn to_seconds(document: &str) -> String {
    let mut parts = document.split('.');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| {
        let is_fraction = part.get(..4).is_some_and(|start| {
            start.ends_with('Z') && start.starts_with(|digit: char| digit.is_ascii_digit())
        });
        match part.get(3..).filter(|_| is_fraction) {
            Some(rest) => text + rest,
            None => text + "." + part,
        }
    })
}

#[test]
fn fractions_of_a_second_and_nothing_else_are_left_out() {
    let document = "<op:version>1.0</op:version><timestamp>2026-03-01T06:17:00.040Z</timestamp>";
    let whole = "<op:version>1.0</op:version><timestamp>2026-03-01T06:17:00Z</timestamp>";
    assert_eq!(to_seconds(document), whole);
}
