//! Quorums: who counts, how often, and what makes no sense.

use super::*;
use crate::audit::sample::{COSIGNED_AT, Sample, trust, witness};

fn voice(id: &str, numbers: &[u64]) -> Witness {
    Witness {
        id: id.parse().unwrap(),
        keys: numbers
            .iter()
            .map(|number| witness(*number).verifier().clone())
            .collect(),
    }
}

#[test]
fn those_who_cosigned_are_named_with_their_time() {
    let verdict = trust().quorum.judge(&Sample::of(3).cosigned()).unwrap();
    let seconds = |offset| UnixSeconds::new(COSIGNED_AT + offset).unwrap();
    let expected = [("party-0", seconds(0)), ("party-1", seconds(1))];
    assert_eq!(
        verdict.cosigned,
        expected.map(|(id, at)| (id.parse().unwrap(), at))
    );
    assert!(verdict.is_met());
    assert!(
        !trust()
            .quorum
            .judge(&Sample::of(3).checkpoint())
            .unwrap()
            .is_met()
    );
}

#[test]
fn two_keys_of_one_party_are_one_voice() {
    let quorum = Quorum::new(2, vec![voice("one", &[0, 1]), voice("other", &[2])]).unwrap();
    let verdict = quorum.judge(&Sample::of(3).cosigned()).unwrap();
    assert_eq!(verdict.cosigned.len(), 1);
    assert!(!verdict.is_met());
}

#[test]
fn nobody_is_asked_where_there_is_no_witness() {
    let verdict = Quorum::new(0, Vec::new())
        .unwrap()
        .judge(&Sample::of(3).checkpoint())
        .unwrap();
    assert!(verdict.is_met() && verdict.cosigned.is_empty());
}

#[test]
fn a_quorum_makes_sense() {
    let unreachable = QuorumError::OutOfReach {
        required: 2,
        known: 1,
    };
    assert_eq!(Quorum::new(2, vec![voice("one", &[0])]), Err(unreachable));
    assert_eq!(
        Quorum::new(1, vec![voice("one", &[0]), voice("one", &[1])]),
        Err(QuorumError::Twice)
    );
    assert_eq!(
        Quorum::new(1, vec![voice("one", &[0]), voice("two", &[0])]),
        Err(QuorumError::Twice)
    );
    let renamed = witness(0)
        .verifier()
        .under_name("elsewhere.example".parse().unwrap());
    let mut same_key = voice("two", &[1]);
    same_key.keys.push(renamed);
    assert_eq!(
        Quorum::new(1, vec![voice("one", &[0]), same_key]),
        Err(QuorumError::Twice)
    );
    assert_eq!(Quorum::new(1, vec![voice("one", &[])]), Err(QuorumError::Number));
    assert!("".parse::<WitnessId>().is_err());
}

#[test]
fn a_quorum_in_json_is_checked_as_well() {
    let text = serde_json::to_string(&trust().quorum).unwrap();
    assert_eq!(serde_json::from_str::<Quorum>(&text).unwrap(), trust().quorum);
    let unreachable = text.replace("\"required\":2", "\"required\":4");
    assert!(serde_json::from_str::<Quorum>(&unreachable).is_err());
}
