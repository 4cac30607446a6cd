//! Catch-up subscriptions: everything from a place on, then what comes, without gap or repetition.
//!
//! # Why it exists
//!
//! Projections, event feeds and webhooks must see every event once, however long they were away or however
//! slow they are. A subscription buffers one page and nothing else: it reads the log at its reader's pace, and a
//! wake-up only says that reading is worth while. A slow reader is therefore catching up, never a burden, and a
//! lost wake-up cannot lose an event.
//!
//! # Invariants
//!
//! - The place to read next moves only after a page was read: dropping `next()` half-way loses nothing.
//! - `everything` is ordered within each plan only.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use schema::ids::{IncarnationId, PlanId};
use schema::limits::SUBSCRIPTION_PAGE_EVENTS_MAX;
use schema::log::Record;
use tokio::sync::watch;

use super::{Direction, EventLog, LogWriter, ReadError, ReadRequest, Selector};

/// What to follow, and from where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Following {
    /// One plan.
    Plan {
        /// The plan.
        plan: PlanId,
        /// Which of its events.
        selector: Selector,
        /// The first one: a position, or a revision for [`Selector::Stream`].
        from: u64,
    },
    /// Every plan, also those to come. Streams, actors and spans belong to one plan each, so here only
    /// [`Selector::All`] and [`Selector::KindPrefix`] are taken.
    Everything {
        /// Which events.
        selector: Selector,
        /// Where an earlier subscription stood; nothing: from the start.
        after: Option<ResumeToken>,
    },
}

/// Where a subscription to everything stands. Opaque: only this log can use it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResumeToken {
    incarnation: IncarnationId,
    next: BTreeMap<PlanId, u64>,
}

/// Why a subscription does not begin or go on.
#[derive(Debug, thiserror::Error)]
pub enum SubscribeError {
    /// The text is no resume token.
    #[error("not a resume token")]
    Token,
    /// The token is of another life of the log: read again from the start.
    #[error("the resume token belongs to incarnation {theirs}, this log is {ours}")]
    Incarnation {
        /// The token's.
        theirs: IncarnationId,
        /// This log's.
        ours: IncarnationId,
    },
    /// The selector belongs to one plan.
    #[error("only all events or a kind can be followed over every plan")]
    Selector,
    /// The log cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
}

/// A running subscription.
#[derive(Debug)]
pub struct Subscription {
    log: LogHandle,
    grown: watch::Receiver<u64>,
    selector: Selector,
    only: Option<PlanId>,
    next: BTreeMap<PlanId, u64>,
    last_served: Option<PlanId>,
    page: VecDeque<(PlanId, Record)>,
}

struct LogHandle(Arc<dyn EventLog>);

impl fmt::Debug for LogHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "log {}", self.0.incarnation())
    }
}

impl LogWriter {
    /// Follows the log from a place on.
    ///
    /// # Errors
    /// [`SubscribeError`] for a foreign token or a selector that does not fit.
    pub fn subscribe(&self, following: Following) -> Result<Subscription, SubscribeError> {
        let log = self.log().clone();
        let (selector, only, next) = match following {
            Following::Plan { plan, selector, from } => {
                (selector, Some(plan), BTreeMap::from([(plan, from)]))
            }
            Following::Everything { selector, after } => {
                if !matches!(selector, Selector::All | Selector::KindPrefix(_)) {
                    return Err(SubscribeError::Selector);
                }
                (selector, None, resumed(after, log.incarnation())?)
            }
        };
        Ok(Subscription {
            log: LogHandle(log),
            grown: self.grown(),
            selector,
            only,
            next,
            last_served: None,
            page: VecDeque::new(),
        })
    }
}

fn resumed(after: Option<ResumeToken>, ours: IncarnationId) -> Result<BTreeMap<PlanId, u64>, SubscribeError> {
    match after {
        None => Ok(BTreeMap::new()),
        Some(token) if token.incarnation == ours => Ok(token.next),
        Some(token) => Err(SubscribeError::Incarnation {
            theirs: token.incarnation,
            ours,
        }),
    }
}

impl Subscription {
    /// The next event; waits for it when all is read. Nothing once the writer has ended and all is read.
    ///
    /// # Errors
    /// [`SubscribeError::Read`] when the log cannot be read; the next call tries again.
    pub async fn next(&mut self) -> Result<Option<(PlanId, Record)>, SubscribeError> {
        loop {
            if let Some(event) = self.take() {
                return Ok(Some(event));
            }
            // Seen before reading: growth during the read wakes the next wait at once.
            let ended = self.grown.has_changed().is_err();
            self.grown.mark_unchanged();
            if self.read_page().await? {
                continue;
            }
            if ended || self.grown.changed().await.is_err() && !self.is_behind() {
                return Ok(None);
            }
        }
    }

    /// Whether the log holds, at this moment, events that were not looked at yet.
    #[must_use]
    pub fn is_behind(&self) -> bool {
        !self.page.is_empty() || self.plans_behind().next().is_some()
    }

    /// Where to go on after the last event that [`Subscription::next`] gave.
    #[must_use]
    pub fn token(&self) -> ResumeToken {
        let mut next = self.next.clone();
        for (plan, record) in self.page.iter().rev() {
            next.insert(*plan, record.envelope.position.0);
        }
        ResumeToken {
            incarnation: self.log.0.incarnation(),
            next,
        }
    }

    fn take(&mut self) -> Option<(PlanId, Record)> {
        self.page.pop_front()
    }

    /// Reads one page of one plan that has grown. False when none has.
    async fn read_page(&mut self) -> Result<bool, SubscribeError> {
        let Some((plan, end)) = self.plans_behind().next() else {
            return Ok(false);
        };
        let request = ReadRequest {
            plan,
            selector: self.selector.clone(),
            from: self.next_of(plan),
            direction: Direction::Forward,
            limit: SUBSCRIPTION_PAGE_EVENTS_MAX,
        };
        let (from, log) = (request.from, self.log.0.clone());
        let read = tokio::task::spawn_blocking(move || log.read(&request));
        let records = read
            .await
            .map_err(|error| ReadError::Engine(error.to_string()))??;
        let next = records.last().map_or(from, |last| self.place_of(last) + 1);
        // A short page means that everything selected below `end` was read.
        let next = if records.len() < SUBSCRIPTION_PAGE_EVENTS_MAX {
            next.max(end)
        } else {
            next
        };
        self.next.insert(plan, next);
        self.last_served = Some(plan);
        self.page.extend(records.into_iter().map(|record| (plan, record)));
        Ok(true)
    }

    /// Plans with unread events, and how far they go: those after the last served one first, so that a busy
    /// plan does not hold up the others.
    fn plans_behind(&self) -> impl Iterator<Item = (PlanId, u64)> + '_ {
        let mut plans = match self.only {
            Some(plan) => vec![plan],
            None => self.log.0.plans(),
        };
        let served = plans
            .iter()
            .position(|plan| Some(*plan) > self.last_served)
            .unwrap_or(0);
        plans.rotate_left(served);
        plans.into_iter().filter_map(|plan| {
            let end = self.end_of(plan);
            (end > self.next_of(plan)).then_some((plan, end))
        })
    }

    fn end_of(&self, plan: PlanId) -> u64 {
        match &self.selector {
            // A failing look-up shows itself when the page is read.
            Selector::Stream(stream) => match self.log.0.last_revision(plan, stream) {
                Ok(last) => last.map_or(0, |last| last.0 + 1),
                Err(_) => u64::MAX,
            },
            _ => self.log.0.next_position(plan).0,
        }
    }

    fn place_of(&self, record: &Record) -> u64 {
        match self.selector {
            Selector::Stream(_) => record.envelope.revision.0,
            _ => record.envelope.position.0,
        }
    }

    fn next_of(&self, plan: PlanId) -> u64 {
        self.next.get(&plan).copied().unwrap_or(0)
    }
}

/// Hexadecimal text: incarnation, then plan and next position (8 bytes, big endian) of each plan.
impl fmt::Display for ResumeToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let places = self
            .next
            .iter()
            .map(|(plan, next)| (plan.as_bytes(), next.to_be_bytes()));
        let places = places.flat_map(|(plan, next)| plan.iter().copied().chain(next).collect::<Vec<u8>>());
        for byte in self.incarnation.as_bytes().iter().copied().chain(places) {
            write!(f, "{byte:02x}")?;
        }
        Ok(())
    }
}

impl FromStr for ResumeToken {
    type Err = SubscribeError;

    fn from_str(text: &str) -> Result<Self, SubscribeError> {
        let bytes = from_hex(text).ok_or(SubscribeError::Token)?;
        let (incarnation, places) = bytes.split_first_chunk::<16>().ok_or(SubscribeError::Token)?;
        let (places, rest) = places.as_chunks::<24>();
        if !rest.is_empty() {
            return Err(SubscribeError::Token);
        }
        let next = places.iter().map(|place| {
            let (plan, next) = place.split_first_chunk::<16>().expect("24 bytes begin with 16");
            let next = next.try_into().expect("24 bytes end with 8");
            (PlanId::from_bytes(*plan), u64::from_be_bytes(next))
        });
        Ok(Self {
            incarnation: IncarnationId::from_bytes(*incarnation),
            next: next.collect(),
        })
    }
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    let (pairs, []) = text.as_bytes().as_chunks::<2>() else {
        return None;
    };
    let digit = |byte: u8| {
        char::from(byte)
            .to_digit(16)
            .and_then(|digit| u8::try_from(digit).ok())
    };
    pairs
        .iter()
        .map(|[high, low]| Some(digit(*high)? * 16 + digit(*low)?))
        .collect()
}

#[cfg(test)]
mod tests;
