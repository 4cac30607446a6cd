//! Kinds of the events around texts, and event ids derived from what an event is about.
//!
//! Why it exists: server core, history and export must name these kinds alike. Kinds of decided events stand
//! in `domain::event`, that of actors in `domain::actor`.

use sha2::{Digest, Sha256};

use crate::ids::EventId;
use crate::log::Kind;

/// Starts a generation of a chapter's text; always revision 0 of its stream.
pub const TEXT_GENERATION: Kind = Kind::new("text.generation", 1);
/// One accepted automerge change; the payload is the raw change chunk.
pub const TEXT_CHANGED: Kind = Kind::new("text.changed", 1);
/// Explains the changes that follow it under the same command: what they bring back, and from where.
pub const TEXT_RESTORED: Kind = Kind::new("text.restored", 1);
/// Names a change that was accepted and then could not be applied; it ended its generation.
pub const TEXT_QUARANTINED: Kind = Kind::new("text.quarantined", 1);

/// The first 16 bytes of SHA-256 over a domain tag, `purpose` and `parts`, each with its length (4 bytes, big
/// endian) before it. Whatever is about the same thing gets the same id, and so is appended once.
#[must_use]
pub fn derived_event_id(purpose: &[u8], parts: &[&[u8]]) -> EventId {
    let mut hasher = Sha256::new();
    hasher.update(b"schrijftafel/derived-event/1");
    for part in std::iter::once(&purpose).chain(parts) {
        hasher.update(u32::try_from(part.len()).unwrap_or(u32::MAX).to_be_bytes());
        hasher.update(part);
    }
    let digest: [u8; 32] = hasher.finalize().into();
    let [id @ .., _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _] = digest;
    EventId::from_bytes(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_cannot_be_shifted_into_each_other() {
        assert_ne!(derived_event_id(b"a", &[b"bc"]), derived_event_id(b"ab", &[b"c"]));
        assert_eq!(derived_event_id(b"a", &[b"bc"]), derived_event_id(b"a", &[b"bc"]));
    }
}
