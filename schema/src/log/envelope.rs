//! The envelope: everything about an event except its content.

use crate::ids::{ActorRef, CommandId, EventId, Position, Revision, TimestampMs};
use crate::log::{Kind, Stream, Via};

/// What the log states about an event. At most 120 bytes encoded for a text event (golden test).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    /// Dense place in the plan, also the Merkle leaf index.
    pub position: Position,
    /// The stream it stands in.
    pub stream: Stream,
    /// Dense place in that stream.
    pub revision: Revision,
    /// Identity.
    pub id: EventId,
    /// Kind and version of the payload.
    pub kind: Kind,
    /// UTC; never decreasing within a plan.
    pub recorded_at: TimestampMs,
    /// The actor: the position of its `actor.bound/1`.
    pub who: ActorRef,
    /// By which way it came.
    pub via: Via,
    /// The event that this one follows from.
    pub causation: Option<EventId>,
    /// The command it belongs to.
    pub correlation: Option<CommandId>,
    /// SHA-256(salt₂ ‖ payload).
    pub payload_commitment: [u8; 32],
}
