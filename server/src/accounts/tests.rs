//! Sign-in links are used once and lapse; sessions hold what they were made for.

use schema::ids::PartyId;

use super::*;
use crate::causes;

mod access_tokens;
mod devices;

const NOW: TimestampMs = TimestampMs(1_000_000);
const SANNE: Grantee = Grantee {
    person: PersonId::from_bytes([1; 16]),
    party: PartyId::from_bytes([2; 16]),
};

fn token(n: u8) -> Token {
    Token::from_random([n; 32])
}

fn later(ms: u64) -> TimestampMs {
    TimestampMs(NOW.0 + ms)
}

#[test]
fn a_link_signs_in_once() {
    let accounts = Accounts::temporary();
    accounts.invite(SANNE, &token(1), NOW).unwrap();
    let session = accounts.sign_in(&token(1), &token(2), NOW).unwrap().unwrap();
    assert_eq!(session.caller.person, SANNE.person);
    assert_eq!(accounts.sign_in(&token(1), &token(3), NOW).unwrap(), None);
    assert_eq!(accounts.session(&token(2), NOW), Some(session));
    assert_eq!(accounts.session(&token(1), NOW), None, "a link is no session");
}

#[test]
fn links_and_sessions_end() {
    let accounts = Accounts::temporary();
    accounts.invite(SANNE, &token(1), NOW).unwrap();
    assert_eq!(
        accounts
            .sign_in(&token(1), &token(2), later(tokens::LINK_MS))
            .unwrap(),
        None
    );
    accounts.invite(SANNE, &token(1), NOW).unwrap();
    accounts.sign_in(&token(1), &token(2), NOW).unwrap().unwrap();
    assert!(
        accounts
            .session(&token(2), later(tokens::SESSION_MS - 1))
            .is_some()
    );
    assert!(accounts.session(&token(2), later(tokens::SESSION_MS)).is_none());
}

#[test]
fn signing_out_ends_the_session() {
    let accounts = Accounts::temporary();
    accounts.invite(SANNE, &token(1), NOW).unwrap();
    accounts.sign_in(&token(1), &token(2), NOW).unwrap();
    accounts.sign_out(&token(2)).unwrap();
    accounts.sign_out(&token(2)).unwrap();
    assert_eq!(accounts.session(&token(2), NOW), None);
}

#[test]
fn a_forgotten_person_is_nobody_and_signed_out() {
    let accounts = Accounts::temporary();
    let person = Person {
        name: "Sanne".parse().unwrap(),
        mail: "sanne@example.org".parse().ok(),
    };
    accounts.put_person(SANNE.person, &person).unwrap();
    assert_eq!(accounts.person(SANNE.person), Some(person));
    accounts.invite(SANNE, &token(1), NOW).unwrap();
    accounts.sign_in(&token(1), &token(2), NOW).unwrap();
    accounts.invite(SANNE, &token(3), NOW).unwrap();
    assert!(accounts.forget_person(SANNE.person).unwrap());
    assert!(!accounts.forget_person(SANNE.person).unwrap(), "nothing was left");
    assert_eq!(accounts.person(SANNE.person), None);
    assert_eq!(accounts.session(&token(2), NOW), None);
    assert_eq!(accounts.sign_in(&token(3), &token(4), NOW).unwrap(), None);
}

#[test]
fn a_session_keeps_who_let_it_in() {
    let accounts = Accounts::temporary();
    let makers: BTreeSet<PersonId> = [7, 8].map(|n| PersonId::from_bytes([n; 16])).into();
    accounts.invite_by(makers.clone(), SANNE, &token(1), NOW).unwrap();
    let session = accounts.sign_in(&token(1), &token(2), NOW).unwrap().unwrap();
    assert_eq!(session.let_in_by, makers);
    let copy = accounts.copy_out().unwrap();
    let other = Accounts::temporary();
    other.copy_in(&copy, true, NOW).unwrap();
    assert_eq!(other.session(&token(2), NOW), Some(session));
    // A document from before links said so.
    let text = String::from_utf8(copy).unwrap();
    let (before, rest) = text.split_once("let_in_by").unwrap();
    let (_, after) = rest.split_once(']').unwrap();
    let before = before.trim_end().strip_suffix('"').unwrap().trim_end();
    let older = format!("{}{after}", before.strip_suffix(',').unwrap());
    other.copy_in(older.as_bytes(), true, NOW).unwrap();
    let session = other.session(&token(2), NOW).unwrap();
    assert_eq!(session.let_in_by, BTreeSet::new());
}

#[test]
fn who_was_forgotten_is_not_added_again() {
    let directory = tempfile::tempdir().unwrap();
    let accounts = Accounts::open(directory.path()).unwrap();
    let person = Person {
        name: "Sanne".parse().unwrap(),
        mail: None,
    };
    assert!(accounts.add_person(SANNE.person, &person).unwrap());
    assert!(accounts.add_person(SANNE.person, &person).unwrap());
    assert!(accounts.forget_person(SANNE.person).unwrap());
    drop(accounts);
    let accounts = Accounts::open(directory.path()).unwrap();
    assert!(!accounts.add_person(SANNE.person, &person).unwrap());
    assert_eq!(accounts.person(SANNE.person), None);
    assert!(accounts.knew(SANNE.person));
}

#[test]
fn the_store_survives_and_holds_no_token() {
    let directory = tempfile::tempdir().unwrap();
    let secret = token(0xab);
    {
        let accounts = Accounts::open(directory.path()).unwrap();
        accounts.invite(SANNE, &token(1), NOW).unwrap();
        accounts.sign_in(&token(1), &secret, NOW).unwrap();
    }
    let accounts = Accounts::open(directory.path()).unwrap();
    assert!(accounts.session(&secret, NOW).is_some());
    let file = std::fs::read_to_string(directory.path().join("accounts.json")).unwrap();
    assert!(!file.contains("abab"), "{file}");
}

#[test]
fn a_forgotten_person_is_in_no_file() {
    let directory = tempfile::tempdir().unwrap();
    let accounts = Accounts::open(directory.path()).unwrap();
    let person = |name: &str| Person {
        name: name.parse().unwrap(),
        mail: format!("{name}@example.org").parse().ok(),
    };
    let holds = |word: &str| {
        let files = std::fs::read_dir(directory.path()).unwrap();
        files.into_iter().any(|file| {
            let bytes = std::fs::read(file.unwrap().path()).unwrap();
            String::from_utf8_lossy(&bytes).contains(word)
        })
    };
    accounts.put_person(SANNE.person, &person("Sanne")).unwrap();
    for n in 2..9 {
        let other = PersonId::from_bytes([n; 16]);
        accounts.put_person(other, &person("Iemand")).unwrap();
    }
    accounts.put_person(SANNE.person, &person("Sannetje")).unwrap();
    assert!(
        holds("Sannetje") && !holds("\"Sanne\""),
        "a corrected name is gone too"
    );
    accounts.forget_person(SANNE.person).unwrap();
    assert!(holds("Iemand") && !holds("Sanne"));
}

#[test]
fn one_process_has_the_accounts_and_what_is_no_accounts_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let open = || Accounts::open(directory.path());
    let first = open().unwrap();
    assert!(matches!(open(), Err(AccountsError::InUse)));
    first.invite(SANNE, &token(1), NOW).unwrap();
    drop(first);
    let file = directory.path().join("accounts.json");
    let written = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, written.replace("\"format\": 1", "\"format\": 2")).unwrap();
    let newer = open().unwrap_err().to_string();
    assert!(
        newer.contains("accounts.json") && newer.contains("format 2"),
        "{newer}"
    );
    for bad in [
        "",
        "{}",
        &written[..written.len() / 2],
        &written.replace("links", "lonks"),
    ] {
        std::fs::write(&file, bad).unwrap();
        let damaged = open().unwrap_err();
        assert!(
            matches!(&damaged, AccountsError::Damaged { file: named, .. } if *named == file.display().to_string())
        );
        let told = causes::told(&damaged.into());
        assert!(
            told.contains("Restore a backup") && !told.contains("EOF"),
            "{told}"
        );
    }
    std::fs::write(&file, written).unwrap();
    assert!(
        open()
            .unwrap()
            .sign_in(&token(1), &token(2), NOW)
            .unwrap()
            .is_some()
    );
}

#[test]
fn a_token_survives_its_text_and_other_text_is_refused() {
    assert_eq!(token(0xfe).secret().parse(), Ok(token(0xfe)));
    for bad in ["", "ab", &"g".repeat(64), &"é".repeat(32), &"a".repeat(65)] {
        assert_eq!(bad.parse::<Token>(), Err(tokens::ParseTokenError));
    }
    assert_eq!(format!("{:?}", token(1)), "Token(…)");
}

#[test]
fn what_has_ended_is_swept_when_somebody_signs_in() {
    let accounts = Accounts::temporary();
    for n in 1..5 {
        accounts.invite(SANNE, &token(n), NOW).unwrap();
        accounts
            .sign_in(&token(n), &token(n + 100), NOW)
            .unwrap()
            .unwrap();
    }
    let much_later = later(tokens::SESSION_MS);
    accounts.invite(SANNE, &token(9), much_later).unwrap();
    accounts
        .sign_in(&token(9), &token(109), much_later)
        .unwrap()
        .unwrap();
    assert_eq!(
        {
            let contents = accounts.store.read();
            (contents.links.len(), contents.sessions.len())
        },
        (0, 1)
    );
}
