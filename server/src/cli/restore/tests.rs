//! What an operator may say of what is lost.

use schema::audit::{Checkpoint, LogSigner, TreeHash, TreeHead};
use schema::ids::TimestampMs;

use super::*;
use crate::backup::manifest::{FilePart, Hash32, PlanPart};

const OLD: IncarnationId = IncarnationId::from_bytes([9; 16]);

fn plan(n: u8) -> PlanId {
    PlanId::from_bytes([n; 16])
}

fn manifest(plans: &[u8]) -> Manifest {
    let part = |n: &u8| PlanPart {
        plan: plan(*n),
        next: Position(10),
        chain: Hash32([0; 32]),
        checkpoint: None,
        files: Vec::new(),
    };
    Manifest {
        format: 1,
        program: "0.1.0".to_owned(),
        incarnation: OLD,
        made_at_ms: TimestampMs(0),
        plans: plans.iter().map(part).collect(),
        accounts: FilePart {
            name: "accounts/a".to_owned(),
            bytes: 0,
            sha256: Hash32([0; 32]),
        },
    }
}

#[test]
fn the_last_known_event_may_name_its_plan_and_must_when_there_are_several() {
    let one = manifest(&[1]);
    assert_eq!(last_known("41", &one).unwrap(), (plan(1), Position(41)));
    let two = manifest(&[1, 2]);
    let named = format!("{}=41", plan(2));
    assert_eq!(last_known(&named, &two).unwrap(), (plan(2), Position(41)));
    for wrong in ["41", "x=1", &format!("{}=x", plan(2)), ""] {
        assert!(last_known(wrong, &two).is_err(), "{wrong}");
    }
}

#[test]
fn a_checkpoint_of_the_backed_up_life_says_how_far_the_log_went() {
    let one = manifest(&[1]);
    let note = |incarnation: IncarnationId| {
        let origin = PlanOrigin {
            plan: plan(1),
            incarnation,
        };
        let head = TreeHead {
            size: 57,
            root: TreeHash::from_bytes([7; 32]),
        };
        let signer = LogSigner::from_seed(origin.origin().as_str().parse().unwrap(), &[1; 32]);
        let signed = SignedCheckpoint::sign(Checkpoint::new(origin.origin(), head), &signer);
        signed.unwrap().to_string()
    };
    let stated = Stated::read(&note(OLD), &one).unwrap();
    assert_eq!((stated.plan, stated.size), (plan(1), 57));
    let mut last = BTreeMap::from([(plan(1), Position(20))]);
    note_last(&mut last, &stated);
    assert_eq!(last[&plan(1)], Position(56));
    let other = Stated::read(&note(IncarnationId::from_bytes([8; 16])), &one).unwrap_err();
    assert!(other.to_string().contains("life"), "{other}");
    for wrong in [
        "",
        "example.org/log\n57\n",
        &note(OLD).replace("57", "many"),
        note(OLD).lines().next().unwrap(),
    ] {
        assert!(Stated::read(wrong, &one).is_err(), "{wrong}");
    }
}
