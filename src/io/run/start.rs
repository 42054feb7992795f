//! From a configuration to a running gateway.

use std::{
    fs,
    hash::{BuildHasher, Hasher, RandomState},
    net::SocketAddr,
    path::Path,
    sync::Arc,
};

use metrics::gauge;
use mio::{Poll, Waker};
use pengate_codecs::Stamp;
use tracing::{info, warn};

use super::{
    Feeds, Recording, Runner, Sockets, StartError, kept::Kept, signals, sockets, state::State,
    totals::Totals,
};
use crate::{
    agent::identity::read_subscribers,
    config::{Config, FeedListener},
    event::Source,
    feed::Carrier,
    gateway::{Effects, Gateway, Options, Service},
    io::{
        admin::{Admin, Readiness, Reason, Wake},
        clock::Clock,
        net::udp::Udp,
        store::{Checkpointer, FjallStore, SegmentLog, check_partitions},
    },
    pen::state::StateStore,
    session::{radius::Clients, sip::front::Listener},
    telemetry::{
        Metric,
        event::{FaultLog, Listening},
        recorder,
    },
};

/// Octets asked for each buffer of a datagram socket.
const SOCKET_BUFFER: usize = 8 << 20;

/// Datagrams that may wait for a socket to take them.
const SOCKET_BACKLOG: usize = 65_536;

/// Problems of the list of subscribers that are told one by one.
const PROBLEMS_TOLD: usize = 10;

/// What a gateway is started with.
#[derive(Debug)]
pub struct Startup<'a> {
    /// The configuration.
    pub config: &'a Config,
    /// RADIUS clients with their secrets.
    pub clients: Clients,
    /// The list of subscribers, as CSV.
    pub subscribers: &'a str,
    /// Where to record what arrives.
    pub record: Option<&'a Path>,
}

impl Runner {
    /// Opens everything that a configuration names, recovers what was durable, and listens.
    ///
    /// # Errors
    /// [`StartError`], the first met.
    pub fn start(startup: Startup<'_>) -> Result<Self, StartError> {
        let (config, record) = (startup.config, startup.record);
        let clock = Clock::default();
        let poll = Poll::new().map_err(system("cannot poll"))?;
        let waker = Waker::new(poll.registry(), sockets::WAKE).map_err(system("cannot wake"))?;
        let waker = Arc::new(waker);
        let wake: Wake = Arc::new(move || {
            // A wake-up that fails is made up for by the next turn of the loop.
            let _ = waker.wake();
        });
        let readiness = Readiness::default();
        let metrics = start_metrics(clock.now())?;
        let (admin, asked) =
            Admin::start(&config.admin, readiness.clone(), metrics, Arc::clone(&wake))
                .map_err(listen("admin.listen", config.admin.listen))?;
        Listening {
            service: "admin",
            address: admin.address(),
        }
        .emit();

        let mut sockets = Sockets::new(
            config.sip.connections.clone(),
            config.links.connections.clone(),
        );
        let mut feeds = Feeds::new(config.admin.silent_after);
        let listeners = open_sockets(config, &poll, &mut sockets, &mut feeds)?;
        for link in config.feed_links() {
            feeds.links_with(clock.now(), &link);
        }
        // So that metrics tell every link from the first scrape on.
        feeds.emit();
        let bound = sockets.bound();
        let seed = RandomState::new().build_hasher().finish();
        let options = Options {
            listeners,
            seed,
            epoch: u32::try_from(clock.now().nanos() / 1_000_000_000).unwrap_or(u32::MAX),
            ..config.gateway()
        };
        let (gateway, state) = open_gateway(startup, options, &clock, &wake)?;
        let recording = record
            .map(|path| {
                Recording::begin(path, clock.now(), seed, &bound).map_err(file(&path.display()))
            })
            .transpose()?;
        let stop = signals::watch(wake).map_err(system("cannot watch for signals"))?;
        let runner = Self {
            poll,
            gateway,
            state,
            housekept: clock.now(),
            clock,
            sockets,
            effects: Effects::default(),
            recording,
            feeds,
            totals: Totals::default(),
            faults: FaultLog::default(),
            admin,
            asked,
            readiness,
            stop,
            shutdown_timeout: config.shutdown.timeout,
        };
        runner.readiness.set(Reason::Recovering, false);
        runner.tell_readiness();
        Ok(runner)
    }
}

fn open_sockets(
    config: &Config,
    poll: &Poll,
    sockets: &mut Sockets,
    feeds: &mut Feeds,
) -> Result<Vec<Listener>, StartError> {
    let registry = poll.registry();
    for FeedListener {
        key,
        service,
        carrier,
        address,
    } in config.feed_listeners()
    {
        let bound = match carrier {
            Carrier::Udp => Udp::bind(address, SOCKET_BUFFER, SOCKET_BACKLOG)
                .and_then(|udp| sockets.add_udp(udp, service, registry)),
            Carrier::Tcp | Carrier::Sctp | Carrier::Mtp => {
                sockets.listen(service, carrier, address, registry)
            }
        };
        let bound = bound.map_err(listen(key, address))?;
        if let Some(source) = service.source() {
            feeds.listens(source, service.name(), bound);
        }
        Listening {
            service: service.name(),
            address: bound,
        }
        .emit();
    }
    let mut listeners = Vec::new();
    for address in &config.sip.listen {
        // With port 0 both carriers get the same free port.
        let tcp = sockets
            .listen(Service::Sip, Carrier::Tcp, *address, registry)
            .map_err(listen("sip.listen", *address))?;
        feeds.shares(Source::Pi, "sip", tcp);
        Listening {
            service: "sip/tcp",
            address: tcp,
        }
        .emit();
        let udp = Udp::bind(tcp, SOCKET_BUFFER, SOCKET_BACKLOG)
            .and_then(|udp| sockets.add_udp(udp, Service::Sip, registry))
            .map_err(listen("sip.listen", tcp))?;
        Listening {
            service: "sip/udp",
            address: udp,
        }
        .emit();
        for carrier in [Carrier::Udp, Carrier::Tcp] {
            listeners.push(Listener {
                carrier,
                local: tcp,
                sent_by: tcp.to_string(),
            });
        }
    }
    Ok(listeners)
}

fn open_gateway(
    mut startup: Startup<'_>,
    options: Options,
    clock: &Clock,
    wake: &Wake,
) -> Result<(Gateway<SegmentLog>, State), StartError> {
    let config = startup.config;
    let folder = config.data.folder.join("log");
    fs::create_dir_all(&folder).map_err(file(&folder.display()))?;
    let woken = Arc::clone(wake);
    let wake = Arc::clone(wake);
    let log = SegmentLog::open(&folder, config.pen.log.clone(), Box::new(move || wake()))?;
    check_partitions(&config.data.folder, config.pen.partitions)?;
    let clients = std::mem::take(&mut startup.clients);
    let mut gateway = Gateway::new(options, clients, log);
    provision(&startup, &mut gateway)?;
    let begin = clock.now();
    let mut store = FjallStore::open(&config.data.folder.join("state"))?;
    let mut unreadable = None;
    let mut rows = 0_u64;
    let stands = store.scan(&mut |row| {
        rows += 1;
        unreadable = unreadable.or(gateway.load(begin, row).err());
    })?;
    if let Some(error) = unreadable {
        return Err(StartError::Row(error));
    }
    gateway.collect_writes();
    let records = gateway.recover(begin, stands)?;
    let took = clock.now().since(begin);
    info!(
        rows,
        records,
        millis = u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
        "Recovered."
    );
    for range in gateway.log().lost() {
        warn!(
            from = range.start(),
            to = range.end(),
            "Damaged records were left out."
        );
    }
    let wake = Arc::clone(&woken);
    let options = config.pen.state.clone();
    let (interval, kept_bytes_max) = (options.commit_interval, options.kept_log_bytes_max);
    let (checkpointer, writers) = Checkpointer::start(
        Box::new(store),
        stands,
        1,
        options,
        Box::new(move || wake()),
    )
    .map_err(system("cannot write the state"))?;
    let writer = writers.into_iter().next().ok_or(StartError::Writer)?;
    let kept = Kept::new(gateway.feeds().retention(), kept_bytes_max);
    let state = State::new(checkpointer, writer, interval, kept, begin);
    Ok((gateway, state))
}

fn provision(startup: &Startup<'_>, gateway: &mut Gateway<SegmentLog>) -> Result<(), StartError> {
    let mut count = 0_u64;
    let mut problems = Vec::new();
    let mut more = 0_u64;
    let read = read_subscribers(startup.subscribers.as_bytes(), |row| match row {
        Ok(subscriber) => {
            gateway.provision(&subscriber);
            count += 1;
        }
        Err(problem) if problems.len() < PROBLEMS_TOLD => problems.push(problem.to_string()),
        Err(_) => more += 1,
    });
    problems.extend(read.err().map(|error| error.to_string()));
    if more > 0 {
        problems.push(format!("and {more} more"));
    }
    if !problems.is_empty() {
        let file = startup.config.subscribers.file.display().to_string();
        return Err(StartError::Subscribers {
            file,
            problems: problems.join("; "),
        });
    }
    info!(subscribers = count, "Provisioned.");
    Ok(())
}

fn start_metrics(now: Stamp) -> Result<metrics_exporter_prometheus::PrometheusHandle, StartError> {
    let recorder = recorder().map_err(|error| StartError::Metrics(error.to_string()))?;
    let handle = recorder.handle();
    metrics::set_global_recorder(recorder)
        .map_err(|error| StartError::Metrics(error.to_string()))?;
    let since = now.since(Stamp::default());
    gauge!(Metric::StartSeconds.name()).set(since.as_secs_f64());
    Ok(handle)
}

fn file(what: &impl ToString) -> impl FnOnce(std::io::Error) -> StartError {
    let what = what.to_string();
    move |source| StartError::File { what, source }
}

fn system(what: &'static str) -> impl FnOnce(std::io::Error) -> StartError {
    move |source| StartError::System { what, source }
}

fn listen(key: &'static str, address: SocketAddr) -> impl FnOnce(std::io::Error) -> StartError {
    move |source| StartError::Listen {
        key,
        address,
        source,
    }
}
