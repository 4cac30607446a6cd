//! Given, when, then.

use super::*;
use crate::domain::Command as Any;
use crate::domain::tests::*;

#[test]
fn the_last_programmateam_member_stays() {
    let leave = withdraw(PROGRAMMATEAM, Role::Programmateam);
    assert_eq!(
        world().when(PROGRAMMATEAM, leave.clone()),
        Err(Refusal::LastProgrammateam)
    );
    let mut world = world().given(PROGRAMMATEAM, grant(WRITER, Role::Programmateam));
    assert!(world.when(PROGRAMMATEAM, leave).is_ok());
    assert_eq!(
        world.when(PROGRAMMATEAM, grant(STRANGER, Role::Coalitie)),
        Err(Refusal::NotInPlan),
        "who withdrew the own role has lost it"
    );
}

#[test]
fn a_coalitie_member_needs_a_mandate() {
    let without = Any::Rights(Command::Grant {
        person: RESIDENT.person,
        party: RESIDENT.party,
        role: Role::Coalitie,
        mandate: None,
    });
    assert_eq!(world().when(PROGRAMMATEAM, without), Err(Refusal::MandateMissing));
}

#[test]
fn a_mandate_ends_after_it_starts() {
    let mandate = Mandate {
        source: line("brief"),
        from: "2026-02-01".parse().unwrap(),
        until: "2026-01-01".parse().ok(),
    };
    let Caller { person, party } = RESIDENT;
    let grant = Command::Grant {
        person,
        party,
        role: Role::Coalitie,
        mandate: Some(mandate),
    };
    assert_eq!(
        world().when(PROGRAMMATEAM, Any::Rights(grant)),
        Err(Refusal::TermReversed)
    );
}

#[test]
fn roles_are_given_for_parties_and_teams_of_the_plan() {
    assert_eq!(
        world().when(PROGRAMMATEAM, grant(STRANGER, Role::Bestuurder)),
        Err(Refusal::NoSuchParty)
    );
    let nowhere = in_team(TeamId::from_bytes([99; 16]), TeamRole::Writer);
    assert_eq!(
        world().when(PROGRAMMATEAM, grant(WRITER, nowhere)),
        Err(Refusal::NoSuchTeam)
    );
}

#[test]
fn giving_a_role_again_adds_nothing_and_taking_it_twice_is_refused() {
    let role = in_team(CARE_TEAM, TeamRole::Writer);
    let mut world = world();
    assert_eq!(
        world.when(PROGRAMMATEAM, grant(WRITER, role.clone())),
        Ok(Vec::new())
    );
    let mut world = world.given(PROGRAMMATEAM, withdraw(WRITER, role.clone()));
    assert_eq!(
        world.when(PROGRAMMATEAM, withdraw(WRITER, role)),
        Err(Refusal::NoSuchGrant)
    );
}

#[test]
fn nobody_else_gives_rights() {
    for who in [TREKKER, WRITER, COALITIE, BESTUURDER, RESIDENT, BODY_MEMBER] {
        assert_eq!(
            world().when(who, grant(who, Role::Programmateam)),
            Err(Refusal::NotAllowed)
        );
    }
}

#[test]
fn a_withdrawn_writer_writes_no_more() {
    let role = in_team(CARE_TEAM, TeamRole::Writer);
    let world = world().given(PROGRAMMATEAM, withdraw(WRITER, role));
    let may = policy::may(&world.state, Some(&WRITER), &Action::WriteText(TRIAGE));
    assert_eq!(may, Err(Refusal::NotInPlan));
}
