//! One generation of a chapter's text, written by several people one after the other: real automerge changes.

use anyhow::{Context, Result};
use automerge::transaction::{CommitOptions, Transactable};
use automerge::{Change, ReadDoc};
use schema::ids::{BoundActor, TimestampMs};
use schema::text::generation::{Reason, first_payload, start_from};
use schema::text::genesis::{actor_id, new_doc, text_id};

/// Page sessions that write in one generation.
const SESSIONS: u64 = 20;
/// Changes of one session, at least and at most.
const SESSION_CHANGES: (u64, u64) = (50, 250);
/// Words that a generation after the first starts with.
const START_WORDS: u64 = 600;

/// Numbers that look like chance and repeat (SplitMix64).
#[derive(Debug, Clone)]
pub struct Chance(u64);

impl Chance {
    /// Its own row of numbers for every seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below another.
    pub fn below(&mut self, end: u64) -> u64 {
        self.next() % end.max(1)
    }

    /// Bytes.
    pub fn bytes<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        for piece in bytes.chunks_mut(8) {
            for (to, from) in piece.iter_mut().zip(self.next().to_le_bytes()) {
                *to = from;
            }
        }
        bytes
    }

    fn word(&mut self) -> String {
        let letters = 2 + self.below(8);
        let word: String = (0..letters)
            .map(|_| char::from(b'a' + self.below(26) as u8))
            .collect();
        word + " "
    }
}

/// A generation.
#[derive(Debug, Clone)]
pub struct Written {
    /// Of which chapter, from 0.
    pub chapter: u64,
    /// Which of its generations, from 0.
    pub generation: u64,
    /// The payload of its `text.generation/1`.
    pub start: Vec<u8>,
    /// Who wrote, one after the other.
    pub sessions: Vec<Session>,
}

/// What one page session wrote.
#[derive(Debug, Clone)]
pub struct Session {
    /// Its automerge actor.
    pub actor: [u8; 16],
    /// Hash and raw chunk of each change.
    pub changes: Vec<([u8; 32], Vec<u8>)>,
}

/// Writes a generation; the same seed writes the same.
///
/// # Errors
/// What automerge says.
pub fn write_generation(seed: u64, chapter: u64, generation: u64) -> Result<Written> {
    let mut chance = Chance::new(seed);
    let text = text_id();
    let mut doc = new_doc(BoundActor::from_bytes(chance.bytes()));
    let start = if generation == 0 {
        first_payload()
    } else {
        let words: String = (0..START_WORDS).map(|_| chance.word()).collect();
        doc.splice_text(&text, 0, 0, &words)?;
        doc.commit();
        let server = BoundActor::from_bytes(chance.bytes());
        let started = start_from(doc.document(), Reason::Quarantine, server, TimestampMs(0))?;
        doc = new_doc(server);
        let seeds = started.seed.iter().map(|raw| Change::try_from(raw.as_slice()));
        doc.apply_changes(seeds.collect::<Result<Vec<_>, _>>()?)?;
        started.payload()
    };
    let mut sessions = Vec::new();
    for _ in 0..SESSIONS {
        let actor = chance.bytes();
        doc.set_actor(actor_id(BoundActor::from_bytes(actor)));
        let mut cursor = chance.below(doc.length(&text) as u64 + 1) as usize;
        let mut changes = Vec::new();
        for _ in 0..SESSION_CHANGES.0 + chance.below(SESSION_CHANGES.1 - SESSION_CHANGES.0) {
            let length = doc.length(&text);
            cursor = cursor.min(length);
            let deleted = if chance.below(6) == 0 { cursor.min(3) } else { 0 };
            cursor -= deleted;
            let word = chance.word();
            doc.splice_text(&text, cursor, deleted as isize, &word)?;
            cursor += word.len();
            doc.commit_with(CommitOptions::default().with_time(0));
            let change = doc.get_last_local_change().context("a change was made")?;
            changes.push((change.hash().0, change.raw_bytes().to_vec()));
        }
        sessions.push(Session { actor, changes });
    }
    Ok(Written {
        chapter,
        generation,
        start,
        sessions,
    })
}
