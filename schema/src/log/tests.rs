//! The bytes of the log: golden files, round trips, and every kind of damage.

use std::path::PathBuf;
use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::ids::*;

mod golden;

fn text_envelope() -> Envelope {
    Envelope {
        position: Position(1_234_567),
        stream: Stream::Text(ChapterId::from_bytes([0x22; 16]), Generation(12)),
        revision: Revision(98_765),
        id: EventId::from_bytes([0x33; 16]),
        kind: Kind::new("text.changed", 1),
        recorded_at: TimestampMs(1_790_000_000_123),
        who: ActorRef(Position(1_200_000)),
        via: Via::Browser,
        causation: None,
        correlation: None,
        payload_commitment: [0x44; 32],
    }
}

fn ids() -> impl Strategy<Value = [u8; 16]> {
    any::<[u8; 16]>()
}

fn streams() -> impl Strategy<Value = Stream> {
    prop_oneof![
        Just(Stream::Plan),
        Just(Stream::Rights),
        Just(Stream::Actors),
        ids().prop_map(|id| Stream::Chapter(ChapterId::from_bytes(id))),
        (ids(), any::<u32>()).prop_map(|(id, g)| Stream::Text(ChapterId::from_bytes(id), Generation(g))),
        ids().prop_map(|id| Stream::Commitment(CommitmentId::from_bytes(id))),
    ]
}

fn vias() -> impl Strategy<Value = Via> {
    prop::sample::select(vec![
        Via::Browser,
        Via::Token,
        Via::Import,
        Via::Restore,
        Via::Server,
    ])
}

fn kinds() -> impl Strategy<Value = Kind> {
    ("[a-z]{1,12}(\\.[a-z0-9-]{1,12}){0,2}", 1..=u16::MAX).prop_map(|(name, version)| Kind {
        name: name.into(),
        version,
    })
}

fn envelopes() -> impl Strategy<Value = Envelope> {
    let places = (any::<u64>(), streams(), any::<u64>(), ids(), kinds());
    let origins = (
        any::<u64>(),
        any::<u64>(),
        vias(),
        prop::option::of(ids()),
        prop::option::of(ids()),
    );
    (places, origins, any::<[u8; 32]>()).prop_map(|(place, origin, payload_commitment)| Envelope {
        position: Position(place.0),
        stream: place.1,
        revision: Revision(place.2),
        id: EventId::from_bytes(place.3),
        kind: place.4,
        recorded_at: TimestampMs(origin.0),
        who: ActorRef(Position(origin.1)),
        via: origin.2,
        causation: origin.3.map(EventId::from_bytes),
        correlation: origin.4.map(CommandId::from_bytes),
        payload_commitment,
    })
}

fn records() -> impl Strategy<Value = Record> {
    let salts = (any::<[u8; 32]>(), any::<[u8; 32]>());
    let erasures = (any::<bool>(), any::<bool>());
    (
        envelopes(),
        salts,
        prop::collection::vec(any::<u8>(), 0..200),
        erasures,
    )
        .prop_map(
            |(envelope, (envelope_salt, payload_salt), payload, (erase_salt, erase_payload))| {
                let salts = Salts {
                    envelope: envelope_salt,
                    payload: payload_salt,
                };
                let mut record =
                    Record::seal(PLAN, &commitment::CHAIN_START, envelope, salts, payload.into());
                if erase_salt {
                    record.envelope_salt = EnvelopeSalt::Erased {
                        commitment: record.leaf(PLAN).envelope_commitment,
                    };
                }
                if erase_payload {
                    record.payload = Payload::Erased;
                }
                record
            },
        )
}

const PLAN: PlanId = PlanId::from_bytes([0x11; 16]);

proptest! {
    #[test]
    fn an_envelope_survives_its_bytes(envelope in envelopes()) {
        prop_assert_eq!(Envelope::decode(&envelope.encode()), Ok(envelope));
    }

    #[test]
    fn a_record_survives_its_bytes_and_keeps_its_proof(record in records()) {
        let read = Record::decode(&record.encode()).unwrap();
        prop_assert!(read.is_proved_after(PLAN, &commitment::CHAIN_START));
        prop_assert_eq!(read, record);
    }

    #[test]
    fn a_leaf_survives_its_bytes(plan in ids(), position: u64, envelope_commitment: [u8; 32]) {
        let leaf = Leaf { plan: PlanId::from_bytes(plan), position: Position(position), envelope_commitment };
        prop_assert_eq!(Leaf::from_bytes(&leaf.to_bytes()), Ok(leaf));
    }

    #[test]
    fn random_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = Record::decode(&bytes);
        let _ = Envelope::decode(&bytes);
        let _ = Leaf::from_bytes(&bytes);
    }

    #[test]
    fn every_truncation_is_refused(record in records(), cut in any::<prop::sample::Index>()) {
        let bytes = record.encode();
        prop_assert!(Record::decode(&bytes[..cut.index(bytes.len())]).is_err());
        let envelope = record.envelope.encode();
        prop_assert!(Envelope::decode(&envelope[..cut.index(envelope.len())]).is_err());
    }

    #[test]
    fn a_flipped_bit_is_refused_or_seen_by_the_proof(
        record in records(),
        place in any::<prop::sample::Index>(),
        bit in 0..8u8,
    ) {
        let mut bytes = record.encode();
        bytes[place.index(record.encode().len())] ^= 1 << bit;
        if let Ok(read) = Record::decode(&bytes) {
            prop_assert_ne!(&read, &record);
            prop_assert_eq!(read.encode(), bytes, "only canonical bytes are read");
        }
    }
}

#[test]
fn bytes_after_the_value_are_refused() {
    let mut bytes = text_envelope().encode();
    bytes.push(0);
    assert_eq!(Envelope::decode(&bytes), Err(DecodeError::Trailing(1)));
}

#[test]
fn a_longer_form_of_the_same_values_is_refused() {
    let bytes = text_envelope().encode();
    assert_eq!(bytes[0], 0x8b, "an array of 11 in one byte");
    let longer = [&[0x98, 0x0b], &bytes[1..]].concat();
    assert_eq!(Envelope::decode(&longer), Err(DecodeError::NotCanonical));
    let endless = [&[0x9f], &bytes[1..], &[0xff]].concat();
    assert_eq!(Envelope::decode(&endless), Err(DecodeError::NotCanonical));
    let one_more = [&[0x8c], &bytes[1..], &[0x00]].concat();
    assert_eq!(Envelope::decode(&one_more), Err(DecodeError::NotCanonical));
}

#[test]
fn changed_content_breaks_the_proof() {
    let salts = Salts {
        envelope: [1; 32],
        payload: [2; 32],
    };
    let start = commitment::CHAIN_START;
    let record = Record::seal(PLAN, &start, text_envelope(), salts, Arc::from(&b"woord"[..]));
    assert!(record.is_proved_after(PLAN, &start));
    let mut other_payload = record.clone();
    other_payload.payload = Payload::Present {
        salt: [2; 32],
        bytes: Arc::from(&b"Woord"[..]),
    };
    assert!(!other_payload.is_proved_after(PLAN, &start));
    let mut other_time = record.clone();
    other_time.envelope.recorded_at = TimestampMs(1);
    assert!(!other_time.is_proved_after(PLAN, &start));
    assert!(!record.is_proved_after(PLAN, &record.chain));
    assert!(!record.is_proved_after(PlanId::from_bytes([0; 16]), &start));
}

#[test]
fn kinds_have_one_written_form() {
    assert_eq!("text.changed/1".parse(), Ok(Kind::new("text.changed", 1)));
    for text in [
        "text.changed",
        "text.changed/01",
        "text.changed/0",
        "/1",
        "Text/1",
        "a/b/1",
        "a/+1",
        "a/70000",
    ] {
        assert!(text.parse::<Kind>().is_err(), "{text} is not a kind");
    }
}
