//! The one place from which commands print. Every sentence may hold text out of a file that somebody else made.
//!
//! Why it exists: a title, a reason or a name with control characters in it makes a terminal hide what stands there, or show what does
//! not: escape sequences move the cursor, characters of direction turn a line around. So whatever is printed shows them as
//! what they are, `\u{1b}`. What a foreign text holds of line ends is shown so too, by [`in_a_line`], or it could end our sentence
//! and begin one of its own.

use std::borrow::Cow;

/// Prints a line, or several, to those who asked.
macro_rules! say {
    () => { println!() };
    ($($text:tt)*) => { println!("{}", $crate::cli::plain::in_lines(&format!($($text)*))) };
}

/// Prints a line beside what was asked for: progress, warnings, why not.
macro_rules! tell {
    ($($text:tt)*) => { eprintln!("{}", $crate::cli::plain::in_lines(&format!($($text)*))) };
}

pub(crate) use {say, tell};

/// A text of several lines of ours: everything that is not shown is escaped, line ends excepted.
#[must_use]
pub fn in_lines(text: &str) -> Cow<'_, str> {
    escaped(text, |one| one != '\n', |one| one.escape_unicode().to_string())
}

/// A foreign text in a line of ours: line ends are escaped too.
#[must_use]
pub fn in_a_line(text: &str) -> Cow<'_, str> {
    escaped(text, |_| true, |one| one.escape_unicode().to_string())
}

/// JSON, which stays what it was: such characters stand in its strings only.
#[must_use]
pub fn in_json(json: &str) -> Cow<'_, str> {
    escaped(
        json,
        |one| one != '\n',
        |one| format!("\\u{:04x}", u32::from(one)),
    )
}

fn escaped(text: &str, is_asked: fn(char) -> bool, escape: fn(char) -> String) -> Cow<'_, str> {
    let is_unseen = |one: char| is_asked(one) && is_unseen(one);
    if !text.contains(is_unseen) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len());
    for one in text.chars() {
        match is_unseen(one) {
            true => shown.push_str(&escape(one)),
            false => shown.push(one),
        }
    }
    Cow::Owned(shown)
}

/// Control characters (C0, DEL, C1), other ends of lines, and what turns the direction of a line around.
fn is_unseen(one: char) -> bool {
    let turns = matches!(one, '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    one.is_control() || turns || matches!(one, '\u{2028}' | '\u{2029}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_would_obey_is_shown() {
        let foreign = "Plan \u{1b}[2J\u{9b}31m\u{7f}\u{202e}nalp\u{2066}\n\tZorg \u{2028}é";
        let shown = "Plan \\u{1b}[2J\\u{9b}31m\\u{7f}\\u{202e}nalp\\u{2066}\n\\u{9}Zorg \\u{2028}é";
        assert_eq!(in_lines(foreign), shown);
        assert_eq!(in_a_line(foreign), shown.replace('\n', "\\u{a}"));
        assert!(matches!(in_lines("Plan\nZorg é 🙂"), Cow::Borrowed(_)));
        let json = serde_json::to_string_pretty(&[foreign]).unwrap();
        let safe = in_json(&json);
        assert!(!safe.contains(|one| one != '\n' && is_unseen(one)), "{safe}");
        assert_eq!(serde_json::from_str::<Vec<String>>(&safe).unwrap(), [foreign]);
    }
}
