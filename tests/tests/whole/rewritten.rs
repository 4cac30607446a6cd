//! A history that somebody with the keys to the disk changed and sealed anew, so that it holds together: only what was signed
//! tells. Its backups are in [`backups`], its starts in [`starts`].

use std::fs;
use std::path::{Path, PathBuf};

use schema::log::{EnvelopeSalt, Payload, Record, Salts};
use schrijftafel_server::log::engine::{self, EngineKind, Opening};
use tests::audited::AuditedServer;
use tests::every_event::every_event;

mod backups;
mod starts;

/// The records of the sample plan in a log.
fn records_in(log: &Path) -> Vec<Record> {
    let log = engine::open_existing(log, Opening::Check).unwrap();
    every_event(log.as_ref(), AuditedServer::plan())
}

/// The same history with another title in its first event that has one.
fn sealed_anew(records: Vec<Record>) -> Vec<Record> {
    let has_title = |record: &Record| text_of(record).is_some_and(|text| text.contains(r#""title":""#));
    let at = records.iter().position(has_title).unwrap();
    sealed_from(records, at, |text| {
        text.replace(r#""title":""#, r#""title":"Geen "#)
    })
}

/// The same history with other salts under its last event.
fn with_another_end(records: Vec<Record>) -> Vec<Record> {
    let last = records.len() - 1;
    sealed_from(records, last, str::to_owned)
}

/// Everything from an event on, which says what `change` makes of it, sealed anew as if it had been written so.
fn sealed_from(mut records: Vec<Record>, at: usize, change: fn(&str) -> String) -> Vec<Record> {
    let mut chain = records[at - 1].chain;
    for (place, record) in records.iter_mut().enumerate().skip(at) {
        let (EnvelopeSalt::Present(envelope), Payload::Present { salt, bytes }) =
            (record.envelope_salt, record.payload.clone())
        else {
            panic!("nothing of the sample is erased")
        };
        let salts = Salts {
            envelope: if place == at { [7; 32] } else { envelope },
            payload: salt,
        };
        let payload = match text_of(record) {
            Some(text) if place == at => change(text).into_bytes().into(),
            _ => bytes,
        };
        *record = Record::seal(
            AuditedServer::plan(),
            &chain,
            record.envelope.clone(),
            salts,
            payload,
        );
        chain = record.chain;
    }
    records
}

fn text_of(record: &Record) -> Option<&str> {
    std::str::from_utf8(record.payload.bytes()?).ok()
}

/// Puts another history in the place of a log, as the same log: same life.
fn put_in_place(log: &Path, kind: EngineKind, records: Vec<Record>) {
    let before = engine::open_existing(log, Opening::Check).unwrap();
    let life = before.incarnation();
    drop(before);
    let beside: PathBuf = log.with_extension("forged");
    let forged = engine::create(&beside, kind, life).unwrap();
    forged.adopt(AuditedServer::plan(), records).unwrap();
    drop(forged);
    engine::wait_until_closed(&beside).unwrap();
    fs::remove_dir_all(log).unwrap();
    fs::rename(beside, log).unwrap();
}
