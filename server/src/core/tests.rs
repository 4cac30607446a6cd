//! The core with a real log in memory and real automerge, without a socket or a thread.

mod bad_changes;
mod bad_in_log;
mod brought;
mod closing;
mod devices;
mod growth;
mod handshake;
mod limits;
mod memory;
mod opening;
mod person;
mod restoring;
mod slow;
mod stopped;
mod turns;
mod waiting;
mod world;

use schema::domain::Refusal;
use schema::ids::{CommandId, Generation, Position, Revision};
use schema::wire::{ClientFrame, ServerFrame};
use serde_json::json;
use world::{ALDER, BREE, COALITIE, OUTSIDER, PROGRAMME, World, chapter_id, id16};

use super::*;
use crate::logged::Logged;

#[test]
fn what_one_writes_the_other_sees_and_both_know_it_is_durable() {
    let mut world = World::with_plan();
    let mut alder = world.opened(1, Some(ALDER));
    let mut bree = world.opened(2, Some(BREE));
    alder.type_at(&mut world, 0, "Zorg dichtbij");
    bree.take(&mut world);
    alder.take(&mut world);
    assert_eq!(bree.text(), "Zorg dichtbij");
    assert_eq!(alder.acknowledged, 1, "rule P2");
    assert!(alder.refused.is_empty());
}

#[test]
fn nothing_is_shown_before_the_log_says_durable() {
    let mut world = World::with_plan();
    let mut alder = world.opened(1, Some(ALDER));
    let mut bree = world.opened(2, Some(BREE));
    world.hold_appends = true;
    alder.type_at(&mut world, 0, "nog niet");
    bree.take(&mut world);
    alder.take(&mut world);
    assert_eq!((bree.text().as_str(), alder.acknowledged), ("", 0), "rule R2");
    world.release();
    bree.take(&mut world);
    assert_eq!(bree.text(), "nog niet");
}

#[test]
fn changes_that_wait_share_one_batch() {
    let mut world = World::with_plan();
    let mut alder = world.opened(1, Some(ALDER));
    world.hold_appends = true;
    for at in 0..20 {
        alder.type_at(&mut world, at, "a");
    }
    let before = world.appends;
    world.release();
    assert_eq!(
        world.appends - before,
        2,
        "the first change went alone, the other nineteen together"
    );
}

#[test]
fn text_without_the_right_is_refused_and_leaves_no_trace() {
    let mut world = World::with_plan();
    let alder = world.opened(9, Some(ALDER));
    let (channel, before, logged) = (alder.channel, world.log_length(), Logged::start());
    let mut expected = Vec::new();
    for (session, who, code) in [
        (1, Some(COALITIE), "live-text-withheld"),
        (2, Some(OUTSIDER), "live-text-withheld"),
        (3, Some(PROGRAMME), "live-text-withheld"),
        (4, None, "not-signed-in"),
    ] {
        let mut intruder = world.opened(session, who);
        assert_eq!(
            intruder.closed.as_deref(),
            Some(code),
            "rule O7, session {session}"
        );
        assert_eq!(intruder.snapshots, 0, "session {session} gets no letter of it");
        intruder.channel = channel;
        intruder.type_at(&mut world, 0, "mag niet");
        intruder.take(&mut world);
        assert_eq!(intruder.closed.as_deref(), Some("not-open"), "session {session}");
        expected.push(refusal(who, "open", &chapter_text(), code));
        expected.push(refusal(who, "frame", "connection", "not-open"));
    }
    assert_eq!(world.log_length(), before);
    assert_eq!(logged.refusals(), expected);
    assert!(!logged.text().contains("mag niet"), "words are never logged");
}

#[test]
fn where_the_plan_opens_its_history_all_who_read_it_open_the_text_and_still_write_nothing() {
    let mut world = World::with_plan();
    world.set_history("open");
    let (logged, mut expected) = (Logged::start(), Vec::new());
    let cases = [(1, COALITIE, "not-allowed"), (2, OUTSIDER, "not-your-chapter")];
    for (session, person, code) in cases {
        let mut reader = world.opened(session, Some(person));
        assert_eq!(reader.read_only.as_deref(), Some(code));
        let before = world.log_length();
        reader.type_at(&mut world, 0, "mag niet");
        reader.take(&mut world);
        assert_eq!(reader.refused, [code], "session {session}");
        assert_eq!(world.log_length(), before);
        expected.push(refusal(Some(person), "bind", &chapter_text(), code));
        expected.push(refusal(Some(person), "push", &chapter_text(), code));
    }
    assert_eq!(logged.refusals(), expected);
    assert!(!logged.text().contains("mag niet"), "words are never logged");
    let mut reader = world.opened(3, Some(COALITIE));
    world.set_history("fromOffer");
    reader.take(&mut world);
    assert_eq!(reader.closed.as_deref(), Some("live-text-withheld"), "rule G1");
}

fn chapter_text() -> String {
    format!("chapter {}", chapter_id())
}

/// The line that the operator's log has of it: who, what, on what, why not.
fn refusal(who: Option<Caller>, action: &str, resource: &str, code: &str) -> [String; 4] {
    let person = refusals::person_text(who.map(|who| who.person));
    [person, action.to_owned(), resource.to_owned(), code.to_owned()]
}

#[test]
fn a_raw_push_to_a_chapter_never_opened_is_answered_not_open() {
    let mut world = World::with_plan();
    let mut anonymous = world.opened(9, None);
    let push = ClientFrame::Push {
        channel: 1,
        generation: Generation(1),
        changes: vec![vec![1, 2, 3].into()],
    };
    world.say(9, &push);
    anonymous.take(&mut world);
    assert_eq!(anonymous.closed.as_deref(), Some("not-open"), "rule O2");
}

#[test]
fn a_change_under_somebody_elses_actor_is_refused() {
    let mut world = World::with_plan();
    let mut alder = world.opened(1, Some(ALDER));
    let mut bree = world.opened(2, Some(BREE));
    let forged = bree.forge(&alder, "namens Alder");
    let before = world.log_length();
    bree.push(&mut world, forged);
    bree.take(&mut world);
    alder.take(&mut world);
    assert_eq!(bree.refused, ["foreign-actor"], "rule A2");
    assert_eq!((world.log_length(), alder.text().as_str()), (before, ""));
}

#[test]
fn a_change_sent_again_after_a_cut_stands_once() {
    let mut world = World::with_plan();
    let mut alder = world.opened(1, Some(ALDER));
    let change = alder.type_at(&mut world, 0, "eenmaal");
    let before = world.log_length();
    world.handle(Input::Disconnected { session: 1 });
    alder.reconnect(&mut world, 11);
    alder.push(&mut world, change);
    alder.take(&mut world);
    assert_eq!(alder.known, 1, "rule P4");
    assert_eq!(world.log_length(), before);
    assert_eq!(alder.text(), "eenmaal");
}

#[test]
fn a_reader_that_has_everything_resumes_without_a_snapshot() {
    let mut world = World::with_plan();
    let mut alder = world.opened(1, Some(ALDER));
    let mut bree = world.opened(2, Some(BREE));
    alder.type_at(&mut world, 0, "een");
    bree.take(&mut world);
    world.handle(Input::Disconnected { session: 2 });
    alder.type_at(&mut world, 3, " twee");
    bree.reconnect(&mut world, 22);
    assert_eq!(bree.snapshots, 1, "rule O3: the one of the first opening");
    assert_eq!(bree.text(), "een twee");
}

#[test]
fn a_revision_ahead_of_the_server_gets_a_snapshot() {
    let mut world = World::with_plan();
    let mut alder = world.opened(1, Some(ALDER));
    alder.next = Revision(10_000);
    world.handle(Input::Disconnected { session: 1 });
    alder.reconnect(&mut world, 11);
    assert_eq!(alder.snapshots, 2, "rule O4");
}

#[test]
fn a_right_withdrawn_reaches_the_open_chapter_at_once() {
    let mut world = World::with_plan();
    world.grant_coalitie(ALDER);
    let mut alder = world.opened(1, Some(ALDER));
    assert_eq!(alder.read_only, None);
    world.withdraw_writer(ALDER);
    alder.take(&mut world);
    assert_eq!(alder.closed.as_deref(), Some("live-text-withheld"), "rule G1");
    let before = world.log_length();
    alder.type_at(&mut world, 0, "te laat");
    alder.take(&mut world);
    assert_eq!(world.log_length(), before);
    let mut bree = world.opened(2, Some(BREE));
    bree.type_at(&mut world, 0, "zonder Alder");
    alder.take(&mut world);
    assert_eq!(alder.text(), "te laat", "nothing more comes after the close");
}

#[test]
fn who_loses_every_role_no_longer_reads() {
    let mut world = World::with_plan();
    let mut alder = world.opened(1, Some(ALDER));
    world.withdraw_writer(ALDER);
    alder.take(&mut world);
    assert_eq!(alder.closed.as_deref(), Some("not-in-plan"), "rule G1");
}

#[test]
fn a_retried_command_gets_its_first_answer() {
    let mut world = World::with_plan();
    let rename = json!({ "plan": { "type": "rename", "title": "Ander plan" } });
    let first = world
        .command_as(PROGRAMME, CommandId::from_bytes(id16(77)), rename.clone(), None)
        .unwrap();
    let before = world.log_length();
    let again = world
        .command_as(PROGRAMME, CommandId::from_bytes(id16(77)), rename, None)
        .unwrap();
    assert_eq!((first, world.log_length()), (again, before));
}

#[test]
fn a_retry_gets_its_first_answer_also_after_a_restart() {
    let mut world = World::with_plan();
    let rename = json!({ "plan": { "type": "rename", "title": "Ander plan" } });
    let first = world
        .command_as(PROGRAMME, CommandId::from_bytes(id16(78)), rename.clone(), None)
        .unwrap();
    world.restart();
    let again = world
        .command_as(PROGRAMME, CommandId::from_bytes(id16(78)), rename, None)
        .unwrap();
    assert_eq!(first, again);
}

#[test]
fn of_two_with_the_same_expected_revision_the_second_is_told_so() {
    let mut world = World::with_plan();
    let seen = world.plan_revision();
    let rename = |title| json!({ "plan": { "type": "rename", "title": title } });
    world
        .command_as(
            PROGRAMME,
            CommandId::from_bytes(id16(80)),
            rename("Een"),
            Some(seen),
        )
        .unwrap();
    let second = world.command_as(
        PROGRAMME,
        CommandId::from_bytes(id16(81)),
        rename("Twee"),
        Some(seen),
    );
    assert_eq!(
        second,
        Err(CoreRefusal::Stale {
            current: Some(seen.next())
        })
    );
}

#[test]
fn a_restart_finds_every_acknowledged_letter() {
    let mut world = World::with_plan();
    let mut alder = world.opened(1, Some(ALDER));
    alder.type_at(&mut world, 0, "blijft 🏡");
    alder.take(&mut world);
    assert_eq!(alder.acknowledged, 1);
    world.restart();
    let bree = world.opened(2, Some(BREE));
    assert_eq!(bree.text(), "blijft 🏡");
}

#[test]
fn events_of_a_newer_program_stand_and_the_plan_can_still_be_decided_on() {
    let mut world = World::with_plan();
    let (plan, rights) = (schema::log::Stream::Plan, schema::log::Stream::Rights);
    world.append_unknown(1, plan, "poll.opened", 1);
    world.append_unknown(2, plan, "plan.renamed", 99);
    world.append_unknown(3, rights, "delegation.given", 2);
    world.restart();
    let rename = json!({ "plan": { "type": "rename", "title": "Daarna" } });
    world
        .command_as(PROGRAMME, CommandId::from_bytes(id16(80)), rename, None)
        .unwrap();
    let mut alder = world.opened(1, Some(ALDER));
    alder.type_at(&mut world, 0, "ook de tekst");
    alder.take(&mut world);
    assert_eq!(alder.acknowledged, 1);
    let kinds = world.kinds();
    for kind in ["poll.opened/1", "plan.renamed/99", "delegation.given/2"] {
        assert!(kinds.iter().any(|found| found == kind), "{kind} is kept");
    }
}

#[test]
fn malformed_frames_end_the_connection_and_nothing_else() {
    let mut world = World::with_plan();
    let mut alder = world.opened(1, Some(ALDER));
    let mut bree = world.opened(2, Some(BREE));
    world.handle(Input::Received {
        session: 2,
        bytes: vec![0xff; 40],
    });
    bree.take(&mut world);
    assert_eq!(bree.goodbye.as_deref(), Some("malformed-frame"), "rule C5");
    alder.type_at(&mut world, 0, "gaat door");
    alder.take(&mut world);
    assert_eq!(alder.acknowledged, 1);
}

#[test]
fn a_silent_connection_is_ended() {
    let mut world = World::with_plan();
    let mut alder = world.opened(1, Some(ALDER));
    world.now += 31_000;
    world.handle(Input::Tick);
    alder.take(&mut world);
    assert_eq!(alder.goodbye.as_deref(), Some("silent"), "rule C4");
}

#[test]
fn a_silent_connection_is_ended_though_the_clock_was_set_back() {
    let mut world = World::with_plan();
    let mut alder = world.opened(1, Some(ALDER));
    world.now -= 3_600_000;
    world.handle(Input::Tick);
    world.now += 31_000;
    world.handle(Input::Tick);
    alder.take(&mut world);
    assert_eq!(alder.goodbye.as_deref(), Some("silent"), "rule C4");
}

#[test]
fn a_snapshot_of_the_copy_and_its_tail_make_the_whole_text() {
    let mut world = World::with_plan();
    let mut alder = world.opened(1, Some(ALDER));
    for at in 0..300 {
        alder.type_at(&mut world, at, "z");
    }
    let bree = world.opened(2, Some(BREE));
    assert_eq!(bree.text().len(), 300);
}

#[test]
fn a_change_that_cannot_be_applied_ends_the_generation_and_honest_ones_live_on() {
    let (mut world, mut alder, _, offender) = World::with_offender();
    alder.type_at(&mut world, 5, "eerlijk");
    world.fail_follow(&offender);
    alder.take(&mut world);
    assert_eq!(alder.moved, Some(Generation(2)), "rule N1");
    let reader = world.opened(3, Some(BREE));
    assert_eq!(reader.text(), "goed eerlijk");
    assert!(world.kinds().contains(&"text.quarantined/1".to_owned()));
    world.restart();
    assert_eq!(
        world.opened(4, Some(BREE)).text(),
        "goed eerlijk",
        "also when read from the log"
    );
}

#[test]
fn the_start_of_a_generation_belongs_to_nobody_and_stops_nobody() {
    let (mut world, _, _, offender) = World::with_offender();
    world.fail_follow(&offender);
    let mut bree = world.opened(12, Some(BREE));
    let (seed, actor) = bree.seed();
    let before = world.log_length();
    bree.bind(&mut world, actor);
    assert_eq!(world.log_length(), before, "an actor of the start is not bound");
    bree.push(&mut world, seed);
    bree.take(&mut world);
    assert_eq!(bree.refused, ["foreign-actor"]);
    let mut alder = world.opened(11, Some(ALDER));
    alder.type_at(&mut world, 0, "verder ");
    alder.take(&mut world);
    assert_eq!(alder.acknowledged, 1, "the plan goes on");
}

#[test]
fn a_change_that_the_start_of_a_generation_holds_is_known() {
    let (mut world, _, _, offender) = World::with_offender();
    world.fail_follow(&offender);
    // Logs of earlier programs may hold such a binding.
    let mut bree = world.opened(12, Some(BREE));
    let (seed, actor) = bree.seed();
    world.force_binding(BREE, actor, Generation(2));
    let mut bree = world.opened(22, Some(BREE));
    bree.push(&mut world, seed);
    bree.take(&mut world);
    assert_eq!(bree.known, 1, "rule P4");
    let mut alder = world.opened(11, Some(ALDER));
    alder.type_at(&mut world, 0, "verder ");
    alder.take(&mut world);
    assert_eq!(alder.acknowledged, 1, "the plan goes on");
}

#[test]
fn a_key_belongs_to_its_caller_and_to_what_was_asked_under_it_also_after_a_restart() {
    let mut world = World::with_plan();
    let key = CommandId::from_bytes(id16(79));
    let rename = |title| json!({ "plan": { "type": "rename", "title": title } });
    let first = world.command_as(PROGRAMME, key, rename("Een"), None);
    assert!(first.is_ok());
    let before = world.log_length();
    for again in 0..2 {
        let reused = world.command_as(PROGRAMME, key, rename("Twee"), None);
        assert_eq!(reused, Err(CoreRefusal::KeyReused), "attempt {again}");
        let foreign = world.command_as(COALITIE, key, rename("Een"), None);
        assert_eq!(foreign, Err(Refusal::NotAllowed.into()), "attempt {again}");
        world.restart();
    }
    assert_eq!(world.command_as(PROGRAMME, key, rename("Een"), None), first);
    assert_eq!(world.log_length(), before);
}

#[test]
fn a_command_of_several_events_has_one_answer_before_and_after_a_restart() {
    let mut world = World::with_plan();
    let key = CommandId::from_bytes(id16(82));
    let amend = json!({ "chapter": [chapter_id(), { "type": "amend", "title": "Nieuw", "team": null }] });
    let first = world.command_as(PROGRAMME, key, amend.clone(), None).unwrap();
    assert_eq!(
        first.revision,
        Some(Revision(2)),
        "both events are in the chapter's stream"
    );
    assert_eq!(
        first.position.map(Position::next),
        Some(Position(world.log_length()))
    );
    world.restart();
    assert_eq!(world.command_as(PROGRAMME, key, amend, None), Ok(first));
}

#[test]
fn a_command_that_changed_nothing_is_not_done_on_a_retry() {
    let mut world = World::with_plan();
    let rename = |title| json!({ "plan": { "type": "rename", "title": title } });
    let key = CommandId::from_bytes(id16(83));
    let first = world
        .command_as(PROGRAMME, key, rename("Regioplan"), None)
        .unwrap();
    assert_eq!(first.position, None);
    let other = CommandId::from_bytes(id16(84));
    world
        .command_as(PROGRAMME, other, rename("Anders"), None)
        .unwrap();
    let before = world.log_length();
    assert_eq!(
        world.command_as(PROGRAMME, key, rename("Regioplan"), None),
        Ok(first)
    );
    assert_eq!(world.log_length(), before, "the other title stays");
}
