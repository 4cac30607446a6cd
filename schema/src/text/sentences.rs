//! Where a sentence begins, as far as two letters say it.
//!
//! Why it exists: a restore keeps what somebody is typing whole by the sentence.

/// Whether a new sentence begins with the second of two letters: the first ends one, and the second does not belong to that
/// end ("3.5", "?!", "(zei hij.)").
#[must_use]
pub fn begins(one: char, next: char) -> bool {
    let ends = |letter| matches!(letter, '.' | '!' | '?' | '…');
    let closes = matches!(next, '"' | '\'' | ')' | ']' | '’' | '”' | '»');
    ends(one) && !ends(next) && !closes && !next.is_ascii_digit()
}

#[cfg(test)]
mod tests {
    use super::begins;

    #[test]
    fn a_sentence_begins_behind_the_end_of_one() {
        for (one, next) in [('.', ' '), ('?', 'D'), ('…', '\u{a0}')] {
            assert!(begins(one, next), "{one}{next}");
        }
        for (one, next) in [('.', '5'), ('?', '!'), ('.', '”'), (',', ' '), ('k', 'v')] {
            assert!(!begins(one, next), "{one}{next}");
        }
    }
}
