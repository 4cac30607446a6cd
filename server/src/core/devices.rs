//! Devices that store the text of chapters (rule N5 of `docs/protocol.md`): what they say, and what they are told once
//! some of it is erased.
//!
//! # Why it exists
//!
//! What two people had erased is still on every device that had the chapter open. So a device says what it stores, is
//! told what of it is erased, and says when it let go of that. The core remembers none of it: [`DeviceNews`] goes to
//! whoever keeps it, outside the log, because it is personal data and proves nothing.
//!
//! # Invariants
//!
//! - Only who is known in the plan is heard. They need no right any more: whoever left still has a device.
//! - A device that never says what it stores is told nothing by itself: an older page would not understand.

use std::collections::BTreeSet;

use schema::domain::{Caller, Event, erasure};
use schema::ids::{ChapterId, DeviceId, Generation, PlanId, TimestampMs};
use schema::limits::{CHAPTERS_PER_PLAN_MAX, DEVICE_SEEN_TOLD_MS, HELD_PER_CONNECTION_MAX};
use schema::wire::{Have, ServerFrame};

use super::plan_room::{PlanRoom, Work};
use super::session::{Phase, Session};
use super::{Core, Effect, SessionId};

/// Something that is now known of a device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceNews {
    /// Which.
    pub device: DeviceId,
    /// Who uses it, for which party.
    pub who: Caller,
    /// The plan it is about.
    pub plan: PlanId,
    /// When.
    pub at: TimestampMs,
    /// What.
    pub what: DeviceFact,
}

/// What is known of a device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeviceFact {
    /// It stores text of these chapters, of which generation it does not say.
    Holds(Vec<ChapterId>),
    /// It was sent a chapter, and stores this generation of it or later ones.
    Opened(ChapterId, Generation),
    /// It stores nothing any more of the generations before one.
    Wiped(ChapterId, Generation),
    /// It is there.
    Seen,
}

/// What a device says of the text it stores.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeviceWord {
    /// Of these chapters.
    Held(Vec<ChapterId>),
    /// Nothing of a chapter before this generation.
    Wiped(ChapterId, Generation),
}

impl Core {
    /// A device speaks of what it stores; of nobody, nothing is looked up (rule C3).
    pub(super) fn said_of_device(&mut self, session: SessionId, plan: PlanId, word: DeviceWord) {
        if self.signed_in(session).is_some() {
            self.queue(plan, Work::Device { session, word });
        }
    }

    /// Notes what a device said, and answers what of it is erased.
    pub(super) fn device_said(&mut self, plan: PlanId, room: &PlanRoom, id: SessionId, word: DeviceWord) {
        let known = self.signed_in(id);
        if known.is_none_or(|(_, who)| !room.state.rights.knew(who.person)) {
            return;
        }
        let exists = |chapter: &ChapterId| room.state.chapters.get(*chapter).is_some();
        match word {
            DeviceWord::Held(mut chapters) => {
                chapters.truncate(CHAPTERS_PER_PLAN_MAX);
                chapters.retain(exists);
                if let Some(session) = self.sessions.get_mut(&id) {
                    session.holds(chapters.iter().map(|chapter| (plan, *chapter)));
                }
                let erased = |chapter: &ChapterId| {
                    let closed = room.state.erasures.closed_text(*chapter)?;
                    Some((*chapter, closed.generation?))
                };
                let wiped: Vec<_> = chapters.iter().filter_map(erased).collect();
                if !chapters.is_empty() {
                    self.device_news(id, plan, DeviceFact::Holds(chapters));
                }
                if !wiped.is_empty() {
                    let chapters = wiped;
                    self.send(id, &ServerFrame::Wipe { plan, chapters });
                }
            }
            DeviceWord::Wiped(chapter, before) => {
                let closed = room.state.erasures.closed_text(chapter);
                let erased_before = closed.and_then(|closed| closed.generation);
                // Of what is not erased there is nothing to let go of.
                if let Some(before) = erased_before.map(|erased| erased.min(before)) {
                    self.device_news(id, plan, DeviceFact::Wiped(chapter, before));
                }
            }
        }
    }

    /// A chapter was sent to a device.
    pub(super) fn device_opened(
        &mut self,
        id: SessionId,
        (plan, chapter): (PlanId, ChapterId),
        sent: Generation,
        have: Option<&Have>,
    ) {
        // It still stores what it had until it lets go of that.
        let oldest = have.map_or(sent, |have| have.generation.min(sent));
        self.device_news(id, plan, DeviceFact::Opened(chapter, oldest));
        if let Some(session) = self.sessions.get_mut(&id)
            && session.held.is_some()
        {
            session.holds([(plan, chapter)]);
        }
    }

    /// The earlier text of a chapter is erased: whoever stores it and has it not open hears so. Who has it open is
    /// sent to the fresh generation, and is told there.
    pub(super) fn device_wipes(&mut self, plan: PlanId, event: &Event) {
        let Event::Erasure(erasure::Event::TextClosed {
            chapter, generation, ..
        }) = event
        else {
            return;
        };
        let place = (plan, *chapter);
        let is_told = |session: &Session| {
            let holds = session.held.as_ref().is_some_and(|held| held.contains(&place));
            holds && session.channels.values().all(|open| *open != place)
        };
        let told = self.sessions.iter().filter(|(_, session)| is_told(session));
        let told: Vec<SessionId> = told.map(|(id, _)| *id).collect();
        let wipe = ServerFrame::Wipe {
            plan,
            chapters: vec![(*chapter, *generation)],
        };
        for session in told {
            self.send(session, &wipe);
        }
    }

    /// A device said something, whatever it was: now and then that is news by itself.
    pub(super) fn device_heard(&mut self, id: SessionId) {
        let now = self.now;
        let told = self.sessions.get(&id).map(|session| session.told_at);
        if told.is_some_and(|told| now.0.saturating_sub(told.0) >= DEVICE_SEEN_TOLD_MS) {
            self.device_seen(id, now);
        }
    }

    /// A connection is about to be forgotten: until when its device was there stays known.
    pub(super) fn device_leaves(&mut self, id: SessionId) {
        let heard = self
            .sessions
            .get(&id)
            .map(|session| (session.told_at, session.heard_at));
        if let Some((_, heard)) = heard.filter(|(told, heard)| told < heard) {
            self.device_seen(id, heard);
        }
    }

    /// A device was there at a time, in every plan of which it stores text or has some open.
    fn device_seen(&mut self, id: SessionId, at: TimestampMs) {
        let Some(session) = self.sessions.get(&id) else {
            return;
        };
        let held = session.held.iter().flatten();
        let plans: BTreeSet<PlanId> = held
            .chain(session.channels.values())
            .map(|(plan, _)| *plan)
            .collect();
        for plan in plans {
            self.device_news_at(id, plan, at, DeviceFact::Seen);
        }
    }

    fn device_news(&mut self, session: SessionId, plan: PlanId, what: DeviceFact) {
        self.device_news_at(session, plan, self.now, what);
    }

    fn device_news_at(&mut self, session: SessionId, plan: PlanId, at: TimestampMs, what: DeviceFact) {
        if let Some((device, who)) = self.signed_in(session) {
            let news = DeviceNews {
                device,
                who,
                plan,
                at,
                what,
            };
            self.effects.push(Effect::Device(news));
            if let Some(session) = self.sessions.get_mut(&session) {
                session.told_at = at;
            }
        }
    }

    /// The device of a connection and who is signed in there.
    fn signed_in(&self, session: SessionId) -> Option<(DeviceId, Caller)> {
        let session = self.sessions.get(&session)?;
        match session.phase {
            Phase::Open { device, .. } => Some((device, session.visitor.caller?)),
            Phase::Greeting => None,
        }
    }
}

impl Session {
    /// Remembers of which chapters text is on its device.
    fn holds(&mut self, places: impl IntoIterator<Item = (PlanId, ChapterId)>) {
        let held = self.held.get_or_insert_with(BTreeSet::new);
        for place in places {
            if held.len() < HELD_PER_CONNECTION_MAX {
                held.insert(place);
            }
        }
    }
}
