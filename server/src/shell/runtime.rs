//! The thread that owns the core, and the handle through which everything else speaks to it.
//!
//! # A panic of the core
//!
//! Every connection ends, and a fresh core begins: all that matters is in the log. What was under way for the one before is
//! done and its result dropped, so that nobody takes it for an answer of their own; who waits is told that nothing is known.

mod slow;

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use schema::ids::{ChapterId, ErasureId, Generation, PlanId};
use schema::limits::{LAST_FRAMES_MS_MAX, PRESENCE_INTERVAL_MS};
use schema::text::follow::Copy;
use tokio::sync::{mpsc, oneshot, watch};

pub use self::slow::{CoreSetup, FollowFn};
use super::connection::{self, Connection, Outbox};
use super::load::{DeviceNotes, KnownPlans};
use crate::clock;
use crate::core::refusals::person_text;
use crate::core::{
    CommandAnswer, CommandRequest, Core, CoreRefusal, Effect, Frame, Input, RecallRequest, SessionId,
    SignedOut, Ticket, Visitor, WriteRequest,
};
use crate::log::writer::LogWriter;
use crate::log::{AppendRequest, EventLog};

/// Inputs that may wait for the core.
const INPUTS_MAX: usize = 16_384;
/// How often time passes for the core.
const TICK: Duration = Duration::from_millis(PRESENCE_INTERVAL_MS);

/// What a command's caller waits for.
pub type CommandResult = Result<CommandAnswer, CoreRefusal>;
/// What whoever asks for a first answer waits for.
pub type RecallResult = Result<Option<CommandAnswer>, CoreRefusal>;
/// What a reader of a copy waits for.
pub type CopyResult = Result<(Generation, Arc<Copy>), CoreRefusal>;

pub(super) enum Message {
    Input(Input),
    /// What came of work that a core asked for; only that one can make something of it.
    Done {
        life: u64,
        input: Input,
    },
    Connect {
        session: SessionId,
        visitor: Visitor,
        outbox: Outbox,
    },
    Command {
        request: Box<CommandRequest>,
        answer: oneshot::Sender<CommandResult>,
    },
    Write {
        request: Box<WriteRequest>,
        answer: oneshot::Sender<CommandResult>,
    },
    Recall {
        request: Box<RecallRequest>,
        answer: oneshot::Sender<RecallResult>,
    },
    ReadCopy {
        plan: PlanId,
        chapter: ChapterId,
        answer: oneshot::Sender<CopyResult>,
    },
}

/// Speaks to the core from anywhere.
#[derive(Clone)]
pub struct CoreHandle {
    inputs: mpsc::Sender<Message>,
    next_session: Arc<AtomicU64>,
    /// Every connection that is open holds the other end.
    open: Arc<watch::Sender<()>>,
}

impl CoreHandle {
    /// Starts the core over a log, and what is known of its plans. Must be called inside a tokio runtime; the core ends
    /// with the last handle.
    ///
    /// # Errors
    /// When the operating system gives no thread.
    pub fn start(
        writer: Arc<LogWriter>,
        known: Arc<dyn KnownPlans>,
        devices: Arc<dyn DeviceNotes>,
    ) -> std::io::Result<Self> {
        Self::start_with(writer, known, devices, CoreSetup::default())
    }

    /// The same with a setup of its own.
    ///
    /// # Errors
    /// As [`CoreHandle::start`].
    pub fn start_with(
        writer: Arc<LogWriter>,
        known: Arc<dyn KnownPlans>,
        devices: Arc<dyn DeviceNotes>,
        setup: CoreSetup,
    ) -> std::io::Result<Self> {
        let log = Arc::clone(writer.log());
        let (inputs, received) = mpsc::channel(INPUTS_MAX);
        let handle = Self {
            inputs: inputs.clone(),
            next_session: Arc::new(AtomicU64::new(1)),
            open: Arc::new(watch::Sender::new(())),
        };
        let runtime = tokio::runtime::Handle::current();
        let back = inputs.downgrade();
        let workers = rayon::ThreadPoolBuilder::new()
            .thread_name(|number| format!("worker-{number}"))
            .build()
            .map_err(std::io::Error::other)?;
        let runner = Runner {
            workers,
            life: 0,
            setup,
            core: Core::new(log.incarnation()).within(setup.limits),
            log,
            known,
            devices,
            writer,
            runtime: runtime.clone(),
            back: back.clone(),
            connections: BTreeMap::new(),
            commands: BTreeMap::new(),
            recalls: BTreeMap::new(),
            copies: BTreeMap::new(),
            next_ticket: 1,
        };
        std::thread::Builder::new()
            .name("core".to_owned())
            .spawn(move || runner.run(received))?;
        runtime.spawn(async move {
            let mut ticks = tokio::time::interval(TICK);
            loop {
                ticks.tick().await;
                let Some(inputs) = back.upgrade() else { return };
                if inputs.send(Message::Input(Input::Tick)).await.is_err() {
                    return;
                }
            }
        });
        Ok(handle)
    }

    /// Opens a connection.
    pub async fn connect(&self, visitor: Visitor) -> Connection {
        let session = self.next_session.fetch_add(1, Ordering::Relaxed);
        let (outbox, connection) = connection::pair(session, self.inputs.clone(), self.open.subscribe());
        // A core that is gone drops the outbox, which the socket notices.
        let _ = self
            .inputs
            .send(Message::Connect {
                session,
                visitor,
                outbox,
            })
            .await;
        connection
    }

    /// Tells every connection that the server stops and when to come back, and waits until they have heard it, as long
    /// as a connection that ends may take.
    pub async fn stop(&self) {
        let _ = self.inputs.send(Message::Input(Input::Stopping)).await;
        let limit = Duration::from_millis(LAST_FRAMES_MS_MAX);
        if tokio::time::timeout(limit, self.open.closed()).await.is_err() {
            tracing::info!("stopping with connections that did not take their last frames");
        }
    }

    /// Says that somebody is signed in no longer: their connections end.
    pub async fn signed_out(&self, who: SignedOut) {
        let _ = self.inputs.send(Message::Input(Input::SignedOut(who))).await;
    }

    /// Asks a command; answered when it is durable.
    ///
    /// # Errors
    /// [`CoreRefusal`].
    pub async fn command(&self, request: CommandRequest) -> CommandResult {
        let (answer, received) = oneshot::channel();
        let _ = self
            .inputs
            .send(Message::Command {
                request: Box::new(request),
                answer,
            })
            .await;
        received.await.unwrap_or_else(|_| Err(stopped()))
    }

    /// Writes text for a person; answered when it is durable.
    ///
    /// # Errors
    /// [`CoreRefusal`].
    pub async fn write(&self, request: WriteRequest) -> CommandResult {
        let (answer, received) = oneshot::channel();
        let _ = self
            .inputs
            .send(Message::Write {
                request: Box::new(request),
                answer,
            })
            .await;
        received.await.unwrap_or_else(|_| Err(stopped()))
    }

    /// The first answer of a command that was done before; nothing when it was not. For commands that are made of
    /// the plan as it was: after a retry the plan has changed.
    ///
    /// # Errors
    /// [`CoreRefusal`]; the key may have been used for something else.
    pub async fn recall(&self, request: RecallRequest) -> RecallResult {
        let (answer, received) = oneshot::channel();
        let request = Box::new(request);
        let _ = self.inputs.send(Message::Recall { request, answer }).await;
        received.await.unwrap_or_else(|_| Err(stopped()))
    }

    /// Asks that a chapter goes on in a fresh generation, so that the earlier text a request names can go. Asked again
    /// until the request says that it was done: nothing answers.
    pub async fn close_text(&self, plan: PlanId, erasure: ErasureId) {
        let _ = self
            .inputs
            .send(Message::Input(Input::CloseText { plan, erasure }))
            .await;
    }

    /// Says that a request to erase was carried out.
    pub async fn carried_out(&self, plan: PlanId, erasure: ErasureId) {
        // A core that is gone is told again at the next start.
        let _ = self
            .inputs
            .send(Message::Input(Input::CarriedOut { plan, erasure }))
            .await;
    }

    /// The server's copy of a chapter, with everything that was durable when asked.
    ///
    /// # Errors
    /// [`CoreRefusal`].
    pub async fn copy(&self, plan: PlanId, chapter: ChapterId) -> CopyResult {
        let (answer, received) = oneshot::channel();
        let _ = self
            .inputs
            .send(Message::ReadCopy {
                plan,
                chapter,
                answer,
            })
            .await;
        received.await.unwrap_or_else(|_| Err(stopped()))
    }
}

fn stopped() -> CoreRefusal {
    CoreRefusal::Unavailable("the server is stopping".to_owned())
}

struct Runner {
    core: Core,
    /// Counts the cores.
    life: u64,
    setup: CoreSetup,
    log: Arc<dyn EventLog>,
    known: Arc<dyn KnownPlans>,
    devices: Arc<dyn DeviceNotes>,
    writer: Arc<LogWriter>,
    runtime: tokio::runtime::Handle,
    /// For reading chapters and following their texts: as many threads as the machine has processors.
    workers: rayon::ThreadPool,
    back: mpsc::WeakSender<Message>,
    connections: BTreeMap<SessionId, Outbox>,
    commands: BTreeMap<Ticket, oneshot::Sender<CommandResult>>,
    recalls: BTreeMap<Ticket, oneshot::Sender<RecallResult>>,
    copies: BTreeMap<Ticket, oneshot::Sender<CopyResult>>,
    next_ticket: Ticket,
}

impl Runner {
    fn run(mut self, mut inputs: mpsc::Receiver<Message>) {
        while let Some(message) = inputs.blocking_recv() {
            let Some(input) = self.input_of(message) else {
                continue;
            };
            let said_by = match &input {
                Input::Received { session, .. } => Some(*session),
                _ => None,
            };
            // What a panic leaves half done is not used again.
            if catch_unwind(AssertUnwindSafe(|| self.step(input))).is_err() {
                self.begin_anew(said_by);
            }
        }
    }

    /// A fresh core in the place of one that panicked (the panic itself stands in the log already).
    fn begin_anew(&mut self, said_by: Option<SessionId>) {
        let person = said_by.and_then(|session| self.core.person_of(session));
        let person = person_text(person);
        tracing::error!(
            session = said_by,
            person,
            "the core panicked; everybody is sent away and it begins anew"
        );
        self.life += 1;
        self.core = Core::new(self.log.incarnation()).within(self.setup.limits);
        self.connections.clear();
        self.commands.clear();
        self.recalls.clear();
        self.copies.clear();
    }

    fn step(&mut self, input: Input) {
        // Taken from the end: time passes after the log's health is known, and what is asked once is not refused for
        // what was so at the last tick.
        let needs_health = matches!(input, Input::Tick | Input::Command { .. } | Input::Write { .. });
        let mut inputs = vec![input];
        if needs_health {
            inputs.push(Input::LogHealth(self.log.health()));
        }
        while let Some(input) = inputs.pop() {
            for effect in self.core.handle(clock::now_ms(), input) {
                inputs.extend(self.carry_out(effect));
            }
        }
    }

    fn ticket(&mut self) -> Ticket {
        self.next_ticket += 1;
        self.next_ticket
    }

    fn input_of(&mut self, message: Message) -> Option<Input> {
        Some(match message {
            Message::Done { life, input } => return (life == self.life).then_some(input),
            Message::Input(input) => {
                if let Input::Disconnected { session } = &input {
                    self.connections.remove(session);
                }
                input
            }
            Message::Connect {
                session,
                visitor,
                outbox,
            } => {
                self.connections.insert(session, outbox);
                Input::Connected { session, visitor }
            }
            Message::Command { request, answer } => {
                let ticket = self.ticket();
                self.commands.insert(ticket, answer);
                Input::Command { ticket, request }
            }
            Message::Write { request, answer } => {
                let ticket = self.ticket();
                self.commands.insert(ticket, answer);
                Input::Write { ticket, request }
            }
            Message::Recall { request, answer } => {
                let ticket = self.ticket();
                self.recalls.insert(ticket, answer);
                Input::Recall { ticket, request }
            }
            Message::ReadCopy {
                plan,
                chapter,
                answer,
            } => {
                let ticket = self.ticket();
                self.copies.insert(ticket, answer);
                Input::ReadCopy {
                    ticket,
                    plan,
                    chapter,
                }
            }
        })
    }

    /// Carries one effect out; some have an input as their immediate consequence.
    fn carry_out(&mut self, effect: Effect) -> Option<Input> {
        match effect {
            Effect::Send { session, frame } => return self.send(session, frame),
            Effect::Pass {
                session,
                channel,
                peer,
                frame,
            } => {
                let missed = Input::Missed {
                    session,
                    channel,
                    peer,
                };
                let outbox = self.connections.get(&session)?;
                let is_in = outbox.is_ample() && outbox.put(frame).is_ok();
                return (!is_in).then_some(missed);
            }
            Effect::Disconnect { session } => {
                self.connections.remove(&session);
            }
            Effect::Append { request } => return self.append(request),
            Effect::Rest { plan } => self.rest(plan),
            Effect::LoadPlan { plan } => self.load_plan(plan),
            Effect::LoadChapter { plan, chapter } => self.load_chapter(plan, chapter),
            Effect::Follow {
                plan,
                chapter,
                generation,
                copy,
                changes,
            } => self.follow((plan, chapter, generation), copy, changes),
            Effect::Switch { plan, chapter, ended } => self.switch(plan, chapter, ended),
            Effect::Trace(question) => self.trace(question),
            Effect::CommandAnswer { ticket, result } => {
                if let Some(answer) = self.commands.remove(&ticket) {
                    let _ = answer.send(result);
                }
            }
            Effect::RecallAnswer { ticket, result } => {
                if let Some(answer) = self.recalls.remove(&ticket) {
                    let _ = answer.send(result);
                }
            }
            Effect::Device(news) => self.devices.note(&news),
            Effect::CopyAnswer { ticket, result } => {
                if let Some(answer) = self.copies.remove(&ticket) {
                    let _ = answer.send(result);
                }
            }
        }
        None
    }

    /// The writer's thread tells the core itself: one hand-over less per group. It waits while the core has more inputs
    /// than it can take, which is never the core waiting for the writer.
    fn append(&self, request: AppendRequest) -> Option<Input> {
        let plan = request.plan;
        let (back, life) = (self.back.clone(), self.life);
        let told = Box::new(move |result| {
            let input = Input::Appended { plan, result };
            if let Some(inputs) = back.upgrade() {
                let _ = inputs.blocking_send(Message::Done { life, input });
            }
        });
        let refused = self.writer.submit(request, told).err()?;
        Some(Input::Appended {
            plan,
            result: Err(refused.into()),
        })
    }

    fn send(&mut self, session: SessionId, frame: Frame) -> Option<Input> {
        match self.connections.get(&session)?.put(frame) {
            Ok(()) => None,
            Err(what) => {
                tracing::info!(session, "connection ended: {what}");
                self.connections.remove(&session);
                Some(Input::Disconnected { session })
            }
        }
    }
}

async fn report(back: &mpsc::WeakSender<Message>, done: Message) {
    if let Some(inputs) = back.upgrade() {
        let _ = inputs.send(done).await;
    }
}

#[cfg(test)]
mod tests;
