//! Origins: the names of logs, and the one that a plan's log has.
//!
//! Why it exists: a plan moves to another host without becoming another log, and a restore from backup is
//! another log, openly. So the origin holds the plan and the incarnation, and no host.

use std::fmt;
use std::str::FromStr;

use crate::ids::{IncarnationId, PlanId};
use crate::limits::KEY_NAME_BYTES_MAX;

/// What the origin of every plan's log begins with; also what a witness may trust as a prefix.
pub const PLAN_ORIGIN_PREFIX: &str = "schrijftafel.org/plan/";

/// Text that is not an origin of the kind asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ParseOriginError {
    /// Not a line of the right length.
    #[error("an origin is one line of 1 to {KEY_NAME_BYTES_MAX} bytes")]
    Line,
    /// Not a prefix that ends at a slash.
    #[error("a prefix of origins ends in a slash")]
    Prefix,
    /// Not the origin of a plan.
    #[error("not the origin of a plan: expected {PLAN_ORIGIN_PREFIX}PLAN/INCARNATION")]
    Plan,
}

/// The name of any log, a stranger's included.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Origin(String);

impl Origin {
    /// The line.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Origin {
    type Err = ParseOriginError;

    fn from_str(text: &str) -> Result<Self, ParseOriginError> {
        let fits = (1..=KEY_NAME_BYTES_MAX).contains(&text.len());
        if fits && !text.contains(|c| c < ' ') {
            Ok(Self(text.to_owned()))
        } else {
            Err(ParseOriginError::Line)
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The name of one life of a plan's log: `schrijftafel.org/plan/<plan>/<incarnation>`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PlanOrigin {
    /// The plan.
    pub plan: PlanId,
    /// The life of its log.
    pub incarnation: IncarnationId,
}

impl PlanOrigin {
    /// As any log's origin.
    #[must_use]
    pub fn origin(&self) -> Origin {
        Origin(self.to_string())
    }
}

impl fmt::Display for PlanOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PLAN_ORIGIN_PREFIX}{}/{}", self.plan, self.incarnation)
    }
}

impl FromStr for PlanOrigin {
    type Err = ParseOriginError;

    fn from_str(text: &str) -> Result<Self, ParseOriginError> {
        let ids = text
            .strip_prefix(PLAN_ORIGIN_PREFIX)
            .and_then(|rest| rest.split_once('/'));
        let (plan, incarnation) = ids.ok_or(ParseOriginError::Plan)?;
        let origin = Self {
            plan: plan.parse().map_err(|_| ParseOriginError::Plan)?,
            incarnation: incarnation.parse().map_err(|_| ParseOriginError::Plan)?,
        };
        // Ids are read in other forms too; an origin has one.
        if origin.to_string() == text {
            Ok(origin)
        } else {
            Err(ParseOriginError::Plan)
        }
    }
}
