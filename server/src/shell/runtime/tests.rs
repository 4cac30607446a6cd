//! The thread of the core over a log in memory, with connections that a test holds itself.

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use schema::ids::{DeviceId, IncarnationId, PageSessionId};
use schema::wire::{self, ClientFrame, ServerFrame};

use super::*;
use crate::core::Speaks;
use crate::core::devices::DeviceNews;
use crate::core::plan_room::LoadedPlan;
use crate::log::gated::GatedLog;
use crate::log::{MemoryLog, WriterConfig};
use crate::shell::connection::Connection;

/// What is known of plans and devices where there are none.
struct Nothing;

impl KnownPlans for Nothing {
    fn known(&self, _: PlanId) -> BoxFuture<'_, Result<LoadedPlan, String>> {
        std::future::ready(Ok(LoadedPlan::default())).boxed()
    }
}

impl DeviceNotes for Nothing {
    fn note(&self, _: &DeviceNews) {}
}

fn started() -> (CoreHandle, Arc<GatedLog>) {
    let log = Arc::new(GatedLog::new(Arc::new(MemoryLog::new(
        IncarnationId::from_bytes([7; 16]),
    ))));
    let kept: Arc<dyn EventLog> = Arc::clone(&log) as _;
    let writer = LogWriter::start(kept, WriterConfig::default()).unwrap();
    let core = CoreHandle::start(Arc::new(writer), Arc::new(Nothing), Arc::new(Nothing));
    (core.unwrap(), log)
}

/// A connection that was welcomed.
async fn welcomed(core: &CoreHandle) -> Connection {
    let visitor = Visitor {
        caller: None,
        name: String::new(),
        party_name: String::new(),
        sign_in: None,
        program: None,
        speaks: Speaks::Native,
    };
    let mut connection = core.connect(visitor).await;
    let hello = ClientFrame::Hello {
        versions: vec![1],
        device: DeviceId::from_bytes([1; 16]),
        page: PageSessionId::from_bytes([2; 16]),
    };
    connection.received(wire::encode(&hello)).await;
    let welcome = connection.frames.recv().await.unwrap();
    assert!(matches!(
        wire::decode_server(&welcome),
        Ok(ServerFrame::Welcome { .. })
    ));
    connection
}

#[tokio::test]
async fn a_core_that_panics_sends_everybody_away_and_the_next_one_welcomes_them() {
    let (core, log) = started();
    let mut before = welcomed(&core).await;
    log.set_trap();
    assert_eq!(before.frames.recv().await, None, "it ends, and does not hang");
    before.ended.take().unwrap().await.unwrap_err();
    let after = welcomed(&core).await;
    assert!(after.session > before.session);
}

#[tokio::test]
async fn whoever_stops_the_server_waits_until_everybody_has_heard_it() {
    let (core, _log) = started();
    let mut here = welcomed(&core).await;
    let stopping = tokio::spawn(async move { core.stop().await });
    let goodbye = here.frames.recv().await.unwrap();
    assert!(
        matches!(
            wire::decode_server(&goodbye),
            Ok(ServerFrame::Bye {
                retry_after_ms: Some(_),
                ..
            })
        ),
        "rule C6"
    );
    assert!(!stopping.is_finished());
    drop(here);
    let patience = Duration::from_secs(2);
    tokio::time::timeout(patience, stopping)
        .await
        .expect("it waits for nobody else")
        .unwrap();
}
