//! Associations of others, as a capture shows them: what VLRs and SGSNs tell an HLR or another
//! gsmSCF (TS 29.002 clauses 8.1.2, 8.1.7 and 8.1.8). It is only read. What is told counts once the
//! other side said that it took it.

use std::collections::VecDeque;

use hashbrown::HashMap;
use pengate_asn1::Value;
use pengate_codecs::{
    Stamp, m3ua,
    map::{
        ApplicationContext, IsdnAddressString, NoteMmEventArg, Operation, UpdateGprsLocationArg,
        UpdateLocationArg,
    },
    sccp::{self, PartyAddress, Purpose, Transfer},
    tcap::{Begin, Component, Dialogue, Message, TransactionId},
};
use smol_str::SmolStr;

use super::{
    Said, Ss7,
    mobility::{self, Meaning},
    report::{self, Rank, Reporter},
};
use crate::{
    event::{Domain, Fact, Mobility, MobilityState, NetworkEvent, Source, Subject},
    feed::Chunk,
    session::sccp::{Address, Path},
};

/// Who began a dialogue, and under which id.
pub(super) type Key = (SmolStr, TransactionId);

/// What was told and is not answered yet.
#[derive(Debug, Default)]
pub(super) struct Observed {
    pub(super) told: HashMap<Key, (Stamp, NetworkEvent)>,
    ages: VecDeque<(Stamp, Key)>,
}

impl Observed {
    /// Drops what nobody answered, and the oldest when there are too many.
    fn shrink(&mut self, before: Stamp, most: usize) {
        while let Some((at, key)) = self.ages.front()
            && (*at <= before || self.ages.len() > most)
        {
            if self.told.get(key).is_some_and(|(told, _)| told == at) {
                self.told.remove(key);
            }
            self.ages.pop_front();
        }
    }
}

impl Ss7 {
    /// A message of an association that is not ours, in either direction.
    pub(super) fn observe(&mut self, now: Stamp, chunk: &Chunk<'_>, said: &mut Said<'_>) {
        let Ok(Some(data)) = m3ua::Data::decode(chunk.bytes) else {
            return;
        };
        let label = data.protocol_data.label;
        if label.service != m3ua::SERVICE_SCCP {
            return;
        }
        let message = match sccp::Message::decode(data.protocol_data.payload) {
            Ok(message) => message,
            Err(error) => return said.fault(now, error.kind(), Some(error.at())),
        };
        let transfer = message.transfer();
        let Some(transfer) = transfer.filter(|it| matches!(it.purpose, Purpose::Deliver(_))) else {
            return;
        };
        if transfer
            .segmentation
            .is_some_and(|it| !it.first || it.remaining > 0)
        {
            return said.fault(now, "observed-segment", None);
        }
        let timeout = self.options.tcap.result_timeout;
        let most = self.options.tcap.dialogues_max;
        self.observed.shrink(now - timeout, most);
        match Message::decode(transfer.data) {
            Ok(Message::Begin(begin)) => self.observe_begin(now, label, &transfer, &begin, said),
            Ok(Message::End(end)) => {
                let Some(key) = key(&transfer.called, label.destination, end.dtid) else {
                    return;
                };
                let told = self.observed.told.remove(&key);
                let answer = end.components.iter().next();
                if let (Some((_, event)), Some(Ok(Component::ReturnResult(_)))) = (told, answer) {
                    let at = self.arrivals.stamp(now);
                    let order = crate::event::Order { at, ..event.order };
                    self.tell(NetworkEvent { order, ..event }, None, said);
                }
            }
            Ok(Message::Abort(abort)) => {
                let key = key(&transfer.called, label.destination, abort.dtid);
                key.and_then(|key| self.observed.told.remove(&key));
            }
            Ok(_) => {}
            Err(malformed) => said.fault(now, "malformed", Some(malformed.error.at())),
        }
    }

    fn observe_begin(
        &mut self,
        now: Stamp,
        label: m3ua::Label,
        transfer: &Transfer<'_>,
        begin: &Begin<'_>,
        said: &mut Said<'_>,
    ) {
        let Ok(remote) = Address::new(&transfer.calling) else {
            return;
        };
        let path = Path {
            label: label.reversed(),
            remote,
            subsystem: transfer.called.subsystem.unwrap_or_default(),
        };
        let Some(key) = key(&transfer.calling, label.originator, begin.otid) else {
            return;
        };
        if let Some(event) = told(now, &path, begin, said) {
            self.observed.ages.push_back((now, key.clone()));
            self.observed.told.insert(key, (now, event));
        }
    }
}

/// The event that a first message tells, if it is one of these operations.
fn told(now: Stamp, path: &Path, begin: &Begin<'_>, said: &mut Said<'_>) -> Option<NetworkEvent> {
    let Some(Ok(Component::Invoke(invoke))) = begin.components.iter().next() else {
        return None;
    };
    let operation = Operation::from_code(invoke.operation)?;
    let context = match begin.dialogue.map(|portion| portion.decode()) {
        Some(Ok(Dialogue::Request(request))) => ApplicationContext::from_oid(request.context)?,
        Some(_) => return None,
        // Version 1 of updateLocation names no context.
        None if operation == Operation::UpdateLocation => ApplicationContext {
            name: pengate_codecs::map::ContextName::NetworkLocUp,
            version: 1,
        },
        None => return None,
    };
    if !operation.is_of(context) {
        return None;
    }
    let argument = invoke.argument?;
    let event = match operation {
        Operation::UpdateLocation => UpdateLocationArg::from_any(argument).map(|told| {
            let served = (Domain::Cs, Source::Pc, told.vlr_number);
            attached(now, path, report::imsi(told.imsi), served)
        }),
        Operation::UpdateGprsLocation => UpdateGprsLocationArg::from_any(argument).map(|told| {
            let served = (Domain::Ps, Source::Pg, told.sgsn_number);
            attached(now, path, report::imsi(told.imsi), served)
        }),
        Operation::NoteMmEvent => NoteMmEventArg::from_any(argument).map(|told| {
            let meaning = Meaning::of(told.event_met)?;
            let about = (report::imsi(told.imsi)?, &told);
            Some(mobility::event(
                now,
                Reporter::new(report::reporter(path)),
                meaning,
                about,
            ))
        }),
        Operation::AnyTimeInterrogation => return None,
    };
    event.unwrap_or_else(|error| {
        said.fault(now, "mistyped", Some(error.at()));
        None
    })
}

/// Who is served by a VLR or an SGSN is attached there.
fn attached(
    now: Stamp,
    path: &Path,
    imsi: Option<crate::event::Imsi>,
    (domain, source, number): (Domain, Source, IsdnAddressString<'_>),
) -> Option<NetworkEvent> {
    let imsi = imsi?;
    let reporter = report::msisdn(number).map_or_else(
        || report::reporter(path),
        |number| smol_str::format_smolstr!("{}", number.0),
    );
    let subject = Subject {
        imsi: Some(imsi),
        ..Subject::default()
    };
    let fact = Fact::Mobility(Mobility {
        domain,
        state: Some(MobilityState::Attached),
        serving: None,
        place: None,
    });
    let at = (now, Rank::Begins);
    Some(report::event(at, source, &reporter, subject, fact))
}

/// Names who began a dialogue the same in both directions: by its title, or else its point code.
fn key(party: &PartyAddress<'_>, point_code: u32, id: TransactionId) -> Option<Key> {
    let remote = Address::new(party).ok()?;
    let label = m3ua::Label {
        originator: 0,
        destination: point_code,
        service: m3ua::SERVICE_SCCP,
        network: 0,
        priority: 0,
        selection: 0,
    };
    let path = Path {
        label,
        remote,
        subsystem: 0,
    };
    Some((report::reporter(&path), id))
}
