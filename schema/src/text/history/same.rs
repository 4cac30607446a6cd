//! Which stretches of an earlier text still stand, and where: the identity map between any two revisions.
//!
//! Why it exists: who wrote in a generation that has ended lays their words beside those of the text as it is now, however
//! many generations lie between. Comparing letters would guess; elements keep their identity, and copies know their
//! originals.

use super::align::{Pair, align};
use super::elements::View;
use super::replay::TextHistory;
use crate::ids::Revision;
use crate::text::generation::SameRun;

impl TextHistory {
    /// The stretches of the text at `before` that stand in the text at `after`, in the order of both.
    #[must_use]
    pub fn same(&self, before: Revision, after: Revision) -> Vec<SameRun> {
        let (before, after) = (self.view(before), self.view(after));
        let mut runs: Vec<SameRun> = Vec::new();
        for pair in align(&before, &after) {
            let Pair::Both {
                before: old,
                after: new,
            } = pair
            else {
                continue;
            };
            let (Some((old, length)), Some((new, _))) = (extent(&before, old), extent(&after, new)) else {
                continue;
            };
            match runs.last_mut() {
                Some(run) if run.old + run.length == old && run.new + run.length == new => {
                    run.length += length;
                }
                _ => runs.push(SameRun { old, new, length }),
            }
        }
        runs
    }
}

/// Where an element starts and how many UTF-16 units it takes.
fn extent(view: &View<'_>, at: usize) -> Option<(u32, u32)> {
    let start = view.elements.get(at)?.index;
    let end = view.elements.get(at + 1).map(|next| next.index);
    let end = end.unwrap_or_else(|| u32::try_from(view.utf16_len()).unwrap_or(u32::MAX));
    Some((start, end.saturating_sub(start)))
}
