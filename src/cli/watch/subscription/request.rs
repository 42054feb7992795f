//! A SUBSCRIBE on its way: a client transaction of RFC 3261 clause 17.1.2.

use std::{net::SocketAddr, time::Duration};

use pengate_codecs::{
    Stamp,
    sip::{Method, Name, Writer},
};

use super::{Dialog, Terms};

const T1: Duration = Duration::from_millis(500);
const T2: Duration = Duration::from_secs(4);

/// What a transaction has to do.
pub(super) enum Due {
    Nothing,
    /// The request has to be sent once more.
    Again(Vec<u8>),
    /// There was no answer in time.
    Unanswered,
}

/// A request that was sent and not yet answered.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) branch: String,
    pub(super) octets: Vec<u8>,
    /// Timer E; there is none over TCP.
    resend_at: Stamp,
    interval: Duration,
    /// Timer F.
    give_up_at: Stamp,
}

impl Request {
    /// Writes a SUBSCRIBE, within the dialog as far as there is one.
    pub(super) fn subscribe(terms: &Terms, dialog: &Dialog, seconds: u64, now: Stamp) -> Self {
        let Dialog {
            call_id,
            local_tag,
            remote_tag,
            sequence,
            ..
        } = dialog;
        // The scope of a link-local address means nothing to others.
        let local = SocketAddr::new(terms.local.ip(), terms.local.port());
        let branch = format!("z9hG4bK{call_id}-{sequence}");
        let (transport, parameter) = match terms.tcp {
            true => ("TCP", ";transport=tcp"),
            false => ("UDP", ""),
        };
        let target = dialog.target.as_deref().unwrap_or(&terms.presentity);
        let mut octets = Vec::new();
        let mut writer = Writer::request(&mut octets, Method::Subscribe, target);
        writer.header(
            Name::Via,
            format_args!("SIP/2.0/{transport} {local};branch={branch};rport"),
        );
        writer.header(Name::MaxForwards, 70);
        for route in &dialog.routes {
            writer.header(Name::Route, route);
        }
        writer.header(
            Name::From,
            format_args!("<{}>;tag={local_tag}", terms.watcher),
        );
        match remote_tag {
            Some(tag) => writer.header(Name::To, format_args!("<{}>;tag={tag}", terms.presentity)),
            None => writer.header(Name::To, format_args!("<{}>", terms.presentity)),
        };
        writer.header(Name::CallId, call_id);
        writer.header(Name::CSeq, format_args!("{sequence} SUBSCRIBE"));
        writer.header(
            Name::Contact,
            format_args!("<sip:watcher@{local}{parameter}>"),
        );
        writer.header(Name::Event, "presence");
        writer.header(Name::Accept, "application/pidf+xml");
        writer.header(Name::Expires, seconds);
        writer.header(
            Name::UserAgent,
            concat!("pengate/", env!("CARGO_PKG_VERSION")),
        );
        writer.finish();
        Self {
            branch,
            octets,
            resend_at: if terms.tcp { Stamp::MAX } else { now + T1 },
            interval: T1,
            give_up_at: now + T1 * 64,
        }
    }

    pub(super) fn deadline(&self) -> Stamp {
        self.resend_at.min(self.give_up_at)
    }

    pub(super) fn due(&mut self, now: Stamp) -> Due {
        if self.give_up_at <= now {
            return Due::Unanswered;
        }
        if self.resend_at > now {
            return Due::Nothing;
        }
        self.interval = (self.interval * 2).min(T2);
        self.resend_at = now + self.interval;
        Due::Again(self.octets.clone())
    }

    /// The server is at it: there is less hurry.
    pub(super) fn provisional(&mut self) {
        self.interval = T2;
    }
}
