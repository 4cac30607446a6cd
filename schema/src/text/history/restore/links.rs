//! Which old words the words of a restore are: the payload of `text.restored/1`, and its way back into a history.
//!
//! Why it exists: a restore writes the old words anew, as the restorer's operations. Without a record of what they
//! were, everything restored would become the restorer's work.

use automerge::ActorId;
use serde::{Deserialize, Serialize};

use super::super::id::ElementId;
use super::super::replay::TextHistory;
use crate::domain::canonical;
use crate::ids::{Generation, Position};

pub use crate::log::kinds::TEXT_RESTORED;

/// The payload of `text.restored/1`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TextRestored {
    /// The generation written in.
    pub generation: Generation,
    /// The position whose text came back.
    pub to_position: Position,
    /// The position of the text that was changed.
    pub before_position: Position,
    /// The heading (`counter@actor`) and title of the section, if only that came back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub section: Option<RestoredSection>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The automerge changes that did it (hexadecimal hashes), in order.
    pub changes: Vec<String>,
    /// The automerge actors (hexadecimal) that `links` count.
    pub actors: Vec<String>,
    /// Runs of restored elements: new counter, new actor, first counter, first actor, length.
    pub links: Vec<[u64; 5]>,
}

/// A restored section.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RestoredSection {
    /// Its heading as it was first written: two sections may have the same title, and one may come back as a copy.
    pub heading: String,
    /// The words of the heading.
    pub title: String,
}

/// Links that do not fit the history.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LinkError {
    /// A run names an actor or an element that is not there.
    #[error("run {run} of the restored words names an element that is not in the history")]
    NoSuchElement {
        /// Which run.
        run: usize,
    },
}

impl TextRestored {
    /// Its canonical JSON.
    #[must_use]
    pub fn payload(&self) -> Vec<u8> {
        canonical::to_vec(self).expect("a restore holds text and numbers below 2^53 only")
    }

    /// Reads a stored payload.
    ///
    /// # Errors
    /// When it is no `text.restored/1`.
    pub fn read(payload: &[u8]) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(payload)
    }

    /// The words of the heading, if only a section came back.
    #[must_use]
    pub fn section_title(&self) -> Option<String> {
        self.section.as_ref().map(|section| section.title.clone())
    }

    /// What the section is known by, if only a section came back.
    #[must_use]
    pub fn section_heading(&self) -> Option<String> {
        self.section.as_ref().map(|section| section.heading.clone())
    }

    /// Whether this brings back the text that another restore changed. `other` is the first one of the chapter that does
    /// not stand before [`Self::to_position`]: the text stood until then.
    #[must_use]
    pub fn takes_back(&self, other: &Self) -> bool {
        let stood_before = other.before_position <= self.to_position;
        // The whole text of then is without what came back in a section; one section of it is not all that came back.
        let holds_all = self.section.is_none() || self.section_heading() == other.section_heading();
        stood_before && holds_all
    }
}

/// Pairs of elements, new and first, as actors and runs.
pub(super) fn runs(pairs: &[(ElementId, ElementId)]) -> (Vec<String>, Vec<[u64; 5]>) {
    let mut actors: Vec<String> = Vec::new();
    let mut number = |actor: &ActorId| {
        let name = actor.to_hex_string();
        let known = actors.iter().position(|other| *other == name);
        known.unwrap_or_else(|| {
            actors.push(name);
            actors.len() - 1
        }) as u64
    };
    let mut runs: Vec<[u64; 5]> = Vec::new();
    for (new, first) in pairs {
        let next = [
            new.counter,
            number(&new.actor),
            first.counter,
            number(&first.actor),
        ];
        match runs.last_mut() {
            Some([counter, actor, first_counter, first_actor, length])
                if [*counter + *length, *actor, *first_counter + *length, *first_actor] == next =>
            {
                *length += 1;
            }
            _ => {
                let [counter, actor, first_counter, first_actor] = next;
                runs.push([counter, actor, first_counter, first_actor, 1]);
            }
        }
    }
    (actors, runs)
}

impl TextHistory {
    /// Gives restored words back to their first authors. The changes of the restore must be in the history.
    ///
    /// # Errors
    /// [`LinkError`]; the runs before the faulty one stay linked.
    pub fn link(&mut self, restored: &TextRestored) -> Result<(), LinkError> {
        let actors: Vec<Option<ActorId>> = restored
            .actors
            .iter()
            .map(|actor| ActorId::try_from(actor.as_str()).ok())
            .collect();
        let actor = |number: u64| actors.get(usize::try_from(number).ok()?)?.clone();
        for (run, [counter, new_actor, first_counter, first_actor, length]) in
            restored.links.iter().enumerate()
        {
            let fault = LinkError::NoSuchElement { run };
            let (new_actor, first_actor) =
                (actor(*new_actor).ok_or(fault)?, actor(*first_actor).ok_or(fault)?);
            let node = |counter: u64, step: u64, actor: &ActorId| {
                self.node_of(&ElementId {
                    counter: counter.checked_add(step)?,
                    actor: actor.clone(),
                })
            };
            let mut linked = Vec::new();
            for step in 0..*length {
                let new = node(*counter, step, &new_actor).ok_or(fault)?;
                let first = node(*first_counter, step, &first_actor).ok_or(fault)?;
                linked.push((new, first));
            }
            for (new, first) in linked {
                self.stands_for(new, first);
                self.stands_where_it_went(new, first);
                if let Some(born) = self.born(new) {
                    self.brought.insert(new, born);
                }
            }
        }
        Ok(())
    }

    /// What came back right behind the one that went keeps the place of that among the words.
    fn stands_where_it_went(&mut self, new: u32, first: u32) {
        let gone = self.text_sequence().and_then(|text| text.neighbour_before(new));
        if let Some(gone) = gone.filter(|gone| self.origin(*gone) == first) {
            let word = self.standing.word(gone);
            if self.standing.is_seated_behind(new, word) {
                self.standing.stand_for(new, word);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn restored((to, before): (u64, u64), section: Option<&str>) -> TextRestored {
        let section = section.map(|heading| RestoredSection {
            heading: heading.to_owned(),
            title: "Wat gaan we doen?".to_owned(),
        });
        TextRestored {
            generation: Generation(1),
            to_position: Position(to),
            before_position: Position(before),
            section,
            reason: None,
            changes: Vec::new(),
            actors: Vec::new(),
            links: Vec::new(),
        }
    }

    #[test]
    fn an_undo_brings_back_the_text_that_another_restore_changed_and_all_of_that() {
        let whole = restored((9, 20), None);
        let section = restored((9, 20), Some("2@aa"));
        for to in [20, 21] {
            let undo = restored((to, 30), None);
            assert!(undo.takes_back(&whole) && undo.takes_back(&section), "to {to}");
            let of_section = restored((to, 30), Some("2@aa"));
            assert!(of_section.takes_back(&section) && !of_section.takes_back(&whole));
            assert!(!restored((to, 30), Some("9@aa")).takes_back(&section));
        }
        let earlier = restored((19, 30), None);
        assert!(!earlier.takes_back(&whole) && !earlier.takes_back(&section));
    }
}
