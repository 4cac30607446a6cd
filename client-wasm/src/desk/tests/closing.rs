//! A chapter that is closed to its reader is asked for again, and what became of the words that waited in it is known before
//! they are called anything (rules G2, P2 and N4).

use schema::richtext::Block;
use schema::text::generation::SameRun;
use schema::wire::TraceEnd;

use super::*;

fn closed() -> ServerFrame {
    ServerFrame::Closed {
        request: None,
        channel: Some(6),
        reason: Reason::new("not-in-plan", "the right was withdrawn"),
    }
}

/// A desk whose first words were pushed, and whose chapter was closed before an answer; and the change.
fn cut_off() -> (Desk, Vec<u8>) {
    let (mut desk, _) = writing();
    desk.edit(1_000, KEY, 0, &paragraph("aangekomen"));
    desk.flush(1_001);
    stored_and_sent(&mut desk);
    let raw = desk.chapters[&KEY].unacknowledged[0].raw.clone();
    hear(&mut desk, 1_100, &closed());
    (desk, raw)
}

fn words(desk: &Desk) -> String {
    let (_, text) = desk.chapters[&KEY].bridge.as_ref().unwrap().current();
    text.blocks.iter().map(Block::text).collect()
}

fn shown_beside(desk: &Desk) -> Json {
    desk.status_message(KEY).unwrap()["refused"].clone()
}

fn request(effects: &[Effect]) -> Option<u32> {
    sent(effects).into_iter().find_map(|frame| match frame {
        ClientFrame::Open { request, .. } => Some(request),
        _ => None,
    })
}

/// The right is back when the chapter is asked for again.
fn opens(desk: &mut Desk, opened: impl Fn(u32) -> ServerFrame) -> Vec<Effect> {
    desk.tick(40_000);
    let request = request(&desk.take_effects()).expect("it is asked for again by itself");
    hear(desk, 40_000, &opened(request))
}

fn as_it_was(request: u32) -> ServerFrame {
    let mut opened = goes_on(request, 1, &mut AutoCommit::new(), None);
    if let ServerFrame::Opened { start, head, .. } = &mut opened {
        (*start, *head) = (Start::Tail, Revision(1));
    }
    opened
}

#[test]
fn words_that_arrived_before_the_right_to_read_ended_are_not_doubled_in_another_generation() {
    let (mut desk, raw) = cut_off();
    assert_eq!(shown_beside(&desk)[0]["text"], "aangekomen");
    assert_eq!(words(&desk), "");
    let mut next = AutoCommit::load(&genesis::new_automerge().save()).unwrap();
    next.apply_changes([automerge::Change::from_bytes(raw.clone()).unwrap()])
        .unwrap();
    let length = u32::try_from("aangekomen".len() + 1).unwrap();
    let bytes = next.save();
    let effects = opens(&mut desk, |request| {
        goes_on(request, 2, &mut AutoCommit::load(&bytes).unwrap(), None)
    });
    let asked = sent(&effects)
        .into_iter()
        .any(|frame| matches!(frame, ClientFrame::Trace { .. }));
    assert!(asked, "rule N4");
    let same = SameRun {
        old: 0,
        new: 0,
        length,
    };
    let traced = ServerFrame::Traced {
        channel: 6,
        changes: vec![raw.into()],
        end: Some(TraceEnd {
            same: Some(vec![same]),
        }),
    };
    let effects = hear(&mut desk, 40_100, &traced);
    assert_eq!(words(&desk), "aangekomen");
    assert_eq!(shown_beside(&desk), json!([]));
    let writes = |effect: &Effect| matches!(effect, Effect::StoreOutbox(..) | Effect::StoreRefused(..));
    assert!(!effects.iter().any(writes), "the server has them");
}

#[test]
fn words_that_waited_are_offered_again_when_the_right_to_read_is_back() {
    let (mut desk, raw) = cut_off();
    let effects = opens(&mut desk, as_it_was);
    assert_eq!(words(&desk), "aangekomen");
    let status = told(&effects, "status").pop().unwrap();
    assert_eq!((&status["refused"], &status["waiting"]), (&json!([]), &json!(1)));
    let pushed = sent(&effects)
        .into_iter()
        .any(|frame| matches!(frame, ClientFrame::Push { changes, .. } if changes[0].to_vec() == raw));
    assert!(pushed, "rule P2");
}

#[test]
fn letters_under_way_when_the_chapter_was_closed_are_of_the_same_words() {
    let (mut desk, _) = cut_off();
    desk.edit(1_110, KEY, 1, &paragraph("aangekomen en meer"));
    let effects = desk.take_effects();
    assert_eq!(told(&effects, "document")[0]["answers"], true);
    assert_eq!(shown_beside(&desk).as_array().unwrap().len(), 1);
    assert_eq!(shown_beside(&desk)[0]["text"], "aangekomen en meer");
    assert_eq!(words(&desk), "");
    opens(&mut desk, as_it_was);
    assert_eq!(words(&desk), "aangekomen en meer");
}

/// The page has heard of the closing, and goes on from the text without the words that wait.
#[test]
fn letters_typed_on_after_words_that_wait_stand_behind_them() {
    let (mut desk, _) = cut_off();
    let shown = desk.chapters[&KEY].bridge.as_ref().unwrap().current().0;
    desk.edit(1_110, KEY, shown, &paragraph(" en meer"));
    assert_eq!(shown_beside(&desk)[0]["text"], "aangekomen en meer");
    opens(&mut desk, as_it_was);
    assert_eq!(words(&desk), "aangekomen en meer");
}

#[test]
fn a_chapter_that_stays_closed_is_asked_for_now_and_then_and_when_somebody_looks() {
    let (mut desk, _) = cut_off();
    desk.tick(2_000);
    assert_eq!(request(&desk.take_effects()), None, "not at every moment");
    desk.look(3_000);
    let request = request(&desk.take_effects()).unwrap();
    let mut still = closed();
    if let ServerFrame::Closed {
        request: to, channel, ..
    } = &mut still
    {
        (*to, *channel) = (Some(request), None);
    }
    hear(&mut desk, 3_010, &still);
    assert_eq!(shown_beside(&desk)[0]["text"], "aangekomen");
    opens(&mut desk, as_it_was);
    assert!(desk.chapters[&KEY].closed.is_none());
}

#[test]
fn words_that_their_author_lets_go_are_never_sent() {
    let (mut desk, _) = cut_off();
    let id = shown_beside(&desk)[0]["id"].as_str().unwrap().to_owned();
    desk.discard_refused(KEY, &id);
    let gone = |effect: &Effect| matches!(effect, Effect::DropOutbox(..));
    assert!(desk.take_effects().iter().any(gone));
    assert_eq!(shown_beside(&desk), json!([]));
    let effects = opens(&mut desk, as_it_was);
    let pushed = |frame: &ClientFrame| matches!(frame, ClientFrame::Push { .. });
    assert!(!sent(&effects).iter().any(pushed));
    assert_eq!(words(&desk), "");
}

/// The words are what the device kept: the page was loaded anew while the chapter was closed.
#[test]
fn words_withheld_before_the_page_was_loaded_anew_are_shown_and_offered() {
    let (desk, raw) = cut_off();
    let chapter = &desk.chapters[&KEY];
    let kept = Kept {
        state: chapter.state_row(),
        outbox: vec![row_of(&chapter.unacknowledged[0])],
        ..Kept::default()
    };
    let mut again = super::desk();
    again.open(KEY, &kept, 0);
    again.connected(0);
    hear(&mut again, 0, &welcome());
    let closed = ServerFrame::Closed {
        request: Some(1),
        channel: None,
        reason: Reason::new("not-in-plan", "withdrawn"),
    };
    hear(&mut again, 10, &closed);
    assert_eq!(shown_beside(&again)[0]["text"], "aangekomen");
    let effects = opens(&mut again, as_it_was);
    let pushed = |frame: &ClientFrame| matches!(frame, ClientFrame::Push { changes, .. } if changes[0].to_vec() == raw);
    assert!(sent(&effects).iter().any(pushed));
}

/// What is kept of them beside the text is not sent any more: a push that nobody answers would hold up all that is typed later.
#[test]
fn words_whose_text_is_erased_while_the_right_is_away_hold_up_nothing() {
    let (mut desk, _) = cut_off();
    desk.wipe(
        1_200,
        KEY,
        Generation(2),
        &erased::stored_with_unsent("aangekomen"),
    );
    desk.take_effects();
    assert_eq!(shown_beside(&desk)[0]["reason"], "text-erased");
    assert_eq!(shown_beside(&desk).as_array().unwrap().len(), 1);
    let effects = opens(&mut desk, |request| {
        goes_on(
            request,
            2,
            &mut AutoCommit::load(&genesis::new_automerge().save()).unwrap(),
            None,
        )
    });
    assert!(
        !sent(&effects)
            .iter()
            .any(|frame| matches!(frame, ClientFrame::Push { .. }))
    );
    assert!(desk.client.take_outbox(&KEY).is_empty());
    assert_eq!(desk.status_message(KEY).unwrap()["waiting"], 0);
}
