//! Somebody at a device: an automerge document and a connection of the core, stepped by hand.

use std::collections::BTreeMap;

use automerge::transaction::Transactable;
use automerge::{AutoCommit, Change, ReadDoc};
use schema::domain::Caller;
use schema::ids::{BoundActor, ChapterId, DeviceId, Generation, PageSessionId, Position, Revision};
use schema::text::generation::SameRun;
use schema::text::genesis;
use schema::wire::{ClientFrame, Have, Item, ServerFrame, Start};

use super::world::{ALDER, BREE, World, chapter_id, id16, plan_id};
use super::{Input, SessionId, SignIn, Speaks, Visitor};
use crate::log::EventLog;

/// Somebody at a device.
pub struct Person {
    session: SessionId,
    who: Option<Caller>,
    doc: AutoCommit,
    actor: BoundActor,
    pub channel: u32,
    pub generation: Generation,
    pub erased_before: Option<Generation>,
    pub next: Revision,
    pub read_only: Option<String>,
    pub closed: Option<String>,
    pub goodbye: Option<String>,
    /// When the goodbye said to come back.
    pub retry_after_ms: Option<u32>,
    pub refused: Vec<String>,
    pub acknowledged: usize,
    pub known: usize,
    pub snapshots: usize,
    pub moved: Option<Generation>,
    /// What was told of an ended generation.
    pub missed: Vec<Vec<u8>>,
    pub same: Option<Vec<SameRun>>,
    /// What the device was told to let go of.
    pub to_wipe: Vec<(ChapterId, Generation)>,
    pub peers: BTreeMap<u64, (String, Vec<u8>)>,
    /// How often they were told where somebody is.
    pub told: usize,
    /// The restores that were told, each with the text as it was here by then.
    pub restored: Vec<(Position, String)>,
    pub sign_in: Option<SignIn>,
    pub speaks: Speaks,
    /// Versions of the protocol that the device speaks.
    pub versions: Vec<u16>,
}

impl World {
    /// Alder and Bree have the chapter open, and Bree wrote a change that the copy, which is held back, is to fail on.
    pub fn with_offender() -> (Self, Person, Person, Vec<u8>) {
        let mut world = Self::with_plan();
        let mut alder = world.opened(1, Some(ALDER));
        let mut bree = world.opened(2, Some(BREE));
        alder.type_at(&mut world, 0, "goed ");
        world.settle_copy();
        world.hold_follow = true;
        bree.take(&mut world);
        let offender = bree.type_at(&mut world, 0, "kwaad ");
        (world, alder, bree, offender)
    }
}

impl Person {
    pub fn new(session: SessionId, who: Option<Caller>) -> Self {
        let actor = BoundActor::from_bytes([(session as u8).wrapping_add(1); 16]);
        Self {
            session,
            who,
            doc: genesis::new_doc(actor),
            actor,
            channel: 0,
            generation: Generation(0),
            erased_before: None,
            next: Revision(0),
            read_only: None,
            closed: None,
            goodbye: None,
            retry_after_ms: None,
            refused: Vec::new(),
            acknowledged: 0,
            known: 0,
            snapshots: 0,
            moved: None,
            missed: Vec::new(),
            same: None,
            to_wipe: Vec::new(),
            peers: BTreeMap::new(),
            told: 0,
            restored: Vec::new(),
            sign_in: None,
            speaks: Speaks::Native,
            versions: vec![1],
        }
    }

    /// Connects under a session number, opens the chapter, binds the actor, takes everything.
    pub fn reconnect(&mut self, world: &mut World, session: SessionId) {
        self.session = session;
        self.greet(world);
        self.open(world);
    }

    /// Connects, and says which device this is.
    pub fn greet(&mut self, world: &mut World) {
        let session = self.session;
        let name = if self.who == Some(ALDER) {
            "Alder"
        } else {
            "Iemand"
        };
        let visitor = Visitor {
            caller: self.who,
            name: name.to_owned(),
            party_name: "Partij".to_owned(),
            sign_in: self.sign_in,
            program: None,
            speaks: self.speaks,
        };
        world.inbox.remove(&session);
        world.handle(Input::Connected { session, visitor });
        world.say(
            session,
            &ClientFrame::Hello {
                versions: self.versions.clone(),
                device: DeviceId::from_bytes(id16(session as u8)),
                page: PageSessionId::from_bytes(id16(session as u8)),
            },
        );
    }

    /// Opens the chapter, binds the actor, takes everything.
    pub fn open(&mut self, world: &mut World) {
        let incarnation = world.log.incarnation();
        let have = (self.next > Revision(0)).then_some(Have {
            incarnation,
            generation: self.generation,
            next: self.next,
        });
        world.say(
            self.session,
            &ClientFrame::Open {
                request: 1,
                plan: plan_id(),
                chapter: chapter_id(),
                have,
            },
        );
        self.take(world);
        if self.closed.is_none() && self.speaks == Speaks::Native {
            let (channel, generation) = (self.channel, self.generation);
            world.say(
                self.session,
                &ClientFrame::Bind {
                    channel,
                    generation,
                    actors: vec![self.actor],
                },
            );
            self.take(world);
        }
    }

    pub fn take(&mut self, world: &mut World) {
        for frame in world.inbox.remove(&self.session).unwrap_or_default() {
            self.take_frame(frame);
        }
    }

    fn take_frame(&mut self, frame: ServerFrame) {
        match frame {
            ServerFrame::Opened {
                channel,
                generation,
                read_only,
                start,
                erased_before,
                ..
            } => {
                self.erased_before = erased_before;
                self.channel = channel;
                self.generation = generation;
                self.read_only = read_only.map(|reason| reason.code);
                if let Start::Snapshot { next, document } = start {
                    self.snapshots += 1;
                    self.next = next;
                    let mut doc = AutoCommit::load_with_options(&document, genesis::load_options()).unwrap();
                    self.doc.merge(&mut doc).unwrap();
                }
            }
            ServerFrame::Changes { first, items, .. } => {
                assert_eq!(first, self.next, "rule R1");
                for item in items {
                    self.next = self.next.next();
                    match item {
                        Item::Change { raw, .. } => {
                            let change = Change::from_bytes(Vec::from(raw)).unwrap();
                            let mut parents = change.deps().iter();
                            let is_here = |parent| self.doc.get_change_by_hash(parent).is_some();
                            assert!(parents.all(is_here), "rule R4: parents come before");
                            self.doc.apply_changes([change]).unwrap();
                        }
                        Item::Yours { .. } => self.acknowledged += 1,
                        Item::Void => {}
                    }
                }
            }
            ServerFrame::Known { .. } => self.known += 1,
            ServerFrame::Refused { reason, .. } => self.refused.push(reason.code),
            ServerFrame::Access { read_only, .. } => self.read_only = read_only.map(|reason| reason.code),
            ServerFrame::Presence {
                peer, name, payload, ..
            } => {
                self.told += 1;
                self.peers.insert(peer, (name, payload.into()));
            }
            ServerFrame::Left { peer, .. } => {
                self.peers.remove(&peer);
            }
            ServerFrame::Restored { position, .. } => {
                let text = self.text();
                self.restored.push((position, text));
            }
            ServerFrame::Moved { generation, .. } => self.moved = Some(generation),
            ServerFrame::Closed { reason, .. } => self.closed = Some(reason.code),
            ServerFrame::Bye {
                reason,
                retry_after_ms,
            } => {
                self.goodbye = Some(reason.code);
                self.retry_after_ms = retry_after_ms;
            }
            ServerFrame::Traced { changes, end, .. } => {
                self.missed.extend(changes.into_iter().map(Vec::from));
                self.same = end.and_then(|end| end.same);
            }
            ServerFrame::Wipe { chapters, .. } => self.to_wipe.extend(chapters),
            ServerFrame::Welcome { .. } | ServerFrame::Bound { .. } | ServerFrame::Pong { .. } => {}
        }
    }

    /// Goes to the generation that the chapter moved to, under another actor; what was not sent stays behind.
    pub fn go_on(&mut self, world: &mut World, actor: BoundActor) {
        self.take(world);
        if self.moved.take().is_some() {
            // What was pushed behind the last change was answered as to a channel that is no longer open.
            self.closed = None;
            self.doc = genesis::new_doc(actor);
            self.actor = actor;
            let session = self.session;
            self.reconnect(world, session);
        }
    }

    pub fn text(&self) -> String {
        self.doc.text(genesis::text_id()).unwrap().replace('\u{fffc}', "")
    }

    /// Types one change at the beginning, which is not pushed; returns its bytes.
    pub fn type_unsent(&mut self, text: &str) -> Vec<u8> {
        self.doc.splice_text(genesis::text_id(), 0, 0, text).unwrap();
        self.doc.get_last_local_change().unwrap().raw_bytes().to_vec()
    }

    /// Types one change and pushes it; returns its bytes.
    pub fn type_at(&mut self, world: &mut World, at: usize, text: &str) -> Vec<u8> {
        self.doc.splice_text(genesis::text_id(), at, 0, text).unwrap();
        let raw = self.doc.get_last_local_change().unwrap().raw_bytes().to_vec();
        self.push(world, raw.clone());
        raw
    }

    /// Asks what became of an ended generation (rule N4).
    pub fn trace(&mut self, world: &mut World, generation: u32, (next, to): (u64, u64)) {
        let trace = ClientFrame::Trace {
            channel: self.channel,
            generation: Generation(generation),
            next: Revision(next),
            to: Revision(to),
        };
        world.say(self.session, &trace);
        self.take(world);
    }

    /// Deletes so many units and pushes that.
    pub fn delete_at(&mut self, world: &mut World, at: usize, len: isize) {
        self.doc.splice_text(genesis::text_id(), at, len, "").unwrap();
        let raw = self.doc.get_last_local_change().unwrap().raw_bytes().to_vec();
        self.push(world, raw);
    }

    /// A change in this person's document under another's actor.
    pub fn forge(&self, victim: &Self, text: &str) -> Vec<u8> {
        let mut doc = self.doc.clone().with_actor(genesis::actor_id(victim.actor));
        doc.splice_text(genesis::text_id(), 0, 0, text).unwrap();
        doc.get_last_local_change().unwrap().raw_bytes().to_vec()
    }

    /// Takes over what another person's document holds, as programs do among themselves, and pushes it as it is.
    pub fn bring(&mut self, world: &mut World, raw: &[u8]) {
        let change = Change::from_bytes(raw.to_vec()).unwrap();
        self.doc.apply_changes([change]).unwrap();
        self.push(world, raw.to_vec());
    }

    /// The change with which the current generation starts, and its actor.
    pub fn seed(&mut self) -> (Vec<u8>, BoundActor) {
        let changes = self.doc.get_changes(&[]);
        let seed = changes
            .iter()
            .find(|change| change.actor_id() != &genesis::actor_id(BoundActor::from_bytes([0; 16])))
            .expect("a generation after a quarantine starts from a text");
        let actor = <[u8; 16]>::try_from(seed.actor_id().to_bytes()).unwrap();
        (seed.raw_bytes().to_vec(), BoundActor::from_bytes(actor))
    }

    /// Says of which chapters the device stores text.
    pub fn holds(&mut self, world: &mut World, chapters: Vec<ChapterId>) {
        let plan = plan_id();
        world.say(self.session, &ClientFrame::Held { plan, chapters });
        self.take(world);
    }

    /// Says that the device let go of the chapter before a generation.
    pub fn wiped(&mut self, world: &mut World, before: Generation) {
        let (plan, chapter) = (plan_id(), chapter_id());
        let wiped = ClientFrame::Wiped {
            plan,
            chapter,
            before,
        };
        world.say(self.session, &wiped);
    }

    /// Closes the chapter, which stays on the device.
    pub fn close(&mut self, world: &mut World) {
        let channel = self.channel;
        world.say(self.session, &ClientFrame::Close { channel });
    }

    /// Writes under another actor from now on.
    pub fn write_under(&mut self, actor: BoundActor) {
        self.actor = actor;
        self.doc.set_actor(genesis::actor_id(actor));
    }

    /// Asks for one more actor.
    pub fn bind(&mut self, world: &mut World, actor: BoundActor) {
        let (channel, generation) = (self.channel, self.generation);
        let actors = vec![actor];
        let bind = ClientFrame::Bind {
            channel,
            generation,
            actors,
        };
        world.say(self.session, &bind);
    }

    pub fn push(&mut self, world: &mut World, raw: Vec<u8>) {
        let (channel, generation) = (self.channel, self.generation);
        world.say(
            self.session,
            &ClientFrame::Push {
                channel,
                generation,
                changes: vec![raw.into()],
            },
        );
    }
}
