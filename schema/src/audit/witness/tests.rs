//! A witness: one log that grows, and every way in which it is refused; requests and answers as they travel.

use proptest::prelude::*;

use super::*;
use crate::audit::merkle::consistency_proof;
use crate::audit::sample::{ORIGIN, Sample, log_signer, signed, witness};
use crate::audit::{Checkpoint, LogKey, LogSigner, TreeHash};
use crate::limits::{CONSISTENCY_PROOF_HASHES_MAX, WITNESS_REQUEST_BYTES_MAX};

/// The body that the specification gives as an example, with one signature.
const EXAMPLE: &str = "old 20852014\nPlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=\njrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=\n5+pKlUdi2LeF/BcMHBn+Ku6yhPGNCswZZD1X/6QgPd8=\n/6WVhPs2CwSsb5rYBH5cjHV/wSmA79abXAwhXw3Kj/0=\n\nexample.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n";

fn exact() -> Rules {
    Rules(vec![Rule {
        scope: Scope::Exact(ORIGIN.origin()),
        keys: vec![log_signer().verifier().clone()],
    }])
}

fn request(old_size: u64, new_size: u64) -> AddCheckpoint {
    let sample = Sample::of(new_size);
    AddCheckpoint {
        old_size,
        proof: consistency_proof(old_size, new_size, |node| sample.node(node)).unwrap(),
        checkpoint: sample.checkpoint(),
    }
}

fn head(size: u64) -> TreeHead {
    Sample::of(size).frontier.head()
}

/// A tree of the same size with another past.
fn forked(size: u64) -> SignedCheckpoint {
    let root = TreeHash::of_leaf(b"another past");
    signed(TreeHead { size, root })
}

fn refused(stored: Option<&TreeHead>, request: &AddCheckpoint) -> (u16, String) {
    let refusal = decide(stored, &exact(), request).unwrap_err();
    (refusal.status(), refusal.body().1)
}

#[test]
fn a_log_that_grows_is_cosigned() {
    let mut stored = None;
    for (old, new) in [(0, 0), (0, 3), (3, 3), (3, 4), (4, 9), (9, 40)] {
        let request = request(old, new);
        let accepted = decide(stored.as_ref(), &exact(), &request).unwrap();
        assert_eq!(accepted.state, head(new));
        let line = accepted.cosign(&witness(0), UnixSeconds::new(1 + new).unwrap());
        let mut cosigned = request.checkpoint.clone();
        let known = [witness(0).verifier().clone()];
        assert_eq!(cosigned.add_answer(answer(&[line]).as_bytes(), &known), Ok(1));
        assert_eq!(cosigned.cosigned_at(&known[0]), Ok(UnixSeconds::new(1 + new)));
        stored = Some(accepted.state);
    }
}

#[test]
fn another_past_is_never_cosigned() {
    let stored = head(9);
    let longer = AddCheckpoint {
        checkpoint: forked(12),
        ..request(9, 12)
    };
    assert_eq!(refused(Some(&stored), &longer).0, 422);
    let same_size = AddCheckpoint {
        checkpoint: forked(9),
        ..request(9, 9)
    };
    assert_eq!(refused(Some(&stored), &same_size).0, 422);
    let without_proof = AddCheckpoint {
        proof: Vec::new(),
        ..request(9, 12)
    };
    assert_eq!(refused(Some(&stored), &without_proof).0, 422);
    let proof_from_nothing = AddCheckpoint {
        proof: vec![TreeHash::of_leaf(b"")],
        ..request(0, 12)
    };
    assert_eq!(refused(None, &proof_from_nothing).0, 422);
    let full_tree_without_leaves = AddCheckpoint {
        checkpoint: forked(0),
        ..request(0, 0)
    };
    assert_eq!(refused(None, &full_tree_without_leaves).0, 422);
}

#[test]
fn a_proof_from_elsewhere_is_told_where_the_witness_is() {
    assert_eq!(refused(Some(&head(9)), &request(3, 12)), (409, "9\n".to_owned()));
    assert_eq!(refused(Some(&head(9)), &request(0, 12)), (409, "9\n".to_owned()));
    assert_eq!(refused(Some(&head(9)), &request(3, 5)), (409, "9\n".to_owned()));
    assert_eq!(refused(None, &request(3, 12)), (409, "0\n".to_owned()));
    let refusal = decide(Some(&head(9)), &exact(), &request(3, 12)).unwrap_err();
    assert_eq!(refusal.body().0, "text/x.tlog.size");
    assert_eq!(parse_conflict(refusal.body().1.as_bytes()), Some(9));
    assert_eq!(parse_conflict(b"9"), None);
    assert_eq!(parse_conflict(b"09\n"), None);
    let backwards = AddCheckpoint {
        old_size: 12,
        ..request(9, 9)
    };
    assert_eq!(refused(Some(&head(12)), &backwards).0, 400);
}

#[test]
fn only_known_logs_are_heard_and_only_by_their_keys() {
    let request = request(0, 3);
    assert_eq!(
        decide(None, &Rules::default(), &request).unwrap_err().status(),
        404
    );
    let with_key = |seed| {
        let mut rules = exact();
        rules.0[0].keys = vec![
            LogSigner::from_seed(log_signer().verifier().name().clone(), &[seed; 32])
                .verifier()
                .clone(),
        ];
        rules
    };
    assert_eq!(decide(None, &with_key(1), &request).unwrap_err().status(), 403);
    let mut forged = request.clone();
    let text = forged.checkpoint.to_string().replacen("\n3\n", "\n4\n", 1);
    forged.checkpoint = SignedCheckpoint::parse(text.as_bytes()).unwrap();
    assert_eq!(refused(None, &forged).0, 403);
}

#[test]
fn a_prefix_trusts_every_log_below_it_by_one_public_key() {
    let of_server: LogKey = log_signer().verifier().under_name("a-server".parse().unwrap());
    let below = |prefix: &str, key: &LogKey| {
        Rules(vec![Rule {
            scope: Scope::Below(prefix.parse().unwrap()),
            keys: vec![key.clone()],
        }])
    };
    let request = request(0, 3);
    let status = |rules| decide(None, &rules, &request).map_or_else(|refusal| refusal.status(), |_| 200);
    assert_eq!(status(below("schrijftafel.org/plan/", &of_server)), 200);
    assert_eq!(status(below("schrijftafel.org/", &of_server)), 200);
    assert_eq!(status(below("schrijftafel.nl/plan/", &of_server)), 404);
    let stranger = LogSigner::from_seed("a-server".parse().unwrap(), &[1; 32]);
    assert_eq!(status(below("schrijftafel.org/plan/", stranger.verifier())), 403);
    assert!("schrijftafel.org/pl".parse::<OriginPrefix>().is_err());
    assert!("".parse::<OriginPrefix>().is_err());
    let unnameable = Checkpoint::new(
        "schrijftafel.org/plan/met spatie".parse().unwrap(),
        TreeHead::empty(),
    );
    assert!(
        below("schrijftafel.org/plan/", &of_server)
            .keys_for(&unnameable.origin)
            .is_empty()
    );
}

#[test]
fn a_request_has_one_form() {
    let read = AddCheckpoint::parse(EXAMPLE.as_bytes()).unwrap();
    assert_eq!((read.old_size, read.proof.len()), (20_852_014, 4));
    assert_eq!(read.to_string(), EXAMPLE);
    let changed = |from: &str, to: &str| AddCheckpoint::parse(EXAMPLE.replacen(from, to, 1).as_bytes());
    assert_eq!(changed("old 2", "old 02"), Err(RequestError::OldSize));
    assert_eq!(changed("old ", "new "), Err(RequestError::OldSize));
    assert_eq!(changed("old ", "old"), Err(RequestError::OldSize));
    assert_eq!(changed("jrJZ", "jrJ"), Err(RequestError::Hash(1)));
    assert_eq!(changed("\n\n", "\n"), Err(RequestError::Hash(4)));
    assert!(matches!(
        changed("\n\n", "\n\n\n"),
        Err(RequestError::Checkpoint(_))
    ));
    assert!(matches!(
        changed("\n20852163\n", "\n-1\n"),
        Err(RequestError::Checkpoint(_))
    ));
    let hash = format!("{}\n", TreeHash::of_leaf(b""));
    let lines = |count| format!("old 0\n{}\n{}", hash.repeat(count), Sample::of(1).checkpoint());
    assert!(AddCheckpoint::parse(lines(CONSISTENCY_PROOF_HASHES_MAX).as_bytes()).is_ok());
    let too_many = AddCheckpoint::parse(lines(CONSISTENCY_PROOF_HASHES_MAX + 1).as_bytes());
    assert_eq!(too_many, Err(RequestError::TooManyHashes));
    assert_eq!(Refusal::from(too_many.unwrap_err()).status(), 400);
    assert_eq!(
        AddCheckpoint::parse(&vec![b'\n'; WITNESS_REQUEST_BYTES_MAX + 1]),
        Err(RequestError::TooLong)
    );
}

#[test]
fn of_an_answer_only_known_signatures_are_taken() {
    let mut checkpoint = Sample::of(3).checkpoint();
    let before = checkpoint.clone();
    let at = UnixSeconds::new(5).unwrap();
    let both = answer(&[
        witness(0).cosign(&checkpoint, at),
        witness(1).cosign(&checkpoint, at),
    ]);
    let known = [witness(1).verifier().clone()];
    assert_eq!(
        checkpoint.add_answer(both.as_bytes(), &[]),
        Err(AnswerError::NoneKnown)
    );
    let of_other_tree = answer(&[witness(1).cosign(&Sample::of(4).checkpoint(), at)]);
    assert!(matches!(
        checkpoint.add_answer(of_other_tree.as_bytes(), &known),
        Err(AnswerError::Bad(_))
    ));
    assert!(matches!(
        checkpoint.add_answer(b"ok\n", &known),
        Err(AnswerError::Malformed(_))
    ));
    assert!(matches!(
        checkpoint.add_answer(b"", &known),
        Err(AnswerError::Malformed(_))
    ));
    assert_eq!(checkpoint, before);
    assert_eq!(checkpoint.add_answer(both.as_bytes(), &known), Ok(1));
    assert_eq!(checkpoint.note().signatures().len(), 2);
}

proptest! {
    #[test]
    fn a_witness_never_goes_back_nor_sideways(steps in prop::collection::vec((0..40_u64, 0..40_u64, any::<bool>()), 1..12)) {
        let mut stored: Option<TreeHead> = None;
        for (old, new, is_forked) in steps {
            let mut request = request(old.min(new), new);
            if is_forked {
                request.checkpoint = forked(new);
            }
            if let Ok(accepted) = decide(stored.as_ref(), &exact(), &request) {
                prop_assert!(stored.is_none_or(|stored| stored.size <= accepted.state.size));
                // A first checkpoint is believed as it stands; after it, only the one past is.
                let is_first = stored.is_none_or(|stored| stored.size == 0);
                let began_forked = stored.is_some_and(|stored| stored.size > 0 && stored != head(stored.size));
                prop_assert!(is_first || began_forked || accepted.state == head(new));
                stored = Some(accepted.state);
            }
        }
    }

    #[test]
    fn any_bytes_are_a_request_or_not(bytes in prop::collection::vec(any::<u8>(), 0..200), at in 0..EXAMPLE.len(), byte in any::<u8>()) {
        let mut changed = EXAMPLE.as_bytes().to_vec();
        changed[at] = byte;
        for bytes in [bytes, changed] {
            if let Ok(request) = AddCheckpoint::parse(&bytes) {
                prop_assert_eq!(request.to_string().into_bytes(), bytes);
            }
        }
    }
}
