//! `Chapter`: a chapter's place, state and team, and what the reader may do in it.

use schema::domain::chapter::{Chapter as Known, Phase};
use schema::domain::policy::{self, Action, Matter, Reader};
use schema::domain::rights::TeamRole;
use schema::domain::{At, Caller, Refusal};
use schema::ids::{ChapterId, Revision, TeamId};
use schema::log::{Stream, Via};
use schema::repo::document_id;
use serde::{Deserialize, Serialize};

use super::right::RoleName;
use super::{Authorship, PartyName, PersonName, Source};
use crate::http::names::Names;
use crate::views::PlanView;
use crate::views::plan_view::Edit;

/// `ChapterState`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ChapterState {
    /// In bewerking.
    Drafting,
    /// Meelezen.
    Reading,
    /// Vastgelegd.
    Frozen,
}

impl From<&Phase> for ChapterState {
    fn from(phase: &Phase) -> Self {
        match phase {
            Phase::Drafting => Self::Drafting,
            Phase::Offered => Self::Reading,
            Phase::Frozen { .. } => Self::Frozen,
        }
    }
}

/// `TeamMember`.
#[derive(Debug, Serialize)]
pub struct TeamMember {
    person: PersonName,
    party: PartyName,
    role: RoleName,
}

/// `Chapter`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Chapter {
    id: ChapterId,
    parent_id: Option<ChapterId>,
    title: String,
    state: ChapterState,
    version: Option<String>,
    revision: Revision,
    team_id: Option<TeamId>,
    team: Vec<TeamMember>,
    last_edited: Option<Authorship>,
    may_read: bool,
    may_write: bool,
    may_open_text: bool,
    automerge_url: Option<String>,
    may_restore: bool,
    may_read_history: bool,
    may_change_state_to: Vec<ChapterState>,
}

impl Chapter {
    /// A chapter as a reader sees it.
    ///
    /// # Errors
    /// [`Refusal::NoSuchChapter`].
    pub fn of(view: &PlanView, names: &Names<'_>, caller: &Caller, id: ChapterId) -> Result<Self, Refusal> {
        let known = view.state.chapters.get(id).ok_or(Refusal::NoSuchChapter)?;
        let may = |action: Action| policy::may(&view.state, Some(caller), &action).is_ok();
        let team_id = view.state.chapters.team_of(id);
        Ok(Self {
            id,
            parent_id: known.parent,
            title: known.title.to_string(),
            state: ChapterState::from(&known.phase),
            version: version(known),
            revision: view
                .state
                .revisions
                .get(&Stream::Chapter(id))
                .copied()
                .unwrap_or_default(),
            team_id,
            team: team_id
                .filter(|_| may(Action::ReadTeam(id)))
                .map(|team| members(view, names, team))
                .unwrap_or_default(),
            last_edited: view
                .text_edit(id)
                .filter(|edit| is_told(view, caller, id, edit.at))
                .map(|edit| last_edited(names, edit)),
            may_read: may(Action::ReadConcept(id)),
            may_write: may(Action::WriteText(id)),
            may_open_text: may(Action::OpenText(id)),
            automerge_url: may(Action::OpenText(id)).then(|| document_id::url(id)),
            may_restore: may(Action::RestoreText(id)),
            may_read_history: may(Action::ReadHistory(id)),
            may_change_state_to: next_states(&known.phase, id, may),
        })
    }
}

/// Whether somebody may know that the text was changed, when and by whom.
fn is_told(view: &PlanView, caller: &Caller, id: ChapterId, at: At) -> bool {
    let reader = Reader {
        caller: *caller,
        within: None,
    };
    let matter = (Matter::Text(id), at.position);
    policy::disclosure(&view.state, Some(&reader), matter, view.caller_of(at.who)).is_shown()
}

/// Who last changed the text; an import is a document's, brought by somebody.
fn last_edited(names: &Names<'_>, edit: Edit) -> Authorship {
    let edited = names.authorship(edit.at);
    match edit.via {
        Via::Import => Authorship {
            source: Source::Document,
            ..edited
        },
        Via::Browser | Via::Token | Via::Restore | Via::Server => edited,
    }
}

fn version(known: &Known) -> Option<String> {
    match &known.phase {
        Phase::Frozen { version } => version.as_ref().map(ToString::to_string),
        Phase::Drafting | Phase::Offered => None,
    }
}

/// Trekker first, then by name.
fn members(view: &PlanView, names: &Names<'_>, team: TeamId) -> Vec<TeamMember> {
    let member = |(caller, role): (Caller, TeamRole)| TeamMember {
        person: names.person(caller.person),
        party: names.party(caller.party),
        role: role.into(),
    };
    let mut members: Vec<_> = view.state.rights.members(team).map(member).collect();
    members.sort_by(|a, b| (a.role, &a.person.name).cmp(&(b.role, &b.person.name)));
    members
}

fn next_states(phase: &Phase, id: ChapterId, may: impl Fn(Action) -> bool) -> Vec<ChapterState> {
    let freezes = may(Action::FreezeChapter(id));
    match phase {
        Phase::Drafting if may(Action::OfferChapter(id)) => vec![ChapterState::Reading],
        Phase::Offered if freezes => vec![ChapterState::Drafting, ChapterState::Frozen],
        Phase::Frozen { .. } if freezes => vec![ChapterState::Drafting],
        Phase::Drafting | Phase::Offered | Phase::Frozen { .. } => Vec::new(),
    }
}
