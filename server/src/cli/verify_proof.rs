//! The proof of one event, as the pages save it, for `schrijftafel audit verify`.
//!
//! Why keys come from the reader first: the file names the keys that its server named. With `--key` and `--witness` the
//! answer rests on what the reader knows, and another signature is a fault; without, it says that only the file knows.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use schema::audit::{LogKey, ProofFile, Trust, UnixSeconds, Verified, proof};
use schema::date_time;
use schema::ids::TimestampMs;
use schema::limits::PROOF_FILE_BYTES_MAX;

use super::plain::{self, say};
use super::verify::TrustArgs;
use crate::counted::counted;

/// The proof in a file; nothing for a file that is none, which then is taken for an export.
#[must_use]
pub fn read(file: &Path) -> Option<ProofFile> {
    let size = fs::metadata(file).ok()?.len();
    if usize::try_from(size).ok()? > PROOF_FILE_BYTES_MAX {
        return None;
    }
    ProofFile::from_json(&fs::read(file).ok()?).ok()
}

/// Checks a proof and prints what it proves.
///
/// # Errors
/// What is wrong with it, or too few of the witnesses that the reader named.
pub fn run(file: &ProofFile, reader: &TrustArgs) -> Result<()> {
    let trust = trusted(file, reader)?;
    let verified = proof::verify(&file.proof, &trust).context("the proof does not verify")?;
    if !reader.witness.is_empty() && !verified.witnesses.is_met() {
        bail!(
            "the proof does not verify: {} of the witnesses you named cosigned, {} must",
            verified.witnesses.cosigned.len(),
            verified.witnesses.required
        );
    }
    say!("{}", told(file, &trust, &verified, reader).trim_end());
    Ok(())
}

/// What the reader believes, or else what the file says.
fn trusted(file: &ProofFile, reader: &TrustArgs) -> Result<Trust> {
    Ok(reader.trusted()?.over(&file.trust))
}

fn told(file: &ProofFile, trust: &Trust, verified: &Verified, reader: &TrustArgs) -> String {
    let mut lines = vec![format!(
        "The proof holds: event {} of plan {} stands in the log as it was recorded. Log {}.",
        verified.position().0,
        verified.leaf.plan,
        verified.origin
    )];
    lines.push(shown(verified));
    let whose = if reader.key.is_empty() {
        "by a key that only the file names, so compare it with what you know"
    } else {
        "by a key you named"
    };
    let note = file.proof.checkpoint.note();
    let signed = |key: &&LogKey| matches!(note.is_signed_by(key), Ok(true));
    for key in trust.log_keys.iter().filter(signed) {
        lines.push(format!(
            "Signed: the first {}, {whose}: {key}.",
            counted(verified.head.size, "event")
        ));
    }
    if verified.witnesses.cosigned.is_empty() {
        lines.push("No witness cosigned.".to_owned());
    }
    let known = if reader.witness.is_empty() {
        "a witness that only the file names"
    } else {
        "a witness you named"
    };
    for (id, at) in &verified.witnesses.cosigned {
        lines.push(format!("Cosigned by {id} at {} ({known}).", time(*at)));
    }
    lines.push(String::new());
    lines.join("\n")
}

fn shown(verified: &Verified) -> String {
    let Some(envelope) = &verified.envelope else {
        return "What it is, when it was recorded and by whom is not shown.".to_owned();
    };
    let content = match verified.payload.as_deref().map(std::str::from_utf8) {
        None => "not shown".to_owned(),
        Some(Ok(text)) => plain::in_a_line(text).into_owned(),
        Some(Err(_)) => format!(
            "{} of text editing",
            counted(verified.payload.as_ref().map_or(0, Vec::len), "byte")
        ),
    };
    format!(
        "Recorded at {}: {} in {}, by the actor of event {}. Content: {content}",
        date_time::format(envelope.recorded_at),
        envelope.kind,
        envelope.stream,
        envelope.who.0.0
    )
}

fn time(at: UnixSeconds) -> String {
    date_time::format(TimestampMs(at.get().saturating_mul(1_000)))
}

#[cfg(test)]
mod tests {
    use schema::audit::Witness;

    use super::*;

    fn kept() -> ProofFile {
        let proof = include_str!("../../../tests/golden/audit/proof-1.json");
        let trust = include_str!("../../../tests/golden/audit/trust-1.json");
        let file = format!(r#"{{ "proof": {proof}, "trust": {trust}, "shown": "everything" }}"#);
        ProofFile::from_json(file.as_bytes()).unwrap()
    }

    fn nobody() -> TrustArgs {
        TrustArgs {
            key: Vec::new(),
            witness: Vec::new(),
            quorum: None,
        }
    }

    fn said(file: &ProofFile, reader: &TrustArgs) -> String {
        let trust = trusted(file, reader).unwrap();
        told(file, &trust, &proof::verify(&file.proof, &trust).unwrap(), reader)
    }

    #[test]
    fn without_keys_the_answer_says_that_only_the_file_knows_them() {
        let file = kept();
        run(&file, &nobody()).unwrap();
        let said = said(&file, &nobody());
        for part in [
            "event 7 of plan",
            "only the file names, so compare",
            "Cosigned by party-0",
            "Content: woord 7",
        ] {
            assert!(said.contains(part), "{part}: {said}");
        }
    }

    #[test]
    fn keys_that_the_reader_knows_are_believed_under_any_name() {
        let file = kept();
        let [Witness { keys, .. }, ..] = file.trust.quorum.witnesses() else {
            panic!("the sample has witnesses");
        };
        let reader = TrustArgs {
            key: vec![file.trust.log_keys[0].under_name("a.server.example".parse().unwrap())],
            witness: keys.clone(),
            quorum: None,
        };
        run(&file, &reader).unwrap();
        assert!(said(&file, &reader).contains("a key you named"));
        assert!(said(&file, &reader).contains("witness0.example at"));
    }

    #[test]
    fn a_stranger_s_key_or_a_witness_that_did_not_cosign_is_a_fault() {
        let file = kept();
        let stranger = schema::audit::LogSigner::from_seed("a.example".parse().unwrap(), &[9; 32]);
        let reader = TrustArgs {
            key: vec![stranger.verifier().clone()],
            ..nobody()
        };
        run(&file, &reader).unwrap_err();
        let silent = file.trust.quorum.witnesses().last().unwrap().keys.clone();
        let reader = TrustArgs {
            witness: silent,
            ..nobody()
        };
        assert!(
            run(&file, &reader)
                .unwrap_err()
                .to_string()
                .contains("0 of the witnesses")
        );
    }

    #[test]
    fn a_file_of_which_a_byte_was_changed_does_not_verify() {
        let mut file = kept();
        file.proof.path.pop();
        run(&file, &nobody()).unwrap_err();
    }
}
