//! Where the views stand: which is shown, which is being folded, and how far that is.
//!
//! Why it exists: a plan's view is replaced while readers look at it. Whoever folds a new one works on a view that
//! nobody else sees, and puts it here when it has caught up; only this file knows which of two folds came last.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use schema::ids::{PlanId, Position};

use super::PlanView;

/// A view that readers share.
pub(super) type SharedView = Arc<RwLock<PlanView>>;

/// What can be said of a plan's view.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// It is shown and follows the log.
    Current,
    /// One is folded from the log; one by older rules may be shown meanwhile.
    Building {
        /// Events folded so far.
        folded: u64,
    },
    /// It could not be folded.
    Failed {
        /// Why.
        reason: Arc<str>,
    },
}

/// Which fold of a plan this is; a later one takes its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Life(u64);

/// One plan.
#[derive(Debug)]
struct Slot {
    /// The fold that was begun last.
    life: Life,
    shown: Option<SharedView>,
    /// The fold that made what is shown.
    shown_life: Life,
    state: State,
    /// The position after the last event in its checkpoint.
    saved: Position,
}

#[derive(Debug)]
enum State {
    Current,
    Building(Arc<AtomicU64>),
    Failed(Arc<str>),
}

/// Every plan's views.
#[derive(Debug, Default)]
pub(super) struct Shelf {
    slots: Mutex<BTreeMap<PlanId, Slot>>,
}

/// The right to put down the view that is being folded, and the place to say how far it is.
pub(super) struct Building {
    pub(super) plan: PlanId,
    life: Life,
    folded: Arc<AtomicU64>,
}

impl Building {
    pub(super) fn note(&self, folded: Position) {
        self.folded.store(folded.0, Ordering::Relaxed);
    }
}

impl Shelf {
    /// Nothing panics while this lock is held, so what is there is whole.
    fn slots(&self) -> MutexGuard<'_, BTreeMap<PlanId, Slot>> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins a fold of a plan; one that is under way will not be put down any more. What is shown stays shown.
    pub(super) fn begin(&self, plan: PlanId) -> Building {
        let folded = Arc::new(AtomicU64::new(0));
        let mut slots = self.slots();
        let slot = slots.entry(plan).or_insert_with(|| Slot {
            life: Life(0),
            shown: None,
            shown_life: Life(0),
            state: State::Building(Arc::clone(&folded)),
            saved: Position(0),
        });
        slot.life = Life(slot.life.0 + 1);
        // A view that is current stays so while another is folded beside it.
        if !matches!(slot.state, State::Current) {
            slot.state = State::Building(Arc::clone(&folded));
        }
        Building {
            plan,
            life: slot.life,
            folded,
        }
    }

    /// Shows a view by older rules until the fold is done.
    pub(super) fn show_meanwhile(&self, building: &Building, view: PlanView) {
        self.put(building, |slot| slot.shown = Some(Arc::new(RwLock::new(view))));
    }

    /// Puts down the view that was folded; says whether it was still wanted.
    pub(super) fn put_down(&self, building: &Building, view: PlanView, saved: Position) -> bool {
        self.put(building, |slot| {
            slot.shown = Some(Arc::new(RwLock::new(view)));
            slot.shown_life = building.life;
            slot.state = State::Current;
            slot.saved = saved;
        })
    }

    /// Notes that a fold failed; a view that is shown stays.
    pub(super) fn fail(&self, building: &Building, reason: &str) {
        self.put(building, |slot| {
            if !matches!(slot.state, State::Current) {
                slot.state = State::Failed(reason.into());
            }
        });
    }

    fn put(&self, building: &Building, change: impl FnOnce(&mut Slot)) -> bool {
        let mut slots = self.slots();
        match slots.get_mut(&building.plan) {
            Some(slot) if slot.life == building.life => {
                change(slot);
                true
            }
            _ => false,
        }
    }

    /// The view of a plan that is shown; a plan seen for the first time begins an empty one.
    pub(super) fn shown_or_new(&self, plan: PlanId) -> Option<SharedView> {
        let mut slots = self.slots();
        let slot = slots.entry(plan).or_insert_with(|| Slot {
            life: Life(0),
            shown: Some(SharedView::default()),
            shown_life: Life(0),
            state: State::Current,
            saved: Position(0),
        });
        slot.shown.clone()
    }

    /// The view of a plan that is shown, by whatever rules.
    pub(super) fn shown(&self, plan: PlanId) -> Option<SharedView> {
        self.slots().get(&plan)?.shown.clone()
    }

    /// The view of a plan by this program's rules.
    pub(super) fn current(&self, plan: PlanId) -> Option<SharedView> {
        let slots = self.slots();
        let slot = slots.get(&plan)?;
        slot.shown
            .clone()
            .filter(|_| matches!(slot.state, State::Current))
    }

    /// The same for a checkpoint, with its fold and up to where the last checkpoint goes; none while another fold is
    /// to take its place, because that may hold less: what was erased.
    pub(super) fn current_to_save(&self, plan: PlanId) -> Option<(SharedView, Life, Position)> {
        let slots = self.slots();
        let slot = slots.get(&plan).filter(|slot| slot.shown_life == slot.life)?;
        let view = slot
            .shown
            .clone()
            .filter(|_| matches!(slot.state, State::Current))?;
        Some((view, slot.life, slot.saved))
    }

    /// Notes what a fold's checkpoint holds; a fold that was replaced has none.
    pub(super) fn saved(&self, plan: PlanId, life: Life, saved: Position) {
        if let Some(slot) = self.slots().get_mut(&plan).filter(|slot| slot.life == life) {
            slot.saved = saved;
        }
    }

    /// Every plan.
    pub(super) fn plans(&self) -> Vec<PlanId> {
        self.slots().keys().copied().collect()
    }

    /// What can be said of a plan's view; nothing of an unknown plan's.
    pub(super) fn standing(&self, plan: PlanId) -> Option<Standing> {
        Some(match &self.slots().get(&plan)?.state {
            State::Current => Standing::Current,
            State::Building(folded) => Standing::Building {
                folded: folded.load(Ordering::Relaxed),
            },
            State::Failed(reason) => Standing::Failed {
                reason: Arc::clone(reason),
            },
        })
    }
}
