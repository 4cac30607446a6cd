//! Given, when, then.

use super::*;
use crate::domain::Command as Any;
use crate::domain::tests::*;
use crate::domain::values::Line;
use crate::ids::{ChallengeId, StrandId};

fn restore(to: u64) -> Any {
    Any::Commitment(
        NIGHT_CARE,
        Command::Restore {
            to: Revision(to),
            reason: line("per ongeluk gewijzigd"),
        },
    )
}

fn titled(title: &str) -> Patch {
    Patch {
        title: Some(Some(line(title))),
        ..Patch::default()
    }
}

fn title(world: &World) -> Option<&Line> {
    world.state.commitments[&NIGHT_CARE].content.title.as_ref()
}

#[test]
fn an_amendment_holds_only_what_changed() {
    let patch = Patch {
        measured_by: Some(Some(line("GGD"))),
        ..titled("Nachtzorg samen organiseren")
    };
    let events = world().when(WRITER, amended(patch)).unwrap();
    let payload = String::from_utf8(events[0].payload()).unwrap();
    assert_eq!(
        payload,
        r#"{"changes":[{"field":"measuredBy","new":"GGD","old":null}]}"#
    );
    assert_eq!(events[0].kind().to_string(), "commitment.amended/1");
}

#[test]
fn an_absent_field_stays_and_null_clears() {
    let patch: Patch = serde_json::from_str(r#"{"ownerPartyId": null}"#).unwrap();
    assert_eq!(
        patch,
        Patch {
            owner: Some(None),
            ..Patch::default()
        }
    );
    let world = world().given(WRITER, amended(patch));
    assert_eq!(world.state.commitments[&NIGHT_CARE].content.owner, None);
    assert!(title(&world).is_some());
    assert!(serde_json::from_str::<Patch>(r#"{"eigenaar": null}"#).is_err());
}

#[test]
fn only_the_chapters_team_edits() {
    let patch = || amended(titled("Iets anders"));
    assert_eq!(world().when(OTHER_WRITER, patch()), Err(Refusal::NotYourChapter));
    for who in [COALITIE, PROGRAMMATEAM, BESTUURDER, RESIDENT, BODY_MEMBER] {
        assert_eq!(world().when(who, patch()), Err(Refusal::NotAllowed));
    }
    assert_eq!(world().when(STRANGER, patch()), Err(Refusal::NotInPlan));
}

#[test]
fn a_commitment_is_not_moved_into_anothers_chapter() {
    let patch = Patch {
        chapter: Some(Some(HOUSING)),
        ..Patch::default()
    };
    assert_eq!(world().when(WRITER, amended(patch)), Err(Refusal::NotYourChapter));
    let content = Content {
        chapter: Some(HOUSING),
        ..night_care()
    };
    let id = CommitmentId::from_bytes([31; 16]);
    let create = Any::Commitment(
        id,
        Command::Create {
            content: Box::new(content),
        },
    );
    assert_eq!(world().when(WRITER, create), Err(Refusal::NotYourChapter));
}

#[test]
fn what_no_gap_excuses_is_refused() {
    let refused = |patch: Patch| world().when(WRITER, amended(patch)).unwrap_err();
    assert_eq!(
        refused(Patch {
            title: Some(None),
            ..Patch::default()
        }),
        Refusal::TitleMissing
    );
    assert_eq!(
        refused(Patch {
            chapter: Some(None),
            ..Patch::default()
        }),
        Refusal::ChapterMissing
    );
    let owner = Some(Some(STRANGER.party));
    assert_eq!(
        refused(Patch {
            owner,
            ..Patch::default()
        }),
        Refusal::NoSuchParty
    );
    let challenges = Some([ChallengeId::from_bytes([9; 16])].into());
    assert_eq!(
        refused(Patch {
            challenges,
            ..Patch::default()
        }),
        Refusal::NoSuchChallenge
    );
    let strands = Some([StrandId::from_bytes([9; 16])].into());
    assert_eq!(
        refused(Patch {
            strands,
            ..Patch::default()
        }),
        Refusal::NoSuchStrand
    );
    let reversed = Patch {
        term_start: Some("2027-01-01".parse().ok()),
        term_end: Some("2026-12-31".parse().ok()),
        ..Patch::default()
    };
    assert_eq!(refused(reversed), Refusal::TermReversed);
    let line = BudgetLine {
        year: 2026,
        source: line("SPUK"),
        amount_cents: 100.try_into().unwrap(),
    };
    let money = Some(vec![line; crate::limits::COMMITMENT_ITEMS_MAX + 1]);
    assert_eq!(
        refused(Patch {
            money,
            ..Patch::default()
        }),
        Refusal::TooMany
    );
}

#[test]
fn every_earlier_content_can_come_back() {
    let mut world = world()
        .given(WRITER, amended(titled("Tweede")))
        .given(TREKKER, amended(titled("Derde")));
    let known = &world.state.commitments[&NIGHT_CARE];
    let titles: Vec<_> = (0..4)
        .map(|n| {
            known
                .content_at(Revision(n))
                .map(|content| content.title.unwrap().to_string())
        })
        .collect();
    assert_eq!(
        titles,
        [
            Some("Nachtzorg samen organiseren".into()),
            Some("Tweede".into()),
            Some("Derde".into()),
            None
        ]
    );
    assert_eq!(world.when(WRITER, restore(0)), Err(Refusal::NotAllowed));
    assert_eq!(
        world.when(PROGRAMMATEAM, restore(7)),
        Err(Refusal::NoSuchRevision)
    );
    let world = world.given(PROGRAMMATEAM, restore(1));
    assert_eq!(title(&world), Some(&line("Tweede")));
    let world = world.given(PROGRAMMATEAM, restore(2));
    assert_eq!(
        title(&world),
        Some(&line("Derde")),
        "a restore is undone by a restore"
    );
}

#[test]
fn the_hash_is_of_the_content_and_comes_back_with_it() {
    let first = world().state.commitments[&NIGHT_CARE].content.hash();
    let world = world().given(WRITER, amended(titled("Tweede")));
    assert_ne!(world.state.commitments[&NIGHT_CARE].content.hash(), first);
    let world = world.given(PROGRAMMATEAM, restore(0));
    assert_eq!(world.state.commitments[&NIGHT_CARE].content.hash(), first);
}

#[test]
fn gaps_lead_from_direction_to_complete() {
    let mut content = night_care();
    assert_eq!(content.completeness(), Completeness::Direction);
    assert!(content.gaps().contains(&Gap::Solution));
    content.solution = Some(prose("Eén team rijdt 's nachts voor alle huisartsen."));
    content.scale_agreed = Some(Scale::Regional);
    content.scale_carried_out = Some(Scale::Subregional);
    content.results = serde_json::from_str(r#"[{"kind": "quantitative", "indicator": "ritten"}]"#).unwrap();
    assert_eq!(content.completeness(), Completeness::Elaborated);
    let lacks = [ResultGap::Target, ResultGap::Unit, ResultGap::Date];
    assert_eq!(content.results[0].gaps(), lacks);
    assert!(
        content.gaps().contains(&Gap::Result),
        "one that lacks a part is a gap"
    );
    let result = r#"{"kind": "narrative", "question": "Voelt u zich geholpen?", "source": "cliëntenraad"}"#;
    content.results = vec![serde_json::from_str(result).unwrap()];
    assert!(
        !content.gaps().contains(&Gap::Result),
        "a narrative indicator needs a question and a source"
    );
    content.measured_by = Some(line("GGD"));
    content.progress = Some(prose("Elk kwartaal in de voortgangsrapportage."));
    content.term_end = "2026-12-31".parse().ok();
    content.challenges = [ChallengeId::from_bytes([1; 16])].into();
    assert_eq!(content.gaps(), [Gap::Strand]);
    content.strands = [StrandId::from_bytes([1; 16])].into();
    assert_eq!(content.completeness(), Completeness::Complete);
}

#[test]
fn the_json_of_a_gap_is_the_name_of_a_field() {
    let fields: Vec<_> = Field::ALL
        .iter()
        .map(|field| serde_json::to_string(field).unwrap())
        .collect();
    for gap in Content::default().gaps() {
        assert!(fields.contains(&serde_json::to_string(&gap).unwrap()), "{gap:?}");
    }
}

#[test]
fn below_zero_is_refused_and_what_was_recorded_before_that_rule_still_comes_back() {
    let money: Vec<BudgetLine> =
        serde_json::from_str(r#"[{"year": 2026, "source": "SPUK", "amountCents": -500}]"#).unwrap();
    let results: Vec<ResultAgreement> =
        serde_json::from_str(r#"[{"kind": "quantitative", "target": "-80", "unit": "procent"}]"#).unwrap();
    let baseline =
        serde_json::from_str(r#"[{"kind": "quantitative", "baseline": "-3", "target": "0"}]"#).unwrap();
    let owing = Patch {
        money: Some(money.clone()),
        ..Patch::default()
    };
    let aiming = |results| Patch {
        results: Some(results),
        ..Patch::default()
    };
    for patch in [owing, aiming(results)] {
        assert_eq!(world().when(WRITER, amended(patch)), Err(Refusal::BelowZero));
    }
    assert!(world().when(WRITER, amended(aiming(baseline))).is_ok());

    let mut world = world();
    let known = &mut world.state.commitments;
    let mut at = known[&NIGHT_CARE].changed;
    for new in [money.clone(), Vec::new()] {
        at.revision = Revision(at.revision.0 + 1);
        let old = known[&NIGHT_CARE].content.money.clone();
        let changes = vec![Change::Money { old, new }];
        evolve(known, at, NIGHT_CARE, &Event::Amended { changes });
    }
    let back = Any::Commitment(
        NIGHT_CARE,
        Command::Restore {
            to: Revision(1),
            reason: line("zo stond het er"),
        },
    );
    let restored = world.given(PROGRAMMATEAM, back);
    assert_eq!(restored.state.commitments[&NIGHT_CARE].content.money, money);
}
