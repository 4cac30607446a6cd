//! Somebody else in a chapter, as the server tells it: to native clients, and through it to those of others.

use crate::ids::{PartyId, PersonId};
use crate::wire::ServerFrame;

/// Somebody else in the chapter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeerPresence {
    /// Distinguishes pages while they are here.
    pub peer: u64,
    /// Who.
    pub person: PersonId,
    /// Display name.
    pub name: String,
    /// For which party.
    pub party: PartyId,
    /// The party's display name.
    pub party_name: String,
    /// Opaque cursor, empty until one was sent.
    pub payload: Vec<u8>,
    /// The program of theirs that is here; none: they are here themselves.
    pub program: Option<String>,
}

impl PeerPresence {
    /// Of a frame that tells it.
    #[must_use]
    pub fn of(frame: ServerFrame) -> Option<Self> {
        let ServerFrame::Presence {
            peer,
            person,
            name,
            party,
            party_name,
            payload,
            program,
            ..
        } = frame
        else {
            return None;
        };
        Some(Self {
            peer,
            person,
            name,
            party,
            party_name,
            payload: payload.into(),
            program,
        })
    }
}
