//! One running server over a data directory: log, core, read models, accounts and audit, opened in their order.
//!
//! Why it exists: `serve`, `import` and `demo` need the same parts, and must not differ in how they write.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use futures_util::future::BoxFuture;
use schema::ids::PlanId;
use schema::limits::DEVICES_FLUSH_MS;
use tokio::time::MissedTickBehavior;

use crate::accounts::{Accounts, DeviceFlusher};
use crate::audit::{self, Audit, AuditConfig, WitnessConfig};
use crate::backup::restore;
use crate::core::devices::DeviceNews;
use crate::core::plan_room::LoadedPlan;
use crate::erasing::{self, Eraser};
use crate::http::App;
use crate::http::app::Settings;
use crate::log::engine::{self, Opening};
use crate::log::{EventLog, LogWriter, ReopeningConfig, ReopeningLog, WriterConfig};
use crate::shell::load::{DeviceNotes, KnownPlans};
use crate::shell::repo::Formers;
use crate::shell::{CoreHandle, CoreSetup};
use crate::views::chapter_history::ChapterHistories;
use crate::views::{Checkpoints, PlanView, Unready, Views};

/// The parts of a running server.
pub struct Node {
    /// What handlers and commands share.
    pub app: App,
    data: PathBuf,
    writer: Arc<LogWriter>,
}

impl Node {
    /// Opens a data directory, or makes it; the read models come up beside it. Must be called inside a tokio
    /// runtime.
    ///
    /// # Errors
    /// When the directory is in use by another server, cannot be written, or holds a damaged log: the message
    /// says which, and nothing has been changed.
    pub async fn open(data: &Path, settings: Settings) -> Result<Self> {
        ensure!(
            !restore::is_unfinished(data),
            "a restore into {} was cut off: run it again, or empty the directory",
            data.display()
        );
        ensure!(
            !data.exists() || data.is_dir(),
            "{} is no directory; --data names the data directory",
            data.display()
        );
        let witnesses = ask_what_can_refuse(data)?;
        std::fs::create_dir_all(data).with_context(|| format!("cannot make {}", data.display()))?;
        let log = open_log(data, &settings)
            .with_context(|| format!("cannot open the log in {}", data.display()))?;
        let log: Arc<dyn EventLog> = Arc::new(log);
        let writer = Arc::new(LogWriter::start(log, WriterConfig::default())?);
        let checkpoints = Checkpoints::open(&data.join("views"), writer.log().incarnation())
            .with_context(|| format!("cannot use {}/views", data.display()))?;
        let views = Views::start(&writer, Some(checkpoints));
        let accounts = Accounts::open(&data.join("accounts")).context("cannot open the accounts")?;
        if accounts.is_blank() && !writer.log().plans().is_empty() {
            tracing::warn!(
                "the log holds plans, and {}/accounts holds nobody: nobody can sign in and nobody is named. If it was \
                 lost, stop the server and put the accounts of a restored backup there",
                data.display()
            );
        }
        let core = CoreHandle::start_with(
            Arc::clone(&writer),
            Arc::new(FromViews(views.clone())),
            Arc::new(accounts.clone()),
            CoreSetup {
                limits: settings.limits,
                follow: settings.follow,
            },
        )?;
        flush_devices(accounts.device_flusher());
        let audit = open_audit(writer.log(), data, (&settings, witnesses))?;
        let histories = ChapterHistories::new(Arc::clone(writer.log()));
        let eraser = Eraser::start(erasing::Parts {
            log: Arc::clone(writer.log()),
            views: views.clone(),
            histories: histories.clone(),
            core: core.clone(),
            looked_at: Some(data.join("log").join(erasing::gone::FILE)),
        });
        let app = App {
            core,
            views,
            histories,
            accounts,
            audit,
            log: Arc::clone(writer.log()),
            eraser,
            formers: Arc::new(Formers::new(Arc::clone(writer.log()))),
            settings: Arc::new(settings),
        };
        Ok(Self {
            app,
            data: data.to_owned(),
            writer,
        })
    }

    /// The data directory.
    #[must_use]
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// The same, and every read model is there when it returns: for commands that need the plans.
    ///
    /// # Errors
    /// As [`Node::open`], or when a plan cannot be read.
    pub async fn open_whole(data: &Path, settings: Settings) -> Result<Self> {
        let node = Self::open(data, settings).await?;
        node.app.views.whole().await?;
        Ok(node)
    }

    /// Opens a data directory that is there: a command that adds to a plan makes none where somebody mistyped its name.
    ///
    /// # Errors
    /// When there is no log in it, or as [`Node::open_whole`].
    pub async fn open_existing(data: &Path, settings: Settings) -> Result<Self> {
        ensure!(
            data.join("log").is_dir(),
            "there is no data of a server in {}; `schrijftafel new-plan` begins a plan, --data names another directory",
            data.display()
        );
        Self::open_whole(data, settings).await
    }

    /// Signs from now on, and asks witnesses. For a server; a command that ends soon has nothing to sign.
    ///
    /// # Errors
    /// When the operating system gives no thread.
    pub fn start_audit(&self) -> Result<()> {
        self.app
            .audit
            .start(self.writer.grown())
            .context("cannot start signing")
    }

    /// Flushes what is under way, stops writing, and leaves a checkpoint of every read model.
    pub fn close(self) {
        self.app.audit.close();
        self.writer.finish();
        self.app.views.close();
        if let Err(error) = self.app.accounts.flush_devices() {
            tracing::error!("what is known of devices was not written: {error}");
        }
    }
}

impl DeviceNotes for Accounts {
    fn note(&self, news: &DeviceNews) {
        self.note_device(news);
    }
}

/// Writes down, soon and not at every opening, what is known of devices.
fn flush_devices(flusher: DeviceFlusher) {
    tokio::spawn(async move {
        let mut times = tokio::time::interval(Duration::from_millis(DEVICES_FLUSH_MS));
        times.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut was_written = true;
        loop {
            times.tick().await;
            let flusher = flusher.clone();
            let Ok(Some(written)) = tokio::task::spawn_blocking(move || flusher.flush()).await else {
                return;
            };
            // A full disk may last an hour; it is said once.
            if let Err(error) = &written
                && was_written
            {
                tracing::error!("what is known of devices cannot be written now: {error}");
            }
            was_written = written.is_ok();
        }
    });
}

/// The core starts from what the read models folded: one fold of a long log serves both.
pub struct FromViews(pub Views);

impl KnownPlans for FromViews {
    fn known(&self, plan: PlanId) -> BoxFuture<'_, Result<LoadedPlan, String>> {
        Box::pin(async move {
            while let Err(unready) = self.0.current(plan).await {
                if let Unready::Failed { reason, .. } = unready {
                    return Err(reason.to_string());
                }
            }
            let known = self.0.look_current(plan, known_from);
            Ok(known.unwrap_or_default())
        })
    }
}

/// What the core needs of what a read model folded.
#[must_use]
pub fn known_from(view: &PlanView) -> LoadedPlan {
    LoadedPlan {
        state: view.state.clone(),
        actors: view
            .actors
            .iter()
            .map(|(who, bound)| (who, bound.clone()))
            .collect(),
        answers: view.courses().clone(),
        next: view.next_position(),
        rest: Vec::new(),
    }
}

/// What lies beside the log and can refuse a start is asked before the log is opened, which may cut a torn end off.
fn ask_what_can_refuse(data: &Path) -> Result<WitnessConfig> {
    Accounts::check(&data.join("accounts")).context("cannot open the accounts")?;
    audit::ensure_signable(data).context("cannot open the audit files")?;
    Ok(WitnessConfig::read(data)?)
}

fn open_audit(
    log: &Arc<dyn EventLog>,
    data: &Path,
    (settings, witnesses): (&Settings, WitnessConfig),
) -> Result<Audit> {
    let config = AuditConfig {
        interval_ms: settings.checkpoint_interval_ms,
        witnesses,
        ..AuditConfig::default()
    };
    Audit::open(Arc::clone(log), data, config).context("cannot open the audit files")
}

/// The log of a data directory, begun if there is none.
fn open_log(data: &Path, settings: &Settings) -> Result<ReopeningLog> {
    let directory = data.join("log");
    let first = Mutex::new(Some(engine::open_or_start(&directory, settings.engine)?));
    let config = ReopeningConfig {
        reserve_bytes: settings.disk_reserve_bytes,
        ..ReopeningConfig::default()
    };
    // From here on a log is there: one that is gone when it is opened again must not be begun anew.
    let open = move || {
        if let Some(first) = first.lock().unwrap_or_else(PoisonError::into_inner).take() {
            return Ok(first as Box<dyn EventLog>);
        }
        match engine::open_existing(&directory, Opening::Serve) {
            Ok(log) => Ok(log as Box<dyn EventLog>),
            Err(error) => Err(error.to_string()),
        }
    };
    ReopeningLog::open(data.to_owned(), config, Box::new(open)).map_err(anyhow::Error::msg)
}
