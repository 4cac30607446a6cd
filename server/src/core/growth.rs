//! A chapter that holds far more operations than its text needs goes on in a fresh document, while people write.
//!
//! # Why it exists
//!
//! Opening, merging and memory cost what a document holds; the log keeps the history, so the live document need not
//! (`docs/adr/0031`). Making the fresh document is slow work and happens beside the core, from the text at some revision,
//! while changes are accepted in the generation that still runs.
//!
//! # Invariants
//!
//! - The switch is one event, guarded by the very revision that the fresh document was made from: nothing that was
//!   accepted is left behind, and every word keeps its author through the identity map.
//! - It ends: after [`GENERATION_FREE_TRIES`] attempts that writing overtook, the generation takes nothing more while the
//!   last one is made. What comes then is answered as too late for its generation, and its author carries it over.
//! - A fresh document that cannot be made costs nothing but the attempt: the generation goes on.

use std::sync::Arc;

use schema::ids::{ChapterId, PlanId, TimestampMs};
use schema::limits::{GENERATION_FREE_TRIES, GENERATION_RETRY_MS};

use super::batch::{Batch, Offered};
use super::chapter::{After, Cause, Ended, LiveChapter, Phase, Successor};
use super::plan_room::{PlanRoom, Work};
use super::quarantine::succeed;
use super::{Core, Effect};

/// A fresh document is being made while the generation goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Growing {
    /// Attempts that writing overtook.
    pub overtaken: u32,
}

/// What may become of the start of a next generation.
enum Fit {
    /// It holds everything that was accepted.
    Fits,
    /// More was accepted since.
    Overtaken,
    /// The generation it follows ended in another way.
    Gone,
}

impl Core {
    /// Has the next generation made when the running one has grown too long.
    pub(super) fn grow_in(&mut self, plan: PlanId, room: &mut PlanRoom, chapter: ChapterId) {
        let (now, limit) = (self.now, self.limits.growth);
        let Some(open) = room.chapters.get_mut(&chapter) else {
            return;
        };
        if now < open.grow_after || room.stopped.is_some() || self.log_stopped.is_some() {
            return;
        }
        let Some(live) = open.live_mut() else { return };
        if live.growing.is_some() || !limit.is_exceeded(&live.evidence) {
            return;
        }
        live.growing = Some(Growing::default());
        self.make_next(plan, room, chapter);
    }

    /// Has a fresh document made of everything that is durable now.
    fn make_next(&mut self, plan: PlanId, room: &PlanRoom, chapter: ChapterId) {
        let Some(live) = room.chapters.get(&chapter).and_then(LiveChapter::live) else {
            return;
        };
        let ended = Ended {
            generation: live.generation,
            cause: Cause::Growth,
            copy: Arc::clone(&live.copy),
            head: live.head(),
            later: live.entries.iter().skip(live.copied).cloned().collect(),
            actors: std::collections::BTreeMap::new(),
        };
        self.effects.push(Effect::Switch {
            plan,
            chapter,
            ended: Box::new(ended),
        });
    }

    /// The start of a next generation is there: it goes into the batch if it is still one. Nothing is with the log now,
    /// so what is accepted is what is durable.
    pub(super) fn offer_successor(
        &mut self,
        (plan, room): (PlanId, &mut PlanRoom),
        batch: &mut Batch,
        chapter: ChapterId,
        successor: Box<Successor>,
    ) -> Offered {
        match fit(room, chapter, &successor) {
            Fit::Fits => return succeed(room, batch, chapter, *successor),
            Fit::Overtaken => self.grow_again(plan, room, chapter),
            Fit::Gone => tracing::debug!(chapter = %chapter, "a fresh generation came too late"),
        }
        Offered::Taken
    }

    fn grow_again(&mut self, plan: PlanId, room: &mut PlanRoom, chapter: ChapterId) {
        let live = room.chapters.get_mut(&chapter).and_then(LiveChapter::live_mut);
        let Some(growing) = live.and_then(|live| live.growing.as_mut()) else {
            return;
        };
        growing.overtaken += 1;
        if growing.overtaken < GENERATION_FREE_TRIES {
            self.make_next(plan, room, chapter);
        } else {
            self.end_generation(plan, room, chapter, Cause::Growth);
        }
    }

    /// No fresh document could be made: the generation goes on, and the next attempt comes later.
    pub(super) fn stay(&mut self, plan: PlanId, chapter: ChapterId) {
        let again = TimestampMs(self.now.0.saturating_add(GENERATION_RETRY_MS));
        let room = self.plans.get_mut(&plan);
        let Some(open) = room.and_then(|room| room.chapters.get_mut(&chapter)) else {
            return;
        };
        open.grow_after = again;
        match &mut open.phase {
            Phase::Live(live) => live.growing = None,
            Phase::Switching(..) => self.go_on(plan, chapter),
            Phase::Loading(_) => {}
        }
    }
}

/// Whether a start of a next generation is still one; always for other reasons than growth.
fn fit(room: &PlanRoom, chapter: ChapterId, successor: &Successor) -> Fit {
    let After::Growth { head, .. } = &successor.after else {
        return Fit::Fits;
    };
    match room.chapters.get(&chapter).map(|open| &open.phase) {
        Some(Phase::Live(live)) if live.generation.next() == successor.generation => {
            if live.head() == *head {
                Fit::Fits
            } else {
                Fit::Overtaken
            }
        }
        Some(Phase::Switching(Cause::Growth, _)) => Fit::Fits,
        _ => Fit::Gone,
    }
}

/// The log does not write, so a fresh document is of no use now. Whether that was all: a generation that was ended
/// for it has to be read again.
pub(super) fn let_go(room: &mut PlanRoom, work: &Work) -> bool {
    let Work::Succeed { chapter, successor } = work else {
        return false;
    };
    let live = room.chapters.get_mut(chapter).and_then(LiveChapter::live_mut);
    match (&successor.after, live) {
        (After::Growth { .. }, Some(live)) => {
            live.growing = None;
            true
        }
        _ => false,
    }
}
