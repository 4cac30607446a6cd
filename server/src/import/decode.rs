//! From bytes to text: what is not a text is refused here, with the place where it went wrong.
//!
//! Why it exists: people drop Word, PDF and picture files on an importer. Each must get a sentence that says what
//! to do, and nothing behind this file has to think about bytes again.

use schema::limits::IMPORT_BYTES_MAX;

use super::ImportError;

/// How an export of a plan begins.
const AN_EXPORT: &[u8] = b"{\"format\":\"schrijftafel-export/";

/// The text of a file: UTF-8, without byte order mark, every kind of line end as `\n` (a page break stays `\f`).
pub fn decode(bytes: &[u8]) -> Result<String, ImportError> {
    let size = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    if size > IMPORT_BYTES_MAX {
        return Err(ImportError::TooLarge {
            bytes: size,
            max: IMPORT_BYTES_MAX,
        });
    }
    if bytes.starts_with(AN_EXPORT) {
        return Err(ImportError::AnExport);
    }
    if let Some(format) = known_format(bytes) {
        return Err(ImportError::OtherFormat { format });
    }
    if let Some(offset) = bytes.iter().position(|byte| *byte == 0) {
        let (line, column) = place(bytes, offset);
        return Err(ImportError::Binary { line, column });
    }
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let (line, column) = place(bytes, error.valid_up_to());
        let byte = bytes.get(error.valid_up_to()).copied().unwrap_or_default();
        ImportError::NotUtf8 { line, column, byte }
    })?;
    let text = normalised(text.strip_prefix('\u{feff}').unwrap_or(text))?;
    if text.trim().is_empty() {
        Err(ImportError::Empty)
    } else {
        Ok(text)
    }
}

/// Formats people try first, known by their first bytes.
fn known_format(bytes: &[u8]) -> Option<&'static str> {
    const FORMATS: [(&[u8], &str); 9] = [
        (b"%PDF-", "a PDF"),
        (b"PK\x03\x04", "a Word, OpenDocument or zip file"),
        (b"\xd0\xcf\x11\xe0", "an old Word file (.doc)"),
        (b"{\\rtf", "an RTF file"),
        (b"\x89PNG", "a picture"),
        (b"\xff\xd8\xff", "a picture"),
        (b"\xff\xfe", "text in UTF-16"),
        (b"\xfe\xff", "text in UTF-16"),
        (b"<!DOCTYPE html", "a web page"),
    ];
    FORMATS
        .iter()
        .find(|(start, _)| bytes.starts_with(start))
        .map(|(_, name)| *name)
}

/// Line and byte within the line, both from 1.
fn place(bytes: &[u8], offset: usize) -> (usize, usize) {
    let before = bytes.get(..offset).unwrap_or(bytes);
    let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
    let start = before
        .iter()
        .rposition(|byte| *byte == b'\n')
        .map_or(0, |newline| newline + 1);
    (line, offset - start + 1)
}

/// One kind of line end; control characters become spaces, unless there are so many that this is no text.
fn normalised(text: &str) -> Result<String, ImportError> {
    let text = text.replace("\r\n", "\n");
    let control = text.chars().filter(|letter| is_control(*letter)).count();
    if control * 50 > text.len() {
        let offset = text.find(is_control).unwrap_or_default();
        let (line, column) = place(text.as_bytes(), offset);
        return Err(ImportError::Binary { line, column });
    }
    Ok(text
        .chars()
        .map(|letter| match letter {
            '\r' | '\u{b}' | '\u{85}' | '\u{2028}' | '\u{2029}' => '\n',
            // The object replacement character stands for a block marker in a chapter, never for a letter.
            '\u{fffc}' => ' ',
            other if is_control(other) => ' ',
            other => other,
        })
        .collect())
}

fn is_control(letter: char) -> bool {
    letter.is_control() && !matches!(letter, '\n' | '\r' | '\t' | '\u{b}' | '\u{c}' | '\u{85}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_loses_its_mark_and_its_carriage_returns() {
        assert_eq!(
            decode("\u{feff}Eén\r\ntwee\rdrie".as_bytes()).unwrap(),
            "Eén\ntwee\ndrie"
        );
    }

    #[test]
    fn invalid_utf8_is_refused_with_its_line_and_byte() {
        let error = decode(b"regel een\nregel \xe9\xe9n").unwrap_err();
        assert_eq!(
            error,
            ImportError::NotUtf8 {
                line: 2,
                column: 7,
                byte: 0xe9
            }
        );
        assert_eq!(
            error.to_string(),
            "line 2, byte 7 (0xE9) is not UTF-8; save the file as plain text in UTF-8 and try again"
        );
    }

    #[test]
    fn other_formats_and_bytes_are_refused_by_name() {
        assert_eq!(
            decode(b"%PDF-1.7 ...").unwrap_err(),
            ImportError::OtherFormat { format: "a PDF" }
        );
        let export = br#"{"format":"schrijftafel-export/1","about":"#;
        assert_eq!(decode(export).unwrap_err(), ImportError::AnExport);
        assert_eq!(
            decode(b"abc\ndef\0ghi").unwrap_err(),
            ImportError::Binary { line: 2, column: 4 }
        );
        assert_eq!(
            decode(&[1, 2, 3, b'a', b'b']).unwrap_err(),
            ImportError::Binary { line: 1, column: 1 }
        );
    }

    #[test]
    fn nothing_at_all_is_empty() {
        for bytes in [&b""[..], b" \n\t\r\n", "\u{feff}\n".as_bytes()] {
            assert_eq!(decode(bytes).unwrap_err(), ImportError::Empty);
        }
    }

    #[test]
    fn one_byte_over_the_limit_is_refused_before_it_is_read() {
        let bytes = vec![b'a'; usize::try_from(IMPORT_BYTES_MAX).unwrap() + 1];
        assert!(matches!(decode(&bytes), Err(ImportError::TooLarge { .. })));
    }
}
