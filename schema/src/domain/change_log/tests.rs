//! Who changed what in a commitment.

use super::*;
use crate::domain::commitment::{Command, Patch};
use crate::domain::tests::*;
use crate::domain::{Command as AnyCommand, Event as AnyEvent};

fn log(world: &World) -> Vec<Entry> {
    of(world.log.iter().filter_map(|(at, event)| match event {
        AnyEvent::Commitment(NIGHT_CARE, event) => Some((*at, event)),
        _ => None,
    }))
}

#[test]
fn every_change_is_told_field_by_field() {
    let patch = Patch {
        title: Some(Some(line("Nachtzorg"))),
        owner: Some(None),
        ..Patch::default()
    };
    let restore = Command::Restore {
        to: Revision(0),
        reason: line("te vroeg"),
    };
    let world = world()
        .given(WRITER, amended(patch))
        .given(PROGRAMMATEAM, AnyCommand::Commitment(NIGHT_CARE, restore));
    let log = log(&world);
    let fields: Vec<Vec<Field>> = log
        .iter()
        .map(|entry| entry.changes.iter().map(Change::field).collect())
        .collect();
    assert_eq!(
        fields,
        [
            vec![Field::Title, Field::Chapter, Field::Owner, Field::Participants],
            vec![Field::Title, Field::Owner],
            vec![Field::Title, Field::Owner],
        ]
    );
    assert_eq!(
        log[2].cause,
        Cause::Restored {
            to: Revision(0),
            reason: line("te vroeg")
        }
    );
    let expected = Change::Title {
        old: Some(line("Nachtzorg samen organiseren")),
        new: Some(line("Nachtzorg")),
    };
    assert_eq!(log[1].changes[0], expected);
    assert_eq!(
        last_change(&log, Field::Participants).map(|entry| entry.at),
        Some(log[0].at)
    );
    assert_eq!(last_change(&log, Field::Money), None);
}
