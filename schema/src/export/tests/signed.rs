//! Who signed, up to where, and what a reader who knows keys gets to hear.

use super::sample::*;
use crate::audit::{LogKey, LogSigner, WitnessKey};
use crate::export::fault::FaultKind;
use crate::export::{Report, Trusted};

const COSIGNERS: u8 = 2;

fn trusted(keys: &[LogKey], witnesses: &[u8], required: usize) -> Trusted {
    let witnesses: Vec<WitnessKey> = witnesses.iter().map(|n| witness(*n).verifier().clone()).collect();
    Trusted::new(keys.to_vec(), witnesses, required).unwrap()
}

fn our_key() -> LogKey {
    log_signer().verifier().clone()
}

fn checked(size: usize, trusted: Trusted) -> Result<Report, FaultKind> {
    let plan = Plan::sample();
    let seals = plan.seals(size, COSIGNERS);
    verify(&plan.export_sealed(&seals), trusted).map_err(|fault| fault.kind)
}

#[test]
fn a_known_key_and_known_witnesses_are_told_from_those_that_only_the_file_names() {
    let size = Plan::sample().records.len();
    let by_itself = checked(size, Trusted::default()).unwrap().seal.unwrap();
    assert!(!by_itself.is_key_trusted);
    assert!(by_itself.cosigned.iter().all(|cosigned| !cosigned.is_trusted));
    assert_eq!(by_itself.cosigned.len(), 2);
    let known = checked(size, trusted(&[our_key()], &[1], 1))
        .unwrap()
        .seal
        .unwrap();
    assert!(known.is_key_trusted);
    let told: Vec<_> = known
        .cosigned
        .iter()
        .map(|cosigned| (cosigned.id.to_string(), cosigned.is_trusted))
        .collect();
    assert_eq!(
        told,
        [
            ("witness1.example".to_owned(), true),
            ("partij-0".to_owned(), false)
        ]
    );
}

#[test]
fn the_servers_key_counts_under_any_name() {
    let elsewhere = our_key().under_name("schrijftafel.org/plan/".parse().unwrap());
    let size = Plan::sample().records.len();
    assert!(checked(size, trusted(&[elsewhere], &[], 0)).is_ok());
}

#[test]
fn a_checkpoint_of_the_first_events_says_how_many() {
    for size in 0..=Plan::sample().records.len() {
        let seal = checked(size, trusted(&[our_key()], &[], 0))
            .unwrap()
            .seal
            .unwrap();
        assert_eq!(seal.head.size, size as u64);
        let last = size
            .checked_sub(1)
            .map(|last| Plan::sample().records[last].envelope.recorded_at);
        assert_eq!(seal.until, last);
    }
}

#[test]
fn strangers_keys_and_missing_words_are_refused() {
    let foreign = LogSigner::from_seed("other.example".parse().unwrap(), &[7; 32]);
    let foreign = foreign.verifier().clone();
    let size = Plan::sample().records.len();
    assert_eq!(
        checked(size, trusted(&[foreign], &[], 0)).unwrap_err(),
        FaultKind::ForeignKey
    );
    assert_eq!(
        checked(size, trusted(&[our_key()], &[0, 1, 2], 3)).unwrap_err(),
        FaultKind::TooFewWitnesses {
            required: 3,
            found: 2
        }
    );
    for asked in [trusted(&[our_key()], &[], 0), trusted(&[], &[0], 1)] {
        let fault = verify(&Plan::sample().export(), asked).unwrap_err();
        assert_eq!(fault.kind, FaultKind::NotSigned);
    }
}

#[test]
fn a_history_rewritten_from_any_event_on_is_not_the_signed_one() {
    let plan = Plan::sample();
    let seals = plan.seals(plan.records.len(), COSIGNERS);
    for at in 0..plan.records.len() {
        let forged = plan.rewritten(at, |envelope, _| envelope.via = crate::log::Via::Token);
        assert!(
            verify(&forged.export(), Trusted::default()).is_ok(),
            "it holds together"
        );
        let fault = verify(&forged.export_sealed(&seals), Trusted::default()).unwrap_err();
        let size = plan.records.len() as u64;
        assert_eq!(fault.kind, FaultKind::NotAsSigned { size });
    }
}

#[test]
fn a_checkpoint_cannot_be_taken_off_or_exchanged() {
    let plan = Plan::sample();
    let seals = plan.seals(plan.records.len(), COSIGNERS);
    let mut lines = lines_of(&plan.export_sealed(&seals));
    let unsigned = lines_of(&plan.export());
    let end = lines.len() - 1;
    lines[end].clone_from(&unsigned[end]);
    let fault = verify(&joined(&lines), Trusted::default()).unwrap_err();
    assert_eq!(fault.kind, FaultKind::OtherCheckpoint);
    let earlier = lines_of(&plan.export_sealed(&plan.seals(3, COSIGNERS)));
    lines[end].clone_from(&earlier[end]);
    let fault = verify(&joined(&lines), Trusted::default()).unwrap_err();
    assert_eq!(fault.kind, FaultKind::OtherCheckpoint);
}

#[test]
fn a_false_signature_is_named() {
    let plan = Plan::sample();
    let seals = plan.seals(plan.records.len(), COSIGNERS);
    let other = plan.rewritten(0, |envelope, _| envelope.via = crate::log::Via::Token);
    let mut of_other = other.seals(plan.records.len(), COSIGNERS);
    // The signatures of one checkpoint under the text of another.
    let text = of_other.checkpoint.as_ref().unwrap().note().text().to_owned();
    let whole = seals.checkpoint.as_ref().unwrap().to_string();
    let (_, signatures) = whole.split_once("\n\n").unwrap();
    let mixed = format!("{text}\n{signatures}");
    of_other.checkpoint = Some(crate::audit::SignedCheckpoint::parse(mixed.as_bytes()).unwrap());
    let fault = verify(&other.export_sealed(&of_other), Trusted::default()).unwrap_err();
    assert!(matches!(fault.kind, FaultKind::Signature { .. }), "{fault}");
}
