//! Two people of a real editing session through real sockets, and what strangers get when they try.
//!
//! Needs `friendsforever.json.gz` (josephg/editing-traces, CC BY 4.0) among the real input beside the repository.

use automerge::ChangeHash;
use schema::ids::{ChapterId, PlanId};
use tests::native::NativeClient;
use tests::served::{COALITION, SECOND_WRITER, Served, WRITER};
use tests::traces::{ConcurrentTrace, read_or_skip};

/// Changes after which the writer lets the others catch up, as pauses of typing would.
const BREATH: usize = 500;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn friends_forever_ends_as_it_ended_on_both_and_on_a_fresh_client() {
    let Some(trace) = read_or_skip::<ConcurrentTrace>("friendsforever.json.gz") else {
        return;
    };
    assert_eq!(trace.num_agents, 2);
    let server = Served::start().await.unwrap();
    let key = server.empty_chapter().await.unwrap();
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
        writer.settled().await.unwrap();
        assert!(writer.refused.is_empty(), "{:?}", writer.refused);
    }
    let everything = trace.txns.len() + 1;
    for writer in &mut writers {
        writer
            .until("both have everything", |it| it.changes() == everything)
            .await
            .unwrap();
        assert!(
            writer.text() == trace.end_content,
            "both writers end as the friends did"
        );
    }
    let fresh = writer(&server, key, WRITER).await;
    assert!(fresh.text() == trace.end_content, "and so does who comes later");
    let acknowledged: usize = writers.iter().map(|writer| writer.acknowledged).sum();
    assert_eq!(acknowledged, trace.txns.len());
}

async fn writer(server: &Served, key: (PlanId, ChapterId), person: usize) -> NativeClient {
    let cookie = server.sign_in(person).await.unwrap();
    let seed = schrijftafel_server::clock::random_bytes::<8>();
    server
        .client(key, Some(&cookie), u64::from_be_bytes(seed))
        .await
        .unwrap()
}

fn has_all(client: &NativeClient, wanted: &[ChangeHash]) -> bool {
    wanted.iter().all(|hash| client.has(hash))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn strangers_get_nothing_into_a_text_by_raw_frames() {
    let server = Served::start().await.unwrap();
    let key = server.empty_chapter().await.unwrap();
    let mut anna = writer(&server, key, WRITER).await;
    anna.type_at(0, 0, "Van Anna").unwrap();
    anna.settled().await.unwrap();

    // A member of the coalition reads the concept, and not how it came about letter by letter.
    let cookie = server.sign_in(COALITION).await.unwrap();
    let mut member = NativeClient::new(&server.socket(), Some(&cookie), key, 3);
    member.connect().await.unwrap();
    assert_eq!(member.closed.as_ref().unwrap().code, "live-text-withheld");
    assert_eq!(member.changes(), 1, "nothing but what every document begins with");
    let text = server
        .get(&cookie, &format!("/chapters/{}/text", key.1))
        .await
        .unwrap();
    assert!(text["document"].to_string().contains("Van Anna"), "{text}");
    // Nobody at all.
    let mut nobody = NativeClient::new(&server.socket(), None, key, 4);
    nobody.connect().await.unwrap();
    assert_eq!(nobody.closed.as_ref().unwrap().code, "not-signed-in");

    // Somebody who may write, under the actor of somebody else.
    let mut bram = writer(&server, key, SECOND_WRITER).await;
    let stolen = anna.actor();
    bram.doc.set_actor(stolen);
    bram.type_at(0, 0, "Onder Anna's naam").unwrap();
    bram.until("it is refused", |it| !it.refused.is_empty())
        .await
        .unwrap();
    assert_eq!(bram.refused[0].code, "foreign-actor");

    let fresh = writer(&server, key, WRITER).await;
    assert_eq!(fresh.text(), "Van Anna");
}
