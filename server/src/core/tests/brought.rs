//! Changes under actors that programs chose: bound to whoever brings them, and never taken for somebody else's.

use automerge::transaction::Transactable;
use schema::domain::actor::ActorBound;
use schema::domain::policy::Scope;
use schema::log::{Stream, Via};
use schema::text::genesis;

use super::*;
use crate::core::tests::person::Person;
use crate::log::{Direction, EventLog, ReadRequest, Selector};

impl World {
    /// Somebody who has the chapter open with a program of automerge-repo.
    fn opened_by_program(&mut self, session: SessionId, who: Caller) -> Person {
        let mut person = Person::new(session, Some(who));
        person.speaks = Speaks::AutomergeRepo;
        person.reconnect(self, session);
        person
    }

    fn bindings(&self) -> Vec<(ActorBound, Via)> {
        let request = ReadRequest {
            plan: world::plan_id(),
            selector: Selector::Stream(Stream::Actors),
            from: 0,
            direction: Direction::Forward,
            limit: 1_000,
        };
        let records = self.log.read(&request).unwrap();
        let of_texts = records.iter().filter_map(|record| {
            let bound = ActorBound::read(record.payload.bytes()?).ok()?;
            bound.text.is_some().then_some((bound, record.envelope.via))
        });
        of_texts.collect()
    }
}

#[test]
fn an_actor_that_nobody_has_is_bound_as_brought_by_whoever_brings_it() {
    let mut world = World::with_plan();
    let mut program = world.opened_by_program(1, ALDER);
    program.type_at(&mut world, 0, "een");
    program.type_at(&mut world, 3, " twee");
    program.take(&mut world);
    assert_eq!((program.acknowledged, program.refused.len()), (2, 0));
    let bound = world.bindings();
    assert_eq!(bound.len(), 1, "bound once");
    let (bound, via) = &bound[0];
    assert!(bound.brought);
    assert_eq!((bound.caller(), *via), (Some(ALDER), Via::Token));
    world.restart();
    let mut program = world.opened_by_program(3, ALDER);
    assert_eq!(program.text(), "een twee");
    program.type_at(&mut world, 0, "nul ");
    program.take(&mut world);
    assert_eq!(program.refused.len(), 0, "also when read from the log");
}

#[test]
fn a_native_connection_brings_nothing() {
    let mut world = World::with_plan();
    let mut person = Person::new(1, Some(ALDER));
    person.speaks = Speaks::AutomergeRepo;
    person.reconnect(&mut world, 1);
    person.speaks = Speaks::Native;
    let mut native = world.opened(2, Some(BREE));
    let unbound = {
        let mut doc = genesis::new_doc(BoundActor::from_bytes([0x77; 16]));
        doc.splice_text(genesis::text_id(), 0, 0, "van niemand").unwrap();
        doc.get_last_local_change().unwrap().raw_bytes().to_vec()
    };
    native.push(&mut world, unbound.clone());
    native.take(&mut world);
    assert_eq!(native.refused, ["foreign-actor"], "rule A2");
    person.push(&mut world, unbound);
    person.take(&mut world);
    assert_eq!((person.refused.len(), person.acknowledged), (0, 1));
}

#[test]
fn a_natively_bound_actor_stays_its_persons() {
    let mut world = World::with_plan();
    let alder = world.opened(1, Some(ALDER));
    let mut program = world.opened_by_program(2, BREE);
    let forged = program.forge(&alder, "namens Alder");
    let before = world.log_length();
    program.push(&mut world, forged);
    program.take(&mut world);
    assert_eq!(program.refused, ["foreign-actor"]);
    assert_eq!(world.log_length(), before);
}

#[test]
fn a_change_that_does_not_fit_binds_nobody() {
    let mut world = World::with_plan();
    let mut program = world.opened_by_program(1, ALDER);
    let before = world.log_length();
    let outside = {
        let mut doc = genesis::new_doc(BoundActor::from_bytes([0x77; 16]));
        doc.put(automerge::ROOT, "elders", 1).unwrap();
        doc.get_last_local_change().unwrap().raw_bytes().to_vec()
    };
    program.push(&mut world, outside);
    program.take(&mut world);
    assert_eq!(program.refused, ["outside-text"]);
    assert_eq!(world.log_length(), before, "no binding either");
}

#[test]
fn an_actor_that_one_person_brought_is_not_anothers_in_that_text() {
    let mut world = World::with_plan();
    let mut first = world.opened_by_program(1, ALDER);
    let mut second = world.opened_by_program(2, BREE);
    let one = first.type_at(&mut world, 0, "een");
    // The other program got it from the first one directly, and sends it along.
    second.bring(&mut world, &one);
    second.take(&mut world);
    assert_eq!((second.known, second.refused.len()), (1, 0), "rule P4");
    let before = world.log_length();
    let forged = first.forge(&first, " twee");
    second.push(&mut world, forged);
    second.take(&mut world);
    assert_eq!(second.refused, ["foreign-actor"]);
    assert_eq!(world.log_length(), before);
    second.type_at(&mut world, 0, "van mij ");
    second.take(&mut world);
    first.type_at(&mut world, 3, " en verder");
    first.take(&mut world);
    assert_eq!(
        (second.refused.len(), first.refused.len()),
        (1, 0),
        "each goes on"
    );
    let who: Vec<_> = world
        .bindings()
        .into_iter()
        .map(|(bound, _)| bound.caller())
        .collect();
    assert_eq!(who, [Some(ALDER), Some(BREE)]);
    world.restart();
    let mut second = world.opened_by_program(3, BREE);
    let forged = second.forge(&first, " drie");
    second.push(&mut world, forged);
    second.take(&mut world);
    assert_eq!(second.refused, ["foreign-actor"], "also when read from the log");
}

#[test]
fn a_program_brings_a_limited_number_of_actors() {
    let mut world = World::with_plan();
    let mut program = world.opened_by_program(1, ALDER);
    for n in 0..=schema::limits::ACTORS_PER_SESSION_MAX {
        let mut doc = genesis::new_doc(BoundActor::from_bytes(id16(n as u8)));
        doc.splice_text(genesis::text_id(), 0, 0, "a").unwrap();
        let raw = doc.get_last_local_change().unwrap().raw_bytes().to_vec();
        program.push(&mut world, raw);
    }
    program.take(&mut world);
    assert_eq!(program.refused, ["too-many-actors"]);
}

#[test]
fn without_the_right_to_write_nothing_is_brought() {
    let mut world = World::with_plan();
    world.set_history("open");
    let mut reader = world.opened_by_program(1, COALITIE);
    let before = world.log_length();
    reader.type_at(&mut world, 0, "mag niet");
    reader.take(&mut world);
    assert_eq!(reader.refused, ["not-allowed"]);
    assert_eq!(world.log_length(), before);
}

#[test]
fn a_program_with_a_token_that_reads_brings_nothing_of_who_may_write() {
    let mut world = World::with_plan();
    let mut program = Person::new(1, Some(ALDER));
    program.speaks = Speaks::AutomergeRepo;
    program.sign_in = Some(SignIn {
        id: id16(1),
        ends_at: TimestampMs(u64::MAX),
        within: Some(Scope::Read),
    });
    program.reconnect(&mut world, 1);
    assert_eq!(program.read_only.as_deref(), Some("token-reads-only"));
    let before = world.log_length();
    program.type_at(&mut world, 0, "mag niet");
    program.take(&mut world);
    assert_eq!(program.refused, ["token-reads-only"]);
    assert_eq!(world.log_length(), before);
    // Whatever changes about rights, it stays a reader.
    world.set_history("open");
    program.take(&mut world);
    assert_eq!(program.read_only.as_deref(), Some("token-reads-only"));
}
