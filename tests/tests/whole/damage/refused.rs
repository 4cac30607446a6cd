//! A start that is refused leaves every byte of the data directory as it was, whatever the reason and the engine.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use schema::ids::IncarnationId;
use schrijftafel_server::log::engine::{self, EngineKind};
use tests::audited::{AuditedServer, free_address, until};

use super::killed::{Plans, SCHRIJFTAFEL, Scene, contents, ensure_all_but_the_last, holds_all, start};
use super::signed::refused_start;
use super::{bytes_below, copy_tree, files_below, flip_a_bit, run, verify};

/// What is said of a log that another process holds, and of no other.
const IN_USE: &str = "is another server using the same data?";

/// Data of a server that was killed after it had signed twice, with `shorter`: the log from in between.
fn data_of_a_killed_server(place: &Path, kind: EngineKind, address: &str) {
    let [data, shorter] = ["data", "shorter"].map(|name| place.join(name));
    fs::create_dir(&data).unwrap();
    drop(engine::create(&data.join("log"), kind, IncarnationId::from_bytes([9; 16])).unwrap());
    engine::wait_until_closed(&data.join("log")).unwrap();
    let mut server = AuditedServer::start(SCHRIJFTAFEL.as_ref(), &data, address).unwrap();
    server.signed_by(1).unwrap();
    server.running.kill();
    copy_tree(&data.join("log"), &shorter);
    let mut server = AuditedServer::start(SCHRIJFTAFEL.as_ref(), &data, address).unwrap();
    server.write("Dit is ondertekend").unwrap();
    server.signed_by(1).unwrap();
    let said = refused_start(&data, &free_address().unwrap());
    assert!(said.contains(IN_USE), "{kind}: {said}");
    server.running.kill();
    fs::remove_file(data.join("admin.sock")).unwrap();
}

/// What a start may be tempted to put right: half a file, a last group that does not end, a file to lock that is gone.
fn leave_work(log: &Path, kind: EngineKind) {
    if kind == EngineKind::Segments {
        fs::write(log.join("0000000000.idx.tmp"), b"half").unwrap();
        fs::remove_file(log.join("lock")).unwrap();
        let last = log.join("0000000000.seg");
        let mut bytes = fs::read(&last).unwrap();
        bytes.extend([0x55; 100]);
        fs::write(last, bytes).unwrap();
    }
}

#[test]
fn a_refused_start_over_sled_changes_nothing() {
    a_refused_start_changes_nothing(EngineKind::Sled);
}

#[test]
fn a_refused_start_over_segments_changes_nothing() {
    a_refused_start_changes_nothing(EngineKind::Segments);
}

type Damage = fn(&Path, &Path);
type DamageBeside = fn(&Path);

fn a_refused_start_changes_nothing(kind: EngineKind) {
    let place = tempfile::tempdir().unwrap();
    let address = free_address().unwrap();
    data_of_a_killed_server(place.path(), kind, &address);
    let reasons: [(&str, &str, Damage); 5] = [
        (
            "shorter than signed",
            "shorter than when it was last signed",
            |place, log| {
                fs::remove_dir_all(log).unwrap();
                copy_tree(&place.join("shorter"), log);
            },
        ),
        (
            "shorter than signed, without its note",
            "shorter than when it was last signed",
            |place, log| {
                fs::remove_dir_all(log).unwrap();
                copy_tree(&place.join("shorter"), log);
                fs::remove_file(log.join("acknowledged")).unwrap();
            },
        ),
        ("another log", "not the one that was signed", |place, log| {
            fs::remove_dir_all(log).unwrap();
            copy_tree(&place.join("other"), log);
        }),
        ("an answered end that is damaged", "", |_, log| {
            damage_the_end(log)
        }),
        ("an answered end that is gone", "", |_, log| cut_the_end(log)),
    ];
    super::write(&place.path().join("other"), kind);
    engine::wait_until_closed(&place.path().join("other")).unwrap();
    for (reason, words, damage) in reasons {
        for is_unsettled in [false, true] {
            let changed = place.path().join("changed");
            copy_tree(&place.path().join("data"), &changed);
            damage(place.path(), &changed.join("log"));
            if is_unsettled {
                leave_work(&changed.join("log"), kind);
            }
            let (before, names) = (bytes_below(&changed), files_below(&changed).len());
            let (is_whole, said) = verify(&changed);
            assert!(!is_whole, "{kind}, {reason}: {said}");
            assert!(
                bytes_below(&changed) == before,
                "{kind}, {reason}: looking changed something"
            );
            let said = refused_start(&changed, &address);
            assert!(
                said.contains(words) && !said.contains(IN_USE),
                "{kind}, {reason}: {said}"
            );
            assert_untouched(&changed, (&before, names), &format!("{kind}, {reason}: {said}"));
            fs::remove_dir_all(&changed).unwrap();
        }
    }
}

/// A directory holds the files that it held, byte for byte.
#[track_caller]
fn assert_untouched(changed: &Path, (before, names): (&BTreeMap<PathBuf, Vec<u8>>, usize), told: &str) {
    let after = bytes_below(changed);
    let differing = after
        .iter()
        .filter(|(file, held)| before.get(*file) != Some(held));
    let differing: Vec<_> = differing.map(|(file, _)| file).collect();
    assert!(
        after == *before && names == files_below(changed).len(),
        "{differing:?} changed. {told}"
    );
}

/// Bits flipped in each log, one at a time.
const FLIPS: u64 = 20;

/// Also far from the end, where sled looks only when it has written already.
#[test]
fn a_start_over_a_flipped_bit_serves_the_whole_log_or_changes_nothing() {
    let scene = Scene::killed_after_the_backup();
    assert!(
        has_notes(&scene.good().join("log")),
        "sled does not read all of it"
    );
    flipped_bits_change_nothing(&|| scene.copy("flipped"), 0xabcd, &|found, flip| {
        ensure_all_but_the_last(found, &scene.held, flip);
    });
    let rests = scene.copy("rests");
    let held = contents(&rests);
    engine::wait_until_closed(&rests.join("log")).unwrap();
    everything_or_nothing(&rests, &held, 0x1234);
}

#[test]
fn a_start_over_a_flipped_bit_in_segments_serves_the_whole_log_or_changes_nothing() {
    let place = tempfile::tempdir().unwrap();
    super::write(&place.path().join("log"), EngineKind::Segments);
    engine::wait_until_closed(&place.path().join("log")).unwrap();
    let held = contents(place.path());
    everything_or_nothing(place.path(), &held, 0xabcd);
}

/// Of a log that ended in order, which has nothing that could pass for torn.
fn everything_or_nothing(whole: &Path, held: &Plans, seed: u64) {
    let place = tempfile::tempdir().unwrap();
    let copy = || {
        let flipped = place.path().join("flipped");
        if flipped.exists() {
            fs::remove_dir_all(&flipped).unwrap();
        }
        copy_tree(whole, &flipped);
        flipped
    };
    flipped_bits_change_nothing(&copy, seed, &|found, flip| {
        assert!(holds_all(found, held), "{flip}: something is gone");
    });
}

fn flipped_bits_change_nothing(copy: &dyn Fn() -> PathBuf, mut seed: u64, is_served: &dyn Fn(&Plans, &str)) {
    let (mut served, mut refused) = (0, 0);
    for flip in 0..FLIPS {
        let data = copy();
        let flip = format!("flip {flip} at {}", flip_a_bit(&data.join("log"), &mut seed));
        let (before, names) = (bytes_below(&data), files_below(&data).len());
        let (starts, why) = start(&data);
        if starts {
            served += 1;
            is_served(&contents(&data), &flip);
        } else {
            refused += 1;
            assert_untouched(&data, (&before, names), &format!("{flip}: {why}"));
        }
    }
    println!("{served} served, {refused} refused");
    assert!(refused > 0);
}

fn has_notes(log: &Path) -> bool {
    let mut names = fs::read_dir(log).unwrap();
    names.any(|entry| entry.unwrap().file_name().to_string_lossy().starts_with("snap."))
}

/// Nothing of these lies in the log, which has an end that a start would cut off.
#[test]
fn a_start_refused_for_its_port_its_keys_or_its_accounts_changes_nothing() {
    for kind in [EngineKind::Sled, EngineKind::Segments] {
        let place = tempfile::tempdir().unwrap();
        let address = free_address().unwrap();
        data_of_a_killed_server(place.path(), kind, &address);
        let data = place.path().join("data");
        let (file, mut bytes, used) = last_file(&data.join("log"));
        // sled's file is longer than what was written.
        let torn = if kind == EngineKind::Sled {
            used + 8
        } else {
            bytes.len()
        };
        bytes.resize(bytes.len().max(torn + 100), 0);
        bytes[torn..torn + 100].fill(0x55);
        fs::write(file, bytes).unwrap();
        let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let taken = taken.local_addr().unwrap().to_string();
        let reasons: [(&str, &str, DamageBeside); 4] = [
            (&taken, "cannot listen on", |_| ()),
            (&address, "holds no key", |data| {
                fs::remove_dir_all(data.join("keys")).unwrap()
            }),
            (&address, "cannot open the accounts", |data| {
                fs::write(data.join("accounts").join("accounts.json"), b"{").unwrap();
            }),
            (&address, "witnesses", |data| {
                fs::write(data.join("witnesses.toml"), b"[").unwrap()
            }),
        ];
        for (address, words, spoil) in reasons {
            let changed = place.path().join("changed");
            copy_tree(&data, &changed);
            spoil(&changed);
            let (before, names) = (bytes_below(&changed), files_below(&changed).len());
            let said = refused_start(&changed, address);
            assert!(said.contains(words), "{kind}, {words}: {said}");
            assert_untouched(&changed, (&before, names), &format!("{kind}, {words}: {said}"));
            fs::remove_dir_all(&changed).unwrap();
        }
        let said = served(&data, &address);
        assert!(
            said.contains("torn") || said.contains("not whole"),
            "{kind}: {said}"
        );
    }
}

/// A log that was killed is ahead of its note of what was answered, so an opening would show.
#[test]
fn a_backup_refused_for_the_accounts_or_for_another_log_changes_nothing() {
    for kind in [EngineKind::Sled, EngineKind::Segments] {
        let place = tempfile::tempdir().unwrap();
        data_of_a_killed_server(place.path(), kind, &free_address().unwrap());
        let [data, other] = ["data", "other"].map(|name| place.path().join(name));
        fs::create_dir(&other).unwrap();
        super::write(&other.join("log"), kind);
        engine::wait_until_closed(&other.join("log")).unwrap();
        let back_up = |data: &Path, to: &str| {
            let mut program = std::process::Command::new(SCHRIJFTAFEL);
            let program = program.args(["backup", "--data"]).arg(data);
            run(program.arg("--to").arg(place.path().join(to)))
        };
        let (is_made, said) = back_up(&other, "of-another");
        assert!(is_made, "{kind}: {said}");
        let refused = |why: &str, to: &str| {
            let (before, names) = (bytes_below(&data), files_below(&data).len());
            let (is_made, said) = back_up(&data, to);
            assert!(!is_made && said.contains(why), "{kind}: {said}");
            assert_untouched(&data, (&before, names), &format!("{kind}: {said}"));
        };
        refused("another life of the log", "of-another");
        fs::write(data.join("accounts").join("accounts.json"), b"{").unwrap();
        refused("accounts.json", "of-this");
    }
}

/// What a server says that starts and is ended.
fn served(data: &Path, address: &str) -> String {
    let mut serving = std::process::Command::new(SCHRIJFTAFEL)
        .args(["serve", "--listen", address, "--data"])
        .arg(data)
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    until("the server listens", || {
        Ok(std::net::TcpStream::connect(address).ok())
    })
    .unwrap();
    serving.kill().unwrap();
    let said = serving.wait_with_output().unwrap();
    String::from_utf8_lossy(&[said.stdout, said.stderr].concat()).into_owned()
}

/// The file that events were written to last, and one past the last byte of it that holds anything.
fn last_file(log: &Path) -> (std::path::PathBuf, Vec<u8>, usize) {
    let sled = log.join("db");
    let file = if sled.exists() {
        sled
    } else {
        log.join("0000000000.seg")
    };
    let bytes = fs::read(&file).unwrap();
    let used = bytes.iter().rposition(|byte| *byte != 0).unwrap() + 1;
    (file, bytes, used)
}

fn damage_the_end(log: &Path) {
    let (file, mut bytes, used) = last_file(log);
    bytes[used - 20] ^= 1;
    fs::write(file, bytes).unwrap();
}

fn cut_the_end(log: &Path) {
    let (file, mut bytes, used) = last_file(log);
    bytes[used - 40..].fill(0);
    fs::write(file, bytes).unwrap();
}
