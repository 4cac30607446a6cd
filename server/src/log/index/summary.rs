//! Which kinds and actors occur in a run of events: a reader that looks for others skips the run.

use std::collections::BTreeSet;

use schema::log::Envelope;

use crate::log::Selector;

/// Kinds and actors of a run of events.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Summary {
    kinds: BTreeSet<String>,
    actors: BTreeSet<u64>,
}

impl Summary {
    /// Takes the next event in.
    pub fn push(&mut self, envelope: &Envelope) {
        if !self.kinds.contains(envelope.kind.name.as_ref()) {
            self.kinds.insert(envelope.kind.name.clone().into_owned());
        }
        self.actors.insert(envelope.who.0.0);
    }

    /// Whether an event that the selector means may be among those summed up.
    #[must_use]
    pub fn may_hold(&self, selector: &Selector) -> bool {
        match selector {
            Selector::KindPrefix(prefix) => self.kinds.iter().any(|kind| kind.starts_with(prefix.as_str())),
            Selector::Actor(actor) => self.actors.contains(&actor.0.0),
            Selector::All | Selector::Stream(_) | Selector::Span { .. } => true,
        }
    }

    /// CBOR `[[kind names], [actor positions]]`.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let kinds: Vec<&str> = self.kinds.iter().map(String::as_str).collect();
        let actors: Vec<u64> = self.actors.iter().copied().collect();
        let Ok(bytes) = minicbor::to_vec((kinds, actors))
            .map_err(|_| -> std::convert::Infallible { unreachable!("text and numbers have an encoding") });
        bytes
    }

    /// Reads what [`Summary::to_bytes`] wrote; nothing when these are other bytes.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (kinds, actors): (Vec<String>, Vec<u64>) = minicbor::decode(bytes).ok()?;
        Some(Self {
            kinds: kinds.into_iter().collect(),
            actors: actors.into_iter().collect(),
        })
    }
}
