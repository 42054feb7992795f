//! How dialogues begin that peers open (TS 29.002 clause 7.3.1, Q.774 clause 3.2.1).

use pengate_asn1::Oid;
use pengate_codecs::{
    Stamp, cap, map,
    tcap::{Aare, AbortSource, Abrt, Begin, Dialogue},
};

use super::{Said, Ss7};
use crate::session::{sccp::Path, tcap::DialogueId};

impl Ss7 {
    pub(super) fn on_begin(
        &mut self,
        now: Stamp,
        (id, path): (DialogueId, &Path),
        begin: &Begin<'_>,
        said: &mut Said<'_>,
    ) {
        let Some(portion) = begin.dialogue else {
            // As in version 1 of MAP, in which nobody tells events. Who names no context is refused
            // without one.
            said.fault(now, "no-context", None);
            return self.abort(id, None, said);
        };
        let request = match portion.decode() {
            Ok(Dialogue::Request(request)) => request,
            Ok(_) => {
                said.fault(now, "dialogue-portion", None);
                return self.abort(id, Some(PROVIDER), said);
            }
            Err(error) => {
                said.fault(now, "dialogue-portion", Some(error.at()));
                return self.abort(id, Some(PROVIDER), said);
            }
        };
        let context = map::ApplicationContext::from_oid(request.context);
        if context == Some(map::ApplicationContext::MM_EVENT_REPORTING) {
            return self.on_note_begin(now, (id, path), &begin.components, said);
        }
        use cap::ApplicationContext as Cap;
        match Cap::from_oid(request.context) {
            Some(Cap::GprsSsfToScf) => {
                let dialogue = Dialogue::Request(request);
                return self.on_gprs_begin(now, id, &dialogue, &begin.components, said);
            }
            // There we would be asked what only we may ask.
            Some(Cap::ScfToGprsSsf) | None => {}
            Some(context) => {
                return self.on_call_begin(now, (id, path), context, &begin.components, said);
            }
        }
        said.fault(now, "application-context", None);
        let octets = alternative(request.context);
        let spoken = octets.as_ref().and_then(|octets| Oid::from_wire(octets));
        let refusal = Aare::refuse(spoken.unwrap_or(request.context));
        self.abort(id, Some(Dialogue::Response(refusal)), said);
    }

    pub(super) fn abort(
        &mut self,
        id: DialogueId,
        dialogue: Option<Dialogue<'_>>,
        said: &mut Said<'_>,
    ) {
        let (dialogues, mut lower) = self.lower(said);
        dialogues.abort(id, dialogue, &mut lower);
    }
}

/// TCAP itself gives up what it cannot read.
const PROVIDER: Dialogue<'static> = Dialogue::Abort(Abrt {
    source: AbortSource::Provider,
    user_information: None,
});

/// The version that is spoken of a context that was asked for in another one.
fn alternative(asked: Oid<'_>) -> Option<[u8; 7]> {
    let ours = map::ApplicationContext::MM_EVENT_REPORTING.to_octets();
    let (_, same) = ours.split_last()?;
    if asked.as_octets().starts_with(same) {
        return Some(ours);
    }
    // GPRS has no version 4 of CAP.
    let gprs = cap::ApplicationContext::GprsSsfToScf.to_octets();
    (asked.as_octets() == [0x04, 0x00, 0x00, 0x01, 23, 3, 50]).then_some(gprs)
}
