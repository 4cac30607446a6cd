//! `schrijftafel import`: a file becomes the chapters of a plan.
//!
//! The file is read whole before anything is written; the chapters then go the way of every other command and
//! change, under the person who imports, and the report says what was recognised and left out.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use automerge::AutoCommit;
use clap::Args;
use schema::domain::chapter::{Command as ChapterCommand, Place};
use schema::domain::values::Line;
use schema::domain::{Caller, Command};
use schema::ids::{BoundActor, ChapterId, CommandId, PersonId, PlanId, TeamId};
use schema::limits::IMPORT_BYTES_MAX;
use schema::log::Via;
use schema::log::event::ContentDigest;
use schema::text::{genesis, write};

use crate::clock;
use crate::core::{CommandRequest, Origin, Purpose, WriteRequest};
use crate::http::app::{App, Settings};
use crate::import::{Imported, ImportedChapter, import};
use crate::node::Node;

/// What to import where.
#[derive(Debug, Args)]
pub struct ImportArgs {
    /// The file: Markdown or plain text, UTF-8.
    file: PathBuf,
    /// The data directory.
    #[arg(long, env = "DATA", default_value = "data")]
    data: PathBuf,
    /// The plan to add the chapters to. Without it nothing is written: the report says what would be.
    #[arg(long, requires = "person")]
    plan: Option<PlanId>,
    /// Who imports: somebody with the right to structure the plan.
    #[arg(long)]
    person: Option<PersonId>,
}

/// Reads the file, reports, and writes if a plan is named.
///
/// # Errors
/// When the file cannot be imported, or the person may not.
pub async fn run(args: ImportArgs) -> Result<()> {
    let imported = read(&args.file)?;
    print!("{}", imported.report);
    let (Some(plan), Some(person)) = (args.plan, args.person) else {
        println!("\nNothing was written: name --plan and --person to do so.");
        return Ok(());
    };
    let node = Node::open(&args.data, Settings::default()).await?;
    let caller = node.app.views.look(plan, |view| {
        view.state
            .rights
            .people()
            .find(|(id, _, _)| *id == person)
            .map(|(person, party, _)| Caller { person, party })
    });
    let Some(Some(caller)) = caller else {
        bail!("person {person} has no role in plan {plan}, or there is no such plan")
    };
    let importer = Importer::new(&node.app, plan, caller);
    for chapter in &imported.chapters {
        importer.chapter(chapter, None).await?;
    }
    println!("\n{} chapters written.", imported.chapters.len());
    node.close();
    Ok(())
}

/// Reads and divides a file; nothing is written.
///
/// # Errors
/// What is wrong with the file.
pub fn read(file: &std::path::Path) -> Result<Imported> {
    let size = std::fs::metadata(file)
        .with_context(|| format!("cannot read {}", file.display()))?
        .len();
    if size > IMPORT_BYTES_MAX {
        bail!(
            "{} is {size} bytes; at most {IMPORT_BYTES_MAX} can be imported",
            file.display()
        );
    }
    let bytes = std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    import(&bytes, &name).with_context(|| format!("cannot import {}", file.display()))
}

/// Writes chapters for one person, in order.
pub struct Importer<'a> {
    app: &'a App,
    plan: PlanId,
    caller: Caller,
    origin: Origin,
    after: std::cell::Cell<Option<ChapterId>>,
}

impl<'a> Importer<'a> {
    /// Chapters go behind the plan's last one.
    #[must_use]
    pub fn new(app: &'a App, plan: PlanId, caller: Caller) -> Self {
        let last = app
            .views
            .look(plan, |view| view.state.chapters.children(None).last().copied())
            .flatten();
        Self {
            app,
            plan,
            caller,
            origin: origin(Via::Import),
            after: std::cell::Cell::new(last),
        }
    }

    /// Makes a chapter and writes its text.
    ///
    /// # Errors
    /// What the core refused.
    pub async fn chapter(&self, chapter: &ImportedChapter, team: Option<TeamId>) -> Result<ChapterId> {
        let id = ChapterId::from_bytes(clock::random_bytes());
        let title: Line = serde_json::from_value(chapter.title.clone().into())
            .with_context(|| format!("{:?} cannot be the title of a chapter", chapter.title))?;
        let place = Place {
            parent: None,
            after: self.after.get(),
        };
        self.command(Command::Chapter(
            id,
            ChapterCommand::Create { title, place, team },
        ))
        .await?;
        self.after.set(Some(id));
        let (generation, copy) = self.app.core.copy(self.plan, id).await?;
        let actor = BoundActor::from_bytes(clock::random_bytes());
        let mut doc = AutoCommit::load_with_options(copy.snapshot(), genesis::load_options())?
            .with_actor(genesis::actor_id(actor));
        let changes = write::blocks(&mut doc, 0, &chapter.blocks, clock::now_ms())?;
        if changes.is_empty() {
            return Ok(id);
        }
        let request = WriteRequest {
            caller: self.caller,
            origin: self.origin,
            plan: self.plan,
            chapter: id,
            // A fresh key says everything about what is asked under it.
            id: CommandId::from_bytes(clock::random_bytes()),
            content: ContentDigest::default(),
            actor,
            generation,
            changes: changes.into_iter().map(Arc::from).collect(),
            purpose: Purpose::Fill,
        };
        let answer = self
            .app
            .core
            .write(request)
            .await
            .with_context(|| format!("chapter {:?}", chapter.title))?;
        if let Some(position) = answer.position {
            self.app.views.at_least(self.plan, position).await?;
        }
        Ok(id)
    }

    /// Asks a command of the core and waits until the views hold it.
    ///
    /// # Errors
    /// What the core refused.
    pub async fn command(&self, command: Command) -> Result<()> {
        let request = CommandRequest {
            caller: self.caller,
            origin: self.origin,
            plan: self.plan,
            // A fresh key says everything about what is asked under it.
            id: CommandId::from_bytes(clock::random_bytes()),
            content: ContentDigest::default(),
            command,
            expected: None,
        };
        let answer = self.app.core.command(request).await?;
        if let Some(position) = answer.position {
            self.app.views.at_least(self.plan, position).await?;
        }
        Ok(())
    }
}

/// A device and page of this run of the command.
#[must_use]
pub fn origin(via: Via) -> Origin {
    Origin {
        device: schema::ids::DeviceId::from_bytes(clock::random_bytes()),
        page: schema::ids::PageSessionId::from_bytes(clock::random_bytes()),
        via,
    }
}
