//! Every reason to say no, each with a stable code and a class.
//!
//! Why it exists: interface, API and socket show the same reason in a person's own words; they translate by
//! [`Refusal::code`]. Codes never change; the English text may.

/// How a refusal is to be taken; the API makes 401, 403, 404, 409 or 422 of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefusalClass {
    /// Nobody is signed in.
    SignIn,
    /// This person may not do this.
    Forbidden,
    /// It names something that is not there.
    NotFound,
    /// The state of things stands in the way.
    Conflict,
    /// What is asked is incomplete or contradicts itself.
    Invalid,
}

macro_rules! refusals {
    ($($(#[$doc:meta])* $name:ident, $class:ident, $code:literal, $text:literal;)*) => {
        /// A domain rule that says no.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
        pub enum Refusal {
            $($(#[$doc])* #[error($text)] $name,)*
        }

        impl Refusal {
            /// All refusals, for tests and for the list in the API's contract.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The stable code that the interface translates.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            /// How it is to be taken.
            #[must_use]
            pub const fn class(self) -> RefusalClass {
                match self { $(Self::$name => RefusalClass::$class,)* }
            }

            /// Whether it says that this person may not do it, whatever the state of things.
            #[must_use]
            pub const fn is_about_the_caller(self) -> bool {
                matches!(self.class(), RefusalClass::SignIn | RefusalClass::Forbidden)
            }

            /// The refusal with this code.
            #[must_use]
            pub fn from_code(code: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|refusal| refusal.code() == code)
            }
        }
    };
}

refusals! {
    /// Anonymous callers see published versions only.
    NotSignedIn, SignIn, "not-signed-in", "nobody is signed in";
    /// The person has no right in this plan for this party.
    NotInPlan, Forbidden, "not-in-plan", "this person has no role in this plan for this party";
    /// The role does not allow it.
    NotAllowed, Forbidden, "not-allowed", "the role of this person does not allow this";
    /// Texts and commitments are written by the chapter's own team.
    NotYourChapter, Forbidden, "not-your-chapter", "this chapter belongs to another team";
    /// Only the Trekker of the chapter's team.
    NotTrekker, Forbidden, "not-trekker", "only the trekker of the chapter's team may do this";
    /// The Programmateam edits as eindredacteur, after the hand-over.
    NotHandedOver, Forbidden, "not-handed-over", "the team has not yet offered this chapter for reading";
    /// Outside the team, history starts at what the team offered.
    HistoryNotOffered, Forbidden, "history-not-offered", "the team has not yet offered anything of this chapter";
    /// The live text of a chapter plays back every letter of it.
    LiveTextWithheld, Forbidden, "live-text-withheld", "the live text holds its whole history; this person reads the text as it stands";
    /// An access token that was made for reading.
    TokenReadsOnly, Forbidden, "token-reads-only", "this access token reads and does not write";
    /// Access tokens open less than their makers may.
    NotForPrograms, Forbidden, "not-for-programs", "an access token does not open this; people do it on the pages";
    /// The plan was not made yet.
    NoSuchPlan, NotFound, "no-such-plan", "there is no such plan";
    /// Unknown party.
    NoSuchParty, NotFound, "no-such-party", "there is no such party in this plan";
    /// Unknown team.
    NoSuchTeam, NotFound, "no-such-team", "there is no such team in this plan";
    /// Unknown chapter.
    NoSuchChapter, NotFound, "no-such-chapter", "there is no such chapter in this plan";
    /// Unknown commitment.
    NoSuchCommitment, NotFound, "no-such-commitment", "there is no such commitment in this plan";
    /// Unknown challenge.
    NoSuchChallenge, NotFound, "no-such-challenge", "there is no such challenge in this plan";
    /// Unknown strand.
    NoSuchStrand, NotFound, "no-such-strand", "there is no such strand in this plan";
    /// Unknown revision of a commitment.
    NoSuchRevision, NotFound, "no-such-revision", "there is no such revision";
    /// What it said then was erased.
    RevisionErased, Conflict, "revision-erased", "what this commitment said then was erased and cannot be brought back";
    /// The text of then was erased.
    HistoryErased, Conflict, "history-erased", "the earlier text of this chapter was erased and cannot be read or brought back";
    /// Unknown request.
    NoSuchErasure, NotFound, "no-such-erasure", "there is no such request to erase";
    /// The person does not have that role.
    NoSuchGrant, NotFound, "no-such-grant", "this person does not have that role";
    /// The id is taken.
    AlreadyExists, Conflict, "already-exists", "this id is already in use";
    /// A frozen chapter takes no changes until it is reopened.
    ChapterFrozen, Conflict, "chapter-frozen", "this chapter is frozen in a version; reopen it first";
    /// Only an offered chapter is frozen.
    ChapterNotOffered, Conflict, "chapter-not-offered", "this chapter has not been offered for reading";
    /// Only an offered or frozen chapter is reopened.
    ChapterNotClosed, Conflict, "chapter-not-closed", "this chapter is still being drafted";
    /// It was offered already.
    ChapterAlreadyOffered, Conflict, "chapter-already-offered", "this chapter has already been offered for reading";
    /// A plan is never without Programmateam.
    LastProgrammateam, Conflict, "last-programmateam", "a plan keeps at least one member of its programme team";
    /// Only who has no role any more is forgotten.
    PersonHasRoles, Conflict, "person-has-roles", "this person still has a role in a plan; withdraw it first";
    /// The party still has people or commitments.
    PartyInUse, Conflict, "party-in-use", "this party still has people or commitments in the plan";
    /// The team still has chapters or members.
    TeamInUse, Conflict, "team-in-use", "this team still has chapters or members";
    /// A chapter cannot stand under itself.
    ChapterUnderItself, Conflict, "chapter-under-itself", "a chapter cannot be placed under itself";
    /// A strand cannot be part of itself.
    StrandUnderItself, Conflict, "strand-under-itself", "a strand cannot be part of itself";
    /// The sibling after which it should stand is elsewhere.
    NotASibling, Conflict, "not-a-sibling", "the chapter to stand after is not in that place";
    /// A Coalitie member takes part by mandate.
    MandateMissing, Invalid, "mandate-missing", "a member of the coalition needs a recorded mandate";
    /// A commitment needs a title to be found by.
    TitleMissing, Invalid, "title-missing", "a commitment needs a title";
    /// A commitment belongs to a chapter: its team may edit it.
    ChapterMissing, Invalid, "chapter-missing", "a commitment belongs to a chapter";
    /// The end lies before the start.
    TermReversed, Invalid, "term-reversed", "the term ends before it starts";
    /// Money that is promised and what a result should reach are counted from zero.
    BelowZero, Invalid, "below-zero", "an amount of money or a target lies below zero";
    /// Two people of the Programmateam, not one, decide that content is erased.
    ErasureOwnRequest, Forbidden, "erasure-own-request", "somebody else of the programme team must approve this request";
    /// Whoever makes a sign-in link could use it, and would then be both.
    ApproverLetInByAsker, Forbidden, "approver-let-in-by-asker", "one of the two who decide signed in by a link that the other made; the approver must be somebody else, or come in by somebody else's link";
    /// It was approved, declined or withdrawn.
    ErasureNotOpen, Conflict, "erasure-not-open", "this request to erase has been decided already";
    /// It is part of another request.
    ErasureAsked, Conflict, "erasure-asked", "another request to erase names this event already";
    /// Its content was erased before.
    AlreadyErased, Conflict, "already-erased", "the content of this event was erased already";
    /// The plan as it is now rests on it.
    StillInForce, Conflict, "still-in-force", "what this event says is in force now; change that first, then erase what it was";
    /// Who actors are: every other event refers to it, and it holds no names.
    ErasesIdentity, Invalid, "erases-identity", "this event says who an actor is, by ids only; it stays as long as the plan does";
    /// Why and when content was erased stays known.
    ErasesErasure, Invalid, "erases-erasure", "requests to erase, and what became of them, are not erased";
    /// A chapter's words build on each other.
    ErasesText, Invalid, "erases-text", "the words of a chapter are not erased event by event";
    /// Nobody can tell what rests on it.
    ErasesUnknown, Invalid, "erases-unknown", "this program does not know this kind of event, so it cannot tell what rests on it";
    /// A request names something.
    NothingToErase, Invalid, "nothing-to-erase", "a request to erase names at least one event";
    /// A number of things above its limit.
    TooMany, Invalid, "too-many", "there are more of these than a plan may hold";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_lead_back() {
        for refusal in Refusal::ALL {
            assert_eq!(Refusal::from_code(refusal.code()), Some(*refusal));
        }
    }
}
