//! A chapter's earlier text is approved to be erased: it goes on in a fresh generation.

use serde_json::json;

use super::world::{ALDER, BREE, PROGRAMME, World, chapter_id, id16, plan_id};
use super::*;

/// The earlier text of the chapter is asked to go by one of the programme team and approved by another.
pub fn approve_erasing(world: &mut World) -> ErasureId {
    let colleague = Caller {
        person: PersonId::from_bytes(id16(9)),
        ..PROGRAMME
    };
    let id = ErasureId::from_bytes(id16(140));
    let grant = json!({ "rights": { "type": "grant", "person": colleague.person, "party": colleague.party,
        "role": { "role": "programmateam" } } });
    let request = json!({ "erasure": [id, { "type": "requestText", "chapter": chapter_id(), "ground": "unlawful",
        "explanation": "een naam", "extent": "content", "letInBy": [] }] });
    let approve = json!({ "erasure": [id, { "type": "approve", "arePast": true, "letInBy": [] }] });
    for (n, who, command) in [
        (141, PROGRAMME, grant),
        (142, PROGRAMME, request),
        (143, colleague, approve),
    ] {
        world
            .command_as(who, CommandId::from_bytes(id16(n)), command, None)
            .unwrap();
    }
    id
}

pub fn close_text(world: &mut World, erasure: ErasureId) {
    let plan = plan_id();
    world.handle(Input::CloseText { plan, erasure });
}

#[test]
fn an_approved_erasure_ends_the_generation_and_the_text_goes_on_as_it_stands() {
    let mut world = World::with_plan();
    let mut alder = world.opened(1, Some(ALDER));
    alder.type_at(&mut world, 0, "geheim ");
    world.settle_copy();
    world.hold_follow = true;
    alder.type_at(&mut world, 0, "blijft ");
    let erasure = approve_erasing(&mut world);
    close_text(&mut world, erasure);
    alder.take(&mut world);
    assert_eq!(alder.moved, Some(Generation(2)), "rule N1");
    let late = alder.type_at(&mut world, 0, "te laat ");
    assert!(!late.is_empty());
    let reader = world.opened(3, Some(BREE));
    assert_eq!(
        (reader.text().as_str(), reader.erased_before),
        ("blijft geheim ", Some(Generation(2))),
        "rule N3: nothing is lost that was durable, and nothing comes in from before"
    );
    let length = world.log_length();
    close_text(&mut world, erasure);
    assert_eq!(world.log_length(), length, "asked again, nothing happens");
    world.restart();
    let mut after = world.opened(4, Some(ALDER));
    assert_eq!(after.text(), "blijft geheim ", "also when read from the log");
    close_text(&mut world, erasure);
    assert_eq!(world.log_length(), length + 1, "only an actor was bound");
    after.type_at(&mut world, 0, "verder ");
    after.take(&mut world);
    assert_eq!(after.acknowledged, 1);
}

#[test]
fn a_chapter_that_nobody_has_open_is_written_anew_too() {
    let mut world = World::with_plan();
    let mut alder = world.opened(1, Some(ALDER));
    alder.type_at(&mut world, 0, "tekst");
    let erasure = approve_erasing(&mut world);
    world.restart();
    close_text(&mut world, erasure);
    let closed = world
        .kinds()
        .iter()
        .rposition(|kind| kind == "erasure.text-closed/1");
    let started = world.kinds().iter().rposition(|kind| kind == "text.generation/1");
    assert_eq!(
        started,
        closed.map(|at| at + 1),
        "what may be looked at begins right behind what closed the rest"
    );
    assert_eq!(world.opened(2, Some(BREE)).text(), "tekst");
}
