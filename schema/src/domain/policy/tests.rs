//! The policy table, row by row and column by column.

use super::*;
use crate::domain::tests::*;
use crate::domain::{Command, chapter, plan};

const PEOPLE: [(&str, Option<Caller>); 10] = [
    ("trekker", Some(TREKKER)),
    ("writer", Some(WRITER)),
    ("other writer", Some(OTHER_WRITER)),
    ("coalitie", Some(COALITIE)),
    ("bestuurder", Some(BESTUURDER)),
    ("programmateam", Some(PROGRAMMATEAM)),
    ("body", Some(BODY_MEMBER)),
    ("resident", Some(RESIDENT)),
    ("stranger", Some(STRANGER)),
    ("public", None),
];

fn who_may(world: &World, action: Action) -> Vec<&'static str> {
    let allowed = |caller: &Option<Caller>| may(&world.state, caller.as_ref(), &action).is_ok();
    PEOPLE
        .iter()
        .filter(|(_, caller)| allowed(caller))
        .map(|(name, _)| *name)
        .collect()
}

fn offer() -> Command {
    Command::Chapter(TRIAGE, chapter::Command::Offer)
}

fn freeze() -> Command {
    Command::Chapter(
        TRIAGE,
        chapter::Command::Freeze {
            version: None,
            reason: line("aanlevering"),
        },
    )
}

#[test]
fn the_concept_is_read_by_all_who_make_it() {
    let readers = ["trekker", "writer", "other writer", "coalitie", "programmateam"];
    let world = world();
    assert_eq!(who_may(&world, Action::ReadConcept(TRIAGE)), readers);
    assert_eq!(who_may(&world, Action::Comment(TRIAGE)), readers);
}

/// Who sees that something happened in the plan, and who did it.
const AUDITORS: [&str; 6] = [
    "trekker",
    "writer",
    "other writer",
    "coalitie",
    "programmateam",
    "body",
];

#[test]
fn who_makes_the_plan_is_for_those_who_audit_it_and_of_a_party_for_its_own() {
    let world = world();
    assert_eq!(who_may(&world, Action::ReadTeam(TRIAGE)), AUDITORS);
    let some = [&AUDITORS[..4], &["bestuurder"], &AUDITORS[4..]].concat();
    assert_eq!(who_may(&world, Action::ReadPeople), some);
    let whose = |caller: Caller| {
        let parties = [TREKKER, BESTUURDER, RESIDENT].map(|who| who.party);
        parties.map(|party| sees_people_of(&world.state, &caller, party))
    };
    assert_eq!(whose(COALITIE), [true, true, true]);
    assert_eq!(whose(BODY_MEMBER), [true, true, true]);
    assert_eq!(whose(BESTUURDER), [false, true, false]);
    assert_eq!(whose(RESIDENT), [false, false, false]);
    assert_eq!(whose(STRANGER), [false, false, false]);
}

#[test]
fn commitments_are_read_by_all_who_make_the_plan_and_those_of_a_party_by_it() {
    let world = world();
    let reads = |caller: Option<Caller>| caller.map(|caller| commitments_read(&world.state, &caller));
    let all = PEOPLE.map(|(name, caller)| (name, reads(caller)));
    let expected = [
        ("trekker", Some(Reach::All)),
        ("writer", Some(Reach::All)),
        ("other writer", Some(Reach::All)),
        ("coalitie", Some(Reach::All)),
        ("bestuurder", Some(Reach::OwnParty)),
        ("programmateam", Some(Reach::All)),
        ("body", Some(Reach::None)),
        ("resident", Some(Reach::None)),
        ("stranger", Some(Reach::None)),
        ("public", None),
    ];
    assert_eq!(all, expected);
}

#[test]
fn text_is_written_by_the_team_and_after_the_offer_by_the_programmateam() {
    let world = world();
    assert_eq!(who_may(&world, Action::WriteText(TRIAGE)), ["trekker", "writer"]);
    let refusal = |who: Caller| may(&world.state, Some(&who), &Action::WriteText(TRIAGE)).unwrap_err();
    assert_eq!(refusal(OTHER_WRITER), Refusal::NotYourChapter);
    assert_eq!(refusal(COALITIE), Refusal::NotAllowed);
    assert_eq!(refusal(PROGRAMMATEAM), Refusal::NotHandedOver);
    assert_eq!(refusal(STRANGER), Refusal::NotInPlan);
    assert_eq!(
        may(&world.state, None, &Action::WriteText(TRIAGE)),
        Err(Refusal::NotSignedIn)
    );
    let world = world.given(TREKKER, offer());
    assert_eq!(
        who_may(&world, Action::WriteText(TRIAGE)),
        ["trekker", "writer", "programmateam"]
    );
}

#[test]
fn a_frozen_chapter_takes_no_text_from_anyone() {
    let world = world().given(TREKKER, offer()).given(PROGRAMMATEAM, freeze());
    assert!(who_may(&world, Action::WriteText(TRIAGE)).is_empty());
    assert!(who_may(&world, Action::RestoreText(TRIAGE)).is_empty());
    assert_eq!(
        may(&world.state, Some(&WRITER), &Action::WriteText(TRIAGE)),
        Err(Refusal::ChapterFrozen)
    );
}

#[test]
fn outside_the_team_history_starts_at_the_offer() {
    let world = world();
    assert_eq!(
        who_may(&world, Action::ReadHistory(TRIAGE)),
        ["trekker", "writer"]
    );
    assert!(who_may(&world, Action::RestoreText(TRIAGE)).is_empty());
    let scope = |world: &World, who: Caller| history_scope(&world.state, Some(&who), TRIAGE);
    assert_eq!(scope(&world, PROGRAMMATEAM), Err(Refusal::HistoryNotOffered));
    let world = world.given(TREKKER, offer());
    let (offered, _) = *world.log.last().unwrap();
    assert_eq!(scope(&world, WRITER), Ok(HistoryScope::Everything));
    assert_eq!(scope(&world, COALITIE), Ok(HistoryScope::FromOffer(offered)));
    assert_eq!(scope(&world, BESTUURDER), Err(Refusal::NotAllowed));
    assert_eq!(who_may(&world, Action::RestoreText(TRIAGE)), ["programmateam"]);
}

#[test]
fn the_live_text_opens_for_who_may_play_it_back_and_for_the_eindredacteur() {
    let world = world();
    assert_eq!(who_may(&world, Action::OpenText(TRIAGE)), ["trekker", "writer"]);
    let refusal = |who: Caller| may(&world.state, Some(&who), &Action::OpenText(TRIAGE)).unwrap_err();
    assert_eq!(refusal(COALITIE), Refusal::LiveTextWithheld);
    assert_eq!(refusal(PROGRAMMATEAM), Refusal::LiveTextWithheld);
    assert_eq!(refusal(BESTUURDER), Refusal::NotAllowed);
    let world = world.given(TREKKER, offer());
    assert_eq!(
        who_may(&world, Action::OpenText(TRIAGE)),
        ["trekker", "writer", "programmateam"]
    );
}

#[test]
fn whoever_may_write_may_open() {
    let mut world = world();
    for step in [None, Some((TREKKER, offer())), Some((PROGRAMMATEAM, freeze()))] {
        if let Some((who, command)) = step {
            world = world.given(who, command);
        }
        let openers = who_may(&world, Action::OpenText(TRIAGE));
        assert!(
            who_may(&world, Action::WriteText(TRIAGE))
                .iter()
                .all(|who| openers.contains(who))
        );
    }
}

#[test]
fn a_plan_can_open_its_history() {
    let open = plan::Command::SetHistory {
        openness: HistoryOpenness::Open,
    };
    let world = world().given(PROGRAMMATEAM, Command::Plan(open));
    assert_eq!(
        who_may(&world, Action::ReadHistory(TRIAGE)),
        ["trekker", "writer", "other writer", "coalitie", "programmateam"]
    );
    assert_eq!(
        who_may(&world, Action::OpenText(TRIAGE)),
        ["trekker", "writer", "other writer", "coalitie", "programmateam"]
    );
}

#[test]
fn commitments_are_edited_by_the_team_and_restored_by_the_programmateam() {
    let world = world();
    assert_eq!(
        who_may(&world, Action::EditCommitment(NIGHT_CARE)),
        ["trekker", "writer"]
    );
    assert_eq!(
        who_may(&world, Action::CreateCommitment(TRIAGE)),
        ["trekker", "writer"]
    );
    assert_eq!(
        who_may(&world, Action::RestoreCommitment(NIGHT_CARE)),
        ["programmateam"]
    );
}

#[test]
fn a_bestuurder_reads_the_commitments_of_the_own_party() {
    let reads = |world: &World| {
        may(
            &world.state,
            Some(&BESTUURDER),
            &Action::ReadCommitment(NIGHT_CARE),
        )
    };
    let world = world();
    assert_eq!(reads(&world), Err(Refusal::NotAllowed));
    let participants = Some([BESTUURDER.party].into());
    let patch = crate::domain::commitment::Patch {
        participants,
        ..Default::default()
    };
    assert_eq!(reads(&world.given(WRITER, amended(patch))), Ok(()));
}

#[test]
fn the_programmateam_structures_and_the_trekker_offers() {
    let world = world();
    for action in [
        Action::Structure,
        Action::GrantRights,
        Action::FreezeChapter(TRIAGE),
    ] {
        assert_eq!(who_may(&world, action), ["programmateam"]);
    }
    assert_eq!(who_may(&world, Action::OfferChapter(TRIAGE)), ["trekker"]);
}

#[test]
fn events_are_seen_by_those_who_answer_for_them() {
    let world = world();
    assert_eq!(who_may(&world, Action::Audit), AUDITORS);
    assert_eq!(who_may(&world, Action::Export), AUDITORS);
    assert!(who_may(&world, Action::AuditOwnParty).contains(&"bestuurder"));
    assert!(!who_may(&world, Action::AuditOwnParty).contains(&"resident"));
}

#[test]
fn rights_for_one_party_give_nothing_for_another() {
    let elsewhere = Caller {
        person: WRITER.person,
        party: COALITIE.party,
    };
    let may = may(&world().state, Some(&elsewhere), &Action::WriteText(TRIAGE));
    assert_eq!(may, Err(Refusal::NotInPlan));
}

#[test]
fn what_is_not_there_is_not_found() {
    let nowhere = ChapterId::from_bytes([99; 16]);
    let world = world();
    for action in [
        Action::ReadConcept(nowhere),
        Action::WriteText(nowhere),
        Action::ReadHistory(nowhere),
    ] {
        assert_eq!(
            may(&world.state, Some(&PROGRAMMATEAM), &action),
            Err(Refusal::NoSuchChapter)
        );
    }
    let unmade = World::default();
    assert_eq!(
        may(&unmade.state, Some(&WRITER), &Action::ReadPlan),
        Err(Refusal::NoSuchPlan)
    );
}
