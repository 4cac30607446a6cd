//! Changes under an actor that a program chose, out of the document that it holds (automerge-repo).
//!
//! Why it exists: a native client has its actors bound before it writes. A program cannot be asked to: it writes into
//! its own document under an actor of its own and may bring what others wrote into that document. So an actor that
//! nobody has is bound when its first acceptable change comes, to the person on whose connection it came, as *brought
//! by* them. That they wrote it themselves is not proved, and nobody is told so.
//!
//! # Invariants
//!
//! - An actor is one person's in a text, for one party: what comes under it from somebody else is refused. Else two
//!   programs could write the same change number of one actor, and automerge would never again take what the slower one
//!   wrote.
//! - Only a change that is otherwise acceptable binds an actor, so that refused ones leave nothing.

use automerge::ChangeHash;
use schema::domain::Caller;
use schema::domain::actor::{ActorBound, TextBinding};
use schema::ids::BoundActor;
use schema::limits::ACTORS_PER_SESSION_MAX;
use schema::log::Stream;
use schema::log::kinds::derived_event_id;
use schema::text::change::inspect;
use schema::text::evidence::owner;
use schema::wire::ServerFrame;

use super::batch::{Batch, Offered};
use super::chapter::LiveChapter;
use super::offer::is_free;
use super::plan_room::PlanRoom;
use super::push::{PushRequest, via_of};
use super::refusals::NotTaken;
use super::{Core, Speaks, session};

impl Core {
    /// Binds the actor of a change to whoever brings it; the change itself has its turn after that. Its sender may
    /// write here, and the actor is not theirs yet.
    pub(super) fn push_brought(
        &mut self,
        room: &mut PlanRoom,
        batch: &mut Batch,
        request: &PushRequest,
    ) -> Offered {
        let hash =
            inspect(&request.raw).map_or_else(|_| ChangeHash([0; 32]), |inspected| inspected.header.hash);
        if let Some(answered) = self.is_known(room, batch, request, hash) {
            return answered;
        }
        match self.brought_actor(room, batch, request) {
            Ok(bound) => {
                let event = derived_event_id(b"actor-brought", &[&bound.payload()]);
                batch.guarded.insert(Stream::Rights);
                batch.bind(event, bound, via_of(Speaks::AutomergeRepo), None);
                Offered::NotYet(request.later())
            }
            Err(why) => self.refuse_push(room, (request.session, request.chapter), hash, why),
        }
    }

    fn brought_actor(
        &self,
        room: &mut PlanRoom,
        batch: &Batch,
        request: &PushRequest,
    ) -> Result<ActorBound, NotTaken> {
        let session = self
            .sessions
            .get(&request.session)
            .ok_or(NotTaken::ForeignActor)?;
        let (Some(caller), session::Phase::Open { device, page, .. }) =
            (session.visitor.caller, session.phase)
        else {
            return Err(NotTaken::ForeignActor);
        };
        let header = inspect(&request.raw).map_err(NotTaken::Unacceptable)?.header;
        let actor = owner(&header.actor).filter(|actor| may_be_brought(room, request, actor));
        let actor = actor.ok_or(NotTaken::ForeignActor)?;
        let by = (caller, page, request.chapter, request.generation);
        let bound = room.bound_by.get(&by).copied().unwrap_or_default() + batch.binds(&by);
        if bound >= ACTORS_PER_SESSION_MAX {
            return Err(NotTaken::TooManyActors);
        }
        let live = room.chapters.get_mut(&request.chapter);
        let live = live.and_then(LiveChapter::live_mut);
        let live = live.filter(|live| live.generation == request.generation);
        let live = live.ok_or(NotTaken::GenerationEnded)?;
        // Those of a generation's start are nobody's.
        let is_of_start = !room.actors.contains_key(&actor) && live.evidence.has_actor(&actor);
        if is_of_start {
            return Err(NotTaken::ForeignActor);
        }
        let mark = live.evidence.len();
        let judged = live.evidence.admit(&request.raw, &[actor]);
        live.evidence.retract_to(mark);
        judged.map_err(NotTaken::Unacceptable)?;
        let mut bound = brought_by(room, caller);
        bound.device = Some(device);
        bound.page_session = Some(page);
        bound.text = Some(TextBinding {
            chapter: request.chapter,
            generation: request.generation,
            actor,
        });
        Ok(bound)
    }

    /// What two programs both hold, both may send: only the first is written.
    fn is_known(
        &mut self,
        room: &PlanRoom,
        batch: &Batch,
        request: &PushRequest,
        hash: ChangeHash,
    ) -> Option<Offered> {
        if batch.holds(request.chapter, &hash) {
            return Some(Offered::NotYet(request.later()));
        }
        let open = room.chapters.get(&request.chapter)?;
        let known = ServerFrame::Known {
            channel: open.channel,
            hash: hash.0.into(),
            position: open.live()?.place_of(&hash)?,
        };
        self.send(request.session, &known);
        Some(Offered::Taken)
    }
}

/// Whether an actor is nobody's in this text: a new one, or one that a program writes under elsewhere.
fn may_be_brought(room: &PlanRoom, request: &PushRequest, actor: &BoundActor) -> bool {
    let place = (*actor, request.chapter, request.generation);
    let known = room.actors.get(actor);
    is_free(room, actor) || known.is_some_and(|binding| binding.brought) && !room.brought.contains_key(&place)
}

fn brought_by(room: &PlanRoom, caller: Caller) -> ActorBound {
    ActorBound {
        brought: true,
        ..ActorBound::person(&room.state, &caller)
    }
}
