//! A bell that wakes one thread: rung any number of times, heard once; never a queue that could fill.

use std::collections::BTreeSet;
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

use schema::ids::PlanId;

/// See the module.
#[derive(Debug, Default)]
pub struct Bell {
    rung: Mutex<Rung>,
    waiting: Condvar,
}

/// What the bell was rung for since it was last heard.
#[derive(Debug, Default)]
pub struct Rung {
    /// There is something to look at.
    pub news: bool,
    /// Plans for which somebody waits.
    pub asked: BTreeSet<PlanId>,
    /// The server ends.
    pub stop: bool,
}

impl Rung {
    fn is_quiet(&self) -> bool {
        !self.news && !self.stop && self.asked.is_empty()
    }
}

impl Bell {
    /// Says that there is something to look at.
    pub fn ring(&self) {
        self.change(|rung| rung.news = true);
    }

    /// Says that somebody waits for a plan.
    pub fn ask(&self, plan: PlanId) {
        self.change(|rung| {
            rung.asked.insert(plan);
        });
    }

    /// Says that the server ends; heard by everybody from then on.
    pub fn stop(&self) {
        self.change(|rung| rung.stop = true);
    }

    fn change(&self, change: impl FnOnce(&mut Rung)) {
        change(&mut self.rung.lock().unwrap_or_else(PoisonError::into_inner));
        self.waiting.notify_all();
    }

    /// Waits until it rings, or for so long.
    #[must_use]
    pub fn hear(&self, at_most: Duration) -> Rung {
        let rung = self.rung.lock().unwrap_or_else(PoisonError::into_inner);
        let heard = self
            .waiting
            .wait_timeout_while(rung, at_most, |rung| rung.is_quiet());
        let (mut rung, _) = heard.unwrap_or_else(PoisonError::into_inner);
        let stop = rung.stop;
        Rung {
            stop,
            ..std::mem::replace(
                &mut *rung,
                Rung {
                    stop,
                    ..Rung::default()
                },
            )
        }
    }

    /// Waits until somebody asks or the server ends, or for so long; news are left for [`Bell::hear`].
    pub fn gather(&self, at_most: Duration) {
        let rung = self.rung.lock().unwrap_or_else(PoisonError::into_inner);
        drop(
            self.waiting
                .wait_timeout_while(rung, at_most, |rung| rung.asked.is_empty() && !rung.stop),
        );
    }
}
