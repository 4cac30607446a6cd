//! A core over a log in memory, without sockets, threads or time of its own: frames wait until somebody lets them through.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use schema::domain::{Caller, Command};
use schema::ids::{
    ActorRef, ChapterId, CommandId, DeviceId, IncarnationId, PageSessionId, PartyId, PersonId, PlanId,
    TeamId, TimestampMs,
};
use schema::log::event::ContentDigest;
use schema::log::{Salts, Via};
use schema::text::follow::follow;
use schema::text::growth::GrowthLimit;
use schema::wire::{ServerFrame, decode_server};
use schrijftafel_server::core::plan_room::LoadedPlan;
use schrijftafel_server::core::{
    CommandRequest, Core, CoreLimits, Effect, Input, Origin, SessionId, Speaks, Visitor,
};
use schrijftafel_server::log::{EventLog, MemoryLog};
use schrijftafel_server::shell::{load, trace::trace};
use serde_json::{Value, json};

pub const PLAN: PlanId = PlanId::from_bytes(id(200));
pub const CHAPTER: ChapterId = ChapterId::from_bytes(id(201));
const PROGRAMME: Caller = person(99);

pub const fn id(n: u8) -> [u8; 16] {
    let mut id = [0xaa; 16];
    id[15] = n;
    id
}

/// The writer with this number.
pub const fn person(n: u8) -> Caller {
    Caller {
        person: PersonId::from_bytes(id(n)),
        party: PartyId::from_bytes(id(150)),
    }
}

/// See the module's text.
pub struct Server {
    core: Core,
    pub log: Arc<MemoryLog>,
    pub now: u64,
    /// Fresh generations are made only when somebody lets them.
    pub hold_switches: bool,
    switches: VecDeque<Effect>,
    /// Frames on their way to connections; one without an entry is gone.
    pub sockets: BTreeMap<SessionId, VecDeque<Vec<u8>>>,
    drawn: u64,
    commands: u8,
}

impl Server {
    /// A plan with one chapter and `writers` in its team.
    pub fn new(spare_ops: u64, writers: u8) -> Self {
        let log = Arc::new(MemoryLog::new(IncarnationId::from_bytes(id(250))));
        let limits = CoreLimits {
            growth: GrowthLimit { factor: 2, spare_ops },
            ..CoreLimits::default()
        };
        let mut server = Self {
            core: Core::new(log.incarnation()).within(limits),
            log,
            now: 1_700_000_000_000,
            hold_switches: false,
            switches: VecDeque::new(),
            sockets: BTreeMap::new(),
            drawn: 0,
            commands: 0,
        };
        let team = TeamId::from_bytes(id(110)).to_string();
        server.command(json!({ "plan": { "type": "create", "title": "Regioplan",
            "party": { "name": "Programma", "sector": "programma" } } }));
        server.command(json!({ "plan": { "type": "formTeam", "id": team, "name": "Team" } }));
        for writer in 0..writers {
            let Caller { person, party } = self::person(writer);
            server.command(
                json!({ "rights": { "type": "grant", "person": person, "party": party,
                "role": { "role": "schrijfteam", "team": team, "asRole": "writer" } } }),
            );
        }
        server.command(
            json!({ "chapter": [CHAPTER, { "type": "create", "title": "Hoofdstuk", "team": team }] }),
        );
        server
    }

    fn command(&mut self, command: Value) {
        self.commands += 1;
        let content = ContentDigest::of(&[command.to_string().as_bytes()]);
        let origin = Origin {
            device: DeviceId::from_bytes(id(1)),
            page: PageSessionId::from_bytes(id(1)),
            via: Via::Browser,
        };
        let command: Command = serde_json::from_value(command).unwrap();
        let request = CommandRequest {
            caller: PROGRAMME,
            origin,
            plan: PLAN,
            id: CommandId::from_bytes(id(self.commands)),
            content,
            command,
            expected: None,
        };
        let request = Box::new(request);
        self.handle(Input::Command { ticket: 1, request });
    }

    pub fn connect(&mut self, session: SessionId, caller: Caller) {
        self.sockets.insert(session, VecDeque::new());
        let visitor = Visitor {
            caller: Some(caller),
            name: "Iemand".to_owned(),
            party_name: "Partij".to_owned(),
            sign_in: None,
            program: None,
            speaks: Speaks::Native,
        };
        self.handle(Input::Connected { session, visitor });
    }

    pub fn cut(&mut self, session: SessionId) {
        self.sockets.remove(&session);
        self.handle(Input::Disconnected { session });
    }

    pub fn receive(&mut self, session: SessionId, bytes: Vec<u8>) {
        self.handle(Input::Received { session, bytes });
    }

    /// Time passes; less than a connection may be silent.
    pub fn pass(&mut self, ms: u64) {
        self.now += ms;
        self.handle(Input::Tick);
    }

    /// Lets the oldest fresh generation be made.
    pub fn make_switch(&mut self) -> bool {
        let Some(Effect::Switch { plan, chapter, ended }) = self.switches.pop_front() else {
            return false;
        };
        let draw = |_| {
            self.drawn += 1;
            let mut id = [0xdd; 16];
            id[..8].copy_from_slice(&self.drawn.to_be_bytes());
            id
        };
        let fresh = (0..=ended.later.len()).map(draw).collect();
        let result = load::successor_of(TimestampMs(self.now), &ended, fresh).map(Box::new);
        let cause = ended.cause;
        self.handle(Input::Switched {
            plan,
            chapter,
            cause,
            result,
        });
        true
    }

    fn handle(&mut self, input: Input) {
        let mut inputs = VecDeque::from([input]);
        while let Some(input) = inputs.pop_front() {
            for effect in self.core.handle(TimestampMs(self.now), input) {
                inputs.extend(self.carry_out(effect));
            }
        }
        if !self.hold_switches {
            while self.make_switch() {}
        }
    }

    fn carry_out(&mut self, effect: Effect) -> Option<Input> {
        let log = Arc::clone(&self.log);
        match effect {
            Effect::Send { session, frame } | Effect::Pass { session, frame, .. } => {
                if let Ok(ServerFrame::Bye { reason, .. }) = decode_server(&frame) {
                    assert_eq!(reason.code, "silent", "connection {session}: {reason:?}");
                }
                if let Some(socket) = self.sockets.get_mut(&session) {
                    socket.push_back(frame.to_vec());
                }
                None
            }
            // Nothing is erased here, so nobody asks which devices store what.
            Effect::Device(_) => None,
            Effect::Append { request } => {
                let plan = request.plan;
                let mut salts = || Salts {
                    envelope: [1; 32],
                    payload: [2; 32],
                };
                let result = log
                    .append_group(TimestampMs(self.now), &mut salts, vec![request])
                    .remove(0);
                assert!(result.is_ok(), "{result:?}");
                Some(Input::Appended { plan, result })
            }
            Effect::Rest { plan } => Some(Input::Rested { plan }),
            Effect::Switch { .. } => {
                self.switches.push_back(effect);
                None
            }
            Effect::CommandAnswer { result, .. } => {
                assert!(result.is_ok(), "{result:?}");
                None
            }
            Effect::Disconnect { session } => {
                self.sockets.remove(&session);
                None
            }
            Effect::RecallAnswer { .. } | Effect::CopyAnswer { .. } => None,
            slow => Some(done(log.as_ref(), slow)),
        }
    }

    /// The person under whom an event stands.
    pub fn author(&self, who: ActorRef) -> Option<PersonId> {
        let request = schrijftafel_server::log::ReadRequest {
            plan: PLAN,
            selector: schrijftafel_server::log::Selector::All,
            from: who.0.0,
            direction: schrijftafel_server::log::Direction::Forward,
            limit: 1,
        };
        let record = self.log.read(&request).unwrap().remove(0);
        let bound = schema::domain::actor::ActorBound::read(record.payload.bytes()?).ok()?;
        bound.caller().map(|caller| caller.person)
    }
}

/// What comes of the core's slow work.
fn done(log: &dyn EventLog, effect: Effect) -> Input {
    match effect {
        Effect::LoadPlan { plan } => Input::PlanLoaded {
            plan,
            result: load::load_plan(log, plan, LoadedPlan::default()).map(Box::new),
        },
        Effect::LoadChapter { plan, chapter } => Input::ChapterLoaded {
            plan,
            chapter,
            result: load::load_chapter(log, plan, chapter).map(Box::new),
        },
        Effect::Follow {
            plan,
            chapter,
            generation,
            copy,
            changes,
        } => Input::Followed {
            plan,
            chapter,
            generation,
            result: follow(&copy, &changes).map(Box::new),
        },
        Effect::Trace(question) => {
            let traced = trace(log, &question);
            assert!(traced.is_ok(), "{traced:?}");
            Input::Traced {
                question,
                result: traced.map(Box::new),
            }
        }
        other => panic!("not slow: {other:?}"),
    }
}
