//! The two ends of one connection: the core puts frames in, the socket takes them out.
//!
//! # Invariants
//!
//! - What waits is bounded in frames and in bytes; a single frame always fits.
//! - When the core lets go of its end, the socket learns of it at once, also while it is sending.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use schema::limits::{OUTBOX_BYTES_MAX, OUTBOX_FRAMES_MAX};
use tokio::sync::{mpsc, oneshot, watch};

use super::runtime::Message;
use crate::core::{Frame, Input, SessionId};

/// One connection's end of the core.
pub struct Connection {
    /// The core's number for it.
    pub session: SessionId,
    /// What to send; ends when the core ends the connection.
    pub frames: mpsc::Receiver<Frame>,
    /// Resolves when the core has ended the connection; the last frames may still wait.
    pub ended: Option<oneshot::Receiver<()>>,
    waiting_bytes: Arc<AtomicUsize>,
    inputs: mpsc::Sender<Message>,
    /// Dropped with this: whoever stops the server waits for it.
    _open: watch::Receiver<()>,
}

/// The core's end of a connection.
pub(super) struct Outbox {
    frames: mpsc::Sender<Frame>,
    /// Of the frames that were put in and not yet sent.
    waiting_bytes: Arc<AtomicUsize>,
    /// Dropped with this: tells the connection that it has ended.
    _ended: oneshot::Sender<()>,
}

impl Outbox {
    /// Puts a frame in; answers why it cannot be.
    pub(super) fn put(&self, frame: Frame) -> Result<(), &'static str> {
        let length = frame.len();
        let before = self.waiting_bytes.fetch_add(length, Ordering::Relaxed);
        let put = if before > 0 && before + length > OUTBOX_BYTES_MAX {
            Err("too many bytes wait for it")
        } else {
            let sent = self.frames.try_send(frame);
            sent.map_err(|_| "too many frames wait for it, or it is gone")
        };
        if put.is_err() {
            self.waiting_bytes.fetch_sub(length, Ordering::Relaxed);
        }
        put
    }

    /// Whether what passes may be put in: half of the place stays free for what may not be lost.
    pub(super) fn is_ample(&self) -> bool {
        self.frames.capacity() > OUTBOX_FRAMES_MAX / 2
    }
}

/// Both ends of a new connection.
pub(super) fn pair(
    session: SessionId,
    inputs: mpsc::Sender<Message>,
    open: watch::Receiver<()>,
) -> (Outbox, Connection) {
    let (frames, received) = mpsc::channel(OUTBOX_FRAMES_MAX);
    let (kept, ended) = oneshot::channel();
    let waiting_bytes = Arc::new(AtomicUsize::new(0));
    let outbox = Outbox {
        frames,
        waiting_bytes: Arc::clone(&waiting_bytes),
        _ended: kept,
    };
    let connection = Connection {
        session,
        frames: received,
        ended: Some(ended),
        waiting_bytes,
        inputs,
        _open: open,
    };
    (outbox, connection)
}

impl Connection {
    /// Hands a message of the socket to the core.
    pub async fn received(&self, bytes: Vec<u8>) {
        let _ = self
            .inputs
            .send(Message::Input(Input::Received {
                session: self.session,
                bytes,
            }))
            .await;
    }

    /// Says that the socket brought what is no message; nothing more can be read from it.
    pub async fn unreadable(&self) {
        let session = self.session;
        let _ = self
            .inputs
            .send(Message::Input(Input::Unreadable { session }))
            .await;
    }

    /// Says that a frame was sent.
    pub fn sent(&self, bytes: usize) {
        self.waiting_bytes.fetch_sub(bytes, Ordering::Relaxed);
    }

    /// Says that the socket is gone.
    pub async fn closed(&self) {
        let _ = self
            .inputs
            .send(Message::Input(Input::Disconnected {
                session: self.session,
            }))
            .await;
    }
}
