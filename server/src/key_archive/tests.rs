//! Keys that go into a file and come out of it, and strangers' programs that agree.

use std::os::unix::fs::PermissionsExt;

use super::age::AgeError;
use super::*;

const PASSPHRASE: &str = "drie koeien in de sloot";

const FRESH: Fresh = Fresh {
    file_key: [1; 16],
    salt: [2; 16],
    nonce: [3; 16],
};

fn keys() -> tempfile::TempDir {
    let place = tempfile::tempdir().unwrap();
    let keys = place.path().join("keys");
    fs::create_dir(&keys).unwrap();
    fs::write(keys.join("log-key-0001.json"), "{\"seed\":\"one\"}").unwrap();
    fs::write(keys.join("log-key-0002.json"), vec![7; 200_000]).unwrap();
    place
}

#[test]
fn keys_come_back_as_they_were_and_only_their_owner_may_read_them() {
    let place = keys();
    let (keys, file, back) = (
        place.path().join("keys"),
        place.path().join("keys.age"),
        place.path().join("back/keys"),
    );
    assert_eq!(pack(&keys, &file, PASSPHRASE, &FRESH).unwrap(), 2);
    let packed = fs::read(&file).unwrap();
    assert!(!packed.windows(6).any(|window| window == b"\"seed\""));
    assert_eq!(unpack(&file, &back, PASSPHRASE).unwrap(), 2);
    for name in ["log-key-0001.json", "log-key-0002.json"] {
        let path = back.join(name);
        assert_eq!(fs::read(&path).unwrap(), fs::read(keys.join(name)).unwrap());
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let again = unpack(&file, &back, PASSPHRASE);
    assert!(matches!(again, Err(KeyArchiveError::Exists(_))), "{again:?}");
    let wrong = unpack(&file, &place.path().join("other"), "vier koeien in de sloot");
    assert!(
        matches!(wrong, Err(KeyArchiveError::Locked(AgeError::Passphrase))),
        "{wrong:?}"
    );
    assert!(!place.path().join("other").exists());
    let nothing = pack(&place.path().join("none"), &file, PASSPHRASE, &FRESH);
    assert!(matches!(nothing, Err(KeyArchiveError::NoKeys(_))), "{nothing:?}");
    assert_eq!(fs::read(&file).unwrap(), packed);
}

/// Written by `age` 1.1.1 (`age --passphrase`, this passphrase) over a tar archive of one file.
#[test]
fn a_file_of_the_age_program_opens() {
    let golden = include_bytes!("../../../tests/golden/keys/by-age-1.1.1.age");
    let opened = age::decrypt(PASSPHRASE, golden).unwrap();
    let mut tar = tar::Archive::new(opened.as_slice());
    let mut entry = tar.entries().unwrap().next().unwrap().unwrap();
    let mut text = String::new();
    entry.read_to_string(&mut text).unwrap();
    assert_eq!(text, "a key of nobody\n");
    // Every try derives the key again, which is meant to be slow.
    for at in (0..golden.len())
        .step_by(golden.len() / 12)
        .chain([golden.len() - 1])
    {
        let mut bent = golden.to_vec();
        bent[at] ^= 1;
        assert!(age::decrypt(PASSPHRASE, &bent).is_err(), "byte {at}");
    }
    for length in [0, 21, 60, 150, golden.len() - 1, golden.len() - 17] {
        assert!(
            age::decrypt(PASSPHRASE, &golden[..length]).is_err(),
            "{length} bytes"
        );
    }
}

#[test]
fn work_without_bound_and_locks_of_another_sort_are_refused() {
    let with = |stanza: &str| {
        let line = "A".repeat(43);
        format!("age-encryption.org/v1\n{stanza}\n{line}\n--- {line}\nxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx")
    };
    let salt = "AAAAAAAAAAAAAAAAAAAAAA";
    let much = age::decrypt("x", with(&format!("-> scrypt {salt} 40")).as_bytes());
    assert_eq!(much, Err(AgeError::TooMuchWork(40)));
    let keys = age::decrypt("x", with("-> X25519 abc").as_bytes());
    assert!(matches!(keys, Err(AgeError::Malformed(_))), "{keys:?}");
    assert!(age::decrypt("x", b"PK\x03\x04").is_err());
}

#[test]
fn an_archive_cannot_write_outside_the_directory() {
    let place = tempfile::tempdir().unwrap();
    for name in ["../outside", "sub/key"] {
        let mut header = tar::Header::new_gnu();
        header.as_gnu_mut().unwrap().name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_size(1);
        header.set_mode(0o600);
        header.set_cksum();
        let mut tar = tar::Builder::new(Vec::new());
        tar.append(&header, &b"x"[..]).unwrap();
        let file = place.path().join("bad.age");
        fs::write(
            &file,
            age::encrypt("p", &tar.into_inner().unwrap(), &FRESH).unwrap(),
        )
        .unwrap();
        let refused = unpack(&file, &place.path().join("keys"), "p");
        assert!(matches!(refused, Err(KeyArchiveError::Strange(_))), "{refused:?}");
        assert!(!place.path().join("keys").exists());
    }
}

#[test]
fn content_of_any_length_comes_back() {
    for length in [0, 1, 65_535, 65_536, 65_537, 200_000] {
        let content = vec![9; length];
        let file = age::encrypt("p", &content, &FRESH).unwrap();
        assert_eq!(age::decrypt("p", &file).unwrap(), content, "{length}");
    }
}
