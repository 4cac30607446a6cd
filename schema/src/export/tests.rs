//! Exports of a real little plan: whole, with parts taken away, and tampered with in every way one can think of.

mod golden;
mod laws;
mod sample;
mod signed;
mod tampered;

use super::fault::FaultKind;
use super::replay::{Oddity, OddityKind};
use super::*;
use crate::domain::commitment::Field;
use crate::domain::{Refusal, change_log};
use crate::ids::{Generation, Position};
use crate::log::{EnvelopeSalt, Payload};
use sample::*;

#[test]
fn a_whole_export_verifies_and_replays_the_register() {
    let plan = Plan::sample();
    let report = verify(&plan.export(), Trusted::default()).unwrap();
    assert_eq!(report.head, plan.head());
    assert_eq!(report.counts.shown, plan.records.len() as u64);
    assert_eq!(report.replay.state, plan.state);
    let log = &report.replay.change_logs[&NIGHT_CARE];
    let events = plan.commitment_events();
    assert_eq!(
        *log,
        change_log::of(events.iter().map(|(at, event)| (*at, event)))
    );
    assert_eq!(log.len(), 3);
    assert_eq!(report.replay.oddities_count, 0);
    assert_eq!(report.seal, None);
}

#[test]
fn a_summary_tells_fields_parties_and_reasons() {
    let report = verify(&Plan::sample().export(), Trusted::default()).unwrap();
    let told = serde_json::to_value(Summary::of(&report)).unwrap();
    let agreement = &told["register"][0];
    assert_eq!(agreement["content"]["title"], "Nachtzorg samen organiseren");
    let chapter = agreement["content"]["chapterId"].as_str().unwrap();
    assert_eq!(told["names"][chapter], "Zorg");
    assert_eq!(agreement["changes"][0]["partyName"], "Programmabureau");
    assert_eq!(agreement["changes"][1]["changes"][0]["field"], "title");
    assert_eq!(agreement["changes"][2]["reason"], "te snel gewijzigd");
}

#[test]
fn every_event_is_a_cloud_event() {
    let plan = Plan::sample();
    let lines = lines_of(&plan.export());
    for (line, record) in lines.iter().skip(1).zip(&plan.records) {
        let event: serde_json::Value = serde_json::from_str(line).unwrap();
        assert_eq!(event["specversion"], "1.0");
        assert_eq!(event["id"], record.envelope.id.to_string());
        let kind = format!("nl.schrijftafel.{}", record.envelope.kind);
        assert_eq!(event["type"], kind);
        let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
        for name in event.as_object().unwrap().keys() {
            assert!(name.chars().all(allowed) && name.len() <= 20, "{name}");
        }
        let is_text = record.envelope.kind.name == "text.changed";
        assert_eq!(event.get("data").is_none(), is_text);
    }
}

#[test]
fn erased_content_leaves_everything_else_proved() {
    let mut plan = Plan::sample();
    let amended = plan.position_of("commitment.amended");
    let letter = plan.position_of("text.changed");
    plan.records[amended].erase_payload();
    plan.records[letter].erase_payload();
    plan.records[letter].erase_envelope_salt(PLAN);
    let report = verify(&plan.export(), Trusted::default()).unwrap();
    assert_eq!((report.counts.erased, report.counts.unlinked), (2, 1));
    assert_eq!(report.head, plan.head());
    let missing = &report.replay.missing[&NIGHT_CARE];
    assert_eq!(*missing, [Position(amended as u64)]);
}

#[test]
fn withheld_content_is_named_and_everything_else_proved() {
    let plan = Plan::sample();
    let show = |record: &crate::log::Record| {
        if record.envelope.kind.name == "text.changed" {
            Show::Withheld(Withheld::of(Refusal::HistoryNotOffered))
        } else {
            Show::Whole
        }
    };
    let file = plan.export_as(made(None), &Seals::default(), show);
    let report = verify(&file, Trusted::default()).unwrap();
    assert_eq!((report.counts.withheld, report.counts.erased), (3, 0));
    assert_eq!(report.head, plan.head());
}

#[test]
fn a_selection_is_proved_like_the_whole() {
    let plan = Plan::sample();
    let filter = [("subject".to_owned(), "commitment".to_owned())].into();
    let show = |record: &crate::log::Record| match record.envelope.stream {
        crate::log::Stream::Commitment(_) => Show::Whole,
        _ => Show::LeftOut,
    };
    let file = plan.export_as(made(Some(filter)), &Seals::default(), show);
    let report = verify(&file, Trusted::default()).unwrap();
    assert_eq!(report.counts.shown, 3);
    assert_eq!(report.counts.left_out, plan.records.len() as u64 - 3);
    assert_eq!(report.head, plan.head());
    assert!(!report.is_whole());
    let text = String::from_utf8(file).unwrap();
    let unfiltered = text.replacen("{\"subject\":\"commitment\"}", "null", 1);
    assert_ne!(unfiltered, text);
    let report = verify(unfiltered.as_bytes(), Trusted::default()).unwrap();
    assert!(!report.is_whole(), "whatever the first line says");
}

#[test]
fn events_of_a_newer_program_are_kept_and_named() {
    let mut plan = Plan::sample();
    plan.append(
        crate::log::Stream::Plan,
        crate::log::Kind::new("poll.opened", 3),
        b"{\"new\":[1,2]}",
    );
    plan.append(
        crate::log::Stream::Plan,
        crate::log::Kind::new("plan.renamed", 1),
        b"not json",
    );
    let report = verify(&plan.export(), Trusted::default()).unwrap();
    let kinds: Vec<_> = report
        .replay
        .oddities
        .iter()
        .map(|odd| odd.kind.clone())
        .collect();
    assert!(matches!(&kinds[0], OddityKind::UnknownKind { kind } if kind.version == 3));
    assert!(matches!(&kinds[1], OddityKind::Unreadable { .. }));
    assert_eq!(kinds.len(), 2);
}

#[test]
fn a_change_that_claims_another_past_is_named() {
    let mut plan = Plan::sample();
    let payload = b"{\"changes\":[{\"field\":\"title\",\"new\":\"Nieuw\",\"old\":\"Nooit zo geweest\"}]}";
    plan.append(
        crate::log::Stream::Commitment(NIGHT_CARE),
        crate::log::Kind::new("commitment.amended", 1),
        payload,
    );
    let report = verify(&plan.export(), Trusted::default()).unwrap();
    let field = Field::Title;
    assert_eq!(report.replay.oddities[0].kind, OddityKind::OtherBefore { field });
}

#[test]
fn words_that_nobody_reads_are_named() {
    let mut plan = Plan::sample();
    let generation = |number| crate::log::Stream::Text(CARE, Generation(number));
    plan.append(generation(1), crate::log::Kind::new("text.generation", 1), b"1");
    plan.append(generation(2), crate::log::Kind::new("text.generation", 1), b"2");
    let lost = Position(plan.records.len() as u64);
    plan.letters(1);
    let report = verify(&plan.export(), Trusted::default()).unwrap();
    let kind = OddityKind::AfterSuccessor {
        generation: Generation(1),
        newest: Generation(2),
    };
    assert_eq!(report.replay.oddities, [Oddity { position: lost, kind }]);
}

#[test]
fn content_that_nothing_links_to_the_tree_is_refused() {
    let plan = Plan::sample();
    let position = plan.position_of("commitment.amended");
    let mut forged = plan.records[position].clone();
    let real = forged.leaf(PLAN).envelope_commitment;
    let (salt, bytes) = ([9; 32], b"{\"changes\":[]}".to_vec());
    forged.envelope.payload_commitment = crate::log::commitment::of_payload(&salt, &bytes);
    forged.payload = Payload::Present {
        salt,
        bytes: bytes.into(),
    };
    forged.envelope_salt = EnvelopeSalt::Erased { commitment: real };
    let mut lines = lines_of(&plan.export());
    lines[position + 1] = plan.line_of(&forged);
    let fault = verify(&joined(&lines), Trusted::default()).unwrap_err();
    assert_eq!(fault.kind, FaultKind::Unprovable);
    assert_eq!(fault.position, Some(Position(position as u64)));
}
