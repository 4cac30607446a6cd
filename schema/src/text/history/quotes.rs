//! The words that a session of work left behind, or took away, as its reader recognises them: place by place.
//!
//! Why it exists: letters that came here and there, put behind each other, read as a sentence that nobody wrote, and
//! letters that came inside a word read as no word at all. So words are quoted whole: those that came as they stood after
//! the session, those that went as they stood before it; and what stands apart in the text is quoted apart. A comma or a
//! space that came behind a word made no other word of it: that one is not quoted.

mod own;

use std::collections::BTreeMap;

use automerge::ScalarValue;

use super::blame::revision;
use super::replay::TextHistory;
use super::sequence::{Node, Sequence, Value, Version, shown};
use super::sessions::Session;
use crate::ids::Revision;
use crate::text::excerpt;

pub use own::OwnWords;

/// Places of one session that are quoted; of the others it is told how many they are.
const PLACES_MAX: usize = 3;
/// Letters quoted of one place.
const LETTERS_MAX: usize = 80;
/// Characters read for them: enough to see where the last word ends. A letter may be several characters.
const CHARS_READ_MAX: usize = 8 * LETTERS_MAX;
/// Elements looked at on one side of a letter, deleted ones included: what lies further away is another place.
const ELEMENTS_BESIDE_MAX: usize = 4_096;

/// The changed words of a session.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Quotes {
    /// What it left behind.
    pub came: Places,
    /// What it took away.
    pub went: Places,
}

/// Words of one actor that one actor took out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Taken {
    /// The last revision that wrote some of them.
    pub written: Revision,
    /// The last revision that took some of them out.
    pub taken_out: Revision,
}

impl Taken {
    fn of((written, taken_out): (u32, u32)) -> Self {
        Self {
            written: revision(written),
            taken_out: revision(taken_out),
        }
    }
}

/// Where words changed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Places {
    /// The first places, in the order of the text.
    pub quotes: Vec<Quote>,
    /// How many places there are beside these.
    pub more: usize,
}

/// One place that changed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Quote {
    /// Its whole words; what is too long ends in an ellipsis.
    pub words: String,
    /// Who wrote what went there, and who took that out: one of these for every two actors. Of what came, nothing.
    pub taken: Vec<Taken>,
}

impl TextHistory {
    /// What each session left behind and took away.
    #[must_use]
    pub fn quotes<A: Ord>(&self, sessions: &[Session<A>]) -> Vec<Quotes> {
        let text = Text::of(self);
        let mut works: Vec<Work> = sessions.iter().map(Span::of).map(Work::new).collect();
        for (place, (_, node)) in text.nodes.iter().enumerate() {
            for version in node.versions().filter(|version| is_of_word(version)) {
                text.note(&mut works, place, version);
            }
        }
        works.into_iter().map(|work| text.quotes_of(work)).collect()
    }
}

/// The revisions of a session, both included.
#[derive(Debug, Clone, Copy)]
struct Span {
    first: u32,
    last: u32,
}

impl Span {
    fn of<A: Ord>(session: &Session<A>) -> Self {
        let number = |revision: u64| u32::try_from(revision).unwrap_or(u32::MAX);
        Self {
            first: number(session.first.0),
            last: number(session.last.0),
        }
    }

    /// Whether something that stood before it went in it.
    const fn took(self, version: &Version) -> bool {
        version.born < self.first && self.first <= version.ended && version.ended <= self.last
    }
}

/// What a session did.
#[derive(Debug)]
struct Work {
    span: Span,
    came: Changed,
    went: Changed,
}

impl Work {
    const fn new(span: Span) -> Self {
        Self {
            span,
            came: Changed::none(),
            went: Changed::none(),
        }
    }
}

/// Where letters came, or went, in a session.
#[derive(Debug)]
struct Changed {
    /// The first places.
    stretches: Vec<Stretch>,
    /// How many places there are.
    count: usize,
    /// The last letter, and the revision at which it stood.
    last: Option<(usize, u32)>,
}

/// The first and the last changed letter of a place, and a revision at which they stood.
#[derive(Debug)]
struct Stretch {
    first: usize,
    last: usize,
    revision: u32,
    /// Of what went, by who wrote and who took out: the last revisions in which they did.
    taken: BTreeMap<(Option<u32>, Option<u32>), (u32, u32)>,
}

impl Changed {
    const fn none() -> Self {
        Self {
            stretches: Vec::new(),
            count: 0,
            last: None,
        }
    }

    /// Takes in the next letter; `is_near` says whether it stands where the last one does. Answers with its place where
    /// that is quoted.
    fn push(&mut self, (place, revision): (usize, u32), is_near: bool) -> Option<&mut Stretch> {
        self.last = Some((place, revision));
        if !is_near {
            self.count += 1;
            if self.stretches.len() < PLACES_MAX {
                self.stretches.push(Stretch {
                    first: place,
                    last: place,
                    revision,
                    taken: BTreeMap::new(),
                });
            }
        }
        let is_quoted = self.count == self.stretches.len();
        let stretch = self.stretches.last_mut().filter(|_| is_quoted)?;
        stretch.last = place;
        Some(stretch)
    }
}

/// What an element shows.
#[derive(Debug, Clone, Copy)]
enum Sign<'h> {
    Char(char),
    Text(&'h str),
    /// A block starts.
    Block,
}

impl Sign<'_> {
    fn is_between_words(self) -> bool {
        match self {
            Self::Char(letter) => letter.is_whitespace(),
            Self::Text(text) => text.chars().all(char::is_whitespace),
            Self::Block => true,
        }
    }

    /// Whether it is a part of what is read as a word, more than what stands at one.
    fn is_of_word(self) -> bool {
        match self {
            Self::Char(letter) => makes_word(letter),
            Self::Text(text) => text.chars().any(makes_word),
            Self::Block => false,
        }
    }
}

/// Every element that ever stood in the text, in order.
struct Text<'h> {
    history: &'h TextHistory,
    nodes: Vec<(u32, &'h Node)>,
}

impl<'h> Text<'h> {
    fn of(history: &'h TextHistory) -> Self {
        let text = history.text_sequence().into_iter();
        Self {
            history,
            nodes: text.flat_map(Sequence::walk).collect(),
        }
    }

    /// Notes where a letter came and where it went. What comes and goes where a generation starts is nobody's work.
    fn note(&self, works: &mut [Work], place: usize, version: &Version) {
        let session_of = |number: u32| {
            let after = works.partition_point(|work| work.span.first <= number);
            let at = after.checked_sub(1)?;
            (number <= works.get(at)?.span.last).then_some(at)
        };
        let is_work = |number: u32| !self.history.starts.contains(&number);
        let born = session_of(version.born);
        let ended = session_of(version.ended).filter(|_| is_work(version.ended));
        let came = born.filter(|_| is_work(version.born) && ended != born);
        let went = ended.filter(|_| ended != born);
        if let Some(work) = came.and_then(|at| works.get_mut(at)) {
            // In a fresh document other elements show the same letters: it is read as the last one that shows this element.
            let revision = work.span.last.min(version.ended.saturating_sub(1));
            let _: Option<&mut Stretch> = self.push(&mut work.came, (place, revision));
        }
        if let Some(work) = went.and_then(|at| works.get_mut(at)) {
            let revision = work.span.first.saturating_sub(1);
            if let Some(stretch) = self.push(&mut work.went, (place, revision)) {
                self.note_taken(stretch, place, version);
            }
        }
    }

    fn note_taken(&self, stretch: &mut Stretch, place: usize, version: &Version) {
        let Some((node, _)) = self.nodes.get(place) else {
            return;
        };
        let (written, taken_out) = (self.history.written_first(*node, version), version.ended);
        let maker = |revision| self.history.maker_of(revision);
        let last = stretch.taken.entry((maker(written), maker(taken_out)));
        let last = last.or_insert((written, taken_out));
        *last = (last.0.max(written), last.1.max(taken_out));
    }

    fn quotes_of(&self, work: Work) -> Quotes {
        Quotes {
            came: self.quoted(work.came),
            went: self.quoted(work.went),
        }
    }

    fn push<'c>(&self, changed: &'c mut Changed, (place, revision): (usize, u32)) -> Option<&'c mut Stretch> {
        let is_near = changed
            .last
            .is_some_and(|(last, at)| at == revision && self.is_near(last + 1..place, revision));
        changed.push((place, revision), is_near)
    }

    /// Whether only the rest of a word stands between two changed letters, or what is between two words that follow
    /// each other in one block: a heading and the paragraph below it are no sentence.
    fn is_near(&self, between: std::ops::Range<usize>, revision: u32) -> bool {
        if between.len() > ELEMENTS_BESIDE_MAX {
            return false;
        }
        let (mut word_ended, mut other_word) = (false, false);
        for sign in between.filter_map(|place| self.sign(place, revision)) {
            if matches!(sign, Sign::Block) {
                return false;
            }
            match sign.is_between_words() {
                true if other_word => return false,
                true => word_ended = true,
                // A dash between two words is no word.
                false => other_word |= word_ended && sign.is_of_word(),
            }
        }
        true
    }

    fn quoted(&self, changed: Changed) -> Places {
        let more = changed.count.saturating_sub(changed.stretches.len());
        let quotes = changed.stretches.into_iter().map(|stretch| Quote {
            words: self.words(&stretch),
            taken: stretch.taken.into_values().map(Taken::of).collect(),
        });
        Places {
            quotes: quotes.collect(),
            more,
        }
    }

    /// The whole words of a stretch, as many as are quoted.
    fn words(&self, stretch: &Stretch) -> String {
        let (last, revision) = (stretch.last, stretch.revision);
        let mut letters = String::new();
        let mut is_cut = false;
        let end = last.saturating_add(ELEMENTS_BESIDE_MAX).min(self.nodes.len());
        for place in self.start_of_word(stretch)..end {
            match self.sign(place, revision) {
                Some(sign) if sign.is_between_words() && place > last => break,
                Some(Sign::Char(letter)) => letters.push(letter),
                Some(Sign::Text(text)) => letters.push_str(text),
                Some(Sign::Block) => letters.push(' '),
                None => {}
            }
            is_cut = letters.len() >= CHARS_READ_MAX;
            if is_cut {
                break;
            }
        }
        let words: Vec<&str> = letters.split_whitespace().collect();
        let mut begun = excerpt::beginning(&words.join(" "), LETTERS_MAX);
        if is_cut && !begun.ends_with(excerpt::ELLIPSIS) {
            begun.push(excerpt::ELLIPSIS);
        }
        begun
    }

    fn start_of_word(&self, stretch: &Stretch) -> usize {
        let (first, revision) = (stretch.first, stretch.revision);
        let before = (first.saturating_sub(ELEMENTS_BESIDE_MAX)..first).rev();
        let shown = before.filter_map(|place| Some((place, self.sign(place, revision)?)));
        let of_word = shown.take_while(|(_, sign)| !sign.is_between_words());
        of_word.last().map_or(first, |(place, _)| place)
    }

    /// What shows at a place after a revision; nothing where nothing does, or only formatting.
    fn sign(&self, place: usize, revision: u32) -> Option<Sign<'h>> {
        let (_, node) = self.nodes.get(place)?;
        let version = shown(node.versions(), revision, &self.history.actors)?;
        match &version.value {
            Value::Char(letter) => Some(Sign::Char(*letter)),
            Value::Scalar(scalar) => match scalar.as_ref() {
                ScalarValue::Str(text) => Some(Sign::Text(text)),
                _ => None,
            },
            Value::Object(_) => Some(Sign::Block),
            Value::MarkBegin(_) | Value::MarkEnd => None,
        }
    }
}

fn is_of_word(version: &Version) -> bool {
    match &version.value {
        Value::Char(letter) => makes_word(*letter),
        Value::Scalar(scalar) => {
            matches!(scalar.as_ref(), ScalarValue::Str(text) if text.chars().any(makes_word))
        }
        Value::Object(_) | Value::MarkBegin(_) | Value::MarkEnd => false,
    }
}

/// Whether a character makes a word another one: neither a space nor what ends, opens or joins sentences.
fn makes_word(letter: char) -> bool {
    const STOPS: &str = ".,;:!?…()[]{}\"'`„“”‘’‚‛«»‹›-–—/·•";
    !letter.is_whitespace() && !STOPS.contains(letter)
}
