//! What of the core takes time: resting, reading plans and chapters, following texts, making generations. It runs beside the core, and
//! its result comes back as an input.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use schema::ids::{ChapterId, Generation, PlanId};
use schema::limits::TEXT_REST_MS;
use schema::text::follow::{Copy, FollowFailure, follow};

use super::{Message, Runner, report};
use crate::clock;
use crate::core::chapter::Ended;
use crate::core::turns::Question;
use crate::core::{CoreLimits, Input};
use crate::shell::load;
use crate::shell::trace::trace;

/// What merges changes into a text.
pub type FollowFn = fn(&Copy, &[Arc<[u8]>]) -> Result<Copy, FollowFailure>;

/// What a core is started with.
#[derive(Debug, Clone, Copy)]
pub struct CoreSetup {
    /// What an operator may set.
    pub limits: CoreLimits,
    /// What merges texts: [`follow`], or one with a fault, to see what a fault of the library costs.
    pub follow: FollowFn,
}

impl Default for CoreSetup {
    fn default() -> Self {
        Self {
            limits: CoreLimits::default(),
            follow,
        }
    }
}

impl Runner {
    pub(super) fn rest(&self, plan: PlanId) {
        let (back, life) = (self.back.clone(), self.life);
        self.runtime.spawn(async move {
            tokio::time::sleep(Duration::from_millis(TEXT_REST_MS)).await;
            let input = Input::Rested { plan };
            report(&back, Message::Done { life, input }).await;
        });
    }

    pub(super) fn follow(
        &self,
        (plan, chapter, generation): (PlanId, ChapterId, Generation),
        copy: Arc<Copy>,
        changes: Vec<Arc<[u8]>>,
    ) {
        let follow = self.setup.follow;
        self.slow(
            move || follow(&copy, &changes).map(Box::new),
            move |result| {
                let result = result.unwrap_or_else(|_| Err(load::follow_panicked()));
                Input::Followed {
                    plan,
                    chapter,
                    generation,
                    result,
                }
            },
        );
    }

    pub(super) fn trace(&self, question: Question) {
        let log = Arc::clone(&self.log);
        self.slow(
            move || trace(log.as_ref(), &question).map(Box::new),
            move |result| Input::Traced {
                question,
                result: result.flatten(),
            },
        );
    }

    pub(super) fn load_chapter(&self, plan: PlanId, chapter: ChapterId) {
        let log = Arc::clone(&self.log);
        self.slow(
            move || load::load_chapter(log.as_ref(), plan, chapter).map(Box::new),
            move |result| Input::ChapterLoaded {
                plan,
                chapter,
                result: result.flatten(),
            },
        );
    }

    pub(super) fn load_plan(&self, plan: PlanId) {
        let (known, log) = (Arc::clone(&self.known), Arc::clone(&self.log));
        let (back, life) = (self.back.clone(), self.life);
        self.runtime.spawn(async move {
            let loading = async {
                let known = known.known(plan).await?;
                let reading = tokio::task::spawn_blocking(move || load::load_plan(log.as_ref(), plan, known));
                reading.await.unwrap_or_else(|error| Err(error.to_string()))
            };
            let result = loading.await.map(Box::new);
            let input = Input::PlanLoaded { plan, result };
            report(&back, Message::Done { life, input }).await;
        });
    }

    pub(super) fn switch(&self, plan: PlanId, chapter: ChapterId, ended: Box<Ended>) {
        let fresh: Vec<_> = std::iter::repeat_with(clock::random_bytes::<16>)
            .take(ended.later.len() + 1)
            .collect();
        let (now, cause) = (clock::now_ms(), ended.cause);
        self.slow(
            move || load::successor_of(now, &ended, fresh).map(Box::new),
            move |result| Input::Switched {
                plan,
                chapter,
                cause,
                result: result.flatten(),
            },
        );
    }

    /// Runs slow work beside the core; its result, or the news of its panic, becomes an input.
    fn slow<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
        input: impl FnOnce(Result<T, String>) -> Input + Send + 'static,
    ) {
        let (back, life) = (self.back.clone(), self.life);
        self.workers.spawn(move || {
            let done = std::panic::catch_unwind(AssertUnwindSafe(work));
            let result = done.map_err(|_| "the work panicked (see above)".to_owned());
            if let Some(inputs) = back.upgrade() {
                let input = input(result);
                let _ = inputs.blocking_send(Message::Done { life, input });
            }
        });
    }
}
