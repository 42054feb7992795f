//! The server side of a connection.

use std::collections::VecDeque;

use pengate_codecs::Stamp;

use super::{Message, Method, Options, Request, Side, Stream, write_answer};

/// Names a request of a connection, so that it can be answered.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Exchange(u64);

/// Where a connection puts what it has to say.
pub trait Sink {
    /// Octets for the peer.
    fn send(&mut self, octets: &[u8]);

    /// The connection is to end, once what was sent has left.
    fn close(&mut self);

    /// Something was not taken: `kind` is of a closed set.
    fn fault(&mut self, kind: &'static str);
}

/// One connection on which requests come. Answers leave in the order of the requests.
#[derive(Debug)]
pub struct Server {
    stream: Stream,
    /// Requests without an answer, and answers that wait for those before them.
    waiting: VecDeque<Waiting>,
    first: u64,
    /// When the message that is being received began.
    began: Option<Stamp>,
    /// When something came or left last.
    active: Stamp,
    is_over: bool,
}

#[derive(Debug)]
struct Waiting {
    is_kept: bool,
    without_body: bool,
    answer: Option<Vec<u8>>,
}

impl Server {
    /// A connection that came about at that time.
    #[must_use]
    pub fn new(at: Stamp) -> Self {
        Self {
            stream: Stream::new(Side::Server),
            waiting: VecDeque::new(),
            first: 0,
            began: None,
            active: at,
            is_over: false,
        }
    }

    /// Takes octets; every request they complete goes to `fresh`, with the name to answer it by.
    /// What is no request is answered here.
    pub fn take(
        &mut self,
        at: Stamp,
        octets: &[u8],
        options: &Options,
        sink: &mut dyn Sink,
        mut fresh: impl FnMut(Exchange, Request<'_>, &mut dyn Sink),
    ) {
        if self.is_over {
            return;
        }
        self.active = at;
        let Self {
            stream,
            waiting,
            first,
            ..
        } = self;
        let (mut overrun, mut is_whole) = (false, false);
        let taken = stream.push(octets, options, |message| match message {
            Message::Request(request) if waiting.len() < options.pipelined_max && !overrun => {
                is_whole = true;
                let exchange = Exchange(*first + waiting.len() as u64);
                waiting.push_back(Waiting {
                    is_kept: request.is_kept,
                    without_body: request.method == Method::Head,
                    answer: None,
                });
                fresh(exchange, request, sink);
            }
            Message::Request(_) => overrun = true,
            Message::Continue if waiting.is_empty() => {
                sink.send(b"HTTP/1.1 100 Continue\r\n\r\n");
            }
            Message::Continue | Message::Response(_) => {}
        });
        self.began = match self.stream.waiting() {
            0 => None,
            // What is left is of the message after one that ended here.
            _ => self.began.filter(|_| !is_whole).or(Some(at)),
        };
        if let Err(error) = taken {
            sink.fault(error.kind());
            self.refuse(error.status(), sink);
        } else if overrun {
            sink.fault("http-pipelined");
            self.refuse(503, sink);
        }
    }

    /// Answers a request. A repeated answer has no effect.
    pub fn answer(
        &mut self,
        at: Stamp,
        exchange: Exchange,
        (status, content_type, body): (u16, &str, &[u8]),
        sink: &mut dyn Sink,
    ) {
        let place = exchange.0.checked_sub(self.first);
        let place = place.and_then(|place| usize::try_from(place).ok());
        let waiting = place.and_then(|place| self.waiting.get_mut(place));
        if let Some(waiting) = waiting.filter(|waiting| waiting.answer.is_none()) {
            let body = if waiting.without_body { &[][..] } else { body };
            let mut octets = Vec::new();
            write_answer(status, content_type, body, waiting.is_kept, &mut octets);
            waiting.answer = Some(octets);
            self.active = at;
            self.flush(sink);
        }
    }

    /// Does what is due: a message that takes too long is answered, a silent connection ends.
    pub fn tick(&mut self, now: Stamp, options: &Options, sink: &mut dyn Sink) {
        if self.is_over {
            return;
        }
        if self
            .began
            .is_some_and(|at| now >= at + options.receive_timeout)
        {
            sink.fault("http-receive-timeout");
            self.refuse(408, sink);
        } else if self.waiting.is_empty() && now >= self.active + options.idle_timeout {
            self.is_over = true;
            sink.close();
        }
    }

    /// The earliest timer.
    #[must_use]
    pub fn deadline(&self, options: &Options) -> Option<Stamp> {
        let received = self.began.map(|at| at + options.receive_timeout);
        let idle = (self.waiting.is_empty()).then(|| self.active + options.idle_timeout);
        let deadline = received.into_iter().chain(idle).min();
        deadline.filter(|_| !self.is_over)
    }

    /// Answers what is no request, after everything before it; nothing more is read.
    fn refuse(&mut self, status: u16, sink: &mut dyn Sink) {
        let mut octets = Vec::new();
        write_answer(status, "", &[], false, &mut octets);
        self.began = None;
        self.waiting.push_back(Waiting {
            is_kept: false,
            without_body: false,
            answer: Some(octets),
        });
        self.stream.end(|_| {});
        self.flush(sink);
    }

    fn flush(&mut self, sink: &mut dyn Sink) {
        while let Some(Waiting {
            answer: Some(octets),
            is_kept,
            ..
        }) = self.waiting.front()
        {
            sink.send(octets);
            if !is_kept {
                self.is_over = true;
                self.waiting.clear();
                return sink.close();
            }
            self.waiting.pop_front();
            self.first += 1;
        }
    }
}
