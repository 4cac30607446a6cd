//! A chapter full of people whose cursors move all the time, and what each of them is told of the others.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use schema::ids::{ChapterId, PlanId};
use schema::wire::{self, ClientFrame, ServerFrame};
use tokio::task::JoinSet;

use crate::raw::RawClient;
use crate::served::{SECOND_WRITER, Served, WRITER};

/// How long after the last move everybody listens.
const SETTLES: Duration = Duration::from_millis(1_500);
/// A cursor and a selection as our editor sends them: two automerge cursors of 35 bytes and what stands around them.
const CURSOR_BYTES: usize = 96;

/// What is asked of whom.
#[derive(Debug, Clone, Copy)]
pub struct Movement {
    /// How many people have the chapter open.
    pub people: usize,
    /// Between two moves of one of them.
    pub pause: Duration,
    /// How long.
    pub time: Duration,
}

/// Where somebody is, as another was last told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Name of the person, as the server knows it.
    pub name: String,
    /// Name of the party.
    pub party: String,
    /// Which of the people it is, and how often they had moved.
    pub moved: (usize, u64),
}

/// What one of the people was told.
#[derive(Debug, Default)]
pub struct Seen {
    /// Times somebody's place was told while people moved.
    pub told: usize,
    /// Bytes of that.
    pub bytes: usize,
    /// Where the others are in the end.
    pub places: BTreeMap<u64, Place>,
    /// How often this one moved.
    pub moves: u64,
}

/// Opens the chapter for everybody and lets them move; what each was told, in their order.
///
/// # Errors
/// When a connection ends.
pub async fn move_about(server: &Served, key: (PlanId, ChapterId), how: Movement) -> Result<Vec<Seen>> {
    let cookies = [
        server.sign_in(WRITER).await?,
        server.sign_in(SECOND_WRITER).await?,
    ];
    let mut here = Vec::new();
    for (_, cookie) in (0..how.people).zip(cookies.iter().cycle()) {
        let mut client = RawClient::greeted(&server.socket(), cookie).await?;
        let channel = client.open(key, None).await?.channel;
        here.push((client, channel));
    }
    let mut tasks = JoinSet::new();
    for (number, (client, channel)) in here.into_iter().enumerate() {
        tasks.spawn(
            async move { Ok::<_, anyhow::Error>((number, moves(client, (number, channel), how).await?)) },
        );
    }
    let mut seen = BTreeMap::new();
    while let Some(done) = tasks.join_next().await {
        let (number, of) = done??;
        seen.insert(number, of);
    }
    Ok(seen.into_values().collect())
}

async fn moves(mut client: RawClient, (number, channel): (usize, u32), how: Movement) -> Result<Seen> {
    let start = Instant::now();
    let mut seen = Seen::default();
    // Not all in the same instant.
    let offset = how.pause * number as u32 / how.people.max(1) as u32;
    let mut beats = tokio::time::interval_at((start + offset).into(), how.pause);
    while start.elapsed() < how.time + SETTLES {
        tokio::select! {
            _ = beats.tick(), if start.elapsed() < how.time => {
                seen.moves += 1;
                let payload = payload(number, seen.moves);
                client.say(&ClientFrame::Presence { channel, payload: payload.into() }).await?;
            }
            heard = client.hear() => {
                let frame = heard?.context("the connection ended")?;
                note(&mut seen, &frame, start.elapsed() < how.time);
            }
            () = tokio::time::sleep(Duration::from_millis(100)) => {}
        }
    }
    Ok(seen)
}

fn payload(number: usize, moves: u64) -> Vec<u8> {
    let mut payload = vec![0; CURSOR_BYTES];
    payload[..8].copy_from_slice(&(number as u64).to_be_bytes());
    payload[8..16].copy_from_slice(&moves.to_be_bytes());
    payload
}

fn note(seen: &mut Seen, frame: &ServerFrame, counts: bool) {
    let ServerFrame::Presence {
        peer,
        name,
        party_name,
        payload,
        ..
    } = frame
    else {
        return;
    };
    if counts {
        seen.told += 1;
        seen.bytes += wire::encode(frame).len();
    }
    let number = |from: usize| {
        payload
            .get(from..from + 8)
            .and_then(|bytes| bytes.try_into().ok())
            .map(u64::from_be_bytes)
    };
    let moved = (number(0).unwrap_or(u64::MAX) as usize, number(8).unwrap_or(0));
    let place = Place {
        name: name.clone(),
        party: party_name.clone(),
        moved,
    };
    seen.places.insert(*peer, place);
}
