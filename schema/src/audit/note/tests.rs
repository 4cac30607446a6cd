//! Notes: the examples of `signed-note`, what is refused, and whose signatures count.

use proptest::prelude::*;

use super::*;

/// The verifier key and the note that the specification gives as an example.
const EXAMPLE_KEY: &str = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
const EXAMPLE_NOTE: &str = "This is an example message.\n\n— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n";
/// A note of another signer, whose text has an empty line.
const OTHER_NOTE: &str = "Ognuno sta solo sul cuor della terra\ntrafitto da un raggio di sole:\n\ned è subito sera.\n\n— quasimodo.example/salvatore NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFSQU0xMcXxj99ihAQwaqP3ZekRwNtIc=\n";

fn signer(name: &str) -> LogSigner {
    LogSigner::from_seed(name.parse().unwrap(), &[7; 32])
}

fn note() -> Note {
    Note::new("een tekst\n".to_owned()).unwrap()
}

#[test]
fn the_example_of_the_specification_verifies() {
    let key: LogKey = EXAMPLE_KEY.parse().unwrap();
    assert_eq!(key.to_string(), EXAMPLE_KEY);
    assert_eq!(key.id().to_string(), "530d903a");
    let note = Note::parse(EXAMPLE_NOTE.as_bytes()).unwrap();
    assert_eq!(note.is_signed_by(&key), Ok(true));
    assert_eq!(note.to_string(), EXAMPLE_NOTE);
}

#[test]
fn a_text_may_have_empty_lines() {
    let note = Note::parse(OTHER_NOTE.as_bytes()).unwrap();
    assert!(note.text().ends_with("sole:\n\ned è subito sera.\n"));
    assert_eq!(note.signatures().len(), 1);
    assert_eq!(note.to_string(), OTHER_NOTE);
}

#[test]
fn signatures_of_unknown_keys_are_ignored() {
    let mut note = note();
    note.sign(&signer("a.example")).unwrap();
    let known = signer("b.example");
    assert_eq!(note.is_signed_by(known.verifier()), Ok(false));
    note.sign(&known).unwrap();
    let note = Note::parse(note.to_string().as_bytes()).unwrap();
    assert_eq!(note.is_signed_by(known.verifier()), Ok(true));
    let same_name_other_key = LogSigner::from_seed("b.example".parse().unwrap(), &[8; 32]);
    assert_eq!(note.is_signed_by(same_name_other_key.verifier()), Ok(false));
    assert_eq!(
        note.is_signed_by(&known.verifier().under_name("c.example".parse().unwrap())),
        Ok(false)
    );
}

#[test]
fn a_signature_that_is_said_to_be_of_another_key_is_told() {
    let key = signer("a.example");
    let mut note = note();
    note.sign(&key).unwrap();
    assert!(!note.is_signed_under_another_id(key.verifier()));
    let own = note.signatures()[0].clone();
    let other = signer("b.example").verifier().id();
    let mut renamed = Note::new(note.text().to_owned()).unwrap();
    renamed
        .add(NoteSignature::new(
            own.name().clone(),
            other,
            own.bytes().to_vec(),
        ))
        .unwrap();
    assert_eq!(renamed.is_signed_by(key.verifier()), Ok(false));
    assert!(renamed.is_signed_under_another_id(key.verifier()));
    assert!(!renamed.is_signed_under_another_id(signer("b.example").verifier()));
}

#[test]
fn a_false_signature_under_a_known_key_condemns_the_note() {
    let key = signer("a.example");
    let mut other = Note::new("een andere tekst\n".to_owned()).unwrap();
    other.sign(&key).unwrap();
    let mut note = note();
    note.sign(&key).unwrap();
    note.add(other.signatures()[0].clone()).unwrap();
    let name = "a.example".parse().unwrap();
    assert_eq!(note.is_signed_by(key.verifier()), Err(BadSignature { name }));
}

#[test]
fn the_same_signature_twice_is_one() {
    let mut note = note();
    note.sign(&signer("a.example")).unwrap();
    note.sign(&signer("a.example")).unwrap();
    assert_eq!(note.signatures().len(), 1);
}

#[test]
fn a_note_has_room_for_signatures_up_to_a_limit() {
    let mut note = note();
    for number in 0..NOTE_SIGNATURES_MAX {
        note.sign(&signer(&format!("witness{number}.example"))).unwrap();
    }
    assert_eq!(
        note.sign(&signer("one-more.example")),
        Err(NoteError::TooManySignatures)
    );
    let line = note.signatures()[0].to_string();
    assert!(Note::parse(note.to_string().as_bytes()).is_ok());
    assert_eq!(
        Note::parse((note.to_string() + &line).as_bytes()),
        Err(NoteError::TooManySignatures)
    );
    let long = "x".repeat(NOTE_BYTES_MAX - 1) + "\n";
    assert_eq!(
        Note::new(long).unwrap().sign(&signer("a.example")),
        Err(NoteError::TooLong)
    );
    assert_eq!(
        Note::new("x".repeat(NOTE_BYTES_MAX) + "\n"),
        Err(NoteError::TooLong)
    );
    assert_eq!(
        Note::parse(&vec![b'x'; NOTE_BYTES_MAX + 1]),
        Err(NoteError::TooLong)
    );
}

#[test]
fn the_length_of_a_line_is_known_beforehand() {
    for length in 1..10 {
        let signature = NoteSignature::new("é.example".parse().unwrap(), KeyId(1), vec![9; length]);
        assert_eq!(signature.line_bytes(), signature.to_string().len());
    }
}

#[test]
fn other_text_is_no_note() {
    let line = "— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv\n";
    assert!(Note::parse(format!("a\n\n{line}").as_bytes()).is_ok());
    let refused = [
        (format!("a\n{line}"), NoteError::Shape),
        (line.to_owned(), NoteError::Shape),
        ("a\n".to_owned(), NoteError::Shape),
        ("a\n\n".to_owned(), NoteError::Shape),
        (format!("a\n\n{}", line.trim_end()), NoteError::Shape),
        (format!("a\r\n\n{line}"), NoteError::NotText),
        (format!("a\t\n\n{line}"), NoteError::NotText),
        (format!("a\n\n{line}b\n"), NoteError::Signature(1)),
        (
            format!("a\n\n{}", line.replace('—', "-")),
            NoteError::Signature(0),
        ),
        (
            format!("a\n\n{}", line.replace("Uw2Q", "Uw2")),
            NoteError::Signature(0),
        ),
        (
            format!("a\n\n{}", line.replace("/foo ", "+foo ")),
            NoteError::Signature(0),
        ),
        (
            format!("a\n\n{}", line.replace("/foo ", "\u{a0}foo ")),
            NoteError::Signature(0),
        ),
        (
            format!("a\n\n{}", line.replace("/foo ", "/foo  ")),
            NoteError::Signature(0),
        ),
        ("a\n\n—  Uw2QOkn8\n".to_owned(), NoteError::Signature(0)),
        ("a\n\n— a Uw2QOg==\n".to_owned(), NoteError::Signature(0)),
        ("a\n\n— a Uw2QOkn=\n".to_owned(), NoteError::Signature(0)),
    ];
    for (text, error) in refused {
        assert_eq!(Note::parse(text.as_bytes()), Err(error), "{text:?}");
    }
    assert_eq!(Note::parse(b"a\xff\n\n"), Err(NoteError::NotText));
    assert_eq!(Note::new("zonder einde".to_owned()), Err(NoteError::Shape));
}

#[test]
fn other_text_is_no_key() {
    let changed = |from: &str, to: &str| EXAMPLE_KEY.replace(from, to).parse::<LogKey>();
    assert_eq!(changed("530d903a", "530d903b"), Err(ParseKeyError::Id));
    assert_eq!(changed("530d903a", "530D903A"), Err(ParseKeyError::Id));
    assert_eq!(
        changed("example.com/foo", "example.com/bar"),
        Err(ParseKeyError::Id)
    );
    assert_eq!(
        changed("example.com/foo", "example com"),
        Err(ParseKeyError::Name)
    );
    assert_eq!(changed("example.com/foo", ""), Err(ParseKeyError::Name));
    assert_eq!(changed("+AekyeRrm", ""), Err(ParseKeyError::Shape));
    assert_eq!(changed("Aeky", "Bek"), Err(ParseKeyError::Shape));
    assert_eq!(changed("3U2k", ""), Err(ParseKeyError::Key(KeyError)));
    let kind = ParseKeyError::Kind {
        found: 0x04,
        wanted: 0x01,
    };
    assert_eq!(changed("Aeky", "BOky"), Err(kind));
}

#[test]
fn a_key_under_which_everything_verifies_is_none() {
    let mut low_order = [0; 32];
    low_order[0] = 1;
    assert_eq!(
        LogKey::new("a.example".parse().unwrap(), &low_order),
        Err(KeyError)
    );
}

#[test]
fn a_secret_key_is_not_shown() {
    let shown = format!("{:?}", signer("a.example"));
    assert!(shown.contains("a.example") && shown.contains("secret"));
    assert!(!shown.contains("0707") && !shown.contains("[7, 7"));
}

proptest! {
    #[test]
    fn a_signed_text_is_read_back(text in "[^\\x00-\\x1f]{0,20}(\n[^\\x00-\\x1f]{0,20}){0,4}\n", flip in any::<usize>()) {
        let key = signer("a.example");
        let mut note = Note::new(text).unwrap();
        note.sign(&key).unwrap();
        let written = note.to_string();
        let read = Note::parse(written.as_bytes()).unwrap();
        prop_assert_eq!(&read, &note);
        prop_assert_eq!(read.is_signed_by(key.verifier()), Ok(true));
        let mut bytes = written.into_bytes();
        let at = flip % bytes.len();
        bytes[at] ^= 1;
        let counts = Note::parse(&bytes).is_ok_and(|note| note.is_signed_by(key.verifier()) == Ok(true));
        prop_assert!(!counts, "a changed bit counts");
    }

    #[test]
    fn any_bytes_are_a_note_or_not(bytes in prop::collection::vec(any::<u8>(), 0..200), text in "(a|\n|— |b A{4,8}=?| |\\+){0,12}") {
        for bytes in [bytes, text.into_bytes()] {
            if let Ok(note) = Note::parse(&bytes) {
                prop_assert_eq!(note.to_string().into_bytes(), bytes);
            }
        }
    }

    #[test]
    fn any_text_is_a_key_or_not(text in ".{0,80}", noise in "[a-z]{1,5}\\+[0-9a-f]{8}\\+[A-Za-z0-9+/]{40,48}={0,2}") {
        for text in [text, noise] {
            if let Ok(key) = text.parse::<LogKey>() {
                prop_assert_eq!(key.to_string(), text);
            }
        }
    }
}
