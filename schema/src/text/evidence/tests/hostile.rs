//! One operation per rule, made by hand to break that rule alone.

use automerge::legacy::{ElementId, Key, MarkData, ObjectId, Op, OpId, OpType};
use automerge::{ObjType, ScalarValue};

use super::scene::{ANNA, BRAM, Scene, after, op, scene};
use crate::ids::BoundActor;
use crate::text::evidence::ChangeRefusal;
use crate::text::genesis::GENESIS_ACTOR;

fn delete(change: &mut Op, key: Key, pred: Vec<OpId>) {
    *change = Op {
        action: OpType::Delete,
        obj: change.obj.clone(),
        key,
        pred: pred.into(),
        insert: false,
    };
}

#[test]
fn letters_follow_elements_only() {
    use ChangeRefusal::{NotAnElement, OutsideOwnPast, UnknownReference, WrongPredecessor};
    assert_eq!(
        Scene::said_of_op(|op| op.key = after(9, ANNA)),
        NotAnElement,
        "a deletion"
    );
    assert_eq!(
        Scene::said_of_op(|op| op.key = after(1, GENESIS_ACTOR)),
        NotAnElement,
        "the text itself"
    );
    assert_eq!(
        Scene::said_of_op(|op| op.key = after(6, ANNA)),
        NotAnElement,
        "a block's key"
    );
    assert_eq!(
        Scene::said_of_op(|op| op.key = Key::Map("type".into())),
        NotAnElement
    );
    assert_eq!(
        Scene::said_of_op(|op| op.key = after(10, ANNA)),
        UnknownReference,
        "itself"
    );
    assert_eq!(Scene::said_of_op(|op| op.key = after(99, ANNA)), UnknownReference);
    assert_eq!(
        Scene::said_of_op(|op| op.key = after(2, GENESIS_ACTOR)),
        UnknownReference
    );
    let nobody = BoundActor::from_bytes([0xcc; 16]);
    assert_eq!(
        Scene::said_of_op(|op| op.key = after(2, nobody)),
        UnknownReference
    );
    assert_eq!(
        Scene::said_of_op(|op| op.key = after(2, BRAM)),
        OutsideOwnPast,
        "she had not seen it"
    );
    assert_eq!(
        Scene::said_of_op(|letter| letter.pred = vec![op(2, ANNA)].into()),
        WrongPredecessor
    );
}

#[test]
fn deletions_name_the_living_value_they_delete() {
    use ChangeRefusal::{NotAnElement, OutsideOwnPast, UnknownReference, WrongPredecessor};
    let said = |key: Key, pred: Vec<OpId>| Scene::said_of_op(|op| delete(op, key, pred));
    assert_eq!(
        said(after(2, ANNA), vec![op(4, ANNA)]),
        WrongPredecessor,
        "another letter"
    );
    assert_eq!(said(after(2, ANNA), vec![]), WrongPredecessor);
    assert_eq!(
        said(after(2, ANNA), vec![op(2, ANNA), op(2, ANNA)]),
        WrongPredecessor,
        "twice"
    );
    assert_eq!(
        said(after(3, ANNA), vec![op(9, ANNA)]),
        WrongPredecessor,
        "a deletion"
    );
    assert_eq!(
        said(after(2, ANNA), vec![op(1, GENESIS_ACTOR)]),
        WrongPredecessor,
        "the text itself"
    );
    assert_eq!(said(after(2, ANNA), vec![op(77, ANNA)]), UnknownReference);
    assert_eq!(said(after(2, BRAM), vec![op(2, BRAM)]), OutsideOwnPast);
    assert_eq!(said(after(9, ANNA), vec![op(2, ANNA)]), NotAnElement);
    assert_eq!(said(Key::Seq(ElementId::Head), vec![op(2, ANNA)]), NotAnElement);
}

#[test]
fn nothing_lies_outside_the_text() {
    use ChangeRefusal::{OutsideText, UnknownReference, UnsupportedOperation};
    let root = |op: &mut Op| {
        *op = Op {
            action: OpType::Make(ObjType::Text),
            obj: ObjectId::Root,
            key: Key::Map("text".into()),
            pred: vec![self::op(1, GENESIS_ACTOR)].into(),
            insert: false,
        };
    };
    assert_eq!(Scene::said_of_op(root), OutsideText, "another text");
    assert_eq!(
        Scene::said_of_op(|letter| letter.obj = ObjectId::Id(op(2, ANNA))),
        OutsideText,
        "a letter"
    );
    assert_eq!(
        Scene::said_of_op(|letter| letter.obj = ObjectId::Id(op(55, ANNA))),
        UnknownReference
    );
    assert_eq!(
        Scene::said_of_op(|letter| letter.obj = ObjectId::Id(op(5, ANNA))),
        UnsupportedOperation
    );
    for action in [
        OpType::Make(ObjType::List),
        OpType::Make(ObjType::Text),
        OpType::Make(ObjType::Table),
        OpType::Put(ScalarValue::Null),
        OpType::Put(ScalarValue::Int(7)),
        OpType::Put("ab".into()),
        OpType::Put("".into()),
        OpType::Increment(1),
        OpType::Delete,
    ] {
        assert_eq!(Scene::said_of_op(|op| op.action = action), UnsupportedOperation);
    }
    assert_eq!(
        Scene::said_of_op(|op| op.insert = false),
        UnsupportedOperation,
        "letters are not overwritten"
    );
}

#[test]
fn blocks_hold_plain_values_attrs_and_parents() {
    use ChangeRefusal::{NotAnElement, UnsupportedOperation, WrongPredecessor};
    let said = |object: u64, key: &str, action: OpType, pred: Vec<OpId>| {
        let key = Key::Map(key.into());
        let (obj, pred) = (ObjectId::Id(op(object, ANNA)), pred.into());
        Scene::said_of_op(|op| {
            *op = Op {
                action,
                obj,
                key,
                pred,
                insert: false,
            }
        })
    };
    let set = || OpType::Put("heading".into());
    assert_eq!(
        said(5, "type", set(), vec![op(7, ANNA)]),
        WrongPredecessor,
        "the value of attrs"
    );
    assert_eq!(said(5, "type", OpType::Delete, vec![]), WrongPredecessor);
    assert_eq!(said(5, "", set(), vec![]), UnsupportedOperation);
    assert_eq!(
        said(5, "n", OpType::Put(ScalarValue::counter(1)), vec![]),
        UnsupportedOperation
    );
    assert_eq!(said(5, "n", OpType::Increment(1), vec![]), UnsupportedOperation);
    assert_eq!(
        said(5, "n", OpType::Put(ScalarValue::F64(f64::NAN)), vec![]),
        UnsupportedOperation
    );
    assert_eq!(
        said(5, "attrs", OpType::Make(ObjType::List), vec![op(7, ANNA)]),
        UnsupportedOperation
    );
    assert_eq!(
        said(5, "more", OpType::Make(ObjType::Map), vec![]),
        UnsupportedOperation
    );
    assert_eq!(
        said(7, "attrs", OpType::Make(ObjType::Map), vec![]),
        UnsupportedOperation,
        "deeper"
    );
    assert_eq!(said(8, "0", set(), vec![]), NotAnElement, "a list has no keys");
    let long = "k".repeat(crate::limits::CHANGE_NAME_BYTES_MAX + 1);
    assert_eq!(said(5, &long, set(), vec![]), ChangeRefusal::NameTooLong);
}

#[test]
fn marks_begin_and_end_together_in_that_order() {
    let begin = || {
        OpType::MarkBegin(MarkData {
            name: "strong".into(),
            value: true.into(),
            expand: false,
        })
    };
    let end = || OpType::MarkEnd(true);
    let said = |ops: Vec<(OpType, Key)>| {
        let mut scene = scene();
        let forged = scene.forged(|change| {
            let obj = change.operations[0].obj.clone();
            let op = |(action, key)| Op {
                action,
                obj: obj.clone(),
                key,
                pred: vec![].into(),
                insert: true,
            };
            change.operations = ops.into_iter().map(op).collect();
        });
        scene
            .evidence
            .admit(forged.raw_bytes(), &[ANNA])
            .map(|admitted| admitted.ops)
    };
    let head = || Key::Seq(ElementId::Head);
    let unpaired = Err(ChangeRefusal::MarkUnpaired);
    assert_eq!(
        said(vec![(begin(), after(2, ANNA)), (end(), after(4, ANNA))]),
        Ok(2)
    );
    assert_eq!(
        said(vec![(begin(), head()), (end(), after(10, ANNA))]),
        Ok(2),
        "around nothing"
    );
    assert_eq!(
        said(vec![(begin(), after(5, ANNA)), (end(), after(2, ANNA))]),
        Ok(2),
        "the marker is first"
    );
    assert_eq!(
        said(vec![(begin(), after(4, ANNA)), (end(), after(2, ANNA))]),
        unpaired,
        "inverted"
    );
    assert_eq!(
        said(vec![(begin(), after(2, ANNA)), (end(), after(2, ANNA))]),
        unpaired,
        "also inverted"
    );
    assert_eq!(said(vec![(begin(), after(2, ANNA)), (end(), head())]), unpaired);
    assert_eq!(said(vec![(begin(), after(2, ANNA))]), unpaired);
    assert_eq!(said(vec![(end(), after(2, ANNA))]), unpaired);
    assert_eq!(
        said(vec![(begin(), head()), (OpType::Put("a".into()), head())]),
        unpaired
    );
    assert_eq!(
        said(vec![
            (begin(), head()),
            (begin(), head()),
            (end(), after(4, ANNA))
        ]),
        unpaired
    );
}

#[test]
fn a_panic_of_the_library_ends_as_a_refusal() {
    let mut doc = crate::text::genesis::new_doc(ANNA);
    let change = {
        use automerge::transaction::Transactable;
        doc.splice_text(crate::text::genesis::text_id(), 0, 0, "a")
            .unwrap();
        let mut change = doc.get_last_local_change().unwrap().decode();
        change.operations[0].key = after(9_000, ANNA);
        automerge::Change::from(change)
    };
    let mut copy = crate::text::genesis::new_automerge();
    let applied = crate::text::evidence::contained(|| copy.apply_changes([change]));
    assert_eq!(applied.unwrap_err(), ChangeRefusal::LibraryFailed);
    assert_eq!(crate::text::evidence::contained(|| 7), Ok(7));
}
