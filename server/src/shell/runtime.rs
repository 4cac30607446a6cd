//! The thread that owns the core; everything else speaks to it through a [`CoreHandle`].
//!
//! # A panic of the core
//!
//! Every connection ends, and a fresh core begins: all that matters is in the log. What was under way for the one before is
//! done and its result dropped, so that nobody takes it for an answer of their own; who waits is told that nothing is known.

mod handle;
mod slow;

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use schema::ids::{ChapterId, Generation, PlanId};
use schema::limits::PRESENCE_INTERVAL_MS;
use schema::text::follow::Copy;
use tokio::sync::{mpsc, oneshot};

pub use self::handle::CoreHandle;
pub use self::slow::{CoreSetup, FollowFn};
use super::connection::Outbox;
use super::load::{DeviceNotes, KnownPlans};
use crate::clock;
use crate::core::presence::Presences;
use crate::core::refusals::person_text;
use crate::core::{
    CommandAnswer, CommandRequest, Core, CoreRefusal, Effect, Frame, Input, RecallRequest, SessionId, Ticket,
    Visitor, WriteRequest,
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
    Present {
        plan: PlanId,
        answer: oneshot::Sender<Presences>,
    },
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
            Message::Present { plan, answer } => {
                // A question, and no input: nothing comes of it.
                let _ = answer.send(self.core.present(plan));
                return None;
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
