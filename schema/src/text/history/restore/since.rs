//! Carries what a restore does to the text that its maker looked at over to the text as it is now.
//!
//! Why it exists: others go on while somebody decides. What they did since is theirs: what they put there stays, what
//! they took out stays out, and words and lines keep the looks that they gave them. So a restore is a merge of three
//! texts: it makes the change from the text that was seen to the text that is wanted, and no other.
//!
//! # Invariants
//!
//! - Only what was not seen comes, and only what was seen goes. What came back since by other hands does not come twice.
//! - A mark, or what a line is, is set only where the wanted text differs from the one seen and nobody changed it since.
//! - Where nothing happened since, everything is done as it was asked.

use std::collections::{BTreeMap, BTreeSet};

use super::super::align::{Pair, align, alike};
use super::super::elements::{Content, Element, Format, View};
use super::super::line::Line;
use super::homes::Homes;
use super::plan::{Action, holds_the_same};

/// What is done to the text now.
pub(super) struct Carried {
    pub actions: Vec<Action>,
    /// The elements now that the restorer did not see, by their places.
    pub unseen: Vec<bool>,
}

/// Carries over what was asked of the text `seen`. Words that stay get in `then` the looks that they should have.
pub(super) fn carry<'h>(
    (asked, homes): (&[Action], &Homes),
    then: &mut View<'h>,
    seen: &View<'h>,
    now: &View<'h>,
) -> Carried {
    let pairs = align(seen, now);
    let mut unseen = vec![false; now.elements.len()];
    let mut came: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    for pair in &pairs {
        if let Pair::After(at) = *pair
            && let (Some(unseen), Some(element)) = (unseen.get_mut(at), now.elements.get(at))
        {
            *unseen = true;
            let history = now.history;
            let first = history.given_back_for(element);
            let first = first.unwrap_or_else(|| history.origin(element.node));
            came.entry(first).or_default().push(at);
        }
    }
    let mut carrying = Carrying {
        then,
        seen,
        now,
        homes,
        pairs: pairs.into_iter().peekable(),
        came,
        formats: BTreeMap::new(),
        actions: Vec::with_capacity(asked.len()),
    };
    for action in asked {
        carrying.action(*action);
    }
    carrying.pass_all();
    Carried {
        actions: carrying.actions,
        unseen,
    }
}

struct Carrying<'t, 'h> {
    then: &'t mut View<'h>,
    seen: &'t View<'h>,
    now: &'t View<'h>,
    homes: &'t Homes,
    pairs: std::iter::Peekable<std::vec::IntoIter<Pair>>,
    /// What came since, by the first element that it stands for.
    came: BTreeMap<u32, Vec<usize>>,
    /// The merged formats that were made, by those of the three texts.
    formats: BTreeMap<[u32; 3], u32>,
    actions: Vec<Action>,
}

impl Carrying<'_, '_> {
    fn action(&mut self, asked: Action) {
        let carried = match asked {
            Action::Insert(then) => return self.comes(then),
            Action::Leave(_) => self.reach_seen().map(Action::Leave),
            Action::Delete(_) => self.reach_seen().map(Action::Delete),
            Action::Keep { then, now: seen } => self.reach_seen().map(|now| self.keeps(then, seen, now)),
        };
        self.actions.extend(carried);
    }

    /// Passes what came since, up to the next element that was seen; answers its place if it still stands.
    fn reach_seen(&mut self) -> Option<usize> {
        loop {
            match self.pairs.next()? {
                Pair::After(now) => self.actions.push(Action::Leave(now)),
                Pair::Before(_) => return None,
                Pair::Both { after, .. } => return Some(after),
            }
        }
    }

    fn pass_all(&mut self) {
        while self.pairs.peek().is_some() {
            let seen = self.reach_seen().map(Action::Leave);
            self.actions.extend(seen);
        }
    }

    /// Puts what comes back at its place among what came since.
    fn comes(&mut self, at: usize) {
        let Some(element) = self.then.elements.get(at).copied() else {
            return;
        };
        if self.came_since(&element) {
            return;
        }
        let place = self.homes.get(&at).map_or(element.order, |home| home.order);
        while let Some(Pair::After(now)) = self.pairs.peek().copied() {
            let order = self.now.elements.get(now).map(|element| element.order);
            if order.is_none_or(|order| order > place) {
                break;
            }
            self.pairs.next();
            self.actions.push(Action::Leave(now));
        }
        self.actions.push(Action::Insert(at));
    }

    /// Whether somebody else brought an element back since; each that came is counted once.
    fn came_since(&mut self, wanted: &Element) -> bool {
        let (then, now) = (&*self.then, self.now);
        let Some(places) = self.came.get_mut(&then.history.origin(wanted.node)) else {
            return false;
        };
        let is_it = |at: &usize| {
            let element = now.elements.get(*at);
            element.is_some_and(|element| alike(then, now, wanted, element))
        };
        let found = places.iter().position(is_it);
        found.map(|found| places.remove(found)).is_some()
    }

    /// What stands in all three texts.
    fn keeps(&mut self, then: usize, seen: usize, now: usize) -> Action {
        let elements = (
            self.then.elements.get(then).copied(),
            self.seen.elements.get(seen).copied(),
            self.now.elements.get(now).copied(),
        );
        let (Some(was), Some(saw), Some(is)) = elements else {
            return Action::Leave(now);
        };
        if let (Content::Block(was), Content::Block(saw), Content::Block(is)) =
            (was.content, saw.content, is.content)
        {
            let saw = self.seen.block(saw);
            let is_asked = !holds_the_same(&self.then.block(was), &saw);
            // A new generation may write a marker otherwise that reads the same.
            return if is_asked && Line::read(self.now.block(is)) == Line::read(saw) {
                Action::Keep { then, now }
            } else {
                Action::Leave(now)
            };
        }
        let format = self.merged_format([was.format, saw.format, is.format]);
        if let Some(element) = self.then.elements.get_mut(then) {
            element.format = format;
        }
        Action::Keep { then, now }
    }

    fn merged_format(&mut self, formats: [u32; 3]) -> u32 {
        if let Some(known) = self.formats.get(&formats) {
            return *known;
        }
        let [then, seen, now] = formats;
        let format = merged(
            &format_of(self.then, then),
            &format_of(self.seen, seen),
            &format_of(self.now, now),
        );
        let number = u32::try_from(self.then.formats.len()).unwrap_or(u32::MAX);
        self.then.formats.push(format);
        self.formats.insert(formats, number);
        number
    }
}

fn format_of<'h>(view: &View<'h>, format: u32) -> Format<'h> {
    view.formats.get(format as usize).cloned().unwrap_or_default()
}

/// The marks as they are now, but for those that the wanted text has otherwise than the one seen and nobody changed since.
fn merged<'h>(then: &Format<'h>, seen: &Format<'h>, now: &Format<'h>) -> Format<'h> {
    let names: BTreeSet<&'h str> = then.keys().chain(now.keys()).copied().collect();
    let entry = |name: &'h str| {
        let value = |format: &Format<'h>| {
            let value = format.get(name).map(|(value, _)| *value);
            value.filter(|value| !value.is_null())
        };
        let is_asked = value(then) != value(seen) && value(now) == value(seen);
        let from = if is_asked { then } else { now };
        from.get(name).map(|entry| (name, *entry))
    };
    names.into_iter().filter_map(entry).collect()
}
