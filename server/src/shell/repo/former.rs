//! A client whose document grew out of a generation that has ended: what it had not sent is got from it, and carried over.
//!
//! # Why it exists
//!
//! A program that knows no generations goes on in its old document. The server still knows that generation from the log:
//! it speaks automerge's protocol with it once more, in the old document, gets what it lacks, judges that on the evidence
//! of that generation, and pushes what it comes to as changes of the generation that runs now: one, unless that is more
//! than one may hold.
//!
//! # Invariants
//!
//! - Nothing of the client is applied that was not judged; nothing of the old generation is written any more.
//! - One such generation is read at a time: it is as much work as opening a chapter.
//! - A document that has nothing more to give is remembered by its heads, and costs nothing when it comes again.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use automerge::ChangeHash;
use automerge::sync::{Message, State, SyncDoc};
use schema::ids::{ChapterId, Generation, PlanId};
use schema::limits::{
    REPO_FORMER_CHANGE_OPS_MAX, REPO_FORMER_GENERATIONS_MAX, REPO_FORMER_MESSAGES_MAX, REPO_FORMER_OPS_MAX,
    REPO_FORMER_TOLD_MAX, REPO_HASHES_MAX, REPO_WAITING_BYTES_MAX, REPO_WAITING_CHANGES_MAX,
};
use schema::log::Stream;
use schema::log::kinds::TEXT_CHANGED;
use schema::repo::sync::{first_own, fits};
use schema::text::change::{Inspected, inspect};
use schema::text::evidence::{Evidence, owner};
use schema::text::follow::{Copy, follow};
use schema::text::former::{Following, Unsent, carry_on};
use schema::text::generation::{GenerationStarted, Reason};
use tokio::sync::Semaphore;

use super::document::Fault;
use crate::log::{EventLog, Selector};
use crate::shell::load::read_all;

/// Which generation is looked for.
#[derive(Debug, Clone)]
pub(super) struct Question {
    pub(super) plan: PlanId,
    pub(super) chapter: ChapterId,
    /// The generation that runs now.
    pub(super) current: Generation,
    /// What the client said first; its changes are taken out.
    pub(super) message: Message,
}

/// What is known of ended generations: the log, and which documents have nothing more to give.
pub struct Formers {
    log: Arc<dyn EventLog>,
    turn: Semaphore,
    told: Mutex<BTreeMap<Told, Standing>>,
}

/// A document: its chapter, in front of which generation, and its heads.
pub(super) type Told = (ChapterId, Generation, Vec<ChangeHash>);

/// What became of such a document, as long as it says nothing new.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Standing {
    /// Everything in it stands in the chapter.
    CarriedOver,
    /// What it had not sent cannot be carried over.
    NotCarried(String),
    /// Nothing is known of its generation that could be given to anybody.
    Unknown,
}

/// What the log says of a document.
pub(super) enum Found {
    /// It grew out of this generation.
    Text(Box<FormerText>),
    /// It grew out of none that can be given to anybody.
    Nothing,
    /// The log does not say.
    Unclear,
}

impl Formers {
    /// Over a log, for one server.
    #[must_use]
    pub fn new(log: Arc<dyn EventLog>) -> Self {
        Self {
            log,
            turn: Semaphore::new(1),
            told: Mutex::default(),
        }
    }

    /// Finds the generation that a client's document grew out of, when its turn comes.
    pub(super) async fn find(self: Arc<Self>, question: Question) -> Found {
        let Ok(_turn) = self.turn.acquire().await else {
            return Found::Unclear;
        };
        let log = Arc::clone(&self.log);
        let chapter = question.chapter;
        let finding = tokio::task::spawn_blocking(move || found(log.as_ref(), &question));
        let error = match finding.await {
            Ok(Ok(text)) => return text.map_or(Found::Nothing, |text| Found::Text(Box::new(text))),
            Ok(Err(error)) => error,
            Err(error) => error.to_string(),
        };
        tracing::error!(chapter = %chapter, "an ended generation cannot be read: {error}");
        Found::Unclear
    }

    /// What became of a document, if that is known.
    pub(super) fn standing(&self, told: &Told) -> Option<Standing> {
        let all = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        all.get(told).cloned()
    }

    pub(super) fn remember(&self, told: Told, standing: Standing) {
        let mut all = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= REPO_FORMER_TOLD_MAX {
            all.clear();
        }
        all.insert(told, standing);
    }
}

/// A generation that has ended, and all that came after it.
pub(super) struct FormerText {
    old: Copy,
    evidence: Evidence,
    following: Vec<Following>,
}

fn found(log: &dyn EventLog, question: &Question) -> Result<Option<FormerText>, String> {
    let mut following = VecDeque::new();
    let mut generation = question.current;
    for _ in 0..=REPO_FORMER_GENERATIONS_MAX {
        let Some(read) = read(log, question, generation)? else {
            return Ok(None);
        };
        if generation != question.current
            && let Some(text) = grew_out_of(&read, &question.message, &following)?
        {
            return Ok(Some(text));
        }
        // What was before a failure or an erasure is given to nobody.
        if read.started.reason != Reason::Growth {
            return Ok(None);
        }
        following.push_front(read);
        let Some(before) = generation.before() else {
            return Ok(None);
        };
        generation = before;
    }
    Ok(None)
}

/// A generation out of the log; none where something of it is erased.
fn read(
    log: &dyn EventLog,
    question: &Question,
    generation: Generation,
) -> Result<Option<Following>, String> {
    let stream = Stream::Text(question.chapter, generation);
    let records = read_all(log, question.plan, &Selector::Stream(stream))?;
    let mut payloads = records
        .iter()
        .map(|record| (&record.envelope.kind, record.payload.bytes()));
    let Some((_, Some(start))) = payloads.next() else {
        return Ok(None);
    };
    let started = GenerationStarted::read(start).map_err(|error| error.to_string())?;
    let mut changes = Vec::new();
    for (_, payload) in payloads.filter(|(kind, _)| **kind == TEXT_CHANGED) {
        let Some(raw) = payload else { return Ok(None) };
        changes.push(Arc::clone(raw));
    }
    Ok(Some(Following {
        generation,
        started,
        changes,
    }))
}

/// The generation, if the client's document grew out of it.
fn grew_out_of(
    read: &Following,
    message: &Message,
    following: &VecDeque<Following>,
) -> Result<Option<FormerText>, String> {
    let mut evidence = Evidence::new();
    let seed: Vec<Arc<[u8]>> = read
        .started
        .seed
        .iter()
        .map(|raw| Arc::from(raw.as_slice()))
        .collect();
    for raw in seed.iter().chain(&read.changes) {
        evidence
            .admit_trusted(raw)
            .map_err(|refusal| refusal.to_string())?;
    }
    let start = follow(&Copy::new(), &seed).map_err(|failure| failure.to_string())?;
    let own = first_own(start.doc(), read.generation);
    if !fits(message, &own, |hash| evidence.contains(hash)) {
        return Ok(None);
    }
    let old = follow(&start, &read.changes).map_err(|failure| failure.to_string())?;
    Ok(Some(FormerText {
        old,
        evidence,
        following: following.iter().cloned().collect(),
    }))
}

/// The conversation about an ended generation.
pub(super) struct Former {
    chapter: ChapterId,
    text: FormerText,
    state: State,
    /// The generation with what the client had not sent.
    mine: Copy,
    unsent: Vec<Arc<[u8]>>,
    /// Operations of `unsent`.
    ops: u64,
    orphans: Vec<Inspected>,
    messages: u32,
}

/// What comes of a message about an ended generation.
pub(super) enum Next {
    /// More is needed: this is to be said.
    Say(Message),
    /// Everything is here, and comes to these changes.
    Push(Vec<Inspected>),
    /// Everything is here, and was written already.
    Nothing,
    /// It cannot be carried over, for this reason.
    Never(String),
}

/// It cannot be carried over, for this reason; or the conversation cannot go on.
enum Stop {
    Never(String),
    Fault(Fault),
}

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

/// Makes a reason of whatever stands in the way for good.
fn never(why: impl std::fmt::Display) -> Stop {
    Stop::Never(why.to_string())
}

impl Former {
    pub(super) fn new(chapter: ChapterId, text: FormerText) -> Self {
        Self {
            chapter,
            mine: text.old.clone(),
            text,
            state: State::new(),
            unsent: Vec::new(),
            ops: 0,
            orphans: Vec::new(),
            messages: 0,
        }
    }

    /// Takes a message whose changes were taken out.
    pub(super) fn hear(&mut self, message: Message, changes: Vec<Inspected>) -> Result<Next, Fault> {
        match self.heard(message, changes) {
            Ok(next) => Ok(next),
            Err(Stop::Never(why)) => Ok(Next::Never(why)),
            Err(Stop::Fault(fault)) => Err(fault),
        }
    }

    fn heard(&mut self, message: Message, changes: Vec<Inspected>) -> Result<Next, Stop> {
        self.messages += 1;
        if self.messages > REPO_FORMER_MESSAGES_MAX {
            return Err(never("the program does not give all of them"));
        }
        self.take(changes)?;
        let heads = message.heads.iter().filter(|hash| self.lacks(hash));
        let missing: BTreeSet<ChangeHash> = heads.copied().collect();
        if missing.is_empty() && self.orphans.is_empty() {
            return self.finish();
        }
        self.ask(message, missing)
    }

    /// Judges changes on the evidence of the ended generation, each after its parents.
    fn take(&mut self, changes: Vec<Inspected>) -> Result<(), Stop> {
        self.orphans.extend(changes);
        let bytes: usize = self.orphans.iter().map(|change| change.raw.len()).sum();
        let came = self.orphans.len() + self.unsent.len();
        if came > REPO_WAITING_CHANGES_MAX || bytes > REPO_WAITING_BYTES_MAX {
            return Err(never("there are too many"));
        }
        let before = self.unsent.len();
        loop {
            let waiting = self.orphans.len();
            for change in std::mem::take(&mut self.orphans) {
                let evidence = &mut self.text.evidence;
                if evidence.contains(&change.header.hash) {
                    continue;
                }
                if !change
                    .header
                    .parents
                    .iter()
                    .all(|parent| evidence.contains(parent))
                {
                    self.orphans.push(change);
                    continue;
                }
                // Whoever wrote it: it is carried over as brought by who brings it.
                let actor: Vec<_> = owner(&change.header.actor).into_iter().collect();
                self.ops += change.header.ops;
                if self.ops > REPO_FORMER_OPS_MAX {
                    return Err(never("they are too long"));
                }
                let admitted = evidence.admit_within(&change.raw, &actor, REPO_FORMER_CHANGE_OPS_MAX);
                self.unsent.push(admitted.map_err(never)?.raw.into());
            }
            if self.orphans.len() == waiting || self.orphans.is_empty() {
                break;
            }
        }
        let fresh = self.unsent.get(before..).unwrap_or_default();
        if !fresh.is_empty() {
            self.mine = follow(&self.mine, fresh).map_err(never)?;
        }
        Ok(())
    }

    /// Whether a change is neither here nor waits for its parents.
    fn lacks(&self, hash: &ChangeHash) -> bool {
        let waits = self.orphans.iter().any(|change| change.header.hash == *hash);
        !waits && !self.text.evidence.contains(hash)
    }

    fn finish(&self) -> Result<Next, Stop> {
        let unsent = Unsent {
            chapter: self.chapter,
            old: &self.text.old,
            mine: &self.mine,
            changes: &self.unsent,
        };
        let carried = carry_on(&unsent, &self.text.following).map_err(never)?;
        if carried.is_empty() {
            return Ok(Next::Nothing);
        }
        let inspected: Result<Vec<_>, _> = carried.iter().map(|raw| inspect(raw)).collect();
        Ok(Next::Push(inspected.map_err(never)?))
    }

    /// What automerge says next, in the ended generation; with what is known to be missing by name.
    fn ask(&mut self, message: Message, missing: BTreeSet<ChangeHash>) -> Result<Next, Stop> {
        let is_answer = self.messages > 1;
        // A message without changes changes no document; this clone is only what automerge asks for.
        let mut doc = self.mine.doc().clone();
        doc.receive_sync_message(&mut self.state, message)
            .map_err(Fault::from)?;
        let said = self.mine.doc().generate_sync_message(&mut self.state);
        let mut said = said.ok_or_else(|| never("the program says nothing more"))?;
        if is_answer {
            let parents = self.orphans.iter().flat_map(|change| &change.header.parents);
            let lacking = parents.filter(|hash| self.lacks(hash)).copied();
            let need: BTreeSet<ChangeHash> = missing.into_iter().chain(lacking).collect();
            said.need = need.into_iter().take(REPO_HASHES_MAX).collect();
            said.have = Vec::new();
        }
        Ok(Next::Say(said))
    }
}

#[cfg(test)]
mod tests;
