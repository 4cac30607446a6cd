//! How a generation ends and the next begins: a change failed in the server's copy, what was written is erased, or it
//! has grown too long ([`super::growth`] says when).
//!
//! A change that passed acceptance and then failed in the server's copy ends its generation. Its event stands in the log, marked by `text.quarantined/1`. The next generation starts from the last good
//! state; honest changes that came after are carried over in their author's name. Readers hear `Moved` and
//! open the chapter again; what they had not sent yet they carry over themselves. Whoever pushed the change loses the
//! connection, and nobody else (rule P8 of `docs/protocol.md`). An erasure ends a generation in the same way: the next one
//! starts with the text as it stands, and what readers had not sent yet they keep as words (rule N3).

use std::collections::BTreeMap;
use std::sync::Arc;

use automerge::ChangeHash;
use schema::domain::actor::ActorBound;
use schema::domain::{Event, erasure};
use schema::ids::{ActorRef, ChapterId, Generation, PersonId, PlanId, Position};
use schema::limits::BAD_CHANGES_RETRY_MS;
use schema::log::event::text_event_id;
use schema::log::kinds::{TEXT_CHANGED, TEXT_GENERATION, TEXT_QUARANTINED, derived_event_id};
use schema::log::{NewEvent, Stream, Via, Who};
use schema::text::follow::FollowFailure;
use schema::wire::{CHANGE_FAILED, Reason, ServerFrame};

use super::batch::{Batch, Offered, Part};
use super::chapter::{After, Cause, Ended, Entry, Fresh, Live, Phase, Successor};
use super::plan_room::{PlanRoom, Work};
use super::refusals::person_text;
use super::{Core, Effect};

/// The generation in which a chapter goes on.
#[derive(Debug)]
pub struct Next {
    /// Which.
    pub generation: Generation,
    /// Who started it.
    pub who: ActorRef,
    /// The generation itself, when it need not be read from the log.
    pub fresh: Option<Box<Fresh>>,
}

impl Core {
    /// Ends the live generation because of a change that cannot be applied, and the connection that it came on.
    pub(super) fn quarantine(&mut self, plan: PlanId, chapter: ChapterId, failure: &FollowFailure) {
        let Some(mut room) = self.plans.remove(&plan) else {
            return;
        };
        let open = room.chapters.get(&chapter);
        let sender = open.and_then(|open| open.sender_of(&failure.offender));
        let person = person_text(author_of(&room, chapter, &failure.offender));
        tracing::error!(chapter = %chapter, person, session = sender, "a change cannot be applied, its generation ends: {failure}");
        self.end_generation(plan, &mut room, chapter, Cause::Failure(failure.offender));
        self.plans.insert(plan, room);
        if let Some(sender) = sender.filter(|sender| self.sessions.contains_key(sender)) {
            let reason = Reason::new(CHANGE_FAILED, "a change of this connection could not be applied");
            self.end(sender, &reason, Some(BAD_CHANGES_RETRY_MS));
        }
    }

    /// Ends the live generation; the shell makes the next one.
    pub(super) fn end_generation(
        &mut self,
        plan: PlanId,
        room: &mut PlanRoom,
        chapter: ChapterId,
        cause: Cause,
    ) {
        let Some(open) = room.chapters.get_mut(&chapter) else {
            return;
        };
        let Some(live) = open.live_mut() else { return };
        let later: Vec<_> = live.entries.iter().skip(live.copied).cloned().collect();
        let actors: BTreeMap<_, _> = later
            .iter()
            .filter_map(|entry| {
                let actor = *room.actor_of.get(&entry.who)?;
                let caller = room.actors.get(&actor)?.caller?;
                Some((entry.who, (actor, caller)))
            })
            .collect();
        let ended = Ended {
            generation: live.generation,
            cause,
            copy: Arc::clone(&live.copy),
            head: live.head(),
            later,
            actors,
        };
        let waiting = live.take_waiting(chapter);
        open.phase = Phase::Switching(cause, waiting);
        self.effects.push(Effect::Switch {
            plan,
            chapter,
            ended: Box::new(ended),
        });
    }

    pub(super) fn switched(
        &mut self,
        plan: PlanId,
        chapter: ChapterId,
        (cause, result): (Cause, Result<Box<Successor>, String>),
    ) {
        match result {
            Ok(successor) => self.queue(plan, Work::Succeed { chapter, successor }),
            // It goes on as it was, and ends for what fails in it; whoever carries erasures out asks again.
            Err(error) if matches!(cause, Cause::Erasure(_)) => {
                tracing::error!(chapter = %chapter, "no fresh generation could be made: {error}");
                self.go_on(plan, chapter);
            }
            Err(error) if cause == Cause::Growth => {
                tracing::error!(chapter = %chapter, "no fresh generation could be made, the long one goes on: {error}");
                self.stay(plan, chapter);
            }
            // The chapter stays closed to writing; its text so far can still be read from the log.
            Err(error) => tracing::error!(chapter = %chapter, "no next generation could be made: {error}"),
        }
    }

    pub(super) fn go_on(&mut self, plan: PlanId, chapter: ChapterId) {
        let room = self.plans.get_mut(&plan);
        let Some(open) = room.and_then(|room| room.chapters.get_mut(&chapter)) else {
            return;
        };
        if let Phase::Switching(_, waiting) = &mut open.phase {
            open.phase = Phase::Loading(std::mem::take(waiting));
            self.effects.push(Effect::LoadChapter { plan, chapter });
        }
    }

    /// The next generation is durable: everyone is sent to it, and the chapter is read again unless it is there.
    pub(super) fn succeeded(
        &mut self,
        plan: PlanId,
        room: &mut PlanRoom,
        (chapter, position): (ChapterId, Position),
        next: Next,
    ) {
        let Some(open) = room.chapters.get_mut(&chapter) else {
            return;
        };
        let channel = open.channel;
        let waiting = match &mut open.phase {
            Phase::Switching(_, waiting) => Some(std::mem::take(waiting)),
            Phase::Live(live) => Some(live.take_waiting(chapter)),
            // It is being read already.
            Phase::Loading(_) => None,
        };
        match (waiting, next.fresh) {
            (Some(waiting), Some(fresh)) => {
                let entry = Entry {
                    position,
                    who: next.who,
                    change: None,
                };
                open.phase = Phase::Live(Box::new(Live::new(fresh.loaded(next.generation, entry))));
                for work in waiting.into_iter().rev() {
                    room.queue.push_front(work);
                }
            }
            (Some(waiting), None) => {
                open.phase = Phase::Loading(waiting);
                self.effects.push(Effect::LoadChapter { plan, chapter });
            }
            (None, _) => {}
        }
        open.senders.clear();
        let readers = std::mem::take(&mut open.readers);
        for session in readers.into_keys() {
            if let Some(session) = self.sessions.get_mut(&session) {
                session.channels.remove(&channel);
            }
            self.send(
                session,
                &ServerFrame::Moved {
                    channel,
                    generation: next.generation,
                },
            );
        }
    }
}

/// Who wrote a change of the running generation, as its actor was bound.
fn author_of(room: &PlanRoom, chapter: ChapterId, hash: &ChangeHash) -> Option<PersonId> {
    let live = room.chapters.get(&chapter)?.live()?;
    let entry = live.entries.get(*live.by_hash.get(hash)?)?;
    let actor = room.actor_of.get(&entry.who)?;
    Some(room.actors.get(actor)?.caller?.person)
}

/// Forms the batch that starts the next generation.
pub(super) fn succeed(
    room: &mut PlanRoom,
    batch: &mut Batch,
    chapter: ChapterId,
    successor: Successor,
) -> Offered {
    let Some(server) = room.server_actor else {
        let bound = ActorBound::server();
        batch.bind(
            derived_event_id(b"server", &[chapter.as_bytes()]),
            bound,
            Via::Server,
            None,
        );
        return Offered::NotYet(Work::Succeed {
            chapter,
            successor: Box::new(successor),
        });
    };
    let generation = successor.generation;
    let stream = Stream::Text(chapter, generation);
    let new = |id, stream, kind, (who, payload): (ActorRef, Arc<[u8]>)| NewEvent {
        id,
        stream,
        kind,
        who: Who::Actor(who),
        via: Via::Server,
        causation: None,
        correlation: None,
        payload,
    };
    let about = [chapter.as_bytes().as_slice(), &generation.0.to_be_bytes()];
    let mut ready = None;
    match successor.after {
        After::Growth { head, fresh } => {
            // Whatever came after it was made would be left behind.
            batch.ends_at(chapter, generation.before().unwrap_or_default(), head);
            ready = Some(fresh);
        }
        After::Quarantine(named) => {
            let state = Stream::Chapter(chapter);
            let id = derived_event_id(b"quarantined", &about);
            batch.add(
                new(id, state, TEXT_QUARANTINED, (server, named)),
                Part::Other(state),
            );
        }
        After::Erasure(erasure) => {
            // Right before the generation: what may still be looked at begins with it.
            let event = Event::Erasure(erasure::Event::TextClosed {
                id: erasure,
                chapter,
                generation,
            });
            let id = derived_event_id(b"text-closed", &about);
            batch.guarded.insert(event.stream());
            batch.add(
                new(id, event.stream(), event.kind(), (server, event.payload().into())),
                Part::Domain(Box::new(event), server),
            );
        }
    }
    let id = derived_event_id(b"generation", &about);
    batch.add(
        new(id, stream, TEXT_GENERATION, (server, successor.payload)),
        Part::Other(stream),
    );
    for (who, hash, raw) in successor.carried {
        let id = text_event_id(chapter, generation, &hash.0);
        batch.add(new(id, stream, TEXT_CHANGED, (who, raw)), Part::Other(stream));
    }
    batch.goes_on(chapter, generation, (server, ready));
    Offered::Taken
}
