//! What an operator may set of the core.

use schema::limits::CHAPTERS_BYTES_MAX;
use schema::text::growth::GrowthLimit;

/// What an operator may set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CoreLimits {
    /// How long the document of a chapter may grow.
    pub growth: GrowthLimit,
    /// Memory of open chapters above which those that nobody reads are closed at once.
    pub chapters_bytes_max: u64,
}

impl Default for CoreLimits {
    fn default() -> Self {
        Self {
            growth: GrowthLimit::default(),
            chapters_bytes_max: CHAPTERS_BYTES_MAX,
        }
    }
}
