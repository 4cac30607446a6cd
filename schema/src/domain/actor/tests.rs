//! The bytes of `actor.bound/1`.

use super::*;
use crate::domain::tests::*;

#[test]
fn an_actor_says_its_roles_and_mandates() {
    let bound = ActorBound::person(&world().state, &COALITIE);
    let Identity::Person { roles, .. } = &bound.identity else {
        panic!("a person")
    };
    assert_eq!(roles.len(), 1);
    assert!(roles[0].mandate.is_some());
    assert_eq!(bound.caller(), Some(COALITIE));
}

#[test]
fn an_actor_survives_its_bytes() {
    let text = TextBinding {
        chapter: TRIAGE,
        generation: Generation(1),
        actor: BoundActor::from_bytes([5; 16]),
    };
    let bound = ActorBound {
        device: Some(DeviceId::from_bytes([1; 16])),
        page_session: Some(PageSessionId::from_bytes([2; 16])),
        text: Some(text),
        ..ActorBound::person(&world().state, &WRITER)
    };
    assert_eq!(ActorBound::read(&bound.payload()).unwrap(), bound);
    let said = String::from_utf8(bound.payload()).unwrap();
    assert!(
        !said.contains("brought"),
        "what was always bound keeps its bytes: {said}"
    );
    let brought = ActorBound {
        brought: true,
        ..bound
    };
    assert_eq!(ActorBound::read(&brought.payload()).unwrap(), brought);
    assert!(ActorBound::read(b"{}").is_err());
    assert!(ActorBound::read(b"\xff").is_err());
}
