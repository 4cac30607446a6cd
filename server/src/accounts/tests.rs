//! Sign-in links are used once and lapse; sessions hold what they were made for.

use schema::ids::PartyId;

use super::*;

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
    let accounts = Accounts::temporary().unwrap();
    accounts.invite(SANNE, &token(1), NOW).unwrap();
    let session = accounts.sign_in(&token(1), &token(2), NOW).unwrap().unwrap();
    assert_eq!(session.caller.person, SANNE.person);
    assert_eq!(accounts.sign_in(&token(1), &token(3), NOW).unwrap(), None);
    assert_eq!(accounts.session(&token(2), NOW).unwrap(), Some(session));
    assert_eq!(
        accounts.session(&token(1), NOW).unwrap(),
        None,
        "a link is no session"
    );
}

#[test]
fn links_and_sessions_end() {
    let accounts = Accounts::temporary().unwrap();
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
            .unwrap()
            .is_some()
    );
    assert!(
        accounts
            .session(&token(2), later(tokens::SESSION_MS))
            .unwrap()
            .is_none()
    );
}

#[test]
fn signing_out_ends_the_session() {
    let accounts = Accounts::temporary().unwrap();
    accounts.invite(SANNE, &token(1), NOW).unwrap();
    accounts.sign_in(&token(1), &token(2), NOW).unwrap();
    accounts.sign_out(&token(2)).unwrap();
    accounts.sign_out(&token(2)).unwrap();
    assert_eq!(accounts.session(&token(2), NOW).unwrap(), None);
}

#[test]
fn a_forgotten_person_is_nobody_and_signed_out() {
    let accounts = Accounts::temporary().unwrap();
    let person = Person {
        name: "Sanne".parse().unwrap(),
        mail: "sanne@example.org".parse().ok(),
    };
    accounts.put_person(SANNE.person, &person).unwrap();
    assert_eq!(accounts.person(SANNE.person).unwrap(), Some(person));
    accounts.invite(SANNE, &token(1), NOW).unwrap();
    accounts.sign_in(&token(1), &token(2), NOW).unwrap();
    accounts.invite(SANNE, &token(3), NOW).unwrap();
    accounts.forget_person(SANNE.person).unwrap();
    assert_eq!(accounts.person(SANNE.person).unwrap(), None);
    assert_eq!(accounts.session(&token(2), NOW).unwrap(), None);
    assert_eq!(accounts.sign_in(&token(3), &token(4), NOW).unwrap(), None);
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
    assert!(accounts.session(&secret, NOW).unwrap().is_some());
    let hidden = accounts.sessions.iter().all(|entry| {
        let (key, value) = entry.unwrap();
        key.as_ref() != [0xab; 32] && !String::from_utf8_lossy(&value).contains("abab")
    });
    assert!(hidden);
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
    let accounts = Accounts::temporary().unwrap();
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
    assert_eq!((accounts.links.len(), accounts.sessions.len()), (0, 1));
}
