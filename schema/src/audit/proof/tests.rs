//! Proofs: what they prove for whom, and that every change of any part is noticed.

use proptest::prelude::*;
use serde_json::Value;

use super::*;
use crate::audit::sample::{ORIGIN, Sample, signed, trust};
use crate::audit::{Extent, LogSigner};
use crate::ids::{IncarnationId, PlanId};

fn read(text: &str) -> Result<Proof, ProofError> {
    Proof::from_json(text.as_bytes())
}

#[test]
fn an_event_is_proved_as_far_as_it_is_shown() {
    let sample = Sample::of(20);
    for position in 0..20 {
        for extent in [Extent::Leaf, Extent::Envelope, Extent::Everything] {
            let proof = read(&sample.proof(position, extent).to_json()).unwrap();
            let verified = verify(&proof, &trust()).unwrap();
            assert_eq!(verified.position(), Position(position));
            assert_eq!(verified.head, sample.frontier.head());
            assert!(verified.witnesses.is_met());
            let record = &sample.records[usize::try_from(position).unwrap()];
            let envelope = (extent >= Extent::Envelope).then_some(&record.envelope);
            assert_eq!(verified.envelope.as_ref(), envelope);
            assert_eq!(verified.kind(), envelope.map(|envelope| &envelope.kind));
            assert_eq!(
                verified.recorded_at(),
                envelope.map(|envelope| envelope.recorded_at)
            );
            let payload = record.payload.bytes().filter(|_| extent == Extent::Everything);
            assert_eq!(verified.payload.as_deref(), payload.map(|bytes| &bytes[..]));
        }
    }
}

#[test]
fn too_few_witnesses_are_told_not_refused() {
    let sample = Sample::of(5);
    let proof = Proof {
        checkpoint: sample.checkpoint(),
        ..sample.proof(1, Extent::Envelope)
    };
    let verified = verify(&proof, &trust()).unwrap();
    assert!(verified.witnesses.cosigned.is_empty() && !verified.witnesses.is_met());
}

#[test]
fn a_proof_of_another_log_is_refused() {
    let proof = Sample::of(5).proof(1, Extent::Everything);
    let mut other = trust();
    other.origin.incarnation = IncarnationId::from_bytes([9; 16]);
    assert!(matches!(verify(&proof, &other), Err(ProofError::OtherLog(_))));
    let mut of_other_plan = proof.clone();
    of_other_plan.disclosure.leaf.plan = PlanId::from_bytes([9; 16]);
    assert!(matches!(
        verify(&of_other_plan, &trust()),
        Err(ProofError::OtherPlan)
    ));
}

#[test]
fn a_server_that_is_not_believed_proves_nothing() {
    let proof = Sample::of(5).proof(1, Extent::Everything);
    let mut other = trust();
    let name = ORIGIN.to_string().parse().unwrap();
    other.log_keys = vec![LogSigner::from_seed(name, &[1; 32]).verifier().clone()];
    assert!(matches!(
        verify(&proof, &other),
        Err(ProofError::Log(LogSignatureError::Missing))
    ));
    other.log_keys.clear();
    assert!(matches!(
        verify(&proof, &other),
        Err(ProofError::Log(LogSignatureError::Missing))
    ));
}

#[test]
fn a_tree_without_the_event_does_not_prove_it() {
    let sample = Sample::of(5);
    let shorter = Proof {
        checkpoint: signed(Sample::of(1).frontier.head()),
        ..sample.proof(1, Extent::Everything)
    };
    assert!(matches!(
        verify(&shorter, &trust()),
        Err(ProofError::Inclusion(NotProved::NoSuchLeaf))
    ));
    let mut cut = sample.proof(1, Extent::Everything);
    cut.path.pop();
    assert!(matches!(
        verify(&cut, &trust()),
        Err(ProofError::Inclusion(NotProved::Length))
    ));
}

#[test]
fn other_json_is_no_proof() {
    let text = Sample::of(5).proof(1, Extent::Everything).to_json();
    let changed = |from: &str, to: &str| {
        let other = text.replacen(from, to, 1);
        assert_ne!(other, text, "{from} is there");
        read(&other)
    };
    assert!(
        changed("\"version\":1", "\"version\":2")
            .unwrap_err()
            .to_string()
            .contains("not a proof")
    );
    assert!(changed("\"version\":1", "\"version\":1,\"more\":1").is_err());
    assert!(changed("\"leaf\":\"AR", "\"leaf\":\"Ah").is_err());
    assert!(changed("\"path\":[\"", "\"path\":[\"A").is_err());
    assert!(changed("\"salt\":\"", "\"salt\":\"AAAA").is_err());
    assert!(changed("\\n5\\n", "\\n05\\n").is_err());
    let too_long = vec![b' '; PROOF_JSON_BYTES_MAX + 1];
    assert!(matches!(Proof::from_json(&too_long), Err(ProofError::TooLong)));
}

#[test]
fn trust_survives_its_json() {
    let text = serde_json::to_string(&trust()).unwrap();
    assert_eq!(serde_json::from_str::<Trust>(&text).unwrap(), trust());
}

/// Every text in a JSON value, in its order.
fn texts(value: &mut Value) -> Vec<&mut String> {
    match value {
        Value::String(text) => vec![text],
        Value::Array(items) => items.iter_mut().flat_map(texts).collect(),
        Value::Object(members) => members.values_mut().flat_map(texts).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) => Vec::new(),
    }
}

proptest! {
    #[test]
    fn any_changed_letter_is_noticed(text in any::<usize>(), letter in any::<usize>(), to in "[A-Za-z0-9+/=\n ]") {
        let proof = Sample::of(21).proof(13, Extent::Everything);
        let mut json: Value = serde_json::from_str(&proof.to_json()).unwrap();
        let mut all = texts(&mut json);
        let count = all.len();
        let changed = &mut all[text % count];
        let (at, before) = changed.char_indices().nth(letter % changed.chars().count()).unwrap();
        changed.replace_range(at..at + before.len_utf8(), &to);
        let is_same = to.starts_with(before);
        let verified = read(&json.to_string()).and_then(|proof| verify(&proof, &trust()));
        // A letter in the name or id of a witness makes it unknown: then its word is missing.
        prop_assert!(is_same || verified.is_err() || verified.is_ok_and(|all| !all.witnesses.is_met()));
    }

    #[test]
    fn any_bytes_are_a_proof_or_not(bytes in prop::collection::vec(any::<u8>(), 0..200), at in any::<usize>(), byte in any::<u8>()) {
        let _ = Proof::from_json(&bytes);
        let mut changed = Sample::of(3).proof(1, Extent::Everything).to_json().into_bytes();
        let at = at % changed.len();
        changed[at] = byte;
        if let Ok(proof) = Proof::from_json(&changed) {
            let _ = verify(&proof, &trust());
        }
    }
}
