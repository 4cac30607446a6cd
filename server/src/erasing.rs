//! Carries out what was approved to be erased: takes the content out of the log and of everything made from it.
//!
//! # Why it exists
//!
//! The approval is an event like any other; the log gives content up by another door. Between the two the power may
//! go. So at each start what was approved is carried out again, and one that was not said to be carried out is taken
//! as not carried out. What was seen to be gone in this very directory of the log ([`gone`]) is not looked at again.
//!
//! # Invariants
//!
//! - Nothing is erased before its approval is durable and folded.
//! - "Carried out" is said after the log has durably let go of the content, and the read models, their checkpoint and
//!   the kept pasts of chapters were made anew.
//! - The earlier text of a chapter is erased after a fresh generation, which starts with the text as it stands, is
//!   durable.
//! - Doing it again changes nothing. The bytes leave the files when the log is compacted.

pub mod gone;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use schema::domain::erasure::{self, Outcome};
use schema::ids::{ChapterId, ErasureId, Generation, PlanId, Position};
use schema::limits::{LOG_PAGE_EVENTS_MAX, LOG_REOPEN_MS};
use schema::log::kinds::TEXT_RESTORED;
use schema::log::{Envelope, Record, Stream};
use tokio::sync::watch;

use self::gone::Gone;
use crate::log::{Direction, EraseError, EventLog, Extent, ReadRequest, Selector};
use crate::shell::CoreHandle;
use crate::views::chapter_history::ChapterHistories;
use crate::views::{PlanView, RebuildError, Views};

/// How often, and after how long each time, one looks whether a chapter goes on in a fresh generation.
const CLOSING_LOOKS: usize = 100;
const CLOSING_LOOK: Duration = Duration::from_millis(50);

/// What an erasure goes through.
#[derive(Clone)]
pub struct Parts {
    /// Where the content is.
    pub log: Arc<dyn EventLog>,
    /// What was folded from it.
    pub views: Views,
    /// What was read back of texts.
    pub histories: ChapterHistories,
    /// What says that it is done.
    pub core: CoreHandle,
    /// Where it is noted what was seen to be gone from the log: a file that is replaced with the log. None keeps no
    /// note.
    pub looked_at: Option<PathBuf>,
}

/// Wakes whoever carries erasures out, which ends with the last of these. Clones share it.
#[derive(Clone)]
pub struct Eraser {
    wake: watch::Sender<()>,
}

/// A request that has to be carried out.
struct Due {
    id: ErasureId,
    positions: Vec<Position>,
    /// The chapter whose earlier text goes, and from where on it stays, once it goes on there.
    text: Option<(ChapterId, Option<Generation>)>,
    extent: Extent,
    is_said: bool,
}

/// What need not be gone through again.
struct Seen {
    /// Plans that were gone through since the start.
    plans: BTreeSet<PlanId>,
    /// Requests of which everything was seen to be gone.
    gone: Gone,
}

/// Why a request was not carried out now; it is tried again.
#[derive(Debug, thiserror::Error)]
enum NotNow {
    #[error(transparent)]
    Erase(#[from] EraseError),
    #[error(transparent)]
    Rebuild(#[from] RebuildError),
    #[error("erasing ended before it was done")]
    Ended,
    #[error("the chapter does not go on in a fresh generation yet")]
    StillWritten,
}

impl Eraser {
    /// Carries out what is due now, and from then on what it is woken for. Must be called inside a tokio runtime.
    #[must_use]
    pub fn start(parts: Parts) -> Self {
        let (wake, mut woken) = watch::channel(());
        tokio::spawn(async move {
            let mut seen = Seen {
                plans: BTreeSet::new(),
                gone: Gone::read(parts.looked_at.clone()),
            };
            loop {
                let is_done = parts.pass(&mut seen).await;
                let again = if is_done {
                    Duration::MAX
                } else {
                    Duration::from_millis(LOG_REOPEN_MS.1)
                };
                if let Ok(Err(_)) = tokio::time::timeout(again, woken.changed()).await {
                    return;
                }
            }
        });
        Self { wake }
    }

    /// Something was approved.
    pub fn wake(&self) {
        self.wake.send_replace(());
    }
}

impl Parts {
    /// Carries out all that is due; says whether nothing is left.
    async fn pass(&self, seen: &mut Seen) -> bool {
        let mut is_done = true;
        for plan in self.log.plans() {
            if self.views.current(plan).await.is_err() {
                is_done = false;
                continue;
            }
            let again = !seen.plans.contains(&plan);
            let mut is_whole = true;
            for due in self.due(plan, again) {
                if due.is_said && seen.gone.holds(plan, due.id) {
                    continue;
                }
                if let Err(error) = self.carry_out(plan, &due).await {
                    tracing::error!(
                        plan.id = %plan,
                        erasure.id = %due.id,
                        error = &error as &dyn std::error::Error,
                        "erasure {} could not be carried out and is tried again", due.id
                    );
                    is_whole = false;
                } else {
                    seen.gone.note(plan, due.id);
                }
            }
            if is_whole {
                seen.plans.insert(plan);
            }
            is_done &= is_whole;
        }
        if let Err(error) = seen.gone.write() {
            tracing::warn!("what is erased is looked at again at the next start: {error}");
        }
        is_done
    }

    /// What is approved and not said to be carried out; `again` also what is.
    fn due(&self, plan: PlanId, again: bool) -> Vec<Due> {
        let due = self.views.look_current(plan, |view| {
            let known = view.state.erasures.iter();
            known
                .filter_map(|(id, erasure)| match erasure.outcome {
                    Outcome::Approved { carried_out, .. } if again || carried_out.is_none() => Some(Due {
                        id,
                        positions: erasure.targets.iter().map(|target| target.position).collect(),
                        text: erasure.text.map(|text| (text.chapter, text.renewed)),
                        extent: extent_of(erasure.extent),
                        is_said: carried_out.is_some(),
                    }),
                    _ => None,
                })
                .collect()
        });
        due.unwrap_or_default()
    }

    async fn carry_out(&self, plan: PlanId, due: &Due) -> Result<(), NotNow> {
        let closed = match due.text {
            Some((chapter, renewed)) => Some((chapter, self.closed(plan, due.id, renewed).await?)),
            None => None,
        };
        let (log, positions, extent) = (Arc::clone(&self.log), due.positions.clone(), due.extent);
        let erasing = tokio::task::spawn_blocking(move || {
            let erased = erase(log.as_ref(), plan, &positions, extent)?;
            let texts = closed.map(|closed| erase_texts(log.as_ref(), plan, closed, extent));
            Ok::<_, EraseError>(erased + texts.transpose()?.unwrap_or_default())
        });
        let erased = erasing.await.map_err(|_| NotNow::Ended)??;
        if erased == 0 && due.is_said {
            return Ok(());
        }
        self.views.rebuild(plan).await?;
        self.histories.forget(plan);
        tracing::info!(plan.id = %plan, erasure.id = %due.id, erased, "erasure {} is carried out", due.id);
        if !due.is_said {
            self.core.carried_out(plan, due.id).await;
        }
        Ok(())
    }
}

/// A chapter goes on in a generation that starts with its text as it stood: what was before can go.
#[derive(Debug, Clone, Copy)]
struct Fresh {
    generation: Generation,
    /// What closed the text before.
    at: Position,
}

impl Parts {
    /// Has the core write the text anew, if it did not yet, and waits until that is durable and folded.
    async fn closed(
        &self,
        plan: PlanId,
        id: ErasureId,
        renewed: Option<Generation>,
    ) -> Result<Fresh, NotNow> {
        if renewed.is_none() {
            self.core.close_text(plan, id).await;
        }
        for _ in 0..CLOSING_LOOKS {
            let found = self.views.look_current(plan, |view| fresh(view, id)).flatten();
            if let Some(found) = found {
                return Ok(found);
            }
            tokio::time::sleep(CLOSING_LOOK).await;
        }
        Err(NotNow::StillWritten)
    }
}

fn fresh(view: &PlanView, id: ErasureId) -> Option<Fresh> {
    let text = view.state.erasures.get(id)?.text?;
    let closed = view.state.erasures.closed_text(text.chapter)?;
    // A later request may have closed more since; then that one goes further.
    Some(Fresh {
        generation: text.renewed?,
        at: closed.at.position,
    })
}

/// Erases every event of the generations before a fresh one, and what restores say of their words.
fn erase_texts(
    log: &dyn EventLog,
    plan: PlanId,
    (chapter, fresh): (ChapterId, Fresh),
    extent: Extent,
) -> Result<usize, EraseError> {
    let mut erased = 0;
    let mut generation = Generation(1);
    while generation < fresh.generation {
        let stream = Stream::Text(chapter, generation);
        erased += erase_stream(log, (plan, stream), extent, |_| true)?;
        generation = generation.next();
    }
    let of_restores = |envelope: &Envelope| envelope.kind == TEXT_RESTORED && envelope.position < fresh.at;
    Ok(erased + erase_stream(log, (plan, Stream::Chapter(chapter)), extent, of_restores)?)
}

/// Erases what is still there of some events of a stream; says of how many something was.
fn erase_stream(
    log: &dyn EventLog,
    (plan, stream): (PlanId, Stream),
    extent: Extent,
    is_meant: impl Fn(&Envelope) -> bool,
) -> Result<usize, EraseError> {
    let mut erased = 0;
    let mut from = 0;
    loop {
        let page = log.read(&ReadRequest {
            plan,
            selector: Selector::Stream(stream),
            from,
            direction: Direction::Forward,
            limit: LOG_PAGE_EVENTS_MAX,
        })?;
        let Some(last) = page.last() else {
            return Ok(erased);
        };
        from = last.envelope.revision.0 + 1;
        let is_there = |record: &&Record| Extent::gone_from(record) < Some(extent);
        let meant = page.iter().filter(|record| is_meant(&record.envelope));
        let there: Vec<Position> = meant
            .filter(is_there)
            .map(|record| record.envelope.position)
            .collect();
        log.erase_all(plan, &there, extent)?;
        erased += there.len();
    }
}

/// Erases what is still there; says of how many events something was.
fn erase(
    log: &dyn EventLog,
    plan: PlanId,
    positions: &[Position],
    extent: Extent,
) -> Result<usize, EraseError> {
    let mut there = Vec::new();
    for position in positions {
        let found = log.read(&ReadRequest {
            plan,
            selector: Selector::All,
            from: position.0,
            direction: Direction::Forward,
            limit: 1,
        })?;
        let gone = found.first().and_then(Extent::gone_from);
        if gone < Some(extent) {
            there.push(*position);
        }
    }
    log.erase_all(plan, &there, extent)?;
    Ok(there.len())
}

const fn extent_of(extent: erasure::Extent) -> Extent {
    match extent {
        erasure::Extent::Content => Extent::Payload,
        erasure::Extent::ContentAndLink => Extent::PayloadAndEnvelopeSalt,
    }
}
