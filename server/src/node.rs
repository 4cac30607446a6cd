//! One running server over a data directory: log, core, read models and accounts, opened in their order.
//!
//! Why it exists: `serve`, `import` and `demo` need the same parts, and must not differ in how they write.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result, ensure};

use crate::accounts::Accounts;
use crate::http::App;
use crate::http::app::Settings;
use crate::log::sled::{SledConfig, SledLog};
use crate::log::{EventLog, LogWriter, WriterConfig};
use crate::shell::CoreHandle;
use crate::views::Views;
use crate::views::chapter_history::ChapterHistories;

/// The parts of a running server.
pub struct Node {
    /// What handlers and commands share.
    pub app: App,
    writer: Arc<LogWriter>,
}

impl Node {
    /// Opens a data directory, or makes it. Must be called inside a tokio runtime.
    ///
    /// # Errors
    /// When the directory is in use by another server, cannot be written, or holds a damaged log: the message
    /// says which, and nothing has been changed.
    pub async fn open(data: &Path, settings: Settings) -> Result<Self> {
        std::fs::create_dir_all(data).with_context(|| format!("cannot make {}", data.display()))?;
        let log = SledLog::open(data.join("log"), SledConfig::default()).with_context(|| {
            format!(
                "cannot open the log in {} (is another server using it?)",
                data.display()
            )
        })?;
        let log: Arc<dyn EventLog> = Arc::new(log);
        let writer = Arc::new(LogWriter::start(log, WriterConfig::default())?);
        let views = Views::start(&writer).await.context("cannot read the log")?;
        let accounts = Accounts::open(&data.join("accounts")).context("cannot open the accounts")?;
        let core = CoreHandle::start(Arc::clone(&writer))?;
        let app = App {
            core,
            views,
            histories: ChapterHistories::new(Arc::clone(writer.log())),
            accounts,
            log: Arc::clone(writer.log()),
            settings: Arc::new(settings),
        };
        Ok(Self { app, writer })
    }

    /// Opens a data directory that is there: a command that adds to a plan makes none where somebody mistyped its name.
    ///
    /// # Errors
    /// When there is no log in it, or as [`Node::open`].
    pub async fn open_existing(data: &Path, settings: Settings) -> Result<Self> {
        ensure!(
            data.join("log").is_dir(),
            "there is no data of a server in {}; `schrijftafel new-plan` begins a plan, --data names another directory",
            data.display()
        );
        Self::open(data, settings).await
    }

    /// Flushes what is under way and stops writing.
    pub fn close(self) {
        self.writer.finish();
    }
}
