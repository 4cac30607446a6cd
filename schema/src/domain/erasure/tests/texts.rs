//! The earlier text of a chapter.

use super::*;

fn request_text() -> Any {
    Any::Erasure(
        REQUEST,
        Command::RequestText {
            chapter: TRIAGE,
            ground: Ground::Unlawful,
            explanation: line("telefoonnummer van een inwoner"),
            extent: Extent::Content,
            let_in_by: BTreeSet::new(),
        },
    )
}

fn closed_in(generation: u32) -> AnyEvent {
    AnyEvent::Erasure(Event::TextClosed {
        id: REQUEST,
        chapter: TRIAGE,
        generation: Generation(generation),
    })
}

#[test]
fn the_earlier_text_of_a_chapter_closes_with_the_second_persons_approval() {
    let mut world = team().given(PROGRAMMATEAM, request_text());
    assert_eq!(
        world.state.erasures.closed_text(TRIAGE),
        None,
        "one person closes nothing"
    );
    assert_eq!(
        world.when(PROGRAMMATEAM, approve()),
        Err(Refusal::ErasureOwnRequest)
    );
    let mut world = world.given(colleague(), approve());
    let approved = last(&world, 0);
    assert_eq!(text_to_close(&world.state, REQUEST), Some(TRIAGE));
    assert_eq!(
        carried_out(&world.state, REQUEST),
        None,
        "the text is not written anew yet"
    );
    let scope = policy::history_scope(&world.state, Some(&WRITER), TRIAGE).unwrap();
    assert_eq!(scope.ensure(approved), Err(Refusal::HistoryErased));

    world.store(&closed_in(2));
    let at = last(&world, 0);
    let known = world.state.erasures.closed_text(TRIAGE).unwrap();
    assert_eq!((known.at.position, known.generation), (at, Some(Generation(2))));
    assert_eq!(text_to_close(&world.state, REQUEST), None);
    let scope = policy::history_scope(&world.state, Some(&WRITER), TRIAGE).unwrap();
    assert_eq!(scope.ensure(at), Err(Refusal::HistoryErased));
    assert_eq!(scope.ensure(at.next()), Ok(()));
    let done = carried_out(&world.state, REQUEST).unwrap();
    world.store(&done);
    assert_eq!(carried_out(&world.state, REQUEST), None, "said once");
    assert_eq!(
        world
            .state
            .erasures
            .erased_text(TRIAGE, approved)
            .map(|(known, _)| known.ground),
        Some(Ground::Unlawful)
    );
}

#[test]
fn the_text_of_a_chapter_is_asked_once_and_not_while_it_is_frozen() {
    let mut world = team();
    for who in [WRITER, TREKKER, COALITIE, BESTUURDER, RESIDENT, BODY_MEMBER] {
        assert_eq!(world.when(who, request_text()), Err(Refusal::NotAllowed));
    }
    let world = world.given(PROGRAMMATEAM, request_text());
    let Any::Erasure(_, again) = request_text() else {
        unreachable!("made above")
    };
    let another = Any::Erasure(ErasureId::from_bytes([41; 16]), again);
    assert_eq!(
        world.clone().when(colleague(), another.clone()),
        Err(Refusal::ErasureAsked)
    );
    let world = world
        .given(TREKKER, Any::Chapter(TRIAGE, chapter::Command::Offer))
        .given(
            PROGRAMMATEAM,
            Any::Chapter(
                TRIAGE,
                chapter::Command::Freeze {
                    version: None,
                    reason: line("naar het bestuur"),
                },
            ),
        );
    assert_eq!(
        world.clone().when(colleague(), approve()),
        Err(Refusal::ChapterFrozen)
    );
    let mut world = world.given(colleague(), decline());
    assert_eq!(world.when(colleague(), another), Err(Refusal::ChapterFrozen));
}

#[test]
fn a_request_about_events_has_the_bytes_it_always_had() {
    let world = amended_twice();
    let wrote = about_night_care(last(&world, 1));
    let world = world.given(PROGRAMMATEAM, request(vec![wrote]));
    let (_, event) = world.log.last().unwrap();
    assert!(!String::from_utf8(event.payload()).unwrap().contains("text"));
    assert_eq!(
        AnyEvent::read(&event.kind(), &event.stream(), &event.payload()).as_ref(),
        Ok(event)
    );
    let world = team().given(PROGRAMMATEAM, request_text());
    let (_, event) = world.log.last().unwrap();
    assert_eq!(
        AnyEvent::read(&event.kind(), &event.stream(), &event.payload()).as_ref(),
        Ok(event)
    );
}
