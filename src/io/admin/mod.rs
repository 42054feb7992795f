//! Administrative HTTP: `/healthz`, `/readyz`, `/metrics`, `/api`.
//!
//! A thread of its own with a small runtime. It holds nothing of the gateway's: what it cannot know
//! it asks the gateway's thread over a bounded channel ([`AdminRequest`]), and waits for the answer
//! no longer than the configuration says.

mod listener;
mod readiness;
mod routes;

use std::{
    fmt, io,
    net::{SocketAddr, TcpListener},
    sync::{Arc, mpsc},
    thread,
    time::Duration,
};

use metrics_exporter_prometheus::PrometheusHandle;
use serde_json::Value;
use tokio::{runtime, sync::oneshot};

use crate::config;

pub use readiness::{Readiness, Reason};

/// What is asked of the gateway's thread. Whoever gets one answers with `reply`; dropping it is
/// answered 503.
#[derive(Debug)]
pub enum AdminRequest {
    /// The document of a presentity, with each element's origin.
    Presentity {
        /// Its URI as the client wrote it.
        uri: String,
        /// The JSON form, or `None` when nothing is known of it.
        reply: oneshot::Sender<Option<Value>>,
    },
    /// The network elements that are heard of.
    Feeds {
        /// The JSON form.
        reply: oneshot::Sender<Value>,
    },
}

/// Wakes the gateway's thread after a request was queued.
pub type Wake = Arc<dyn Fn() + Send + Sync>;

/// The running listener.
pub struct Admin {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    thread: thread::JoinHandle<()>,
}

impl Admin {
    /// Binds the address and begins to serve; requests for the gateway come out of the receiver.
    ///
    /// # Errors
    /// When the address cannot be bound, or the thread cannot be made.
    pub fn start(
        options: &config::Admin,
        readiness: Readiness,
        metrics: PrometheusHandle,
        wake: Wake,
    ) -> io::Result<(Self, mpsc::Receiver<AdminRequest>)> {
        let listener = TcpListener::bind(options.listen)?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let runtime = runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let (requests, asked) = mpsc::sync_channel(options.waiting_max);
        let (stop, stopped) = oneshot::channel();
        let service = routes::router(routes::Service {
            readiness,
            metrics,
            requests,
            wake,
            timeout: options.timeout,
        });
        let thread = thread::Builder::new()
            .name("admin".to_owned())
            .spawn(move || {
                runtime.spawn(async move {
                    match listener::Bounded::new(listener) {
                        Ok(listener) => axum::serve(listener, service).await,
                        Err(error) => Err(error),
                    }
                });
                // Stopped, or the handle is gone: both end it.
                let _ = runtime.block_on(stopped);
                runtime.shutdown_timeout(LINGER);
            })?;
        Ok((
            Self {
                address,
                stop,
                thread,
            },
            asked,
        ))
    }

    /// The bound address.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Stops serving; connections are cut.
    pub fn stop(self) {
        drop(self.stop);
        // A panic of that thread ended it as well.
        let _ = self.thread.join();
    }
}

impl fmt::Debug for Admin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Admin")
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

/// How long stopping waits for what is being written.
const LINGER: Duration = Duration::from_millis(100);

#[cfg(test)]
mod tests;
