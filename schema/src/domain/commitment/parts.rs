//! What the fields of a commitment are made of. Every part may be incomplete: a gap is shown, never refused.

use serde::{Deserialize, Serialize};

use crate::domain::values::{Date, Decimal, EuroCents, Line, Prose};

/// At which scale something is agreed or carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Scale {
    /// Wijk, gemeente.
    Local,
    /// Subregio.
    Subregional,
    /// Regio.
    Regional,
    /// Bovenregionaal.
    Supraregional,
    /// Landelijk.
    National,
}

/// A resultaatafspraak: what will be different, and how one sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    tag = "kind",
    rename_all = "camelCase",
    rename_all_fields = "camelCase",
    deny_unknown_fields
)]
pub enum ResultAgreement {
    /// A number in a unit at a date.
    Quantitative {
        /// What is counted.
        #[serde(default)]
        indicator: Option<Line>,
        /// What the indicator looks at.
        #[serde(default)]
        dimension: Option<Dimension>,
        /// Whether parties promise the result or the effort.
        #[serde(default)]
        promise: Option<Promise>,
        /// What it is today.
        #[serde(default)]
        baseline: Option<Decimal>,
        /// What it should be.
        #[serde(default)]
        target: Option<Decimal>,
        /// In which unit.
        #[serde(default)]
        unit: Option<Line>,
        /// At which date.
        #[serde(default)]
        date: Option<Date>,
    },
    /// A story: a question put to a source. It needs no unit.
    Narrative {
        /// What it is about.
        #[serde(default)]
        indicator: Option<Line>,
        /// What the indicator looks at.
        #[serde(default)]
        dimension: Option<Dimension>,
        /// Whether parties promise the result or the effort.
        #[serde(default)]
        promise: Option<Promise>,
        /// What is asked.
        #[serde(default)]
        question: Option<Line>,
        /// Whom or what.
        #[serde(default)]
        source: Option<Line>,
        /// When.
        #[serde(default)]
        date: Option<Date>,
    },
}

impl ResultAgreement {
    /// Whether its target is a number below zero.
    #[must_use]
    pub fn aims_below_zero(&self) -> bool {
        matches!(self, Self::Quantitative { target: Some(target), .. } if target.is_below_zero())
    }
}

/// What an indicator looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Dimension {
    /// How it is done.
    Process,
    /// What is delivered.
    Output,
    /// What it means for people.
    Outcome,
}

/// Resultaat- or inspannings-KPI.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Promise {
    /// The result is promised.
    Result,
    /// The effort is promised.
    Effort,
}

/// A randvoorwaarde: what the region cannot solve itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Precondition {
    /// What is needed.
    pub text: Line,
    /// From whom.
    #[serde(default)]
    pub addressee: Option<Line>,
    /// What they answered.
    #[serde(default)]
    pub answer: Option<Prose>,
}

/// Money per year and source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BudgetLine {
    /// Calendar year.
    pub year: u16,
    /// From which source: transformatiemiddelen, SPUK, own means.
    pub source: Line,
    /// How much.
    pub amount_cents: EuroCents,
}
