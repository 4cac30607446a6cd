//! What the world knows to be true, kept beside the system: who typed which letter, what was acknowledged, what was
//! asked and answered.
//!
//! Why it exists: invariants that are checked with the system's own memory prove little. This is written by the
//! simulator from what passed its hands.

use std::collections::{BTreeMap, BTreeSet};

use automerge::legacy::OpType;
use automerge::{Change, ScalarValue};
use schema::ids::{Generation, Position};
use schema::sync::ChapterKey;
use schema::wire::{self, BAD_CHANGES, ClientFrame, Item, ServerFrame};

/// The first letter that is typed; 20,000 more follow, one UTF-16 unit each.
const FIRST_LETTER: u32 = 0x4e00;

/// Hash of a change.
pub type Hash = [u8; 32];

/// A chapter on a connection: the connection, and the server's number for the chapter.
pub type Channel = (u64, u32);

/// Where a letter was typed.
#[derive(Debug, Clone, Copy)]
pub struct Typed {
    /// On which device.
    pub device: usize,
    /// In which chapter.
    pub chapter: ChapterKey,
}

/// Pushes of a change on one connection, and answers to them.
#[derive(Debug, Default, Clone, Copy)]
struct Asked {
    pushes: u32,
    answers: u32,
    /// Pushes whose answer the client no longer wants: it closed the chapter.
    waived: u32,
    /// Whether the chapter was closed under them.
    closed: bool,
}

/// See the module's text.
#[derive(Debug, Default)]
pub struct Ledger {
    typed: BTreeMap<char, Typed>,
    /// Letters that somebody deleted, or that a restore took away.
    deleted: BTreeSet<char>,
    /// Letters that a restore may have brought back a second time.
    restored: BTreeSet<char>,
    /// Letters whose page died before they were on disk, or that stand in words their author let go.
    gone: BTreeSet<char>,
    /// Which devices wrote a letter anew in a generation after the first, that stands in another change too.
    anew: BTreeMap<char, BTreeMap<Generation, BTreeSet<usize>>>,
    /// Letters of every change that a device has stored.
    in_change: BTreeMap<Hash, Vec<char>>,
    /// Letters that stand in a change.
    written: BTreeSet<char>,
    /// Letters that are on the disk of a device.
    stored: BTreeSet<char>,
    acknowledged: BTreeMap<Hash, Position>,
    asked: BTreeMap<(Channel, Hash), Asked>,
    /// What was seen to be wrong while it happened.
    pub wrong: Vec<String>,
}

impl Ledger {
    /// A letter that nobody has typed yet.
    pub fn fresh(&mut self, at: Typed) -> char {
        let number = FIRST_LETTER + u32::try_from(self.typed.len()).unwrap_or(u32::MAX);
        let letter = char::from_u32(number).expect("a run types fewer letters than there are");
        self.typed.insert(letter, at);
        letter
    }

    /// Somebody deletes letters.
    pub fn delete(&mut self, letters: impl IntoIterator<Item = char>) {
        self.deleted.extend(letters);
    }

    /// A restore touches these.
    pub fn restore(&mut self, letters: impl IntoIterator<Item = char>) {
        self.restored.extend(letters);
    }

    /// A page asked its device to keep a change, in a generation.
    pub fn made(&mut self, hash: Hash, raw: &[u8], (device, generation): (usize, Generation)) {
        if self.in_change.contains_key(&hash) {
            return;
        }
        let letters = letters_of(raw);
        for letter in &letters {
            if !self.written.insert(*letter) && Generation(1) < generation {
                let anew = self.anew.entry(*letter).or_default();
                anew.entry(generation).or_default().insert(device);
            }
        }
        self.in_change.insert(hash, letters);
    }

    /// It is on disk.
    pub fn on_disk(&mut self, hash: &Hash) {
        if let Some(letters) = self.in_change.get(hash) {
            self.stored.extend(letters);
        }
    }

    /// Words are on disk.
    pub fn words_on_disk(&mut self, words: &str) {
        self.stored.extend(words.chars());
    }

    /// A page is gone, and with it what it had not yet stored.
    pub fn page_died(&mut self, device: usize) {
        let lost = self
            .typed
            .iter()
            .filter(|(letter, typed)| typed.device == device && !self.stored.contains(letter));
        self.gone
            .extend(lost.map(|(letter, _)| *letter).collect::<Vec<_>>());
    }

    /// Letters that must be somewhere, with where they were typed.
    pub fn kept(&self) -> impl Iterator<Item = (char, Typed)> {
        let is_kept = |letter: &char| !self.deleted.contains(letter) && !self.gone.contains(letter);
        self.typed
            .iter()
            .filter(move |(letter, _)| is_kept(letter))
            .map(|(letter, typed)| (*letter, *typed))
    }

    /// How often a letter may stand in the text. Once; but as often as a restore likes that touched it. And where a change
    /// failed (`compared`) nobody can say what of the old text stands in the new one: the texts are compared, and a device
    /// that took the letter along into a generation may have written it there once more.
    #[must_use]
    pub fn copies_max(&self, letter: char, compared: bool) -> usize {
        if self.restored.contains(&letter) {
            return usize::MAX;
        }
        if !compared {
            return 1;
        }
        let generations = self.anew.get(&letter).into_iter().flat_map(BTreeMap::values);
        1 + generations.map(BTreeSet::len).sum::<usize>()
    }

    /// Every acknowledgement, with the place that was told.
    pub fn acknowledged(&self) -> impl Iterator<Item = (&Hash, Position)> {
        self.acknowledged.iter().map(|(hash, position)| (hash, *position))
    }

    /// A client's frame reaches the server.
    pub fn said(&mut self, connection: u64, bytes: &[u8]) {
        let (channel, changes) = match wire::decode_client(bytes) {
            Ok(ClientFrame::Push { channel, changes, .. }) => (channel, changes),
            Ok(ClientFrame::Close { channel }) => return self.waive((connection, channel)),
            _ => return,
        };
        let at = (connection, channel);
        for raw in changes {
            if let Ok(change) = Change::from_bytes(raw.to_vec()) {
                self.asked.entry((at, change.hash().0)).or_default().pushes += 1;
            }
        }
    }

    /// A server's frame is sent to a client (rule P2).
    pub fn answered(&mut self, connection: u64, bytes: &[u8]) {
        match wire::decode_server(bytes) {
            Ok(ServerFrame::Changes { channel, items, .. }) => {
                for item in items {
                    if let Item::Yours { hash, position } = item {
                        self.acknowledge((connection, channel), *hash, position);
                    }
                }
            }
            Ok(ServerFrame::Known {
                channel,
                hash,
                position,
            }) => {
                self.acknowledge((connection, channel), *hash, position);
            }
            Ok(ServerFrame::Refused { channel, hash, .. }) => self.answer((connection, channel), *hash),
            // A push in a chapter that is not open (any more) is answered as a whole (rule O2).
            Ok(ServerFrame::Closed {
                channel: Some(channel),
                ..
            }) => self.answer_all((connection, channel)),
            Ok(ServerFrame::Bye { reason, .. }) if reason.code == BAD_CHANGES => {
                let said =
                    format!("connection {connection}, an honest client's, ends for its changes (rule P9)");
                self.wrong.push(said);
            }
            Ok(_) => {}
            Err(error) => self
                .wrong
                .push(format!("the server sent what is no frame: {error}")),
        }
    }

    fn acknowledge(&mut self, at: Channel, hash: Hash, position: Position) {
        self.answer(at, hash);
        let first = *self.acknowledged.entry(hash).or_insert(position);
        if first != position {
            self.wrong.push(format!(
                "{} was acknowledged at {first} and at {position}",
                hex(&hash)
            ));
        }
    }

    fn answer(&mut self, at: Channel, hash: Hash) {
        let asked = self.asked.entry((at, hash)).or_default();
        asked.answers += 1;
        // What was under way when its chapter closed is answered with it, and by the log a moment later.
        if asked.answers > asked.pushes && !asked.closed {
            self.wrong.push(format!(
                "{} was answered {} times and pushed {} times",
                hex(&hash),
                asked.answers,
                asked.pushes
            ));
        }
    }

    fn waive(&mut self, at: Channel) {
        let there = self.asked.range_mut((at, [0; 32])..=(at, [0xff; 32]));
        there.for_each(|(_, asked)| asked.waived = asked.pushes - asked.answers);
    }

    fn answer_all(&mut self, at: Channel) {
        let there = self.asked.range_mut((at, [0; 32])..=(at, [0xff; 32]));
        there.for_each(|(_, asked)| {
            asked.answers = asked.pushes;
            asked.closed = true;
        });
    }

    /// A push without an answer on these connections.
    #[must_use]
    pub fn unanswered(&self, is_open: impl Fn(u64) -> bool) -> Option<String> {
        let lacks = |asked: &Asked| asked.answers + asked.waived < asked.pushes;
        let mut lacking = self
            .asked
            .iter()
            .filter(|(((connection, _), _), asked)| lacks(asked) && is_open(*connection));
        let (((connection, _), hash), _) = lacking.next()?;
        Some(format!(
            "the push of {} on connection {connection} has no answer",
            hex(hash)
        ))
    }
}

/// The letters that a change types.
#[must_use]
pub fn letters_of(raw: &[u8]) -> Vec<char> {
    let Ok(change) = Change::from_bytes(raw.to_vec()) else {
        return Vec::new();
    };
    let texts = change
        .decode()
        .operations
        .into_iter()
        .filter_map(|op| match op.action {
            OpType::Put(ScalarValue::Str(text)) if op.insert => Some(text.to_string()),
            _ => None,
        });
    texts.flat_map(|text| text.chars().collect::<Vec<_>>()).collect()
}

/// The first bytes of a hash, as people read them.
#[must_use]
pub fn hex(hash: &Hash) -> String {
    hash.iter().take(4).map(|byte| format!("{byte:02x}")).collect()
}
