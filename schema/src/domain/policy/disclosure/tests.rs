//! The rule, matter by matter and role by role.

use super::*;
use crate::domain::tests::*;
use crate::domain::{Command, chapter};

/// What each of nine sees: `c` for content, `h` for that it happened, `-` for nothing. In order: trekker, writer,
/// writer of another team, coalitie, bestuurder, programmateam, body member, resident, stranger, public.
fn seen(world: &World, matter: Matter, position: u64, by: Option<Caller>) -> String {
    let people = [
        Some(TREKKER),
        Some(WRITER),
        Some(OTHER_WRITER),
        Some(COALITIE),
        Some(BESTUURDER),
        Some(PROGRAMMATEAM),
        Some(BODY_MEMBER),
        Some(RESIDENT),
        Some(STRANGER),
        None,
    ];
    let about = (matter, Position(position));
    let seen = |caller: Option<Caller>| disclosure(&world.state, caller.map(in_person).as_ref(), about, by);
    people.into_iter().map(seen).map(sign).collect()
}

const fn in_person(caller: Caller) -> Reader {
    Reader { caller, within: None }
}

const fn sign(disclosed: Disclosure) -> char {
    match disclosed {
        Disclosure::Content => 'c',
        Disclosure::Happened(_) => 'h',
        Disclosure::Nothing(_) => '-',
    }
}

#[test]
fn the_outline_is_seen_by_all_who_audit() {
    let world = world();
    for matter in [Matter::Plan, Matter::Actor, Matter::Chapter(TRIAGE)] {
        assert_eq!(
            seen(&world, matter, 1, Some(PROGRAMMATEAM)),
            "cccc-cc---",
            "{matter:?}"
        );
    }
}

#[test]
fn a_body_member_sees_that_rights_texts_and_commitments_changed_and_nothing_of_their_content() {
    let world = world().given(TREKKER, Command::Chapter(TRIAGE, chapter::Command::Offer));
    let later = world.log.last().unwrap().0.position.0 + 1;
    assert_eq!(seen(&world, Matter::Rights, 1, Some(PROGRAMMATEAM)), "cccc-ch---");
    assert_eq!(
        seen(&world, Matter::Text(TRIAGE), later, Some(WRITER)),
        "cccc-ch---"
    );
    assert_eq!(
        seen(&world, Matter::Commitment(NIGHT_CARE), later, Some(WRITER)),
        "cccc-ch---"
    );
}

#[test]
fn words_from_before_the_offer_are_the_teams() {
    let world = world();
    assert_eq!(seen(&world, Matter::Text(TRIAGE), 1, Some(WRITER)), "cchh-hh---");
    let world = world.given(TREKKER, Command::Chapter(TRIAGE, chapter::Command::Offer));
    let offer = world.log.last().unwrap().0.position.0;
    assert_eq!(
        seen(&world, Matter::Text(TRIAGE), offer - 1, Some(WRITER)),
        "cchh-hh---"
    );
    let withheld = disclosure(
        &world.state,
        Some(&in_person(COALITIE)),
        (Matter::Text(TRIAGE), Position(offer - 1)),
        Some(WRITER),
    );
    assert_eq!(withheld, Disclosure::Happened(Refusal::HistoryNotOffered));
}

#[test]
fn a_bestuurder_sees_what_the_own_party_did_and_the_commitments_that_name_it() {
    let world = world();
    let colleague = Some(Caller {
        person: STRANGER.person,
        party: BESTUURDER.party,
    });
    let reader = in_person(BESTUURDER);
    let of = |world: &World, matter, by| disclosure(&world.state, Some(&reader), (matter, Position(1)), by);
    assert_eq!(of(&world, Matter::Plan, colleague), Disclosure::Content);
    assert_eq!(of(&world, Matter::Rights, colleague), Disclosure::Content);
    assert_eq!(
        of(&world, Matter::Text(TRIAGE), colleague),
        Disclosure::Happened(Refusal::NotAllowed)
    );
    assert_eq!(
        of(&world, Matter::Commitment(NIGHT_CARE), colleague),
        Disclosure::Happened(Refusal::NotAllowed)
    );
    let patch = crate::domain::commitment::Patch {
        participants: Some([BESTUURDER.party].into()),
        ..Default::default()
    };
    let world = world.given(WRITER, amended(patch));
    assert_eq!(
        of(&world, Matter::Commitment(NIGHT_CARE), Some(WRITER)),
        Disclosure::Content
    );
}

/// Per matter what the person sees, what a program of theirs that reads, and one that writes too.
#[test]
fn a_program_is_not_shown_what_its_scope_never_opens() {
    let world = world();
    let seen = |caller: Caller, matter| -> String {
        let by = Some(PROGRAMMATEAM);
        let ways = [None, Some(Scope::Read), Some(Scope::Write)];
        let seen = ways.map(|within| {
            let reader = Reader { caller, within };
            disclosure(&world.state, Some(&reader), (matter, Position(1)), by)
        });
        seen.map(sign).iter().collect()
    };
    for (matter, trekker, programmateam, stranger) in [
        (Matter::Plan, "ccc", "ccc", "---"),
        (Matter::Actor, "ccc", "ccc", "---"),
        (Matter::Chapter(TRIAGE), "ccc", "ccc", "---"),
        (Matter::Text(TRIAGE), "ccc", "hhh", "---"),
        (Matter::Commitment(NIGHT_CARE), "ccc", "ccc", "---"),
        (Matter::Rights, "chh", "chh", "---"),
        (Matter::Erasure, "chh", "chh", "---"),
    ] {
        let all = [TREKKER, PROGRAMMATEAM, STRANGER].map(|who| seen(who, matter));
        assert_eq!(all, [trekker, programmateam, stranger], "{matter:?}");
    }
    let program = Reader {
        caller: PROGRAMMATEAM,
        within: Some(Scope::Read),
    };
    let rights = disclosure(&world.state, Some(&program), (Matter::Rights, Position(1)), None);
    assert_eq!(rights, Disclosure::Happened(Refusal::NotForPrograms));
    // The person's own rights are asked first.
    let outsider = Reader {
        caller: BODY_MEMBER,
        ..program
    };
    let rights = disclosure(&world.state, Some(&outsider), (Matter::Rights, Position(1)), None);
    assert_eq!(rights, Disclosure::Happened(Refusal::NotAllowed));
}

#[test]
fn an_actor_that_was_bound_with_a_mandate_is_about_rights() {
    let state = world().state;
    let of = |caller| Matter::of_actor(Some(&ActorBound::person(&state, &caller)));
    assert_eq!((of(WRITER), of(COALITIE)), (Matter::Actor, Matter::Rights));
    assert_eq!(Matter::of_actor(Some(&ActorBound::server())), Matter::Actor);
    let unread = Matter::of(&Stream::Actors, &crate::domain::actor::ACTOR_BOUND);
    assert_eq!(unread, Matter::Rights);
}

#[test]
fn a_restore_in_the_chapters_stream_is_about_its_words() {
    let restored = Kind::new("text.restored", 1);
    let created = Kind::new("chapter.created", 1);
    assert_eq!(
        Matter::of(&Stream::Chapter(TRIAGE), &restored),
        Matter::Text(TRIAGE)
    );
    assert_eq!(
        Matter::of(&Stream::Chapter(TRIAGE), &created),
        Matter::Chapter(TRIAGE)
    );
}

#[test]
fn mandates_and_former_roles_are_for_who_reads_the_concept_and_for_the_party_itself() {
    let world = world();
    let sees = |who: &Caller, party| sees_rights_of(&world.state, &in_person(*who), party);
    assert!(sees(&COALITIE, BESTUURDER.party) && sees(&BESTUURDER, BESTUURDER.party));
    assert!(!sees(&BESTUURDER, COALITIE.party) && !sees(&BODY_MEMBER, COALITIE.party));
}

#[test]
fn the_ground_of_an_erasure_is_for_who_reads_the_concept() {
    let world = world();
    let sees = |who: &Caller| sees_erasures(&world.state, &in_person(*who));
    assert!([TREKKER, OTHER_WRITER, COALITIE, PROGRAMMATEAM].iter().all(sees));
    assert!(![BESTUURDER, BODY_MEMBER, RESIDENT, STRANGER].iter().any(sees));
}

#[test]
fn a_program_sees_neither_whoever_its_person_is() {
    let world = world();
    for within in [Scope::Read, Scope::Write].map(Some) {
        let reader = |caller| Reader { caller, within };
        assert!(!sees_erasures(&world.state, &reader(PROGRAMMATEAM)));
        assert!(!sees_rights_of(
            &world.state,
            &reader(BESTUURDER),
            BESTUURDER.party
        ));
        assert!(!sees_rights_of(
            &world.state,
            &reader(PROGRAMMATEAM),
            BESTUURDER.party
        ));
    }
}
