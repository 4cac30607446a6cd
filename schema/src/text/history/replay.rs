//! Builds the history of one generation's text from its changes, in the order of the log.
//!
//! Why it exists: text, blame and difference at any revision, and "who deleted this", are walks over one index
//! instead of one automerge document per revision. automerge is only asked to parse a change, never to apply it,
//! so an event that would make it panic cannot hurt a reader of the past.
//!
//! # Invariants
//!
//! - Revisions rise, over all generations; the one that starts a generation may hold several changes (its seed).
//! - After a [`ReplayError::Operation`] the index is half written and refuses everything: build it anew and
//!   [`TextHistory::skip`] that revision. Changes that depend on a skipped one are refused without harm.

use std::collections::{BTreeMap, BTreeSet};

use automerge::legacy::{ElementId as ElementRef, Key, ObjectId, Op, OpType};
use automerge::{ActorId, Change, ChangeHash, ObjType, ScalarValue};

use super::id::{Actors, ElementId, OpKey, Place};
use super::sequence::{NEVER, Sequence, Value, Version};
use super::standing::Standing;
use crate::ids::Revision;
use crate::text::genesis::TEXT_KEY;

/// Everything that ever stood in a chapter's text.
#[derive(Debug, Clone)]
pub struct TextHistory {
    pub(super) actors: Actors,
    pub(super) objects: Vec<Object>,
    pub(super) marks: Vec<MarkValue>,
    pub(super) text: Option<u32>,
    /// Element → the first element whose words it repeats (see `restore`, `put_back` and `generation`).
    pub(super) origins: BTreeMap<u32, u32>,
    /// First element → the last one that was put there to bring it back.
    pub(super) newest: BTreeMap<u32, u32>,
    /// Where words stand, those that went included.
    pub(super) standing: Standing,
    /// Element → its copy in the generation that followed.
    pub(super) copies: BTreeMap<u32, u32>,
    /// Element → the revision of the restore, or of who deleted them, that brought its words back.
    pub(super) brought: BTreeMap<u32, u32>,
    /// What the change being taken in put right behind elements that had gone, each with that one.
    pub(super) behind_gone: Vec<(u32, u32)>,
    /// Element → the later revisions that deleted it too: of people who had not seen that it was gone.
    pub(super) also_ended: BTreeMap<u32, Vec<u32>>,
    /// Actor → the actor under which the same visit of its person wrote first, in an earlier generation.
    visits: BTreeMap<u32, u32>,
    /// Visit → the first revision in which it deleted something.
    pub(super) first_taken: BTreeMap<u32, u32>,
    /// Revisions that start a generation: what comes and goes there is nobody's work.
    pub(super) starts: BTreeSet<u32>,
    pub(super) by_key: BTreeMap<OpKey, u32>,
    pub(super) known: BTreeMap<ChangeHash, u32>,
    pub(super) heads: BTreeSet<ChangeHash>,
    pub(super) last_counter: BTreeMap<u32, u32>,
    /// Revision and visit of each change that is somebody's work, in their order.
    makers: Vec<(u32, u32)>,
    /// Whether the generation's text object is still to come.
    pub(super) awaits_text: bool,
    pub(super) revision: Option<u32>,
    broken: bool,
}

/// A map, list or text of the document.
#[derive(Debug, Clone)]
pub(super) enum Object {
    Map(BTreeMap<String, Vec<Version>>),
    List(Sequence),
    Text(Sequence),
}

impl Object {
    /// Its sequence, when it is a list or a text.
    pub fn sequence(&self) -> Option<&Sequence> {
        match self {
            Self::Map(_) => None,
            Self::List(sequence) | Self::Text(sequence) => Some(sequence),
        }
    }

    /// As [`Self::sequence`], to change it.
    pub fn sequence_mut(&mut self) -> Option<&mut Sequence> {
        match self {
            Self::Map(_) => None,
            Self::List(sequence) | Self::Text(sequence) => Some(sequence),
        }
    }
}

/// What a mark says.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct MarkValue {
    pub name: String,
    pub value: ScalarValue,
}

/// Why a change is not taken into the history.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ReplayError {
    /// Revisions must rise.
    #[error("revision {revision} does not follow the history's last one")]
    Order {
        /// The revision offered.
        revision: Revision,
    },
    /// A parent of the change is not in the history (or was skipped).
    #[error("revision {revision} depends on a change that is not in the history")]
    MissingParent {
        /// The revision offered.
        revision: Revision,
    },
    /// The change was taken before.
    #[error("the change of revision {revision} is already in the history")]
    Repeated {
        /// The revision offered.
        revision: Revision,
    },
    /// An operation names something that is not there; the history must be rebuilt without this revision.
    #[error("revision {revision} has an operation that fits nothing")]
    Operation {
        /// The revision offered.
        revision: Revision,
    },
    /// An earlier [`ReplayError::Operation`] left the history unusable.
    #[error("the history stopped at a change that fits nothing and must be rebuilt")]
    Broken,
}

impl Default for TextHistory {
    fn default() -> Self {
        Self::new()
    }
}

impl TextHistory {
    /// An empty history.
    #[must_use]
    pub fn new() -> Self {
        Self {
            actors: Actors::default(),
            objects: vec![Object::Map(BTreeMap::new())],
            marks: Vec::new(),
            text: None,
            origins: BTreeMap::new(),
            newest: BTreeMap::new(),
            standing: Standing::default(),
            copies: BTreeMap::new(),
            brought: BTreeMap::new(),
            behind_gone: Vec::new(),
            also_ended: BTreeMap::new(),
            visits: BTreeMap::new(),
            first_taken: BTreeMap::new(),
            starts: BTreeSet::new(),
            awaits_text: true,
            by_key: BTreeMap::new(),
            known: BTreeMap::new(),
            heads: BTreeSet::new(),
            last_counter: BTreeMap::new(),
            makers: Vec::new(),
            revision: None,
            broken: false,
        }
    }

    /// Takes the change that stands at `revision`.
    ///
    /// # Errors
    /// [`ReplayError`], see there which ones leave the history usable.
    pub fn push(&mut self, revision: Revision, change: &Change) -> Result<(), ReplayError> {
        let number = self.admit(revision)?;
        if self.known.contains_key(&change.hash()) {
            return Err(ReplayError::Repeated { revision });
        }
        if !change.deps().iter().all(|parent| self.known.contains_key(parent)) {
            return Err(ReplayError::MissingParent { revision });
        }
        let first_new = self.element_number();
        if self.apply(change, number).is_none() {
            self.broken = true;
            return Err(ReplayError::Operation { revision });
        }
        if let Some(actor) = self
            .actors
            .number(change.actor_id())
            .filter(|_| !self.starts.contains(&number))
        {
            let visit = self.visit_of(actor);
            self.makers.push((number, visit));
            self.link_put_back(first_new..self.element_number(), (visit, number));
        }
        for parent in change.deps() {
            self.heads.remove(parent);
        }
        self.heads.insert(change.hash());
        self.known.insert(change.hash(), number);
        self.revision = Some(number);
        Ok(())
    }

    /// Passes over a revision whose change is quarantined.
    ///
    /// # Errors
    /// [`ReplayError::Order`] and [`ReplayError::Broken`].
    pub fn skip(&mut self, revision: Revision) -> Result<(), ReplayError> {
        self.revision = Some(self.admit(revision)?);
        Ok(())
    }

    /// Says that an actor is that of a visit that wrote under another one before, as everybody who goes on in a fresh
    /// generation gets a new one. To be said before its first change is taken.
    pub fn goes_on(&mut self, before: &ActorId, now: &ActorId) {
        let before = self.actors.number_or_new(before);
        let visit = self.visit_of(before);
        let now = self.actors.number_or_new(now);
        if visit != now {
            self.visits.insert(now, visit);
        }
    }

    fn visit_of(&self, actor: u32) -> u32 {
        self.visits.get(&actor).copied().unwrap_or(actor)
    }

    /// The last revision taken or skipped.
    #[must_use]
    pub fn revision(&self) -> Option<Revision> {
        self.revision.map(|number| Revision(u64::from(number)))
    }

    /// The heads after the last revision, sorted: those of an automerge document with the same changes.
    #[must_use]
    pub fn heads(&self) -> Vec<ChangeHash> {
        self.heads.iter().copied().collect()
    }

    /// The revision at which a change stands.
    #[must_use]
    pub fn revision_of(&self, change: &ChangeHash) -> Option<Revision> {
        self.known.get(change).map(|number| Revision(u64::from(*number)))
    }

    /// The revision after which a document with these heads stands, if it holds all that was taken until then.
    #[must_use]
    pub fn reached_by(&self, heads: &[ChangeHash]) -> Option<Revision> {
        let places = heads.iter().map(|head| self.revision_of(head));
        places.collect::<Option<Vec<Revision>>>()?.into_iter().max()
    }

    /// The last revision that holds a change, up to one.
    pub(super) fn last_change_until(&self, revision: Revision) -> Option<Revision> {
        let numbers = self.known.values().map(|number| Revision(u64::from(*number)));
        numbers.filter(|number| *number <= revision).max()
    }

    /// How many elements the text ever had: what a history costs in memory.
    #[must_use]
    pub fn element_count(&self) -> usize {
        self.text_sequence().map_or(0, Sequence::len)
    }

    /// The number that the text's next element will have.
    fn element_number(&self) -> u32 {
        u32::try_from(self.element_count()).unwrap_or(u32::MAX)
    }

    /// The visit whose change stands at a revision: the number of its first actor; none for what starts a generation.
    pub(super) fn maker_of(&self, revision: u32) -> Option<u32> {
        let at = self
            .makers
            .binary_search_by_key(&revision, |(revision, _)| *revision)
            .ok()?;
        self.makers.get(at).map(|(_, actor)| *actor)
    }

    pub(super) fn text_sequence(&self) -> Option<&Sequence> {
        self.objects.get(self.text? as usize)?.sequence()
    }

    /// The node of the text that an element id names.
    pub(super) fn node_of(&self, id: &ElementId) -> Option<u32> {
        let place = self.actors.place(self.actors.key(id.counter, &id.actor)?)?;
        (Some(place.object) == self.text).then_some(place.node)
    }

    /// The public name of a node of the text.
    pub(super) fn name_of(&self, node: u32) -> Option<ElementId> {
        self.actors.name(self.text_sequence()?.node(node)?.key())
    }

    pub(super) fn admit(&self, revision: Revision) -> Result<u32, ReplayError> {
        if self.broken {
            return Err(ReplayError::Broken);
        }
        let number = u32::try_from(revision.0).ok().filter(|number| *number != NEVER);
        let number = number.ok_or(ReplayError::Order { revision })?;
        match self.revision {
            Some(last)
                if number < last || (number == last && number != 0 && !self.starts.contains(&number)) =>
            {
                Err(ReplayError::Order { revision })
            }
            _ => Ok(number),
        }
    }

    fn apply(&mut self, change: &Change, revision: u32) -> Option<()> {
        let actor = self.actors.number_or_new(change.actor_id());
        let start = u32::try_from(change.start_op().get()).ok()?;
        if self.last_counter.get(&actor).is_some_and(|last| start <= *last) {
            return None;
        }
        self.behind_gone.clear();
        let mut counter = start;
        for op in &change.decode().operations {
            self.apply_operation(OpKey { counter, actor }, op, revision)?;
            self.last_counter.insert(actor, counter);
            counter = counter.checked_add(1)?;
        }
        Some(())
    }

    fn apply_operation(&mut self, key: OpKey, op: &Op, revision: u32) -> Option<()> {
        let object = self.object_number(&op.obj)?;
        // Counters have no place in a chapter; adding to one ends nothing.
        if matches!(op.action, OpType::Increment(_)) {
            return Some(());
        }
        if let (Key::Seq(after), true) = (&op.key, op.insert) {
            let value = self.next_value(op)?;
            return self.insert(
                object,
                after,
                Version {
                    key,
                    born: revision,
                    ended: NEVER,
                    value,
                },
                op,
            );
        }
        for pred in op.pred.iter() {
            let pred = self.actors.key(pred.counter(), pred.actor())?;
            let held = self
                .holders_mut(object, &op.key)?
                .find(|version| version.key == pred)?;
            let was_gone = held.ended < revision;
            held.ended = held.ended.min(revision);
            if let Key::Seq(ElementRef::Id(id)) = &op.key
                && was_gone
                && Some(object) == self.text
            {
                let node = self.node_in(object, id.counter(), id.actor())?;
                self.also_ended.entry(node).or_default().push(revision);
            }
        }
        if matches!(op.action, OpType::Delete) {
            let visit = self.visit_of(key.actor);
            self.first_taken.entry(visit).or_insert(revision);
            return Some(());
        }
        let version = Version {
            key,
            born: revision,
            ended: NEVER,
            value: self.next_value(op)?,
        };
        self.create(key, object, op);
        match (self.objects.get_mut(object as usize)?, &op.key) {
            (Object::Map(map), Key::Map(name)) => map.entry(name.to_string()).or_default().push(version),
            (Object::List(_) | Object::Text(_), Key::Seq(ElementRef::Id(id))) => {
                let node = self.node_in(object, id.counter(), id.actor())?;
                self.objects
                    .get_mut(object as usize)?
                    .sequence_mut()?
                    .node_mut(node)?
                    .add(version);
            }
            _ => return None,
        }
        Some(())
    }

    fn insert(&mut self, object: u32, after: &ElementRef, version: Version, op: &Op) -> Option<()> {
        let key = version.key;
        let after = match after {
            ElementRef::Head => None,
            ElementRef::Id(id) => Some(self.node_in(object, id.counter(), id.actor())?),
        };
        self.create(key, object, op);
        let sequence = self.objects.get_mut(object as usize)?.sequence_mut()?;
        let node = sequence.insert(after, version, |a, b| self.actors.compare(a, b))?;
        if Some(object) == self.text {
            self.seat(node);
            let has_gone = |element: &u32| {
                let named = self.text_sequence().and_then(|text| text.node(*element));
                named.is_some_and(|named| !named.is_mark() && !named.stands())
            };
            let gone = after.filter(has_gone);
            self.behind_gone.extend(gone.map(|gone| (node, gone)));
        }
        self.actors.remember(key, Place { object, node });
        Some(())
    }

    /// The versions that stand under a key or element.
    fn holders_mut(&mut self, object: u32, key: &Key) -> Option<Box<dyn Iterator<Item = &mut Version> + '_>> {
        let node = match key {
            Key::Seq(ElementRef::Id(id)) => Some(self.node_in(object, id.counter(), id.actor())?),
            _ => None,
        };
        match (self.objects.get_mut(object as usize)?, key, node) {
            (Object::Map(map), Key::Map(name), _) => Some(Box::new(map.get_mut(name.as_str())?.iter_mut())),
            (Object::List(list) | Object::Text(list), _, Some(node)) => {
                Some(Box::new(list.node_mut(node)?.versions_mut()))
            }
            _ => None,
        }
    }

    fn node_in(&self, object: u32, counter: u64, actor: &ActorId) -> Option<u32> {
        let place = self.actors.place(self.actors.key(counter, actor)?)?;
        (place.object == object).then_some(place.node)
    }

    fn object_number(&self, id: &ObjectId) -> Option<u32> {
        match id {
            ObjectId::Root => Some(0),
            ObjectId::Id(id) => self
                .by_key
                .get(&self.actors.key(id.counter(), id.actor())?)
                .copied(),
        }
    }

    /// The value an operation brings; an object gets the number that [`Self::create`] will give it.
    fn next_value(&mut self, op: &Op) -> Option<Value> {
        Some(match &op.action {
            OpType::Make(_) => Value::Object(u32::try_from(self.objects.len()).ok()?),
            OpType::Put(value) => scalar(value),
            OpType::MarkBegin(mark) => {
                self.marks.push(MarkValue {
                    name: mark.name.to_string(),
                    value: mark.value.clone(),
                });
                Value::MarkBegin(u32::try_from(self.marks.len()).ok()?.checked_sub(1)?)
            }
            OpType::MarkEnd(_) => Value::MarkEnd,
            OpType::Delete | OpType::Increment(_) => return None,
        })
    }

    fn create(&mut self, key: OpKey, parent: u32, op: &Op) {
        let OpType::Make(kind) = &op.action else { return };
        let Ok(number) = u32::try_from(self.objects.len()) else {
            return;
        };
        let is_text = parent == 0 && matches!(&op.key, Key::Map(name) if name == TEXT_KEY);
        if is_text && *kind == ObjType::Text && std::mem::take(&mut self.awaits_text) {
            // A later generation goes on in the sequence of the first.
            let text = *self.text.get_or_insert(number);
            self.by_key.insert(key, text);
            if text != number {
                return;
            }
        }
        self.objects.push(match kind {
            ObjType::Map | ObjType::Table => Object::Map(BTreeMap::new()),
            ObjType::List => Object::List(Sequence::default()),
            ObjType::Text => Object::Text(Sequence::default()),
        });
        self.by_key.insert(key, number);
    }
}

fn scalar(value: &ScalarValue) -> Value {
    if let ScalarValue::Str(text) = value {
        let mut chars = text.chars();
        if let (Some(only), None) = (chars.next(), chars.next()) {
            return Value::Char(only);
        }
    }
    Value::Scalar(Box::new(value.clone()))
}
