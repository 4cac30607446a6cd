//! What is measured: two engines behind the log's writer, and two stores without a log, fed in the same way.

use std::collections::HashMap;
use std::io::Write;
use std::path::Path;
use std::sync::{Arc, mpsc};

use schema::ids::{ActorRef, ChapterId, EventId, Generation, PlanId, Position};
use schema::log::{Kind, NewEvent, Stream, Via, Who};
use schrijftafel_server::log::engine::{self, EngineKind};
use schrijftafel_server::log::{
    AppendError, AppendRequest, EventLog, Expected, Guard, LogWriter, SledConfig, WriterConfig,
};

/// An automerge change of one typed burst.
const PAYLOAD_BYTES: usize = 123;
/// Of the record that such an event becomes: salts, envelope, chain and payload, and its frame in sled.
pub const FRAME_BYTES: usize = 395;
pub const PLAN: PlanId = PlanId::from_bytes([1; 16]);

/// Called once an append is durable, on the thread that made it so: hands over and returns.
pub type Durable = Box<dyn FnOnce() + Send>;

/// Hands in the `number`-th append and does not wait for it.
pub type Submitting = Box<dyn FnMut(u64, Durable)>;

pub fn event_log(kind: EngineKind, path: &Path) -> anyhow::Result<Submitting> {
    std::fs::create_dir_all(path)?;
    let log = engine::open_or_start(&path.join("log"), Some(kind))?;
    let log: Arc<dyn EventLog> = Arc::from(log as Box<dyn EventLog>);
    let writer = LogWriter::start(log, WriterConfig::default())?;
    Ok(Box::new(move |number, durable| {
        let done = move |result: Result<_, AppendError>| {
            result.expect("the disk is not full");
            durable();
        };
        writer
            .submit(request(number), Box::new(done))
            .expect("the queue holds everything that is in flight");
    }))
}

pub fn request(number: u64) -> AppendRequest {
    // Spread as real ids are: by a hash.
    let id = u128::from(number).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);
    let chapter = ChapterId::from_bytes([u8::try_from(number % 20).unwrap_or(0); 16]);
    let event = NewEvent {
        id: EventId::from_bytes(id.to_be_bytes()),
        stream: Stream::Text(chapter, Generation(1)),
        kind: Kind::new("text.changed", 1),
        who: Who::Actor(ActorRef(Position(0))),
        via: Via::Browser,
        causation: None,
        correlation: None,
        payload: noise(number, PAYLOAD_BYTES).into(),
    };
    // As a text change is guarded: by the rights, the chapter's state, and its next generation.
    let guarded = [
        Stream::Rights,
        Stream::Chapter(chapter),
        Stream::Text(chapter, Generation(2)),
    ];
    let guards = guarded.map(|stream| Guard {
        stream,
        expected: Expected::NoStream,
    });
    AppendRequest {
        plan: PLAN,
        events: vec![event],
        guards: guards.to_vec(),
    }
}

/// Bytes that do not compress.
fn noise(seed: u64, bytes: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(2).wrapping_add(1);
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[3]
    };
    std::iter::repeat_with(&mut next).take(bytes).collect()
}

/// Writes a group of frames and makes it durable.
pub type Sink = Box<dyn FnMut(&[(u64, Vec<u8>)]) + Send>;

/// The same sharing of flushes as the log's writer has, around another sink.
pub fn grouped(mut sink: Sink) -> Submitting {
    let (queue, waiting) = mpsc::sync_channel::<((u64, Vec<u8>), Durable)>(4_096);
    std::thread::spawn(move || {
        while let Ok(first) = waiting.recv() {
            let (frames, answers): (Vec<_>, Vec<_>) = std::iter::once(first)
                .chain(waiting.try_iter().take(2_047))
                .unzip();
            sink(&frames);
            for durable in answers {
                durable();
            }
        }
    });
    Box::new(move |number, durable| {
        queue
            .send(((number, noise(number, FRAME_BYTES)), durable))
            .expect("the sink lives");
    })
}

pub fn file_sink(path: &Path) -> anyhow::Result<Sink> {
    let mut file = std::fs::File::options().append(true).create(true).open(path)?;
    Ok(Box::new(move |frames| {
        let bytes: Vec<u8> = frames
            .iter()
            .flat_map(|(_, frame)| frame.iter().copied())
            .collect();
        file.write_all(&bytes)
            .and_then(|()| file.sync_data())
            .expect("the disk is not full");
    }))
}

pub fn sled_sink(path: &Path) -> anyhow::Result<Sink> {
    let config = SledConfig::default();
    let db = sled::Config::new()
        .path(path)
        .cache_capacity(config.cache_bytes)
        .flush_every_ms(None)
        .open()?;
    // sled's own flush does not empty the disk's cache; the log adds this too.
    let file = std::fs::File::open(path.join("db"))?;
    let mut next: HashMap<PlanId, u64> = HashMap::new();
    Ok(Box::new(move |frames| {
        let mut batch = sled::Batch::default();
        for (_, frame) in frames {
            let position = next.entry(PLAN).or_default();
            let key = [PLAN.as_bytes().as_slice(), &position.to_be_bytes()].concat();
            *position += 1;
            batch.insert(key, frame.as_slice());
        }
        db.apply_batch(batch)
            .and_then(|()| db.flush())
            .map_err(std::io::Error::other)
            .and_then(|_| file.sync_data())
            .expect("the disk is not full");
    }))
}
