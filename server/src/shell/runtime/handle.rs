//! The handle through which everything else speaks to the core.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use schema::ids::{ChapterId, ErasureId, PlanId};
use schema::limits::LAST_FRAMES_MS_MAX;
use tokio::sync::{mpsc, oneshot, watch};

use super::{CommandResult, CopyResult, CoreSetup, INPUTS_MAX, Message, RecallResult, Runner, TICK};
use crate::core::presence::Presences;
use crate::core::{
    CommandRequest, Core, CoreRefusal, Input, RecallRequest, SignedOut, Visitor, WriteRequest,
};
use crate::log::writer::LogWriter;
use crate::shell::connection::{self, Connection};
use crate::shell::load::{DeviceNotes, KnownPlans};

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
        let request = Box::new(request);
        let answer = self.ask(|answer| Message::Command { request, answer });
        answer.await.unwrap_or_else(|| Err(stopped()))
    }

    /// Writes text for a person; answered when it is durable.
    ///
    /// # Errors
    /// [`CoreRefusal`].
    pub async fn write(&self, request: WriteRequest) -> CommandResult {
        let request = Box::new(request);
        let answer = self.ask(|answer| Message::Write { request, answer });
        answer.await.unwrap_or_else(|| Err(stopped()))
    }

    /// The first answer of a command that was done before; nothing when it was not. For commands that are made of
    /// the plan as it was: after a retry the plan has changed.
    ///
    /// # Errors
    /// [`CoreRefusal`]; the key may have been used for something else.
    pub async fn recall(&self, request: RecallRequest) -> RecallResult {
        let request = Box::new(request);
        let answer = self.ask(|answer| Message::Recall { request, answer });
        answer.await.unwrap_or_else(|| Err(stopped()))
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
        let answer = self.ask(|answer| Message::ReadCopy {
            plan,
            chapter,
            answer,
        });
        answer.await.unwrap_or_else(|| Err(stopped()))
    }

    /// Who has which chapter of a plan open; nobody where the server is stopping.
    pub async fn present(&self, plan: PlanId) -> Presences {
        let answer = self.ask(|answer| Message::Present { plan, answer });
        answer.await.unwrap_or_default()
    }

    /// What the core answers; none where it is gone.
    async fn ask<T>(&self, question: impl FnOnce(oneshot::Sender<T>) -> Message) -> Option<T> {
        let (answer, received) = oneshot::channel();
        let _ = self.inputs.send(question(answer)).await;
        received.await.ok()
    }
}

fn stopped() -> CoreRefusal {
    CoreRefusal::Unavailable("the server is stopping".to_owned())
}
