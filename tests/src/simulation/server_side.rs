//! The server in the world: the real core over the real log of segment files, on a disk that can lose power.
//!
//! # Why it exists
//!
//! `server::shell` does with threads and channels what stands here in one thread: it carries the core's effects out
//! and brings their results back. Here every result comes back after a time of chance, so that orders are tried that
//! a quick machine never shows.
//!
//! # What may happen
//!
//! The process is killed between any two steps; the power goes in the midst of an append; a flush fails and the engine
//! is opened again; the clock jumps; a change turns out to be one that the copy cannot take.

use std::collections::VecDeque;
use std::sync::Arc;

use schema::ids::{IncarnationId, PlanId, Position, TimestampMs};
use schema::limits::TEXT_REST_MS;
use schema::log::Salts;
use schema::text::follow::follow;
use schema::text::growth::GrowthLimit;
use schrijftafel_server::core::{Core, CoreLimits, Effect, Input, SignIn, Speaks, Visitor};
use schrijftafel_server::log::segments::treacherous::{Treacherous, Trouble};
use schrijftafel_server::log::segments::{SealBy, meta};
use schrijftafel_server::log::{
    AppendRequest, Direction, EventLog, Health, ReadRequest, SegmentConfig, SegmentLog, Selector,
};
use schrijftafel_server::node::known_from;
use schrijftafel_server::shell::load;
use schrijftafel_server::shell::trace::trace;
use schrijftafel_server::views::plan_view::{Facts, Origin};
use schrijftafel_server::views::{Fold, PlanView};

use super::chance::Chance;
use super::frames;
use super::network::ConnectionId;
use super::programme::PLAN;
use super::proofs::Published;
use super::world::{Happening, Seat, World};

/// How often time passes for the core.
const TICK_MS: u64 = 250;
/// Small files, so that a run fills several.
const SEGMENT_BYTES: u64 = 24 << 10;

/// The server, up or down.
#[derive(Debug)]
pub struct ServerSide {
    /// Counts its starts.
    pub life: u64,
    /// Counts how often it read the plan from its log.
    pub readings: u64,
    pub(super) running: Option<Running>,
    disk: Treacherous,
    /// What its clock says beyond the true time, ms.
    pub clock_offset: i64,
    /// The read model's checkpoint on disk.
    saved_view: Option<Vec<u8>>,
    /// What was published for outsiders.
    pub published: Published,
    /// In some runs chapters go on in fresh generations every few edits.
    limits: CoreLimits,
    /// How many events were known to be durable when the server went down.
    durable: Position,
    incarnation: IncarnationId,
}

/// A process.
#[derive(Debug)]
pub struct Running {
    pub(super) core: Core,
    pub(super) log: SegmentLog,
    pub(super) view: PlanView,
    appends: VecDeque<AppendRequest>,
    is_reopening: bool,
}

/// Chapters that outgrow their generation soon, once in three runs.
fn limits(chance: &mut Chance) -> CoreLimits {
    let growth = match chance.below(3) {
        0 => GrowthLimit {
            factor: 1,
            spare_ops: chance.of(12, 60),
        },
        _ => GrowthLimit::default(),
    };
    CoreLimits {
        growth,
        ..CoreLimits::default()
    }
}

fn config() -> SegmentConfig {
    SegmentConfig {
        segment_bytes: SEGMENT_BYTES,
        sealing: SealBy::Append,
        ..SegmentConfig::default()
    }
}

impl ServerSide {
    /// A server over an empty disk.
    pub(super) fn new(seed: u64) -> Self {
        let disk = Treacherous::new(seed);
        let incarnation = IncarnationId::from_bytes([0x1c; 16]);
        meta::start(&disk, incarnation).expect("an empty disk takes a log");
        Self {
            life: 0,
            readings: 0,
            running: None,
            disk,
            clock_offset: 0,
            saved_view: None,
            published: Published::default(),
            limits: limits(&mut Chance::new(seed)),
            durable: Position(0),
            incarnation,
        }
    }

    /// Whether it answers calls.
    pub fn is_up(&self) -> bool {
        self.running.is_some()
    }

    /// The log, while it runs.
    pub(super) fn log(&self) -> Result<&SegmentLog, String> {
        self.running
            .as_ref()
            .map(|running| &running.log)
            .ok_or_else(|| "the server is down".to_owned())
    }

    /// How many connections it thinks it has.
    pub fn sessions(&self) -> usize {
        self.running
            .as_ref()
            .map_or(0, |running| running.core.session_count())
    }

    /// Whether it runs, writes, and nothing of it is under way.
    pub fn is_settled(&self) -> Result<(), String> {
        let running = self.running.as_ref().ok_or("the server is down")?;
        let is_writing = running.log.health() == Health::Writing && !running.is_reopening;
        match is_writing && running.appends.is_empty() {
            true => Ok(()),
            false => Err("the log does not write".to_owned()),
        }
    }

    /// The view as its checkpoint gives it back, when it is of this log.
    fn view_of(&self, log: &SegmentLog) -> PlanView {
        let facts = self
            .saved_view
            .as_deref()
            .map(|bytes| Facts::decode(bytes).expect("a checkpoint reads back"));
        let Some(facts) = facts else {
            return PlanView::default();
        };
        let is_of_this_log = facts.next.0.checked_sub(1).is_none_or(|last| {
            page(log, last, 1)
                .first()
                .is_some_and(|record| record.chain == *facts.chain)
        });
        assert!(is_of_this_log, "a checkpoint holds events that the log has lost");
        facts.into_view().expect("a checkpoint gives a view")
    }
}

/// Events of the plan from a position on.
pub(super) fn page(log: &dyn EventLog, from: u64, limit: usize) -> Vec<schema::log::Record> {
    let request = ReadRequest {
        plan: PLAN,
        selector: Selector::All,
        from,
        direction: Direction::Forward,
        limit,
    };
    log.read(&request).expect("a log reads back")
}

impl Running {
    /// Folds what the log got since.
    pub(super) fn view_follows(&mut self) {
        for record in page(&self.log, self.view.next_position().0, usize::MAX) {
            self.view.fold(&record);
        }
    }
}

fn salts(chance: &mut Chance) -> Salts {
    Salts {
        envelope: chance.bytes(),
        payload: chance.bytes(),
    }
}

impl World {
    pub(super) fn server_time(&self) -> TimestampMs {
        TimestampMs(self.now.saturating_add_signed(self.server.clock_offset))
    }

    /// The server starts on what its disk holds.
    pub(super) fn server_starts(&mut self) {
        if self.server.is_up() {
            return;
        }
        self.server.disk.restart();
        if !self.is_quiet && self.chance.once_in(10) {
            let step = self.chance.of(1, 6);
            self.server.disk.plan(Some(Trouble::PowerCut(step)));
        }
        let opened = SegmentLog::open_on(Arc::new(self.server.disk.clone()), config());
        if self.server.disk.is_dark() {
            self.tell(|| "the power goes while the server starts".to_owned());
            return self.within(2_000, Happening::ServerStarts);
        }
        self.server.disk.plan(None);
        let log = opened.unwrap_or_else(|error| panic!("a log opens after any loss of power: {error}"));
        let found = log.next_position(PLAN);
        if found < self.server.durable {
            let durable = self.server.durable;
            self.ledger
                .wrong
                .push(format!("{durable} events were durable, {found} came back"));
        }
        self.server.life += 1;
        let life = self.server.life;
        self.tell(|| format!("the server starts with {found} events"));
        let view = self.server.view_of(&log);
        self.server.running = Some(Running {
            core: Core::new(self.server.incarnation).within(self.server.limits),
            log,
            view,
            appends: VecDeque::new(),
            is_reopening: false,
        });
        self.at(self.now, Happening::ServerTicks(life));
    }

    /// The process ends; with the power, what was not flushed goes as chance will have it.
    pub(super) fn server_dies(&mut self, with_power: bool) {
        if self.server.running.take().is_none() {
            return;
        }
        self.tell(|| {
            format!(
                "the server dies{}",
                if with_power { ", the power is gone" } else { "" }
            )
        });
        if with_power && !self.server.disk.is_dark() {
            self.server.disk.cut_power();
        }
        self.server.life += 1;
        self.all_break();
        let wait = self.chance.pick(&[100, 1_000, 8_000]);
        self.within(wait, Happening::ServerStarts);
    }

    pub(super) fn server_ticks(&mut self, life: u64) {
        if self.server.life != life || !self.server.is_up() {
            return;
        }
        self.at(self.now + TICK_MS, Happening::ServerTicks(life));
        let health = self.server.running.as_ref().map(|running| running.log.health());
        if let Some(health) = health {
            self.server_hears(Input::LogHealth(health));
        }
        self.server_hears(Input::Tick);
        if self.chance.once_in(4) {
            self.server_reads_itself();
        }
    }

    /// The read model follows, sometimes to a checkpoint; the tree is published.
    fn server_reads_itself(&mut self) {
        let is_saved = self.chance.once_in(4);
        let Some(running) = &mut self.server.running else {
            return;
        };
        running.view_follows();
        if is_saved {
            let origin = Origin {
                fold: Fold::current(),
                incarnation: self.server.incarnation,
                plan: PLAN,
            };
            self.server.saved_view = Some(running.view.moment().facts(origin).encode());
        }
        if self.chance.once_in(4)
            && let Err(wrong) = self.server.published.follow(&running.log)
        {
            self.ledger.wrong.push(wrong);
        }
    }

    pub(super) fn server_hears_in(&mut self, life: u64, input: Input) {
        if self.server.life == life {
            self.server_hears(input);
        }
    }

    pub(super) fn server_hears(&mut self, input: Input) {
        let now = self.server_time();
        let mut inputs = vec![input];
        while let Some(input) = inputs.pop() {
            let Some(running) = &mut self.server.running else {
                return;
            };
            for effect in running.core.handle(now, input) {
                inputs.extend(self.carry_out(effect));
            }
        }
    }

    /// Carries one effect out; some have an input as their immediate consequence.
    fn carry_out(&mut self, effect: Effect) -> Option<Input> {
        let life = self.server.life;
        match effect {
            Effect::Send { session, frame } => {
                self.ledger.answered(session, &frame);
                self.tell(|| format!("connection {session} <- {}", frames::answered(&frame)));
                self.send_down(session, frame.to_vec());
            }
            Effect::Pass {
                session,
                channel,
                peer,
                frame,
            } => {
                if self.chance.once_in(8) {
                    return Some(Input::Missed {
                        session,
                        channel,
                        peer,
                    });
                }
                self.send_down(session, frame.to_vec());
            }
            Effect::Disconnect { session } => self.server_closes(session),
            Effect::Append { request } => {
                let running = self.server.running.as_mut()?;
                running.appends.push_back(request);
                self.within(4, Happening::ServerFlushes(life));
            }
            Effect::Rest { .. } => {
                self.within(2 * TEXT_REST_MS, Happening::ServerWorks(life, Box::new(effect)));
            }
            Effect::LoadPlan { .. } => {
                self.server.readings += 1;
                let slow = self.slowness();
                self.within(slow, Happening::ServerWorks(life, Box::new(effect)));
            }
            Effect::LoadChapter { .. } | Effect::Follow { .. } | Effect::Trace(_) | Effect::Switch { .. } => {
                let slow = self.slowness();
                self.within(slow, Happening::ServerWorks(life, Box::new(effect)));
            }
            Effect::CommandAnswer { ticket, result } => self.command_answered(ticket, result),
            Effect::CopyAnswer { ticket, result } => self.copy_comes(ticket, result),
            Effect::RecallAnswer { .. } | Effect::Device(_) => {}
        }
        None
    }

    fn slowness(&mut self) -> u64 {
        if self.is_quiet {
            5
        } else {
            self.chance.pick(&[2, 20, 300])
        }
    }

    /// Does slow work with the log as it is now; the result is told later.
    pub(super) fn server_works(&mut self, life: u64, effect: Effect) {
        if self.server.life != life {
            return;
        }
        let now = self.server_time();
        let Some(running) = &self.server.running else {
            return;
        };
        let input = match effect {
            Effect::Rest { plan } => Input::Rested { plan },
            Effect::LoadPlan { plan } => {
                let result = load::load_plan(&running.log, plan, known_from(&running.view)).map(Box::new);
                Input::PlanLoaded { plan, result }
            }
            Effect::LoadChapter { plan, chapter } => {
                let result = load::load_chapter(&running.log, plan, chapter).map(Box::new);
                Input::ChapterLoaded {
                    plan,
                    chapter,
                    result,
                }
            }
            Effect::Follow {
                plan,
                chapter,
                generation,
                copy,
                changes,
            } => {
                let offender =
                    (!self.is_quiet && self.chance.once_in(60)).then(|| self.chance.place(changes.len()));
                let offender =
                    offender.and_then(|at| automerge::Change::from_bytes(changes.get(at)?.to_vec()).ok());
                let result = match offender {
                    Some(change) => Err(load::failure_of(change.hash())),
                    None => follow(&copy, &changes).map(Box::new),
                };
                if let Err(failure) = &result {
                    let offender = failure.offender;
                    self.tell(|| format!("the copy cannot take {offender}"));
                }
                Input::Followed {
                    plan,
                    chapter,
                    generation,
                    result,
                }
            }
            Effect::Switch { plan, chapter, ended } => {
                let fresh = (0..=ended.later.len()).map(|_| self.chance.bytes()).collect();
                let result = load::successor_of(now, &ended, fresh).map(Box::new);
                Input::Switched {
                    plan,
                    chapter,
                    cause: ended.cause,
                    result,
                }
            }
            Effect::Trace(question) => {
                let result = trace(&running.log, &question).map(Box::new);
                Input::Traced { question, result }
            }
            other => unreachable!("{other:?} is not slow"),
        };
        let slow = self.slowness();
        self.within(slow, Happening::ServerHears(life, Box::new(input)));
    }

    /// What the writer's thread does: one group, one flush, then the answers.
    pub(super) fn server_flushes(&mut self, life: u64) {
        if self.server.life != life {
            return;
        }
        let now = self.server_time();
        let trouble = self.disk_trouble();
        let Some(running) = &mut self.server.running else {
            return;
        };
        let group: Vec<AppendRequest> = running.appends.drain(..).collect();
        if group.is_empty() {
            return;
        }
        let plans: Vec<PlanId> = group.iter().map(|request| request.plan).collect();
        if trouble.is_some() {
            self.server.disk.plan(trouble);
        }
        let chance = &mut self.chance;
        let results = running.log.append_group(now, &mut || salts(chance), group);
        if self.server.disk.is_dark() {
            return self.server_dies(true);
        }
        self.server.disk.plan(None);
        let is_stopped = running.log.health() != Health::Writing;
        self.server.durable = running.log.next_position(PLAN).max(self.server.durable);
        if is_stopped && !std::mem::replace(&mut running.is_reopening, true) {
            self.tell(|| "the log stops".to_owned());
            self.within(6_000, Happening::LogReopens(life));
        }
        let answered = self.now + self.chance.below(6);
        for (plan, result) in plans.into_iter().zip(results) {
            self.at(
                answered,
                Happening::ServerHears(life, Box::new(Input::Appended { plan, result })),
            );
        }
    }

    fn disk_trouble(&mut self) -> Option<Trouble> {
        if self.is_quiet || !self.chance.once_in(90) {
            return None;
        }
        Some(match self.chance.below(3) {
            0 => Trouble::PowerCut(self.chance.of(1, 5)),
            1 => Trouble::FailedFlush(self.chance.of(1, 3)),
            _ => Trouble::NoRoom(self.chance.below(2_000)),
        })
    }

    /// The engine is closed and opened on the same files.
    pub(super) fn log_reopens(&mut self, life: u64) {
        if self.server.life != life {
            return;
        }
        let Some(running) = &mut self.server.running else {
            return;
        };
        match SegmentLog::open_on(Arc::new(self.server.disk.clone()), config()) {
            Ok(log) => {
                (running.log, running.is_reopening) = (log, false);
                let found = running.log.next_position(PLAN);
                if found < self.server.durable {
                    self.ledger
                        .wrong
                        .push(format!("the log was opened again with only {found} events"));
                }
                self.tell(|| format!("the log is opened again with {found} events"));
            }
            Err(error) => panic!("a log opens after a failed flush: {error}"),
        }
    }

    pub(super) fn server_connects(&mut self, id: ConnectionId, seat: Seat) {
        let visitor = self.visitor_of(seat.device);
        self.server_hears(Input::Connected { session: id, visitor });
    }

    fn visitor_of(&self, device: usize) -> Visitor {
        let caller = self.devices[device].caller;
        Visitor {
            caller: Some(caller),
            name: "Iemand".to_owned(),
            party_name: "Partij".to_owned(),
            sign_in: Some(SignIn {
                id: [device as u8; 16],
                ends_at: TimestampMs(u64::MAX),
                within: None,
            }),
            program: None,
            speaks: Speaks::Native,
        }
    }

    pub(super) fn frame_arrives(&mut self, id: ConnectionId) {
        let Some(bytes) = self.take_up(id) else { return };
        self.ledger.said(id, &bytes);
        self.tell(|| format!("connection {id} -> {}", frames::said(&bytes)));
        self.server_hears(Input::Received { session: id, bytes });
    }

    pub(super) fn server_disconnects(&mut self, id: ConnectionId) {
        self.server_hears(Input::Disconnected { session: id });
    }
}
