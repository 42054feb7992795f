//! What the types cannot say: values that are well formed and still make no sense.

mod listeners;

use std::time::Duration;

use toml::Value;

use super::{Admin, Config, Pen, Radius, Sip};
use crate::{
    agent::{pl, ss7},
    server::{Expiry, compose},
    session::{diameter, m3ua},
};

/// A write that waits longer delays every answer.
const LINGER_MAX: Duration = Duration::from_secs(1);

/// The smallest segment of the log.
const SEGMENT_BYTES_MIN: usize = 64 << 10;

/// Collects what is wrong under one key.
pub(super) struct Findings<'a> {
    path: String,
    found: &'a mut Vec<(String, String)>,
}

impl<'a> Findings<'a> {
    pub(super) const fn new(found: &'a mut Vec<(String, String)>) -> Self {
        Self {
            path: String::new(),
            found,
        }
    }

    fn under(&mut self, key: &str) -> Findings<'_> {
        let dot = if self.path.is_empty() || key.starts_with('[') {
            ""
        } else {
            "."
        };
        Findings {
            path: format!("{}{dot}{key}", self.path),
            found: &mut *self.found,
        }
    }

    fn add(&mut self, key: &str, what: impl Into<String>) {
        let path = self.under(key).path;
        self.found.push((path, what.into()));
    }
}

/// Options that can be well formed and still wrong.
pub(super) trait Check {
    /// Notes everything that is wrong.
    fn check(&self, findings: &mut Findings<'_>);
}

impl Check for Config {
    fn check(&self, findings: &mut Findings<'_>) {
        self.radius.check(&mut findings.under("radius"));
        self.sip.check(&mut findings.under("sip"));
        self.admin.check(&mut findings.under("admin"));
        self.pen.check(&mut findings.under("pen"));
        for (key, options) in [
            ("ph.diameter", &self.ph.diameter),
            ("pp.diameter", &self.pp.diameter),
            ("pr.diameter", &self.pr.diameter),
        ] {
            options.check(&mut findings.under(key));
        }
        self.pl.check(&mut findings.under("pl"));
        self.ss7.check(&mut findings.under("ss7"));
        check_times(self, findings);
        check_expiry(
            "server.publication_expires",
            self.server.publication_expires,
            findings,
        );
        check_expiry(
            "server.subscription_expires",
            self.server.subscription_expires,
            findings,
        );
        check_device_key(self, findings);
        check_paths(self, findings);
        listeners::check(self, findings);
        check_limits(&self.to_toml(), findings);
    }
}

impl Check for Radius {
    fn check(&self, findings: &mut Findings<'_>) {
        if self.clients.is_empty() {
            findings.add("clients", "empty; without a client every packet is dropped");
        }
        for (place, client) in self.clients.iter().enumerate() {
            let mut findings = findings.under(&format!("clients[{place}]"));
            match (&client.secret, &client.secret_file) {
                (None, None) => {
                    findings.add("secret", "missing; `secret` or `secret_file` is needed")
                }
                (Some(_), Some(_)) => {
                    findings.add("secret_file", "given besides `secret`; only one is allowed");
                }
                (Some(secret), None) if secret.as_bytes().is_empty() => {
                    findings.add("secret", "empty; at least one character is needed");
                }
                _ => {}
            }
            let earlier = self.clients.iter().take(place);
            if earlier
                .into_iter()
                .any(|other| other.network == client.network)
            {
                findings.add("network", format!("{} is given twice", client.network));
            }
        }
    }
}

impl Check for Sip {
    fn check(&self, findings: &mut Findings<'_>) {
        if self.listen.is_empty() {
            findings.add("listen", "empty; at least one address is needed");
        }
        if self.domains.is_empty() {
            findings.add("domains", "empty; without a domain there is no presentity");
        }
        for (place, domain) in self.domains.iter().enumerate() {
            let key = format!("domains[{place}]");
            if !is_domain(domain) {
                findings.add(
                    &key,
                    format!("{domain:?} is no domain name; such as \"ims.example\" is allowed"),
                );
            } else if self.domains[..place]
                .iter()
                .any(|other| other.eq_ignore_ascii_case(domain))
            {
                findings.add(&key, format!("{domain:?} is given twice"));
            }
        }
    }
}

impl Check for diameter::Options {
    fn check(&self, findings: &mut Findings<'_>) {
        for (place, peer) in self.peers.iter().enumerate() {
            let mut earlier = self.peers[..place].iter();
            if earlier.any(|other| other.host.eq_ignore_ascii_case(&peer.host)) {
                let key = format!("peers[{place}].host");
                findings.add(&key, format!("{:?} is given twice", peer.host));
            }
        }
    }
}

impl Check for pl::Options {
    fn check(&self, findings: &mut Findings<'_>) {
        for (place, server) in self.servers.iter().enumerate() {
            let mut findings = findings.under(&format!("servers[{place}]"));
            let mut earlier = self.servers[..place].iter();
            if earlier.any(|other| other.name == server.name) {
                findings.add("name", format!("{:?} is given twice", server.name));
            }
            if !server.push_client.is_empty() && server.push_password.is_empty() {
                let what = format!(
                    "empty; whoever pushes as {:?} needs one (`push_client`)",
                    server.push_client
                );
                findings.add("push_password", what);
            }
        }
    }
}

/// What may be wrong with one part of the options alone.
trait CheckPart {
    fn check_ati(&self, findings: &mut Findings<'_>);
    fn check_dialogues(&self, findings: &mut Findings<'_>);
}

impl CheckPart for ss7::Options {
    fn check_ati(&self, findings: &mut Findings<'_>) {
        if self.sccp.global_title.is_empty() {
            findings.add(
                "sccp.global_title",
                "empty; the HLR is told who asks (`ss7.ati.enabled`)",
            );
        }
        if !is_title(&self.ati.hlr) {
            findings.add(
                "ati.hlr",
                format!(
                    "{:?} is no number; 1 to 15 digits without \"+\" are allowed",
                    self.ati.hlr
                ),
            );
        }
        for (key, code) in [
            ("ati.point_code", self.ati.point_code),
            ("ati.destination", self.ati.destination),
        ] {
            if !is_point_code(code) {
                findings.add(key, format!("{code}; 1 to 16383 are allowed"));
            }
        }
        if !(self.ati.cs || self.ati.ps) {
            findings.add("ati.enabled", "true, and neither `cs` nor `ps` is");
        }
        if self.ati.network_indicator > 3 {
            findings.add("ati.network_indicator", "0 to 3 are allowed");
        }
        if self.ati.subscriber_interval.is_zero() {
            findings.add("ati.subscriber_interval", "zero; a time is needed");
        }
    }

    /// A dialogue that is given up before its time comes would make a user's time of no use.
    fn check_dialogues(&self, findings: &mut Findings<'_>) {
        let deadline = (
            "cap.deadline",
            self.cap.deadline,
            "answer_timeout",
            self.tcap.answer_timeout,
        );
        let activity = (
            "cap.activity_interval",
            self.cap.activity_interval,
            "idle_timeout",
            self.tcap.idle_timeout,
        );
        // Nobody asks after calls that go on without us.
        let activity = Some(activity).filter(|_| self.cap.monitor);
        for (key, time, limit, end) in [deadline].into_iter().chain(activity) {
            if time >= end {
                let what = format!(
                    "not shorter than `ss7.tcap.{limit}`, after which the dialogue is aborted"
                );
                findings.add(key, what);
            }
        }
        if self.invokes_max > ss7::INVOKES_MOST {
            let most = ss7::INVOKES_MOST;
            findings.add(
                "invokes_max",
                format!("{}; 1 to {most} are allowed", self.invokes_max),
            );
        }
    }
}

impl Check for ss7::Options {
    fn check(&self, findings: &mut Findings<'_>) {
        if !is_title(&self.sccp.global_title) {
            findings.add(
                "sccp.global_title",
                format!(
                    "{:?} is no number; 1 to 15 digits without \"+\" are allowed",
                    self.sccp.global_title
                ),
            );
        }
        if self.sccp.subsystems.is_empty() {
            findings.add("sccp.subsystems", "empty; nothing would be for us");
        }
        if !(1..=15).contains(&self.sccp.hop_counter) {
            findings.add("sccp.hop_counter", "1 to 15 are allowed");
        }
        if self.observe && !self.listen.is_empty() {
            findings.add(
                "observe",
                "true where `ss7.listen` lets strangers connect; it is for captures",
            );
        }
        self.check_dialogues(findings);
        if self.ati.enabled {
            self.check_ati(findings);
        }
        for (place, link) in self.links.iter().enumerate() {
            let mut findings = findings.under(&format!("links[{place}]"));
            if self.links[..place]
                .iter()
                .any(|other| other.name == link.name)
            {
                findings.add("name", format!("{:?} is given twice", link.name));
            }
            let accepts = link.m3ua.role == m3ua::Role::IpspServer;
            if accepts && self.listen.is_empty() {
                findings.add(
                    "m3ua.role",
                    "\"ipsp-server\" waits for a peer, and `ss7.listen` is empty",
                );
            }
            for (place, code) in link.destinations.iter().enumerate() {
                if !is_point_code(*code) {
                    let key = format!("destinations[{place}]");
                    findings.add(&key, format!("{code}; 1 to 16383 are allowed"));
                }
            }
            if !accepts && link.address.port() == 0 {
                findings.add("address", "port 0; the peer's port is needed");
            }
            if link.m3ua.ack_timeout.is_zero() {
                findings.add("m3ua.ack_timeout", "zero; a time is needed");
            }
        }
    }
}

/// 14 bits (ITU-T), of which some are set.
fn is_point_code(code: u32) -> bool {
    (1..1 << 14).contains(&code)
}

/// Empty, or the digits of an international number.
fn is_title(text: &str) -> bool {
    text.len() <= 15 && text.bytes().all(|octet| octet.is_ascii_digit())
}

impl Check for Admin {
    fn check(&self, findings: &mut Findings<'_>) {
        if self.timeout.is_zero() {
            findings.add("timeout", "zero; every request would be refused");
        }
    }
}

impl Check for Pen {
    fn check(&self, findings: &mut Findings<'_>) {
        if self.partitions == 0 {
            findings.add("partitions", "zero; 1 to 65535 are allowed");
        }
        if self.log.linger > LINGER_MAX {
            findings.add("log.linger", "longer than 1s");
        }
        if self.log.segment_bytes < SEGMENT_BYTES_MIN {
            let what = format!("too small; {SEGMENT_BYTES_MIN} or more is allowed");
            findings.add("log.segment_bytes", what);
        }
    }
}

/// Times that would let something happen without end, or never.
fn check_times(config: &Config, findings: &mut Findings<'_>) {
    let timers = &config.sip.transport.timers;
    for (key, time) in [
        ("sip.transport.timers.t1", timers.t1),
        ("sip.transport.timers.t2", timers.t2),
        ("sip.transport.timers.t4", timers.t4),
        ("pk.interim_interval", config.pk.interim_interval),
    ] {
        if time.is_zero() {
            findings.add(key, "zero; a time is needed");
        }
    }
    if timers.t1 > timers.t2 {
        findings.add("sip.transport.timers.t1", "longer than t2");
    }
}

fn check_expiry(key: &str, expiry: Expiry, findings: &mut Findings<'_>) {
    let rises = expiry.min <= expiry.default && expiry.default <= expiry.max;
    if !rises || expiry.max.is_zero() {
        findings.add(key, "min, default and max must rise");
    }
}

/// Whoever knows the key finds an identity by trying them all. The default is known, and harmless
/// only where documents are shown to loopback alone.
fn check_device_key(config: &Config, findings: &mut Findings<'_>) {
    const KEY: &str = "server.compose.device_key";
    let key = &config.server.compose.device_key;
    if key.is_empty() {
        findings.add(KEY, "empty; a text of your own is needed");
    }
    if *key != compose::Options::default().device_key {
        return;
    }
    let sip = config.sip.listen.iter().enumerate();
    let sip = sip.map(|(place, address)| (format!("sip.listen[{place}]"), *address));
    let admin = ("admin.listen".to_owned(), config.admin.listen);
    let reached = sip
        .chain([admin])
        .find(|(_, address)| !address.ip().to_canonical().is_loopback());
    if let Some((listener, address)) = reached {
        let what = format!(
            "{key:?} is known to everybody; a text of your own is needed where `{listener}` is \
             {address}, not loopback"
        );
        findings.add(KEY, what);
    }
}

fn check_paths(config: &Config, findings: &mut Findings<'_>) {
    for (key, path) in [
        ("data.folder", &config.data.folder),
        ("subscribers.file", &config.subscribers.file),
    ] {
        if path.as_os_str().is_empty() {
            findings.add(key, "empty; a path is needed");
        }
    }
}

/// Letters, digits and hyphens between dots (RFC 1123 clause 2.1).
fn is_domain(text: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label
                .bytes()
                .all(|octet| octet.is_ascii_alphanumeric() || octet == b'-')
    };
    text.len() <= 253 && text.split('.').all(is_label)
}

/// A limit of nothing would stop the work it limits: every count and size of the configuration is
/// at least one, whichever room it belongs to.
fn check_limits(tree: &Value, findings: &mut Findings<'_>) {
    match tree {
        Value::Table(entries) => {
            for (key, value) in entries {
                let is_limit = ["_max", "_bytes"].iter().any(|end| key.ends_with(end));
                if is_limit && value.as_integer() == Some(0) {
                    findings.add(key, "zero; a limit is at least 1");
                }
                check_limits(value, &mut findings.under(key));
            }
        }
        Value::Array(items) => {
            for (place, item) in items.iter().enumerate() {
                check_limits(item, &mut findings.under(&format!("[{place}]")));
            }
        }
        _ => {}
    }
}
