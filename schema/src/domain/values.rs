//! Checked values inside commands and events: text in NFC, dates, decimals, money.
//!
//! Why they exist: hashed content must have one form only, and a value once accepted is never checked again.
//! The only door is `TryFrom<String>` (or `FromStr`), which deserialising also goes through. Limits may grow;
//! one that shrinks would make stored events unreadable, so a stricter rule belongs in `decide`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

use crate::limits::{LINE_CHARS_MAX, PROSE_CHARS_MAX};

/// Why a value was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ValueError {
    /// A line must say something.
    #[error("text is empty")]
    Empty,
    /// Longer than allowed.
    #[error("text is longer than {max} characters")]
    TooLong {
        /// The limit, in Unicode characters.
        max: usize,
    },
    /// A control character (in a line also a line break).
    #[error("text contains a control character")]
    ControlCharacter,
    /// Not a date.
    #[error("not a date of the form 2026-12-31")]
    NotADate,
    /// Not a decimal number.
    #[error("not a decimal number of the form -12.5")]
    NotADecimal,
    /// Beyond what every JSON reader keeps exact.
    #[error("amount is out of range")]
    AmountOutOfRange,
}

macro_rules! text_value {
    ($($(#[$doc:meta])* $name:ident => $check:path;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = ValueError;

            fn try_from(text: String) -> Result<Self, ValueError> {
                $check(&text).map(Self)
            }
        }

        impl FromStr for $name {
            type Err = ValueError;

            fn from_str(text: &str) -> Result<Self, ValueError> {
                $check(text).map(Self)
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> String {
                value.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )*};
}

text_value! {
    /// One line that says something: a title, a name, a reason. NFC, trimmed, without controls of writing
    /// direction, 1 to `LINE_CHARS_MAX` characters.
    Line => check_line;
    /// Text of several lines. NFC, trimmed, line breaks as `\n`, 1 to `PROSE_CHARS_MAX` characters.
    Prose => check_prose;
    /// A local calendar date, `2026-12-31`.
    Date => check_date;
    /// A decimal number as text, `-12.5`: no rounding on the way.
    Decimal => check_decimal;
}

fn check_line(text: &str) -> Result<String, ValueError> {
    // In a line that stands among others they would turn its neighbours round, and nobody sees them.
    let text: String = text.chars().filter(|c| !is_bidi_control(*c)).nfc().collect();
    check_text(text.trim().to_owned(), LINE_CHARS_MAX, |_| false)
}

/// Embeddings, overrides and isolates of writing direction, and the marks beside them.
const fn is_bidi_control(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' | '\u{61c}')
}

fn check_prose(text: &str) -> Result<String, ValueError> {
    let text: String = text.replace("\r\n", "\n").trim().nfc().collect();
    check_text(text, PROSE_CHARS_MAX, |c| matches!(c, '\n' | '\t'))
}

fn check_text(text: String, max: usize, allowed: fn(char) -> bool) -> Result<String, ValueError> {
    if text.is_empty() {
        return Err(ValueError::Empty);
    }
    if text.chars().nth(max).is_some() {
        return Err(ValueError::TooLong { max });
    }
    if text.chars().any(|c| c.is_control() && !allowed(c)) {
        return Err(ValueError::ControlCharacter);
    }
    Ok(text)
}

fn check_date(text: &str) -> Result<String, ValueError> {
    let digits = |part: &str, length: usize| {
        (part.len() == length && part.bytes().all(|byte| byte.is_ascii_digit()))
            .then(|| part.parse::<u32>().ok())
            .flatten()
    };
    let mut parts = text.split('-');
    let (year, month, day) = (parts.next(), parts.next(), parts.next());
    let (Some(year), Some(month), Some(day), None) = (year, month, day, parts.next()) else {
        return Err(ValueError::NotADate);
    };
    match (digits(year, 4), digits(month, 2), digits(day, 2)) {
        (Some(year), Some(month), Some(day)) if (1..=days_in(year, month)).contains(&day) => {
            Ok(text.to_owned())
        }
        _ => Err(ValueError::NotADate),
    }
}

/// Days of a month; 0 for a month that does not exist.
fn days_in(year: u32, month: u32) -> u32 {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => 0,
    }
}

impl Decimal {
    /// Whether it is a number below zero; `-0` is not.
    #[must_use]
    pub fn is_below_zero(&self) -> bool {
        let digits = self.0.strip_prefix('-');
        digits.is_some_and(|digits| digits.bytes().any(|byte| matches!(byte, b'1'..=b'9')))
    }
}

fn check_decimal(text: &str) -> Result<String, ValueError> {
    const DIGITS_MAX: usize = 30;
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = unsigned
        .split_once('.')
        .map_or((unsigned, None), |(w, f)| (w, Some(f)));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let one_form = whole == "0" || !whole.starts_with('0');
    if unsigned.len() <= DIGITS_MAX && digits(whole) && one_form && fraction.is_none_or(digits) {
        Ok(text.to_owned())
    } else {
        Err(ValueError::NotADecimal)
    }
}

/// An amount of money in cents of a euro, within ±(2⁵³ − 1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "i64", into = "i64")]
pub struct EuroCents(i64);

impl EuroCents {
    /// The number of cents.
    #[must_use]
    pub const fn get(self) -> i64 {
        self.0
    }
}

impl TryFrom<i64> for EuroCents {
    type Error = ValueError;

    fn try_from(cents: i64) -> Result<Self, ValueError> {
        const MAX: u64 = (1 << 53) - 1;
        if cents.unsigned_abs() <= MAX {
            Ok(Self(cents))
        } else {
            Err(ValueError::AmountOutOfRange)
        }
    }
}

impl From<EuroCents> for i64 {
    fn from(amount: EuroCents) -> i64 {
        amount.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_has_one_form() {
        assert_eq!("  cafe\u{301} ".parse::<Line>().unwrap().as_str(), "café");
        assert_eq!(
            "Zorg\u{202e}gro\u{2069}".parse::<Line>().unwrap().as_str(),
            "Zorggro"
        );
        assert_eq!("\u{202e} ".parse::<Line>(), Err(ValueError::Empty));
        assert_eq!("a\r\nb\n".parse::<Prose>().unwrap().as_str(), "a\nb");
        assert_eq!(
            serde_json::from_str::<Line>("\"e\\u0301\"").unwrap().as_str(),
            "é"
        );
    }

    #[test]
    fn text_that_says_nothing_or_too_much_is_refused() {
        assert_eq!(" ".parse::<Line>(), Err(ValueError::Empty));
        assert_eq!("a\nb".parse::<Line>(), Err(ValueError::ControlCharacter));
        assert_eq!("a\u{0}b".parse::<Prose>(), Err(ValueError::ControlCharacter));
        let full = "é".repeat(LINE_CHARS_MAX);
        assert!(full.parse::<Line>().is_ok());
        assert_eq!(
            format!("{full}x").parse::<Line>(),
            Err(ValueError::TooLong { max: LINE_CHARS_MAX })
        );
    }

    #[test]
    fn dates_exist() {
        for good in ["2026-12-31", "2024-02-29", "2000-02-29"] {
            assert!(good.parse::<Date>().is_ok(), "{good}");
        }
        for bad in [
            "2025-02-29",
            "1900-02-29",
            "2026-13-01",
            "2026-00-10",
            "2026-1-1",
            "26-01-01",
            "2026-01-01-",
            "",
        ] {
            assert!(bad.parse::<Date>().is_err(), "{bad}");
        }
    }

    #[test]
    fn decimals_have_one_form() {
        for good in ["0", "-12.5", "100", "0.05"] {
            assert!(good.parse::<Decimal>().is_ok(), "{good}");
        }
        for bad in ["", "-", "01", "1,5", "1.", ".5", "1e3", "+1"] {
            assert!(bad.parse::<Decimal>().is_err(), "{bad}");
        }
    }

    #[test]
    fn below_zero_is_told_by_the_number_and_not_by_the_sign() {
        let below = ["-1", "-0.05", "-12.5", "0", "-0", "-0.00", "3"].map(|text| {
            let decimal: Decimal = text.parse().unwrap();
            decimal.is_below_zero()
        });
        assert_eq!(below, [true, true, true, false, false, false, false]);
    }

    #[test]
    fn amounts_stay_exact() {
        assert!(serde_json::from_str::<EuroCents>("9007199254740991").is_ok());
        assert!(serde_json::from_str::<EuroCents>("9007199254740992").is_err());
        assert!(serde_json::from_str::<EuroCents>("1.5").is_err());
    }
}
