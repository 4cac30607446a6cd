//! The beginning of a text as people quote it: whole words, with an ellipsis where it goes on.
//!
//! Why it exists: histories and reports quote a few words so that their reader recognises the place. Half a word, or
//! half a letter of several signs, looks like a fault in the text itself.

use unicode_segmentation::UnicodeSegmentation;

/// What stands for the rest.
pub const ELLIPSIS: char = '…';

/// At most so many letters (graphemes) of a text, cut between words; in a first word that is longer than that, between
/// letters.
#[must_use]
pub fn beginning(text: &str, letters_max: usize) -> String {
    let text = text.trim();
    let Some((end, _)) = text.grapheme_indices(true).nth(letters_max) else {
        return text.to_owned();
    };
    let (cut, rest) = text.split_at(end);
    let whole = if rest.starts_with(char::is_whitespace) {
        cut
    } else {
        cut.rsplit_once(char::is_whitespace)
            .map_or(cut, |(whole, _)| whole)
    };
    format!("{}{ELLIPSIS}", whole.trim_end())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_short_text_is_quoted_whole() {
        assert_eq!(beginning(" Zorg dichtbij ", 13), "Zorg dichtbij");
    }

    #[test]
    fn a_longer_one_ends_with_a_whole_word() {
        assert_eq!(beginning("Zorg dichtbij huis", 14), "Zorg dichtbij…");
        assert_eq!(beginning("Zorg dichtbij huis", 13), "Zorg dichtbij…");
        assert_eq!(beginning("Zorg dichtbij huis", 12), "Zorg…");
    }

    #[test]
    fn a_word_that_is_too_long_is_cut_between_letters_of_several_signs() {
        assert_eq!(beginning("👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧", 2), "👩‍👩‍👧👩‍👩‍👧…");
        assert_eq!(beginning("Arbeidsmarktvraagstukken", 6), "Arbeid…");
    }

    proptest! {
        #[test]
        fn it_is_a_beginning_that_is_no_longer_than_asked(text in "[a-zé🏡\u{301} ]{0,40}", letters_max in 1..20_usize) {
            let begun = beginning(&text, letters_max);
            let whole = begun.strip_suffix(ELLIPSIS).unwrap_or(&begun);
            prop_assert!(text.trim().starts_with(whole));
            prop_assert!(whole.graphemes(true).count() <= letters_max);
            prop_assert_eq!(begun.ends_with(ELLIPSIS), whole.len() < text.trim().len());
        }
    }
}
