//! Cosignatures: their bytes, their times, and that nothing else passes for one.

use super::*;
use crate::audit::note::{KeyName, LogKey};
use crate::audit::sample::{COSIGNED_AT, Sample, witness};
use crate::audit::{LogSigner, NoteSignature};

fn at(seconds: u64) -> UnixSeconds {
    UnixSeconds::new(seconds).unwrap()
}

#[test]
fn a_cosignature_states_its_time() {
    let checkpoint = Sample::of(3).cosigned();
    let read = SignedCheckpoint::parse(checkpoint.to_string().as_bytes()).unwrap();
    assert_eq!(read.cosigned_at(witness(0).verifier()), Ok(Some(at(COSIGNED_AT))));
    assert_eq!(
        read.cosigned_at(witness(1).verifier()),
        Ok(Some(at(COSIGNED_AT + 1)))
    );
    assert_eq!(read.cosigned_at(witness(2).verifier()), Ok(None));
}

#[test]
fn the_signed_message_is_that_of_the_specification() {
    let checkpoint = Sample::of(3).checkpoint();
    let expected = format!("cosignature/v1\ntime 1679315147\n{}", checkpoint.checkpoint());
    assert_eq!(message(&checkpoint, at(1_679_315_147)), expected.into_bytes());
    let line = witness(0).cosign(&checkpoint, at(1_679_315_147));
    assert_eq!(line.bytes().len(), 8 + 64);
    assert_eq!(line.bytes()[..8], 1_679_315_147_u64.to_be_bytes());
}

#[test]
fn another_time_or_tree_condemns_the_checkpoint() {
    let mut checkpoint = Sample::of(3).checkpoint();
    let line = witness(0).cosign(&checkpoint, at(5));
    let mut bytes = line.bytes().to_vec();
    bytes[7] = 4;
    checkpoint
        .add(NoteSignature::new(line.name().clone(), line.id(), bytes))
        .unwrap();
    assert!(checkpoint.cosigned_at(witness(0).verifier()).is_err());
    let mut other = Sample::of(4).checkpoint();
    other.add(line.clone()).unwrap();
    assert!(other.cosigned_at(witness(0).verifier()).is_err());
    let mut torn = Sample::of(3).checkpoint();
    torn.add(NoteSignature::new(line.name().clone(), line.id(), vec![0; 7]))
        .unwrap();
    assert!(torn.cosigned_at(witness(0).verifier()).is_err());
}

#[test]
fn the_earliest_of_several_counts() {
    let mut checkpoint = Sample::of(3).checkpoint();
    for seconds in [9, 7, 8] {
        checkpoint
            .add(witness(0).cosign(&checkpoint, at(seconds)))
            .unwrap();
    }
    assert_eq!(checkpoint.cosigned_at(witness(0).verifier()), Ok(Some(at(7))));
}

#[test]
fn a_log_key_and_a_witness_key_of_the_same_bytes_are_two() {
    let name: KeyName = "both.example".parse().unwrap();
    let log = LogSigner::from_seed(name.clone(), &[9; 32]);
    let both = WitnessSigner::from_seed(name, &[9; 32]);
    assert_ne!(log.verifier().id(), both.verifier().id());
    assert!(both.verifier().to_string().parse::<LogKey>().is_err());
}

#[test]
fn times_have_a_range() {
    assert_eq!(UnixSeconds::new(0), None);
    assert_eq!(UnixSeconds::new(1 << 63), None);
    assert_eq!(
        UnixSeconds::new((1 << 63) - 1).map(UnixSeconds::get),
        Some((1 << 63) - 1)
    );
    assert_eq!(UnixSeconds::from_ms(TimestampMs(1_999)), Some(at(1)));
}
