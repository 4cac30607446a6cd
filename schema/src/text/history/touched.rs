//! Which revision deleted an element, rewrote a block or set a mark: what a difference asks about its parts.

use super::elements::View;
use super::replay::{Object, TextHistory};
use super::sequence::{NEVER, Value, Version};

impl TextHistory {
    /// The revision in which an element that showed at `before` went, up to `after`; where its generation ended before
    /// that, the one in which its copy went.
    pub(super) fn ended_between(&self, mut node: u32, mut before: u32, after: u32) -> Option<u32> {
        loop {
            let versions = self.text_sequence()?.node(node)?.versions();
            let ended = versions
                .filter(|version| version.holds_at(before) && version.ended <= after)
                .map(|version| version.ended)
                .max()?;
            match self.copies.get(&node).filter(|_| self.starts.contains(&ended)) {
                Some(copy) => (node, before) = (*copy, ended),
                None => return Some(ended),
            }
        }
    }

    /// The last revision after `before`, up to `after`, that changed a map or anything in it. That a fresh document
    /// repeats it is no change; what changed in a generation that has ended since is not known any more.
    pub(super) fn touched(&self, object: u32, (before, after): (u32, u32)) -> Option<u32> {
        let latest = |version: &Version| {
            let inside = match version.value {
                Value::Object(inner) if inner > object => self.touched(inner, (before, after)),
                _ => None,
            };
            let ended = Some(version.ended).filter(|ended| *ended != NEVER);
            let own = [Some(version.born), ended].into_iter().flatten();
            own.filter(|at| before < *at && *at <= after && !self.starts.contains(at))
                .chain(inside)
                .max()
        };
        match self.objects.get(object as usize)? {
            Object::Map(map) => map.values().flatten().filter_map(latest).max(),
            Object::List(list) | Object::Text(list) => list
                .walk()
                .flat_map(|(_, node)| node.versions())
                .filter_map(latest)
                .max(),
        }
    }
}

impl View<'_> {
    /// The revision that set (or took off) the mark of that name over an element; none where that was in a generation
    /// that has ended since.
    pub(super) fn mark_revision(&self, format: u32, name: &str) -> Option<u32> {
        let (_, key) = self.formats.get(format as usize)?.get(name)?;
        let set = self.history.born(self.history.actors.place(*key)?.node)?;
        (!self.history.starts.contains(&set)).then_some(set)
    }
}
