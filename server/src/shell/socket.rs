//! `/sync`: one WebSocket carries one connection of the core.
//!
//! # Invariants
//!
//! - Every send has a time limit: a reader that does not read is cut off, whatever waits for it.
//! - When the core has ended a connection, its last frames (`Bye`) get a moment to arrive, and then it is gone.

use std::error::Error as _;
use std::future::Future;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade, close_code};
use axum::response::Response;
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use schema::limits::{FRAME_BYTES_MAX, LAST_FRAMES_MS_MAX, SEND_BYTES_PER_MS_MIN, SEND_MS_MAX};
use tungstenite::error::ProtocolError;

use super::CoreHandle;
use super::connection::Connection;
use crate::core::{Frame, Visitor};

/// Wait for the other side to close, so that it reads our last words before the connection is reset.
const CLOSE_MS_MAX: u64 = 1_000;
/// Bytes read from a connection at once; the library clears that much before every read, and keeps it for as long as
/// the connection lasts. People type small frames.
pub(super) const READ_BUFFER_BYTES: usize = 4 * 1_024;

/// Answers the upgrade; the caller has checked origin and session. `still` asks the session once more when the core
/// has the connection: whoever signs out from then on is heard by the core.
pub fn upgrade(
    upgrade: WebSocketUpgrade,
    core: CoreHandle,
    visitor: Visitor,
    still: impl Fn() -> bool + Send + 'static,
) -> Response {
    upgrade
        .max_message_size(FRAME_BYTES_MAX)
        .max_frame_size(FRAME_BYTES_MAX)
        .read_buffer_size(READ_BUFFER_BYTES)
        .on_upgrade(move |socket| async move {
            let connection = core.connect(visitor).await;
            if still() {
                serve(socket, connection).await;
            } else {
                connection.closed().await;
            }
        })
}

/// Passes messages both ways until either side ends.
async fn serve(socket: WebSocket, mut connection: Connection) {
    let ended = connection.ended.take();
    let last_frames = async {
        if let Some(ended) = ended {
            let _ = ended.await;
        }
        tokio::time::sleep(Duration::from_millis(LAST_FRAMES_MS_MAX)).await;
    };
    tokio::select! {
        () = talk(socket, &mut connection) => {}
        () = last_frames => tracing::info!(session = connection.session, "cut off: it did not take its last frames"),
    }
    connection.closed().await;
}

async fn talk(socket: WebSocket, connection: &mut Connection) {
    let (mut out, mut incoming) = socket.split();
    let mut is_readable = true;
    loop {
        tokio::select! {
            frame = connection.frames.recv() => {
                let Some(frame) = frame else {
                    return close(&mut out, &mut incoming).await;
                };
                if let Err(NotTaken) = feed_all(&mut out, connection, frame).await {
                    return;
                }
            }
            message = incoming.next(), if is_readable => match message {
                Some(Ok(Message::Binary(bytes))) => connection.received(bytes.to_vec()).await,
                // Text is no frame: the core refuses it like any other malformed bytes.
                Some(Ok(Message::Text(text))) => connection.received(text.as_bytes().to_vec()).await,
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                Some(Err(error)) if is_lost(&error) => {
                    tracing::debug!(session = connection.session, "the connection is lost: {error}");
                    return;
                }
                Some(Err(_)) => {
                    // Too long, or no WebSocket any more: the core says goodbye, if that still arrives.
                    is_readable = false;
                    connection.unreadable().await;
                }
                Some(Ok(Message::Close(_))) | None => return,
            },
        }
    }
}

/// Whether the line ended in the middle: nothing that was sent was wrong, and nobody is there to be told.
fn is_lost(error: &axum::Error) -> bool {
    let of_socket = error.source().and_then(|source| source.downcast_ref());
    matches!(
        of_socket,
        Some(
            tungstenite::Error::Io(_)
                | tungstenite::Error::ConnectionClosed
                | tungstenite::Error::AlreadyClosed
                | tungstenite::Error::Protocol(ProtocolError::ResetWithoutClosingHandshake)
        )
    )
}

/// The reader did not take what was sent, or is gone.
pub(super) struct NotTaken;

/// Sends what waits with one flush, so that a burst costs one system call.
async fn feed_all(
    out: &mut SplitSink<WebSocket, Message>,
    connection: &mut Connection,
    first: Frame,
) -> Result<(), NotTaken> {
    let mut next = Some(first);
    let mut largest = 0;
    while let Some(frame) = next {
        let length = frame.len();
        largest = length.max(largest);
        in_time(length, out.feed(Message::Binary(Bytes::from_owner(frame)))).await?;
        connection.sent(length);
        next = connection.frames.try_recv().ok();
    }
    in_time(largest, out.flush()).await
}

/// Waits until something of so many bytes is sent, as long as a slow line may take.
pub(super) async fn in_time<E>(
    bytes: usize,
    sending: impl Future<Output = Result<(), E>>,
) -> Result<(), NotTaken> {
    let by_size = u64::try_from(bytes / SEND_BYTES_PER_MS_MIN).unwrap_or(u64::MAX);
    let limit = Duration::from_millis(SEND_MS_MAX.saturating_add(by_size));
    match tokio::time::timeout(limit, sending).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(_)) | Err(_) => Err(NotTaken),
    }
}

pub(super) async fn close(out: &mut SplitSink<WebSocket, Message>, incoming: &mut SplitStream<WebSocket>) {
    let frame = CloseFrame {
        code: close_code::NORMAL,
        reason: "".into(),
    };
    if let Err(NotTaken) = in_time(0, out.send(Message::Close(Some(frame)))).await {
        return;
    }
    let closing = async {
        // What cannot be read any more cannot be closed by agreement either: then only the time counts.
        while let Some(message) = incoming.next().await {
            if matches!(message, Ok(Message::Close(_))) {
                return;
            }
        }
        std::future::pending::<()>().await;
    };
    let _ = tokio::time::timeout(Duration::from_millis(CLOSE_MS_MAX), closing).await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_send_that_nobody_takes_ends_and_a_slow_one_may_take_its_time() {
        let started = tokio::time::Instant::now();
        let never = std::future::pending::<Result<(), ()>>();
        assert!(in_time(16_000, never).await.is_err());
        assert_eq!(started.elapsed(), Duration::from_millis(SEND_MS_MAX + 1_000));
        let slow = async {
            tokio::time::sleep(Duration::from_secs(60)).await;
            Ok::<_, ()>(())
        };
        assert!(in_time(1 << 20, slow).await.is_ok());
    }
}
