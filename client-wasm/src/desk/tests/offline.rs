//! Long without a connection: who writes on, and what the device may not take.

use super::*;

const ACTOR: BoundActor = BoundActor::from_bytes([77; 16]);

pub(super) fn state_row() -> State {
    State {
        incarnation: IncarnationId::from_bytes([9; 16]),
        generation: Generation(1),
        next: Revision(1),
        schema_version: 1,
        snapshot: genesis::new_automerge().save().into(),
        may_write: true,
        own: None,
    }
}

/// What a device has that was opened once and holds one actor in reserve.
pub(super) fn visited() -> Kept {
    Kept {
        state: Some(state_row()),
        actor: Some(ACTOR),
        is_alone: true,
        ..Kept::default()
    }
}

fn rows(effects: &[Effect]) -> Vec<Outbox> {
    let rows = effects.iter().filter_map(|effect| match effect {
        Effect::StoreOutbox(_, row) => Some(row.clone()),
        _ => None,
    });
    rows.collect()
}

#[test]
fn an_actor_leaves_the_reserve_with_its_first_words_and_not_before() {
    let mut desk = desk();
    desk.open(KEY, &visited(), 0);
    let is_drop = |effect: &Effect| matches!(effect, Effect::DropActor(_, Generation(1), ACTOR));
    assert!(!desk.take_effects().iter().any(is_drop), "reading needs none");
    desk.edit(1_000, KEY, 0, &paragraph("Zorg"));
    desk.flush(1_001);
    desk.edit(2_000, KEY, 1, &paragraph("Zorg dichtbij"));
    desk.flush(2_001);
    let effects = desk.take_effects();
    assert_eq!(effects.iter().filter(|effect| is_drop(effect)).count(), 1);
    let kinds = effects
        .iter()
        .filter(|effect| is_drop(effect) || matches!(effect, Effect::StoreOutbox(..)));
    assert!(
        kinds.take(1).all(is_drop),
        "in the transaction of the words themselves"
    );
}

#[test]
fn without_a_reserve_one_writes_on_under_the_last_actor_if_the_store_is_ones_own() {
    let mut first = desk();
    first.open(KEY, &visited(), 0);
    first.edit(1_000, KEY, 0, &paragraph("Zorg"));
    first.flush(1_001);
    let outbox = rows(&first.take_effects());
    let later = Kept {
        outbox,
        actor: None,
        ..visited()
    };
    let mut again = desk();
    again.open(KEY, &later, 0);
    assert_eq!(told(&again.take_effects(), "status")[0]["canWrite"], true);
    again.edit(2_000, KEY, 0, &paragraph("Zorg dichtbij"));
    again.flush(2_001);
    let next = automerge::Change::from_bytes(rows(&again.take_effects())[0].raw.to_vec()).unwrap();
    assert_eq!(next.actor_id(), &genesis::actor_id(ACTOR));
    assert_eq!(next.seq(), 2, "after what it wrote before");
    let shared = Kept {
        is_alone: false,
        ..later
    };
    let mut beside = desk();
    beside.open(KEY, &shared, 0);
    let status = &told(&beside.take_effects(), "status")[0];
    assert_eq!(status["canWrite"], false, "another desk may write under it");
}

#[test]
fn a_full_device_ends_typing_without_a_connection_and_shows_the_words() {
    let (mut desk, _) = writing();
    desk.edit(1_000, KEY, 0, &paragraph("nergens anders"));
    desk.flush(1_001);
    desk.take_effects();
    desk.set_full(true);
    let status = told(&desk.take_effects(), "status").pop().unwrap();
    assert_eq!(status["canWrite"], true, "what is typed goes to the server");
    desk.disconnected();
    let status = told(&desk.take_effects(), "status").pop().unwrap();
    assert_eq!(status["canWrite"], false);
    assert_eq!(status["readOnlyReason"], "device-full");
    assert_eq!(status["unkept"], "nergens anders");
    assert_eq!(desk.unstored(), 1);
    desk.set_full(false);
    let status = told(&desk.take_effects(), "status").pop().unwrap();
    assert_eq!(
        (&status["canWrite"], &status["unkept"]),
        (&json!(true), &Json::Null)
    );
}

#[test]
fn a_server_that_no_longer_speaks_this_protocol_is_told_apart() {
    let (mut desk, _) = writing();
    let bye = ServerFrame::Bye {
        reason: Reason::new("no-common-version", "version 9 and later"),
        retry_after_ms: None,
    };
    let effects = hear(&mut desk, 1_000, &bye);
    let is_told = |effect: &Effect| matches!(effect, Effect::Goodbye(code) if code == "no-common-version");
    assert!(effects.iter().any(is_told));
}
