//! Any bytes as a request to a witness that trusts the key of the corpus: no panic, one written form, and what
//! is cosigned states the tree that is stored next.

#![no_main]

use libfuzzer_sys::fuzz_target;
use schema::audit::witness::{AddCheckpoint, Rule, Rules, Scope, decide, parse_conflict};
use schema::audit::{LogSigner, TreeHead};

fuzz_target!(|bytes: &[u8]| {
    let _ = parse_conflict(bytes);
    let Ok(request) = AddCheckpoint::parse(bytes) else {
        return;
    };
    assert_eq!(request.to_string().as_bytes(), bytes);
    let signer = LogSigner::from_seed("a-server".parse().expect("a name"), &[0x33; 32]);
    let rules = Rules(vec![Rule {
        scope: Scope::Below("schrijftafel.org/plan/".parse().expect("a prefix")),
        keys: vec![signer.verifier().clone()],
    }]);
    let head = request.checkpoint.checkpoint().head;
    let at = TreeHead {
        size: request.old_size,
        root: head.root,
    };
    for stored in [None, Some(at)] {
        match decide(stored.as_ref(), &rules, &request) {
            Ok(accepted) => assert_eq!(accepted.state, head),
            Err(refusal) => assert!((400..500).contains(&refusal.status())),
        }
    }
});
