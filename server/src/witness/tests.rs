//! A witness as strangers meet it: over its addresses, with its files.

use std::fs;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use http_body_util::BodyExt;
use schema::audit::merkle::consistency_proof;
use schema::audit::witness::{AddCheckpoint, Rule, Scope};
use schema::audit::{
    Checkpoint, Frontier, LogSigner, NodeId, SignedCheckpoint, TreeHash, TreeHead, WitnessKey,
};
use tempfile::TempDir;
use tower::ServiceExt;

use super::*;

const ORIGIN: &str = "log.example/one";
const NAME: &str = "witness.example/w1";

fn log_signer() -> LogSigner {
    LogSigner::from_seed(ORIGIN.parse().unwrap(), &[7; 32])
}

fn rules() -> Rules {
    Rules(vec![Rule {
        scope: Scope::Exact(ORIGIN.parse().unwrap()),
        keys: vec![log_signer().verifier().clone()],
    }])
}

/// A log whose events from `fork` on are others.
fn tree(size: u64, fork: u64) -> (TreeHead, std::collections::BTreeMap<NodeId, TreeHash>) {
    let (mut frontier, mut nodes) = (Frontier::new(), std::collections::BTreeMap::new());
    for number in 0..size {
        let leaf =
            TreeHash::of_leaf(&[number.to_be_bytes(), u64::from(number >= fork).to_be_bytes()].concat());
        let keep = |node, hash| {
            nodes.insert(node, hash);
        };
        frontier.append(leaf, keep).unwrap();
    }
    (frontier.head(), nodes)
}

fn request(old_size: u64, size: u64, fork: u64) -> AddCheckpoint {
    let (head, nodes) = tree(size, fork);
    let proof = consistency_proof(old_size.min(size), size, |node| {
        nodes.get(&node).copied().ok_or(())
    })
    .unwrap();
    AddCheckpoint {
        old_size,
        proof,
        checkpoint: SignedCheckpoint::sign(Checkpoint::new(ORIGIN.parse().unwrap(), head), &log_signer())
            .unwrap(),
    }
}

struct Answer {
    status: StatusCode,
    content_type: String,
    body: String,
}

async fn send(witness: &Witness, method: &str, path: &str, body: String) -> Answer {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .body(Body::from(body))
        .unwrap();
    let response = http::router(witness.clone()).oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let content_type = parts.headers.get(header::CONTENT_TYPE);
    let content_type = content_type.map_or("", |text| text.to_str().unwrap()).to_owned();
    let body = body.collect().await.unwrap().to_bytes();
    Answer {
        status: parts.status,
        content_type,
        body: String::from_utf8(body.to_vec()).unwrap(),
    }
}

async fn add(witness: &Witness, request: &AddCheckpoint) -> Answer {
    send(witness, "POST", "/add-checkpoint", request.to_string()).await
}

fn witness() -> (TempDir, Witness) {
    let data = tempfile::tempdir().unwrap();
    let witness = Witness::open(data.path(), Some(NAME), rules()).unwrap();
    (data, witness)
}

fn key(witness: &Witness) -> WitnessKey {
    witness.vkey().parse().unwrap()
}

#[tokio::test]
async fn what_grows_is_cosigned_and_what_does_not_is_refused() {
    let (_data, witness) = witness();
    let first = request(0, 5, u64::MAX);
    let answer = add(&witness, &first).await;
    assert_eq!(answer.status, StatusCode::OK);
    let mut cosigned = first.checkpoint.clone();
    assert_eq!(
        cosigned.add_answer(answer.body.as_bytes(), &[key(&witness)]),
        Ok(1)
    );
    assert_eq!(
        add(&witness, &request(5, 300, u64::MAX)).await.status,
        StatusCode::OK
    );

    let conflict = add(&witness, &request(5, 300, u64::MAX)).await;
    assert_eq!(
        (conflict.status, conflict.body.as_str()),
        (StatusCode::CONFLICT, "300\n")
    );
    assert_eq!(conflict.content_type, "text/x.tlog.size");
    assert_eq!(
        add(&witness, &request(300, 310, 200)).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    assert_eq!(
        add(&witness, &request(300, 300, 200)).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    assert_eq!(
        add(&witness, &request(400, 310, u64::MAX)).await.status,
        StatusCode::BAD_REQUEST
    );
}

#[tokio::test]
async fn a_history_that_does_not_go_on_is_kept_with_its_signature_as_evidence() {
    let (data, witness) = witness();
    add(&witness, &request(0, 300, u64::MAX)).await;
    let name = fs::read_dir(data.path().join(STATES))
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .file_name();
    let kept = data
        .path()
        .join("refused")
        .join(name.to_str().unwrap().strip_suffix(".json").unwrap());
    let files = || fs::read_dir(&kept).map_or(0, Iterator::count);
    // One that says where the witness is wrongly, or is older, may be an honest one.
    add(&witness, &request(0, 310, u64::MAX)).await;
    add(&witness, &request(400, 310, u64::MAX)).await;
    assert_eq!(files(), 0);
    let forks = [
        request(300, 310, 200),
        request(300, 300, 200),
        request(0, 300, 100),
    ];
    for fork in &forks {
        for _ in 0..2 {
            assert_ne!(add(&witness, fork).await.status, StatusCode::OK);
        }
    }
    assert_eq!(files(), 3);
    let stranger = LogSigner::from_seed(ORIGIN.parse().unwrap(), &[8; 32]);
    let mut forged = request(300, 300, 50);
    forged.checkpoint = SignedCheckpoint::sign(forged.checkpoint.checkpoint().clone(), &stranger).unwrap();
    add(&witness, &forged).await;
    assert_eq!(files(), 3, "only what the log's key signed");

    let keys = [log_signer().verifier().clone()];
    for file in fs::read_dir(&kept).unwrap() {
        let bytes = fs::read(file.unwrap().path()).unwrap();
        let evidence: refused::Refused = serde_json::from_slice(&bytes).unwrap();
        evidence.refused.verify_log(&keys).unwrap();
        evidence.cosigned.verify_log(&keys).unwrap();
        assert!(evidence.cosigned.cosigned_at(&key(&witness)).unwrap().is_some());
        assert!(forks.iter().any(|fork| fork.checkpoint == evidence.refused));
    }
    // Public checkpoints of other sizes with a proof that proves nothing fill no disk.
    for size in 311..450 {
        add(&witness, &request(300, size, 200)).await;
    }
    assert!((100..103).contains(&files()), "{}", files());
    let before = files();
    add(&witness, &request(300, 300, 10)).await;
    assert_eq!(
        files(),
        before + 1,
        "what shows two histories by itself is always kept"
    );
}

#[tokio::test]
async fn nonsense_and_strangers_are_refused_by_status() {
    let (_data, witness) = witness();
    for body in ["", "old", "old 0\n\nnonsense\n", "old 00\n\n"] {
        let answer = send(&witness, "POST", "/add-checkpoint", body.to_owned()).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{body:?}");
    }
    let too_long = "x".repeat(schema::limits::WITNESS_REQUEST_BYTES_MAX + 1);
    assert_eq!(
        send(&witness, "POST", "/add-checkpoint", too_long).await.status,
        StatusCode::PAYLOAD_TOO_LARGE
    );
    let stranger = LogSigner::from_seed("other.example".parse().unwrap(), &[8; 32]);
    let mut other = request(0, 5, u64::MAX);
    let of_other = Checkpoint::new("other.example".parse().unwrap(), tree(5, u64::MAX).0);
    other.checkpoint = SignedCheckpoint::sign(of_other, &stranger).unwrap();
    assert_eq!(add(&witness, &other).await.status, StatusCode::NOT_FOUND);
    let mut forged = request(0, 5, u64::MAX);
    let of_log = Checkpoint::new(ORIGIN.parse().unwrap(), tree(5, u64::MAX).0);
    forged.checkpoint = SignedCheckpoint::sign(of_log, &stranger).unwrap();
    assert_eq!(add(&witness, &forged).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn promises_survive_a_restart_and_are_published() {
    let (data, witness) = witness();
    add(&witness, &request(0, 300, u64::MAX)).await;
    let vkey = witness.vkey();
    drop(witness);
    let witness = Witness::open(data.path(), None, rules()).unwrap();
    assert_eq!(witness.vkey(), vkey);
    assert_eq!(add(&witness, &request(0, 310, u64::MAX)).await.body, "300\n");
    assert_eq!(
        add(&witness, &request(300, 310, 100)).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );

    let name = fs::read_dir(data.path().join(STATES))
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .file_name();
    let name = name.to_str().unwrap().strip_suffix(".json").unwrap().to_owned();
    let published = send(&witness, "GET", &format!("/{name}/checkpoint"), String::new()).await;
    let note = SignedCheckpoint::parse(published.body.as_bytes()).unwrap();
    note.verify_log(&[log_signer().verifier().clone()]).unwrap();
    assert!(note.cosigned_at(&key(&witness)).unwrap().is_some());
    assert_eq!(
        send(&witness, "GET", "/00/checkpoint", String::new())
            .await
            .status,
        StatusCode::NOT_FOUND
    );
    let page = send(&witness, "GET", "/", String::new()).await;
    assert!(page.body.contains(&vkey) && page.body.contains(ORIGIN) && page.body.contains("<td>300<td>"));
}

#[test]
fn a_directory_is_one_witness() {
    let data = tempfile::tempdir().unwrap();
    let open = |name| {
        Witness::open(data.path(), name, rules())
            .map(drop)
            .map_err(|error| error.to_string())
    };
    assert!(open(None).unwrap_err().contains("--name"));
    let running = Witness::open(data.path(), Some(NAME), rules()).unwrap();
    assert!(open(None).unwrap_err().contains("in use"));
    drop(running);
    assert!(open(Some("other.example")).unwrap_err().contains(NAME));
    open(Some(NAME)).unwrap();
    fs::remove_dir_all(data.path().join(STATES)).unwrap();
    assert!(open(None).unwrap_err().contains("retire"));
}

static NOW: AtomicU64 = AtomicU64::new(1_790_000_000_000);

#[tokio::test]
async fn a_clock_that_went_back_signs_nothing() {
    let data = tempfile::tempdir().unwrap();
    let clock = || TimestampMs(NOW.load(Ordering::SeqCst));
    let witness = Witness::with_clock(data.path(), Some(NAME), rules(), clock).unwrap();
    assert_eq!(
        add(&witness, &request(0, 5, u64::MAX)).await.status,
        StatusCode::OK
    );
    NOW.fetch_sub(5_000, Ordering::SeqCst);
    let behind = add(&witness, &request(5, 6, u64::MAX)).await;
    assert_eq!(behind.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(behind.body.contains("clock"));
    NOW.fetch_add(6_000, Ordering::SeqCst);
    assert_eq!(
        add(&witness, &request(5, 6, u64::MAX)).await.status,
        StatusCode::OK
    );
}
