//! The words that a session of work left behind, or took away, as its reader recognises them: place by place.
//!
//! Why it exists: letters that came here and there, put behind each other, read as a sentence that nobody wrote, and
//! letters that came inside a word read as no word at all. So words are quoted whole, as they stood after the session,
//! or before it where it only took away; and what stands apart in the text is quoted apart.

use automerge::ScalarValue;

use super::replay::TextHistory;
use super::sequence::{Node, Value, Version, shown};
use super::sessions::Session;
use crate::text::excerpt;

/// Places of one session that are quoted; of the others it is told how many they are.
const PLACES_MAX: usize = 3;
/// Letters quoted of one place.
const LETTERS_MAX: usize = 80;
/// Characters read for them: enough to see where the last word ends. A letter may be several characters.
const CHARS_READ_MAX: usize = 8 * LETTERS_MAX;
/// Elements looked at on one side of a letter, deleted ones included: what lies further away is another place.
const ELEMENTS_BESIDE_MAX: usize = 4_096;

/// The changed words of a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Quote {
    /// What it left behind.
    Came(Places),
    /// What it took away, where it left no words behind.
    Went(Places),
}

/// Where words changed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Places {
    /// The whole words of the first places, in the order of the text; what is too long ends in an ellipsis.
    pub words: Vec<String>,
    /// How many places there are beside these.
    pub more: usize,
}

impl TextHistory {
    /// What each session left behind, or else what it took away.
    #[must_use]
    pub fn quotes<A: Ord>(&self, sessions: &[Session<A>]) -> Vec<Option<Quote>> {
        let text = self.text_sequence().into_iter();
        let text = Text {
            history: self,
            nodes: text.flat_map(|text| text.walk()).map(|(_, node)| node).collect(),
        };
        let spans = sessions.iter().map(|session| {
            let number = |revision: u64| u32::try_from(revision).unwrap_or(u32::MAX);
            Span {
                first: number(session.first.0),
                last: number(session.last.0),
            }
        });
        let changed = |span| (Changed::new(span), Changed::new(span));
        let mut changed: Vec<(Changed, Changed)> = spans.map(changed).collect();
        for (place, node) in text.nodes.iter().enumerate() {
            for version in node.versions().filter(|version| is_of_word(version)) {
                text.note(&mut changed, place, version);
            }
        }
        let quote = |(came, went): (Changed, Changed)| {
            let came = text.quoted(&came).map(Quote::Came);
            came.or_else(|| text.quoted(&went).map(Quote::Went))
        };
        changed.into_iter().map(quote).collect()
    }
}

/// The revisions of a session, both included.
#[derive(Debug, Clone, Copy)]
struct Span {
    first: u32,
    last: u32,
}

/// Where letters came, or went, in a session.
#[derive(Debug)]
struct Changed {
    span: Span,
    /// The first places.
    stretches: Vec<Stretch>,
    /// How many places there are.
    count: usize,
    /// The last letter, and the revision at which it stood.
    last: Option<(usize, u32)>,
}

/// The first and the last changed letter of a place, and a revision at which they stood.
#[derive(Debug, Clone, Copy)]
struct Stretch {
    first: usize,
    last: usize,
    revision: u32,
}

impl Changed {
    const fn new(span: Span) -> Self {
        Self {
            span,
            stretches: Vec::new(),
            count: 0,
            last: None,
        }
    }

    /// Takes in the next letter; `is_near` says whether it stands where the last one does.
    fn push(&mut self, (place, revision): (usize, u32), is_near: bool) {
        self.last = Some((place, revision));
        if !is_near {
            self.count += 1;
            if self.stretches.len() < PLACES_MAX {
                self.stretches.push(Stretch {
                    first: place,
                    last: place,
                    revision,
                });
            }
        } else if self.count == self.stretches.len()
            && let Some(stretch) = self.stretches.last_mut()
        {
            stretch.last = place;
        }
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
}

/// Every element that ever stood in the text, in order.
struct Text<'h> {
    history: &'h TextHistory,
    nodes: Vec<&'h Node>,
}

impl<'h> Text<'h> {
    /// Notes where a letter came and where it went. What comes and goes where a generation starts is nobody's work.
    fn note(&self, changed: &mut [(Changed, Changed)], place: usize, version: &Version) {
        let session_of = |number: u32| {
            let after = changed.partition_point(|(came, _)| came.span.first <= number);
            let at = after.checked_sub(1)?;
            (number <= changed.get(at)?.0.span.last).then_some(at)
        };
        let is_work = |number: u32| !self.history.starts.contains(&number);
        let born = session_of(version.born);
        let ended = session_of(version.ended).filter(|_| is_work(version.ended));
        let came = born.filter(|_| is_work(version.born) && ended != born);
        let went = ended.filter(|_| ended != born);
        if let Some((came, _)) = came.and_then(|at| changed.get_mut(at)) {
            // In a fresh document other elements show the same letters: it is read as the last one that shows this element.
            let revision = came.span.last.min(version.ended.saturating_sub(1));
            self.push(came, (place, revision));
        }
        if let Some((_, went)) = went.and_then(|at| changed.get_mut(at)) {
            let revision = went.span.first.saturating_sub(1);
            self.push(went, (place, revision));
        }
    }

    fn push(&self, changed: &mut Changed, (place, revision): (usize, u32)) {
        let is_near = changed
            .last
            .is_some_and(|(last, at)| at == revision && self.is_near(last + 1..place, revision));
        changed.push((place, revision), is_near);
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
                false => other_word |= word_ended,
            }
        }
        true
    }

    fn quoted(&self, changed: &Changed) -> Option<Places> {
        let stretches = changed.stretches.iter();
        let words: Vec<String> = stretches.map(|stretch| self.words(*stretch)).collect();
        let more = changed.count.saturating_sub(words.len());
        (!words.is_empty()).then_some(Places { words, more })
    }

    /// The whole words of a stretch, as many as are quoted.
    fn words(&self, stretch: Stretch) -> String {
        let Stretch { last, revision, .. } = stretch;
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

    fn start_of_word(&self, Stretch { first, revision, .. }: Stretch) -> usize {
        let before = (first.saturating_sub(ELEMENTS_BESIDE_MAX)..first).rev();
        let shown = before.filter_map(|place| Some((place, self.sign(place, revision)?)));
        let of_word = shown.take_while(|(_, sign)| !sign.is_between_words());
        of_word.last().map_or(first, |(place, _)| place)
    }

    /// What shows at a place after a revision; nothing where nothing does, or only formatting.
    fn sign(&self, place: usize, revision: u32) -> Option<Sign<'h>> {
        let node = self.nodes.get(place)?;
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
        Value::Char(letter) => !letter.is_whitespace(),
        Value::Scalar(scalar) => {
            matches!(scalar.as_ref(), ScalarValue::Str(text) if !text.chars().all(char::is_whitespace))
        }
        Value::Object(_) | Value::MarkBegin(_) | Value::MarkEnd => false,
    }
}
