//! What truly happens: the same for every run of a seed.

use std::ops::Range;

/// Numbers from a seed (`SplitMix64`).
#[derive(Clone, Debug)]
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }

    pub fn within(&mut self, range: Range<u64>) -> u64 {
        range.start + self.next() % (range.end - range.start)
    }

    pub fn chance(&mut self, percent: u64) -> bool {
        self.within(0..100) < percent
    }
}

/// What a network element has to tell.
#[derive(Clone, Debug)]
pub struct Report {
    /// Seconds after the beginning.
    pub at: u64,
    /// The element's number.
    pub element: usize,
    /// Acct-Status-Type.
    pub status: u32,
    /// Number of the session, which is not its identifier: On has none.
    pub session: Option<Session>,
}

/// Whose session, and which.
#[derive(Clone, Copy, Debug)]
pub struct Session {
    pub user: usize,
    pub number: u64,
    /// Seconds since it began.
    pub age: u64,
}

/// Everything that truly happens.
#[derive(Clone, Debug)]
pub struct Script {
    pub seed: u64,
    pub users: Vec<String>,
    pub reports: Vec<Report>,
    /// When which user's state becomes which number; sorted by time.
    pub states: Vec<(u64, usize, u32)>,
    /// Who watches whom.
    pub watchers: Vec<(usize, usize)>,
}

pub const ELEMENTS: u64 = 3;
/// Seconds in which things happen.
pub const BUSY: u64 = 120;

pub const START: u32 = 1;
pub const STOP: u32 = 2;
pub const INTERIM: u32 = 3;
pub const ON: u32 = 7;
pub const OFF: u32 = 8;

impl Script {
    pub fn new(seed: u64) -> Self {
        let mut random = Random(seed);
        let count = random.within(1..5);
        let users = (1..=count).map(|user| format!("user{user}")).collect();
        let count = usize::try_from(count).unwrap();
        let mut reports = Vec::new();
        for number in 0..random.within(2..12) {
            session(&mut random, count, number, &mut reports);
        }
        for _ in 0..random.within(0..3) {
            reports.push(Report {
                at: random.within(0..BUSY),
                element: element(&mut random),
                status: if random.chance(50) { ON } else { OFF },
                session: None,
            });
        }
        reports.sort_by_key(|report| report.at);
        let mut states: Vec<_> = (0..random.within(0..8))
            .map(|_| (random.within(0..BUSY), user(&mut random, count)))
            .collect();
        states.sort_unstable();
        let numbered = states.into_iter().zip(1..);
        Self {
            seed,
            users,
            reports,
            states: numbered
                .map(|((at, user), state)| (at, user, state))
                .collect(),
            watchers: (0..random.within(1..6))
                .map(|_| (user(&mut random, count), user(&mut random, count)))
                .collect(),
        }
    }
}

fn element(random: &mut Random) -> usize {
    usize::try_from(random.within(0..ELEMENTS)).unwrap()
}

fn user(random: &mut Random, count: usize) -> usize {
    usize::try_from(random.next()).unwrap() % count
}

fn session(random: &mut Random, users: usize, number: u64, reports: &mut Vec<Report>) {
    let (element, user) = (element(random), user(random, users));
    let start = random.within(0..BUSY);
    let end = start + random.within(0..BUSY);
    let mut tell = |status, at: u64| {
        reports.push(Report {
            at,
            element,
            status,
            session: Some(Session {
                user,
                number,
                age: at - start,
            }),
        });
    };
    tell(START, start);
    let mut at = start;
    loop {
        at += random.within(1..40);
        if at >= end.min(BUSY) {
            break;
        }
        tell(INTERIM, at);
    }
    if end < BUSY {
        tell(STOP, end);
    }
}
