//! How far a commitment has come: richting → uitgewerkt → compleet, and what is still open.
//!
//! Why it exists: a plan is agreed under time pressure. A gap is shown as "nog uit te werken"; it blocks
//! nothing, and nobody is pushed to invent.

use serde::{Deserialize, Serialize};

use super::content::Content;
use super::parts::ResultAgreement;

/// How far a commitment has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Completeness {
    /// Richting: what one wants.
    Direction,
    /// Uitgewerkt: what, who, at which scale, and a first result to measure.
    Elaborated,
    /// Compleet: no gaps.
    Complete,
}

/// What a complete commitment would still need; named as the field that is to be filled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Gap {
    /// A solution in plain words.
    Solution,
    /// An owning party.
    #[serde(rename = "ownerPartyId")]
    Owner,
    /// Parties that take part.
    #[serde(rename = "partyIds")]
    Participants,
    /// The scale at which it is agreed.
    ScaleAgreed,
    /// The scale at which it is carried out.
    ScaleCarriedOut,
    /// A measurable result with all its parts.
    #[serde(rename = "results")]
    Result,
    /// Who measures.
    MeasuredBy,
    /// How progress is shown.
    Progress,
    /// Until when it holds.
    TermEnd,
    /// A challenge it answers.
    #[serde(rename = "challengeIds")]
    Challenge,
    /// A strand it serves.
    #[serde(rename = "strandIds")]
    Strand,
}

impl Content {
    /// What is still to be worked out, in the order people read a commitment. Preconditions and money are
    /// asked for only where a commitment needs them, so their absence is no gap.
    #[must_use]
    pub fn gaps(&self) -> Vec<Gap> {
        let has_result =
            !self.results.is_empty() && self.results.iter().all(|result| result.gaps().is_empty());
        let filled = [
            (Gap::Solution, self.solution.is_some()),
            (Gap::Owner, self.owner.is_some()),
            (Gap::Participants, !self.participants.is_empty()),
            (Gap::ScaleAgreed, self.scale_agreed.is_some()),
            (Gap::ScaleCarriedOut, self.scale_carried_out.is_some()),
            (Gap::Result, has_result),
            (Gap::MeasuredBy, self.measured_by.is_some()),
            (Gap::Progress, self.progress.is_some()),
            (Gap::TermEnd, self.term_end.is_some()),
            (Gap::Challenge, !self.challenges.is_empty()),
            (Gap::Strand, !self.strands.is_empty()),
        ];
        filled
            .into_iter()
            .filter(|(_, filled)| !filled)
            .map(|(gap, _)| gap)
            .collect()
    }

    /// How far it has come.
    #[must_use]
    pub fn completeness(&self) -> Completeness {
        const NEEDED: [Gap; 4] = [Gap::Solution, Gap::Owner, Gap::ScaleAgreed, Gap::ScaleCarriedOut];
        let gaps = self.gaps();
        if gaps.is_empty() {
            Completeness::Complete
        } else if self.results.is_empty() || NEEDED.iter().any(|gap| gaps.contains(gap)) {
            Completeness::Direction
        } else {
            Completeness::Elaborated
        }
    }
}

/// What a result still needs before it can be measured; named as the part of it that is to be filled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ResultGap {
    /// What is measured.
    Indicator,
    /// How much it is to be.
    Target,
    /// In what it is counted.
    Unit,
    /// By when.
    Date,
    /// What is asked, of a narrative result.
    Question,
    /// Where the answer is found, of a narrative result.
    Source,
}

impl ResultAgreement {
    /// What it lacks to be measured: of indicator, target, unit and date, or of a question and its source.
    #[must_use]
    pub fn gaps(&self) -> Vec<ResultGap> {
        let filled = match self {
            Self::Quantitative {
                indicator,
                target,
                unit,
                date,
                ..
            } => vec![
                (ResultGap::Indicator, indicator.is_some()),
                (ResultGap::Target, target.is_some()),
                (ResultGap::Unit, unit.is_some()),
                (ResultGap::Date, date.is_some()),
            ],
            Self::Narrative { question, source, .. } => vec![
                (ResultGap::Question, question.is_some()),
                (ResultGap::Source, source.is_some()),
            ],
        };
        filled
            .into_iter()
            .filter(|(_, filled)| !filled)
            .map(|(gap, _)| gap)
            .collect()
    }
}
