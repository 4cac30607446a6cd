//! Several writers, each on a real automerge document, and the log their changes arrive in.
//!
//! A writer may lag: what it wrote stays with it until it syncs, so changes in the log are concurrent.

use automerge::marks::{ExpandMark, Mark};
use automerge::transaction::{CommitOptions, Transactable};
use automerge::{
    ActorId, AutoCommit, Change, Cursor, ObjId, ObjType, ReadDoc, ScalarValue, Span, TextEncoding, Value,
};
use proptest::prelude::*;

use crate::ids::{BoundActor, Generation, Position, Revision, TimestampMs};
use crate::text::evidence::Evidence;
use crate::text::generation::{Reason, start_from};
use crate::text::history::TextHistory;
use crate::text::history::restore::{Author, Ground, Placement, Scope, TextRestored};
use crate::text::letters_back::Unit;
use crate::text::{genesis, letters_back};

pub const WRITERS: usize = 3;
const WORDS: [&str; 8] = [
    "a",
    "zorg",
    "é\u{301}",
    "🏠",
    "שלום",
    "👩‍👩‍👧",
    "de wijk ",
    "\u{200f}x",
];
const KINDS: [&str; 4] = ["paragraph", "heading", "unordered-list-item", "blockquote"];

#[derive(Debug, Clone)]
pub enum Action {
    Insert {
        who: usize,
        at: u16,
        word: usize,
    },
    Delete {
        who: usize,
        at: u16,
        count: u8,
    },
    Mark {
        who: usize,
        at: u16,
        count: u8,
        name: usize,
        on: bool,
    },
    Block {
        who: usize,
        at: u16,
        kind: usize,
        level: u8,
    },
    Retype {
        who: usize,
        at: u16,
        kind: usize,
    },
    /// Takes letters out and puts them back where they stood.
    GiveBack {
        who: usize,
        at: u16,
        count: u8,
    },
    Sync {
        who: usize,
    },
}

pub fn actions(max: usize) -> impl Strategy<Value = Vec<Action>> {
    let who = 0..WRITERS;
    let action = prop_oneof![
        6 => (who.clone(), any::<u16>(), 0..WORDS.len()).prop_map(|(who, at, word)| Action::Insert { who, at, word }),
        3 => (who.clone(), any::<u16>(), 1..6u8).prop_map(|(who, at, count)| Action::Delete { who, at, count }),
        2 => (who.clone(), any::<u16>(), 1..8u8, 0..3usize, any::<bool>())
            .prop_map(|(who, at, count, name, on)| Action::Mark { who, at, count, name, on }),
        2 => (who.clone(), any::<u16>(), 0..KINDS.len(), 1..4u8)
            .prop_map(|(who, at, kind, level)| Action::Block { who, at, kind, level }),
        1 => (who.clone(), any::<u16>(), 0..KINDS.len()).prop_map(|(who, at, kind)| Action::Retype { who, at, kind }),
        1 => (who.clone(), any::<u16>(), 1..6u8).prop_map(|(who, at, count)| Action::GiveBack { who, at, count }),
        3 => who.prop_map(|who| Action::Sync { who }),
    ];
    proptest::collection::vec(action, 1..max)
}

/// The log (revision i is `changes[i]`, revision 0 the genesis) and the writers.
pub struct Room {
    pub changes: Vec<Change>,
    pub history: TextHistory,
    evidence: Evidence,
    writers: Vec<AutoCommit>,
    waiting: Vec<Vec<Change>>,
    /// The revision that the generation begins at, and what it begins with; nothing more than the genesis in the first.
    begun: usize,
    seed: Vec<Change>,
    generations: u8,
}

impl Room {
    pub fn new() -> Self {
        let first = genesis::new_doc(BoundActor::from_bytes([0xfe; 16]));
        let genesis = genesis::genesis();
        let mut history = TextHistory::new();
        history.push(Revision(0), &genesis).unwrap();
        let writers = (0..WRITERS)
            .map(|who| first.clone().with_actor(actor(who)))
            .collect();
        Self {
            changes: vec![genesis],
            history,
            evidence: Evidence::new(),
            writers,
            waiting: vec![Vec::new(); WRITERS],
            begun: 0,
            seed: Vec::new(),
            generations: 0,
        }
    }

    /// What the first of them wrote, on everybody's screen.
    pub fn written(text: &str) -> Self {
        let mut room = Self::new();
        room.type_text(0, 0, text);
        room.sync_all();
        room
    }

    /// Goes on in a fresh generation with the text as everybody sees it then; each writer goes on as another actor.
    pub fn begin_anew(&mut self) {
        self.sync_all();
        let old = self.last();
        let doc = self.doc_at(old).document().clone();
        // Everybody's, the server's too, belongs to one generation.
        let server = BoundActor::from_bytes([0xd0 + self.generations; 16]);
        let started = start_from(&doc, Reason::Growth, server, TimestampMs(3)).unwrap();
        let seed = started
            .seed
            .iter()
            .map(|raw| Change::try_from(raw.as_slice()).unwrap());
        self.seed = std::iter::once(genesis::genesis()).chain(seed).collect();
        self.history
            .start_generation(old.next(), &self.seed, (old, &started.same))
            .unwrap();
        self.evidence = Evidence::new();
        for change in &self.seed[1..] {
            self.evidence.admit(change.raw_bytes(), &[server]).unwrap();
        }
        self.changes.push(self.seed.last().unwrap().clone());
        self.begun = self.changes.len();
        let first = genesis::new_doc(BoundActor::from_bytes([0xfe; 16]));
        for who in 0..WRITERS {
            let before = self.actor(who);
            self.writers[who] = first.clone().with_actor(actor_of(who, self.generations + 1));
            self.history.goes_on(&before, self.writers[who].get_actor());
        }
        self.generations += 1;
        self.sync_all();
    }

    fn actor(&self, who: usize) -> ActorId {
        actor_of(who, self.generations)
    }

    /// All of the generation up to a revision.
    fn of_generation(&self, revision: Revision) -> Vec<Change> {
        let later = &self.changes[self.begun..=revision.0 as usize];
        self.seed.iter().chain(later).cloned().collect()
    }

    pub fn after(actions: &[Action]) -> Self {
        let mut room = Self::new();
        for action in actions {
            room.act(action);
        }
        room.sync_all();
        room
    }

    /// Restores, and puts the changes in the log as the server does.
    pub fn restore(&mut self, to: Revision, scope: &Scope) -> Vec<Change> {
        let ground = Ground {
            now: self.last(),
            seen: self.last(),
        };
        self.restore_on(ground, to, scope)
    }

    /// Restores the chapter for somebody who saw the text as it was then.
    pub fn restore_seen(&mut self, seen: Revision, to: Revision) -> Vec<Change> {
        let now = self.last();
        self.restore_on(Ground { now, seen }, to, &Scope::Chapter)
    }

    /// The same on the document as it was; the log may be ahead of it.
    pub fn restore_on(&mut self, ground: Ground, to: Revision, scope: &Scope) -> Vec<Change> {
        let plan = self.history.plan_restore_on(ground, to, scope).unwrap();
        let author = Author {
            actor: ActorId::from([0xe0 + self.generations; 16]),
            time: 2,
        };
        let doc = self.doc_at(ground.now).document().clone();
        let restored = plan.write(doc, &author).unwrap();
        assert_eq!(restored.changes.is_empty(), plan.placement == Placement::NoChange);
        let event = TextRestored {
            generation: Generation(1),
            to_position: Position(to.0),
            before_position: Position(ground.now.0),
            section: None,
            reason: None,
            changes: restored
                .changes
                .iter()
                .map(|change| change.hash().to_string())
                .collect(),
            actors: restored.actors,
            links: restored.links,
        };
        for change in &restored.changes {
            self.append(change.clone());
        }
        assert_eq!(TextRestored::read(&event.payload()).unwrap(), event);
        self.history.link(&event).unwrap();
        restored.changes
    }

    pub fn sync_all(&mut self) {
        for who in (0..WRITERS).chain(0..WRITERS) {
            self.sync(who);
        }
    }

    /// Puts a change in the log, as the server does: only what is accepted on evidence.
    pub fn append(&mut self, change: Change) {
        let actor: [u8; 16] = change.actor_id().to_bytes().try_into().unwrap();
        self.evidence
            .admit(change.raw_bytes(), &[BoundActor::from_bytes(actor)])
            .unwrap();
        self.history
            .push(Revision(self.changes.len() as u64), &change)
            .unwrap();
        self.changes.push(change);
    }

    pub fn last(&self) -> Revision {
        Revision(self.changes.len() as u64 - 1)
    }

    /// Who made a revision; none of the writers made the first.
    pub fn writer(&self, revision: Revision) -> usize {
        let made = self.changes[revision.0 as usize].actor_id();
        let is_theirs =
            |who: &usize| (0..=self.generations).any(|generation| actor_of(*who, generation) == *made);
        (0..WRITERS).find(is_theirs).unwrap_or(WRITERS)
    }

    /// The revision in which each UTF-16 unit of a text was written.
    pub fn authors(&self, at: Revision) -> Vec<Option<Revision>> {
        let view = self.history.view(at);
        (0..view.utf16_len())
            .map(|index| view.written_at(index))
            .collect()
    }

    /// A document with everything of this generation up to a revision: the oracle.
    pub fn doc_at(&self, revision: Revision) -> AutoCommit {
        let mut doc = AutoCommit::new_with_encoding(TextEncoding::Utf16CodeUnit);
        doc.apply_changes(self.of_generation(revision)).unwrap();
        doc
    }

    /// Any edit of one change.
    pub fn edit(&mut self, who: usize, edit: impl FnOnce(&mut AutoCommit, &ObjId)) {
        let doc = &mut self.writers[who];
        let text = text_of(doc);
        edit(doc, &text);
        self.commit(who);
    }

    /// Types any text.
    pub fn type_text(&mut self, who: usize, at: u16, text: &str) {
        insert(&mut self.writers[who], at, text);
        self.commit(who);
    }

    /// Takes letters out; gives their names.
    pub fn take_out(&mut self, who: usize, at: u16, count: u8) -> Vec<(Cursor, Unit)> {
        let doc = &mut self.writers[who];
        let gone = letters(doc, at, count);
        delete(doc, at, count);
        self.commit(who);
        gone
    }

    /// Puts letters back where they stood.
    pub fn give_back(&mut self, who: usize, gone: &[(Cursor, Unit)]) {
        let doc = &mut self.writers[who];
        let back = letters_back::put_back(doc, gone, TimestampMs(1_000)).unwrap();
        self.waiting[who].extend(back);
    }

    pub fn act(&mut self, action: &Action) {
        let (who, changed) = match action {
            Action::Sync { who } => return self.sync(*who),
            Action::GiveBack { who, at, count } => {
                let gone = self.take_out(*who, *at, *count);
                return self.give_back(*who, &gone);
            }
            Action::Insert { who, at, word } => (*who, insert(&mut self.writers[*who], *at, WORDS[*word])),
            Action::Delete { who, at, count } => (*who, delete(&mut self.writers[*who], *at, *count)),
            Action::Mark {
                who,
                at,
                count,
                name,
                on,
            } => (
                *who,
                mark(
                    &mut self.writers[*who],
                    (*at, *count),
                    ["strong", "em", "link"][*name],
                    *on,
                ),
            ),
            Action::Block { who, at, kind, level } => {
                (*who, block(&mut self.writers[*who], *at, KINDS[*kind], *level))
            }
            Action::Retype { who, at, kind } => (*who, retype(&mut self.writers[*who], *at, KINDS[*kind])),
        };
        if changed {
            self.commit(who);
        }
    }

    fn commit(&mut self, who: usize) {
        let doc = &mut self.writers[who];
        let made = doc.commit_with(CommitOptions::default().with_time(1));
        self.waiting[who].extend(made.and_then(|hash| doc.get_change_by_hash(&hash)));
    }

    fn sync(&mut self, who: usize) {
        for change in std::mem::take(&mut self.waiting[who]) {
            self.append(change);
        }
        let all = self.of_generation(self.last());
        self.writers[who].apply_changes(all).unwrap();
    }
}

pub fn actor(who: usize) -> ActorId {
    actor_of(who, 0)
}

fn actor_of(who: usize, generation: u8) -> ActorId {
    let mut bytes = [who as u8 + 1; 16];
    bytes[15] += generation << 4;
    ActorId::from(bytes)
}

pub fn text_of(doc: &AutoCommit) -> ObjId {
    doc.get(automerge::ROOT, "text").unwrap().unwrap().1
}

pub fn spans(doc: &AutoCommit) -> Vec<Span> {
    doc.spans(text_of(doc)).unwrap().collect()
}

fn place(doc: &AutoCommit, at: u16, extra: usize) -> usize {
    at as usize % (doc.length(text_of(doc)) + extra).max(1)
}

fn insert(doc: &mut AutoCommit, at: u16, word: &str) -> bool {
    let at = place(doc, at, 1);
    doc.splice_text(text_of(doc), at, 0, word).unwrap();
    true
}

/// The letters that [`delete`] takes out, with their names.
fn letters(doc: &mut AutoCommit, at: u16, count: u8) -> Vec<(Cursor, Unit)> {
    let text = text_of(doc);
    let start = place(doc, at, 0);
    let end = (start + count as usize).min(doc.length(&text));
    let mut found = Vec::new();
    let mut names = Vec::new();
    for at in start..end {
        let name = doc.get_cursor(&text, at, None).unwrap();
        if let (Some((Value::Scalar(value), _)), false) = (doc.get(&text, at).unwrap(), names.contains(&name))
        {
            let letter = value.as_str().and_then(|letter| letter.chars().next());
            found.extend(letter.map(|letter| (name.clone(), Unit::Letter(letter))));
            names.push(name);
        }
    }
    found
}

fn delete(doc: &mut AutoCommit, at: u16, count: u8) -> bool {
    let text = text_of(doc);
    let at = place(doc, at, 0);
    let count = (count as usize).min(doc.length(&text).saturating_sub(at));
    doc.splice_text(text, at, count as isize, "").unwrap();
    count > 0
}

fn mark(doc: &mut AutoCommit, (at, count): (u16, u8), name: &str, on: bool) -> bool {
    let text = text_of(doc);
    let start = place(doc, at, 0);
    let end = (start + count as usize).min(doc.length(&text));
    if start == end {
        return false;
    }
    let value = if on {
        ScalarValue::Boolean(true)
    } else {
        ScalarValue::Null
    };
    let expand = if name == "link" {
        ExpandMark::None
    } else {
        ExpandMark::After
    };
    doc.mark(text, Mark::new(name.to_owned(), value, start, end), expand)
        .unwrap();
    true
}

fn block(doc: &mut AutoCommit, at: u16, kind: &str, level: u8) -> bool {
    let at = place(doc, at, 1);
    let block = doc.split_block(text_of(doc), at).unwrap();
    doc.put(&block, "type", kind).unwrap();
    doc.put(&block, "isEmbed", false).unwrap();
    let parents = doc.put_object(&block, "parents", ObjType::List).unwrap();
    if kind == "unordered-list-item" {
        doc.insert(&parents, 0, "blockquote").unwrap();
    }
    let attrs = doc.put_object(&block, "attrs", ObjType::Map).unwrap();
    if kind == "heading" {
        doc.put(&attrs, "level", i64::from(level)).unwrap();
    }
    true
}

fn retype(doc: &mut AutoCommit, at: u16, kind: &str) -> bool {
    let text = text_of(doc);
    let markers: Vec<ObjId> = (0..doc.length(&text))
        .filter_map(|index| doc.get(&text, index).unwrap())
        .filter(|(value, _)| value.is_object())
        .map(|(_, id)| id)
        .collect();
    let Some(marker) = markers.get(at as usize % markers.len().max(1)) else {
        return false;
    };
    doc.put(marker, "type", kind).unwrap();
    if let Some((_, attrs)) = doc.get(marker, "attrs").unwrap() {
        doc.put(&attrs, "level", i64::from(at % 3) + 1).unwrap();
    }
    true
}

/// Few cases by default; `PROPTEST_CASES` asks for more.
pub fn cases() -> ProptestConfig {
    let asked = std::env::var_os("PROPTEST_CASES").is_some();
    if asked {
        ProptestConfig::default()
    } else {
        ProptestConfig::with_cases(32)
    }
}
