//! Names of things: a newtype per id, so that a chapter can never be asked for by a person's id.
//!
//! Ids are 16 bytes. The core never makes one: they arrive as arguments (see `server/src/clock.rs`).
//! `Display` is the stored form (hyphenated UUID), `FromStr` the only door for text.

use std::fmt;
use std::str::FromStr;

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Text that is not an id of the named kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a valid {kind}: {text:?}")]
pub struct ParseIdError {
    kind: &'static str,
    text: String,
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Encode, Decode)]
        #[serde(transparent)]
        #[cbor(transparent)]
        pub struct $name(#[serde(with = "hyphenated")] #[cbor(n(0), with = "minicbor::bytes")] [u8; 16]);

        impl $name {
            /// Wraps 16 bytes made elsewhere.
            #[must_use]
            pub const fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(bytes)
            }

            /// The 16 bytes as stored.
            #[must_use]
            pub const fn as_bytes(&self) -> &[u8; 16] {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                Uuid::from_bytes(self.0).hyphenated().fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({self})", stringify!($name))
            }
        }

        impl FromStr for $name {
            type Err = ParseIdError;

            fn from_str(text: &str) -> Result<Self, ParseIdError> {
                Uuid::try_parse(text)
                    .map(|id| Self(id.into_bytes()))
                    .map_err(|_| ParseIdError { kind: stringify!($name), text: text.chars().take(64).collect() })
            }
        }
    )*};
}

ids! {
    /// A plan: one ordered log.
    PlanId;
    /// A person. Names and addresses live in the accounts store, never in the log.
    PersonId;
    /// An organisation taking part in a plan.
    PartyId;
    /// A chapter: one CRDT text at a time, see [`Generation`].
    ChapterId;
    /// A commitment (*afspraak*).
    CommitmentId;
    /// A writing team (*schrijfteam*).
    TeamId;
    /// A challenge (*regio-opgave*).
    ChallengeId;
    /// A strand: what commitments serve (*ambitie, bouwsteen*).
    StrandId;
    /// A request to erase content, and what became of it.
    ErasureId;
    /// One browser or program installation.
    DeviceId;
    /// One opened page (tab) of a device.
    PageSessionId;
    /// What a person gave a program to act for them; says nothing of the token itself.
    AccessTokenId;
    /// An event's identity for idempotent appends.
    EventId;
    /// A command's identity (`Idempotency-Key`).
    CommandId;
    /// One life of a log; a restore from backup starts a new one.
    IncarnationId;
    /// The automerge actor (16 bytes) that the server bound to a person, party and page session.
    BoundActor;
}

mod hyphenated {
    //! Ids in JSON are hyphenated UUID text.
    use serde::{Deserialize, Deserializer, Serializer, de::Error};
    use uuid::Uuid;

    pub fn serialize<S: Serializer>(bytes: &[u8; 16], to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(&Uuid::from_bytes(*bytes).hyphenated())
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<[u8; 16], D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(from)?;
        Uuid::try_parse(&text)
            .map(Uuid::into_bytes)
            .map_err(D::Error::custom)
    }
}

macro_rules! numbers {
    ($($(#[$doc:meta])* $name:ident($inner:ty);)*) => {$(
        $(#[$doc])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize, Encode, Decode,
        )]
        #[serde(transparent)]
        #[cbor(transparent)]
        pub struct $name(#[n(0)] pub $inner);

        impl $name {
            /// The one after this; saturates at the end of the number's range.
            #[must_use]
            pub const fn next(self) -> Self {
                Self(self.0.saturating_add(1))
            }

            /// The one before this; none before 0.
            #[must_use]
            pub fn before(self) -> Option<Self> {
                self.0.checked_sub(1).map(Self)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    )*};
}

numbers! {
    /// A dense place in a plan's log, from 0; also the Merkle leaf index.
    Position(u64);
    /// A dense place in one stream, from 0.
    Revision(u64);
    /// Which automerge document carries a chapter's text, from 1.
    Generation(u32);
    /// Milliseconds since 1970-01-01T00:00:00Z.
    TimestampMs(u64);
}

/// The actor of an event: the position of the `actor.bound/1` event that says who it is.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Encode, Decode,
)]
#[serde(transparent)]
#[cbor(transparent)]
pub struct ActorRef(#[n(0)] pub Position);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_survives_its_stored_form() {
        let id = PlanId::from_bytes([7; 16]);
        assert_eq!(id.to_string().parse(), Ok(id));
        assert_eq!(
            serde_json::from_str::<PlanId>(&serde_json::to_string(&id).unwrap()).unwrap(),
            id
        );
    }

    #[test]
    fn other_text_is_refused_by_name() {
        assert!(
            "hoofdstuk 1"
                .parse::<ChapterId>()
                .unwrap_err()
                .to_string()
                .contains("ChapterId")
        );
    }
}
