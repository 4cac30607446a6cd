//! The check of a proof of one event, as the pages save it: the same page takes it as takes an export.
//!
//! Why it claims so little: the file names plan and person by number only, and its keys are those that its server
//! named. What the reader knows from elsewhere goes before them, and the answer says which of the two it rests on.

use schema::audit::{LogKey, ProofFile, Verified, proof};
use schema::date_time;
use schema::export::Cosigned;
use schema::ids::{PlanId, Position};
use schema::log::{Kind, Stream};
use serde::Serialize;
use serde_json::Value;

use super::{Keys, KeysError};
use crate::proving::{Fault, FaultCode};

/// What is told of a proof.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
enum Answer {
    /// Why it proves nothing.
    Unproved(Fault),
    /// What it proves.
    Proved(Box<Proved>),
}

/// An event that stands in the signed log as it was recorded.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Proved {
    plan: PlanId,
    position: Position,
    /// How many events were signed.
    size: u64,
    /// The keys of the log that signed.
    keys: Vec<LogKey>,
    is_key_trusted: bool,
    cosigned: Vec<Cosigned>,
    /// Nothing where that is withheld or erased.
    event: Option<Shown>,
}

/// What is shown of the event.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Shown {
    at: String,
    kind: Kind,
    stream: Stream,
    /// The event that says who did it.
    actor_position: Position,
    /// Nothing where it is withheld or erased, and for changes of text, which are no JSON.
    content: Option<Value>,
    content_bytes: Option<usize>,
}

/// Checks a proof against what the reader believes, and where that is nothing against what the file says. The answer
/// as JSON, `{"proved": …}` or `{"unproved": …}`; nothing for a file that is no proof.
///
/// # Errors
/// [`KeysError`] for a line of `keys` that is no key.
pub fn answer(file: &str, keys: &str) -> Result<Option<String>, KeysError> {
    let Ok(file) = ProofFile::from_json(file.as_bytes()) else {
        return Ok(None);
    };
    let told = match judged(&file, Keys::read(keys)?)? {
        Ok(proved) => Answer::Proved(Box::new(proved)),
        Err(fault) => Answer::Unproved(fault),
    };
    Ok(Some(
        serde_json::to_string(&told).expect("an answer is text, numbers and lists"),
    ))
}

fn judged(file: &ProofFile, keys: Keys) -> Result<Result<Proved, Fault>, KeysError> {
    let (is_key_trusted, is_witness_trusted) = (!keys.of_log.is_empty(), !keys.of_witnesses.is_empty());
    let trust = keys.trusted()?.over(&file.trust);
    let verified = match proof::verify(&file.proof, &trust) {
        Ok(verified) => verified,
        Err(error) => return Ok(Err(error.into())),
    };
    if is_witness_trusted && !verified.witnesses.is_met() {
        let said = "too few of the witnesses that the reader named cosigned";
        return Ok(Err(Fault::of(FaultCode::TooFewWitnesses, said)));
    }
    let note = file.proof.checkpoint.note();
    let signed = |key: &LogKey| matches!(note.is_signed_by(key), Ok(true));
    let cosigned = verified.witnesses.cosigned.iter().map(|(id, at)| Cosigned {
        id: id.clone(),
        at_seconds: at.get(),
        is_trusted: is_witness_trusted,
    });
    Ok(Ok(Proved {
        plan: verified.leaf.plan,
        position: verified.position(),
        size: verified.head.size,
        keys: trust.log_keys.iter().filter(|key| signed(key)).cloned().collect(),
        is_key_trusted,
        cosigned: cosigned.collect(),
        event: shown(&verified),
    }))
}

fn shown(verified: &Verified) -> Option<Shown> {
    let envelope = verified.envelope.as_ref()?;
    let payload = verified.payload.as_deref();
    Some(Shown {
        at: date_time::format(envelope.recorded_at),
        kind: envelope.kind.clone(),
        stream: envelope.stream,
        actor_position: envelope.who.0,
        content: payload
            .and_then(|payload| serde_json::from_slice(payload).ok())
            .filter(Value::is_object),
        content_bytes: payload.map(<[u8]>::len),
    })
}

#[cfg(test)]
mod tests {
    use schema::audit::Extent;
    use serde_json::json;

    use super::*;
    use crate::proving::tests::sample::{Log, signer, witness};

    fn told(file: &Value, keys: &str) -> Value {
        serde_json::from_str(&answer(&file.to_string(), keys).unwrap().unwrap()).unwrap()
    }

    #[test]
    fn a_proof_says_what_it_shows_and_under_whose_keys() {
        let file = Log::of("Nachtzorg samen", 9).answer(2, Extent::Everything);
        let told = &told(&file, "")["proved"];
        assert_eq!((&told["position"], &told["size"]), (&json!(2), &json!(9)));
        assert_eq!(told["plan"], json!(crate::proving::tests::sample::PLAN));
        assert_eq!(told["event"]["kind"], "commitment.amended/1");
        assert_eq!(told["event"]["actorPosition"], 0);
        assert_eq!(told["event"]["content"]["changes"][0]["new"], "Nachtzorg samen");
        assert_eq!(
            (&told["isKeyTrusted"], &told["cosigned"][0]["isTrusted"]),
            (&json!(false), &json!(false))
        );
        assert_eq!(told["keys"], json!([signer().verifier()]));
    }

    #[test]
    fn what_is_withheld_is_told_as_nothing() {
        let log = Log::of("Nachtzorg samen", 9);
        let envelope = told(&log.answer(2, Extent::Envelope), "");
        assert_eq!(envelope["proved"]["event"]["contentBytes"], Value::Null);
        assert_eq!(
            told(&log.answer(2, Extent::Leaf), "")["proved"]["event"],
            Value::Null
        );
    }

    #[test]
    fn keys_of_the_reader_go_before_those_of_the_file() {
        let file = Log::of("Nachtzorg samen", 9).answer(2, Extent::Everything);
        let elsewhere = signer().under_name("a.server.example".parse().unwrap());
        let known = format!("{}\n{}", elsewhere.verifier(), witness().verifier());
        let told_known = told(&file, &known);
        assert_eq!(told_known["proved"]["isKeyTrusted"], true);
        assert_eq!(told_known["proved"]["cosigned"][0]["isTrusted"], true);
        let stranger = schema::audit::LogSigner::from_seed("a.example".parse().unwrap(), &[9; 32]);
        let told_stranger = told(&file, &stranger.verifier().to_string());
        assert_eq!(told_stranger["unproved"]["code"], "logSignature");
        let silent = schema::audit::WitnessSigner::from_seed("else.example".parse().unwrap(), &[8; 32]);
        let told_silent = told(&file, &silent.verifier().to_string());
        assert_eq!(told_silent["unproved"]["code"], "tooFewWitnesses");
        assert!(answer(&file.to_string(), "wat?").is_err());
    }

    #[test]
    fn a_changed_proof_proves_nothing_and_another_file_is_none() {
        let mut file = Log::of("Nachtzorg samen", 9).answer(2, Extent::Everything);
        file["proof"]["path"].as_array_mut().unwrap().pop();
        assert_eq!(told(&file, "")["unproved"]["code"], "notInLog");
        let export = include_str!("../../../tests/golden/export/plan-1.jsonl");
        for other in [export, "{}", ""] {
            assert_eq!(answer(other, "").unwrap(), None);
        }
    }
}
