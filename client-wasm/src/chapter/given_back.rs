//! What two people give back at once.
//!
//! # Why it exists
//!
//! Two may take the same words out without knowing of each other, and both take that back. Nobody wants the words twice, and
//! as each letter comes back in its own place they would even stand letter beside letter. Whose letters come first in the
//! chapter's order keeps them; the device of the other takes its own out as soon as it hears of those.
//!
//! # Invariant
//!
//! Only letters of one's own go that nobody else can have seen as the only ones: what was accepted before stays.

use std::collections::{BTreeMap, BTreeSet};

use automerge::legacy::{ElementId as Element, Key, ObjectId, OpId, OpType};
use automerge::{AutoCommit, AutomergeError, Change, ChangeHash, Cursor, ObjId, ReadDoc, ScalarValue};
use schema::richtext::flat::FlatOp;
use schema::text::genesis;
use schema::text::history::ElementId;

use super::taken_out::What;

/// Letters and markers of one's own in the place of others, until they are accepted.
#[derive(Debug, Default)]
pub(super) struct GivenBack {
    /// What went → what came in its place.
    units: BTreeMap<ElementId, Returned>,
}

#[derive(Debug)]
struct Returned {
    change: [u8; 32],
    what: What,
    name: Cursor,
}

impl GivenBack {
    /// Whether nothing of it waits.
    pub fn is_empty(&self) -> bool {
        self.units.is_empty()
    }

    /// Remembers what a change of one's own gave back.
    pub fn note(&mut self, change: &Change) -> Result<(), AutomergeError> {
        for (name, gone, what) in given_back(change) {
            let returned = Returned {
                change: change.hash().0,
                what,
                name: Cursor::try_from(name.to_string())?,
            };
            self.units.insert(gone, returned);
        }
        Ok(())
    }

    /// What takes those out again that others had given back before. `received` are raw changes that the document has taken
    /// in; `unsent` names one's own that are not accepted yet.
    pub fn doubled(
        &mut self,
        doc: &AutoCommit,
        received: &[Vec<u8>],
        unsent: &BTreeSet<[u8; 32]>,
    ) -> Result<Vec<FlatOp>, AutomergeError> {
        self.units.retain(|_, own| unsent.contains(&own.change));
        let mut doubled = BTreeMap::new();
        for raw in received.iter().filter(|_| !self.units.is_empty()) {
            let change = Change::from_bytes(raw.clone())?;
            let same = given_back(&change).into_iter().filter_map(|(name, gone, what)| {
                let own = self.units.get(&gone).filter(|own| own.what == what)?;
                // What went again meanwhile, as by a restore that was undone, stands for nothing.
                let name = Cursor::try_from(name.to_string()).ok()?;
                let stands = shown_at(doc, &name, None).is_ok_and(|at| at.is_some());
                stands.then_some((gone, own, what))
            });
            let same: Vec<(ElementId, &Returned, What)> = same.collect();
            // Who still saw it typed the same letter behind it.
            if same
                .first()
                .is_none_or(|(gone, _, _)| shows(doc, gone, Some(change.deps())))
            {
                continue;
            }
            for (_, own, what) in same {
                let Some(at) = shown_at(doc, &own.name, None)? else {
                    continue;
                };
                let goes = match what {
                    Some(letter) => FlatOp::DeleteText {
                        at,
                        len: letter.len_utf16(),
                    },
                    None => FlatOp::DeleteBlock { at },
                };
                doubled.insert(at, goes);
            }
        }
        Ok(doubled.into_values().collect())
    }
}

/// The letters and markers of a change that does nothing but give back: the name of each, and of the one that it stands behind.
/// Who types a row of letters types one behind the other.
fn given_back(change: &Change) -> Vec<(ElementId, ElementId, What)> {
    let (start, actor) = (change.start_op().get(), change.actor_id());
    let is_own = |id: &OpId| id.actor() == actor && id.counter() >= start;
    let text = ObjectId::Id(genesis::text_op());
    let mut units = Vec::new();
    for (counter, op) in (start..).zip(change.decode().operations) {
        // What a marker holds.
        if matches!(&op.obj, ObjectId::Id(object) if is_own(object)) {
            continue;
        }
        let what = match &op.action {
            OpType::Put(ScalarValue::Str(letter)) => letter.chars().next(),
            _ => None,
        };
        match op.key {
            Key::Seq(Element::Id(gone)) if op.obj == text && op.insert && !is_own(&gone) => {
                let gone = ElementId {
                    counter: gone.counter(),
                    actor: gone.actor().clone(),
                };
                let name = ElementId {
                    counter,
                    actor: actor.clone(),
                };
                units.push((name, gone, what));
            }
            _ => return Vec::new(),
        }
    }
    units
}

/// Whether the letter that shows at a place was given back for one that went.
pub(super) fn stands_for(doc: &AutoCommit, at: usize, gone: &Cursor) -> bool {
    let shown = doc.get_cursor(genesis::text_id(), at, None).ok();
    let (Some(shown), Some(gone)) = (shown.and_then(|name| element(&name)), element(gone)) else {
        return false;
    };
    let id = ObjId::Id(shown.counter, shown.actor.clone(), 0);
    let change = doc
        .hash_for_opid(&id)
        .and_then(|hash| doc.get_change_by_hash(&hash));
    change.is_some_and(|change| {
        let mut units = given_back(&change).into_iter();
        units.any(|(name, behind, _)| name == shown && behind == gone)
            && !shows(doc, &gone, Some(change.deps()))
    })
}

fn element(name: &Cursor) -> Option<ElementId> {
    name.to_string().parse().ok()
}

/// Whether an element showed to whoever had these changes.
fn shows(doc: &AutoCommit, element: &ElementId, heads: Option<&[ChangeHash]>) -> bool {
    let at = Cursor::try_from(element.to_string()).and_then(|name| shown_at(doc, &name, heads));
    at.is_ok_and(|at| at.is_some())
}

/// Where a name shows to whoever has these changes; none: it went.
fn shown_at(
    doc: &AutoCommit,
    name: &Cursor,
    heads: Option<&[ChangeHash]>,
) -> Result<Option<usize>, AutomergeError> {
    let text = genesis::text_id();
    let at = doc.get_cursor_position(&text, name, heads)?;
    let shown = doc.get_cursor(&text, at, heads);
    Ok(shown.is_ok_and(|shown| shown == *name).then_some(at))
}

#[cfg(test)]
mod tests {
    use automerge::transaction::Transactable;
    use schema::ids::{BoundActor, TimestampMs};
    use schema::text::letters_back::{self, Unit};

    use super::*;

    /// A text that two have.
    fn with_two(written: &str) -> [AutoCommit; 2] {
        let mut anna = genesis::new_doc(BoundActor::from_bytes([1; 16]));
        anna.splice_text(genesis::text_id(), 0, 0, written).unwrap();
        anna.commit();
        let bram = anna
            .fork()
            .with_actor(genesis::actor_id(BoundActor::from_bytes([2; 16])));
        [anna, bram]
    }

    fn read(doc: &AutoCommit) -> String {
        doc.text(genesis::text_id()).unwrap()
    }

    #[test]
    fn what_two_took_out_and_both_give_back_comes_back_once() {
        let text = genesis::text_id();
        let [mut anna, mut bram] = with_two("wij zéér 🏡 samen");
        let mut given_back = GivenBack::default();
        let names: Vec<(Cursor, Unit)> = [(4, 'z'), (5, 'é'), (6, 'é'), (7, 'r'), (8, ' '), (9, '🏡')]
            .map(|(at, letter)| (anna.get_cursor(&text, at, None).unwrap(), Unit::Letter(letter)))
            .into();
        let mut changes = Vec::new();
        for doc in [&mut anna, &mut bram] {
            doc.splice_text(&text, 4, 7, "").unwrap();
            doc.commit();
            changes.extend(letters_back::put_back(doc, &names, TimestampMs(0)).unwrap());
        }
        let [of_anna, of_bram] = &changes[..] else {
            panic!("one each")
        };
        given_back.note(of_bram).unwrap();
        bram.merge(&mut anna).unwrap();
        assert_eq!(read(&bram), "wij zzéééérr  🏡🏡 samen");
        let received = [of_anna.raw_bytes().to_vec()];
        let unsent = BTreeSet::from([of_bram.hash().0]);
        let ops = given_back.doubled(&bram, &received, &unsent).unwrap();
        schema::richtext::flat::apply(&mut bram, &text, &ops).unwrap();
        assert_eq!(read(&bram), "wij zéér 🏡 samen");
        assert!(
            given_back.doubled(&bram, &received, &unsent).unwrap().is_empty(),
            "they are gone"
        );
        assert!(
            given_back
                .doubled(&bram, &received, &BTreeSet::new())
                .unwrap()
                .is_empty()
        );
        assert!(given_back.units.is_empty(), "what is accepted stays");
    }

    #[test]
    fn what_another_gave_back_and_took_again_takes_nothing_of_ones_own() {
        let text = genesis::text_id();
        let [mut anna, mut bram] = with_two("wij samen");
        let names: Vec<(Cursor, Unit)> = [(0, 'w'), (1, 'i'), (2, 'j')]
            .map(|(at, letter)| (anna.get_cursor(&text, at, None).unwrap(), Unit::Letter(letter)))
            .into();
        let mut given_back = GivenBack::default();
        let mut changes = Vec::new();
        for doc in [&mut anna, &mut bram] {
            doc.splice_text(&text, 0, 3, "").unwrap();
            doc.commit();
            changes.extend(letters_back::put_back(doc, &names, TimestampMs(0)).unwrap());
        }
        given_back.note(&changes[1]).unwrap();
        anna.splice_text(&text, 0, 3, "").unwrap();
        anna.commit();
        bram.merge(&mut anna).unwrap();
        assert_eq!(read(&bram), "wij samen");
        let received = [changes[0].raw_bytes().to_vec()];
        let unsent = BTreeSet::from([changes[1].hash().0]);
        assert!(given_back.doubled(&bram, &received, &unsent).unwrap().is_empty());
    }

    #[test]
    fn one_letter_comes_back_once_too_and_is_not_what_somebody_typed_behind_it() {
        let text = genesis::text_id();
        for is_typed in [false, true] {
            let [mut anna, mut bram] = with_two("zorg en plan");
            let names = [(anna.get_cursor(&text, 4, None).unwrap(), Unit::Letter(' '))];
            let mut given_back = GivenBack::default();
            bram.splice_text(&text, 4, 1, "").unwrap();
            bram.commit();
            let of_bram = letters_back::put_back(&mut bram, &names, TimestampMs(0)).unwrap();
            given_back.note(&of_bram[0]).unwrap();
            if is_typed {
                anna.splice_text(&text, 5, 0, " ").unwrap();
                anna.commit();
            } else {
                anna.splice_text(&text, 4, 1, "").unwrap();
                anna.commit();
                letters_back::put_back(&mut anna, &names, TimestampMs(0)).unwrap();
            }
            let received = [anna.get_last_local_change().unwrap().raw_bytes().to_vec()];
            bram.merge(&mut anna).unwrap();
            assert_eq!(read(&bram), "zorg  en plan");
            let unsent = BTreeSet::from([of_bram[0].hash().0]);
            let ops = given_back.doubled(&bram, &received, &unsent).unwrap();
            assert_eq!(ops.len(), usize::from(!is_typed));
        }
    }
}
