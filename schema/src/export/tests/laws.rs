//! Laws over random histories: what is written verifies, in whatever pieces it comes; whatever byte is changed behind
//! the first line is found.

use proptest::prelude::*;

use super::sample::*;
use crate::domain::Refusal;
use crate::domain::commitment::{self, Content};
use crate::export::{Reading, Show, Stopped, Trusted, Withheld};
use crate::ids::Revision;

#[derive(Debug, Clone)]
enum Step {
    Letters(u8),
    Rename(String),
    Restore(u64),
    Unknown,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        3 => (1..4_u8).prop_map(Step::Letters),
        3 => "[a-zé\"\\\\ ]{1,12}x".prop_map(Step::Rename),
        1 => (0..4_u64).prop_map(Step::Restore),
        1 => Just(Step::Unknown),
    ];
    proptest::collection::vec(step, 0..12)
}

fn plan_of(steps: &[Step]) -> Plan {
    let mut plan = Plan::begun();
    let chapter = plan.state.chapters.iter().next().map(|(id, _)| id);
    let content = Content {
        title: Some(line("Nachtzorg")),
        chapter,
        ..Content::default()
    };
    plan.amend(commitment::Command::Create {
        content: Box::new(content),
    });
    for step in steps {
        match step {
            Step::Letters(count) => plan.letters(*count),
            Step::Rename(title) => plan.rename(title),
            Step::Restore(to) => {
                let last = plan.state.revisions[&crate::log::Stream::Commitment(NIGHT_CARE)];
                plan.amend(commitment::Command::Restore {
                    to: Revision(*to.min(&last.0)),
                    reason: line("terug"),
                });
            }
            Step::Unknown => plan.append(
                crate::log::Stream::Plan,
                crate::log::Kind::new("poll.opened", 1),
                b"{}",
            ),
        }
    }
    plan
}

fn shown(number: u8) -> Show {
    match number % 3 {
        0 => Show::Whole,
        1 => Show::Withheld(Withheld::of(Refusal::HistoryNotOffered)),
        _ => Show::LeftOut,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn what_is_written_verifies_in_any_pieces(steps in steps(), piece in 1..400_usize) {
        let plan = plan_of(&steps);
        let file = plan.export();
        let mut reading = Reading::new(Trusted::default());
        for bytes in file.chunks(piece) {
            prop_assert!(reading.push(bytes, |_| Ok::<_, std::convert::Infallible>(())).is_ok());
        }
        let report = reading.finish().unwrap();
        prop_assert_eq!(report.head, plan.head());
        prop_assert_eq!(report.replay.state, plan.state);
    }

    #[test]
    fn whatever_is_shown_the_root_is_that_of_the_plan(
        steps in steps(),
        choice in proptest::collection::vec(any::<u8>(), 64),
    ) {
        let plan = plan_of(&steps);
        let filter = [("subject".to_owned(), "text".to_owned())].into();
        let show = |record: &crate::log::Record| shown(choice[record.envelope.position.0 as usize % choice.len()]);
        let file = plan.export_as(made(Some(filter)), &crate::export::Seals::default(), show);
        let report = verify(&file, Trusted::default()).unwrap();
        prop_assert_eq!(report.head, plan.head());
    }

    #[test]
    fn any_changed_byte_behind_the_first_line_is_found(
        steps in steps(),
        place in any::<prop::sample::Index>(),
        flip in 1..=255_u8,
    ) {
        let plan = plan_of(&steps);
        let mut file = plan.export();
        let first = file.iter().position(|byte| *byte == b'\n').unwrap();
        let at = first + place.index(file.len() - first);
        file[at] ^= flip;
        prop_assert!(verify(&file, Trusted::default()).is_err());
    }

    #[test]
    fn any_bytes_are_an_export_or_a_fault(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(verify(&bytes, Trusted::default()).is_err());
        let header = lines_of(&Plan::sample().export())[0].clone();
        let mut behind = joined(&[header]);
        behind.extend(&bytes);
        let mut reading = Reading::new(Trusted::default());
        let pushed = reading.push(&behind, |_| Ok::<_, std::convert::Infallible>(()));
        let is_fault = matches!(pushed, Err(Stopped::Fault(_))) || reading.finish().is_err();
        prop_assert!(is_fault);
    }
}
