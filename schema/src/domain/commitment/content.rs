//! The fields of a commitment, and what it means to change one.
//!
//! Why it is a macro: a field is named once here and thereby has its place in the content, in a patch, in the
//! list of changes and in the change log; none of the four can forget it.

use std::collections::BTreeSet;

use serde::{Deserialize, Deserializer, Serialize};
use sha2::{Digest, Sha256};

use super::parts::{BudgetLine, Precondition, ResultAgreement, Scale};
use crate::domain::values::{Date, Line, Prose};
use crate::domain::{PlanState, Refusal, canonical};
use crate::ids::{ChallengeId, ChapterId, PartyId, StrandId};
use crate::limits::COMMITMENT_ITEMS_MAX;

macro_rules! fields {
    ($($(#[$doc:meta])* $name:ident $variant:ident: $type:ty;)*) => {
        /// What a commitment says.
        #[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
        #[serde(rename_all = "camelCase", default, deny_unknown_fields)]
        pub struct Content {
            $($(#[$doc])* pub $name: $type,)*
        }

        /// The fields that should change; in JSON an absent field stays, `null` clears.
        #[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
        #[serde(rename_all = "camelCase", default, deny_unknown_fields)]
        pub struct Patch {
            $(
                $(#[$doc])*
                #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "given")]
                pub $name: Option<$type>,
            )*
        }

        /// The name of a field.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(rename_all = "camelCase")]
        pub enum Field {
            $($(#[$doc])* $variant,)*
        }

        /// One changed field.
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(tag = "field", rename_all = "camelCase", deny_unknown_fields)]
        pub enum Change {
            $(
                $(#[$doc])*
                $variant {
                    /// What it was.
                    old: $type,
                    /// What it became.
                    new: $type,
                },
            )*
        }

        impl Content {
            /// What would change to become `wanted`, in the order of the fields.
            #[must_use]
            pub fn changes_to(&self, wanted: &Self) -> Vec<Change> {
                let mut changes = Vec::new();
                $(if self.$name != wanted.$name {
                    let (old, new) = (self.$name.clone(), wanted.$name.clone());
                    changes.push(Change::$variant { old, new });
                })*
                changes
            }

            /// This content with the fields of a patch.
            #[must_use]
            pub fn patched(mut self, patch: &Patch) -> Self {
                $(if let Some(value) = &patch.$name {
                    self.$name = value.clone();
                })*
                self
            }

            /// Takes over what a change made of its field.
            pub fn apply(&mut self, change: &Change) {
                match change { $(Change::$variant { new, .. } => self.$name = new.clone(),)* }
            }

            /// Takes over what the field was before a change.
            pub fn undo(&mut self, change: &Change) {
                match change { $(Change::$variant { old, .. } => self.$name = old.clone(),)* }
            }
        }

        impl Change {
            /// Which field.
            #[must_use]
            pub const fn field(&self) -> Field {
                match self { $(Self::$variant { .. } => Field::$variant,)* }
            }

            /// Whether it holds a value, old or new, that the field does not have now.
            #[must_use]
            pub fn holds_past_value(&self, now: &Content) -> bool {
                match self {
                    $(Self::$variant { old, new } => {
                        [old, new].into_iter().any(|value| is_past(value, &now.$name))
                    })*
                }
            }

            /// Whether it made the field say what it says now, other than nothing.
            #[must_use]
            pub fn says_in_force(&self, now: &Content) -> bool {
                match self {
                    $(Self::$variant { new, .. } => *new == now.$name && !is_default(new),)*
                }
            }

            /// Whether it made the field say something that it does not say now.
            #[must_use]
            pub fn said_past_value(&self, now: &Content) -> bool {
                match self { $(Self::$variant { new, .. } => is_past(new, &now.$name),)* }
            }

            /// Whether both hold the same value, old or new, that the field does not have now.
            #[must_use]
            pub fn shares_past_value(&self, other: &Self, now: &Content) -> bool {
                match (self, other) {
                    $((Self::$variant { old, new }, Self::$variant { old: before, new: after }) => {
                        let shared = |value| value == before || value == after;
                        [old, new].into_iter().any(|value| is_past(value, &now.$name) && shared(value))
                    })*
                    _ => false,
                }
            }
        }

        impl Field {
            /// Every field, in order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];
        }
    };
}

fields! {
    /// The name people call it by.
    title Title: Option<Line>;
    /// The chapter it belongs to; that chapter's team edits it.
    #[serde(rename = "chapterId")]
    chapter Chapter: Option<ChapterId>;
    /// Which solution, in plain words.
    solution Solution: Option<Prose>;
    /// The party that owns it.
    #[serde(rename = "ownerPartyId")]
    owner Owner: Option<PartyId>;
    /// The parties that take part.
    #[serde(rename = "partyIds")]
    participants Participants: BTreeSet<PartyId>;
    /// The scale at which it is agreed.
    scale_agreed ScaleAgreed: Option<Scale>;
    /// The scale at which it is carried out.
    scale_carried_out ScaleCarriedOut: Option<Scale>;
    /// The measurable results.
    results Results: Vec<ResultAgreement>;
    /// Who measures.
    measured_by MeasuredBy: Option<Line>;
    /// How progress is shown.
    progress Progress: Option<Prose>;
    /// From when it holds, inclusive; from adoption when empty. A local date.
    term_start TermStart: Option<Date>;
    /// Until when it holds, inclusive. A local date.
    term_end TermEnd: Option<Date>;
    /// The challenges it answers.
    #[serde(rename = "challengeIds")]
    challenges Challenges: BTreeSet<ChallengeId>;
    /// The strands it serves.
    #[serde(rename = "strandIds")]
    strands Strands: BTreeSet<StrandId>;
    /// What it needs from others.
    preconditions Preconditions: Vec<Precondition>;
    /// What it costs.
    money Money: Vec<BudgetLine>;
    /// Gaps are worked out before this date.
    open_before OpenBefore: Option<Date>;
}

impl Content {
    /// SHA-256 of the canonical JSON: what a pledge names.
    #[must_use]
    pub fn hash(&self) -> [u8; 32] {
        let bytes = canonical::to_vec(self).expect("content holds no floats and only text keys");
        Sha256::digest(bytes).into()
    }

    /// Whether a party owns it or takes part.
    #[must_use]
    pub fn names(&self, party: PartyId) -> bool {
        self.owner == Some(party) || self.participants.contains(&party)
    }

    /// Checks what no gap excuses: a title, a chapter, references that exist, a term that runs forward,
    /// and nothing below zero. Content of before that rule is still read, and comes back by a restore.
    pub(super) fn ensure_sound(&self, state: &PlanState) -> Result<(), Refusal> {
        let plan = state.plan.as_ref().ok_or(Refusal::NoSuchPlan)?;
        self.title.as_ref().ok_or(Refusal::TitleMissing)?;
        let chapter = self.chapter.ok_or(Refusal::ChapterMissing)?;
        state.chapters.get(chapter).ok_or(Refusal::NoSuchChapter)?;
        if self
            .owner
            .iter()
            .chain(&self.participants)
            .any(|party| !plan.parties.contains_key(party))
        {
            return Err(Refusal::NoSuchParty);
        }
        if self.challenges.iter().any(|id| !plan.challenges.contains_key(id)) {
            return Err(Refusal::NoSuchChallenge);
        }
        if self.strands.iter().any(|id| !plan.strands.contains_key(id)) {
            return Err(Refusal::NoSuchStrand);
        }
        if let (Some(start), Some(end)) = (&self.term_start, &self.term_end)
            && start > end
        {
            return Err(Refusal::TermReversed);
        }
        let owes = self.money.iter().any(|line| line.amount_cents.get() < 0);
        if owes || self.results.iter().any(ResultAgreement::aims_below_zero) {
            return Err(Refusal::BelowZero);
        }
        let counts = [
            self.results.len(),
            self.preconditions.len(),
            self.money.len(),
            self.challenges.len(),
            self.strands.len(),
        ];
        if counts.into_iter().any(|count| count > COMMITMENT_ITEMS_MAX) {
            return Err(Refusal::TooMany);
        }
        Ok(())
    }
}

/// Whether a value says something that the field does not say now.
fn is_past<T: Default + PartialEq>(value: &T, now: &T) -> bool {
    value != now && !is_default(value)
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// A field that is present, `null` included.
fn given<'de, T: Deserialize<'de>, D: Deserializer<'de>>(from: D) -> Result<Option<T>, D::Error> {
    T::deserialize(from).map(Some)
}
