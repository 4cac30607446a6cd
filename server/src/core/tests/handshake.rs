//! How a connection begins: one greeting, a version in common, and then whatever it is for.

use schema::wire::ClientFrame;

use super::world::{ALDER, World, id16};
use super::*;

/// A connection that has said nothing yet.
fn connect(world: &mut World, session: SessionId) {
    let visitor = Visitor {
        caller: Some(ALDER),
        name: "Alder".to_owned(),
        party_name: "Partij".to_owned(),
        sign_in: None,
        program: None,
        speaks: Speaks::Native,
    };
    world.handle(Input::Connected { session, visitor });
}

fn hello(versions: &[u16]) -> ClientFrame {
    ClientFrame::Hello {
        versions: versions.to_vec(),
        device: DeviceId::from_bytes(id16(1)),
        page: PageSessionId::from_bytes(id16(1)),
    }
}

/// What a connection heard since it was last asked.
fn heard(world: &mut World, session: SessionId) -> Vec<ServerFrame> {
    world.inbox.remove(&session).unwrap_or_default().into()
}

fn code_of_goodbye(frames: &[ServerFrame]) -> Option<&str> {
    match frames {
        [.., ServerFrame::Bye { reason, .. }] => Some(&reason.code),
        _ => None,
    }
}

#[test]
fn a_connection_that_does_not_greet_first_and_once_is_ended() {
    let mut world = World::with_plan();
    let ping = ClientFrame::Ping { token: 7 };
    connect(&mut world, 1);
    world.say(1, &ping);
    assert_eq!(
        code_of_goodbye(&heard(&mut world, 1)),
        Some("out-of-turn"),
        "rule C1"
    );
    world.say(1, &hello(&[1]));
    assert!(
        heard(&mut world, 1).is_empty(),
        "rule C6: nothing comes after the goodbye"
    );
    connect(&mut world, 2);
    world.say(2, &hello(&[1]));
    world.say(2, &ping);
    let greeted = heard(&mut world, 2);
    assert!(
        matches!(
            greeted[..],
            [ServerFrame::Welcome { .. }, ServerFrame::Pong { token: 7 }]
        ),
        "{greeted:?}"
    );
    world.say(2, &hello(&[1]));
    assert_eq!(
        code_of_goodbye(&heard(&mut world, 2)),
        Some("out-of-turn"),
        "rule C1"
    );
    assert_eq!(world.core.session_count(), 0);
}

#[test]
fn both_speak_the_best_version_that_both_know_or_none() {
    let mut world = World::with_plan();
    connect(&mut world, 1);
    world.say(1, &hello(&[9, 1]));
    let welcome = ServerFrame::Welcome {
        version: 1,
        incarnation: IncarnationId::from_bytes(id16(250)),
        now: TimestampMs(world.now),
    };
    assert_eq!(heard(&mut world, 1), [welcome], "rule C2");
    for (session, versions) in [(2, &[9][..]), (3, &[])] {
        connect(&mut world, session);
        world.say(session, &hello(versions));
        let frames = heard(&mut world, session);
        assert_eq!(code_of_goodbye(&frames), Some("no-common-version"), "rule C2");
        let comes_back = |frame: &ServerFrame| {
            matches!(
                frame,
                ServerFrame::Bye {
                    retry_after_ms: Some(_),
                    ..
                }
            )
        };
        assert!(
            !frames.iter().any(comes_back),
            "rule C6: it would meet the same refusal"
        );
    }
    assert_eq!(world.core.session_count(), 1);
}
