//! The conversation about an ended generation, with an automerge document that knows nothing of it.

use automerge::sync::MessageVersion;
use automerge::transaction::Transactable;
use automerge::{AutoCommit, Change, ReadDoc};
use schema::ids::{BoundActor, TimestampMs};
use schema::repo::sync::{Matter, Taken, read, written};
use schema::text::generation::start_from;
use schema::text::genesis::{actor_id, load_options, new_doc, text_id};

use super::*;

const CHAPTER: ChapterId = ChapterId::from_bytes([2; 16]);

/// A program that held the text before the last word of its generation, and wrote others.
struct Program {
    former: Former,
    doc: AutoCommit,
    state: State,
}

fn raw(doc: &mut AutoCommit) -> Arc<[u8]> {
    doc.get_last_local_change().unwrap().raw_bytes().into()
}

impl Program {
    fn new() -> Self {
        let mut writer = new_doc(BoundActor::from_bytes([1; 16]));
        writer.splice_text(text_id(), 0, 0, "Zorg dichtbij").unwrap();
        let early = raw(&mut writer);
        let mut doc = AutoCommit::load_with_options(&writer.save(), load_options()).unwrap();
        doc.set_actor(actor_id(BoundActor::from_bytes([9; 16])));
        writer.splice_text(text_id(), 13, 0, " huis").unwrap();
        let last = raw(&mut writer);
        let mut evidence = Evidence::new();
        for raw in [&early, &last] {
            evidence.admit_trusted(raw).unwrap();
        }
        let old = follow(&Copy::new(), &[early, last]).unwrap();
        let server = BoundActor::from_bytes([0xee; 16]);
        let started = start_from(old.doc(), Reason::Growth, server, TimestampMs(5)).unwrap();
        let following = vec![Following {
            generation: Generation(2),
            started,
            changes: Vec::new(),
        }];
        let text = FormerText {
            old,
            evidence,
            following,
        };
        Self {
            former: Former::new(CHAPTER, text),
            doc,
            state: State::new(),
        }
    }

    fn types(&mut self, at: usize, text: &str) -> Change {
        self.doc.splice_text(text_id(), at, 0, text).unwrap();
        self.doc.get_last_local_change().unwrap()
    }

    fn hear(&mut self, message: Message) -> Next {
        let Taken { message, changes } = read(&message.encode(), Matter::Written).unwrap();
        self.former.hear(message, changes).unwrap()
    }

    /// Says what automerge says.
    fn says(&mut self) -> Next {
        let message = self.doc.sync().generate_sync_message(&mut self.state);
        self.hear(message.expect("it has something to say"))
    }

    /// Takes what it is told.
    fn takes(&mut self, next: Next) {
        let Next::Say(message) = next else {
            panic!("nothing is said");
        };
        let message = Message::decode(&written(message)).unwrap();
        let doc = &mut self.doc;
        doc.sync().receive_sync_message(&mut self.state, message).unwrap();
    }

    /// The text of the next generation with what was carried over.
    fn read(&self, next: Next) -> String {
        let Next::Push(carried) = next else {
            panic!("nothing is carried");
        };
        let started = &self.former.text.following[0].started;
        let seed: Vec<Arc<[u8]>> = started.seed.iter().map(|raw| raw.to_vec().into()).collect();
        let start = follow(&Copy::new(), &seed).unwrap();
        let carried: Vec<Arc<[u8]>> = carried.into_iter().map(|change| change.raw.into()).collect();
        let whole = follow(&start, &carried).unwrap();
        whole.doc().text(text_id()).unwrap().replace('\u{fffc}', "")
    }
}

/// A message that names everything and gives only these changes.
fn giving(heads: &[&Change], changes: &[&Change]) -> Message {
    let changes: Vec<Vec<u8>> = changes.iter().map(|change| change.raw_bytes().to_vec()).collect();
    Message {
        heads: heads.iter().map(|change| change.hash()).collect(),
        need: Vec::new(),
        have: Vec::new(),
        changes: changes.into(),
        flags: None,
        version: MessageVersion::V1,
    }
}

#[test]
fn what_a_client_had_not_sent_is_got_from_it_and_the_rest_is_given() {
    let mut program = Program::new();
    program.types(4, ", altijd");
    program.types(0, "De ");
    let asked = program.says();
    program.takes(asked);
    let carried = program.says();
    assert_eq!(program.read(carried), "De Zorg, altijd dichtbij huis");
    let text = program.doc.text(text_id()).unwrap();
    assert_eq!(
        text, "De Zorg, altijd dichtbij huis",
        "its own document has the rest"
    );
}

#[test]
fn a_client_that_has_nothing_more_to_give_is_told_so() {
    let mut program = Program::new();
    assert!(matches!(program.says(), Next::Nothing));
}

#[test]
fn a_change_that_was_left_out_is_asked_for_by_name() {
    let mut program = Program::new();
    let (first, second) = (program.types(13, " thuis"), program.types(0, "De "));
    let asked = program.says();
    program.takes(asked);
    match program.hear(giving(&[&second], &[&second])) {
        Next::Say(message) => {
            assert_eq!(message.need, [first.hash()]);
            assert!(message.have.is_empty(), "so that exactly that comes");
        }
        _ => panic!("it is asked for"),
    }
    let carried = program.hear(giving(&[&second], &[&first]));
    let text = program.read(carried);
    assert!(
        text.starts_with("De Zorg dichtbij") && text.contains(" thuis"),
        "{text}"
    );
}

#[test]
fn what_is_no_text_and_what_never_comes_is_not_carried() {
    let mut program = Program::new();
    program.doc.put(automerge::ROOT, "elders", 1).unwrap();
    let outside = program.doc.get_last_local_change().unwrap();
    let refused = program.hear(giving(&[&outside], &[&outside]));
    assert!(matches!(refused, Next::Never(_)), "refused on the evidence");

    let mut program = Program::new();
    program.types(0, "De ");
    let second = program.types(0, "Al ");
    let all = (0..=REPO_FORMER_MESSAGES_MAX).map(|_| program.hear(giving(&[&second], &[&second])));
    assert!(matches!(all.last(), Some(Next::Never(_))), "it ends");
}

#[test]
fn more_changes_than_may_wait_are_not_carried() {
    let mut program = Program::new();
    program.types(0, "a");
    let orphans: Vec<Change> = (0..=REPO_WAITING_CHANGES_MAX)
        .map(|_| program.types(0, "a"))
        .collect();
    let (last, most) = orphans.split_last().unwrap();
    let most: Vec<&Change> = most.iter().collect();
    let next = program.hear(giving(&[last], &most));
    assert!(matches!(next, Next::Say(_)), "the parent is asked for");
    match program.hear(giving(&[last], &[last])) {
        Next::Never(why) => assert_eq!(why, "there are too many"),
        _ => panic!("one more than may wait"),
    }
}
