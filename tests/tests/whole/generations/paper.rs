//! A whole real paper, written in one chapter: the document stays as long as its text, and so does opening it.
//!
//! The whole of it is not among the everyday tests, as it takes minutes:
//! `cargo test -p tests --release --test whole -- --ignored a_paper_of --nocapture`.

use std::time::Instant;

use automerge::transaction::Transactable;
use automerge::{AutoCommit, Change, ReadDoc};
use schema::ids::{BoundActor, DeviceId, Generation, PageSessionId, Revision};
use schema::text::evidence::Evidence;
use schema::text::genesis;
use schema::text::growth::GrowthLimit;
use schema::wire::{self, ClientFrame, ServerFrame, Start};
use tests::traces::{SequentialTrace, SequentialTxn, read_or_skip};

use super::server::{CHAPTER, PLAN, Server, id, person};

const SESSION: u64 = 1;
/// What automerge's text shows for a block marker.
const MARKER: char = '\u{fffc}';
/// Edits that one change holds: more than a browser makes of steady typing, so that the test ends soon.
const EDITS_PER_CHANGE: usize = 100;
/// How much of it is written in the everyday test.
const BEGINNING_EDITS: usize = 400;
/// How often.
const REWRITINGS: usize = 8;

/// Who writes it, with the evidence the server has of the running generation.
struct Writer {
    server: Server,
    doc: AutoCommit,
    evidence: Evidence,
    channel: u32,
    generation: Generation,
    /// Units before the text: a fresh document begins with a marker.
    shift: usize,
    /// The most operations that a document ever held.
    ops_max: u64,
}

impl Writer {
    fn new(limit: GrowthLimit) -> Self {
        let mut server = Server::new(limit.spare_ops, 1);
        server.connect(SESSION, person(0));
        let mut writer = Self {
            server,
            doc: AutoCommit::new(),
            evidence: Evidence::new(),
            channel: 0,
            generation: Generation(0),
            shift: 0,
            ops_max: 0,
        };
        writer.say(&ClientFrame::Hello {
            versions: vec![1],
            device: DeviceId::from_bytes(id(1)),
            page: PageSessionId::from_bytes(id(1)),
        });
        writer.open();
        writer
    }

    fn say(&mut self, frame: &ClientFrame) {
        self.server.receive(SESSION, wire::encode(frame));
    }

    fn open(&mut self) {
        let request = self.generation.0 + 1;
        let (plan, chapter, have) = (PLAN, CHAPTER, None);
        self.say(&ClientFrame::Open {
            request,
            plan,
            chapter,
            have,
        });
        self.listen();
    }

    /// Takes what the server says; goes along when the chapter goes on in another generation.
    fn listen(&mut self) {
        let mut moved = false;
        while let Some(bytes) = self.server.sockets.get_mut(&SESSION).unwrap().pop_front() {
            match wire::decode_server(&bytes).unwrap() {
                ServerFrame::Opened {
                    channel,
                    generation,
                    start: Start::Snapshot { next, document },
                    ..
                } => {
                    assert_eq!(next, Revision(1), "the fresh document is all there is");
                    self.enter(channel, generation, &document);
                }
                ServerFrame::Moved { .. } => moved = true,
                ServerFrame::Refused { reason, .. } => panic!("{reason:?}"),
                ServerFrame::Bye { reason, .. } => panic!("{reason:?}"),
                _ => {}
            }
        }
        if moved {
            self.open();
        }
    }

    fn enter(&mut self, channel: u32, generation: Generation, document: &[u8]) {
        (self.channel, self.generation) = (channel, generation);
        let mut actor = [7; 16];
        actor[..4].copy_from_slice(&generation.0.to_be_bytes());
        let actor = BoundActor::from_bytes(actor);
        self.doc = AutoCommit::load_with_options(document, genesis::load_options()).unwrap();
        self.doc.set_actor(genesis::actor_id(actor));
        self.shift = usize::from(text_of(&self.doc).starts_with(MARKER));
        self.evidence = Evidence::new();
        for seed in self.doc.get_changes(&[genesis::GENESIS_HASH]) {
            self.evidence.admit_trusted(seed.raw_bytes()).unwrap();
        }
        self.evidence.starts_here();
        self.say(&ClientFrame::Bind {
            channel,
            generation,
            actors: vec![actor],
        });
    }

    fn push(&mut self, limit: GrowthLimit) {
        let change: Change = self.doc.get_last_local_change().unwrap();
        let raw = change.raw_bytes().to_vec();
        self.evidence.admit_trusted(&raw).unwrap();
        self.ops_max = self.ops_max.max(self.evidence.ops());
        // One change may go beyond: by its operations, and by what it takes out of the text that was needed.
        let of_one = change.len() as u64 * (1 + limit.factor);
        assert!(
            self.evidence.ops() <= limit.ops_max(&self.evidence) + of_one,
            "generation {}",
            self.generation
        );
        let (channel, generation) = (self.channel, self.generation);
        self.say(&ClientFrame::Push {
            channel,
            generation,
            changes: vec![raw.into()],
        });
        self.listen();
    }
}

/// Its beginning, written again and again in the place of what stood, with a limit in the same proportion: a part of the
/// everyday tests.
#[test]
fn a_beginning_that_is_rewritten_opens_as_fast_as_its_text() {
    let Some(trace) = read_or_skip::<SequentialTrace>("automerge-paper.json.gz") else {
        return;
    };
    let limit = GrowthLimit {
        spare_ops: 100,
        ..GrowthLimit::default()
    };
    let beginning = &trace.txns[..BEGINNING_EDITS];
    let patches = beginning.iter().flat_map(|edit| &edit.patches);
    let length = patches.fold(0, |length, (_, delete, text)| {
        length + text.chars().count() - delete
    });
    let away = SequentialTxn {
        patches: vec![(0, length, String::new())],
    };
    let once: Vec<&SequentialTxn> = beginning.iter().chain([&away]).collect();
    let mut edits = once.repeat(REWRITINGS);
    edits.pop();
    write_paper(&edits, limit);
}

#[test]
#[ignore = "minutes of work in a development build; its beginning, rewritten, is tried every day"]
fn a_paper_of_260_000_edits_opens_as_fast_as_its_text() {
    if let Some(trace) = read_or_skip::<SequentialTrace>("automerge-paper.json.gz") {
        let text = write_paper(&trace.txns.iter().collect::<Vec<_>>(), GrowthLimit::default());
        assert!(text == trace.end_content);
    }
}

/// Writes it, letter by letter, and compares with a document that was never begun afresh; gives the text.
fn write_paper(edits: &[&SequentialTxn], limit: GrowthLimit) -> String {
    let mut writer = Writer::new(limit);
    let mut whole = genesis::new_doc(BoundActor::from_bytes([9; 16]));
    let mut whole_ops = Evidence::new();
    let pause = (edits.len() / EDITS_PER_CHANGE / 20).clamp(1, 100);
    for (number, edits) in edits.chunks(EDITS_PER_CHANGE).enumerate() {
        for (at, delete, text) in edits.iter().flat_map(|edit| &edit.patches) {
            for (doc, shift) in [(&mut writer.doc, writer.shift), (&mut whole, 0)] {
                doc.splice_text(genesis::text_id(), at + shift, *delete as isize, text)
                    .unwrap();
            }
        }
        writer.doc.commit();
        whole.commit();
        let change = whole.get_last_local_change().unwrap();
        whole_ops.admit_trusted(change.raw_bytes()).unwrap();
        writer.push(limit);
        // The server's copy follows, as it does while people type.
        if number % pause == 0 {
            writer.server.pass(1_100);
            writer.listen();
        }
    }
    writer.server.cut(SESSION);
    writer.server.connect(SESSION, person(0));
    let text = text_of(&writer.doc).replace(MARKER, "");
    assert!(text == text_of(&whole));
    let now = writer.doc.save();
    let before = whole.save();
    let opened = |bytes: &[u8]| {
        #[expect(clippy::disallowed_methods, reason = "a measurement")]
        let start = Instant::now();
        let doc = AutoCommit::load_with_options(bytes, genesis::load_options()).unwrap();
        drop(doc);
        start.elapsed().as_millis()
    };
    println!(
        "operations: {} at most, {} now, {} without; bytes to open: {} now, {} without; to load: {} ms now, {} ms without; {} generations",
        writer.ops_max,
        writer.evidence.ops(),
        whole_ops.ops(),
        now.len(),
        before.len(),
        opened(&now),
        opened(&before),
        writer.generation.0,
    );
    assert!(writer.generation > Generation(2));
    assert!(writer.evidence.ops() < whole_ops.ops());
    assert!(now.len() < before.len());
    text
}

fn text_of(doc: &AutoCommit) -> String {
    doc.text(genesis::text_id()).unwrap()
}
