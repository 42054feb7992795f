//! The watcher's side of a subscription (RFC 3856, 6665): a machine without I/O.

mod request;

use std::{collections::VecDeque, net::SocketAddr, time::Duration};

use pengate_codecs::{
    Stamp,
    sip::{
        Framing, Message, Method, Name, Writer,
        header::{
            CSeq, CallId, Contact, ContentType, Event, Expires, From, MinExpires, RecordRoute,
            SubscriptionState, To, Via,
        },
        reason,
    },
};

use self::request::{Due, Request};

/// What is watched, by whom, and from where.
#[derive(Clone, Debug)]
pub(super) struct Terms {
    /// Whose presence.
    pub(super) presentity: String,
    /// Who watches.
    pub(super) watcher: String,
    /// Where we are reached.
    pub(super) local: SocketAddr,
    /// Whether we speak TCP.
    pub(super) tcp: bool,
    /// How long a subscription lasts; zero fetches.
    pub(super) expires: Duration,
    /// Makes identifiers unlike those of any other watcher.
    pub(super) seed: u64,
}

/// What the machine wants done or shown.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Output {
    /// A request to the server.
    Request(Vec<u8>),
    /// An answer to whoever sent what was last received; the address counts where there is no
    /// connection.
    Answer(SocketAddr, Vec<u8>),
    /// A NOTIFY came.
    Notified(Notified),
    /// Something to tell the user.
    Note(String),
    /// It is over: as wanted, or with what went wrong.
    Over(Result<(), String>),
}

/// What a NOTIFY said.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Notified {
    /// The subscription's state with its parameters, as written.
    pub(super) state: String,
    /// Media type of the body.
    pub(super) content_type: Option<String>,
    /// The body.
    pub(super) body: Vec<u8>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Phase {
    /// We want to be subscribed.
    Watching,
    /// We have asked to end.
    Leaving,
    Over,
}

/// One subscription, renewed as long as it is wanted.
#[derive(Debug)]
pub(super) struct Subscription {
    terms: Terms,
    phase: Phase,
    /// How many dialogs there were.
    dialog_count: u64,
    dialog: Dialog,
    request: Option<Request>,
    /// When the subscription is to be refreshed, or made anew.
    refresh_at: Option<Stamp>,
    /// Until when a NOTIFY must come (timer N of RFC 6665).
    notify_by: Option<Stamp>,
    outputs: VecDeque<Output>,
}

#[derive(Debug, Default)]
struct Dialog {
    call_id: String,
    local_tag: String,
    remote_tag: Option<String>,
    target: Option<String>,
    routes: Vec<String>,
    sequence: u32,
    /// Of the last NOTIFY.
    remote_sequence: Option<u32>,
}

/// How long we wait for a NOTIFY after a subscription was accepted (64 T1).
const NOTIFY_WITHIN: Duration = Duration::from_secs(32);
/// How long we wait for the end to be confirmed.
const LEAVE_WITHIN: Duration = Duration::from_secs(4);
const ALLOW: &str = "NOTIFY, OPTIONS";

impl Subscription {
    /// Subscribes.
    pub(super) fn new(terms: Terms, now: Stamp) -> Self {
        let mut subscription = Self {
            terms,
            phase: Phase::Watching,
            dialog_count: 0,
            dialog: Dialog::default(),
            request: None,
            refresh_at: None,
            notify_by: None,
            outputs: VecDeque::new(),
        };
        subscription.subscribe_anew(now);
        subscription
    }

    /// The next thing to do or to show.
    pub(super) fn poll(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// When [`Self::due`] has something to do.
    pub(super) fn deadline(&self) -> Option<Stamp> {
        let resend = self.request.as_ref().map(Request::deadline);
        [resend, self.refresh_at, self.notify_by]
            .into_iter()
            .flatten()
            .min()
    }

    /// Does what is due.
    pub(super) fn due(&mut self, now: Stamp) {
        match self.request.as_mut().map(|request| request.due(now)) {
            Some(Due::Again(octets)) => self.outputs.push_back(Output::Request(octets)),
            Some(Due::Unanswered) => {
                self.request = None;
                return self.over(match self.phase {
                    Phase::Leaving => Ok(()),
                    _ => Err("the server does not answer".to_owned()),
                });
            }
            Some(Due::Nothing) | None => {}
        }
        if self.notify_by.is_some_and(|by| by <= now) {
            return self.over(match self.phase {
                Phase::Leaving => Ok(()),
                _ => Err("the server accepted the subscription but sent no NOTIFY".to_owned()),
            });
        }
        if self.refresh_at.is_some_and(|at| at <= now) && self.request.is_none() {
            self.refresh_at = None;
            if self.dialog.remote_tag.is_some() {
                self.subscribe(now);
            } else {
                self.subscribe_anew(now);
            }
        }
    }

    /// Ends the subscription.
    pub(super) fn leave(&mut self, now: Stamp) {
        if self.phase != Phase::Watching {
            return;
        }
        self.phase = Phase::Leaving;
        self.refresh_at = None;
        if self.dialog.remote_tag.is_none() || self.terms.expires.is_zero() {
            return self.over(Ok(()));
        }
        self.subscribe(now);
        self.notify_by = Some(now + LEAVE_WITHIN);
    }

    /// The connection is lost.
    pub(super) fn disconnected(&mut self) {
        self.over(match self.phase {
            Phase::Watching => Err("the server closed the connection".to_owned()),
            Phase::Leaving | Phase::Over => Ok(()),
        });
    }

    /// Takes a message. `source` is who sent it.
    pub(super) fn receive(&mut self, now: Stamp, octets: &[u8], source: SocketAddr) {
        let framing = if self.terms.tcp {
            Framing::Stream
        } else {
            Framing::Datagram
        };
        // What cannot be read is nobody's answer; its sender will try again or give up.
        let Ok(message) = Message::decode(octets, framing) else {
            return;
        };
        if let Some(status) = message.response() {
            return self.on_response(now, &message, status.status);
        }
        let Some(line) = message.request() else {
            return;
        };
        match line.method {
            Method::Ack => {}
            Method::Notify => self.on_notify(now, &message, source),
            Method::Options => self.answer(&message, 200, source),
            Method::Cancel => self.answer(&message, 481, source),
            _ => self.answer(&message, 405, source),
        }
    }

    fn on_response(&mut self, now: Stamp, message: &Message<'_>, status: u16) {
        let via = message.first::<Via<'_>>().ok();
        let branch = via.and_then(|via| via.branch());
        let sequence = message.required::<CSeq<'_>>().ok();
        let Some(request) = self.request.as_mut() else {
            return;
        };
        if branch != Some(request.branch.as_str())
            || sequence.is_none_or(|sequence| sequence.method != Method::Subscribe)
        {
            return;
        }
        if status < 200 {
            request.provisional();
            return;
        }
        self.request = None;
        match status {
            200..300 => self.on_accepted(now, message),
            423 if self.phase == Phase::Watching => match message.header::<MinExpires>() {
                Ok(Some(MinExpires(least)))
                    if Duration::from_secs(least.into()) > self.terms.expires =>
                {
                    self.terms.expires = Duration::from_secs(least.into());
                    self.subscribe(now);
                }
                _ => self.over(Err(
                    "423 Interval Too Brief, without a longer one".to_owned()
                )),
            },
            _ if self.phase == Phase::Leaving => self.over(Ok(())),
            // The server knows our dialog no more: a new one will do (RFC 6665 clause 4.1.2.2).
            404 | 405 | 410 | 416 | 480..=485 | 489 | 501 | 604
                if self.dialog.remote_tag.is_some() =>
            {
                self.outputs
                    .push_back(Output::Note(format!("{status}: subscribing anew")));
                self.subscribe_anew(now);
            }
            _ => {
                let phrase = message
                    .response()
                    .map(|line| String::from_utf8_lossy(line.reason));
                let phrase = phrase.filter(|phrase| !phrase.is_empty());
                let phrase = phrase.unwrap_or_else(|| reason(status).into());
                self.over(Err(format!("the server refuses: {status} {phrase}")));
            }
        }
    }

    fn on_accepted(&mut self, now: Stamp, message: &Message<'_>) {
        if let Ok(To(to)) = message.required::<To<'_>>() {
            self.dialog.remote_tag = to.tag().map(str::to_owned);
        }
        let routes = message.list::<RecordRoute<'_>>().flatten();
        let mut routes: Vec<String> = routes
            .map(|RecordRoute(route)| format!("<{}>", route.uri))
            .collect();
        routes.reverse();
        self.dialog.established(message, routes);
        if self.phase == Phase::Leaving {
            return;
        }
        if self.dialog.remote_sequence.is_none() {
            self.notify_by = Some(now + NOTIFY_WITHIN);
        }
        let granted = message.header().ok().flatten();
        let asked = u32::try_from(self.terms.expires.as_secs()).unwrap_or(u32::MAX);
        self.granted(now, granted.map_or(asked, |Expires(seconds)| seconds));
    }

    fn on_notify(&mut self, now: Stamp, message: &Message<'_>, source: SocketAddr) {
        let ours = message.required::<CallId<'_>>() == Ok(CallId(&self.dialog.call_id))
            && message
                .required::<To<'_>>()
                .is_ok_and(|To(to)| to.tag() == Some(&self.dialog.local_tag));
        if !ours {
            return self.answer(message, 481, source);
        }
        let event = message.required::<Event<'_>>();
        let (Ok(sequence), Ok(state)) = (
            message.required::<CSeq<'_>>(),
            message.required::<SubscriptionState<'_>>(),
        ) else {
            return self.answer(message, 400, source);
        };
        if !event.is_ok_and(|event| event.package == "presence") {
            return self.answer(message, 489, source);
        }
        match self.dialog.remote_sequence {
            Some(last) if sequence.number < last => return self.answer(message, 500, source),
            // Sent once more, for our answer was lost.
            Some(last) if sequence.number == last => return self.answer(message, 200, source),
            _ => self.dialog.remote_sequence = Some(sequence.number),
        }
        self.answer(message, 200, source);
        if self.dialog.remote_tag.is_none() {
            let from = message.required::<From<'_>>().ok();
            self.dialog.remote_tag = from.and_then(|From(from)| from.tag()).map(str::to_owned);
            let routes = message.list::<RecordRoute<'_>>().flatten();
            let routes = routes
                .map(|RecordRoute(route)| format!("<{}>", route.uri))
                .collect();
            self.dialog.established(message, routes);
        }
        // The latest word on where the server is reached counts (RFC 6665 clause 4.4.1).
        self.dialog.moved(message);
        if self.phase != Phase::Leaving {
            self.notify_by = None;
            self.show(message);
        }
        // Some servers do not say of a fetch that it is over.
        if state.is_terminated() || self.terms.expires.is_zero() {
            self.on_terminated(now, &state);
        } else if let Some(seconds) = state.expires() {
            self.granted(now, seconds);
        }
    }

    fn show(&mut self, message: &Message<'_>) {
        let text = |name| message.field(name).and_then(|field| field.text().ok());
        let media = message.header::<ContentType<'_>>().ok().flatten();
        self.outputs.push_back(Output::Notified(Notified {
            state: text(Name::SubscriptionState).unwrap_or_default().to_owned(),
            content_type: media.map(|media| format!("{}/{}", media.kind, media.subtype)),
            body: message.body().to_vec(),
        }));
    }

    /// What to do depends on why (RFC 6665 clause 4.1.3).
    fn on_terminated(&mut self, now: Stamp, state: &SubscriptionState<'_>) {
        if self.phase == Phase::Leaving || self.terms.expires.is_zero() {
            return self.over(Ok(()));
        }
        let reason = state.reason().unwrap_or_default();
        let is = |name: &str| reason.eq_ignore_ascii_case(name);
        if is("rejected") || is("noresource") || is("invariant") {
            return self.over(Err(format!("the subscription ended: {reason}")));
        }
        self.dialog = Dialog::default();
        self.request = None;
        self.notify_by = None;
        if is("deactivated") || is("timeout") {
            return self.subscribe_anew(now);
        }
        let pause = state.retry_after().unwrap_or(30);
        self.outputs
            .push_back(Output::Note(format!("subscribing anew in {pause} s")));
        self.refresh_at = Some(now + Duration::from_secs(pause.into()));
    }

    /// Refreshes at half time; the server may only shorten what it granted.
    fn granted(&mut self, now: Stamp, seconds: u32) {
        if self.phase != Phase::Watching || self.terms.expires.is_zero() || seconds == 0 {
            return;
        }
        let half = Duration::from_secs(seconds.into()) / 2;
        self.refresh_at = Some(now + half.max(Duration::from_millis(500)));
    }

    fn over(&mut self, how: Result<(), String>) {
        if self.phase != Phase::Over {
            self.phase = Phase::Over;
            self.request = None;
            self.refresh_at = None;
            self.notify_by = None;
            self.outputs.push_back(Output::Over(how));
        }
    }

    /// In a dialog of its own.
    fn subscribe_anew(&mut self, now: Stamp) {
        self.dialog_count += 1;
        let (seed, count) = (self.terms.seed, self.dialog_count);
        self.dialog = Dialog {
            call_id: format!("{seed:016x}-{count}"),
            local_tag: format!("{:08x}{count}", seed & 0xffff_ffff),
            ..Dialog::default()
        };
        self.subscribe(now);
    }

    fn subscribe(&mut self, now: Stamp) {
        self.dialog.sequence += 1;
        let seconds = match self.phase {
            Phase::Watching => self.terms.expires.as_secs(),
            _ => 0,
        };
        let request = Request::subscribe(&self.terms, &self.dialog, seconds, now);
        self.outputs
            .push_back(Output::Request(request.octets.clone()));
        self.request = Some(request);
    }

    fn answer(&mut self, request: &Message<'_>, status: u16, source: SocketAddr) {
        let mut octets = Vec::new();
        let tag = format!("{:08x}", self.terms.seed >> 32);
        // Without a Via nobody can be answered.
        let Ok(mut writer) = Writer::answer(&mut octets, request, status, Some(source), Some(&tag))
        else {
            return;
        };
        if matches!(status, 200 | 405) {
            writer.header(Name::Allow, ALLOW);
        }
        writer.finish();
        self.outputs
            .push_back(Output::Answer(destination(request, source), octets));
    }
}

impl Dialog {
    /// Takes what the other side says about itself.
    fn established(&mut self, message: &Message<'_>, routes: Vec<String>) {
        self.moved(message);
        if self.routes.is_empty() {
            self.routes = routes;
        }
    }

    fn moved(&mut self, message: &Message<'_>) {
        if let Ok(Contact::Address(contact)) = message.first::<Contact<'_>>() {
            self.target = Some(contact.uri.to_owned());
        }
    }
}

/// Where the answer to a datagram goes (RFC 3261 clause 18.2.2, RFC 3581 clause 4).
fn destination(request: &Message<'_>, source: SocketAddr) -> SocketAddr {
    match request.first::<Via<'_>>() {
        Ok(via) if !via.wants_rport() => SocketAddr::new(source.ip(), via.port.unwrap_or(5060)),
        _ => source,
    }
}

#[cfg(test)]
mod tests;
