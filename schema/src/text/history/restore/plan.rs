//! What a restore would do to the text as it is, element by element; its preview is a difference like any other.

use automerge::hydrate;

use super::super::align::{Pair, align};
use super::super::difference::{Difference, Step, build};
use super::super::elements::{Content, Element, View};
use super::super::replay::TextHistory;
use super::borders::{Texts, at_borders};
use super::going_on;
use super::homes::{Homes, homes};
use super::section::{self, Extent};
use super::since::{Carried, carry};
use super::{Scope, ScopeError};
use crate::ids::Revision;

/// What to do with one element. Numbers are places among the elements of the text then, and of the text that is changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Action {
    /// Stays, with the looks it had then.
    Keep { then: usize, now: usize },
    /// Is none of the restore's business.
    Leave(usize),
    /// Comes back.
    Insert(usize),
    /// Goes.
    Delete(usize),
}

/// What a restore finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Placement {
    /// The text takes the place of what is there now.
    Replaces,
    /// The section was deleted and comes back where it was.
    ComesBack,
    /// The text is already as it was.
    NoChange,
}

/// The text that a restore changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ground {
    /// The revision it is planned on: that of the document it is written on.
    pub now: Revision,
    /// The last revision that the restorer saw: what happened later stays. Later than `now`: that.
    pub seen: Revision,
}

/// A restore that can be shown or written.
#[derive(Debug, Clone)]
pub struct RestorePlan<'h> {
    pub(super) then: View<'h>,
    pub(super) now: View<'h>,
    pub(super) actions: Vec<Action>,
    pub(super) homes: Homes,
    /// What it finds.
    pub placement: Placement,
}

impl TextHistory {
    /// Plans to bring back the text as it was after `to`, in the text as it is after the last revision.
    ///
    /// # Errors
    /// [`ScopeError`] when the section was not in that text.
    pub fn plan_restore(&self, to: Revision, scope: &Scope) -> Result<RestorePlan<'_>, ScopeError> {
        let last = Revision(u64::MAX);
        let ground = Ground {
            now: last,
            seen: last,
        };
        self.plan_restore_on(ground, to, scope)
    }

    /// Plans to bring back the text as it was after `to`, in the text as it was after another revision.
    ///
    /// # Errors
    /// [`ScopeError`] when the section was not in that text.
    pub fn plan_restore_on(
        &self,
        ground: Ground,
        to: Revision,
        scope: &Scope,
    ) -> Result<RestorePlan<'_>, ScopeError> {
        let (mut then, now) = (self.view(to), self.view(ground.now));
        let seen = self.view(ground.seen.min(now.revision()));
        let pairs = align(&then, &seen);
        let extent = match scope {
            Scope::Chapter => Extent {
                start: 0,
                end: pairs.len(),
                cleared_end: pairs.len(),
                stands: true,
            },
            Scope::Section(heading) => {
                section::extent(&then, &seen, &pairs, heading).ok_or(ScopeError::NoSuchSection)?
            }
        };
        let asked = asked(&extent, &pairs);
        let homes = homes(&asked, &then, &now);
        let Carried {
            mut actions,
            mut unseen,
        } = carry((&asked, &homes), &mut then, &seen, &now);
        going_on::let_stay(&mut actions, &now, &mut unseen);
        let texts = Texts {
            then: &then,
            now: &now,
            homes: &homes,
            is_unseen: |at: usize| unseen.get(at).copied().unwrap_or_default(),
        };
        let actions = at_borders(&actions, &texts);
        let mut plan = RestorePlan {
            then,
            now,
            actions,
            homes,
            placement: Placement::NoChange,
        };
        if plan.changes_anything() {
            plan.placement = if extent.stands {
                Placement::Replaces
            } else {
                Placement::ComesBack
            };
        }
        Ok(plan)
    }
}

/// What is asked of the text that was seen.
fn asked(extent: &Extent, pairs: &[Pair]) -> Vec<Action> {
    let mut actions = Vec::with_capacity(pairs.len());
    let mut left = Vec::new();
    for (at, pair) in pairs.iter().enumerate() {
        let inside = extent.start <= at && at < extent.end;
        let action = match *pair {
            Pair::Both {
                before: then,
                after: now,
            } if inside => Action::Keep { then, now },
            Pair::Before(then) if inside => Action::Insert(then),
            Pair::Before(_) => continue,
            Pair::After(now) if inside && at < extent.cleared_end => Action::Delete(now),
            Pair::After(now) | Pair::Both { after: now, .. } => Action::Leave(now),
        };
        // What stays behind the section stays behind what comes back in it.
        if inside && at >= extent.cleared_end && matches!(action, Action::Leave(_)) {
            left.push(action);
        } else {
            if !inside {
                actions.append(&mut left);
            }
            actions.push(action);
        }
    }
    actions.append(&mut left);
    actions
}

impl RestorePlan<'_> {
    /// The difference that writing it would make. `author` names who made a revision.
    #[must_use]
    pub fn preview<A: PartialEq>(&self, author: impl Fn(Revision) -> A) -> Difference {
        let steps = self.actions.iter().map(|action| match *action {
            Action::Keep { then, now } => Step::Both {
                before: now,
                after: then,
            },
            Action::Leave(now) => Step::Untouched(now),
            Action::Insert(then) => Step::New(then),
            Action::Delete(now) => Step::Gone(now),
        });
        build(&self.now, &self.then, steps, author)
    }

    /// The revision of the text that it changes.
    #[must_use]
    pub fn before(&self) -> Revision {
        self.now.revision()
    }

    fn changes_anything(&self) -> bool {
        self.actions.iter().any(|action| match *action {
            Action::Insert(_) | Action::Delete(_) => true,
            Action::Leave(_) => false,
            Action::Keep { then, now } => {
                let (then, now) = (self.then.elements.get(then), self.now.elements.get(now));
                then.zip(now)
                    .is_some_and(|(then, now)| self.looks_differ(then, now))
            }
        })
    }

    fn looks_differ(&self, then: &Element, now: &Element) -> bool {
        match (then.content, now.content) {
            (Content::Block(was), Content::Block(is)) => self.block_differs(was, is),
            _ => self.then.marks(then.format) != self.now.marks(now.format),
        }
    }

    /// Whether a marker's map holds other values; a conflict between equal values is no difference.
    pub(super) fn block_differs(&self, was: u32, is: u32) -> bool {
        !holds_the_same(&self.then.block(was), &self.now.block(is))
    }
}

pub(super) fn holds_the_same(a: &hydrate::Map, b: &hydrate::Map) -> bool {
    a.len() == b.len()
        && a.iter().all(|(key, field)| match (&field.value, b.get(key)) {
            (hydrate::Value::Map(a), Some(hydrate::Value::Map(b))) => holds_the_same(a, b),
            (a, b) => Some(a) == b,
        })
}
