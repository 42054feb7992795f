//! anyTimeInterrogation: what the HLR knows of a subscriber who is watched (TS 29.002 clause 8.11.1,
//! TS 23.141 clause 4.3.5). An answer that does not come, or an error, says nothing of the subscriber.

mod answers;
mod facts;

use hashbrown::HashMap;
use pengate_asn1::{Null, Oid, Value};
use pengate_codecs::{
    Stamp,
    m3ua::{Label, SERVICE_SCCP},
    map::{
        AnyTimeInterrogationArg, ApplicationContext, DomainType, Imsi, IsdnAddressString,
        Operation, RequestedInfo, SubscriberIdentity,
    },
    sccp::{self, GlobalTitle, Nature, PartyAddress, Plan, subsystem},
    tcap::{Dialogue, InvokeId},
};

use super::{Said, Ss7, Talk};
use crate::{
    agent::{
        pl::subscribers::{Ending, Name, Pace, Subscribers},
        room::{Ticket, Verdict, Watch},
    },
    event::Domain,
    pen::Presentity,
    session::sccp::{Address, Path},
};

/// Who is to be asked about, and what of each is shown to somebody.
#[derive(Debug, Default)]
pub(super) struct Asks {
    subscribers: Subscribers,
    places: HashMap<Presentity, bool>,
    under_way: usize,
    /// Of whom an event tells that is on its way to the log, and that no dialogue waits for.
    pub told: HashMap<Ticket, Presentity>,
    /// Counts requests: each takes the next signalling link.
    count: u8,
    was_ready: bool,
}

impl Asks {
    pub(super) fn deadline(&self) -> Option<Stamp> {
        self.subscribers.deadline()
    }
}

/// A question to the HLR.
#[derive(Debug)]
pub(super) struct Asked {
    presentity: Presentity,
    name: Name,
    domain: Domain,
    /// What came of the question about the other domain, if that was asked before.
    former: Option<Fate>,
    /// So long the answer is waited for.
    until: Stamp,
}

/// What came of a question.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Fate {
    /// The HLR told something.
    Told,
    /// Nothing: ask again later, and later each time.
    Failed,
    /// The HLR tells nothing of this domain.
    RefusedOfDomain,
    /// The HLR tells nothing of the subscriber.
    Refused,
}

impl Ss7 {
    pub(super) fn on_watch(&mut self, now: Stamp, watch: &Watch<'_>, said: &mut Said<'_>) {
        let options = &self.options.ati;
        if !options.enabled {
            return;
        }
        if !watch.watched {
            self.asks.places.remove(watch.presentity);
            return self.asks.subscribers.unwatch(watch.presentity);
        }
        // More of the subscriber's identities may become known later.
        let Some(name) = Name::of(watch.subject) else {
            return;
        };
        let subscribers = &mut self.asks.subscribers;
        let is_full = subscribers.len() >= options.subscribers_max;
        if is_full && !subscribers.holds(watch.presentity) {
            return said.fault(now, "subscribers-max", None);
        }
        subscribers.watch(now, watch.presentity, name);
        let presentity = watch.presentity.clone();
        self.asks.places.insert(presentity, watch.place);
    }

    const fn pace(&self) -> Pace {
        let options = &self.options.ati;
        Pace {
            interval: options.subscriber_interval,
            max_age: if options.poll_interval.is_zero() {
                NEVER
            } else {
                options.poll_interval
            },
            refusal_interval: options.refusal_interval,
            retry_max: options.retry_max,
        }
    }

    /// Asks about those who are due, as far as the pace allows and a link is there. What was missed
    /// while there was none is made up for: everybody is asked about again.
    pub(super) fn pump(&mut self, now: Stamp, said: &mut Said<'_>) {
        if !self.options.ati.enabled {
            return;
        }
        let is_ready = self.links.is_ready();
        let was_ready = std::mem::replace(&mut self.asks.was_ready, is_ready);
        if is_ready && !was_ready {
            self.asks.subscribers.refresh(now);
        }
        let pace = self.pace();
        let queue_max = self.options.ati.queue_max;
        if self.asks.subscribers.advance(now, queue_max, &pace) > 0 {
            said.fault(now, "queue-full", None);
        }
        while is_ready
            && self.asks.under_way < self.options.ati.requests_max
            && let Some((presentity, name)) = self.asks.subscribers.ask(now, &pace)
        {
            let domain = match self.options.ati.cs {
                true => Domain::Cs,
                false => Domain::Ps,
            };
            self.asks.under_way += 1;
            let asked = Asked {
                presentity,
                name,
                domain,
                former: None,
                until: now,
            };
            self.ask(now, asked, said);
        }
    }

    fn ask(&mut self, now: Stamp, mut asked: Asked, said: &mut Said<'_>) {
        asked.until = now + self.options.tcap.result_timeout;
        let Some(path) = self.path_to_hlr(asked.name) else {
            return self.asked(now, &asked.presentity, Ending::Refused);
        };
        let place = self.asks.places.get(&asked.presentity).copied();
        let place = place.unwrap_or_default().then_some(Null);
        let (name, domain, presentity) = (asked.name, asked.domain, asked.presentity.clone());
        let title = self.options.sccp.global_title.clone();
        let octets = ApplicationContext::ANY_TIME_INFO_ENQUIRY.to_octets();
        let request = Oid::from_wire(&octets).map(Dialogue::request);
        let (dialogues, mut lower) = self.lower(said);
        let begun = dialogues.begin(
            now,
            path,
            Talk::Asked(Box::new(asked)),
            request,
            |writer| {
                writer.invoke(INVOKE, Operation::AnyTimeInterrogation.code(), |out| {
                    write_question(out, name, domain, place, &title);
                });
            },
            &mut lower,
        );
        if begun.is_err() {
            said.fault(now, "dialogues-full", None);
            self.asked(now, &presentity, Ending::Failed);
        }
    }

    /// By the HLR's own title, or else by the subscriber's.
    fn path_to_hlr(&mut self, name: Name) -> Option<Path> {
        let options = &self.options.ati;
        let remote = match name {
            _ if !options.hlr.is_empty() => Address::international(&options.hlr, subsystem::HLR)?,
            Name::Msisdn(number) => Address::international(&number.0.to_string(), subsystem::HLR)?,
            Name::Imsi(imsi) => {
                let mut octets = Vec::new();
                let is_odd = sccp::Digits::write(&imsi.0.to_string(), &mut octets)?;
                let digits = sccp::Digits::new(&octets, is_odd);
                let title = GlobalTitle::Full {
                    translation: 0,
                    plan: Plan::LandMobile,
                    nature: Nature::International,
                    address: sccp::Address::Digits(digits),
                };
                Address::new(&PartyAddress::titled(title, subsystem::HLR)).ok()?
            }
        };
        self.asks.count = self.asks.count.wrapping_add(1);
        Some(Path {
            label: Label {
                originator: options.point_code,
                destination: options.destination,
                service: SERVICE_SCCP,
                network: options.network_indicator,
                priority: 0,
                selection: self.asks.count & 0xf,
            },
            remote,
            subsystem: subsystem::GSM_SCF,
        })
    }

    /// Goes on with the other domain, unless there is none or asking is of no use: who leaves would
    /// not hear the answer.
    fn go_on(&mut self, now: Stamp, asked: Asked, fate: Fate, said: &mut Said<'_>) {
        let is_first = asked.domain == Domain::Cs && self.options.ati.ps;
        let is_of_domain = matches!(fate, Fate::Told | Fate::RefusedOfDomain);
        if is_first && is_of_domain && self.links.is_ready() {
            let asked = Asked {
                domain: Domain::Ps,
                former: Some(fate),
                ..asked
            };
            return self.ask(now, asked, said);
        }
        let ending = match (asked.former, fate) {
            (_, Fate::Failed) => Ending::Failed,
            (Some(Fate::Told), _) | (_, Fate::Told) => Ending::Located,
            (_, Fate::Refused | Fate::RefusedOfDomain) => Ending::Refused,
        };
        self.asked(now, &asked.presentity, ending);
    }

    /// What an answer told was recorded, or not: then the HLR is asked again.
    pub(super) fn on_answer_settled(&mut self, now: Stamp, ticket: Ticket, verdict: Verdict) {
        let told = self.asks.told.remove(&ticket);
        if let Some(presentity) = told.filter(|_| verdict == Verdict::Refused) {
            let pace = self.pace();
            self.asks.subscribers.retry(now, &presentity, &pace);
        }
    }

    fn asked(&mut self, now: Stamp, presentity: &Presentity, ending: Ending) {
        self.asks.under_way = self.asks.under_way.saturating_sub(1);
        let pace = self.pace();
        self.asks.subscribers.finish(now, presentity, ending, &pace);
    }
}

fn write_question(out: &mut Vec<u8>, name: Name, domain: Domain, place: Option<Null>, title: &str) {
    let (mut subscriber, mut imsi, mut address) = ([0; 9], [0; 8], [0; 9]);
    let (text, number);
    let subscriber = match name {
        Name::Msisdn(msisdn) => {
            number = msisdn.0.to_string();
            IsdnAddressString::international(number.as_bytes(), &mut subscriber)
                .map(SubscriberIdentity::Msisdn)
        }
        Name::Imsi(told) => {
            text = told.0.to_string();
            Imsi::from_digits(text.as_bytes(), &mut imsi).map(SubscriberIdentity::Imsi)
        }
    };
    let address = IsdnAddressString::international(title.as_bytes(), &mut address);
    let (Some(subscriber), Some(address)) = (subscriber, address) else {
        return;
    };
    let info = RequestedInfo {
        location_information: place,
        subscriber_state: Some(Null),
        requested_domain: (domain == Domain::Ps).then_some(DomainType::PsDomain),
        location_information_eps_supported: place,
        ..RequestedInfo::BLANK
    };
    AnyTimeInterrogationArg::new(subscriber, info, address).encode(out);
}

const INVOKE: InvokeId = 1;

/// Longer than anybody watches.
const NEVER: std::time::Duration = std::time::Duration::from_hours(24 * 365 * 10);
