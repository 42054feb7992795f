//! Any interleaving of changes, records, answers and restarts.

use std::{collections::BTreeMap, time::Duration};

use pengate_codecs::sip::Name;
use proptest::prelude::*;

use super::recovery::attach;
use crate::{
    event::MobilityState,
    server::{NotifyToken, Outcome, testing::*},
};

const WATCHERS: usize = 3;

#[derive(Clone, Copy, Debug)]
enum Step {
    /// The publisher writes its next document.
    Publish,
    /// The network tells something, now or late.
    Update(u8, bool),
    /// The log makes the next record durable, or refuses it.
    Settle(bool),
    /// A watcher answers the oldest NOTIFY that it has not answered.
    Answer(usize, bool),
    /// A watcher refreshes.
    Refresh(usize),
    /// Time passes.
    Pass(u8),
    /// The process dies and comes back.
    Restart,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => Just(Step::Publish),
        3 => (any::<u8>(), any::<bool>()).prop_map(|(at, on)| Step::Update(at, on)),
        6 => prop::bool::weighted(0.9).prop_map(Step::Settle),
        6 => (0..WATCHERS, prop::bool::weighted(0.8)).prop_map(|(who, ok)| Step::Answer(who, ok)),
        1 => (0..WATCHERS).prop_map(Step::Refresh),
        1 => any::<u8>().prop_map(Step::Pass),
        1 => Just(Step::Restart),
    ]
}

/// What the watchers know, and what the publisher did.
struct World {
    bench: Bench,
    /// The watchers' dialogs.
    tags: Vec<String>,
    /// The number of each watcher's last SUBSCRIBE.
    cseqs: Vec<u32>,
    /// NOTIFYs that were not answered, oldest first.
    open: Vec<(usize, NotifyToken)>,
    /// The greatest number of a NOTIFY, and the document shown last, of each watcher.
    seen: BTreeMap<usize, (u32, String)>,
    /// The greatest document number shown to each watcher.
    versions: BTreeMap<usize, u32>,
    etag: String,
    published: u32,
    restarts: u64,
}

impl World {
    fn new() -> Self {
        let mut bench = Bench::new();
        let answer = bench.ask(&publish(1, "", &document("alice", "version-0000")));
        let mut world = Self {
            etag: header(&answer, Name::SipEtag),
            bench,
            tags: Vec::new(),
            cseqs: vec![1; WATCHERS],
            open: Vec::new(),
            seen: BTreeMap::new(),
            versions: BTreeMap::new(),
            published: 1,
            restarts: 1,
        };
        for watcher in 0..WATCHERS {
            let request = subscribe(&format!("w{watcher}"), 1, "", "Expires: 86400\n");
            let answer = world.bench.ask(&request);
            world.tags.push(to_tag(&answer));
        }
        world.watch();
        world.bench.settle = false;
        world
    }

    fn take(&mut self, step: Step) {
        match step {
            Step::Publish => self.publish(),
            Step::Update(at, on) => {
                let state = if on {
                    MobilityState::Attached
                } else {
                    MobilityState::NotReachable
                };
                self.bench
                    .apply(&attach("sip:alice@ims.example", at.into(), state));
            }
            Step::Settle(true) => {
                self.bench.settle_one();
            }
            Step::Settle(false) if self.bench.log.is_empty() => {}
            Step::Settle(false) => self.bench.refuse_one(),
            Step::Answer(watcher, ok) => self.answer(watcher, ok),
            Step::Refresh(watcher) => self.refresh(watcher),
            Step::Pass(secs) => self.bench.pass(Duration::from_secs(secs.into())),
            Step::Restart => {
                self.restarts += 1;
                self.bench.restart(self.restarts);
                self.open.clear();
            }
        }
        self.watch();
    }

    /// Publishes the next document under the last tag that was answered; while an earlier one is
    /// on its way that is a stale one.
    fn publish(&mut self) {
        self.published += 1;
        let body = document("alice", &format!("version-{:04}", self.published));
        let condition = format!("SIP-If-Match: {}\nExpires: 86400\n", self.etag);
        self.bench.send(&publish(self.published, &condition, &body));
    }

    fn refresh(&mut self, watcher: usize) {
        self.cseqs[watcher] += 1;
        let to = format!(";tag={}", self.tags[watcher]);
        let (user, cseq) = (format!("w{watcher}"), self.cseqs[watcher]);
        self.bench
            .send(&subscribe(&user, cseq, &to, "Expires: 86400\n"));
    }

    fn answer(&mut self, watcher: usize, ok: bool) {
        let Some(place) = self.open.iter().position(|one| one.0 == watcher) else {
            return;
        };
        let (_, token) = self.open.remove(place);
        let (status, retry_after) = if ok { (200, None) } else { (503, Some(3)) };
        self.bench.outcome(
            token,
            Outcome::Answered {
                status,
                retry_after,
            },
        );
    }

    /// Reads what the watchers were told, and holds the rules.
    fn watch(&mut self) {
        for notify in self.bench.notified() {
            let tag = from_tag(&notify.text);
            let watcher = self.tags.iter().position(|known| *known == tag);
            // During set-up the answer, and with it the tag, is not known yet.
            let watcher = watcher.unwrap_or_else(|| {
                let user = header(&notify.text, Name::CallId);
                user[1..2].parse().unwrap()
            });
            let number = cseq(&notify.text);
            let last = self.seen.get(&watcher).map_or(0, |seen| seen.0);
            assert!(
                number > last,
                "a number was used twice: {number} after {last}"
            );
            let shown = body(&notify.text);
            let version = version_of(&shown);
            let before = self.versions.insert(watcher, version).unwrap_or(0);
            assert!(version >= before, "version {version} after {before}");
            assert!(
                !self.open.iter().any(|open| open.0 == watcher),
                "two NOTIFYs outstanding"
            );
            self.seen.insert(watcher, (number, shown));
            self.open.push((watcher, notify.token));
        }
        for (_, answer) in std::mem::take(&mut self.bench.said.answers) {
            let tag = header(&answer, Name::SipEtag);
            if !tag.is_empty() {
                self.etag = tag;
            }
        }
    }

    /// Lets time pass beyond every pause, then everything settle.
    fn quiet(&mut self) {
        self.bench.settle = true;
        for span in [5, 30, 300, 300, 0] {
            self.bench.pass(Duration::from_secs(span));
            while self.bench.settle_one() {}
            self.watch();
            while let Some(&(watcher, _)) = self.open.first() {
                self.answer(watcher, true);
                self.watch();
            }
        }
    }

    fn document(&self) -> String {
        let document = self.bench.shard.document("sip:alice@ims.example").unwrap();
        document["document"].as_str().unwrap().to_owned()
    }
}

/// A document without its times: an event that tells again what is known already makes the
/// document younger and is no reason to notify.
fn timeless(document: &str) -> String {
    let (mut rest, mut out) = (document, String::new());
    while let Some(place) = rest.find("2023-11-") {
        let end = rest[place..].find('Z').unwrap();
        out.push_str(&rest[..place]);
        rest = &rest[place + end + 1..];
    }
    out + rest
}

fn version_of(document: &str) -> u32 {
    let place = document.find("version-").expect("a version") + "version-".len();
    document[place..place + 4].parse().unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn no_watcher_sees_an_older_state_after_a_newer_one_and_all_end_with_the_last(
        steps in prop::collection::vec(step(), 1..80)
    ) {
        let mut world = World::new();
        for step in steps {
            world.take(step);
        }
        world.quiet();
        let document = world.document();
        for watcher in 0..WATCHERS {
            prop_assert_eq!(timeless(&world.seen[&watcher].1), timeless(&document));
        }
        prop_assert!(world.open.is_empty());
    }

    #[test]
    fn a_shard_made_from_the_log_is_the_shard_that_wrote_it(
        steps in prop::collection::vec(step(), 1..60)
    ) {
        let mut world = World::new();
        for step in steps {
            world.take(step);
        }
        let before = (world.document(), world.bench.shard.sizes());
        world.bench.restart(1_000);
        prop_assert_eq!((world.document(), world.bench.shard.sizes()), before);
    }

    #[test]
    fn replaying_a_prefix_twice_changes_nothing(
        steps in prop::collection::vec(step(), 1..40),
        share in 0_usize..=100,
    ) {
        let mut world = World::new();
        for step in steps {
            world.take(step);
        }
        let whole = world.bench.durable.clone();
        let mut twice = crate::pen::log::Batch::default();
        let prefix = whole.records().take(whole.len() * share / 100);
        prefix.for_each(|record| twice.push(record));
        whole.records().for_each(|record| twice.push(record));
        world.bench.durable = whole;
        world.bench.restart(1_000);
        let once = (world.document(), world.bench.shard.sizes());
        world.bench.durable = twice;
        world.bench.restart(1_001);
        prop_assert_eq!((world.document(), world.bench.shard.sizes()), once);
    }
}
