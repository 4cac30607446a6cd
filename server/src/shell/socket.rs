//! `/sync`: one WebSocket carries one connection of the core.

use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade, close_code};
use axum::response::Response;
use futures_util::{SinkExt, StreamExt};
use schema::limits::FRAME_BYTES_MAX;

use super::CoreHandle;
use super::runtime::Connection;
use crate::core::Visitor;

/// Answers the upgrade; the caller has checked origin and session.
pub fn upgrade(upgrade: WebSocketUpgrade, core: CoreHandle, visitor: Visitor) -> Response {
    upgrade
        .max_message_size(FRAME_BYTES_MAX)
        .max_frame_size(FRAME_BYTES_MAX)
        .on_upgrade(move |socket| async move { serve(socket, core.connect(visitor).await).await })
}

/// Passes messages both ways until either side ends.
async fn serve(socket: WebSocket, mut connection: Connection) {
    let (mut out, mut incoming) = socket.split();
    loop {
        tokio::select! {
            frame = connection.frames.recv() => {
                let Some(frame) = frame else {
                    let close = CloseFrame { code: close_code::NORMAL, reason: "".into() };
                    let _ = out.send(Message::Close(Some(close))).await;
                    break;
                };
                if feed_all(&mut out, &mut connection, frame).await.is_err() {
                    break;
                }
            }
            message = incoming.next() => match message {
                Some(Ok(Message::Binary(bytes))) => connection.received(bytes.to_vec()).await,
                // Text is no frame: the core refuses it like any other malformed bytes.
                Some(Ok(Message::Text(text))) => connection.received(text.as_bytes().to_vec()).await,
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                Some(Ok(Message::Close(_)) | Err(_)) | None => break,
            },
        }
    }
    connection.closed().await;
}

/// Sends what waits with one flush, so that a burst costs one system call.
async fn feed_all(
    out: &mut futures_util::stream::SplitSink<WebSocket, Message>,
    connection: &mut Connection,
    first: crate::core::Frame,
) -> Result<(), axum::Error> {
    out.feed(Message::Binary(first.to_vec().into())).await?;
    while let Ok(frame) = connection.frames.try_recv() {
        out.feed(Message::Binary(frame.to_vec().into())).await?;
    }
    out.flush().await
}
