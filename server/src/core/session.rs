//! One connection: who is on it, whether it has greeted, which chapters it has open.

use std::collections::{BTreeMap, BTreeSet};

use schema::domain::policy::{Action, may};
use schema::domain::{PlanState, Refusal};
use schema::ids::{ChapterId, DeviceId, PageSessionId, PlanId, TimestampMs};

use super::Visitor;

/// Before and after the handshake.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// No `Hello` yet: nothing else may be said.
    Greeting,
    /// Greeted, with the page that it speaks for.
    Open {
        /// The installation.
        device: DeviceId,
        /// The page.
        page: PageSessionId,
        /// The version of the protocol that is spoken (rule C2).
        version: u16,
    },
}

/// See the module's text.
#[derive(Debug)]
pub struct Session {
    /// Who.
    pub visitor: Visitor,
    /// How far the handshake is.
    pub phase: Phase,
    /// Open chapters by channel.
    pub channels: BTreeMap<u32, (PlanId, ChapterId)>,
    /// Openings that were asked for and have no answer yet.
    pub opening: usize,
    /// Of which chapters text is stored on its device; none until it said so.
    pub held: Option<BTreeSet<(PlanId, ChapterId)>>,
    /// When it last said anything.
    pub heard_at: TimestampMs,
    /// When news of its device was last given.
    pub told_at: TimestampMs,
}

impl Session {
    /// A connection that has said nothing yet.
    #[must_use]
    pub fn new(visitor: Visitor, now: TimestampMs) -> Self {
        Self {
            visitor,
            phase: Phase::Greeting,
            channels: BTreeMap::new(),
            opening: 0,
            held: None,
            heard_at: now,
            told_at: now,
        }
    }
}

impl Visitor {
    /// Whether text may be written on this connection: the person's right, cut by how far their program goes.
    ///
    /// # Errors
    /// Why not.
    pub fn may_write(&self, state: &PlanState, chapter: ChapterId) -> Result<(), Refusal> {
        let action = Action::WriteText(chapter);
        may(state, self.caller.as_ref(), &action)?;
        let within = self.sign_in.as_ref().and_then(|sign_in| sign_in.within);
        within.map_or(Ok(()), |scope| scope.ensure(&action))
    }
}
