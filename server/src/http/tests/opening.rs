//! A server that has just started: it answers at once, says how far its read models are, and lets nobody wait long.

use super::*;
use crate::log::gated::GatedLog;
use crate::log::{AppendRequest, EventLog};
use crate::views::Checkpoints;

const OTHER_PLAN: PlanId = PlanId::from_bytes([77; 16]);

/// The same log and accounts in a new process that cannot read one plan yet.
async fn restarted(api: &Api, slow: PlanId) -> (Api, Arc<GatedLog>) {
    let gate = Arc::new(GatedLog::new(Arc::clone(api.writer.log())));
    gate.close(slow);
    (started(api, gate.clone(), None), gate)
}

/// A new process on the same accounts, and what a log and checkpoints hold.
pub fn started(api: &Api, log: Arc<dyn EventLog>, checkpoints: Option<Checkpoints>) -> Api {
    let writer = LogWriter::start(log, WriterConfig::default()).unwrap();
    let views = Views::start(&writer, checkpoints);
    let data = tempfile::tempdir().unwrap();
    let (known, devices) = (
        Arc::new(FromViews(views.clone())),
        Arc::new(api.app.accounts.clone()),
    );
    let app = App {
        audit: Audit::open(writer.log().clone(), data.path(), AuditConfig::default()).unwrap(),
        views,
        histories: ChapterHistories::new(writer.log().clone()),
        accounts: api.app.accounts.clone(),
        log: writer.log().clone(),
        eraser: api.app.eraser.clone(),
        formers: api.app.formers.clone(),
        core: CoreHandle::start(Arc::new(writer.clone()), known, devices).unwrap(),
        settings: Arc::new(Settings::default()),
    };
    let next_key = api.next_key;
    Api {
        app,
        writer,
        _data: data,
        next_key,
    }
}

/// Copies the plan under another name, so that there are two.
async fn with_a_second_plan(api: &Api) {
    let request = crate::log::ReadRequest {
        plan: PLAN,
        selector: crate::log::Selector::All,
        from: 0,
        direction: crate::log::Direction::Forward,
        limit: 4_096,
    };
    let records = api.writer.log().read(&request).unwrap();
    for record in records {
        let event = schema::log::NewEvent {
            id: record.envelope.id,
            stream: record.envelope.stream,
            kind: record.envelope.kind.clone(),
            who: match record.envelope.stream {
                schema::log::Stream::Actors => schema::log::Who::Itself,
                _ => schema::log::Who::Actor(record.envelope.who),
            },
            via: record.envelope.via,
            causation: None,
            correlation: record.envelope.correlation,
            payload: record.payload.bytes().unwrap().clone(),
        };
        let request = AppendRequest {
            plan: OTHER_PLAN,
            events: vec![event],
            guards: Vec::new(),
        };
        api.writer.append(request).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_that_is_still_folded_is_answered_with_how_far_it_is() {
    let api = api().await;
    with_a_second_plan(&api).await;
    let (mut started, gate) = restarted(&api, PLAN).await;

    assert_eq!(
        started.ask(Method::GET, "/healthz").send().await.status,
        StatusCode::OK
    );
    let ready = started.ask(Method::GET, "/readyz").send().await;
    assert_eq!(ready.status, StatusCode::SERVICE_UNAVAILABLE);
    let detail = ready.json()["detail"].as_str().unwrap().to_owned();
    assert!(detail.starts_with("leesmodellen worden opgebouwd: "), "{detail}");

    let path = format!("/plans/{PLAN}");
    let waiting = started.get(&path).by(PROGRAMMATEAM).send().await;
    assert_eq!(waiting.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(waiting.problem(), "building");
    assert_eq!(waiting.headers[header::RETRY_AFTER], "5");
    let list = started.get("/plans").by(PROGRAMMATEAM).send().await;
    assert_eq!(list.problem(), "building");

    let other = format!("/plans/{OTHER_PLAN}");
    started.get(&other).by(PROGRAMMATEAM).send().await.ok();
    let body = json!({ "name": "Team Thuis" });
    let path_of_teams = format!("{other}/teams");
    let made = started
        .post(&path_of_teams)
        .by(PROGRAMMATEAM)
        .fresh()
        .json(&body)
        .send()
        .await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);

    gate.open();
    started.app.views.whole().await.unwrap();
    started.get(&path).by(PROGRAMMATEAM).send().await.ok();
    let ready = started.ask(Method::GET, "/readyz").send().await;
    assert_eq!(ready.status, StatusCode::OK, "{}", ready.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_within_a_second_is_waited_for() {
    let api = api().await;
    let (mut started, gate) = restarted(&api, PLAN).await;
    tokio::spawn(async move {
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        gate.open();
    });
    let path = format!("/plans/{PLAN}");
    started.get(&path).by(PROGRAMMATEAM).send().await.ok();
}
