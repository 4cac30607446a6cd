//! Given, when, then.

use super::*;
use crate::domain::tests::*;
use crate::domain::{Command as Any, Event as AnyEvent};

#[test]
fn making_a_plan_gives_it_a_party_and_a_programmateam() {
    let mut world = World::default();
    let kinds: Vec<_> = world
        .when(PROGRAMMATEAM, create_plan())
        .unwrap()
        .iter()
        .map(|event| event.kind().to_string())
        .collect();
    assert_eq!(kinds, ["plan.created/1", "party.added/1", "rights.granted/1"]);
    assert_eq!(world.when(STRANGER, create_plan()), Err(Refusal::AlreadyExists));
}

#[test]
fn before_it_is_made_a_plan_takes_nothing_else() {
    let rename = Any::Plan(Command::Rename { title: line("Plan") });
    assert_eq!(
        World::default().when(PROGRAMMATEAM, rename),
        Err(Refusal::NoSuchPlan)
    );
}

#[test]
fn only_the_programmateam_structures() {
    let form = Any::Plan(Command::FormTeam {
        id: TeamId::from_bytes([77; 16]),
        name: line("Jeugd"),
    });
    for who in [TREKKER, WRITER, COALITIE, BESTUURDER, RESIDENT, BODY_MEMBER] {
        assert_eq!(world().when(who, form.clone()), Err(Refusal::NotAllowed));
    }
    assert_eq!(world().when(STRANGER, form.clone()), Err(Refusal::NotInPlan));
    assert_eq!(world().when(PROGRAMMATEAM, form).unwrap().len(), 1);
}

#[test]
fn a_party_with_people_or_commitments_stays() {
    let remove = |who: Caller| {
        Any::Plan(Command::RemoveParty {
            id: who.party,
            reason: line("gefuseerd"),
        })
    };
    let mut world = world();
    assert_eq!(
        world.when(PROGRAMMATEAM, remove(TREKKER)),
        Err(Refusal::PartyInUse)
    );
    let mut world = world.given(PROGRAMMATEAM, withdraw(BESTUURDER, Role::Bestuurder));
    assert!(world.when(PROGRAMMATEAM, remove(BESTUURDER)).is_ok());
    assert_eq!(
        world.when(PROGRAMMATEAM, remove(BESTUURDER)),
        Err(Refusal::NoSuchParty)
    );
}

#[test]
fn a_team_with_chapters_or_members_stays() {
    let end = |id| Any::Plan(Command::EndTeam { id });
    assert_eq!(
        world().when(PROGRAMMATEAM, end(CARE_TEAM)),
        Err(Refusal::TeamInUse)
    );
    let empty = TeamId::from_bytes([77; 16]);
    let mut world = world().given(
        PROGRAMMATEAM,
        Any::Plan(Command::FormTeam {
            id: empty,
            name: line("Jeugd"),
        }),
    );
    assert!(world.when(PROGRAMMATEAM, end(empty)).is_ok());
}

#[test]
fn strands_never_make_a_circle() {
    let id = |n| StrandId::from_bytes([n; 16]);
    let put = |n, parent: Option<u8>| {
        let strand = Strand {
            title: line("Ambitie"),
            kind: line("ambitie"),
            parent: parent.map(id),
        };
        Any::Plan(Command::PutStrand { id: id(n), strand })
    };
    let mut world = world()
        .given(PROGRAMMATEAM, put(1, None))
        .given(PROGRAMMATEAM, put(2, Some(1)));
    assert_eq!(
        world.when(PROGRAMMATEAM, put(1, Some(2))),
        Err(Refusal::StrandUnderItself)
    );
    assert_eq!(
        world.when(PROGRAMMATEAM, put(3, Some(9))),
        Err(Refusal::NoSuchStrand)
    );
}

#[test]
fn what_is_already_so_adds_no_event() {
    let same = Any::Plan(Command::RenameTeam {
        id: CARE_TEAM,
        name: line("Zorg"),
    });
    assert_eq!(world().when(PROGRAMMATEAM, same), Ok(Vec::new()));
}

#[test]
fn the_bytes_of_an_event_are_canonical() {
    let party = Party {
        name: line("GGD Waterland"),
        sector: line("publieke gezondheid"),
    };
    let event = AnyEvent::Plan(Event::PartyAdded {
        id: TREKKER.party,
        party,
    });
    assert_eq!(
        String::from_utf8(event.payload()).unwrap(),
        r#"{"id":"02020202-0202-0202-0202-020202020202","party":{"name":"GGD Waterland","sector":"publieke gezondheid"}}"#
    );
}
