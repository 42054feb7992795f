//! Dialogues on a clock of their own, between two tables.

use std::time::Duration;

use pengate_codecs::{
    m3ua::{Label, SERVICE_SCCP},
    tcap::{AbortCause, Message, PAbortCause, TransactionId, abort, begin, continuation, end},
};
use proptest::prelude::*;

use super::*;
use crate::session::sccp::Address;

fn path(originator: u32) -> Path {
    Path {
        label: Label {
            originator: 2002,
            destination: originator,
            service: SERVICE_SCCP,
            network: 2,
            priority: 0,
            selection: 1,
        },
        remote: Address::international("99900000007", 7).unwrap(),
        subsystem: 147,
    }
}

#[derive(Debug, Default)]
struct Said {
    sent: Vec<Vec<u8>>,
    faults: Vec<&'static str>,
}

impl Sink for Said {
    fn send(&mut self, _: &Path, octets: &[u8]) {
        self.sent.push(octets.to_vec());
    }

    fn fault(&mut self, _: Stamp, kind: &'static str, _: Option<usize>) {
        self.faults.push(kind);
    }
}

impl Said {
    /// Cause and addressee of the only message, a P-Abort.
    fn p_abort(&mut self) -> (TransactionId, PAbortCause) {
        let sent = std::mem::take(&mut self.sent);
        let [octets] = &sent[..] else {
            panic!("{sent:?}");
        };
        match Message::decode(octets) {
            Ok(Message::Abort(abort)) => match abort.cause {
                Some(AbortCause::Provider(cause)) => (abort.dtid, cause),
                other => panic!("{other:?}"),
            },
            other => panic!("{other:?}"),
        }
    }
}

type Table = Dialogues<u32>;

fn table(options: Options) -> Table {
    Dialogues::new(options, 7)
}

fn at(secs: i64) -> Stamp {
    Stamp::from_secs(secs)
}

fn written(write: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let mut out = Vec::new();
    write(&mut out);
    out
}

fn opened(table: &mut Table, now: i64, otid: u32, said: &mut Said) -> DialogueId {
    let octets = written(|out| begin(out, otid.into(), None, |_| {}));
    match table.take(at(now), &path(1001), &octets, said) {
        Some(Heard::Begin(id, found)) => {
            assert_eq!(found.otid, otid.into());
            id
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_dialogue_that_is_answered_with_its_end_is_over() {
    let (mut table, mut said) = (table(Options::default()), Said::default());
    let id = opened(&mut table, 0, 0x4904, &mut said);
    assert_eq!(table.path(id), Some((&path(1001), State::Offered)));
    *table.user_mut(id).unwrap() = 9;
    assert_eq!(table.deadline(), Some(at(10)));
    assert_eq!(table.end(id, None, |_| {}, &mut said), Some(9));
    let Ok(Message::End(found)) = Message::decode(&said.sent[0]) else {
        panic!("{said:?}");
    };
    assert_eq!(found.dtid, 0x4904.into());
    assert!(table.is_empty());
    assert_eq!((table.deadline(), table.user(id)), (None, None));
    assert_eq!(table.end(id, None, |_| {}, &mut said), None);
}

#[test]
fn two_tables_speak_with_each_other_until_one_ends_it() {
    let (mut ours, mut theirs) = (
        table(Options::default()),
        Dialogues::<u32>::new(Options::default(), 8),
    );
    let mut said = Said::default();
    let asked = ours
        .begin(at(0), path(1001), 5, None, |_| {}, &mut said)
        .unwrap();
    assert_eq!(ours.path(asked).unwrap().1, State::Asked);
    let octets = said.sent.remove(0);
    let Some(Heard::Begin(offered, _)) = theirs.take(at(0), &path(2002), &octets, &mut said) else {
        panic!("{said:?}");
    };
    for round in 1..4 {
        assert!(theirs.proceed(at(round), offered, None, |_| {}, &mut said));
        let octets = said.sent.remove(0);
        let heard = ours.take(at(round), &path(1001), &octets, &mut said);
        assert!(matches!(heard, Some(Heard::Continue(id, _)) if id == asked));
        assert!(ours.proceed(at(round), asked, None, |_| {}, &mut said));
        let octets = said.sent.remove(0);
        let heard = theirs.take(at(round), &path(2002), &octets, &mut said);
        assert!(matches!(heard, Some(Heard::Continue(id, _)) if id == offered));
    }
    assert_eq!(ours.path(asked).unwrap().1, State::Established);
    assert_eq!(ours.deadline(), Some(at(3 + 4 * 3600)));
    theirs.end(offered, None, |_| {}, &mut said);
    let octets = said.sent.remove(0);
    let heard = ours.take(at(9), &path(1001), &octets, &mut said);
    assert!(matches!(heard, Some(Heard::End(id, 5, _)) if id == asked));
    assert!(ours.is_empty() && theirs.is_empty());
    assert!(said.faults.is_empty() && said.sent.is_empty());
}

#[test]
fn what_nobody_knows_is_aborted_or_counted() {
    let (mut table, mut said) = (table(Options::default()), Said::default());
    let (otid, dtid) = (TransactionId::from(1), TransactionId::from(2));
    let octets = written(|out| continuation(out, otid, dtid, None, |_| {}));
    assert_eq!(table.take(at(0), &path(1), &octets, &mut said), None);
    assert_eq!(
        said.p_abort(),
        (otid, PAbortCause::UnrecognizedTransactionId)
    );
    for octets in [
        written(|out| end(out, dtid, None, |_| {})),
        written(|out| abort(out, dtid, None)),
    ] {
        assert_eq!(table.take(at(0), &path(1), &octets, &mut said), None);
    }
    assert_eq!(said.faults, ["unknown-transaction"; 3]);
    // The id under which a peer speaks is ours, not its own.
    opened(&mut table, 0, 2, &mut said);
    let octets = written(|out| end(out, dtid, None, |_| {}));
    assert_eq!(table.take(at(0), &path(1), &octets, &mut said), None);
    assert_eq!(table.len(), 1);
}

#[test]
fn what_is_malformed_is_aborted_when_its_sender_is_known() {
    use PAbortCause::{
        BadlyFormattedTransactionPortion as Badly, IncorrectTransactionPortion as Incorrect,
        UnrecognizedMessageType as Unrecognized,
    };
    let (mut table, mut said) = (table(Options::default()), Said::default());
    for (octets, cause) in [
        (&[0x62, 3, 0x48, 1, 7, 0][..], Badly),
        (&[0x62, 9, 0x48, 1, 7], Badly),
        (&[0x62, 5, 0x48, 1, 7, 5, 0], Incorrect),
        (&[0x66, 3, 0x48, 1, 7], Unrecognized),
    ] {
        assert_eq!(table.take(at(0), &path(1), octets, &mut said), None);
        let told = (TransactionId::from_wire(&[7]).unwrap(), cause);
        assert_eq!(said.p_abort(), told, "{octets:?}");
    }
    for octets in [&[][..], &[0x62, 2, 0x48, 0], &[0x64, 3, 0x49, 1, 7, 0]] {
        assert_eq!(table.take(at(0), &path(1), octets, &mut said), None);
        assert!(said.sent.is_empty(), "{octets:?}");
    }
    assert_eq!(said.faults, ["malformed"; 7]);
    assert!(table.is_empty());
}

#[test]
fn a_dialogue_of_which_a_message_cannot_be_read_is_over() {
    let (mut table, mut said) = (table(Options::default()), Said::default());
    for is_answered in [true, false] {
        let asked = table
            .begin(at(0), path(1), 5, None, |_| {}, &mut said)
            .unwrap();
        let octets = said.sent.pop().unwrap();
        let Ok(Message::Begin(Begin { otid: ours, .. })) = Message::decode(&octets) else {
            panic!("{octets:?}");
        };
        let mut octets = if is_answered {
            written(|out| continuation(out, 9.into(), ours, None, |_| {}))
        } else {
            written(|out| end(out, ours, None, |_| {}))
        };
        octets.push(0);
        let heard = table.take(at(1), &path(1), &octets, &mut said);
        let Some(Heard::Lost(lapsed)) = heard else {
            panic!("{heard:?}");
        };
        let lost = (asked, State::Asked, 5);
        assert_eq!((lapsed.id, lapsed.state, lapsed.user), lost);
        if is_answered {
            let badly = PAbortCause::BadlyFormattedTransactionPortion;
            assert_eq!(said.p_abort(), (9.into(), badly), "who goes on is told");
        }
        assert!(said.sent.is_empty() && table.is_empty());
        assert_eq!(table.deadline(), None);
    }
    assert_eq!(said.faults, ["malformed"; 2]);
}

#[test]
fn one_more_than_dialogues_max_is_refused() {
    let options = Options {
        dialogues_max: 2,
        ..Options::default()
    };
    let (mut table, mut said) = (table(options), Said::default());
    let first = opened(&mut table, 0, 1, &mut said);
    opened(&mut table, 0, 2, &mut said);
    let octets = written(|out| begin(out, 3.into(), None, |_| {}));
    assert_eq!(table.take(at(0), &path(1), &octets, &mut said), None);
    assert_eq!(said.p_abort(), (3.into(), PAbortCause::ResourceLimitation));
    assert_eq!(said.faults, ["dialogues-full"]);
    let begun = table.begin(at(0), path(1), 0, None, |_| {}, &mut said);
    assert_eq!((begun, said.sent.len()), (Err(Full), 0));
    assert_eq!(
        table.refuse(first, PAbortCause::ResourceLimitation, &mut said),
        Some(0)
    );
    said.p_abort();
    opened(&mut table, 0, 4, &mut said);
}

#[test]
fn every_state_has_its_time() {
    let (mut table, mut said) = (table(Options::default()), Said::default());
    let offered = opened(&mut table, 0, 1, &mut said);
    let established = opened(&mut table, 0, 2, &mut said);
    assert!(table.proceed(at(0), established, None, |_| {}, &mut said));
    let asked = table
        .begin(at(0), path(1), 6, None, |_| {}, &mut said)
        .unwrap();
    assert!(
        !table.proceed(at(0), asked, None, |_| {}, &mut said),
        "the peer has not answered"
    );
    said.sent.clear();
    let (ms, h) = (Stamp::from_millis, 3600);
    assert_eq!(table.expire(ms(9_999), &mut said), None);
    for (now, id, state, told) in [
        (10, offered, State::Offered, 1),
        (20, asked, State::Asked, 0),
        (4 * h, established, State::Established, 1),
    ] {
        assert_eq!(table.deadline(), Some(at(now)));
        let lapsed = table.expire(at(now), &mut said).unwrap();
        assert_eq!((lapsed.id, lapsed.state), (id, state));
        assert_eq!(std::mem::take(&mut said.sent).len(), told);
        assert_eq!(table.expire(at(now), &mut said), None);
    }
    assert!(table.is_empty());
}

#[test]
fn a_dialogue_is_taken_up_again_by_its_ids() {
    let (mut table, mut said) = (table(Options::default()), Said::default());
    let id = opened(&mut table, 0, 0x4904, &mut said);
    let (ours, theirs) = table.transactions(id).unwrap();
    assert_eq!(theirs, 0x4904.into());
    assert_eq!(table.of_transaction(ours), Some(id));
    let mut again = Dialogues::<u32>::new(Options::default(), 9);
    let id = again.resume(at(5), path(1001), (ours, theirs), 3);
    assert_eq!(again.transactions(id), Some((ours, theirs)));
    assert_eq!(again.deadline(), Some(at(5 + 4 * 3600)));
    let octets = written(|out| continuation(out, theirs, ours, None, |_| {}));
    let heard = again.take(at(6), &path(1001), &octets, &mut said);
    assert!(matches!(heard, Some(Heard::Continue(found, _)) if found == id));
    // The same again replaces it, and one that was asked has no ids yet.
    let twin = again.resume(at(7), path(1001), (ours, theirs), 4);
    assert_eq!((again.len(), again.user(id)), (1, None));
    assert_eq!(again.forget(twin), Some(4));
    assert_eq!(again.of_transaction(ours), None);
    let asked = again
        .begin(at(0), path(1), 0, None, |_| {}, &mut said)
        .unwrap();
    assert_eq!(again.transactions(asked), None);
}

#[test]
fn an_id_that_is_in_use_is_not_given_again() {
    let mut said = Said::default();
    let fresh = || Dialogues::<u32>::new(Options::default(), 9);
    let (mut first, mut second) = (fresh(), fresh());
    let mut given = |table: &mut _| {
        let id = opened(table, 0, 0x4904, &mut said);
        table.transactions(id).unwrap().0
    };
    let ids = [(); 3].map(|()| given(&mut first));
    // A dialogue of before the restart has what comes next.
    second.resume(at(0), path(1001), (ids[1], 7.into()), 3);
    assert_eq!([(); 2].map(|()| given(&mut second)), [ids[0], ids[2]]);
}

#[test]
fn what_cannot_be_delivered_is_over_early() {
    let (mut table, mut said) = (table(Options::default()), Said::default());
    let first = table
        .begin(at(0), path(1001), 1, None, |_| {}, &mut said)
        .unwrap();
    let second = table
        .begin(at(0), path(1002), 2, None, |_| {}, &mut said)
        .unwrap();
    let begun = said.sent.remove(0);
    let lapsed = table.returned(&begun).unwrap();
    assert_eq!((lapsed.id, lapsed.user), (first, 1));
    assert_eq!(table.returned(&begun), None);
    assert!(
        table
            .unreachable(|path| path.label.destination == 1001)
            .is_empty()
    );
    let gone = table.unreachable(|path| path.label.destination == 1002);
    assert_eq!(gone.len(), 1);
    assert_eq!(gone[0].id, second);
    assert!(table.is_empty());
}

#[test]
fn ids_are_the_same_from_a_seed_and_far_apart() {
    let ids = |seed| {
        let (mut table, mut said) = (
            Dialogues::<u32>::new(Options::default(), seed),
            Said::default(),
        );
        for _ in 0..100 {
            table
                .begin(at(0), path(1), 0, None, |_| {}, &mut said)
                .unwrap();
        }
        let found = said
            .sent
            .iter()
            .map(|octets| match Message::decode(octets) {
                Ok(Message::Begin(begin)) => begin.otid,
                other => panic!("{other:?}"),
            });
        found.collect::<Vec<_>>()
    };
    assert_eq!(ids(1), ids(1));
    let mut all = [ids(1), ids(2)].concat();
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), 200);
}

/// Something that happens to a table.
#[derive(Clone, Debug)]
enum Step {
    Offer(u32),
    Ask,
    Proceed(usize),
    End(usize),
    /// One of what was sent comes back, changed into an answer.
    Answer(usize, u8),
    Octets(Vec<u8>),
    Wait(i64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        (0_u32..9).prop_map(Step::Offer),
        Just(Step::Ask),
        (0_usize..9).prop_map(Step::Proceed),
        (0_usize..9).prop_map(Step::End),
        ((0_usize..99), (0_u8..4)).prop_map(|(number, kind)| Step::Answer(number, kind)),
        proptest::collection::vec(any::<u8>(), 0..20).prop_map(Step::Octets),
        (0_i64..15).prop_map(Step::Wait),
    ];
    proptest::collection::vec(step, 0..80)
}

/// An answer to one of our messages, by whoever got it.
fn answer(octets: &[u8], kind: u8) -> Option<Vec<u8>> {
    let otid = match Message::decode(octets).ok()? {
        Message::Begin(begin) => begin.otid,
        Message::Continue(message) => message.otid,
        _ => return None,
    };
    Some(written(|out| match kind {
        0 => end(out, otid, None, |_| {}),
        1 => abort(out, otid, None),
        _ => continuation(out, 99.into(), otid, None, |_| {}),
    }))
}

proptest! {
    /// Whatever comes, is lost or comes late: the table stays within its limit, every dialogue has
    /// an end, and in the end there is none.
    #[test]
    fn every_dialogue_ends(steps in steps()) {
        let options = Options {
            dialogues_max: 5,
            idle_timeout: Duration::from_secs(30),
            ..Options::default()
        };
        let (mut table, mut said) = (table(options), Said::default());
        let (mut now, mut all, mut known) = (0, Vec::new(), Vec::new());
        for step in steps {
            match step {
                Step::Offer(otid) => {
                    let octets = written(|out| begin(out, otid.into(), None, |_| {}));
                    match table.take(at(now), &path(1), &octets, &mut said) {
                        Some(Heard::Begin(id, _)) => known.push(id),
                        other => prop_assert_eq!((other, table.len()), (None, 5)),
                    }
                }
                Step::Ask => known.extend(table.begin(at(now), path(1), 0, None, |_| {}, &mut said)),
                Step::Proceed(number) => {
                    if let Some(id) = known.get(number) {
                        let is_open = table.path(*id).is_some();
                        let proceeds = table.proceed(at(now), *id, None, |_| {}, &mut said);
                        prop_assert!(is_open || !proceeds);
                    }
                }
                Step::End(number) => {
                    if let Some(id) = known.get(number) {
                        let is_open = table.path(*id).is_some();
                        prop_assert_eq!(table.end(*id, None, |_| {}, &mut said).is_some(), is_open);
                    }
                }
                Step::Answer(number, kind) => {
                    all.append(&mut said.sent);
                    if let Some(octets) = all.get(number).and_then(|octets| answer(octets, kind)) {
                        let before = table.len();
                        let heard = table.take(at(now), &path(1), &octets, &mut said);
                        let ended = matches!(heard, Some(Heard::End(..) | Heard::Abort(..)));
                        prop_assert_eq!(before - usize::from(ended), table.len());
                    }
                }
                Step::Octets(octets) => {
                    table.take(at(now), &path(1), &octets, &mut said);
                }
                Step::Wait(secs) => {
                    now += secs;
                    while table.expire(at(now), &mut said).is_some() {}
                }
            }
            prop_assert!(table.len() <= 5);
            prop_assert_eq!(table.is_empty(), table.deadline().is_none());
        }
        now += 31;
        while table.expire(at(now), &mut said).is_some() {}
        prop_assert!(table.is_empty());
        prop_assert_eq!(table.deadline(), None);
    }
}
