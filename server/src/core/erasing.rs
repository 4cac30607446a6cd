//! What the core does for an approved erasure: closes a chapter's earlier text, and says that it was carried out.
//!
//! Why it goes through the core: the event stands in the same stream as the requests, and the core knows at which
//! revision that is. The state needs nothing else: what was approved is past, and was let go of with the approval.

use schema::domain::actor::ActorBound;
use schema::domain::erasure;
use schema::ids::{ErasureId, PlanId};
use schema::log::kinds::derived_event_id;
use schema::log::{NewEvent, Via, Who};

use super::Core;
use super::batch::{Batch, Offered, Part};
use super::chapter::Cause;
use super::plan_room::{PlanRoom, Work};

impl Core {
    /// The shell wants a chapter to go on in a fresh generation, so that what was before can go.
    pub(super) fn close_text(&mut self, plan: PlanId, erasure: ErasureId) {
        self.queue(plan, Work::CloseText { erasure });
    }

    /// Ends the generation of the chapter that a request names, unless that was done.
    pub(super) fn offer_closing(&mut self, plan: PlanId, room: &mut PlanRoom, id: ErasureId) -> Offered {
        let Some(chapter) = erasure::text_to_close(&room.state, id) else {
            return Offered::Taken;
        };
        self.ensure_loading(plan, room, chapter);
        match room.chapters.get_mut(&chapter) {
            Some(open) if open.live().is_none() => open.park(Work::CloseText { erasure: id }),
            Some(_) => self.end_generation(plan, room, chapter, Cause::Erasure(id)),
            None => {}
        }
        Offered::Taken
    }

    /// The shell has erased everything that a request names.
    pub(super) fn carried_out(&mut self, plan: PlanId, erasure: ErasureId) {
        self.queue(plan, Work::CarriedOut { erasure });
    }
}

/// Forms the batch that says so; nothing when it was said before.
pub(super) fn say_carried_out(room: &PlanRoom, batch: &mut Batch, id: ErasureId) -> Offered {
    let Some(event) = erasure::carried_out(&room.state, id) else {
        return Offered::Taken;
    };
    let Some(server) = room.server_actor else {
        let bound = ActorBound::server();
        let binding = derived_event_id(b"server", &[id.as_bytes()]);
        batch.bind(binding, bound, Via::Server, None);
        return Offered::NotYet(Work::CarriedOut { erasure: id });
    };
    batch.guarded.insert(event.stream());
    let new = NewEvent {
        id: derived_event_id(b"erasure-carried-out", &[id.as_bytes()]),
        stream: event.stream(),
        kind: event.kind(),
        who: Who::Actor(server),
        via: Via::Server,
        causation: None,
        correlation: None,
        payload: event.payload().into(),
    };
    batch.add(new, Part::Domain(Box::new(event), server));
    Offered::Taken
}
