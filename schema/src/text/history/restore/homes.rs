//! Where what comes back stood: right behind the very letter or marker that went.
//!
//! Why it exists: a restore that writes old words at a position of the text writes words of its own. Who undoes the
//! deletion of the same words, types beside them at that moment or looks for their author then meets two rows of words where
//! there is one. So what comes back is written behind what went wherever the document still holds that, as undo
//! does ([`crate::text::letters_back`]), and stands as if it had never gone.
//!
//! # Invariants
//!
//! - Only where that is the very place that the plan gives it: between the same letters that stay.
//! - No two come back behind the same element.

use std::collections::{BTreeMap, BTreeSet};

use super::super::align::longest_rising;
use super::super::elements::{Content, Element, View};
use super::super::replay::TextHistory;
use super::plan::Action;

/// The element that went, and its place among all elements, as in [`super::super::elements::Element`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Home {
    pub node: u32,
    pub order: u32,
}

/// Homes by the places of what comes back among the elements of the text then.
pub(super) type Homes = BTreeMap<usize, Home>;

/// Looks up the homes of what is asked to come back in the text `now`.
pub(super) fn homes(asked: &[Action], then: &View<'_>, now: &View<'_>) -> Homes {
    let history = now.history;
    let started = history.starts.range(..=now.revision).next_back();
    let lives = (started.copied().unwrap_or(0), now.revision);
    let mut nodes: BTreeMap<u32, usize> = BTreeMap::new();
    for action in asked {
        if let Action::Insert(at) = *action
            && let Some(element) = then.elements.get(at)
            && matches!(element.content, Content::Char(_) | Content::Block(_))
            && let Some(gone) = history.gone_from(element.node, lives)
        {
            nodes.insert(gone, at);
        }
    }
    if nodes.is_empty() {
        return Homes::new();
    }
    let places = history
        .text_sequence()
        .into_iter()
        .flat_map(|text| text.walk().zip(0..));
    let home = |((node, _), order)| Some((*nodes.get(&node)?, Home { node, order }));
    places.filter_map(home).collect()
}

impl TextHistory {
    /// The first element of what an element was put right behind when that had gone, if it shows the same: who takes their own words
    /// out and gives them back is no other author, so nothing else says so ([`super::super::put_back`]).
    pub(in super::super) fn given_back_for(&self, element: &Element) -> Option<u32> {
        let gone = self.text_sequence()?.neighbour_before(element.node)?;
        let shown = self.last_shown(gone)?;
        let is_same = match (self.content_at(gone, shown)?, element.content) {
            (Content::Block(_), Content::Block(_)) => true,
            (showed, shows) => showed == shows,
        };
        (is_same && shown < element.born).then(|| self.origin(gone))
    }

    /// The element that held the words of one in a generation and does not show any more. `lives` are the revisions of its start
    /// and of now.
    fn gone_from(&self, node: u32, (started, now): (u32, u32)) -> Option<u32> {
        let copy = std::iter::successors(Some(node), |node| self.copies.get(node).copied()).last();
        let newest = self.newest.get(&self.origin(node)).copied();
        [copy, newest].into_iter().flatten().find(|node| {
            let is_there = self
                .born(*node)
                .is_some_and(|born| (started..=now).contains(&born));
            is_there && self.content_at(*node, now).is_none()
        })
    }
}

/// The actions, so that what comes back home stands in the order of the document with what goes; and which do.
pub(super) fn at_home(actions: &[Action], homes: &Homes, now: &View<'_>) -> (Vec<Action>, BTreeSet<usize>) {
    let mut gap = Gap {
        homes,
        now,
        from: None,
        done: Vec::with_capacity(actions.len()),
        come_home: BTreeSet::new(),
    };
    let stays = |action: &Action| matches!(action, Action::Keep { .. } | Action::Leave(_));
    for part in actions.split_inclusive(stays) {
        let (between, end) = match part {
            [between @ .., end] if stays(end) => (between, Some(*end)),
            all => (all, None),
        };
        gap.close(between, end);
    }
    (gap.done, gap.come_home)
}

/// What goes and comes between two elements that stay.
struct Gap<'p, 'h> {
    homes: &'p Homes,
    now: &'p View<'h>,
    /// Where the last one stands that stays.
    from: Option<u32>,
    done: Vec<Action>,
    come_home: BTreeSet<usize>,
}

impl Gap<'_, '_> {
    fn close(&mut self, between: &[Action], end: Option<Action>) {
        let to = end.and_then(|end| self.order_now(end));
        let home = |action: &Action| match action {
            Action::Insert(at) => self.homes.get(at).map(|home| (home.order, *at)),
            _ => None,
        };
        let is_here =
            |order: u32| self.from.is_none_or(|from| from < order) && to.is_none_or(|to| order < to);
        let found = between
            .iter()
            .filter_map(home)
            .filter(|(order, _)| is_here(*order));
        let found: Vec<(usize, usize)> = found.map(|(order, at)| (order as usize, at)).collect();
        let rising: BTreeMap<usize, u32> = longest_rising(&found)
            .into_iter()
            .map(|(order, at)| (at, u32::try_from(order).unwrap_or(u32::MAX)))
            .collect();
        if rising.is_empty() {
            self.done.extend_from_slice(between);
        } else {
            let (coming, going): (Vec<Action>, Vec<Action>) = between
                .iter()
                .partition(|action| matches!(action, Action::Insert(_)));
            let mut going = going.into_iter().peekable();
            for action in coming {
                let home = match action {
                    Action::Insert(at) => rising.get(&at).copied(),
                    _ => None,
                };
                while let Some(goes) = going.next_if(|goes| self.order_now(*goes) < home) {
                    self.done.push(goes);
                }
                self.done.push(action);
            }
            self.done.extend(going);
        }
        self.come_home.extend(rising.into_keys());
        self.done.extend(end);
        self.from = to.or(self.from);
    }

    fn order_now(&self, action: Action) -> Option<u32> {
        let (Action::Keep { now, .. } | Action::Leave(now) | Action::Delete(now)) = action else {
            return None;
        };
        Some(self.now.elements.get(now)?.order)
    }
}
