//! What follows once the log has answered a batch: all of it becomes visible, or nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use schema::domain::actor::ActorBound;
use schema::domain::{At, evolve};
use schema::ids::{ActorRef, ChapterId, PlanId, Position};
use schema::limits::TEXT_REST_QUEUE_MAX;
use schema::log::Stream;
use schema::log::course::Course;
use schema::wire::{self, RESTORED_SINCE, Reason, ServerFrame};

use super::batch::Part;
use super::chapter::{Entry, EntryChange, LiveChapter};
use super::plan_room::PlanRoom;
use super::session::Phase;
use super::stopped::tickets_of;
use super::{Core, CoreRefusal, Effect, Frame, SessionId};
use crate::log::{AppendError, Appended, Placed};

impl Core {
    /// The log has answered: everything in the batch becomes visible, or nothing of it.
    pub(super) fn appended(&mut self, plan: PlanId, result: Result<Appended, AppendError>) {
        let Some(mut room) = self.plans.remove(&plan) else {
            return;
        };
        let parts = room.in_flight.take().unwrap_or_default();
        match result {
            Ok(appended) => {
                self.rest(plan, &mut room, &parts);
                self.publish(plan, &mut room, parts, &appended.placed);
                self.plans.insert(plan, room);
                self.pump(plan);
            }
            Err(AppendError::Stopped { reason }) => self.suspend(plan, room, &parts, &reason),
            Err(error) => {
                tracing::error!(plan = %plan, "append failed, the plan is read again: {error}");
                self.abandon(plan, room, &parts, &error.to_string());
            }
        }
    }

    /// People type: what they type in the next moment shares one flush, one hand-over to the log and often one frame.
    /// Many that wait already are no reason to wait.
    fn rest(&mut self, plan: PlanId, room: &mut PlanRoom, parts: &[Part]) {
        let is_typed = |part: &Part| matches!(part, Part::Text { session: Some(_), .. });
        room.rests = room.queue.len() < TEXT_REST_QUEUE_MAX && parts.iter().any(is_typed);
        if room.rests {
            self.effects.push(Effect::Rest { plan });
        }
    }

    /// The moment has passed.
    pub(super) fn rested(&mut self, plan: PlanId) {
        if let Some(room) = self.plans.get_mut(&plan) {
            room.rests = false;
            self.pump(plan);
        }
    }

    fn publish(&mut self, plan: PlanId, room: &mut PlanRoom, parts: Vec<Part>, placed: &[Placed]) {
        let mut fresh: BTreeMap<ChapterId, Vec<(Option<SessionId>, Entry)>> = BTreeMap::new();
        let mut placed = placed.iter();
        let mut last: Option<&Placed> = None;
        let mut course = Course::default();
        let mut decided = false;
        let mut restores = Vec::new();
        for part in parts {
            if part.is_event() {
                last = placed.next();
            }
            let Some(place) = last else { continue };
            match part {
                Part::Text {
                    chapter,
                    session,
                    who,
                    hash,
                    raw,
                } => {
                    let change = Some(EntryChange { hash, raw });
                    if let Some(live) = room.chapters.get(&chapter).and_then(LiveChapter::live) {
                        let stream = Stream::Text(chapter, live.generation);
                        course.note(stream, place.position, place.revision);
                    }
                    let entry = Entry {
                        position: place.position,
                        who,
                        change,
                    };
                    fresh.entry(chapter).or_default().push((session, entry));
                }
                Part::Bind { session, bound } => self.bound(room, session, &bound, place.position),
                Part::Domain(event, who) => {
                    decided = true;
                    course.note(event.stream(), place.position, place.revision);
                    let at = At {
                        position: place.position,
                        revision: place.revision,
                        recorded_at: place.recorded_at,
                        who,
                    };
                    evolve(&mut room.state, at, &event);
                    self.device_wipes(plan, &event);
                }
                Part::Restored(chapter) => {
                    moved(room, &mut course, Stream::Chapter(chapter), place);
                    restores.push((chapter, place.position));
                }
                Part::Other(stream) => moved(room, &mut course, stream, place),
                Part::Succeeded { chapter, next } => {
                    self.succeeded(plan, room, (chapter, place.position), next);
                }
                Part::Answer { ticket, id, content } => {
                    room.answers.keep(id, &content, course);
                    let result = Ok(course.into());
                    self.effects.push(Effect::CommandAnswer { ticket, result });
                }
            }
        }
        for (chapter, entries) in fresh {
            self.publish_text(room, chapter, entries);
            self.follow_in(plan, room, chapter, false);
            self.grow_in(plan, room, chapter);
        }
        for (chapter, position) in restores {
            self.tell_restored(room, chapter, position);
        }
        if decided {
            self.refresh_access(room);
        }
    }

    /// Says to everybody who reads a chapter what the changes were that they just got (rule R5).
    fn tell_restored(&mut self, room: &PlanRoom, chapter: ChapterId, position: Position) {
        let Some(open) = room.chapters.get(&chapter) else {
            return;
        };
        let channel = open.channel;
        let frame: Frame = wire::encode(&ServerFrame::Restored { channel, position }).into();
        for id in open.readers.keys() {
            let phase = self.sessions.get(id).map(|session| session.phase);
            if matches!(phase, Some(Phase::Open { version, .. }) if version >= RESTORED_SINCE) {
                self.send_encoded(*id, Arc::clone(&frame));
            }
        }
    }

    /// Lets go of a plan whose batch did not happen: it is read again for what waits. Connections come back by
    /// themselves and offer what they hold again.
    pub(super) fn abandon(&mut self, plan: PlanId, room: PlanRoom, parts: &[Part], why: &str) {
        for ticket in tickets_of(parts) {
            let result = Err(CoreRefusal::Unavailable(why.to_owned()));
            self.effects.push(Effect::CommandAnswer { ticket, result });
        }
        let readers: BTreeSet<SessionId> = room
            .chapters
            .values()
            .flat_map(|chapter| chapter.readers.keys().copied())
            .collect();
        for session in readers {
            self.end(session, &Reason::new("read-again", why), Some(1_000));
        }
        for chapter in room.chapters.values() {
            self.channels.remove(&chapter.channel);
        }
        for work in room.into_waiting() {
            self.queue(plan, work);
        }
    }

    fn bound(
        &mut self,
        room: &mut PlanRoom,
        session: Option<SessionId>,
        bound: &ActorBound,
        position: Position,
    ) {
        let who = ActorRef(position);
        room.note_actor(who, bound);
        if let (Some(session), Some(text)) = (session, &bound.text)
            && let Some(chapter) = room.chapters.get(&text.chapter)
        {
            let frame = ServerFrame::Bound {
                channel: chapter.channel,
                actors: vec![(text.actor, who)],
            };
            self.send(session, &frame);
        }
    }
}

/// A stream went on by an event that folds into nothing.
fn moved(room: &mut PlanRoom, course: &mut Course, stream: Stream, place: &Placed) {
    course.note(stream, place.position, place.revision);
    if !matches!(stream, Stream::Text(..)) {
        room.state.revisions.insert(stream, place.revision);
    }
}
