//! One connection: who is on it, whether it has greeted, which chapters it has open.

use std::collections::{BTreeMap, BTreeSet};

use schema::ids::{ChapterId, DeviceId, PageSessionId, PlanId, TimestampMs};

use super::Visitor;
use super::refusals::LineBudget;

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
    /// Of which chapters text is stored on its device; none until it said so.
    pub held: Option<BTreeSet<(PlanId, ChapterId)>>,
    /// When it last said anything.
    pub heard_at: TimestampMs,
    /// When news of its device was last given.
    pub told_at: TimestampMs,
    /// How many of its refusals may be logged.
    pub lines: LineBudget,
}

impl Session {
    /// A connection that has said nothing yet.
    #[must_use]
    pub fn new(visitor: Visitor, now: TimestampMs) -> Self {
        Self {
            visitor,
            phase: Phase::Greeting,
            channels: BTreeMap::new(),
            held: None,
            heard_at: now,
            told_at: now,
            lines: LineBudget::default(),
        }
    }
}
