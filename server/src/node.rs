//! One running server over a data directory: log, core, read models and accounts, opened in their order.
//!
//! Why it exists: `serve`, `import` and `demo` need the same parts, and must not differ in how they write.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result};

use crate::accounts::Accounts;
use crate::backup::restore;
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
    data: PathBuf,
    writer: Arc<LogWriter>,
}

impl Node {
    /// Opens a data directory, or makes it. Must be called inside a tokio runtime.
    ///
    /// # Errors
    /// When the directory is in use by another server, cannot be written, or holds a damaged log: the message
    /// says which, and nothing has been changed.
    pub async fn open(data: &Path, settings: Settings) -> Result<Self> {
        anyhow::ensure!(
            !restore::is_unfinished(data),
            "a restore into {} was cut off: run it again, or empty the directory",
            data.display()
        );
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

    /// Flushes what is under way and stops writing.
    pub fn close(self) {
        self.writer.finish();
    }
}
