//! The limit: a server that checks nothing, keeps nothing and passes every frame on to the others of its chapter, on
//! the same web framework as ours and in a process of its own.

use std::collections::HashMap;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::extract::{Path, State};
use axum::response::Response;
use axum::serve::ListenerExt;
use futures_util::{SinkExt, StreamExt};
use tests::typing::Typed;
use tests::usage::Usage;
use tokio::sync::broadcast;
use tokio::task::JoinSet;
use tokio_tungstenite::tungstenite;

/// The argument with which this program is the relay.
pub const SERVER: &str = "relay-server";
/// What a letter is on the line, both ways: the frame of one change of one letter.
const FRAME_BYTES: usize = 160;
/// Frames that may wait for a slow reader.
const QUEUE: usize = 4_096;

type Said = (u64, axum::body::Bytes);
type Rooms = Arc<Mutex<HashMap<u32, broadcast::Sender<Said>>>>;

/// Serves until it is killed.
pub async fn serve() -> Result<()> {
    let app = axum::Router::new()
        .route("/{room}", axum::routing::any(enter))
        .with_state(Rooms::default());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    println!("{}", listener.local_addr()?);
    // As our server does: without it the limit would be that of the kernel's timers.
    let listener = listener.tap_io(|connection| connection.set_nodelay(true).unwrap_or_default());
    Ok(axum::serve(listener, app).await?)
}

async fn enter(State(rooms): State<Rooms>, Path(room): Path<u32>, upgrade: WebSocketUpgrade) -> Response {
    let to_room = {
        let mut rooms = rooms.lock().unwrap_or_else(PoisonError::into_inner);
        rooms
            .entry(room)
            .or_insert_with(|| broadcast::channel(QUEUE).0)
            .clone()
    };
    upgrade
        .read_buffer_size(4 << 10)
        .on_upgrade(move |socket| pass_on(socket, to_room))
}

async fn pass_on(socket: WebSocket, to_room: broadcast::Sender<Said>) {
    static NEXT: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);
    let own = NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    let mut from_room = to_room.subscribe();
    let (mut out, mut into) = socket.split();
    let writing = tokio::spawn(async move {
        while let Ok((from, bytes)) = from_room.recv().await {
            if from != own && out.send(Message::Binary(bytes)).await.is_err() {
                break;
            }
        }
    });
    while let Some(Ok(message)) = into.next().await {
        if let Message::Binary(bytes) = message {
            // Nobody else in the room is no failure.
            let _ = to_room.send((own, bytes));
        }
    }
    writing.abort();
}

/// A relay's process; killed when dropped.
struct Relay(Child);

impl Drop for Relay {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The typing of W1 over the relay; a frame names itself and is timed to every other client.
pub async fn typing(chapters: usize, clients: usize, every: Duration, time: Duration) -> Result<()> {
    let mut process = Command::new(std::env::current_exe()?)
        .arg(SERVER)
        .stdout(Stdio::piped())
        .spawn()?;
    let output = process.stdout.take().context("its output")?;
    let relay = Relay(process);
    let mut address = String::new();
    BufReader::new(output).read_line(&mut address)?;
    let start = Instant::now();
    let mut people = JoinSet::new();
    for number in 0..chapters * clients {
        let url = format!("ws://{}/{}", address.trim(), number % chapters);
        let (socket, _) = tokio_tungstenite::connect_async_with_config(url, None, true).await?;
        people.spawn(type_along(socket, start, (every, time), number % 20));
    }
    let before = Usage::of_process(relay.0.id())?;
    let (mut typed, mut latencies) = (0, Vec::new());
    while let Some(done) = people.join_next().await {
        let (own, others) = done??;
        typed += own;
        latencies.extend(others);
    }
    let usage = Usage::of_process(relay.0.id())?;
    let offered = chapters * clients * (time.as_millis() / every.as_millis()) as usize;
    let typed = Typed::of(offered, typed, Vec::new(), latencies);
    let due = typed.typed * (clients - 1);
    crate::say_typed(
        &format!("relay {chapters}x{clients}"),
        (&typed, due),
        usage.cpu_s - before.cpu_s,
        usage.peak_mb,
    )
}

async fn type_along<S>(
    socket: tokio_tungstenite::WebSocketStream<S>,
    start: Instant,
    (every, time): (Duration, Duration),
    phase: usize,
) -> Result<(usize, Vec<f64>)>
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin,
{
    let (mut out, mut into) = socket.split();
    let mut due = tokio::time::interval_at(tokio::time::Instant::now() + every * phase as u32 / 20, every);
    let end = tokio::time::Instant::now() + time;
    let (mut typed, mut latencies) = (0, Vec::new());
    loop {
        tokio::select! {
            () = tokio::time::sleep_until(end + Duration::from_millis(500)) => break,
            at = due.tick() => if at < end {
                let mut frame = vec![0; FRAME_BYTES];
                let now = start.elapsed().as_nanos() as u64;
                frame.iter_mut().zip(now.to_be_bytes()).for_each(|(to, byte)| *to = byte);
                out.send(tungstenite::Message::Binary(frame.into())).await?;
                typed += 1;
            },
            message = into.next() => {
                if let tungstenite::Message::Binary(bytes) = message.context("the relay is gone")?? {
                    let sent = bytes.first_chunk().map_or(0, |sent| u64::from_be_bytes(*sent));
                    latencies.push((start.elapsed().as_nanos() as u64).saturating_sub(sent) as f64 / 1e6);
                }
            }
        }
    }
    Ok((typed, latencies))
}
