//! The bytes of events.

use super::*;
use crate::domain::tests::*;
use crate::log::Kind;

#[test]
fn a_newer_or_strange_kind_is_unknown_and_not_an_accident() {
    for kind in [Kind::new("plan.created", 2), Kind::new("pledge.made", 1)] {
        let read = Event::read(&kind, &Stream::Plan, b"{}");
        assert_eq!(
            read,
            Err(ReadEventError::Unknown {
                kind,
                stream: Stream::Plan
            })
        );
    }
    let text = Stream::Text(TRIAGE, crate::ids::Generation(1));
    let read = Event::read(&Kind::new("text.changed", 1), &text, &[0x85]);
    assert!(matches!(read, Err(ReadEventError::Unknown { .. })));
}

#[test]
fn a_known_kind_with_other_content_or_in_another_stream_is_malformed() {
    let renamed = Kind::new("plan.renamed", 1);
    for payload in [
        &b"{}"[..],
        b"{\"title\":\"\"}",
        b"not json",
        b"{\"title\":\"a\",\"more\":1}",
        b"",
    ] {
        let read = Event::read(&renamed, &Stream::Plan, payload);
        assert!(
            matches!(read, Err(ReadEventError::Malformed { .. })),
            "{payload:?}"
        );
    }
    let elsewhere = Event::read(&renamed, &Stream::Rights, b"{\"title\":\"a\"}");
    assert!(matches!(elsewhere, Err(ReadEventError::Malformed { .. })));
}

/// serde names its variants in the error for an unknown one: the list is complete and nothing more.
#[test]
fn the_known_kinds_are_those_of_the_enums() {
    fn variants<E: DeserializeOwned + std::fmt::Debug>() -> Vec<String> {
        let error = serde_json::from_str::<E>(r#"{"kind": "?", "payload": {}}"#)
            .unwrap_err()
            .to_string();
        let (_, names) = error.split_once("expected").unwrap();
        names.split('`').skip(1).step_by(2).map(str::to_owned).collect()
    }
    let enums = [
        variants::<plan::Event>(),
        variants::<rights::Event>(),
        variants::<chapter::Event>(),
        variants::<commitment::Event>(),
        variants::<erasure::Event>(),
    ];
    assert_eq!(enums.concat(), KNOWN_KINDS);
}

#[test]
fn an_unknown_event_moves_only_the_revision() {
    use crate::ids::{ActorRef, EventId, Position, Revision, TimestampMs};
    use crate::log::{Envelope, Payload, Record, Via};
    let mut state = world().state;
    let before = state.clone();
    let envelope = Envelope {
        position: Position(500),
        stream: Stream::Plan,
        revision: Revision(77),
        id: EventId::from_bytes([1; 16]),
        kind: Kind::new("plan.closed", 1),
        recorded_at: TimestampMs(0),
        who: ActorRef(Position(0)),
        via: Via::Browser,
        causation: None,
        correlation: None,
        payload_commitment: [0; 32],
    };
    let payload = Payload::Present {
        salt: [0; 32],
        bytes: b"{}".as_slice().into(),
    };
    let record = Record {
        envelope,
        envelope_salt: crate::log::record::EnvelopeSalt::Present([0; 32]),
        payload,
        chain: [0; 32],
    };
    assert!(crate::domain::fold(&mut state, &record).is_err());
    assert_eq!(
        state
            .revisions
            .insert(Stream::Plan, before.revisions[&Stream::Plan]),
        Some(Revision(77))
    );
    assert_eq!(state, before);
}
