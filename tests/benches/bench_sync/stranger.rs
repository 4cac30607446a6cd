//! What an automerge-repo client in every chapter costs: how long letters take to it, and what the server does for it.
//!
//! The stranger is `samod`, in this process: it reads along and types nothing.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use futures_util::StreamExt;
use samod::{DocHandle, DocumentId};
use schema::repo::document_id::document_id;
use tests::samod_client::connected;
use tests::served::{SECOND_WRITER, Served};
use tests::typing::{Load, Sent, Typed, gather, type_together};
use tests::usage::Usage;

/// How long a stranger stays at the end for what it lacks.
const ARRIVES: Duration = Duration::from_secs(10);

/// The line of the natives beside it, and the line of the strangers.
pub async fn reads_along(program: &Path, load: Load) -> Result<()> {
    let server = Served::process(program)?;
    let everybody = gather(&server, load).await?;
    let keys: BTreeSet<_> = everybody.iter().map(tests::native::NativeClient::key).collect();
    let token = server.access_token(SECOND_WRITER, "write").await?;
    let repo = connected(&server, &token).await?;
    let (sent, delays) = (Sent::default(), Delays::default());
    for (_, chapter) in &keys {
        let id: DocumentId = document_id(*chapter).parse()?;
        let found = repo.find(id).await?.context("the chapter is there")?;
        tokio::spawn(note_what_comes(found, Arc::clone(&sent), Arc::clone(&delays)));
    }
    let before = Usage::of(&server)?;
    let typed = type_together(everybody, load, &sent).await?;
    let usage = Usage::of(&server)?;
    let (cpu_s, due) = (usage.cpu_s - before.cpu_s, load.deliveries_of(typed.typed));
    let work = format!("with a stranger {}x{}", load.chapters, load.clients);
    crate::say_typed(&work, (&typed, due), cpu_s, usage.peak_mb)?;
    let came = || delays.lock().unwrap_or_else(PoisonError::into_inner).len();
    let all = tokio::time::timeout(ARRIVES, async {
        while came() < typed.typed {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    });
    let all = all.await;
    let delays = std::mem::take(&mut *delays.lock().unwrap_or_else(PoisonError::into_inner));
    ensure!(
        all.is_ok(),
        "{} of {} letters came to the strangers",
        delays.len(),
        typed.typed
    );
    let to_strangers = Typed::of(typed.offered, typed.typed, Vec::new(), delays);
    crate::report::say(
        &format!("to the stranger {}x{}", load.chapters, load.clients),
        &[
            ("letters", to_strangers.deliveries() as f64, 0),
            ("ms p50", to_strangers.within(0.5), 1),
            ("p95", to_strangers.within(0.95), 1),
            ("p99", to_strangers.within(0.99), 1),
        ],
    )?;
    repo.stop().await;
    crate::ensure_delivered(&typed, load)
}

type Delays = Arc<Mutex<Vec<f64>>>;

/// Notes how long ago each change was made that stands in a stranger's document, when it comes to stand there.
async fn note_what_comes(handle: DocHandle, sent: Sent, delays: Delays) {
    let mut changed = Box::pin(handle.changes());
    let mut heads = handle.with_document(|doc| doc.get_heads());
    while changed.next().await.is_some() {
        let (fresh, now) = handle.with_document(|doc| (doc.get_changes(&heads), doc.get_heads()));
        heads = now;
        let sent = sent.lock().unwrap_or_else(PoisonError::into_inner);
        let made = fresh.iter().filter_map(|change| sent.get(&change.hash()));
        let passed = made.map(|made| made.elapsed().as_secs_f64() * 1_000.0);
        delays
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .extend(passed);
    }
}
