//! What somebody might do to a file, and that the first place where they did is named.

use super::sample::*;
use crate::audit::PlanOrigin;
use crate::export::fault::FaultKind;
use crate::export::header::Seals;
use crate::export::{Show, Trusted};
use crate::ids::{EventId, IncarnationId, PlanId, Position, Revision, TimestampMs};

/// The fault of a file made of these lines.
fn fault_of<S: AsRef<str>>(lines: &[S]) -> crate::export::Fault {
    verify(&joined(lines), Trusted::default()).unwrap_err()
}

fn lines() -> Vec<String> {
    lines_of(&Plan::sample().export())
}

#[test]
fn an_event_left_out_is_missed_at_its_place() {
    for at in 1..lines().len() - 1 {
        let mut lines = lines();
        lines.remove(at);
        let fault = fault_of(&lines);
        let position = Position(at as u64 - 1);
        assert_eq!(fault.position, Some(position), "{fault}");
        if at < lines.len() - 1 {
            let (expected, found) = (position, position.next());
            assert_eq!(fault.kind, FaultKind::OutOfOrder { expected, found });
        } else {
            assert!(matches!(fault.kind, FaultKind::Count { .. }), "{fault}");
        }
    }
}

#[test]
fn an_event_twice_or_moved_is_found_at_its_place() {
    for at in 1..lines().len() - 2 {
        let mut twice = lines();
        twice.insert(at, twice[at].clone());
        assert_eq!(fault_of(&twice).position, Some(Position(at as u64)));
        let mut moved = lines();
        moved.swap(at, at + 1);
        assert_eq!(fault_of(&moved).position, Some(Position(at as u64 - 1)));
    }
}

#[test]
fn a_file_cut_off_anywhere_is_missed_its_end() {
    let whole = Plan::sample().export();
    for end in (0..whole.len()).step_by(7).chain([whole.len() - 1]) {
        let fault = verify(&whole[..end], Trusted::default()).unwrap_err();
        assert!(
            matches!(fault.kind, FaultKind::Truncated | FaultKind::NotAnExport),
            "{end}: {fault}"
        );
    }
}

#[test]
fn something_after_the_end_is_refused() {
    for more in ["", "{}", &lines()[0]] {
        let mut lines = lines();
        lines.push(more.to_owned());
        assert_eq!(fault_of(&lines).kind, FaultKind::AfterEnd);
    }
}

#[test]
fn events_of_another_plan_or_incarnation_are_refused() {
    let plan = Plan::sample();
    let elsewhere = PlanOrigin {
        incarnation: IncarnationId::from_bytes([9; 16]),
        ..ORIGIN
    };
    let of_elsewhere = export_of(&plan.records, elsewhere, (made(None), &Seals::default()), |_| {
        Show::Whole
    });
    let mut mixed = lines();
    mixed[4] = lines_of(&of_elsewhere)[4].clone();
    let fault = fault_of(&mixed);
    assert!(matches!(fault.kind, FaultKind::OtherLog { .. }), "{fault}");
    assert_eq!(fault.position, Some(Position(3)));
    // Under another plan's name the same records have other leaves.
    let renamed = String::from_utf8(plan.export()).unwrap();
    let renamed = renamed.replace(&PLAN.to_string(), &PlanId::from_bytes([8; 16]).to_string());
    let fault = verify(renamed.as_bytes(), Trusted::default()).unwrap_err();
    assert_eq!(
        (fault.position, fault.kind),
        (Some(Position(0)), FaultKind::Event)
    );
}

#[test]
fn a_changed_or_backdated_event_is_found_at_its_place() {
    let plan = Plan::sample();
    for at in 0..plan.records.len() {
        let mut backdated = plan.records[at].clone();
        backdated.envelope.recorded_at = TimestampMs(1);
        let mut lines = lines();
        lines[at + 1] = plan.line_of(&backdated);
        let fault = fault_of(&lines);
        assert_eq!(
            (fault.position, fault.kind),
            (Some(Position(at as u64)), FaultKind::Event)
        );
    }
}

#[test]
fn an_event_that_was_sealed_anew_is_found_there_or_at_the_next_one() {
    let plan = Plan::sample();
    for at in 0..plan.records.len() - 1 {
        let backdated = plan.rewritten(at, |envelope, _| envelope.recorded_at = TimestampMs(1));
        let mut lines = lines();
        lines[at + 1] = plan.line_of(&backdated.records[at]);
        let fault = fault_of(&lines);
        // The first event has nothing before it that its time could contradict.
        let wanted = match at {
            0 => (Some(Position(1)), FaultKind::Event),
            _ => (Some(Position(at as u64)), FaultKind::TimeWentBack),
        };
        assert_eq!((fault.position, fault.kind), wanted);
    }
}

#[test]
fn another_content_under_the_same_commitments_is_found() {
    let plan = Plan::sample();
    let at = plan.position_of("plan.created");
    let mut forged = plan.records[at].clone();
    if let crate::log::Payload::Present { bytes, .. } = &mut forged.payload {
        *bytes = b"{\"areas\":[],\"title\":\"Regioplan Overal\"}".as_slice().into();
    }
    let mut lines = lines();
    lines[at + 1] = plan.line_of(&forged);
    let fault = fault_of(&lines);
    assert_eq!(
        (fault.position, fault.kind),
        (Some(Position(at as u64)), FaultKind::Content)
    );
}

#[test]
fn what_is_readable_cannot_differ_from_what_was_hashed() {
    let plan = Plan::sample();
    let at = plan.position_of("plan.created") + 1;
    let changes = [
        ("Regioplan Waterland", "Regioplan Overal", "data"),
        ("\"via\":\"browser\"", "\"via\":\"token\"", "via"),
        ("\"revision\":0", "\"revision\":1", "revision"),
        ("plan.created/1", "plan.renamed/1", "type"),
        ("\"actor\":0,", "\"actor\":0,\"who\":\"me\",", "who"),
        (
            "\"data\":{",
            "\"data\":{\"title\":\"Eerst\",",
            "the way of writing",
        ),
        (
            "\"specversion\":\"1.0\",",
            "\"specversion\":\"1.0\", ",
            "the way of writing",
        ),
    ];
    for (from, to, what) in changes {
        let mut lines = lines();
        let changed = lines[at].replacen(from, to, 1);
        assert_ne!(changed, lines[at], "{from}");
        lines[at] = changed;
        let fault = fault_of(&lines);
        assert_eq!(fault.position, Some(Position(at as u64 - 1)));
        let what = what.to_owned();
        assert_eq!(fault.kind, FaultKind::NotAsWritten { what });
    }
}

/// Mailed, or kept by an editor, on Windows.
#[test]
fn line_ends_of_windows_are_named_as_that() {
    let all = lines();
    for at in 0..all.len() {
        let mut lines = all.clone();
        lines[at].push('\r');
        let fault = fault_of(&lines);
        assert_eq!((fault.line, fault.kind), (at as u64 + 1, FaultKind::LineEnds));
    }
}

#[test]
fn histories_that_no_log_has_are_refused_though_they_hold_together() {
    let plan = Plan::sample();
    let at = plan.position_of("commitment.amended");
    let id = EventId::from_bytes([0; 16]);
    let twice = plan.rewritten(at, |envelope, _| envelope.id = id);
    let hole = plan.rewritten(at, |envelope, _| envelope.revision = Revision(7));
    let early = plan.rewritten(at, |envelope, _| envelope.recorded_at = TimestampMs(0));
    let to_come = plan.rewritten(at, |envelope, _| envelope.who.0 = Position(99));
    let faults = [twice, hole, early, to_come].map(|forged| {
        let fault = verify(&forged.export(), Trusted::default()).unwrap_err();
        assert_eq!(fault.position, Some(Position(at as u64)), "{fault}");
        fault.kind
    });
    assert_eq!(faults[0], FaultKind::IdTwice);
    assert!(matches!(faults[1], FaultKind::Revision { .. }));
    assert_eq!(faults[2], FaultKind::TimeWentBack);
    assert_eq!(faults[3], FaultKind::ActorToCome);
}

#[test]
fn other_files_and_formats_say_so() {
    for file in [
        &b""[..],
        b"\n",
        b"{}\n",
        b"\xff\xfe",
        b"PK\x03\x04",
        b"{\"format\":1}\n",
        b"# A text\r\n",
    ] {
        let fault = verify(file, Trusted::default()).unwrap_err();
        assert_eq!(fault.kind, FaultKind::NotAnExport, "{file:?}");
    }
    let newer = lines()[0].replace("export/1", "export/2");
    let found = "schrijftafel-export/2".to_owned();
    assert_eq!(fault_of(&[newer]).kind, FaultKind::OtherFormat { found });
}
