//! The history shows what automerge shows, at every revision, element by element.

use automerge::ReadDoc;
use proptest::prelude::*;

use super::room::{Room, actions, spans, text_of};
use crate::ids::Revision;

proptest! {
    #![proptest_config(super::room::cases())]

    #[test]
    fn every_revision_reads_as_automerge_reads_it(actions in actions(40)) {
        let room = Room::after(&actions);
        for revision in 0..=room.last().0 {
            let doc = room.doc_at(Revision(revision));
            let view = room.history.view(Revision(revision));
            prop_assert_eq!(view.spans(), spans(&doc), "revision {}", revision);
            prop_assert_eq!(view.utf16_len(), doc.length(text_of(&doc)));
        }
    }

    #[test]
    fn every_position_names_the_operation_automerge_names(actions in actions(40)) {
        let room = Room::after(&actions);
        let mut doc = room.doc_at(room.last());
        prop_assert_eq!(room.history.heads(), doc.get_heads());
        let text = text_of(&doc);
        let view = room.history.view(room.last());
        for index in 0..view.utf16_len() {
            let (_, id) = doc.get(&text, index).unwrap().unwrap();
            prop_assert_eq!(view.element_at(index).unwrap().to_string(), id.to_string(), "index {}", index);
        }
        prop_assert!(view.element_at(view.utf16_len()).is_none());
    }
}
