//! Disclosures: what each right shows, what erasure leaves, and that nothing else can be shown instead.

use super::*;
use crate::audit::sample::{ORIGIN, Sample};
use crate::ids::Position;

fn disclosed(extent: Extent) -> Disclosure {
    Disclosure::of(&Sample::of(3).records[2], ORIGIN.plan, extent)
}

#[test]
fn a_right_shows_what_it_reaches() {
    assert_eq!(disclosed(Extent::Leaf).check(), Ok(None));
    let disclosure = disclosed(Extent::Envelope);
    let shown = disclosure.check().unwrap().unwrap();
    assert_eq!((shown.envelope.position, shown.payload), (Position(2), None));
    let disclosure = disclosed(Extent::Everything);
    assert_eq!(
        disclosure.check().unwrap().unwrap().payload,
        Some(&b"woord 2"[..])
    );
}

#[test]
fn of_an_erased_event_the_rest_is_shown() {
    let mut record = Sample::of(3).records.remove(2);
    record.payload = Payload::Erased;
    let erased = Disclosure::of(&record, ORIGIN.plan, Extent::Everything);
    assert_eq!(erased, disclosed(Extent::Envelope));
    let commitment = record.leaf(ORIGIN.plan).envelope_commitment;
    record.envelope_salt = EnvelopeSalt::Erased { commitment };
    let erased = Disclosure::of(&record, ORIGIN.plan, Extent::Everything);
    assert_eq!(erased, disclosed(Extent::Leaf));
}

#[test]
fn a_leaf_opens_to_one_event_only() {
    let mut other = disclosed(Extent::Everything);
    let opened = other.envelope.as_mut().unwrap();
    opened.payload.as_mut().unwrap().bytes.push(b'!');
    assert_eq!(other.check(), Err(DisclosureError::Payload));
    let mut other = disclosed(Extent::Everything);
    other.envelope.as_mut().unwrap().salt[0] ^= 1;
    assert_eq!(other.check(), Err(DisclosureError::Envelope));
    let mut moved = disclosed(Extent::Everything);
    moved.leaf.position = Position(1);
    assert_eq!(moved.check(), Err(DisclosureError::Position));
}

#[test]
fn a_commitment_to_something_else_is_no_envelope() {
    let mut disclosure = disclosed(Extent::Envelope);
    let opened = disclosure.envelope.as_mut().unwrap();
    opened.bytes = b"geen envelop".to_vec();
    disclosure.leaf.envelope_commitment = commitment::of_envelope(&opened.salt, &opened.bytes);
    assert!(matches!(
        disclosure.check(),
        Err(DisclosureError::NotAnEnvelope(_))
    ));
}

#[test]
fn salts_and_words_stay_out_of_messages() {
    let shown = format!("{:?}", disclosed(Extent::Everything));
    assert!(!shown.contains("woord") && shown.contains("7 bytes"), "{shown}");
}
