//! Who is where in a chapter (rule V1 of `docs/protocol.md`): passes, is never stored.
//!
//! Why it is not simply passed on: somebody who moves all the time, or a program that says so in a loop, would fill
//! the queues of all others, and a full queue ends a connection. So presence is a state. Each reader is told what
//! has changed since it was last told, at most once in `PRESENCE_INTERVAL_MS`, and a reader whose queue is filling
//! up hears it later.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use schema::domain::Caller;
use schema::ids::{ChapterId, PlanId, TimestampMs};
use schema::limits::{PRESENCE_BYTES_MAX, PRESENCE_INTERVAL_MS};
use schema::wire::{self, ChannelId, Reason, ServerFrame};

use super::chapter::LiveChapter;
use super::plan_room::PlanRoom;
use super::session::Session;
use super::{Core, Effect, Frame, SessionId};

/// Where somebody is, as the others are told.
#[derive(Debug, Clone)]
pub struct Presence {
    /// Grows with every move, from 1.
    pub version: u64,
    /// The frame that says it.
    pub frame: Frame,
}

/// Somebody who has a chapter open.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Present {
    /// Who.
    pub caller: Caller,
    /// By what they know the program that is there for them; none: they are there themselves.
    pub program: Option<String>,
}

/// Who is where in a plan; chapters that nobody has open are left out.
pub type Presences = BTreeMap<ChapterId, BTreeSet<Present>>;

/// Marks somebody whom a reader has to be told about again.
const UNTOLD: u64 = 0;

impl Core {
    /// Who has which chapter of a plan open at this moment; everybody once, on however many devices.
    #[must_use]
    pub fn present(&self, plan: PlanId) -> Presences {
        let Some(room) = self.plans.get(&plan) else {
            return Presences::new();
        };
        let visitor = |id| self.sessions.get(id).map(|session| &session.visitor);
        let present = |id| {
            let visitor = visitor(id)?;
            Some(Present {
                caller: visitor.caller?,
                program: visitor.program.clone(),
            })
        };
        let chapters = room.chapters.iter().map(|(id, open)| {
            let here: BTreeSet<Present> = open.readers.keys().filter_map(present).collect();
            (*id, here)
        });
        chapters.filter(|(_, here)| !here.is_empty()).collect()
    }

    pub(super) fn said_presence(&mut self, id: SessionId, channel: ChannelId, payload: Vec<u8>) {
        let Some((plan, chapter)) = self.channel_of(id, channel) else {
            return;
        };
        if payload.len() > PRESENCE_BYTES_MAX {
            return self.end(id, &Reason::new("presence-too-long", payload.len()), None);
        }
        let Some(frame) = self
            .sessions
            .get(&id)
            .and_then(|session| frame_of(session, id, channel, payload))
        else {
            return;
        };
        let Some(open) = self
            .plans
            .get_mut(&plan)
            .and_then(|room| room.chapters.get_mut(&chapter))
        else {
            return;
        };
        if let Some(reader) = open.readers.get_mut(&id) {
            let version = reader.presence.as_ref().map_or(1, |known| known.version + 1);
            reader.presence = Some(Presence { version, frame });
            open.presence_waits = true;
            let effects = show_presence(self.now, open);
            self.effects.extend(effects);
        }
    }

    /// A new reader is there, without a place yet.
    pub(super) fn introduce(&mut self, room: &mut PlanRoom, chapter: ChapterId, newcomer: SessionId) {
        let Some(open) = room.chapters.get_mut(&chapter) else {
            return;
        };
        let session = self.sessions.get(&newcomer);
        let frame = session.and_then(|session| frame_of(session, newcomer, open.channel, Vec::new()));
        if let Some(reader) = open.readers.get_mut(&newcomer) {
            reader.presence = frame.map(|frame| Presence { version: 1, frame });
        }
        open.presence_waits = true;
        let effects = show_presence(self.now, open);
        self.effects.extend(effects);
    }

    /// A reader could not be told about somebody: they are told again.
    pub(super) fn missed(&mut self, id: SessionId, channel: ChannelId, peer: SessionId) {
        let Some((plan, chapter)) = self.channels.get(&channel).copied() else {
            return;
        };
        let room = self.plans.get_mut(&plan);
        if let Some(open) = room.and_then(|room| room.chapters.get_mut(&chapter))
            && let Some(reader) = open.readers.get_mut(&id)
        {
            reader.told.insert(peer, UNTOLD);
            open.presence_waits = true;
        }
    }
}

/// Tells every reader of a chapter who came, moved or left since they were last told, if it is time.
pub(super) fn show_presence(now: TimestampMs, open: &mut LiveChapter) -> Vec<Effect> {
    let early = now.0.saturating_sub(open.presence_at.0) < PRESENCE_INTERVAL_MS;
    if early || !open.presence_waits {
        return Vec::new();
    }
    open.presence_waits = false;
    open.presence_at = now;
    let channel = open.channel;
    let here: Vec<(SessionId, Presence)> = open
        .readers
        .iter()
        .filter_map(|(id, reader)| Some((*id, reader.presence.clone()?)))
        .collect();
    let mut effects = Vec::new();
    for (id, reader) in &mut open.readers {
        let mut pass = |peer, frame| {
            effects.push(Effect::Pass {
                session: *id,
                channel,
                peer,
                frame,
            });
        };
        for (peer, presence) in here.iter().filter(|(peer, _)| peer != id) {
            if reader.told.insert(*peer, presence.version) != Some(presence.version) {
                pass(*peer, Arc::clone(&presence.frame));
            }
        }
        let is_here = |peer: &SessionId| here.binary_search_by_key(peer, |(id, _)| *id).is_ok();
        for (peer, _) in reader.told.extract_if(.., |peer, _| !is_here(peer)) {
            let left = wire::encode(&ServerFrame::Left { channel, peer });
            pass(peer, left.into());
        }
    }
    effects
}

fn frame_of(session: &Session, peer: SessionId, channel: ChannelId, payload: Vec<u8>) -> Option<Frame> {
    let visitor = &session.visitor;
    let caller = visitor.caller?;
    let frame = wire::encode(&ServerFrame::Presence {
        channel,
        peer,
        person: caller.person,
        name: visitor.name.clone(),
        party: caller.party,
        party_name: visitor.party_name.clone(),
        payload: payload.into(),
        program: visitor.program.clone(),
    });
    Some(frame.into())
}
