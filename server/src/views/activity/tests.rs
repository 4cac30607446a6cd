//! Stretches of typing and decisions, from records in memory.

use automerge::AutoCommit;
use automerge::transaction::Transactable;
use schema::domain::actor::{ACTOR_BOUND, ActorBound, Identity};
use schema::ids::{BoundActor, EventId, Generation, Revision};
use schema::log::record::EnvelopeSalt;
use schema::log::{Envelope, Payload};
use schema::richtext::flat;
use schema::richtext::model::{Block, BlockKind, Container};
use schema::text::generation;
use schema::text::genesis::{self, text_id};
use schema::text::history::TextHistory;
use schema::text::shown;

use super::*;

const TRIAGE: ChapterId = ChapterId::from_bytes([1; 16]);
const HOUSING: ChapterId = ChapterId::from_bytes([2; 16]);
const MINUTE: u64 = 60_000;

/// A plan's text events under test; actors 0 and 1 are two people.
struct Desk {
    actors: Actors,
    activity: Activity,
    next: u64,
}

fn desk() -> Desk {
    let mut desk = Desk {
        actors: Actors::default(),
        activity: Activity::default(),
        next: 0,
    };
    for n in [1, 2] {
        let (person, party) = (PersonId::from_bytes([n; 16]), PartyId::from_bytes([n; 16]));
        let identity = Identity::Person {
            person,
            party,
            roles: Vec::new(),
        };
        let bound = ActorBound {
            identity,
            device: None,
            page_session: None,
            text: None,
            brought: false,
        };
        let record = desk.record(
            Stream::Actors,
            ACTOR_BOUND,
            (u64::from(n) - 1, 0),
            bound.payload(),
        );
        desk.actors.fold(&record);
    }
    desk
}

impl Desk {
    fn record(&mut self, stream: Stream, kind: Kind, (who, at): (u64, u64), payload: Vec<u8>) -> Record {
        let position = Position(self.next);
        self.next += 1;
        let envelope = Envelope {
            position,
            stream,
            revision: Revision(position.0),
            id: EventId::from_bytes([0; 16]),
            kind,
            recorded_at: TimestampMs(at),
            who: ActorRef(Position(who)),
            via: Via::Browser,
            causation: None,
            correlation: None,
            payload_commitment: [0; 32],
        };
        let payload = Payload::Present {
            salt: [0; 32],
            bytes: payload.into(),
        };
        Record {
            envelope,
            envelope_salt: EnvelopeSalt::Present([0; 32]),
            payload,
            chain: [0; 32],
        }
    }

    fn types(&mut self, who: u64, chapter: ChapterId, at: u64) {
        self.changes(who, chapter, at, change());
    }

    fn changes(&mut self, who: u64, chapter: ChapterId, at: u64, change: Vec<u8>) {
        let stream = Stream::Text(chapter, Generation(1));
        let record = self.record(stream, Kind::new("text.changed", 1), (who, at), change);
        self.activity.add_text(&self.actors, chapter, &record);
    }

    fn ranges(&self) -> Vec<(u64, u64, u64)> {
        let range = |entry: &Entry| (entry.first.0, entry.last.0, entry.count);
        self.activity.before(None).map(range).collect()
    }
}

/// A change that puts in three characters and takes out one.
fn change() -> Vec<u8> {
    let mut doc = genesis::new_doc(BoundActor::from_bytes([7; 16]));
    doc.splice_text(text_id(), 0, 0, "aé").unwrap();
    last_change(&mut doc);
    doc.splice_text(text_id(), 1, 1, "xyz").unwrap();
    last_change(&mut doc)
}

fn last_change(doc: &mut AutoCommit) -> Vec<u8> {
    doc.commit();
    doc.get_last_local_change().unwrap().raw_bytes().to_vec()
}

#[test]
fn how_deep_an_item_stands_is_no_character_and_both_histories_say_so() {
    let item = |depth: usize| {
        let mut block = Block::new(BlockKind::BulletItem, "zorg");
        block.parents = vec![Container::BulletItem; depth];
        block
    };
    let mut doc = genesis::new_doc(BoundActor::from_bytes([7; 16]));
    let (mut desk, mut history) = (desk(), TextHistory::new());
    history.push(Revision(0), &genesis::genesis()).unwrap();
    let mut of_chapter = Vec::new();
    for (revision, depth) in [(1, 0), (2, 1), (3, 2), (4, 1), (5, 0)] {
        let ops = flat::diff(&shown::of(&doc), &[item(depth)]);
        flat::apply(&mut doc, &text_id(), &ops).unwrap();
        let raw = last_change(&mut doc);
        // An hour between them, so that each is an entry.
        desk.changes(0, TRIAGE, revision * 60 * MINUTE, raw);
        history
            .push(Revision(revision), &doc.get_last_local_change().unwrap())
            .unwrap();
        let work = history
            .work()
            .get(&Revision(revision))
            .copied()
            .unwrap_or_default();
        of_chapter.push((u64::from(work.inserted), u64::from(work.deleted)));
    }
    let of_plan = desk.activity.before(None).map(|entry| {
        let typed = entry.typed.unwrap();
        (typed.inserted, typed.deleted)
    });
    let mut of_plan: Vec<(u64, u64)> = of_plan.collect();
    of_plan.reverse();
    assert_eq!(of_plan, [(4, 0), (0, 0), (0, 0), (0, 0), (0, 0)]);
    assert_eq!(of_plan, of_chapter);
}

#[test]
fn a_paragraph_that_is_joined_to_another_is_no_character_also_after_a_new_generation() {
    let paragraph = |text: &str| Block::new(BlockKind::Paragraph, text);
    let apart = [paragraph("zorg"), paragraph("thuis"), paragraph("wonen")];
    let mut doc = genesis::new_doc(BoundActor::from_bytes([7; 16]));
    let mut desk = desk();
    let shows = |doc: &mut AutoCommit, desk: &mut Desk, blocks: &[Block]| {
        let ops = flat::diff(&shown::of(doc), blocks);
        flat::apply(doc, &text_id(), &ops).unwrap();
        // An hour between them, so that each is an entry.
        desk.changes(0, TRIAGE, desk.next * 60 * MINUTE, last_change(doc));
    };
    shows(&mut doc, &mut desk, &apart);
    shows(&mut doc, &mut desk, &[paragraph("zorgthuis"), paragraph("wonen")]);
    let started = generation::start_from(
        doc.document(),
        generation::Reason::Growth,
        BoundActor::from_bytes([8; 16]),
        TimestampMs(0),
    )
    .unwrap();
    let record = desk.record(
        Stream::Text(TRIAGE, Generation(2)),
        TEXT_GENERATION,
        (0, 0),
        started.payload(),
    );
    desk.activity.add_text(&desk.actors, TRIAGE, &record);
    let seed = started
        .seed
        .iter()
        .map(|raw| automerge::Change::from_bytes(raw.to_vec()).unwrap());
    let mut doc = genesis::new_doc(BoundActor::from_bytes([9; 16]));
    doc.apply_changes(seed).unwrap();
    shows(&mut doc, &mut desk, &[paragraph("zorgthuiswonen")]);
    let typed = desk.activity.before(None).filter_map(|entry| entry.typed);
    let typed: Vec<(u64, u64)> = typed.map(|typed| (typed.inserted, typed.deleted)).collect();
    assert_eq!(typed, [(0, 0), (0, 0), (14, 0)]);
}

#[test]
fn typing_in_one_go_is_one_entry() {
    let mut desk = desk();
    for minute in 0..5 {
        desk.types(0, TRIAGE, minute * MINUTE);
    }
    assert_eq!(desk.ranges(), [(2, 6, 5)]);
    let entry = desk.activity.before(None).next().unwrap();
    assert_eq!(
        entry.typed,
        Some(Typed {
            inserted: 15,
            deleted: 5
        })
    );
    assert_eq!(
        (entry.started_at, entry.at),
        (TimestampMs(0), TimestampMs(4 * MINUTE))
    );
}

#[test]
fn a_pause_another_person_or_another_chapter_is_another_entry() {
    let mut desk = desk();
    desk.types(0, TRIAGE, 0);
    desk.types(1, TRIAGE, MINUTE);
    desk.types(0, HOUSING, 2 * MINUTE);
    desk.types(0, TRIAGE, 3 * MINUTE);
    desk.types(1, TRIAGE, 60 * MINUTE);
    assert_eq!(desk.ranges(), [(6, 6, 1), (2, 5, 2), (4, 4, 1), (3, 3, 1)]);
}

#[test]
fn pages_go_on_where_the_last_one_ended() {
    let mut desk = desk();
    for hour in 0..5 {
        desk.types(0, TRIAGE, hour * 60 * MINUTE);
    }
    let first: Vec<_> = desk
        .activity
        .before(None)
        .take(2)
        .map(|entry| entry.last)
        .collect();
    let second: Vec<_> = desk
        .activity
        .before(first.last().copied())
        .map(|entry| entry.last)
        .collect();
    assert_eq!([first, second].concat(), [6, 5, 4, 3, 2].map(Position));
}

#[test]
fn a_filter_takes_what_it_names() {
    let caller = Caller {
        person: PersonId::from_bytes([1; 16]),
        party: PartyId::from_bytes([2; 16]),
    };
    let takes = |filter: Filter| filter.takes(Some(caller), SubjectKind::Text, TimestampMs(10));
    assert!(takes(Filter::default()));
    assert!(takes(Filter {
        person: Some(caller.person),
        party: Some(caller.party),
        ..Filter::default()
    }));
    assert!(!takes(Filter {
        person: Some(PersonId::from_bytes([9; 16])),
        ..Filter::default()
    }));
    assert!(!takes(Filter {
        party: Some(PartyId::from_bytes([9; 16])),
        ..Filter::default()
    }));
    assert!(!takes(Filter {
        subject: Some(SubjectKind::Rights),
        ..Filter::default()
    }));
    assert!(takes(Filter {
        from: Some(TimestampMs(10)),
        until: Some(TimestampMs(11)),
        ..Filter::default()
    }));
    assert!(!takes(Filter {
        until: Some(TimestampMs(10)),
        ..Filter::default()
    }));
    assert!(!takes(Filter {
        from: Some(TimestampMs(11)),
        ..Filter::default()
    }));
    assert!(
        !Filter {
            person: Some(caller.person),
            ..Filter::default()
        }
        .takes(None, SubjectKind::Text, TimestampMs(0))
    );
}

#[test]
fn bytes_that_are_no_change_count_nothing() {
    let mut desk = desk();
    let stream = Stream::Text(TRIAGE, Generation(1));
    let record = desk.record(
        stream,
        Kind::new("text.changed", 1),
        (0, 0),
        b"not a change".to_vec(),
    );
    desk.activity.add_text(&desk.actors, TRIAGE, &record);
    assert_eq!(
        desk.activity.before(None).next().unwrap().typed,
        Some(Typed::default())
    );
}
