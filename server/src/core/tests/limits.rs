//! What one connection can do to the others and to the server: nothing beyond its limits.

use schema::ids::{BoundActor, ChapterId, PlanId};
use schema::limits::{
    ACTORS_PER_SESSION_MAX, IN_FLIGHT_CHANGES_MAX, PENDING_CHANGES_MAX, PRESENCE_INTERVAL_MS,
    REFUSALS_LOGGED_MAX, REFUSALS_LOGGED_MS,
};
use schema::wire::ClientFrame;

use super::world::{ALDER, BREE, COALITIE, World, chapter_id, id16, plan_id};
use super::*;
use crate::logged::Logged;

#[test]
fn presence_passes_with_the_names_the_server_knows_and_ends() {
    let mut world = World::with_plan();
    let mut alder = world.opened(1, Some(ALDER));
    let channel = alder.channel;
    let mut bree = world.opened(2, Some(BREE));
    world.now += PRESENCE_INTERVAL_MS;
    world.say(
        1,
        &ClientFrame::Presence {
            channel,
            payload: vec![4, 2].into(),
        },
    );
    bree.take(&mut world);
    assert_eq!(
        bree.peers.get(&1),
        Some(&("Alder".to_owned(), vec![4, 2])),
        "rule V1"
    );
    world.now += PRESENCE_INTERVAL_MS;
    world.handle(Input::Disconnected { session: 1 });
    bree.take(&mut world);
    assert!(bree.peers.is_empty());
    alder.take(&mut world);
}

#[test]
fn somebody_who_moves_all_the_time_is_shown_ten_times_a_second_and_where_they_ended() {
    let mut world = World::with_plan();
    let mut alder = world.opened(1, Some(ALDER));
    let bree = world.opened(2, Some(BREE));
    world.pass(PRESENCE_INTERVAL_MS);
    alder.take(&mut world);
    let before = alder.told;
    for n in 0..1_000_u16 {
        let payload = n.to_be_bytes().to_vec().into();
        let channel = bree.channel;
        world.say(2, &ClientFrame::Presence { channel, payload });
        world.now += 1;
        if n % 100 == 99 {
            world.handle(Input::Tick);
        }
    }
    world.pass(PRESENCE_INTERVAL_MS);
    alder.take(&mut world);
    let told = alder.told - before;
    assert!((5..=12).contains(&told), "told {told} times in a second");
    assert_eq!(alder.peers[&2].1, 999_u16.to_be_bytes());
}

#[test]
fn coming_and_going_all_the_time_is_shown_no_more_often() {
    let mut world = World::with_plan();
    let alder = world.opened(1, Some(ALDER));
    let bree = world.opened(2, Some(BREE));
    world.pass(PRESENCE_INTERVAL_MS);
    world.inbox.clear();
    let channel = bree.channel;
    for request in 0..100 {
        world.say(2, &ClientFrame::Close { channel });
        let open = ClientFrame::Open {
            request,
            plan: plan_id(),
            chapter: chapter_id(),
            have: None,
        };
        world.say(2, &open);
    }
    world.pass(PRESENCE_INTERVAL_MS);
    let frames = world.inbox.remove(&1).unwrap_or_default();
    assert!(frames.len() <= 2, "{} frames", frames.len());
    drop(alder);
}

#[test]
fn a_reader_whose_queue_is_full_hears_later_who_came_and_who_left() {
    let mut world = World::with_plan();
    let mut alder = world.opened(1, Some(ALDER));
    world.full_queues.insert(1);
    let bree = world.opened(2, Some(BREE));
    world.pass(PRESENCE_INTERVAL_MS);
    alder.take(&mut world);
    assert!(alder.peers.is_empty());
    world.full_queues.clear();
    world.pass(PRESENCE_INTERVAL_MS);
    alder.take(&mut world);
    assert!(alder.peers.contains_key(&2));
    world.full_queues.insert(1);
    world.handle(Input::Disconnected { session: 2 });
    world.pass(PRESENCE_INTERVAL_MS);
    world.full_queues.clear();
    world.pass(PRESENCE_INTERVAL_MS);
    alder.take(&mut world);
    assert!(alder.peers.is_empty());
    drop(bree);
}

#[test]
fn plans_that_do_not_exist_take_no_memory_and_few_lines() {
    let mut world = World::with_plan();
    let known = world.core.plan_count();
    let logged = Logged::start();
    let nobody = world.opened(1, None);
    let member = world.opened(2, Some(COALITIE));
    for n in 0..1_000_u32 {
        let mut plan = [7; 16];
        plan[..4].copy_from_slice(&n.to_be_bytes());
        let open = ClientFrame::Open {
            request: n,
            plan: PlanId::from_bytes(plan),
            chapter: ChapterId::from_bytes(plan),
            have: None,
        };
        world.say(1, &open);
        world.say(2, &open);
    }
    assert_eq!(world.core.plan_count(), known);
    assert!(logged.refusals().len() <= 2 * REFUSALS_LOGGED_MAX as usize);
    world.now += REFUSALS_LOGGED_MS;
    world.say(1, &ClientFrame::Close { channel: 999 });
    assert!(logged.text().contains("\"held_back\":991"), "{}", logged.text());
    drop((nobody, member));
}

#[test]
fn connections_end_with_the_session_of_signing_in() {
    let mut world = World::with_plan();
    let sign_in = |n: u8, ends_at| SignIn {
        id: id16(n),
        ends_at: TimestampMs(ends_at),
        within: None,
    };
    let ends_at = world.now + 5_000;
    let mut people =
        [(1, 1, ends_at), (2, 2, ends_at * 2), (3, 3, ends_at * 2)].map(|(session, n, ends_at)| {
            let mut person = person::Person::new(session, Some(ALDER));
            person.sign_in = Some(sign_in(n, ends_at));
            person.reconnect(&mut world, session);
            person
        });
    world.handle(Input::SignedOut(SignedOut::SignIn(id16(2))));
    world.pass(5_000);
    let mut goodbyes = people.iter_mut().map(|person| {
        person.take(&mut world);
        person.goodbye.take()
    });
    let ended = Some("not-signed-in".to_owned());
    assert_eq!(goodbyes.next(), Some(ended.clone()), "it has ended by itself");
    assert_eq!(goodbyes.next(), Some(ended.clone()), "signed out");
    assert_eq!(goodbyes.next(), Some(None));
    drop(goodbyes);
    let mut bree = world.opened(4, Some(BREE));
    world.handle(Input::SignedOut(SignedOut::Person(BREE.person)));
    bree.take(&mut world);
    assert_eq!(bree.goodbye, ended, "forgotten");
    people[2].take(&mut world);
    assert_eq!(people[2].goodbye, None, "others stay");
}

/// Offers forty actors at once; answers which of them the server says are bound.
fn offer_actors(world: &mut World, session: SessionId, channel: u32, n: u8) -> Vec<BoundActor> {
    let actors = (0..40).map(|m| {
        let mut id = [n + 1; 16];
        id[0] = m;
        BoundActor::from_bytes(id)
    });
    let bind = ClientFrame::Bind {
        channel,
        generation: Generation(1),
        actors: actors.collect(),
    };
    world.inbox.remove(&session);
    world.say(session, &bind);
    let frames = world.inbox.remove(&session).unwrap_or_default().into_iter();
    let bound = frames.filter_map(|frame| match frame {
        ServerFrame::Bound { actors, .. } => Some(actors),
        _ => None,
    });
    bound.flatten().map(|(actor, _)| actor).collect()
}

#[test]
fn a_page_binds_so_many_actors_and_no_more() {
    let mut world = World::with_plan();
    let alder = world.opened(1, Some(ALDER));
    let bree = world.opened(2, Some(BREE));
    let before = world.log_length();
    for n in 0..10_u8 {
        offer_actors(&mut world, 1, alder.channel, n);
    }
    // One was bound when the chapter was opened.
    let length = before + ACTORS_PER_SESSION_MAX as u64 - 1;
    assert_eq!(world.log_length(), length, "rule A1");
    // Those that are bound are told again, however many there are; to their owner only.
    let logged = Logged::start();
    assert_eq!(offer_actors(&mut world, 1, alder.channel, 0).len(), 40, "rule A3");
    assert!(logged.refusals().is_empty(), "they do not count");
    assert!(offer_actors(&mut world, 2, bree.channel, 0).is_empty());
    assert_eq!(world.log_length(), length);
}

#[test]
fn a_client_that_does_not_wait_for_answers_is_ended() {
    let mut world = World::with_plan();
    let mut alder = world.opened(1, Some(ALDER));
    world.hold_appends = true;
    for at in 0..IN_FLIGHT_CHANGES_MAX {
        alder.type_at(&mut world, at, "a");
    }
    alder.take(&mut world);
    assert_eq!(alder.goodbye, None);
    alder.type_at(&mut world, 0, "a");
    alder.take(&mut world);
    assert_eq!(alder.goodbye.as_deref(), Some("busy"), "rule P6");
}

#[test]
fn a_plan_keeps_so_many_changes_waiting_and_turns_away_who_brings_more() {
    let mut world = World::with_plan();
    let mut alder = world.opened(1, Some(ALDER));
    let (channel, generation) = (alder.channel, alder.generation);
    let fits = (PENDING_CHANGES_MAX / IN_FLIGHT_CHANGES_MAX) as u64;
    let mut crowd: Vec<person::Person> = (2..fits + 4)
        .map(|session| {
            let mut person = person::Person::new(session, Some(BREE));
            person.speaks = Speaks::AutomergeRepo;
            person.reconnect(&mut world, session);
            person
        })
        .collect();
    world.hold_appends = true;
    // This one is with the log; the others come behind it.
    alder.type_at(&mut world, 0, "eerst");
    let push = |world: &mut World, session, changes: usize| {
        let changes = vec![vec![0].into(); changes];
        let push = ClientFrame::Push {
            channel,
            generation,
            changes,
        };
        world.say(session, &push);
    };
    for session in 2..fits + 3 {
        push(&mut world, session, IN_FLIGHT_CHANGES_MAX);
    }
    push(&mut world, fits + 3, PENDING_CHANGES_MAX % IN_FLIGHT_CHANGES_MAX);
    let mut goodbyes = crowd.iter_mut().map(|person| {
        person.take(&mut world);
        (person.goodbye.clone(), person.retry_after_ms)
    });
    let fit = goodbyes.by_ref().take(fits as usize);
    assert!({ fit }.all(|goodbye| goodbye == (None, None)));
    let busy = (Some("busy".to_owned()), Some(2_000));
    assert_eq!(goodbyes.next(), Some(busy), "rule P6: one change more than fit");
    assert_eq!(goodbyes.next(), Some((None, None)), "as many as fit");
    drop(goodbyes);
    world.release();
    alder.take(&mut world);
    assert_eq!((alder.acknowledged, alder.goodbye), (1, None));
    assert!(world.core.plans[&plan_id()].is_quiet());
}
