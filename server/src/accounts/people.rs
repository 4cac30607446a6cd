//! What is kept of a person: as little as a colleague needs to recognise them.

use schema::domain::values::Line;
use serde::{Deserialize, Serialize};

/// A person, apart from their id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// The name colleagues see.
    pub name: Line,
    /// Where mail goes, if known.
    #[serde(default)]
    pub mail: Option<Line>,
}
