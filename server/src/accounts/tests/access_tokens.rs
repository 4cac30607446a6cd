//! Access tokens: found until they end, noted when used, gone when withdrawn, and never in a file.

use schema::domain::policy::Scope;
use schema::limits::{ACCESS_TOKEN_USE_NOTED_MS, ACCESS_TOKENS_MAX};

use super::*;
use crate::accounts::access_tokens::{AccessToken, NewAccessToken};

const TARIK: Grantee = Grantee {
    person: PersonId::from_bytes([7; 16]),
    party: PartyId::from_bytes([2; 16]),
};
const DAY_MS: u64 = 24 * 60 * 60 * 1_000;

fn asked(name: &str) -> NewAccessToken {
    NewAccessToken {
        name: name.parse().unwrap(),
        scope: Scope::Read,
        days: 2,
    }
}

fn made(accounts: &Accounts, grantee: Grantee, n: u8) -> Option<AccessToken> {
    let made = accounts.make_access_token(BTreeSet::new(), grantee, asked("notities"), (&token(n), NOW));
    made.unwrap()
}

#[test]
fn a_token_opens_what_it_was_made_for_until_it_ends() {
    let accounts = Accounts::temporary();
    let known = made(&accounts, SANNE, 1).unwrap();
    let access = accounts.access(&token(1), NOW).unwrap();
    assert_eq!(
        (access.session.caller.person, access.scope),
        (SANNE.person, Scope::Read)
    );
    assert_eq!(access.session.ends_at, known.ends_at);
    assert_eq!(accounts.access(&token(2), NOW), None, "another token");
    assert_eq!(accounts.session(&token(1), NOW), None, "it is no session");
    assert!(accounts.access(&token(1), later(2 * DAY_MS - 1)).is_some());
    assert_eq!(accounts.access(&token(1), later(2 * DAY_MS)), None);
    assert!(accounts.access_tokens(SANNE, later(2 * DAY_MS)).is_empty());
}

#[test]
fn its_use_is_noted_now_and_then() {
    let accounts = Accounts::temporary();
    made(&accounts, SANNE, 1).unwrap();
    assert!(accounts.access(&token(1), NOW).unwrap().is_to_be_noted);
    accounts.note_access(&token(1), NOW).unwrap();
    assert_eq!(accounts.access_tokens(SANNE, NOW)[0].used_at, Some(NOW));
    let soon = later(ACCESS_TOKEN_USE_NOTED_MS - 1);
    assert!(!accounts.access(&token(1), soon).unwrap().is_to_be_noted);
    let then = later(ACCESS_TOKEN_USE_NOTED_MS);
    assert!(accounts.access(&token(1), then).unwrap().is_to_be_noted);
}

#[test]
fn only_its_maker_withdraws_it_and_has_no_more_than_there_may_be() {
    let accounts = Accounts::temporary();
    let known = made(&accounts, SANNE, 1).unwrap();
    assert!(!accounts.withdraw_access_token(TARIK, known.id).unwrap());
    assert!(accounts.access(&token(1), NOW).is_some());
    assert!(accounts.withdraw_access_token(SANNE, known.id).unwrap());
    assert!(!accounts.withdraw_access_token(SANNE, known.id).unwrap());
    assert_eq!(accounts.access(&token(1), NOW), None);
    let most = u8::try_from(ACCESS_TOKENS_MAX).unwrap();
    for n in 0..most {
        made(&accounts, SANNE, n).unwrap();
    }
    assert_eq!(made(&accounts, SANNE, most), None);
    assert!(made(&accounts, TARIK, most).is_some(), "others have their own");
    let much_later = later(2 * DAY_MS);
    let again = accounts.make_access_token(BTreeSet::new(), SANNE, asked("weer"), (&token(99), much_later));
    assert!(again.unwrap().is_some(), "those that have ended do not count");
}

#[test]
fn the_store_keeps_them_without_their_secret_and_forgets_them_with_their_person() {
    let directory = tempfile::tempdir().unwrap();
    let accounts = Accounts::open(directory.path()).unwrap();
    made(&accounts, SANNE, 0xab).unwrap();
    made(&accounts, TARIK, 0xcd).unwrap();
    drop(accounts);
    let file = std::fs::read_to_string(directory.path().join("accounts.json")).unwrap();
    assert!(!file.contains("abab") && !file.contains("cdcd"), "{file}");
    let accounts = Accounts::open(directory.path()).unwrap();
    assert_eq!(accounts.access_tokens(SANNE, NOW)[0].name.as_str(), "notities");
    assert!(accounts.forget_person(SANNE.person).unwrap());
    assert_eq!(accounts.access(&token(0xab), NOW), None);
    assert!(accounts.access(&token(0xcd), NOW).is_some());
}

#[test]
fn none_comes_back_with_a_copy_that_cannot_know_which_were_withdrawn() {
    let accounts = Accounts::temporary();
    let known = made(&accounts, SANNE, 1).unwrap();
    made(&accounts, TARIK, 2).unwrap();
    let copy = accounts.copy_out().unwrap();
    assert!(accounts.withdraw_access_token(SANNE, known.id).unwrap());
    for (sessions, now, ended) in [(true, NOW, 2), (false, NOW, 2), (true, later(2 * DAY_MS), 0)] {
        assert_eq!(
            accounts.copy_in(&copy, sessions, now).unwrap().access_tokens,
            ended
        );
        assert_eq!(accounts.access(&token(1), NOW), None);
        assert_eq!(accounts.access(&token(2), NOW), None);
        assert!(accounts.access_tokens(TARIK, NOW).is_empty());
    }
}
