//! Given, when, then.

use super::*;
use crate::domain::Command as Any;
use crate::domain::tests::*;

const SUB: ChapterId = ChapterId::from_bytes([12; 16]);

fn triage(command: Command) -> Any {
    Any::Chapter(TRIAGE, command)
}

fn freeze() -> Any {
    triage(Command::Freeze {
        version: Some(line("concept voor BOSD 23 november")),
        reason: line("aanlevering"),
    })
}

fn reopen() -> Any {
    triage(Command::Reopen {
        reason: line("bestuurlijke opmerkingen"),
    })
}

#[test]
fn a_chapter_is_offered_frozen_and_reopened() {
    let mut world = world();
    assert_eq!(
        world.when(PROGRAMMATEAM, freeze()),
        Err(Refusal::ChapterNotOffered)
    );
    assert_eq!(
        world.when(PROGRAMMATEAM, reopen()),
        Err(Refusal::ChapterNotClosed)
    );
    let mut world = world.given(TREKKER, triage(Command::Offer));
    assert_eq!(
        world.when(TREKKER, triage(Command::Offer)),
        Err(Refusal::ChapterAlreadyOffered)
    );
    let mut world = world.given(PROGRAMMATEAM, freeze());
    assert_eq!(
        world.when(TREKKER, triage(Command::Offer)),
        Err(Refusal::ChapterFrozen)
    );
    let world = world.given(PROGRAMMATEAM, reopen());
    let chapter = world.state.chapters.get(TRIAGE).unwrap();
    assert_eq!(chapter.phase, Phase::Drafting);
    assert_eq!(chapter.moments.len(), 3);
    assert_eq!(chapter.first_offer(), Some(chapter.moments[0].at));
}

#[test]
fn only_the_trekker_of_the_team_offers() {
    for who in [WRITER, OTHER_WRITER, COALITIE, PROGRAMMATEAM, BESTUURDER] {
        assert_eq!(
            world().when(who, triage(Command::Offer)),
            Err(Refusal::NotTrekker)
        );
    }
}

#[test]
fn only_the_programmateam_freezes_and_reopens() {
    let offered = world().given(TREKKER, triage(Command::Offer));
    for who in [TREKKER, WRITER, COALITIE] {
        assert_eq!(offered.clone().when(who, freeze()), Err(Refusal::NotAllowed));
        assert_eq!(offered.clone().when(who, reopen()), Err(Refusal::NotAllowed));
    }
}

fn place(parent: Option<ChapterId>, after: Option<ChapterId>) -> Place {
    Place { parent, after }
}

fn with_sub() -> World {
    let create = Command::Create {
        title: line("Triage"),
        place: place(Some(TRIAGE), None),
        team: None,
    };
    world().given(PROGRAMMATEAM, Any::Chapter(SUB, create))
}

#[test]
fn chapters_stand_in_reading_order() {
    let world = with_sub();
    assert_eq!(
        world.state.chapters.in_reading_order(),
        [(0, TRIAGE), (1, SUB), (0, HOUSING)]
    );
    let world = world.given(
        PROGRAMMATEAM,
        triage(Command::Move {
            place: place(None, Some(HOUSING)),
        }),
    );
    assert_eq!(
        world.state.chapters.in_reading_order(),
        [(0, HOUSING), (0, TRIAGE), (1, SUB)]
    );
}

#[test]
fn a_chapter_never_stands_under_or_after_itself() {
    let mut world = with_sub();
    let under = |parent| {
        triage(Command::Move {
            place: place(Some(parent), None),
        })
    };
    assert_eq!(
        world.when(PROGRAMMATEAM, under(SUB)),
        Err(Refusal::ChapterUnderItself)
    );
    assert_eq!(
        world.when(PROGRAMMATEAM, under(TRIAGE)),
        Err(Refusal::ChapterUnderItself)
    );
    let after = triage(Command::Move {
        place: place(None, Some(TRIAGE)),
    });
    assert_eq!(world.when(PROGRAMMATEAM, after), Err(Refusal::NotASibling));
    let elsewhere = triage(Command::Move {
        place: place(None, Some(SUB)),
    });
    assert_eq!(world.when(PROGRAMMATEAM, elsewhere), Err(Refusal::NotASibling));
}

#[test]
fn a_chapter_without_team_is_its_parents() {
    let world = with_sub();
    assert_eq!(world.state.chapters.team_of(SUB), Some(CARE_TEAM));
    assert!(policy::may(&world.state, Some(&WRITER), &Action::WriteText(SUB)).is_ok());
}

#[test]
fn names_that_are_not_there_are_refused() {
    let nowhere = ChapterId::from_bytes([99; 16]);
    let rename = Any::Chapter(nowhere, Command::Rename { title: line("Zorg") });
    assert_eq!(world().when(PROGRAMMATEAM, rename), Err(Refusal::NoSuchChapter));
    let team = Some(TeamId::from_bytes([99; 16]));
    assert_eq!(
        world().when(PROGRAMMATEAM, triage(Command::Assign { team })),
        Err(Refusal::NoSuchTeam)
    );
    let create = Any::Chapter(TRIAGE, create_chapter("Zorg", None));
    assert_eq!(world().when(PROGRAMMATEAM, create), Err(Refusal::AlreadyExists));
    let before_the_plan = Any::Chapter(TRIAGE, create_chapter("Zorg", None));
    assert_eq!(
        World::default().when(PROGRAMMATEAM, before_the_plan),
        Err(Refusal::NoSuchPlan)
    );
}
