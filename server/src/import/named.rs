//! Parts that plans have under a fixed name: foreword, glossary, colophon.

use super::contents::plain_form;

/// How sure a name is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Named {
    /// Names a part of a plan, but also paragraphs ("Samenvatting").
    Often,
    /// Names a part of a plan and nothing else ("Colofon").
    Always,
}

/// Whether a title is a fixed name.
pub fn named(title: &str) -> Option<Named> {
    const ALWAYS: [&str; 17] = [
        "voorwoord",
        "woord vooraf",
        "ten geleide",
        "nawoord",
        "dankwoord",
        "woordenlijst",
        "begrippenlijst",
        "verklarende woordenlijst",
        "afkortingen",
        "afkortingenlijst",
        "begrippen en afkortingen",
        "colofon",
        "bijlage",
        "bijlagen",
        "literatuurlijst",
        "bronnenlijst",
        "managementsamenvatting",
    ];
    const OFTEN: [&str; 10] = [
        "inleiding",
        "samenvatting",
        "leeswijzer",
        "begrippen",
        "bronnen",
        "literatuur",
        "slotwoord",
        "tot slot",
        "conclusie",
        "verantwoording",
    ];
    let form = plain_form(title);
    match form.as_str() {
        form if ALWAYS.contains(&form) || form.starts_with("bijlage ") => Some(Named::Always),
        form if OFTEN.contains(&form) => Some(Named::Often),
        _ => None,
    }
}
