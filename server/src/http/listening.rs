//! Takes connections in, and lets go of those that do not say what they want.
//!
//! Why it exists: axum's own loop waits for the head of a request without end, so a few thousand clients that send a byte a
//! minute keep as many sockets of the server. What comes after the head has limits of its own: bodies are bounded, and a
//! `/sync` connection must say something every half minute.

use std::convert::Infallible;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use schema::limits::REQUEST_HEAD_MS_MAX;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;

/// Wait after a connection could not be taken in: most often because there are too many, and then it helps.
const ACCEPT_RETRY: Duration = Duration::from_secs(1);

/// Takes in every connection, for as long as this is awaited; those that were taken in last longer.
pub async fn serve(listener: TcpListener, router: Router) -> Infallible {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                // By default a small frame waits until the one before is acknowledged, which the other side puts off
                // for up to 40 ms (RFC 896, RFC 1122 4.2.3.2): letters would come that late.
                if let Err(error) = stream.set_nodelay(true) {
                    tracing::debug!("a connection sends late: {error}");
                }
                tokio::spawn(serve_one(stream, router.clone()));
            }
            Err(error) => {
                tracing::error!("a connection cannot be taken in: {error}");
                tokio::time::sleep(ACCEPT_RETRY).await;
            }
        }
    }
}

/// Answers the requests of one connection.
async fn serve_one(stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static, router: Router) {
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(Duration::from_millis(REQUEST_HEAD_MS_MAX))
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router))
        .with_upgrades();
    if let Err(error) = connection.await {
        tracing::trace!("a connection ended: {error}");
    }
}

#[cfg(test)]
mod tests {
    use axum::routing::get;
    use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
    use tokio::time::{Instant, sleep};

    use super::*;

    const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nhost: hier\r\n\r\n";

    fn connected() -> (DuplexStream, tokio::task::JoinHandle<()>) {
        let (client, server) = tokio::io::duplex(4_096);
        let router = Router::new().route("/", get(|| async { "hallo" }));
        (client, tokio::spawn(serve_one(server, router)))
    }

    #[tokio::test(start_paused = true)]
    async fn a_head_that_comes_byte_by_byte_is_not_waited_for() {
        let (mut client, serving) = connected();
        let started = Instant::now();
        for byte in REQUEST {
            if client.write_all(&[*byte]).await.is_err() {
                break;
            }
            sleep(Duration::from_secs(60)).await;
        }
        serving.await.unwrap();
        let limit = Duration::from_millis(REQUEST_HEAD_MS_MAX) + Duration::from_secs(60);
        assert!(started.elapsed() <= limit, "after {:?}", started.elapsed());
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_asks_now_and_then_on_one_connection_is_answered() {
        let (mut client, serving) = connected();
        for _ in 0..3 {
            client.write_all(REQUEST).await.unwrap();
            let mut answer = [0; 1_024];
            let mut read = 0;
            while !answer[..read].ends_with(b"hallo") {
                read += client.read(&mut answer[read..]).await.unwrap();
            }
            sleep(Duration::from_secs(60)).await;
        }
        drop(client);
        serving.await.unwrap();
    }
}
