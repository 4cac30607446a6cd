//! Real editing histories through real sockets: each ends as it ended for everybody who has the chapter open, for who comes
//! later, and in a replay of the log once the server has stopped.
//!
//! Why in one generation: a native client carries nothing over into the next. `generations/paper.rs` writes the longest of
//! them through as many as it takes.
//!
//! Needs josephg/editing-traces (CC BY 4.0) among the real input beside the repository.

use std::path::Path;

use automerge::{ChangeHash, ReadDoc};
use schema::ids::{ChapterId, PlanId};
use schema::limits::CHANGE_OPS_MAX;
use schema::text::genesis::text_id;
use schrijftafel_server::http::app::Settings;
use schrijftafel_server::node::Node;
use schrijftafel_server::shell::load::load_chapter;
use tests::native::NativeClient;
use tests::served::{SECOND_WRITER, Served, WRITER};
use tests::traces::{ConcurrentTrace, SequentialTrace, read_or_skip};

use crate::sockets::writer;

/// Changes after which the writer lets the others catch up, as pauses of typing would.
const BREATH: usize = 100;
/// Keystrokes that one change of a long text holds: more than a browser makes of steady typing, so that the test ends soon.
const KEYSTROKES_PER_CHANGE: usize = 50;

async fn served() -> (Served, (PlanId, ChapterId)) {
    let program = Path::new(env!("CARGO_BIN_EXE_schrijftafel_under_test"));
    let endless = ["--generation-spare-ops", "1000000000"];
    let server = Served::process_on(program, &std::env::temp_dir(), &endless).unwrap();
    let key = server.empty_chapter().await.unwrap();
    (server, key)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn friends_forever_ends_as_it_ended() {
    let Some(trace) = read_or_skip::<ConcurrentTrace>("friendsforever.json.gz") else {
        return;
    };
    assert_eq!(trace.num_agents, 2);
    let (server, key) = served().await;
    let mut writers = [
        writer(&server, key, WRITER).await,
        writer(&server, key, SECOND_WRITER).await,
    ];
    for writer in &mut writers {
        writer.hold_back();
    }
    let mut hashes: Vec<ChangeHash> = Vec::with_capacity(trace.txns.len());
    for (number, txn) in trace.txns.iter().enumerate() {
        let parents: Vec<ChangeHash> = txn.parents.iter().map(|at| hashes[*at]).collect();
        let writer = &mut writers[txn.agent];
        if !has_all(writer, &parents) {
            writer
                .until("the parents are here", |it| has_all(it, &parents))
                .await
                .unwrap();
        }
        writer.look_at(&parents).unwrap();
        hashes.push(writer.replace_at(&parents, &txn.patches).unwrap());
        // The other one has to get it before they can follow on it.
        let answered_by_other = trace
            .txns
            .get(number + 1)
            .is_some_and(|next| next.agent != txn.agent);
        if answered_by_other || number % BREATH == 0 {
            writers[txn.agent].settled().await.unwrap();
        }
    }
    for writer in &mut writers {
        writer.look_at(&[]).unwrap();
    }
    ends_as(server, key, writers, (trace.txns.len(), &trace.end_content)).await;
}

fn has_all(client: &NativeClient, wanted: &[ChangeHash]) -> bool {
    wanted.iter().all(|hash| client.has(hash))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sephs_blog_ends_as_it_ended() {
    one_writes_and_another_reads("seph-blog1.json.gz").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_automerge_paper_ends_as_it_ended() {
    one_writes_and_another_reads("automerge-paper.json.gz").await;
}

async fn one_writes_and_another_reads(name: &str) {
    let Some(trace) = read_or_skip::<SequentialTrace>(name) else {
        return;
    };
    let (server, key) = served().await;
    let mut author = writer(&server, key, WRITER).await;
    let mut reader = writer(&server, key, SECOND_WRITER).await;
    let patches: Vec<_> = trace.txns.into_iter().flat_map(|txn| txn.patches).collect();
    let (mut changes, mut rest) = (0, patches.as_slice());
    while !rest.is_empty() {
        let (group, after) = rest.split_at(one_change_of(rest));
        rest = after;
        let heads = author.doc.get_heads();
        let last = author.replace_at(&heads, group).unwrap();
        changes += 1;
        if changes % BREATH == 0 {
            author.settled().await.unwrap();
            let has_it = |it: &NativeClient| it.has(&last);
            reader.until("the reader keeps up", has_it).await.unwrap();
        }
    }
    ends_as(server, key, [author, reader], (changes, &trace.end_content)).await;
}

/// How many of the patches make the next change: some keystrokes, and no more operations than a change may have.
fn one_change_of(patches: &[(usize, usize, String)]) -> usize {
    let mut ops = 0;
    let fits = patches
        .iter()
        .take(KEYSTROKES_PER_CHANGE)
        .take_while(|(_, deleted, inserted)| {
            ops += (deleted + inserted.chars().count()) as u64;
            ops <= CHANGE_OPS_MAX
        });
    fits.count()
}

/// Everything was acknowledged once, and the text is this wherever it can be read.
async fn ends_as(
    mut server: Served,
    key: (PlanId, ChapterId),
    mut clients: [NativeClient; 2],
    (changes, text): (usize, &str),
) {
    for client in &mut clients {
        client.settled().await.unwrap();
        assert!(client.refused.is_empty(), "{:?}", client.refused);
    }
    for client in &mut clients {
        let has_all = |it: &NativeClient| it.changes() == changes + 1;
        client.until("everybody has everything", has_all).await.unwrap();
        assert!(client.text() == text, "who had it open ends as they did");
    }
    let acknowledged: usize = clients.iter().map(|client| client.acknowledged).sum();
    assert_eq!(acknowledged, changes);
    let fresh = writer(&server, key, WRITER).await;
    assert!(fresh.text() == text, "and so does who comes later");

    server.ask_to_stop().unwrap();
    assert!(server.ended().unwrap());
    let node = Node::open_whole(server.data(), Settings::default())
        .await
        .unwrap();
    let replayed = load_chapter(node.app.log.as_ref(), key.0, key.1).unwrap();
    assert_eq!(
        replayed.entries.len(),
        changes + 1,
        "each change once, and the start"
    );
    assert!(
        replayed.copy.doc().text(text_id()).unwrap() == text,
        "and the log"
    );
}
