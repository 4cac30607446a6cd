//! Names of operations: what a person can point at ([`ElementId`]) and what the index stores ([`OpKey`]).
//!
//! Why two: an element's public name must mean the same on every machine, so it carries the actor's bytes;
//! a history holds one name per typed character, so inside it an actor is a number and a name is 8 bytes.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use automerge::ActorId;

/// The operation that put an element into the text, written `counter@actor` like automerge's own object ids.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ElementId {
    /// The operation's counter.
    pub counter: u64,
    /// The automerge actor that made it.
    pub actor: ActorId,
}

impl fmt::Display for ElementId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.counter, self.actor.to_hex_string())
    }
}

/// Text that is not an element id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not an element id: {0:?}")]
pub struct ParseElementIdError(String);

impl FromStr for ElementId {
    type Err = ParseElementIdError;

    fn from_str(text: &str) -> Result<Self, ParseElementIdError> {
        let parse = || {
            let (counter, actor) = text.split_once('@')?;
            let plain = counter.bytes().all(|digit| digit.is_ascii_digit());
            let counter = counter.parse().ok().filter(|_| plain)?;
            Some(Self {
                counter,
                actor: ActorId::try_from(actor)
                    .ok()
                    .filter(|id| !id.to_bytes().is_empty())?,
            })
        };
        parse().ok_or_else(|| ParseElementIdError(text.chars().take(128).collect()))
    }
}

/// An operation inside one history: its counter and the number of its actor in [`Actors`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct OpKey {
    pub counter: u32,
    pub actor: u32,
}

/// Where an inserted element stands: which sequence, and which node of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub object: u32,
    pub node: u32,
}

/// Every actor of a history and the elements each of them inserted, oldest first.
#[derive(Debug, Clone, Default)]
pub(super) struct Actors {
    names: Vec<ActorId>,
    numbers: BTreeMap<ActorId, u32>,
    inserted: Vec<Vec<(u32, Place)>>,
}

impl Actors {
    /// The number of an actor, given to it now when it is new.
    pub fn number_or_new(&mut self, actor: &ActorId) -> u32 {
        if let Some(number) = self.numbers.get(actor) {
            return *number;
        }
        let number = u32::try_from(self.names.len()).unwrap_or(u32::MAX);
        self.numbers.insert(actor.clone(), number);
        self.names.push(actor.clone());
        self.inserted.push(Vec::new());
        number
    }

    /// The number of an actor that is known.
    pub fn number(&self, actor: &ActorId) -> Option<u32> {
        self.numbers.get(actor).copied()
    }

    /// The stored key of an operation, if its actor is known and its counter in range.
    pub fn key(&self, counter: u64, actor: &ActorId) -> Option<OpKey> {
        Some(OpKey {
            counter: u32::try_from(counter).ok()?,
            actor: *self.numbers.get(actor)?,
        })
    }

    /// The public name of an operation.
    pub fn name(&self, key: OpKey) -> Option<ElementId> {
        let actor = self.names.get(key.actor as usize)?.clone();
        Some(ElementId {
            counter: u64::from(key.counter),
            actor,
        })
    }

    /// The order automerge keeps between operations: by counter, then by the actor's bytes.
    pub fn compare(&self, a: OpKey, b: OpKey) -> Ordering {
        a.counter.cmp(&b.counter).then_with(|| {
            self.names
                .get(a.actor as usize)
                .cmp(&self.names.get(b.actor as usize))
        })
    }

    /// Remembers where an element was inserted. Counters of one actor must come in rising order.
    pub fn remember(&mut self, key: OpKey, place: Place) {
        if let Some(list) = self.inserted.get_mut(key.actor as usize) {
            list.push((key.counter, place));
        }
    }

    /// Where the element inserted by this operation stands.
    pub fn place(&self, key: OpKey) -> Option<Place> {
        let list = self.inserted.get(key.actor as usize)?;
        let at = list
            .binary_search_by_key(&key.counter, |(counter, _)| *counter)
            .ok()?;
        list.get(at).map(|(_, place)| *place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_element_id_survives_its_written_form() {
        let id = ElementId {
            counter: 12,
            actor: ActorId::from([7u8; 16]),
        };
        assert_eq!(id.to_string().parse(), Ok(id));
    }

    #[test]
    fn other_text_is_refused() {
        for text in [
            "",
            "12",
            "@",
            "12@",
            "-1@07",
            "+1@07",
            "12@xyz",
            "99999999999999999999@07",
            "1@2@3",
        ] {
            assert!(text.parse::<ElementId>().is_err(), "{text}");
        }
    }
}
