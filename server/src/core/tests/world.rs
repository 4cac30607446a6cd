//! A core, a log in memory and people with automerge documents, stepped by hand.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use automerge::Change;
use schema::domain::actor::{ACTOR_BOUND, ActorBound, TextBinding};
use schema::domain::{Caller, Command};
use schema::ids::{
    ActorRef, ChapterId, CommandId, DeviceId, EventId, IncarnationId, PageSessionId, PartyId, PersonId,
    PlanId, Position, Revision,
};
use schema::log::{Kind, NewEvent, Salts, Stream, Who};
use schema::text::growth::GrowthLimit;
use serde_json::{Value, json};

use super::person::Person;
use super::slow::done;
use super::*;
use crate::log::{
    AppendError, AppendRequest, Appended, Direction, EventLog, Health, MemoryLog, ReadRequest, Selector,
};
use crate::shell::load;

pub const fn id16(n: u8) -> [u8; 16] {
    let mut id = [0xaa; 16];
    id[15] = n;
    id
}

const fn caller(person: u8, party: u8) -> Caller {
    Caller {
        person: PersonId::from_bytes(id16(person)),
        party: PartyId::from_bytes(id16(party)),
    }
}

/// The programme team's member, who makes the plan.
pub const PROGRAMME: Caller = caller(1, 101);
/// Writes in the chapter's team, for one party.
pub const ALDER: Caller = caller(2, 102);
/// Writes in the same team, for another party.
pub const BREE: Caller = caller(3, 103);
/// Sits in the coalition.
pub const COALITIE: Caller = caller(4, 104);
/// Writes in another team.
pub const OUTSIDER: Caller = caller(5, 102);

pub fn plan_id() -> PlanId {
    PlanId::from_bytes(id16(200))
}

pub fn chapter_id() -> ChapterId {
    ChapterId::from_bytes(id16(201))
}

pub struct World {
    pub(super) core: Core,
    pub(super) log: MemoryLog,
    pub now: u64,
    pub hold_appends: bool,
    pub hold_rest: bool,
    pub hold_follow: bool,
    pub hold_switch: bool,
    /// Chapters and ended generations are not read yet.
    pub hold_reading: bool,
    pub limits: CoreLimits,
    /// The log stops at every append.
    pub fail_appends: bool,
    /// What it was given when it stopped is in it all the same, as after a failed flush.
    pub keep_failed: bool,
    pub appends: usize,
    /// Connections that take nothing that passes.
    pub full_queues: BTreeSet<SessionId>,
    held: VecDeque<Effect>,
    pub(super) inbox: BTreeMap<SessionId, VecDeque<ServerFrame>>,
    pub answers: BTreeMap<Ticket, Result<CommandAnswer, CoreRefusal>>,
    pub copies: BTreeMap<Ticket, Result<(), CoreRefusal>>,
    /// What became known of devices.
    pub news: Vec<DeviceNews>,
    next_ticket: Ticket,
}

impl World {
    pub fn with_plan() -> Self {
        let log = MemoryLog::new(IncarnationId::from_bytes(id16(250)));
        let mut world = Self {
            core: Core::new(log.incarnation()),
            log,
            now: 1_700_000_000_000,
            hold_appends: false,
            hold_rest: false,
            hold_follow: false,
            hold_switch: false,
            hold_reading: false,
            limits: CoreLimits::default(),
            fail_appends: false,
            keep_failed: false,
            appends: 0,
            full_queues: BTreeSet::new(),
            held: VecDeque::new(),
            inbox: BTreeMap::new(),
            answers: BTreeMap::new(),
            copies: BTreeMap::new(),
            news: Vec::new(),
            next_ticket: 0,
        };
        world.found();
        world
    }

    fn found(&mut self) {
        let party = |n: u8| PartyId::from_bytes(id16(n)).to_string();
        let team = |n: u8| schema::ids::TeamId::from_bytes(id16(n)).to_string();
        let mut n = 0;
        let mut ask = |world: &mut Self, command: Value| {
            n += 1;
            let id = CommandId::from_bytes(id16(n));
            world
                .command_as(PROGRAMME, id, command.clone(), None)
                .unwrap_or_else(|error| panic!("{command}: {error}"));
        };
        ask(
            self,
            json!({ "plan": { "type": "create", "title": "Regioplan", "party": { "name": "Programma", "sector": "programma" } } }),
        );
        for (n, name) in [
            (102, "Gemeente Alder"),
            (103, "Ziekenhuis Bree"),
            (104, "Zorgverzekeraar"),
        ] {
            ask(
                self,
                json!({ "plan": { "type": "addParty", "id": party(n), "party": { "name": name, "sector": "zorg" } } }),
            );
        }
        for n in [110, 111] {
            ask(
                self,
                json!({ "plan": { "type": "formTeam", "id": team(n), "name": format!("Team {n}") } }),
            );
        }
        let writer = |n: u8| json!({ "role": "schrijfteam", "team": team(n), "asRole": "writer" });
        for (who, role) in [(ALDER, writer(110)), (BREE, writer(110)), (OUTSIDER, writer(111))] {
            ask(
                self,
                json!({ "rights": { "type": "grant", "person": who.person, "party": who.party, "role": role } }),
            );
        }
        ask(
            self,
            json!({ "rights": { "type": "grant", "person": COALITIE.person, "party": COALITIE.party,
            "role": { "role": "coalitie" }, "mandate": { "source": "Bestuur", "from": "2026-01-01" } } }),
        );
        ask(
            self,
            json!({ "chapter": [chapter_id(), { "type": "create", "title": "Hoofdstuk 1", "team": team(110) }] }),
        );
    }

    /// Chapters may hold so many operations more than their text needs.
    pub fn growing_to(mut self, spare_ops: u64) -> Self {
        self.limits.growth = GrowthLimit { factor: 2, spare_ops };
        self.restart();
        self
    }

    /// The same log, another process.
    pub fn restart(&mut self) {
        self.core = Core::new(self.log.incarnation()).within(self.limits);
        self.inbox.clear();
        self.held.clear();
    }

    pub fn handle(&mut self, input: Input) {
        let mut inputs = VecDeque::from([input]);
        while let Some(input) = inputs.pop_front() {
            for effect in self.core.handle(TimestampMs(self.now), input) {
                inputs.extend(self.carry_out(effect));
            }
        }
    }

    fn is_held_back(&self, effect: &Effect) -> bool {
        match effect {
            Effect::Append { .. } => self.hold_appends,
            Effect::Rest { .. } => self.hold_rest,
            Effect::Follow { .. } => self.hold_follow,
            Effect::LoadChapter { .. } | Effect::Trace(_) => self.hold_reading,
            Effect::Switch { .. } => self.hold_switch,
            _ => false,
        }
    }

    fn carry_out(&mut self, effect: Effect) -> Option<Input> {
        if self.is_held_back(&effect) {
            self.held.push_back(effect);
            return None;
        }
        match effect {
            Effect::Send { session, frame } => {
                let frame = schema::wire::decode_server(&frame).unwrap();
                self.inbox.entry(session).or_default().push_back(frame);
                None
            }
            Effect::Pass {
                session,
                channel,
                peer,
                ..
            } if self.full_queues.contains(&session) => Some(Input::Missed {
                session,
                channel,
                peer,
            }),
            Effect::Pass { session, frame, .. } => self.carry_out(Effect::Send { session, frame }),
            Effect::Append { request } => Some(self.append(request)),
            Effect::Rest { plan } => Some(Input::Rested { plan }),
            Effect::Switch { plan, chapter, ended } => Some(self.switch(plan, chapter, &ended)),
            Effect::CommandAnswer { ticket, result } => {
                self.answers.insert(ticket, result);
                None
            }
            Effect::CopyAnswer { ticket, result } => {
                self.copies.insert(ticket, result.map(|_| ()));
                None
            }
            Effect::Device(news) => {
                self.news.push(news);
                None
            }
            Effect::RecallAnswer { .. } | Effect::Disconnect { .. } => None,
            slow => Some(done(&self.log, slow)),
        }
    }

    fn switch(&self, plan: PlanId, chapter: ChapterId, ended: &chapter::Ended) -> Input {
        // Nobody has them, also not in an earlier generation.
        let drawn = |n| {
            let mut id = id16(220 + n as u8);
            id[..8].copy_from_slice(&self.log_length().to_be_bytes());
            id
        };
        let fresh = (0..=ended.later.len()).map(drawn).collect();
        let result = load::successor_of(TimestampMs(self.now), ended, fresh).map(Box::new);
        Input::Switched {
            plan,
            chapter,
            cause: ended.cause,
            result,
        }
    }

    fn append(&mut self, request: AppendRequest) -> Input {
        self.appends += 1;
        let plan = request.plan;
        if self.fail_appends && !self.keep_failed {
            return Input::Appended {
                plan,
                result: Err(stopped()),
            };
        }
        let result = self.place(request).and_then(|appended| {
            if self.fail_appends {
                Err(stopped())
            } else {
                Ok(appended)
            }
        });
        Input::Appended { plan, result }
    }

    /// An event that a newer program would have appended, behind the core's back.
    pub fn append_unknown(&mut self, number: u8, stream: Stream, kind: &str, version: u16) {
        let event = NewEvent {
            id: EventId::from_bytes([number; 16]),
            stream,
            kind: Kind {
                name: kind.to_owned().into(),
                version,
            },
            who: Who::Actor(ActorRef(Position(0))),
            via: Via::Server,
            causation: None,
            correlation: None,
            payload: br#"{"unheardOf":true}"#.as_slice().into(),
        };
        self.append_behind(event);
    }

    /// An event that stands in the log behind the core's back.
    pub fn append_behind(&mut self, event: NewEvent) {
        let request = AppendRequest {
            plan: plan_id(),
            events: vec![event],
            guards: Vec::new(),
        };
        self.place(request).unwrap();
    }

    fn place(&self, request: AppendRequest) -> Result<Appended, AppendError> {
        let mut salts = || Salts {
            envelope: [1; 32],
            payload: [2; 32],
        };
        let now = TimestampMs(self.now);
        self.log.append_group(now, &mut salts, vec![request]).remove(0)
    }

    /// The log stops, and the core is told, as the shell does before every tick.
    pub fn stop_log(&mut self) {
        self.fail_appends = true;
        self.handle(Input::LogHealth(Health::Stopped {
            reason: "disk full".into(),
        }));
    }

    /// The log writes again, and the core is told.
    pub fn resume_log(&mut self) {
        self.fail_appends = false;
        self.handle(Input::LogHealth(Health::Writing));
    }

    /// Asks for the server's copy; that it came stands in `copies`.
    pub fn ask_for_copy(&mut self) -> Ticket {
        self.next_ticket += 1;
        let ticket = self.next_ticket;
        self.handle(Input::ReadCopy {
            ticket,
            plan: plan_id(),
            chapter: chapter_id(),
        });
        ticket
    }

    /// Carries out the oldest of what was held back; whether there was any.
    pub fn release_one(&mut self) -> bool {
        let hold_switch = std::mem::take(&mut self.hold_switch);
        let hold_reading = std::mem::take(&mut self.hold_reading);
        let effect = self.held.pop_front();
        let released = effect.is_some();
        let input = effect.and_then(|effect| self.carry_out(effect));
        (self.hold_switch, self.hold_reading) = (hold_switch, hold_reading);
        input.into_iter().for_each(|input| self.handle(input));
        released
    }

    /// No fresh generation can be made for the one that is held back.
    pub fn fail_switch(&mut self) {
        let Some(Effect::Switch { plan, chapter, ended }) = self.held.pop_front() else {
            panic!("a fresh generation was to be made");
        };
        let result = Err("no room".to_owned());
        let cause = ended.cause;
        self.handle(Input::Switched {
            plan,
            chapter,
            cause,
            result,
        });
    }

    /// Carries out what was held back.
    pub fn release(&mut self) {
        (self.hold_appends, self.hold_rest) = (false, false);
        (self.hold_switch, self.hold_reading) = (false, false);
        while let Some(effect) = self.held.pop_front() {
            if let Some(input) = self.carry_out(effect) {
                self.handle(input);
            }
        }
    }

    /// How many effects are held back.
    pub fn held(&self) -> usize {
        self.held.len()
    }

    /// Time passes.
    pub fn pass(&mut self, ms: u64) {
        self.now += ms;
        self.handle(Input::Tick);
    }

    /// Lets the copy reach the head.
    pub fn settle_copy(&mut self) {
        self.now += 2_000;
        self.handle(Input::Tick);
    }

    /// The copy cannot take this change.
    pub fn fail_follow(&mut self, offender: &[u8]) {
        self.now += 2_000;
        self.handle(Input::Tick);
        self.hold_follow = false;
        self.fail_held_follow(offender);
    }

    /// The same, when the copy is on its way already.
    pub fn fail_held_follow(&mut self, offender: &[u8]) {
        let is_follow = |effect: &Effect| matches!(effect, Effect::Follow { .. });
        let at = self.held.iter().position(is_follow);
        let Some(Effect::Follow {
            plan,
            chapter,
            generation,
            ..
        }) = at.and_then(|at| self.held.remove(at))
        else {
            panic!("the copy was to follow");
        };
        let offender = Change::from_bytes(offender.to_vec()).unwrap().hash();
        let result = Err(load::failure_of(offender));
        self.handle(Input::Followed {
            plan,
            chapter,
            generation,
            result,
        });
    }

    pub fn say(&mut self, session: SessionId, frame: &ClientFrame) {
        self.handle(Input::Received {
            session,
            bytes: schema::wire::encode(frame),
        });
    }

    pub fn command_as(
        &mut self,
        caller: Caller,
        id: CommandId,
        command: Value,
        expected: Option<Revision>,
    ) -> Result<CommandAnswer, CoreRefusal> {
        let ticket = self.ask_as(caller, id, command, expected);
        self.answers.remove(&ticket).expect("every command is answered")
    }

    /// Asks a command; the answer may come later.
    pub fn ask_as(
        &mut self,
        caller: Caller,
        id: CommandId,
        command: Value,
        expected: Option<Revision>,
    ) -> Ticket {
        let content = ContentDigest::of(&[command.to_string().as_bytes()]);
        let command: Command = serde_json::from_value(command).unwrap();
        let origin = Origin {
            device: DeviceId::from_bytes(id16(1)),
            page: PageSessionId::from_bytes(id16(1)),
            via: Via::Browser,
        };
        self.next_ticket += 1;
        let ticket = self.next_ticket;
        let expected = expected.map(Expected::At);
        let request = CommandRequest {
            caller,
            origin,
            plan: plan_id(),
            id,
            content,
            command,
            expected,
        };
        self.handle(Input::Command {
            ticket,
            request: Box::new(request),
        });
        ticket
    }

    /// Puts a binding into the log past the core, and reads the log anew.
    pub fn force_binding(&mut self, who: Caller, actor: BoundActor, generation: Generation) {
        let bound = ActorBound {
            text: Some(TextBinding {
                chapter: chapter_id(),
                generation,
                actor,
            }),
            ..ActorBound::person(&self.core.plans[&plan_id()].state, &who)
        };
        let event = NewEvent {
            id: EventId::from_bytes(id16(99)),
            stream: Stream::Actors,
            kind: ACTOR_BOUND,
            who: Who::Itself,
            via: Via::Browser,
            causation: None,
            correlation: None,
            payload: bound.payload().into(),
        };
        let request = AppendRequest {
            plan: plan_id(),
            events: vec![event],
            guards: Vec::new(),
        };
        self.append(request);
        self.restart();
    }

    pub fn grant_coalitie(&mut self, who: Caller) {
        let command = json!({ "rights": { "type": "grant", "person": who.person, "party": who.party,
            "role": { "role": "coalitie" }, "mandate": { "source": "Bestuur", "from": "2026-01-01" } } });
        self.command_as(PROGRAMME, CommandId::from_bytes(id16(91)), command, None)
            .unwrap();
    }

    /// `open` or `fromOffer`.
    pub fn set_history(&mut self, openness: &str) {
        let n = self.next_ticket as u8;
        let command = json!({ "plan": { "type": "setHistory", "openness": openness } });
        self.command_as(PROGRAMME, CommandId::from_bytes(id16(120 + n)), command, None)
            .unwrap();
    }

    pub fn withdraw_writer(&mut self, who: Caller) {
        let ticket = self.ask_to_withdraw_writer(who);
        self.answers.remove(&ticket).unwrap().unwrap();
    }

    pub fn ask_to_withdraw_writer(&mut self, who: Caller) -> Ticket {
        let team = schema::ids::TeamId::from_bytes(id16(110));
        let command = json!({ "rights": { "type": "withdraw", "person": who.person, "party": who.party,
            "role": { "role": "schrijfteam", "team": team, "asRole": "writer" }, "reason": "ander werk" } });
        self.ask_as(PROGRAMME, CommandId::from_bytes(id16(90)), command, None)
    }

    pub fn plan_revision(&self) -> Revision {
        self.log.last_revision(plan_id(), &Stream::Plan).unwrap().unwrap()
    }

    pub fn log_length(&self) -> u64 {
        self.log.next_position(plan_id()).0
    }

    pub fn kinds(&self) -> Vec<String> {
        let request = ReadRequest {
            plan: plan_id(),
            selector: Selector::All,
            from: 0,
            direction: Direction::Forward,
            limit: 4_096,
        };
        self.log
            .read(&request)
            .unwrap()
            .iter()
            .map(|record| record.envelope.kind.to_string())
            .collect()
    }

    /// Somebody with the chapter open and an actor bound, if they may have one.
    pub fn opened(&mut self, session: SessionId, who: Option<Caller>) -> Person {
        let mut person = Person::new(session, who);
        person.reconnect(self, session);
        person
    }
}

fn stopped() -> AppendError {
    AppendError::Stopped {
        reason: "disk full".into(),
    }
}
