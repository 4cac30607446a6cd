//! What comes back, and what says that it came back.

use schema::domain::Event;
use schema::domain::plan;
use schema::domain::policy::Scope;
use schema::log::{Payload, record::EnvelopeSalt};

use super::*;
use crate::accounts::access_tokens::NewAccessToken;
use crate::backup::restore::{self, Known, NewLife, Restored};
use crate::log::engine::{self, Opening};
use crate::views::PlanView;

const NEXT_LIFE: IncarnationId = IncarnationId::from_bytes([13; 16]);

fn restored(from: &Path, data: &Path, known: &Known) -> Result<Restored, BackupError> {
    let life = NewLife {
        incarnation: NEXT_LIFE,
        now: TimestampMs(5_000),
        salts,
    };
    restore::restore(from, data, known, &life, &mut |_| {})
}

fn opened(data: &Path) -> Box<dyn engine::Engine> {
    engine::open_existing(&data.join("log"), Opening::Check).unwrap()
}

#[test]
fn the_same_records_come_back_and_every_plan_tells_of_it() {
    let (log, accounts, to) = (memory(200), people(), TempDir::new().unwrap());
    append(&log, OTHER_PLAN, 0..3);
    log.erase(PLAN, Position(11), Extent::PayloadAndEnvelopeSalt)
        .unwrap();
    back_up(&log, &accounts, to.path()).unwrap();
    let known = Known {
        last: [(PLAN, Position(230))].into(),
        checkpoints: [(PLAN, "origin\n231\nhash".parse().unwrap())].into(),
        ..Known::default()
    };
    let place = TempDir::new().unwrap();
    let data = place.path().join("data");
    // One that was killed before it had a name.
    std::fs::create_dir_all(place.path().join("data.begins/restoring")).unwrap();
    let told = restored(to.path(), &data, &known).unwrap();
    assert_eq!((told.plans, told.events, told.lost), (2, 203, Some(31)));
    assert_eq!(std::fs::read_dir(place.path()).unwrap().count(), 1);

    let new = opened(&data);
    assert_eq!(new.incarnation(), NEXT_LIFE);
    for (plan, kept) in [(PLAN, 200), (OTHER_PLAN, 3)] {
        let (was, is) = (in_log(&log, plan), in_log(new.as_ref(), plan));
        assert_eq!(is[..kept], was);
        let [bound, recovered] = &is[kept..] else {
            panic!("{}", is.len())
        };
        let actor = ActorBound::read(bound.payload.bytes().unwrap()).unwrap();
        assert_eq!(actor.identity, Identity::Server);
        assert_eq!(recovered.envelope.who, ActorRef(bound.envelope.position));
        let event = Event::read(
            &recovered.envelope.kind,
            &recovered.envelope.stream,
            recovered.payload.bytes().unwrap(),
        );
        let Ok(Event::Plan(plan::Event::Recovered(recovery))) = event else {
            panic!("{event:?}");
        };
        assert_eq!(recovery.incarnation, LIFE);
        assert_eq!(recovery.kept, Position(kept as u64 - 1));
        assert_eq!(recovery.made_at_ms, TimestampMs(1_000));
        let lost = (plan == PLAN).then_some((Position(200), Position(230)));
        assert_eq!(recovery.lost(), lost);
        assert_eq!(recovery.checkpoint.is_some(), plan == PLAN);
    }
    let erased = &in_log(new.as_ref(), PLAN)[11];
    assert_eq!(erased.payload, Payload::Erased);
    assert!(matches!(erased.envelope_salt, EnvelopeSalt::Erased { .. }));
    assert_eq!(
        new.erased(PLAN).unwrap(),
        [(Position(11), Extent::PayloadAndEnvelopeSalt)]
    );
    new.verify().unwrap();

    // A reader sees it as a thing that happened to the plan, and nothing else changes by it.
    let mut view = PlanView::default();
    in_log(new.as_ref(), PLAN)
        .iter()
        .for_each(|record| view.fold(record));
    let newest = view.activity.before(None).next().unwrap();
    assert!(matches!(
        newest.event.as_deref(),
        Some(Event::Plan(plan::Event::Recovered(_)))
    ));
    assert!(view.state.plan.is_none());
}

#[test]
fn people_come_back_and_stay_signed_in_unless_the_operator_ends_it_and_their_programs_do_not() {
    let (log, accounts, to) = (memory(2), people(), TempDir::new().unwrap());
    let grantee = Grantee {
        person: SANNE,
        party: PartyId::from_bytes([6; 16]),
    };
    let (link, session) = (Token::from_random([1; 32]), Token::from_random([2; 32]));
    accounts.invite(grantee, &link, TimestampMs(1)).unwrap();
    accounts
        .sign_in(&link, &session, TimestampMs(1))
        .unwrap()
        .unwrap();
    accounts.invite(grantee, &link, TimestampMs(1)).unwrap();
    let (program, asked) = (
        Token::from_random([4; 32]),
        NewAccessToken {
            name: "Weekbericht".parse().unwrap(),
            scope: Scope::Read,
            days: 1,
        },
    );
    let made = accounts.make_access_token([].into(), grantee, asked, (&program, TimestampMs(1)));
    assert!(made.unwrap().is_some());
    back_up(&log, &accounts, to.path()).unwrap();
    for end_sessions in [false, true] {
        let data = TempDir::new().unwrap();
        let known = Known {
            end_sessions,
            ..Known::default()
        };
        let told = restored(to.path(), data.path(), &known).unwrap();
        assert_eq!((told.ended.access_tokens, told.ended.links), (1, 1));
        let accounts = Accounts::open(&data.path().join("accounts")).unwrap();
        assert_eq!(accounts.access(&program, TimestampMs(2)), None);
        assert!(accounts.person(SANNE).is_some());
        let signed_in = accounts.session(&session, TimestampMs(2));
        assert_eq!(signed_in.is_none(), end_sessions);
        let by_link = accounts
            .sign_in(&link, &Token::from_random([3; 32]), TimestampMs(2))
            .unwrap();
        assert!(by_link.is_none(), "it may have been used since");
    }
}

#[test]
fn a_place_that_is_not_empty_and_a_damaged_backup_are_refused() {
    let (log, to) = (memory(30), TempDir::new().unwrap());
    back_up(&log, &people(), to.path()).unwrap();
    let data = TempDir::new().unwrap();
    std::fs::write(data.path().join("thesis.txt"), "keep").unwrap();
    let refused = restored(to.path(), data.path(), &Known::default());
    assert!(matches!(refused, Err(BackupError::NotEmpty(_))), "{refused:?}");
    assert_eq!(files_in(data.path()).len(), 1);

    let unknown = Known {
        last: [(OTHER_PLAN, Position(1))].into(),
        ..Known::default()
    };
    let empty = TempDir::new().unwrap();
    let refused = restored(to.path(), empty.path(), &unknown);
    assert!(
        matches!(refused, Err(BackupError::NoSuchPlan(OTHER_PLAN))),
        "{refused:?}"
    );

    let file = Manifest::read(to.path()).unwrap().plans[0].files[0]
        .file
        .name
        .clone();
    let mut bytes = std::fs::read(to.path().join(&file)).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    std::fs::write(to.path().join(&file), bytes).unwrap();
    let refused = restored(to.path(), empty.path(), &Known::default());
    assert!(
        matches!(&refused, Err(BackupError::Damaged { file: named, .. }) if *named == file),
        "{refused:?}"
    );
    assert!(files_in(empty.path()).is_empty());
}

#[test]
fn a_restore_that_was_cut_off_holds_the_server_back_and_begins_anew() {
    let (log, to) = (memory(30), TempDir::new().unwrap());
    back_up(&log, &people(), to.path()).unwrap();
    let data = TempDir::new().unwrap();
    // As it is between the moving of the accounts and of the log.
    for left in ["restoring/log/db", "accounts/db"] {
        let path = data.path().join(left);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, "half").unwrap();
    }
    assert!(restore::is_unfinished(data.path()));
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let opened_too_soon = runtime.block_on(crate::node::Node::open(data.path(), Default::default()));
    let why = opened_too_soon.err().unwrap().to_string();
    assert!(why.contains("restore") && why.contains("run it again"), "{why}");
    restored(to.path(), data.path(), &Known::default()).unwrap();
    assert!(!restore::is_unfinished(data.path()));
    assert_eq!(opened(data.path()).next_position(PLAN), Position(32));
}

#[test]
fn the_restored_log_has_a_backup_of_its_own_and_leaves_the_old_one() {
    let (log, to) = (memory(30), TempDir::new().unwrap());
    back_up(&log, &people(), to.path()).unwrap();
    let data = TempDir::new().unwrap();
    restored(to.path(), data.path(), &Known::default()).unwrap();
    let new = opened(data.path());
    let refused = back_up(new.as_ref(), &people(), to.path());
    assert!(
        matches!(refused, Err(BackupError::OtherLog { .. })),
        "{refused:?}"
    );
    let fresh = TempDir::new().unwrap();
    assert_eq!(back_up(new.as_ref(), &people(), fresh.path()).unwrap().events, 32);
}
