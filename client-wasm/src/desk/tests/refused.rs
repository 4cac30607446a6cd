//! Words that are refused in rounds are kept in the order in which they stood in the text.
//!
//! Why it stands apart: who writes on while a chapter is closed to them has letters refused by the device, by the server
//! and by the device again, and none of the three knows the whole.

use proptest::prelude::*;

use super::*;

const FIXED: &str = "chapter-frozen";

/// A chapter in which some letters stand, accepted, and in which the same person writes on.
struct Writer {
    desk: Desk,
    now: u64,
}

impl Writer {
    fn new(accepted: &str) -> Self {
        let (desk, _) = writing();
        let mut writer = Self { desk, now: 1_000 };
        writer.types(0, accepted);
        let hash = writer.sends();
        hear(
            &mut writer.desk,
            1_000,
            &ServerFrame::Known {
                channel: 6,
                hash: hash.into(),
                position: Position(9),
            },
        );
        writer
    }

    fn text(&self) -> String {
        let blocks = self.desk.chapters[&KEY].text().blocks;
        blocks.iter().map(schema::richtext::model::Block::text).collect()
    }

    /// What the editor shows: which state, and its text.
    fn seen(&self) -> (u64, String) {
        let (version, _) = self.desk.chapters[&KEY].bridge.as_ref().unwrap().current();
        (version, self.text())
    }

    fn types(&mut self, at: usize, letters: &str) {
        let seen = self.seen();
        self.types_on(seen, at, letters);
    }

    /// One types in an editor that shows a state.
    fn types_on(&mut self, (version, mut text): (u64, String), at: usize, letters: &str) {
        text.insert_str(at, letters);
        self.now += 60;
        self.desk.edit(self.now, KEY, version, &paragraph(&text));
    }

    /// The open change leaves.
    fn sends(&mut self) -> [u8; 32] {
        self.desk.flush(self.now);
        stored_and_sent(&mut self.desk)
    }

    /// The chapter is frozen, as the reader hears it.
    fn freezes(&mut self) {
        let frozen = ServerFrame::Access {
            channel: 6,
            read_only: Some(Reason::new(FIXED, "frozen")),
        };
        hear(&mut self.desk, self.now, &frozen);
    }

    /// The server refuses a change; the desk then asks for actors.
    fn is_refused(&mut self, hash: [u8; 32]) -> Vec<BoundActor> {
        let refused = ServerFrame::Refused {
            channel: 6,
            hash: hash.into(),
            reason: Reason::new(FIXED, "frozen"),
        };
        let asked = sent(&hear(&mut self.desk, self.now, &refused)).into_iter();
        let actors = asked.filter_map(|frame| match frame {
            ClientFrame::Bind { actors, .. } => Some(actors),
            _ => None,
        });
        actors.flatten().collect()
    }

    fn kept(&self) -> Vec<&str> {
        let refused = self.desk.chapters[&KEY].refused.iter();
        refused.map(|words| words.text.as_str()).collect()
    }
}

/// Letters typed one by one behind a word: so many before the freeze is heard, so many before the change is refused, the
/// next in an editor that does not show that yet, the rest behind it.
fn typed_in_rounds(letters: &str, sent: usize, unheard: usize) -> Vec<String> {
    let start = "Zorg".len();
    let mut writer = Writer::new("Zorg, punt.");
    let (mut hash, mut stale) = (None, None);
    for (at, letter) in letters.char_indices() {
        if at == sent {
            hash = (sent > 0).then(|| writer.sends());
            writer.freezes();
        }
        if at == sent + unheard
            && let Some(hash) = hash.take()
        {
            stale = Some(writer.seen());
            writer.is_refused(hash);
        }
        // What the device refused is not in the text that is shown; what waits for the server is.
        let waiting = if at <= sent || hash.is_some() || stale.is_some() {
            at.min(sent)
        } else {
            0
        };
        let seen = stale.take().unwrap_or_else(|| writer.seen());
        writer.types_on(seen, start + waiting, &letter.to_string());
    }
    if let Some(hash) = hash {
        writer.is_refused(hash);
    }
    assert_eq!(writer.text(), "Zorg, punt.");
    writer.kept().into_iter().map(str::to_owned).collect()
}

#[test]
fn letters_refused_by_the_device_by_the_server_and_by_the_device_again_are_one_text() {
    for (sent, unheard) in [(9, 5), (1, 12), (12, 1), (0, 14), (13, 0), (9, 9)] {
        assert_eq!(
            typed_in_rounds(" abcdefghijklmn", sent, unheard),
            [" abcdefghijklmn"],
            "{sent} sent, {unheard} before the answer"
        );
    }
}

#[test]
fn words_typed_anew_and_refused_again_follow_those_of_the_round_before() {
    let mut writer = Writer::new("Zorg.");
    for letters in [" dichtbij", " en", " thuis"] {
        writer.types(4, letters);
        let hash = writer.sends();
        let asked = writer.is_refused(hash);
        let actors = asked.into_iter().map(|actor| (actor, ActorRef(Position(7))));
        let bound = ServerFrame::Bound {
            channel: 6,
            actors: actors.collect(),
        };
        hear(&mut writer.desk, writer.now, &bound);
    }
    assert_eq!(writer.kept(), [" dichtbij en thuis"]);
}

#[test]
fn words_at_an_earlier_place_of_the_text_come_first() {
    let mut writer = Writer::new("Zorg thuis.");
    writer.types(10, " en elders");
    let hash = writer.sends();
    writer.freezes();
    writer.types(4, " is");
    writer.is_refused(hash);
    writer.types(4, " er");
    // Which of the two spaces is the one that was typed, nobody can tell.
    assert_eq!(writer.kept(), ["is er \n en elders"]);
}

/// The parts of words that stood around the words kept last.
fn halves(writer: &Writer) -> (Option<&str>, Option<&str>) {
    let last = writer.desk.chapters[&KEY].refused.last().unwrap();
    (last.before.as_deref(), last.behind.as_deref())
}

#[test]
fn words_that_are_part_of_a_word_are_kept_with_its_other_part_whichever_round_refuses_them() {
    let mut writer = Writer::new("De nacht.");
    writer.types(8, "zo");
    let hash = writer.sends();
    writer.freezes();
    writer.types(10, "rg");
    assert_eq!(
        (writer.kept(), halves(&writer)),
        (vec!["rg"], (Some("nachtzo"), None))
    );
    writer.is_refused(hash);
    assert_eq!(
        (writer.kept(), halves(&writer)),
        (vec!["zorg"], (Some("nacht"), None))
    );
    writer.now += 10_000;
    writer.types(3, "mid");
    assert_eq!(
        (writer.kept()[1], halves(&writer)),
        ("mid", (None, Some("nacht")))
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn whatever_round_refuses_a_letter(letters in " ?[a-e]{1,4}( {1,2}[a-e]{1,4})?( [a-e]{1,4})?", sent in 0_usize..14, unheard in 0_usize..14) {
        let sent = sent.min(letters.len() - 1);
        let unheard = unheard.min(letters.len() - 1 - sent);
        prop_assert_eq!(typed_in_rounds(&letters, sent, unheard), [letters]);
    }
}
