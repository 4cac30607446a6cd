//! `/plans/{planId}/presence`: who has which chapter open now.
//!
//! Why it exists: whoever looks at the outline sees where colleagues are before they go there. Within a chapter the socket
//! tells the same, with everybody's place in the text.

use axum::Json;
use axum::extract::State;
use schema::domain::policy::{Action, may};
use schema::ids::{ChapterId, PlanId};
use serde::Serialize;

use super::answer::{PartyName, PersonName};
use super::app::App;
use super::names::Names;
use super::problem::ApiError;
use super::request::{Path, SignedIn};
use crate::core::presence::Present;

/// `PresenceList`.
#[derive(Debug, Serialize)]
pub struct PresenceList {
    items: Vec<ChapterPresence>,
}

/// `ChapterPresence`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ChapterPresence {
    chapter_id: ChapterId,
    people: Vec<PresentPerson>,
}

/// `PresentPerson`.
#[derive(Debug, Serialize)]
struct PresentPerson {
    person: PersonName,
    party: PartyName,
    program: Option<String>,
}

/// `GET …`: of the chapters whose text the asker may open, where the same is told.
///
/// # Errors
/// What the policy says.
pub async fn list(
    State(app): State<App>,
    Path(plan): Path<PlanId>,
    who: SignedIn,
) -> Result<Json<PresenceList>, ApiError> {
    // Of a plan that somebody may not read, nobody is asked anything.
    app.read(plan, &who.caller, &Action::ReadPlan, |_| Ok(()))?;
    let present = app.core.present(plan).await;
    app.read(plan, &who.caller, &Action::ReadPlan, |view| {
        let names = Names::new(&app.accounts, view);
        let shown = |present: Present| PresentPerson {
            person: names.person(present.caller.person),
            party: names.party(present.caller.party),
            program: present.program,
        };
        let is_open = |chapter| may(&view.state, Some(&who.caller), &Action::OpenText(chapter)).is_ok();
        let chapters = present.into_iter().filter(|(chapter, _)| is_open(*chapter));
        let items = chapters.map(|(chapter_id, here)| {
            let mut people: Vec<PresentPerson> = here.into_iter().map(shown).collect();
            people.sort_by(|a, b| (&a.person.name, &a.program).cmp(&(&b.person.name, &b.program)));
            ChapterPresence { chapter_id, people }
        });
        Ok(Json(PresenceList {
            items: items.collect(),
        }))
    })
}
