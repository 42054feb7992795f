//! anyTimeInterrogation: what the HLR knows of a subscriber who is watched (TS 29.002 clause 8.11.1,
//! TS 23.141 clause 4.3.5). An answer that does not come, or an error, says nothing of the subscriber.

mod facts;

use hashbrown::HashMap;
use pengate_asn1::{Null, Oid, Value};
use pengate_codecs::{
    Stamp,
    m3ua::{Label, SERVICE_SCCP},
    map::{
        AnyTimeInterrogationArg, AnyTimeInterrogationRes, ApplicationContext, DomainType,
        ErrorCode, Imsi, IsdnAddressString, Operation, RequestedInfo, SubscriberIdentity,
    },
    sccp::{self, GlobalTitle, Nature, PartyAddress, Plan, subsystem},
    tcap::{Abort, AbortCause, Component, Components, Dialogue, InvokeId},
};

use super::{
    Said, Ss7, Talk,
    report::{self, Rank},
};
use crate::{
    agent::{
        pl::subscribers::{Ending, Name, Pace, Subscribers},
        room::Watch,
    },
    event::{Domain, Source},
    pen::Presentity,
    session::{
        sccp::{Address, Path},
        tcap::DialogueId,
    },
};

/// Who is to be asked about, and what of each is shown to somebody.
#[derive(Debug, Default)]
pub(super) struct Asks {
    subscribers: Subscribers,
    places: HashMap<Presentity, bool>,
    under_way: usize,
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
            };
            self.ask(now, asked, said);
        }
    }

    fn ask(&mut self, now: Stamp, asked: Asked, said: &mut Said<'_>) {
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

    /// A question was answered, by this path.
    pub(super) fn on_answer(
        &mut self,
        now: Stamp,
        path: &Path,
        asked: Asked,
        components: &Components<'_>,
        said: &mut Said<'_>,
    ) {
        said.source = Source::Ph;
        let mut ending = Ending::Failed;
        match components.iter().next() {
            Some(Ok(Component::ReturnResult(result))) => {
                if let Some((_, element)) = result.result.filter(|_| result.is_last) {
                    match AnyTimeInterrogationRes::from_any(element) {
                        Ok(told) => {
                            ending = Ending::Located;
                            let reporter = report::reporter(path);
                            let subject = asked.name.subject();
                            let facts = facts::of(now, &told.subscriber_info);
                            for fact in facts {
                                let at = self.arrivals.stamp(now);
                                // It is the HLR's word, which is told over Ph.
                                let at = (at, Rank::Is);
                                let event =
                                    report::event(at, Source::Ph, &reporter, subject.clone(), fact);
                                self.tell(event, None, said);
                            }
                        }
                        Err(error) => said.fault(now, "mistyped", Some(error.at())),
                    }
                } else {
                    said.fault(now, "no-result", None);
                }
            }
            Some(Ok(Component::ReturnError(error))) => {
                let (kind, fate) = fate(ErrorCode::from_code(error.error));
                said.fault(now, kind, None);
                ending = fate;
            }
            Some(Ok(Component::Reject(_))) => said.fault(now, "rejected", None),
            Some(Ok(Component::Invoke(_))) | None => said.fault(now, "no-result", None),
            Some(Err(faulty)) => said.fault(now, "component", Some(faulty.error.at())),
        }
        self.go_on(now, asked, ending, said);
    }

    /// The HLR gave a question up.
    pub(super) fn on_question_aborted(
        &mut self,
        now: Stamp,
        asked: Asked,
        abort: &Abort<'_>,
        said: &mut Said<'_>,
    ) {
        said.source = Source::Ph;
        // One that does not speak the context will not speak it soon.
        let is_refusal = match abort.cause {
            Some(AbortCause::User(portion)) => {
                matches!(portion.decode(), Ok(Dialogue::Response(it)) if !it.is_accepted)
            }
            _ => false,
        };
        let (kind, ending) = match is_refusal {
            true => ("hlr-context", Ending::Refused),
            false => ("hlr-aborted", Ending::Failed),
        };
        said.fault(now, kind, None);
        self.go_on(now, asked, ending, said);
    }

    /// Nothing came.
    pub(super) fn on_question_lost(&mut self, now: Stamp, asked: Asked, said: &mut Said<'_>) {
        said.source = Source::Ph;
        said.fault(now, "hlr-silent", None);
        self.go_on(now, asked, Ending::Failed, said);
    }

    /// Goes on with the other domain, unless there is none or asking is of no use.
    fn go_on(&mut self, now: Stamp, asked: Asked, ending: Ending, said: &mut Said<'_>) {
        let is_first = asked.domain == Domain::Cs && self.options.ati.ps;
        if is_first && ending == Ending::Located {
            let domain = Domain::Ps;
            return self.ask(now, Asked { domain, ..asked }, said);
        }
        self.asked(now, &asked.presentity, ending);
    }

    fn asked(&mut self, now: Stamp, presentity: &Presentity, ending: Ending) {
        self.asks.under_way = self.asks.under_way.saturating_sub(1);
        let pace = self.pace();
        self.asks.subscribers.finish(now, presentity, ending, &pace);
    }

    /// The HLR does not end its dialogue with the answer.
    pub(super) fn on_answer_continue(
        &mut self,
        now: Stamp,
        (id, path): (DialogueId, &Path),
        components: &Components<'_>,
        said: &mut Said<'_>,
    ) {
        let (dialogues, mut lower) = self.lower(said);
        let ended = dialogues.end(id, None, |_| {}, &mut lower);
        if let Some(Talk::Asked(asked)) = ended {
            self.on_answer(now, path, *asked, components, said);
        }
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

/// What an error means for the next question.
const fn fate(error: Option<ErrorCode>) -> (&'static str, Ending) {
    match error {
        Some(ErrorCode::UnknownSubscriber) => ("hlr-unknown-subscriber", Ending::Refused),
        Some(ErrorCode::AtiNotAllowed | ErrorCode::UnauthorizedRequestingNetwork) => {
            ("hlr-not-allowed", Ending::Refused)
        }
        Some(ErrorCode::SystemFailure) => ("hlr-system-failure", Ending::Failed),
        Some(ErrorCode::DataMissing | ErrorCode::UnexpectedDataValue) => {
            ("hlr-refused", Ending::Refused)
        }
        _ => ("hlr-error", Ending::Failed),
    }
}

const INVOKE: InvokeId = 1;

/// Longer than anybody watches.
const NEVER: std::time::Duration = std::time::Duration::from_hours(24 * 365 * 10);
