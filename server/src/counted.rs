//! A number with the noun of what it counts: "1 event", "2 events".
//!
//! Why it exists: what the program tells its operator is read by people, and one of something is no several.

use std::fmt::Display;

/// So many of something; `noun` names one, and several have an "s" behind it.
#[must_use]
pub fn counted<N: Copy + Display + PartialEq + From<u8>>(number: N, noun: &str) -> String {
    let ending = if number == N::from(1) { "" } else { "s" };
    format!("{number} {noun}{ending}")
}

/// So many as were somewhere, or were something.
#[must_use]
pub fn were<N: Copy + Display + PartialEq + From<u8>>(number: N) -> String {
    let verb = if number == N::from(1) { "was" } else { "were" };
    format!("{number} {verb}")
}

#[cfg(test)]
mod tests {
    use super::{counted, were};

    #[test]
    fn only_one_is_singular() {
        assert_eq!(
            [0_usize, 1, 2, 21].map(|number| counted(number, "event")),
            ["0 events", "1 event", "2 events", "21 events"]
        );
        assert_eq!([0_u64, 1, 2].map(were), ["0 were", "1 was", "2 were"]);
    }
}
