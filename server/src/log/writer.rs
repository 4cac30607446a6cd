//! Group commit: many callers, one thread that appends, one flush for everything that waits.
//!
//! # Why it exists
//!
//! A flush costs the same for one event as for a thousand. While one group is being flushed the next one
//! gathers in a bounded queue, so under load the flushes stay as few as the disk allows and nobody waits for a
//! timer. Answers are given after the flush: durable, then visible.
//!
//! # Invariants
//!
//! - Requests are appended in the order in which they were submitted.
//! - The queue is bounded; a full queue answers at once and nothing is buffered elsewhere.
//! - When the last [`LogWriter`] goes, everything submitted is still appended and answered.

use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use schema::ids::TimestampMs;
use schema::limits::{BATCH_BYTES_MAX, BATCH_EVENTS_MAX};
use schema::log::Salts;
use tokio::sync::{oneshot, watch};

use super::{AppendError, AppendRequest, Appended, EventLog};
use crate::clock;
use clock_watch::{ClockWatch, Jump};

pub mod clock_watch;

/// What is told to the caller once its request is durable or refused, or when the writer ends without it. Called on the
/// writer's thread: hand over and return.
pub type Done = Box<dyn FnOnce(Result<Appended, AppendError>) + Send>;

/// Where the writer gets time and salts from, and how much it holds.
#[derive(Debug, Clone, Copy)]
pub struct WriterConfig {
    /// The clock.
    pub now: fn() -> TimestampMs,
    /// Milliseconds since some start that only passing time moves.
    pub passed_ms: fn() -> u64,
    /// Fresh salts for so many events.
    pub salts: fn(usize) -> Vec<Salts>,
    /// Requests that may wait for the next group.
    pub queue_requests_max: usize,
}

impl Default for WriterConfig {
    fn default() -> Self {
        Self {
            now: clock::now_ms,
            passed_ms: clock::passed_ms,
            salts: fresh_salts,
            queue_requests_max: 4_096,
        }
    }
}

/// For a whole group at once: asking the operating system costs more than the bytes.
fn fresh_salts(events: usize) -> Vec<Salts> {
    let mut bytes = vec![0; events * 2 * 32];
    clock::fill_random(&mut bytes);
    let (salts, _) = bytes.as_chunks::<32>();
    let (pairs, _) = salts.as_chunks::<2>();
    let of = |[envelope, payload]: &[[u8; 32]; 2]| Salts {
        envelope: *envelope,
        payload: *payload,
    };
    pairs.iter().map(of).collect()
}

/// Why a request was not taken. It was not appended and its `Done` is not called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SubmitError {
    /// As many requests wait as may wait.
    #[error("too many appends are waiting for the log")]
    Busy,
    /// The writer's thread has ended.
    #[error("the log's writer has ended")]
    Ended,
}

/// A handle on the writer; clones share one thread.
#[derive(Clone)]
pub struct LogWriter {
    shared: Arc<Shared>,
}

struct Shared {
    log: Arc<dyn EventLog>,
    queue: Mutex<Option<SyncSender<Waiting>>>,
    grown: watch::Sender<u64>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

struct Waiting {
    request: AppendRequest,
    answer: Answer,
}

/// What is owed to whoever handed in a request. A writer whose thread panics owes it too.
struct Answer(Option<Done>);

impl Answer {
    fn give(mut self, result: Result<Appended, AppendError>) {
        if let Some(done) = self.0.take() {
            done(result);
        }
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        if let Some(done) = self.0.take() {
            done(Err(SubmitError::Ended.into()));
        }
    }
}

impl LogWriter {
    /// Starts the writer's thread over an engine.
    ///
    /// # Errors
    /// When the operating system gives no thread.
    pub fn start(log: Arc<dyn EventLog>, config: WriterConfig) -> std::io::Result<Self> {
        let (queue, waiting) = sync_channel(config.queue_requests_max);
        let (grown, _) = watch::channel(0);
        let loop_state = Loop {
            log: log.clone(),
            config,
            grown: grown.clone(),
            clock: ClockWatch::default(),
        };
        let thread = std::thread::Builder::new()
            .name("log-writer".to_owned())
            .spawn(move || loop_state.run(&waiting))?;
        Ok(Self {
            shared: Arc::new(Shared {
                log,
                queue: Mutex::new(Some(queue)),
                grown,
                thread: Mutex::new(Some(thread)),
            }),
        })
    }

    /// The engine, for reading.
    #[must_use]
    pub fn log(&self) -> &Arc<dyn EventLog> {
        &self.shared.log
    }

    /// Hands in a request; `done` is called once it is durable or refused.
    ///
    /// # Errors
    /// [`SubmitError`] when it cannot even wait.
    pub fn submit(&self, request: AppendRequest, done: Done) -> Result<(), SubmitError> {
        let queue = self.shared.queue.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(queue) = queue.as_ref() else {
            return Err(SubmitError::Ended);
        };
        let answer = Answer(Some(done));
        queue.try_send(Waiting { request, answer }).map_err(|error| {
            let (mut waiting, error) = match error {
                TrySendError::Full(waiting) => (waiting, SubmitError::Busy),
                TrySendError::Disconnected(waiting) => (waiting, SubmitError::Ended),
            };
            // This error says it.
            waiting.answer.0 = None;
            error
        })
    }

    /// Appends and waits until it is durable.
    ///
    /// # Errors
    /// The engine's refusal; a request that could not wait answers [`AppendError::Stopped`].
    pub async fn append(&self, request: AppendRequest) -> Result<Appended, AppendError> {
        let (answer, answered) = oneshot::channel();
        let done = Box::new(move |result| drop(answer.send(result)));
        self.submit(request, done)?;
        answered.await.unwrap_or_else(|_| Err(SubmitError::Ended.into()))
    }

    /// Wakes whenever something became durable; the number only ever grows.
    #[must_use]
    pub fn grown(&self) -> watch::Receiver<u64> {
        self.shared.grown.subscribe()
    }

    /// Takes no more requests, and returns when all taken ones are answered and the log's notes are level with them.
    pub fn finish(&self) {
        self.shared.finish();
    }
}

impl Shared {
    fn finish(&self) {
        drop(self.queue.lock().unwrap_or_else(PoisonError::into_inner).take());
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        // The last handle may go inside a `Done` on the writer's own thread, which cannot wait for itself.
        let Some(thread) = thread.filter(|thread| thread.thread().id() != std::thread::current().id()) else {
            return;
        };
        if thread.join().is_err() {
            tracing::error!("the log's writer thread panicked");
        }
        self.log.level();
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.finish();
    }
}

impl From<SubmitError> for AppendError {
    fn from(error: SubmitError) -> Self {
        Self::Stopped {
            reason: error.to_string().into(),
        }
    }
}

struct Loop {
    log: Arc<dyn EventLog>,
    config: WriterConfig,
    grown: watch::Sender<u64>,
    clock: ClockWatch,
}

impl Loop {
    fn run(mut self, waiting: &Receiver<Waiting>) {
        let mut left_over = None;
        while let Some(first) = left_over.take().or_else(|| waiting.recv().ok()) {
            let (group, next) = gather(first, waiting);
            left_over = next;
            self.append(group);
        }
    }

    /// Events keep the time of the one before when the clock stands earlier; that it jumped is noted.
    fn now(&mut self) -> TimestampMs {
        let now = (self.config.now)();
        match self.clock.look(now, (self.config.passed_ms)()) {
            Some(Jump::Back(ms)) => tracing::warn!(
                back_ms = ms,
                "the clock went back by {ms} ms; events keep the time of the one before until it has caught up"
            ),
            Some(Jump::Ahead(ms)) => tracing::warn!(
                ahead_ms = ms,
                "the clock leapt ahead by {ms} ms; if it is wrong, events keep that time until it has passed"
            ),
            None => {}
        }
        now
    }

    fn append(&mut self, group: Vec<Waiting>) {
        let (requests, waiting): (Vec<_>, Vec<_>) = group
            .into_iter()
            .map(|Waiting { request, answer }| (request, answer))
            .unzip();
        let events = requests.iter().map(|request| request.events.len()).sum();
        let mut fresh = (self.config.salts)(events).into_iter();
        let mut salts = || fresh.next().expect("an engine salts each event once");
        let now = self.now();
        let answers = self.log.append_group(now, &mut salts, requests);
        let fresh = answers.iter().any(is_fresh);
        for (owed, answer) in waiting.into_iter().zip(answers) {
            owed.give(answer);
        }
        if fresh {
            self.grown.send_modify(|groups| *groups = groups.wrapping_add(1));
        }
    }
}

fn is_fresh(answer: &Result<Appended, AppendError>) -> bool {
    answer
        .as_ref()
        .is_ok_and(|appended| appended.placed.iter().any(|placed| !placed.repeated))
}

/// Everything that waits now, up to one group's size; also the request that would have exceeded it.
fn gather(first: Waiting, waiting: &Receiver<Waiting>) -> (Vec<Waiting>, Option<Waiting>) {
    let mut size = Size::of(&first.request);
    let mut group = vec![first];
    while let Ok(next) = waiting.try_recv() {
        size = size.plus(Size::of(&next.request));
        if size.events > BATCH_EVENTS_MAX || size.bytes > BATCH_BYTES_MAX {
            return (group, Some(next));
        }
        group.push(next);
    }
    (group, None)
}

#[derive(Clone, Copy)]
struct Size {
    events: usize,
    bytes: usize,
}

impl Size {
    fn of(request: &AppendRequest) -> Self {
        Self {
            events: request.events.len(),
            bytes: request.events.iter().map(|event| event.payload.len()).sum(),
        }
    }

    fn plus(self, other: Self) -> Self {
        Self {
            events: self.events.saturating_add(other.events),
            bytes: self.bytes.saturating_add(other.bytes),
        }
    }
}

#[cfg(test)]
mod tests;
