//! Checkpoints: the example of `tlog-checkpoint`, its one text, the origin of a plan, keys that change.

use proptest::prelude::*;

use super::*;
use crate::audit::sample::{ORIGIN, Sample, log_signer, signed};
use crate::audit::{LogSigner, TreeHead};
use crate::ids::IncarnationId;

const EXAMPLE: &str = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";

#[test]
fn the_example_of_the_specification_is_read() {
    let checkpoint: Checkpoint = EXAMPLE.parse().unwrap();
    assert_eq!(checkpoint.origin.as_str(), "example.com/behind-the-sofa");
    assert_eq!(checkpoint.head.size, 20_852_163);
    assert_eq!(
        checkpoint.head.root.to_string(),
        "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I="
    );
    assert_eq!(checkpoint.to_string(), EXAMPLE);
}

#[test]
fn lines_of_strangers_are_kept() {
    let text = format!("{EXAMPLE}een regel\nnog een\n");
    let checkpoint: Checkpoint = text.parse().unwrap();
    assert_eq!(checkpoint.extensions(), ["een regel", "nog een"]);
    assert_eq!(checkpoint.to_string(), text);
}

#[test]
fn other_text_is_no_checkpoint() {
    let changed = |from: &str, to: &str| EXAMPLE.replace(from, to).parse::<Checkpoint>();
    for size in [
        "",
        "020852163",
        "-1",
        "+1",
        "1e3",
        "4611686018427387905",
        " 20852163",
    ] {
        assert_eq!(changed("20852163", size), Err(CheckpointError::Size), "{size:?}");
    }
    assert!(changed("20852163", "4611686018427387904").is_ok());
    for root in [
        "",
        "CsUY",
        "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2J=",
        "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I",
    ] {
        assert_eq!(
            changed("CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=", root),
            Err(CheckpointError::Root)
        );
    }
    assert_eq!(
        changed("example.com/behind-the-sofa", ""),
        Err(CheckpointError::Origin(ParseOriginError::Line))
    );
    assert_eq!(changed("q2I=\n", "q2I="), Err(CheckpointError::Lines));
    assert_eq!(changed("q2I=\n", "q2I=\n\n"), Err(CheckpointError::Lines));
    assert_eq!("a\n1\n".parse::<Checkpoint>(), Err(CheckpointError::Lines));
    assert_eq!("".parse::<Checkpoint>(), Err(CheckpointError::Lines));
}

#[test]
fn the_origin_of_a_plan_names_plan_and_incarnation() {
    let text =
        "schrijftafel.org/plan/11111111-1111-1111-1111-111111111111/22222222-2222-2222-2222-222222222222";
    assert_eq!(ORIGIN.to_string(), text);
    assert_eq!(text.parse(), Ok(ORIGIN));
    let restored = PlanOrigin {
        incarnation: IncarnationId::from_bytes([0x23; 16]),
        ..ORIGIN
    };
    assert_ne!(restored.origin(), ORIGIN.origin());
    for other in [
        text.to_owned() + "/",
        text.replace('-', ""),
        text.replace("plan/1", "plan/A"),
        text.replace(".org", ".nl"),
        text.replace("/22222222-2222-2222-2222-222222222222", ""),
        text.replace("1111-1111-1111", "1111-1111"),
    ] {
        assert_eq!(
            other.parse::<PlanOrigin>(),
            Err(ParseOriginError::Plan),
            "{other}"
        );
    }
}

#[test]
fn a_log_signs_and_is_believed_by_its_key_only() {
    let checkpoint = Sample::of(5).checkpoint();
    let key = log_signer().verifier().clone();
    let stranger = LogSigner::from_seed(key.name().clone(), &[1; 32])
        .verifier()
        .clone();
    assert_eq!(checkpoint.verify_log(&[stranger.clone(), key.clone()]), Ok(()));
    assert_eq!(
        checkpoint.verify_log(&[stranger]),
        Err(LogSignatureError::Missing)
    );
    assert_eq!(checkpoint.verify_log(&[]), Err(LogSignatureError::Missing));
    let text = checkpoint.to_string().replacen("\n5\n", "\n6\n", 1);
    let forged = SignedCheckpoint::parse(text.as_bytes()).unwrap();
    assert!(matches!(
        forged.verify_log(&[key]),
        Err(LogSignatureError::Bad(_))
    ));
}

#[test]
fn while_keys_change_both_sign_and_either_is_enough() {
    let mut checkpoint = signed(TreeHead::empty());
    let next = log_signer().verifier().name().clone();
    let next = LogSigner::from_seed(next, &[2; 32]);
    checkpoint.sign_also(&next).unwrap();
    let read = SignedCheckpoint::parse(checkpoint.to_string().as_bytes()).unwrap();
    assert_eq!(read.verify_log(&[log_signer().verifier().clone()]), Ok(()));
    assert_eq!(read.verify_log(&[next.verifier().clone()]), Ok(()));
}

proptest! {
    #[test]
    fn any_text_is_a_checkpoint_or_not(text in "[a-z/]{0,9}\n[0-9]{0,20}\n[A-Za-z0-9+/]{43}=\n(x\n|\n){0,2}", noise in ".{0,90}") {
        for text in [text, noise] {
            if let Ok(checkpoint) = text.parse::<Checkpoint>() {
                prop_assert_eq!(checkpoint.to_string(), text);
            }
        }
    }

    #[test]
    fn any_bytes_are_a_signed_checkpoint_or_not(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = SignedCheckpoint::parse(&bytes);
    }
}
