//! A view from its checkpoint and the rest is the view from the whole log, whatever happened and wherever it is cut.

use automerge::transaction::Transactable;
use proptest::prelude::*;
use schema::domain::actor::{ACTOR_BOUND, ActorBound, Identity};
use schema::domain::commitment::{Content, Patch};
use schema::domain::plan::Party;
use schema::domain::rights::Role;
use schema::domain::{chapter, commitment, rights};
use schema::ids::{BoundActor, EventId, Generation, IncarnationId, PersonId, PlanId, Revision, TimestampMs};
use schema::log::kinds::{TEXT_CHANGED, TEXT_GENERATION, TEXT_QUARANTINED};
use schema::log::{Envelope, Kind, Salts, Via};
use schema::text::genesis;

use super::*;
use crate::views::activity::Subject;

const PLAN: PlanId = PlanId::from_bytes([1; 16]);

/// A step of a history, made of numbers that mean something different for each sort of event.
#[derive(Debug, Clone, Copy)]
struct Step {
    sort: u8,
    a: u8,
    b: u8,
    pause_ms: u64,
    erased: bool,
    commanded: bool,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let pause = prop_oneof![Just(0), Just(300), Just(14 * 60_000), Just(16 * 60_000)];
    let step = (0..16_u8, 0..4_u8, 0..4_u8, pause, 0..10_u8, any::<bool>());
    let step = step.prop_map(|(sort, a, b, pause_ms, luck, commanded)| Step {
        sort,
        a,
        b,
        pause_ms,
        erased: luck == 0,
        commanded,
    });
    proptest::collection::vec(step, 0..40)
}

/// The records of a plan in the making. Rules are not asked: a fold takes whatever the log holds.
#[derive(Default)]
struct History {
    records: Vec<Record>,
    revisions: BTreeMap<Stream, Revision>,
    actors: Vec<ActorRef>,
    now_ms: u64,
}

fn line(text: &str) -> Line {
    text.parse().unwrap()
}

fn chapter_of(n: u8) -> ChapterId {
    ChapterId::from_bytes([n + 10; 16])
}

impl History {
    fn of(steps: &[Step]) -> Vec<Record> {
        let mut history = Self::default();
        steps.iter().for_each(|step| history.take(*step));
        history.records
    }

    fn take(&mut self, step: Step) {
        self.now_ms += step.pause_ms;
        match step.sort {
            0 | 1 => self.bind(step),
            2..=6 => self.push(
                step,
                Stream::Text(chapter_of(step.a), Generation(1)),
                TEXT_CHANGED,
                change(step.b),
            ),
            7 => self.push(
                step,
                Stream::Text(chapter_of(step.a), Generation(2)),
                TEXT_GENERATION,
                vec![step.b],
            ),
            8 => self.push(
                step,
                Stream::Chapter(chapter_of(step.a)),
                TEXT_QUARANTINED,
                b"{}".to_vec(),
            ),
            9 => self.push(
                step,
                Stream::Chapter(chapter_of(step.a)),
                TEXT_RESTORED,
                restored(step.b),
            ),
            10 => self.push(
                step,
                Stream::Plan,
                Kind::new("plan.of-the-future", 7),
                b"{}".to_vec(),
            ),
            _ => {
                let event = decided(step);
                self.push(step, event.stream(), event.kind(), event.payload());
            }
        }
    }

    fn bind(&mut self, step: Step) {
        let person = Identity::Person {
            person: PersonId::from_bytes([step.a; 16]),
            party: PartyId::from_bytes([step.b; 16]),
            roles: Vec::new(),
        };
        let bound = ActorBound {
            identity: if step.sort == 0 { Identity::Server } else { person },
            device: None,
            page_session: None,
            text: None,
            brought: false,
        };
        self.actors.push(ActorRef(Position(self.records.len() as u64)));
        self.push(step, Stream::Actors, ACTOR_BOUND, bound.payload());
    }

    fn push(&mut self, step: Step, stream: Stream, kind: Kind, payload: Vec<u8>) {
        let position = Position(self.records.len() as u64);
        let revision = self
            .revisions
            .get(&stream)
            .map_or(Revision(0), |last| last.next());
        self.revisions.insert(stream, revision);
        let mut id = [0; 16];
        id[..8].copy_from_slice(&position.0.to_be_bytes());
        let envelope = Envelope {
            position,
            stream,
            revision,
            id: EventId::from_bytes(id),
            kind,
            recorded_at: TimestampMs(self.now_ms),
            who: self
                .actors
                .get(usize::from(step.b))
                .copied()
                .unwrap_or(ActorRef(position)),
            via: if step.b == 3 { Via::Import } else { Via::Browser },
            causation: None,
            correlation: step.commanded.then_some(CommandId::from_bytes([step.a; 16])),
            payload_commitment: [0; 32],
        };
        let salts = Salts {
            envelope: [7; 32],
            payload: [8; 32],
        };
        let before = self.records.last().map_or([0; 32], |last| last.chain);
        let mut record = Record::seal(PLAN, &before, envelope, salts, payload.into());
        if step.erased {
            record.erase_payload();
        }
        self.records.push(record);
    }
}

/// A change that types `n` letters, or bytes that are none.
fn change(n: u8) -> Vec<u8> {
    if n == 0 {
        return vec![1, 2, 3];
    }
    let mut doc = genesis::new_doc(BoundActor::from_bytes([n; 16]));
    doc.splice_text(genesis::text_id(), 0, 0, &"é".repeat(usize::from(n)))
        .unwrap();
    doc.get_last_local_change().unwrap().raw_bytes().to_vec()
}

fn restored(n: u8) -> Vec<u8> {
    TextRestored {
        generation: Generation(1),
        to_position: Position(u64::from(n)),
        before_position: Position(u64::from(n) + 1),
        section: None,
        reason: (n > 1).then(|| "terug".to_owned()),
        changes: vec!["ab".repeat(32)],
        actors: vec!["cd".repeat(16)],
        links: vec![[1, 0, 2, 0, u64::from(n)]],
    }
    .payload()
}

fn decided(Step { sort, a, b, .. }: Step) -> Event {
    let party = Party {
        name: line(&format!("Partij {b}")),
        sector: line("zorg"),
    };
    let content = Content {
        title: Some(line(&format!("Afspraak {b}"))),
        chapter: Some(chapter_of(a)),
        ..Content::default()
    };
    let id = CommitmentId::from_bytes([a; 16]);
    match (sort, b) {
        (11, 0) => Event::Plan(plan::Event::Created {
            title: line("Regioplan"),
            areas: Vec::new(),
        }),
        (11, 1) => Event::Plan(plan::Event::Renamed { title: line("Plan") }),
        (11, _) => Event::Plan(plan::Event::PartyAdded {
            id: PartyId::from_bytes([a; 16]),
            party,
        }),
        (12, _) => Event::Rights(rights::Event::Granted {
            person: PersonId::from_bytes([a; 16]),
            party: PartyId::from_bytes([b; 16]),
            role: Role::Programmateam,
            mandate: None,
        }),
        (13, 0) => Event::Chapter(
            chapter_of(a),
            chapter::Event::Created {
                title: line("Hoofdstuk"),
                place: chapter::Place::default(),
                team: None,
            },
        ),
        (13, 1) => Event::Chapter(chapter_of(a), chapter::Event::Offered {}),
        (13, _) => Event::Chapter(
            chapter_of(a),
            chapter::Event::Renamed {
                title: line(&format!("Titel {b}")),
            },
        ),
        (14, _) => Event::Commitment(
            id,
            commitment::Event::Created {
                content: Box::new(content),
            },
        ),
        _ => {
            let old = Content::default();
            let patch = Patch {
                title: Some(Some(line(&format!("Nieuw {b}")))),
                ..Patch::default()
            };
            let changes = old.changes_to(&old.clone().patched(&patch));
            Event::Commitment(id, commitment::Event::Amended { changes })
        }
    }
}

fn origin() -> Origin {
    Origin {
        fold: Fold::current(),
        incarnation: IncarnationId::from_bytes([9; 16]),
        plan: PLAN,
    }
}

fn folded(records: &[Record]) -> PlanView {
    let mut view = PlanView::default();
    records.iter().for_each(|record| view.fold(record));
    view
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn checkpoint_and_rest_are_the_whole_at_every_cut(steps in steps()) {
        let records = History::of(&steps);
        let whole = folded(&records);
        let mut growing = PlanView::default();
        for cut in 0..=records.len() {
            let bytes = growing.moment().facts(origin()).encode();
            let facts = Facts::decode(&bytes).unwrap();
            prop_assert_eq!(facts.origin, origin());
            let mut again = facts.into_view().unwrap();
            prop_assert_eq!(&again, &growing, "read back at {}", cut);
            records[cut..].iter().for_each(|record| again.fold(record));
            prop_assert_eq!(&again, &whole, "and the rest from {}", cut);
            records.get(cut).into_iter().for_each(|record| growing.fold(record));
        }
    }

    #[test]
    fn a_plan_as_it_was_is_folded_from_what_its_view_holds(steps in steps(), pick in any::<prop::sample::Index>()) {
        let records = History::of(&steps);
        let decided = |record: &&Record| Subject::of(&record.envelope.stream).and_then(|of| of.decided_in()).is_some();
        let decided: Vec<&Record> = records.iter().filter(decided).collect();
        prop_assume!(!decided.is_empty());
        let Envelope { stream, revision, .. } = decided[pick.index(decided.len())].envelope;
        for revision in [None, Some(revision)] {
            let follows = |record: &&Record| {
                record.envelope.stream == stream && Some(record.envelope.revision) > revision
            };
            let before = records.iter().find(follows).map_or(records.len(), |next| next.envelope.position.0 as usize);
            let then = folded(&records[..before]);
            let shown = folded(&records).moment().before_next(stream, revision);
            prop_assert_eq!(shown.next, then.next);
            prop_assert_eq!(&shown.state, &then.state);
            prop_assert_eq!(&shown.changes, &then.changes);
            prop_assert_eq!(&shown.party_names, &then.party_names);
            prop_assert_eq!(&shown.restores, &then.restores);
            prop_assert!(shown.text_edits.keys().eq(then.text_edits.keys()));
            for (chapter, edit) in &shown.text_edits {
                let exact = &then.text_edits[chapter];
                prop_assert_eq!(edit.via, exact.via);
                prop_assert_eq!(then.caller_of(edit.at.who), then.caller_of(exact.at.who));
                prop_assert!(edit.at.position <= exact.at.position && edit.at.recorded_at <= exact.at.recorded_at);
            }
        }
    }

    #[test]
    fn damaged_bytes_are_never_facts(steps in steps(), place in any::<prop::sample::Index>(), bit in 0..8_u8) {
        let bytes = folded(&History::of(&steps)).moment().facts(origin()).encode();
        let mut damaged = bytes.clone();
        damaged[place.index(bytes.len())] ^= 1 << bit;
        prop_assert!(Facts::decode(&damaged).is_err());
        prop_assert!(Facts::decode(&bytes[..place.index(bytes.len())]).is_err());
    }
}

/// A step of a history whose numbers do not matter.
const STEP: Step = Step {
    sort: 9,
    a: 0,
    b: 0,
    pause_ms: 0,
    erased: false,
    commanded: true,
};

/// Earlier text is erased between two restores of a chapter.
#[test]
fn what_came_back_since_an_erasure_is_known_from_a_checkpoint_too() {
    let mut history = History::default();
    let by = Caller {
        person: PersonId::from_bytes([1; 16]),
        party: PartyId::from_bytes([1; 16]),
    };
    let id = ErasureId::from_bytes([5; 16]);
    let requested = erasure::Event::Requested {
        id,
        by,
        named: std::collections::BTreeSet::new(),
        targets: Vec::new(),
        ground: erasure::Ground::Unlawful,
        explanation: line("een naam"),
        extent: erasure::Extent::Content,
        text: Some(chapter_of(0)),
        let_in_by: std::collections::BTreeSet::new(),
    };
    let approved = erasure::Event::Approved {
        id,
        by,
        targets: Vec::new(),
    };
    history.take(STEP);
    for event in [requested, approved].map(Event::Erasure) {
        history.push(STEP, event.stream(), event.kind(), event.payload());
    }
    history.take(Step { a: 1, ..STEP });
    history.take(Step { a: 0, b: 1, ..STEP });
    let view = folded(&history.records);
    let kept: Vec<Position> = view.restores.iter().map(|(_, at, _)| at).collect();
    assert_eq!(kept, [Position(3), Position(4)]);
    let facts = Facts::decode(&view.moment().facts(origin()).encode()).unwrap();
    assert_eq!(facts.into_view().unwrap(), view);
}
