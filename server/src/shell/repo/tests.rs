//! A translator between an automerge document and a core that is played by hand.

use std::sync::Arc;

use automerge::sync::{Message, MessageVersion, State, SyncDoc};
use automerge::transaction::Transactable;
use automerge::{AutoCommit, Change, ChangeHash};
use schema::ids::{
    BoundActor, ChapterId, DeviceId, Generation, IncarnationId, PageSessionId, PlanId, Position, Revision,
};
use schema::limits::{REPO_WAITING_BYTES_MAX, REPO_WAITING_CHANGES_MAX, REPO_WAITING_MESSAGES_MAX};
use schema::repo::document_id::document_id;
use schema::repo::{self, SERVER_PEER, Said};
use schema::text::follow::{Copy, follow};
use schema::text::genesis;
use schema::wire::{self, ClientFrame, Item, Reason, ServerFrame, Start};

use super::peer::{Heard, Out, Peer};
use super::{Formers, Guest, Visitor};
use crate::core::{CoreRefusal, Speaks};
use crate::log::memory::MemoryLog;

const PLAN: PlanId = PlanId::from_bytes([1; 16]);
const CHAPTER: ChapterId = ChapterId::from_bytes([2; 16]);
const CHANNEL: u32 = 7;

/// Somebody's program and the translator that speaks for it.
struct Program {
    peer: Peer,
    doc: AutoCommit,
    state: State,
}

fn guest() -> Guest {
    Guest {
        visitor: Visitor {
            caller: None,
            name: String::new(),
            party_name: String::new(),
            sign_in: None,
            program: None,
            speaks: Speaks::AutomergeRepo,
        },
        device: DeviceId::from_bytes([3; 16]),
        page: PageSessionId::from_bytes([4; 16]),
        plan_of: Arc::new(|chapter| (chapter == CHAPTER).then_some(PLAN)),
        formers: Arc::new(Formers::new(Arc::new(MemoryLog::new(IncarnationId::from_bytes(
            [0; 16],
        ))))),
    }
}

impl Program {
    fn connected() -> Self {
        let mut program = Self {
            peer: Peer::new(1, guest()),
            doc: AutoCommit::new_with_encoding(automerge::TextEncoding::Utf16CodeUnit),
            state: State::new(),
        };
        let outs = program.say(&Said::Join {
            sender: "p".to_owned(),
            versions: vec!["1".to_owned()],
        });
        assert!(matches!(
            outs.as_slice(),
            [
                Out::Core(ClientFrame::Hello { .. }),
                Out::Client(Said::Peer { .. })
            ]
        ));
        program
    }

    /// One that has asked for the chapter, before the core has said anything.
    fn asking() -> Self {
        let mut program = Self::connected();
        let outs = program.sync();
        assert!(
            matches!(outs.as_slice(), [Out::Core(ClientFrame::Open { request: 1, .. })]),
            "{outs:?}"
        );
        program
    }

    /// One that has the chapter open, as the copy has it.
    fn opened(copy: &Arc<Copy>, read_only: bool) -> Self {
        let mut program = Self::asking();
        let outs = program.hear(&ServerFrame::Opened {
            request: 1,
            channel: CHANNEL,
            generation: Generation(1),
            schema_version: 1,
            head: Revision(1),
            read_only: read_only.then(|| Reason::new("chapter-frozen", "")),
            start: Start::Tail,
            erased_before: None,
        });
        assert!(matches!(outs.as_slice(), [Out::Copy(PLAN, CHAPTER)]), "{outs:?}");
        let outs = program.copy(copy);
        program.take(&outs);
        let outs = program.sync();
        program.take(&outs);
        program
    }

    fn say(&mut self, said: &Said) -> Vec<Out> {
        self.peer.hear(Heard::Client(repo::encode(said)))
    }

    fn say_message(&mut self, message: Message) -> Vec<Out> {
        self.say_data(message.encode())
    }

    fn say_data(&mut self, data: Vec<u8>) -> Vec<Out> {
        self.say(&Said::Sync {
            sender: "p".to_owned(),
            target: SERVER_PEER.to_owned(),
            document: document_id(CHAPTER),
            asks: false,
            data,
        })
    }

    /// Says what automerge has to say.
    fn sync(&mut self) -> Vec<Out> {
        let message = self.doc.sync().generate_sync_message(&mut self.state);
        message.map_or_else(Vec::new, |message| self.say_message(message))
    }

    fn hear(&mut self, frame: &ServerFrame) -> Vec<Out> {
        self.peer.hear(Heard::Core(wire::encode(frame).into()))
    }

    fn copy(&mut self, copy: &Arc<Copy>) -> Vec<Out> {
        self.peer
            .hear(Heard::Copy(CHAPTER, Ok((Generation(1), Arc::clone(copy)))))
    }

    /// Takes what the translator says to the program.
    fn take(&mut self, outs: &[Out]) {
        for message in messages(outs) {
            self.doc
                .sync()
                .receive_sync_message(&mut self.state, message)
                .unwrap();
        }
    }

    fn type_at(&mut self, at: usize, text: &str) -> Change {
        self.doc.splice_text(genesis::text_id(), at, 0, text).unwrap();
        self.doc.get_last_local_change().unwrap()
    }

    fn durable(&mut self, changes: &[&Change]) -> Vec<Out> {
        let yours = |change: &&Change| Item::Yours {
            hash: change.hash().0.into(),
            position: Position(5),
        };
        self.hear(&ServerFrame::Changes {
            channel: CHANNEL,
            first: Revision(1),
            items: changes.iter().map(yours).collect(),
        })
    }
}

/// A message that gives only these changes of what its document has.
fn giving(head: &Change, changes: &[&Change]) -> Message {
    let changes: Vec<Vec<u8>> = changes.iter().map(|change| change.raw_bytes().to_vec()).collect();
    Message {
        heads: vec![head.hash()],
        need: Vec::new(),
        have: Vec::new(),
        changes: changes.into(),
        flags: None,
        version: MessageVersion::V1,
    }
}

fn messages(outs: &[Out]) -> Vec<Message> {
    let message = |out: &Out| match out {
        Out::Client(Said::Sync { data, .. }) => Some(Message::decode(data).unwrap()),
        _ => None,
    };
    outs.iter().filter_map(message).collect()
}

fn pushed(outs: &[Out]) -> Vec<ChangeHash> {
    let hash = |out: &Out| match out {
        Out::Core(ClientFrame::Push { changes, .. }) => {
            Some(Change::from_bytes(changes[0].to_vec()).unwrap().hash())
        }
        _ => None,
    };
    outs.iter().filter_map(hash).collect()
}

fn ended_with(outs: &[Out]) -> &str {
    match outs {
        [Out::Client(Said::Error { message, .. }), Out::End] => message,
        other => panic!("no end: {other:?}"),
    }
}

fn with(copy: &Copy, changes: &[&Change]) -> Arc<Copy> {
    let raw: Vec<Arc<[u8]>> = changes.iter().map(|change| change.raw_bytes().into()).collect();
    Arc::new(follow(copy, &raw).unwrap())
}

#[test]
fn a_client_hears_that_the_server_has_a_change_when_the_log_has_it() {
    let start = Arc::new(Copy::new());
    let mut program = Program::opened(&start, false);
    let change = program.type_at(0, "Zorg");
    let outs = program.sync();
    assert_eq!(pushed(&outs), [change.hash()]);
    assert!(messages(&outs).is_empty(), "nothing yet");
    // What others wrote meanwhile does not tell of it either.
    assert!(messages(&program.copy(&start)).is_empty());
    let outs = program.durable(&[&change]);
    assert!(messages(&outs).is_empty(), "not before the copy has it");
    assert!(matches!(outs.as_slice(), [Out::Copy(PLAN, CHAPTER)]));
    let outs = program.copy(&with(&start, &[&change]));
    let told = messages(&outs);
    assert_eq!(told[0].heads, [change.hash()]);
    program.take(&outs);
    assert_eq!(
        program.state.shared_heads,
        [change.hash()],
        "automerge knows it is shared"
    );
}

#[test]
fn what_others_write_is_told_with_nothing_of_ones_own() {
    let start = Arc::new(Copy::new());
    let mut program = Program::opened(&start, false);
    let mut other = genesis::new_doc(BoundActor::from_bytes([8; 16]));
    other.splice_text(genesis::text_id(), 0, 0, "Zorg").unwrap();
    let change = other.get_last_local_change().unwrap();
    let outs = program.copy(&with(&start, &[&change]));
    program.take(&outs);
    assert_eq!(program.doc.get_heads(), [change.hash()]);
}

#[test]
fn a_change_whose_parent_was_left_out_waits_and_the_parent_is_asked_for() {
    let start = Arc::new(Copy::new());
    let mut program = Program::opened(&start, false);
    let (first, second) = (program.type_at(0, "een"), program.type_at(3, " twee"));
    let outs = program.say_message(giving(&second, &[&second]));
    assert!(pushed(&outs).is_empty());
    let told = messages(&outs);
    assert_eq!(told[0].need, [first.hash()]);
    assert!(told[0].have.is_empty(), "so that exactly that comes");
    let outs = program.say_message(giving(&second, &[&first]));
    assert_eq!(pushed(&outs), [first.hash(), second.hash()]);
    program.durable(&[&first, &second]);
    let outs = program.copy(&with(&start, &[&first, &second]));
    assert_eq!(messages(&outs)[0].heads, [second.hash()]);
}

#[test]
fn more_changes_than_may_be_unanswered_wait_for_answers() {
    let start = Arc::new(Copy::new());
    let mut program = Program::opened(&start, false);
    let changes: Vec<Change> = (0..100).map(|at| program.type_at(at, "a")).collect();
    let outs = program.sync();
    let most = schema::limits::IN_FLIGHT_CHANGES_MAX;
    assert_eq!(pushed(&outs).len(), most);
    let answered: Vec<&Change> = changes.iter().take(most).collect();
    let outs = program.durable(&answered);
    let rest: Vec<ChangeHash> = changes.iter().skip(most).map(Change::hash).collect();
    assert_eq!(pushed(&outs), rest);
}

#[test]
fn so_many_messages_wait_and_no_more() {
    let mut program = Program::asking();
    // The one it asked with waits already.
    for _ in 1..REPO_WAITING_MESSAGES_MAX {
        assert!(program.say_data(vec![0x42]).is_empty());
    }
    assert!(ended_with(&program.say_data(vec![0x42])).contains("too much waits"));
}

#[test]
fn so_many_bytes_of_messages_wait_and_no_more() {
    let mut program = Program::asking();
    let part = REPO_WAITING_BYTES_MAX / 5;
    for _ in 0..4 {
        assert!(program.say_data(vec![0x42; part]).is_empty());
    }
    assert!(ended_with(&program.say_data(vec![0x42; part])).contains("too much waits"));
}

#[test]
fn so_many_changes_wait_for_their_parents_and_no_more() {
    let start = Arc::new(Copy::new());
    let mut program = Program::opened(&start, false);
    program.type_at(0, "a");
    let orphans: Vec<Change> = (0..=REPO_WAITING_CHANGES_MAX)
        .map(|_| program.type_at(0, "a"))
        .collect();
    let (last, most) = orphans.split_last().unwrap();
    let most: Vec<&Change> = most.iter().collect();
    let outs = program.say_message(giving(last, &most));
    assert_eq!(messages(&outs).len(), 1, "the parent is asked for");
    let outs = program.say_message(giving(last, &[last]));
    assert!(ended_with(&outs).contains("too much waits"));
}

#[test]
fn so_many_bytes_wait_for_their_parents_and_no_more() {
    let mut program = Program::opened(&Arc::new(Copy::new()), false);
    program.type_at(0, "a");
    let mut seed = 7_u64;
    let mut orphan = || {
        // Bytes without a pattern, so that a change is no shorter than they are. What is in it matters later.
        let bytes: Vec<u8> = (0..500_000)
            .map(|_| {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                (seed >> 33) as u8
            })
            .collect();
        program.doc.put(automerge::ROOT, "bytes", bytes).unwrap();
        program.doc.get_last_local_change().unwrap()
    };
    let orphans: Vec<Change> = (0..=REPO_WAITING_BYTES_MAX / 500_000).map(|_| orphan()).collect();
    let mut waiting = 0;
    for change in &orphans {
        waiting += change.raw_bytes().len();
        let outs = program.say_message(giving(orphans.last().unwrap(), &[change]));
        if waiting > REPO_WAITING_BYTES_MAX {
            return assert!(ended_with(&outs).contains("too much waits"));
        }
        assert_eq!(messages(&outs).len(), 1, "the parent is asked for");
    }
    panic!("only {waiting} bytes");
}

#[test]
fn who_may_not_write_reads_and_ends_the_connection_when_they_may() {
    let start = Arc::new(Copy::new());
    let mut program = Program::opened(&start, true);
    assert!(program.state.is_peer_read_only(), "automerge is told");
    let change = program.type_at(0, "mag niet");
    assert!(pushed(&program.say_message(giving(&change, &[&change]))).is_empty());
    let outs = program.hear(&ServerFrame::Access {
        channel: CHANNEL,
        read_only: None,
    });
    assert!(ended_with(&outs).contains("you may write here now"));
}

#[test]
fn a_right_that_ends_is_told_at_once() {
    let mut program = Program::opened(&Arc::new(Copy::new()), false);
    let outs = program.hear(&ServerFrame::Access {
        channel: CHANNEL,
        read_only: Some(Reason::new("chapter-frozen", "")),
    });
    program.take(&outs);
    assert!(program.state.is_peer_read_only());
    let outs = program.hear(&ServerFrame::Closed {
        request: None,
        channel: Some(CHANNEL),
        reason: Reason::new("live-text-withheld", ""),
    });
    assert!(matches!(outs.as_slice(), [Out::Client(Said::Unavailable { .. })]));
}

#[test]
fn whatever_goes_wrong_is_said_before_the_end() {
    let fresh = || Program::opened(&Arc::new(Copy::new()), false);
    let refused = fresh().hear(&ServerFrame::Refused {
        channel: CHANNEL,
        hash: [1; 32].into(),
        reason: Reason::new("outside-text", ""),
    });
    assert!(ended_with(&refused).contains("outside-text"));
    let moved = fresh().hear(&ServerFrame::Moved {
        channel: CHANNEL,
        generation: Generation(2),
    });
    assert!(ended_with(&moved).contains("new document"));
    let moved = fresh()
        .peer
        .hear(Heard::Copy(CHAPTER, Ok((Generation(2), Arc::new(Copy::new())))));
    assert!(ended_with(&moved).contains("new document"));
    let gone = fresh()
        .peer
        .hear(Heard::Copy(CHAPTER, Err(CoreRefusal::NotFound)));
    assert!(ended_with(&gone).contains("not found"));
    ended_with(&fresh().peer.hear(Heard::Client(vec![0xff])));
    ended_with(&fresh().peer.hear(Heard::Unreadable));
    let again = Said::Join {
        sender: "p".to_owned(),
        versions: vec!["1".to_owned()],
    };
    ended_with(&fresh().say(&again));
    let as_somebody_else = Said::Sync {
        sender: "q".to_owned(),
        target: SERVER_PEER.to_owned(),
        document: document_id(CHAPTER),
        asks: false,
        data: vec![0x42],
    };
    ended_with(&fresh().say(&as_somebody_else));
}

#[test]
fn the_servers_own_names_are_nobody_elses() {
    for name in [SERVER_PEER, "schrijftafel-7"] {
        let mut program = Program::connected();
        program.peer = Peer::new(1, guest());
        let outs = program.say(&Said::Join {
            sender: name.to_owned(),
            versions: vec!["1".to_owned()],
        });
        assert!(
            !outs
                .iter()
                .any(|out| matches!(out, Out::Client(Said::Peer { .. }))),
            "{outs:?}"
        );
    }
}

#[test]
fn unknown_documents_are_unavailable_and_cost_nothing() {
    let mut program = Program::connected();
    for document in ["", "no-id", &document_id(ChapterId::from_bytes([9; 16]))] {
        let outs = program.say(&Said::Sync {
            sender: "p".to_owned(),
            target: SERVER_PEER.to_owned(),
            document: document.to_owned(),
            asks: true,
            data: vec![0x42],
        });
        match outs.as_slice() {
            [
                Out::Client(Said::Unavailable {
                    document: answered, ..
                }),
            ] => assert_eq!(answered, document),
            other => panic!("{document}: {other:?}"),
        }
    }
}
