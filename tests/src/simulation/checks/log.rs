//! The log read from zero by rules of its own: who may what, at each event, and what text that makes.
//!
//! Why it does not ask the core or the read models: it is what they are compared with. It knows the policy (the one
//! function of it), automerge, and the order of events.

use std::collections::{BTreeMap, BTreeSet};

use automerge::{Automerge, Change};
use schema::domain::actor::Actors;
use schema::domain::policy::{Action, may};
use schema::domain::{PlanState, fold};
use schema::ids::{ChapterId, EventId, Generation, Position};
use schema::log::kinds::{TEXT_CHANGED, TEXT_GENERATION, TEXT_QUARANTINED, TEXT_RESTORED};
use schema::log::{Record, Stream, Via};
use schema::richtext::spans::{self, FlatText};
use schema::richtext::{document, tree};
use schema::text::generation::{GenerationStarted, Reason, content_hash};
use schema::text::genesis;
use schema::text::order::TextOrder;
use serde_json::Value as Json;

use super::super::ledger::{Hash, hex, letters_of};
use super::super::programme::PLAN;

/// One generation of a text as the log tells it.
#[derive(Debug)]
struct Written {
    doc: Automerge,
    carried: BTreeSet<Hash>,
    /// Changes with what they build on, in order.
    changes: Vec<(Hash, Vec<Hash>, Vec<char>)>,
}

/// What the log says.
#[derive(Debug, Default)]
pub struct Told {
    /// Everything that was decided.
    pub state: PlanState,
    /// Letters of changes that failed in a copy, and of what built on them.
    pub set_aside: BTreeSet<char>,
    /// Letters that were written until a change failed, in its generation or before.
    pub compared: BTreeSet<char>,
    actors: Actors,
    texts: BTreeMap<(ChapterId, Generation), Written>,
    placed: BTreeMap<Hash, Vec<Position>>,
    ids: BTreeSet<EventId>,
    order: TextOrder,
}

impl Told {
    /// Reads the whole log.
    ///
    /// # Errors
    /// The first event that should not be there.
    pub fn read(records: &[Record]) -> Result<Self, String> {
        let mut told = Self::default();
        let mut chain = [0; 32];
        let mut recorded_at = None;
        for (place, record) in (0..).zip(records) {
            let envelope = &record.envelope;
            let fault = |what: &str| format!("event {} ({}): {what}", envelope.position, envelope.kind);
            if envelope.position != Position(place) || !record.is_proved_after(PLAN, &chain) {
                return Err(fault("does not continue the log"));
            }
            if recorded_at.is_some_and(|before| envelope.recorded_at < before) {
                return Err(fault("is older than the one before"));
            }
            if !told.ids.insert(envelope.id) {
                return Err(fault("stands twice"));
            }
            let stands = told.order.take(envelope).map_err(|what| what.to_string());
            stands
                .and_then(|()| told.take(record))
                .map_err(|what| fault(&what))?;
            (chain, recorded_at) = (record.chain, Some(envelope.recorded_at));
        }
        Ok(told)
    }

    fn take(&mut self, record: &Record) -> Result<(), String> {
        let envelope = &record.envelope;
        self.actors.fold(record);
        let payload = record.payload.bytes().ok_or("is erased")?;
        match envelope.stream {
            Stream::Text(chapter, generation) if envelope.kind == TEXT_GENERATION => {
                self.starts((chapter, generation), payload)
            }
            Stream::Text(chapter, generation) if envelope.kind == TEXT_CHANGED => {
                self.changes((chapter, generation), record, payload)
            }
            Stream::Chapter(chapter) if envelope.kind == TEXT_QUARANTINED => {
                self.sets_aside(chapter, payload)
            }
            _ => Ok(()),
        }?;
        // What stands beside the texts decides nothing, and moves its stream.
        let is_beside = envelope.kind == TEXT_RESTORED || envelope.kind == TEXT_QUARANTINED;
        fold(&mut self.state, record).or_else(|error| if is_beside { Ok(()) } else { Err(error.to_string()) })
    }

    fn starts(
        &mut self,
        (chapter, generation): (ChapterId, Generation),
        payload: &[u8],
    ) -> Result<(), String> {
        let started = GenerationStarted::read(payload).map_err(|error| error.to_string())?;
        let mut doc = genesis::new_automerge();
        let seed = started.seed.iter().map(|raw| Change::from_bytes(raw.to_vec()));
        let seed: Vec<Change> = seed
            .collect::<Result<_, _>>()
            .map_err(|error| error.to_string())?;
        doc.apply_changes(seed).map_err(|error| error.to_string())?;
        if content_hash(&doc) != *started.new_content {
            return Err("the generation does not start with what it says".to_owned());
        }
        if started.reason == Reason::New && generation != Generation(1) {
            return Err("a new chapter starts anew".to_owned());
        }
        let carried = started.carried.iter().map(|link| *link.to).collect();
        self.texts.insert(
            (chapter, generation),
            Written {
                doc,
                carried,
                changes: Vec::new(),
            },
        );
        Ok(())
    }

    fn changes(
        &mut self,
        (chapter, generation): (ChapterId, Generation),
        record: &Record,
        payload: &[u8],
    ) -> Result<(), String> {
        let change = Change::from_bytes(payload.to_vec()).map_err(|error| error.to_string())?;
        let hash = change.hash().0;
        if self.texts.contains_key(&(chapter, generation.next())) {
            return Err("comes after its generation has ended".to_owned());
        }
        let text = self
            .texts
            .get_mut(&(chapter, generation))
            .ok_or("its generation has not begun")?;
        let bound = self
            .actors
            .get(record.envelope.who)
            .ok_or("its actor is not bound")?;
        let caller = bound.caller();
        let right = match record.envelope.via {
            Via::Restore => Some(Action::RestoreText(chapter)),
            Via::Server if text.carried.contains(&hash) => None,
            Via::Server => return Err("the server wrote it for nobody".to_owned()),
            _ => Some(Action::WriteText(chapter)),
        };
        if let Some(right) = right {
            may(&self.state, caller.as_ref(), &right).map_err(|refusal| format!("{right:?}: {refusal}"))?;
            let binding = bound.text.as_ref().ok_or("its actor writes no text")?;
            if (binding.chapter, binding.generation) != (chapter, generation)
                || !change.actor_id().to_bytes().ends_with(binding.actor.as_bytes())
            {
                return Err("its actor is another one's".to_owned());
            }
        }
        let parents: Vec<Hash> = change.deps().iter().map(|parent| parent.0).collect();
        text.changes.push((hash, parents, letters_of(payload)));
        text.doc
            .apply_changes([change])
            .map_err(|error| error.to_string())?;
        if text
            .doc
            .get_change_meta_by_hash(&automerge::ChangeHash(hash))
            .is_none()
        {
            return Err("comes before what it builds on".to_owned());
        }
        let placed = self.placed.entry(hash).or_default();
        placed.push(record.envelope.position);
        match placed.len() {
            1 => Ok(()),
            _ => Err(format!("change {} stands twice", hex(&hash))),
        }
    }

    /// A change failed: it and what builds on it stay behind in the generation that ends.
    fn sets_aside(&mut self, chapter: ChapterId, payload: &[u8]) -> Result<(), String> {
        let named: Json = serde_json::from_slice(payload).map_err(|error| error.to_string())?;
        let generation = named["generation"]
            .as_u64()
            .and_then(|number| u32::try_from(number).ok());
        let generation = Generation(generation.ok_or("names no generation")?);
        let text = self
            .texts
            .get(&(chapter, generation))
            .ok_or("names an unknown generation")?;
        for (_, before) in self.texts.range((chapter, Generation(0))..=(chapter, generation)) {
            let letters = before.changes.iter().flat_map(|(_, _, letters)| letters);
            self.compared.extend(letters);
        }
        let mut aside = BTreeSet::new();
        for (hash, parents, letters) in &text.changes {
            let is_it = named["change"] == automerge::ChangeHash(*hash).to_string();
            if is_it || parents.iter().any(|parent| aside.contains(parent)) {
                aside.insert(*hash);
                self.set_aside.extend(letters);
            }
        }
        Ok(())
    }

    /// Whether a change stands where it was said to stand.
    ///
    /// # Errors
    /// When it does not.
    pub fn holds(&self, hash: &Hash, position: Position) -> Result<(), String> {
        match self.placed.get(hash) {
            Some(placed) if placed.contains(&position) => Ok(()),
            Some(placed) => Err(format!(
                "{} was acknowledged at {position} and stands at {placed:?}",
                hex(hash)
            )),
            None => Err(format!(
                "{} was acknowledged at {position} and is not in the log",
                hex(hash)
            )),
        }
    }

    /// A chapter's text as an editor shows it.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn text(&self, chapter: ChapterId) -> Result<Vec<Json>, String> {
        let last = self
            .texts
            .range((chapter, Generation(0))..=(chapter, Generation(u32::MAX)))
            .next_back();
        let (_, text) = last.ok_or("the chapter has no text")?;
        let text = spans::read(&text.doc, &genesis::text_id()).map_err(|error| error.to_string())?;
        Ok(nodes_of(&text))
    }
}

/// A text as an editor shows it.
pub(super) fn nodes_of(text: &FlatText) -> Vec<Json> {
    let nodes = document::top_nodes(&tree::normal(&text.blocks));
    nodes.into_iter().map(|node| node.json).collect()
}
