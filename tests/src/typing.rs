//! People who type at a steady pace, and how long each letter takes to reach the others: the work the peers were
//! measured on.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Result;
use automerge::{ChangeHash, ReadDoc};
use schema::ids::{ChapterId, PlanId};
use tokio::task::JoinSet;

use crate::native::NativeClient;
use crate::served::{SECOND_WRITER, Served, WRITER};

/// How long people stay at the end for what the others typed.
const ARRIVES: Duration = Duration::from_secs(10);

/// When each change was made.
pub type Sent = Arc<Mutex<HashMap<ChangeHash, Instant>>>;
type Latencies = Arc<Mutex<Vec<f64>>>;

/// What is asked of whom.
#[derive(Debug, Clone, Copy)]
pub struct Load {
    /// Chapters that are open.
    pub chapters: usize,
    /// Clients of each.
    pub clients: usize,
    /// One client in so many types; the rest reads.
    pub one_types_in: usize,
    /// How long.
    pub time: Duration,
    /// Between two changes of one person.
    pub every: Duration,
    /// Letters that one change inserts.
    pub letters: usize,
    /// Whether a client only looks at what it receives, or applies it as a browser does.
    pub is_light: bool,
}

impl Load {
    /// How often so many changes are delivered: each once to every other client of its chapter.
    #[must_use]
    pub fn deliveries_of(&self, typed: usize) -> usize {
        typed * self.clients.saturating_sub(1)
    }
}

/// What came of it.
#[derive(Debug)]
pub struct Typed {
    /// Changes that everybody's pace offered.
    pub offered: usize,
    /// Changes made: fewer when the clients could not keep their pace.
    pub typed: usize,
    /// Milliseconds until its author knew a change to be durable, shortest first.
    durable: Vec<f64>,
    /// Milliseconds from a change to another client, one per client that received it, shortest first.
    latencies: Vec<f64>,
}

impl Typed {
    /// Both kinds of latencies in milliseconds, in any order.
    #[must_use]
    pub fn of(offered: usize, typed: usize, mut durable: Vec<f64>, mut latencies: Vec<f64>) -> Self {
        durable.sort_by(f64::total_cmp);
        latencies.sort_by(f64::total_cmp);
        Self {
            offered,
            typed,
            durable,
            latencies,
        }
    }

    /// Changes that reached another client, each counted for every client.
    #[must_use]
    pub fn deliveries(&self) -> usize {
        self.latencies.len()
    }

    /// Milliseconds within which such a share (0 to 1) of the changes reached another client.
    #[must_use]
    pub fn within(&self, share: f64) -> f64 {
        share_of(&self.latencies, share)
    }

    /// Milliseconds within which the author of such a share (0 to 1) of the changes knew them to be durable.
    #[must_use]
    pub fn durable_within(&self, share: f64) -> f64 {
        share_of(&self.durable, share)
    }
}

fn share_of(sorted: &[f64], share: f64) -> f64 {
    let at = (sorted.len() as f64 * share) as usize;
    sorted.get(at).copied().unwrap_or(f64::NAN)
}

async fn writers(server: &Served) -> Result<[String; 2]> {
    Ok([
        server.sign_in(WRITER).await?,
        server.sign_in(SECOND_WRITER).await?,
    ])
}

/// Clients of a chapter, signed in as its two writers in turn. `seed` makes their ids.
///
/// # Errors
/// When the server refuses one.
pub async fn people(
    server: &Served,
    key: (PlanId, ChapterId),
    count: usize,
    seed: u64,
) -> Result<Vec<NativeClient>> {
    let cookies = writers(server).await?;
    let mut made = Vec::new();
    for (number, cookie) in (0..count).zip(cookies.iter().cycle()) {
        let seed = seed * 1_000 + number as u64;
        made.push(server.client(key, Some(cookie), seed).await?);
    }
    Ok(made)
}

/// Opens fresh chapters with their clients: all chapters beside each other, so that nobody waits for long.
///
/// # Errors
/// When the server refuses one.
pub async fn gather(server: &Served, load: Load) -> Result<Vec<NativeClient>> {
    let cookies = writers(server).await?;
    let mut tasks = JoinSet::new();
    for chapter in 0..load.chapters {
        let key = server.empty_chapter().await?;
        let clients: Vec<_> = (0..load.clients)
            .zip(cookies.iter().cycle())
            .map(|(number, cookie)| {
                let seed = (chapter as u64 + 1) * 1_000 + number as u64;
                NativeClient::new(&server.socket(), Some(cookie), key, seed)
            })
            .collect();
        tasks.spawn(connect(clients, load.is_light));
    }
    let mut everybody = Vec::new();
    while let Some(here) = tasks.join_next().await {
        everybody.extend(here??);
    }
    Ok(everybody)
}

async fn connect(mut clients: Vec<NativeClient>, is_light: bool) -> Result<Vec<NativeClient>> {
    for client in &mut clients {
        client.is_light = is_light;
        client.connect().await?;
    }
    Ok(clients)
}

/// Lets them type, all at once, and stay until everybody has everything. `sent` is told when each change was made.
///
/// # Errors
/// When a connection ends or a letter is refused.
pub async fn type_together(everybody: Vec<NativeClient>, load: Load, sent: &Sent) -> Result<Typed> {
    let (durable, latencies): (Latencies, Latencies) = (Arc::default(), Arc::default());
    let typing = Arc::new(AtomicUsize::new(everybody.len()));
    let mut tasks = JoinSet::new();
    for (number, mut person) in everybody.into_iter().enumerate() {
        person.on_change = Some(timed(sent, &latencies));
        person.on_durable = Some(timed(sent, &durable));
        let (sent, latencies, typing) = (Arc::clone(sent), Arc::clone(&latencies), Arc::clone(&typing));
        let types = number % load.one_types_in == 0;
        tasks.spawn(async move {
            // Not all in the same instant.
            person.idle(load.every * (number % 20) as u32 / 20).await?;
            let typed = if types {
                type_along(&mut person, load, &sent).await?
            } else {
                person.idle(load.time).await?;
                0
            };
            typing.fetch_sub(1, Ordering::Relaxed);
            let all_came = || {
                let (came, made) = (lock(&latencies).len(), lock(&sent).len());
                typing.load(Ordering::Relaxed) == 0 && came >= load.deliveries_of(made)
            };
            let end = Instant::now() + ARRIVES;
            while !all_came() && Instant::now() < end {
                person.idle(Duration::from_millis(250)).await?;
            }
            anyhow::ensure!(person.refused.is_empty(), "refused: {:?}", person.refused);
            Ok::<_, anyhow::Error>(typed)
        });
    }
    let mut typed = 0;
    while let Some(done) = tasks.join_next().await {
        typed += done??;
    }
    let taken = |of: &Latencies| std::mem::take(&mut *lock(of));
    let each = (load.time.as_millis() / load.every.as_millis()) as usize;
    let offered = (load.chapters * load.clients).div_ceil(load.one_types_in) * each;
    Ok(Typed::of(offered, typed, taken(&durable), taken(&latencies)))
}

/// Notes how long ago a change was made.
fn timed(sent: &Sent, to: &Latencies) -> Box<dyn Fn(ChangeHash) + Send> {
    let (sent, to) = (Arc::clone(sent), Arc::clone(to));
    Box::new(move |hash| {
        let made = lock(&sent).get(&hash).copied();
        if let Some(made) = made {
            lock(&to).push(made.elapsed().as_secs_f64() * 1_000.0);
        }
    })
}

/// One person types at the end of what they see; a keystroke that comes too late is not caught up with.
async fn type_along(person: &mut NativeClient, load: Load, sent: &Sent) -> Result<usize> {
    let start = Instant::now();
    let (mut next, mut typed) = (start, 0);
    let text = "a".repeat(load.letters);
    while start.elapsed() < load.time {
        let end = person.doc.length(person.text_id());
        let now = Instant::now();
        let hash = person.type_at(end, 0, &text)?;
        lock(sent).insert(hash, now);
        typed += 1;
        next = (next + load.every).max(Instant::now());
        person.idle(next.duration_since(Instant::now())).await?;
    }
    person.settled().await?;
    Ok(typed)
}

fn lock<T>(shared: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}
