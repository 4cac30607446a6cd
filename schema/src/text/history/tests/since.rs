//! A restore does to the text what its maker saw it do, and leaves alone what others did since.

use std::collections::{BTreeMap, BTreeSet};

use automerge::marks::{ExpandMark, Mark};
use automerge::transaction::Transactable;
use automerge::{ReadDoc, ScalarValue};
use proptest::prelude::*;

use super::room::{Action, Room, actions, text_of};
use crate::ids::Revision;
use crate::richtext::Marks;
use crate::text::history::elements::{Content, Element, View};
use crate::text::history::restore::{Ground, Scope};
use crate::text::history::{Difference, Fate, Line};

/// An element, by the first one that it stands for, and how it looks.
type Looks = BTreeMap<u32, Look>;

#[derive(Debug, Clone, PartialEq)]
enum Look {
    Line(Line),
    Words(BTreeMap<String, ScalarValue>),
}

fn looks(view: &View<'_>) -> Looks {
    let look = |element: &Element| match element.content {
        Content::Block(object) => Look::Line(Line::read(view.block(object))),
        _ => {
            let marks = view.marks(element.format).into_iter();
            Look::Words(
                marks
                    .map(|(name, value)| (name.to_owned(), value.clone()))
                    .collect(),
            )
        }
    };
    let named = view.elements.iter();
    named
        .map(|element| (view.history.origin(element.node), look(element)))
        .collect()
}

/// What a merge of three texts must give for what stands in all of them.
fn merged(then: &Look, seen: &Look, now: &Look) -> Look {
    let (Look::Words(then_marks), Look::Words(seen_marks), Look::Words(now_marks)) = (then, seen, now) else {
        return if now == seen { then.clone() } else { now.clone() };
    };
    let names: BTreeSet<&String> = then_marks.keys().chain(now_marks.keys()).collect();
    let value = |name: &String| {
        let (then, seen, now) = (then_marks.get(name), seen_marks.get(name), now_marks.get(name));
        if now == seen { then } else { now }
    };
    let marks = names
        .into_iter()
        .filter_map(|name| Some((name.clone(), value(name)?.clone())));
    Look::Words(marks.collect())
}

/// What may go on in what was not seen: nothing of others stands between them.
pub fn goes_on(room: &Room, (now, seen): (Revision, Revision)) -> BTreeSet<u32> {
    let history = &room.history;
    let seen: BTreeSet<u32> = looks(&history.view(seen)).into_keys().collect();
    let mut going = BTreeSet::new();
    let mut row: Vec<u32> = Vec::new();
    let mut writer = None;
    for element in &history.view(now).elements {
        let (origin, by) = (history.origin(element.node), history.writer_of(element.node));
        if writer != by {
            row.clear();
            writer = by;
        }
        // What was taken out and put back since came after the text that was seen, too.
        if !seen.contains(&origin) || origin != element.node {
            going.extend(row.iter().copied());
        }
        row.push(origin);
    }
    going
}

/// Writers at work, with three moments in the log.
fn moments(actions: &[Action], (to, seen): (u16, u16)) -> (Room, Revision, Revision) {
    let room = Room::after(actions);
    let number = |of: u16, most: u64| u64::from(of) % (most + 1);
    let seen = number(seen, room.last().0);
    let to = number(to, seen);
    (room, Revision(to), Revision(seen))
}

/// The lines of a text as they would be shown.
fn after(difference: &Difference) -> Vec<(Line, Vec<(String, Marks)>)> {
    let mut lines: Vec<(Line, Vec<(String, Marks)>)> = Vec::new();
    for line in &difference.lines {
        lines.extend(line.after.clone().map(|line| (line, Vec::new())));
        for run in line
            .runs
            .iter()
            .filter(|run| !matches!(run.fate, Fate::Deleted(_)))
        {
            if lines.is_empty() {
                lines.push((Line::default(), Vec::new()));
            }
            let (_, runs) = lines.last_mut().unwrap();
            match runs.last_mut().filter(|(_, marks)| *marks == run.marks) {
                Some((text, _)) => text.push_str(&run.text),
                None => runs.push((run.text.clone(), run.marks.clone())),
            }
        }
    }
    // The line before the first marker is none when it holds nothing.
    let blank = |line: &(Line, _)| *line == (Line::default(), Vec::new());
    lines.into_iter().skip_while(blank).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(super::room::cases().cases * 4))]

    #[test]
    fn only_what_differs_between_the_text_seen_and_the_text_wanted_is_changed(
        actions in actions(60), places in any::<(u16, u16)>(),
    ) {
        let (mut room, to, seen) = moments(&actions, places);
        let now = room.last();
        room.restore_on(Ground { now, seen }, to, &Scope::Chapter);
        let may_go_on = goes_on(&room, (now, seen));
        let at = |revision| looks(&room.history.view(revision));
        let shown = room.history.view(now);
        let given_back: BTreeSet<u32> = shown.elements.iter().filter_map(|element| room.history.given_back_for(element)).collect();
        let nodes = [seen, now].map(|revision| {
            let shown = room.history.view(revision);
            shown.elements.iter().map(|element| (room.history.origin(element.node), element.node)).collect::<BTreeMap<u32, u32>>()
        });
        let (then, seen, now, after) = (at(to), at(seen), at(now), at(room.last()));
        for (element, look) in &now {
            // What was taken out and put back since may stand on the other side of what others typed there at once: then it came since.
            if nodes[0].get(element).is_some_and(|node| nodes[1].get(element) != Some(node)) {
                prop_assert!(after.contains_key(element) || !then.contains_key(element), "no word that is wanted goes");
                continue;
            }
            match (then.get(element), seen.get(element)) {
                (Some(then), Some(seen)) => prop_assert_eq!(after.get(element), Some(&merged(then, seen, look))),
                (None, Some(_)) if may_go_on.contains(element) => prop_assert!(after.get(element).is_none_or(|kept| kept == look)),
                (None, Some(_)) => prop_assert_eq!(after.get(element), None, "what was seen and is not wanted goes"),
                (_, None) => prop_assert_eq!(after.get(element), Some(look), "what came since stays"),
            }
        }
        for (element, look) in then.iter().filter(|(element, _)| !now.contains_key(element)) {
            let comes_back = !seen.contains_key(element);
            if comes_back && given_back.contains(element) && !after.contains_key(element) {
                continue;
            }
            prop_assert_eq!(after.get(element), comes_back.then_some(look), "what went since stays away, what had gone comes back");
        }
        prop_assert!(after.keys().all(|element| now.contains_key(element) || then.contains_key(element)));
    }

    #[test]
    fn a_restore_at_the_moment_of_looking_merges_to_the_same_words(
        actions in actions(60), places in any::<(u16, u16)>(),
    ) {
        let (mut late, to, seen) = moments(&actions, places);
        let (mut early, ..) = moments(&actions, places);
        let now = late.last();
        // Which words are known to be put back depends on which stand already: there the two histories differ.
        let put_back = late.history.brought.values().any(|at| u64::from(*at) > to.0);
        let given_back = late.history.view(now).elements.iter().any(|element| late.history.given_back_for(element).is_some());
        prop_assume!(!put_back && !given_back);
        let may_go_on = goes_on(&late, (now, seen));
        late.restore_on(Ground { now, seen }, to, &Scope::Chapter);
        early.restore_on(Ground { now: seen, seen }, to, &Scope::Chapter);
        let stand = |room: &Room| looks(&room.history.view(room.last())).into_keys().collect::<BTreeSet<u32>>();
        let (late, early) = (stand(&late), stand(&early));
        prop_assert_eq!(early.difference(&late).count(), 0);
        let more: Vec<&u32> = late.difference(&early).collect();
        prop_assert!(more.iter().all(|element| may_go_on.contains(*element)), "who looked earlier did not know what would go on: {more:?}");
    }

    #[test]
    fn the_preview_shows_the_text_that_is_written(
        actions in actions(60), places in any::<(u16, u16)>(), section in any::<u16>(),
    ) {
        let (mut room, to, seen) = moments(&actions, places);
        let scope = super::restore::some_scope(&room, to, section);
        let ground = Ground { now: room.last(), seen };
        let preview = room.history.plan_restore_on(ground, to, &scope).unwrap().preview(|_| ());
        room.restore_on(ground, to, &scope);
        let written = room.history.difference(room.last(), room.last(), |_| ());
        prop_assert_eq!(after(&preview), after(&written));
    }
}

/// A chapter of lines, and what the writers do to it.
struct Story(Room);

impl Story {
    fn of(lines: &[&str]) -> Self {
        let mut story = Self(Room::new());
        story.write(0, |doc, text| {
            for line in lines.iter().rev() {
                doc.splice_text(text, 0, 0, line).unwrap();
                let block = doc.split_block(text, 0).unwrap();
                doc.put(&block, "type", "paragraph").unwrap();
            }
        });
        story
    }

    /// One change, seen by all.
    fn write(
        &mut self,
        who: usize,
        edit: impl FnOnce(&mut automerge::AutoCommit, &automerge::ObjId),
    ) -> Revision {
        self.0.edit(who, edit);
        self.0.sync_all();
        self.0.last()
    }

    fn replace(&mut self, who: usize, old: &str, new: &str) -> Revision {
        let at = self.find(old);
        let length = old.encode_utf16().count() as isize;
        self.write(who, |doc, text| doc.splice_text(text, at, length, new).unwrap())
    }

    fn find(&self, words: &str) -> usize {
        let doc = self.0.doc_at(self.0.last());
        let text = doc.text(text_of(&doc)).unwrap();
        let at = text.find(words).unwrap();
        text[..at].encode_utf16().count()
    }

    fn restore(&mut self, to: Revision, seen: Revision) -> Revision {
        let now = self.0.last();
        self.0.restore_on(Ground { now, seen }, to, &Scope::Chapter);
        self.0.sync_all();
        self.0.last()
    }

    /// Its lines: `# ` before a heading, `*` around what is bold.
    fn lines(&self) -> Vec<String> {
        let lines = self.0.history.view(self.0.last()).blame(|_| ());
        let shown = lines.into_iter().map(|line| {
            let runs = line.runs.iter().map(|run| match run.marks.strong {
                true => format!("*{}*", run.text),
                false => run.text.clone(),
            });
            let heading = line.line.heading_level().map_or("", |_| "# ");
            format!("{heading}{}", runs.collect::<String>())
        });
        shown.collect()
    }
}

#[test]
fn an_undo_leaves_words_that_were_replaced_or_made_bold_since() {
    let mut story = Story::of(&["Wij willen 20 procent.", "Tweede.", "Derde."]);
    let before = story.0.last();
    let without = story.replace(0, "Derde.", "");
    let restored = story.restore(before, without);
    assert_eq!(story.lines(), ["Wij willen 20 procent.", "Tweede.", "Derde."]);
    story.replace(1, "20", "30");
    story.replace(1, "Tweede.", "");
    let wij = story.find("Wij");
    story.write(2, |doc, text| {
        let bold = Mark::new("strong".to_owned(), true, wij, wij + 3);
        doc.mark(text, bold, ExpandMark::After).unwrap();
    });
    story.restore(without, restored);
    assert_eq!(story.lines(), ["*Wij* willen 30 procent.", "", ""]);
}

#[test]
fn a_restore_leaves_what_became_a_heading_or_was_joined_after_its_preview() {
    let mut story = Story::of(&["Een.", "Twee.", "Drie.", "Vier."]);
    let to = story.0.last();
    let seen = story.replace(0, "Twee.", "Twee en meer.");
    let (first, second, fourth) = (
        story.find("Een.") - 1,
        story.find("Twee") - 1,
        story.find("Vier.") - 1,
    );
    story.write(1, |doc, text| {
        let block = doc.replace_block(text, first).unwrap();
        doc.put(&block, "type", "heading").unwrap();
    });
    story.write(1, |doc, text| {
        let (_, block) = doc.get(text, second).unwrap().unwrap();
        doc.put(&block, "type", "heading").unwrap();
    });
    story.write(2, |doc, text| doc.splice_text(text, fourth, 1, " ").unwrap());
    story.restore(to, seen);
    assert_eq!(story.lines(), ["# Een.", "# Twee.", "Drie. Vier."]);
}

#[test]
fn what_others_brought_back_since_does_not_come_twice() {
    let mut story = Story::of(&["Een.", "Twee."]);
    let to = story.0.last();
    let seen = story.replace(0, "Twee.", "");
    story.restore(to, seen);
    story.restore(to, seen);
    assert_eq!(story.lines(), ["Een.", "Twee."]);
}

#[test]
fn a_paragraph_that_comes_back_stands_before_a_section_that_was_begun_behind_it_since() {
    let mut story = Story::of(&["Een.", "Twee."]);
    let to = story.0.last();
    let at = story.find("Twee.") - 1;
    let seen = story.write(0, |doc, text| doc.splice_text(text, at, 6, "").unwrap());
    story.write(1, |doc, text| {
        doc.splice_text(text, at, 0, "Nieuw").unwrap();
        let block = doc.split_block(text, at).unwrap();
        doc.put(&block, "type", "heading").unwrap();
    });
    story.restore(to, seen);
    assert_eq!(story.lines(), ["Een.", "Twee.", "# Nieuw"]);
}

#[test]
fn a_line_or_a_link_that_was_changed_again_since_stays_as_it_is() {
    let mut story = Story::of(&["Een."]);
    let link = |story: &mut Story, kind: &str, href: &str| {
        story.write(1, |doc, text| {
            let to = ScalarValue::from(format!(r#"{{"href":"{href}"}}"#));
            let mark = Mark::new("link".to_owned(), to, 1, 3);
            doc.mark(text, mark, ExpandMark::None).unwrap();
            let (_, block) = doc.get(text, 0).unwrap().unwrap();
            doc.put(&block, "type", kind).unwrap();
        })
    };
    let to = link(&mut story, "paragraph", "https://een.example");
    let seen = link(&mut story, "blockquote", "https://twee.example");
    let now = link(&mut story, "heading", "https://drie.example");
    let look = |story: &Story, at| looks(&story.0.history.view(at));
    let before = look(&story, now);
    let after = story.restore(to, seen);
    assert_eq!(look(&story, after), before);
    let after = story.restore(to, now);
    assert_eq!(look(&story, after), look(&story, to), "who saw it takes it back");
}

/// Two wrote the same words beside each other; one's went by a restore that did not see the other's, and came back.
#[test]
fn words_that_read_alike_come_back_whole() {
    let mut room = Room::written("hulp nodig heeft, belt.");
    let first = room.last();
    room.type_text(1, 16, " aap noot en een mies van Joris");
    room.sync_all();
    let seen = room.last();
    for (at, letter) in " en een vuur van Sanne".char_indices() {
        room.type_text(0, 25 + at as u16, &letter.to_string());
        room.sync_all();
    }
    let before = room.last();
    let text = |room: &Room, at| {
        let view = room.history.view(at);
        let lines = view.blame(|_| ());
        lines
            .iter()
            .flat_map(|line| &line.runs)
            .map(|run| run.text.clone())
            .collect::<String>()
    };
    let whole = text(&room, before);
    room.restore_on(Ground { now: before, seen }, first, &Scope::Chapter);
    assert_eq!(
        text(&room, room.last()),
        "hulp nodig heeft en een vuur van Sanne, belt."
    );
    let after = room.last();
    room.restore_on(
        Ground {
            now: after,
            seen: after,
        },
        before,
        &Scope::Chapter,
    );
    assert_eq!(text(&room, room.last()), whole);
}

/// Somebody types on while the restorer reads the preview and decides.
#[test]
fn a_sentence_that_goes_on_while_somebody_decides_stays_whole() {
    let to = Story::of(&["Samen eten in de wijk."]).0.last();
    let behind = "Samen eten in de wijk.".len() + 1;
    // With a letter that was typed by mistake and taken back.
    let type_on = |story: &mut Story, words: &str, seen: usize| {
        let (mut at, mut then) = (behind, to);
        for (typed, letter) in words.chars().enumerate() {
            if typed == seen {
                then = story.0.last();
            }
            if letter == '\n' {
                story.write(1, |doc, text| {
                    let block = doc.split_block(text, at).unwrap();
                    doc.put(&block, "type", "paragraph").unwrap();
                });
            } else {
                story.write(1, |doc, text| doc.splice_text(text, at, 0, "x").unwrap());
                story.write(1, |doc, text| doc.splice_text(text, at, 1, "").unwrap());
                story.write(1, |doc, text| {
                    doc.splice_text(text, at, 0, &letter.to_string()).unwrap();
                });
            }
            at += 1;
        }
        if seen == words.chars().count() {
            story.0.last()
        } else {
            then
        }
    };
    let after = |words: &str, seen: usize| {
        let mut story = Story::of(&["Samen eten in de wijk."]);
        let seen = type_on(&mut story, words, seen);
        story.restore(to, seen);
        story.lines()
    };
    let begun = " Een. De wijkverpleegkundige belt.";
    assert_eq!(
        after(begun, " Een. De wijkv".len()),
        ["Samen eten in de wijk. De wijkverpleegkundige belt."]
    );
    assert_eq!(
        after(" Sanne schrijft.", 1),
        ["Samen eten in de wijk. Sanne schrijft."]
    );
    assert_eq!(
        after("\nEen geheel nieuwe alinea.", 7),
        ["Samen eten in de wijk.", "Een geheel nieuwe alinea."]
    );
    assert_eq!(
        after(begun, begun.len()),
        ["Samen eten in de wijk."],
        "all of it was seen"
    );
}
