//! What is in force in a commitment is not erased, whatever else the same event says.

use super::*;

#[test]
fn what_took_the_place_of_a_past_value_is_not_named_itself() {
    let mut world = team()
        .given(WRITER, solved("Nachtzorg bellen"))
        .given(WRITER, solved(SECRET));
    let wrote = about_night_care(last(&world, 0));
    assert_eq!(
        world.when(PROGRAMMATEAM, request(vec![wrote])),
        Err(Refusal::StillInForce),
        "that it also says what was before makes it no past"
    );
    let world = world.given(WRITER, solved("Nachtzorg"));
    let mut world = world
        .given(PROGRAMMATEAM, request(vec![wrote]))
        .given(WRITER, solved(SECRET));
    assert_eq!(world.when(colleague(), approve()), Err(Refusal::StillInForce));
    let cleared = amended(Patch {
        solution: Some(None),
        ..Patch::default()
    });
    let world = world.given(WRITER, cleared).given(colleague(), approve());
    assert!(!format!("{:?}", world.state).contains("Jansen"));
}

#[test]
fn one_value_of_several_goes_and_the_others_stay_unless_it_came_back() {
    let both = amended(Patch {
        title: Some(Some(line("Nachtzorg samen bellen"))),
        solution: Some(Some(prose(SECRET))),
        ..Patch::default()
    });
    let world = team().given(WRITER, both);
    let wrote = about_night_care(last(&world, 0));
    let world = world.given(WRITER, solved("Nachtzorg bellen"));
    let known = &world.state.commitments[&NIGHT_CARE];
    let stays: Vec<_> = known.in_force(wrote.position).collect();
    assert_eq!(stays, [commitment::Field::Title]);
    let world = world.given(PROGRAMMATEAM, request(vec![wrote]));
    let mut back = world.clone().given(WRITER, solved(SECRET));
    assert_eq!(back.when(colleague(), approve()), Err(Refusal::StillInForce));
    let world = world.given(colleague(), approve());
    let now = &world.state.commitments[&NIGHT_CARE].content;
    assert_eq!(now.title, Some(line("Nachtzorg samen bellen")));
    assert_eq!(folded_without(&world, &positions(&world)), world.state);
}
