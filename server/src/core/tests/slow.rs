//! The slow work of the core, done at once.

use schema::text::follow::follow;

use super::*;
use crate::core::plan_room::LoadedPlan;
use crate::log::EventLog;
use crate::shell::load;
use crate::shell::trace::trace;

/// What comes of it.
pub fn done(log: &dyn EventLog, effect: Effect) -> Input {
    match effect {
        Effect::LoadPlan { plan } => Input::PlanLoaded {
            plan,
            result: load::load_plan(log, plan, LoadedPlan::default()).map(Box::new),
        },
        Effect::LoadChapter { plan, chapter } => {
            let result = load::load_chapter(log, plan, chapter).map(Box::new);
            Input::ChapterLoaded {
                plan,
                chapter,
                result,
            }
        }
        Effect::Follow {
            plan,
            chapter,
            generation,
            copy,
            changes,
        } => {
            let result = follow(&copy, &changes).map(Box::new);
            Input::Followed {
                plan,
                chapter,
                generation,
                result,
            }
        }
        Effect::Trace(question) => Input::Traced {
            question,
            result: trace(log, &question).map(Box::new),
        },
        other => panic!("not slow: {other:?}"),
    }
}
