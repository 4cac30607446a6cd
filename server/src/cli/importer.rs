//! Writes imported chapters into a plan, one after the other, so that a run that was cut off can be done again.
//!
//! Why it exists: a long document takes a while and a machine may stop meanwhile. Every id is derived from the plan,
//! the file's digest and the chapter's place in it; so a second run finds what the first one wrote, and adds the rest.
//!
//! # Invariants
//!
//! - A chapter's text is written in one batch: it is there whole or not at all.
//! - The same file gives the same ids in the same plan, and others in another plan.

use std::cell::Cell;
use std::sync::Arc;

use anyhow::{Context, Result};
use automerge::AutoCommit;
use schema::domain::chapter::{Command as ChapterCommand, Place};
use schema::domain::values::Line;
use schema::domain::{Caller, Command};
use schema::ids::{BoundActor, ChapterId, CommandId, DeviceId, PageSessionId, PlanId, TeamId};
use schema::log::Via;
use schema::log::event::ContentDigest;
use schema::text::{genesis, write};
use sha2::{Digest, Sha256};

use crate::clock;
use crate::core::{CommandRequest, Origin, Purpose, WriteRequest};
use crate::http::app::App;
use crate::import::ImportedChapter;

/// Writes the chapters of one file for one person, in order.
pub struct Importer<'a> {
    app: &'a App,
    plan: PlanId,
    caller: Caller,
    /// SHA-256 of the file.
    file: [u8; 32],
    next: Cell<u64>,
    after: Cell<Option<ChapterId>>,
}

/// What became of one chapter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Written {
    /// The chapter.
    pub id: ChapterId,
    /// It was there already, from an earlier run on the same file.
    pub was_there: bool,
}

impl<'a> Importer<'a> {
    /// Chapters of `file` go behind the plan's last one.
    #[must_use]
    pub fn new(app: &'a App, plan: PlanId, caller: Caller, file: &[u8]) -> Self {
        Self {
            app,
            plan,
            caller,
            file: Sha256::digest(file).into(),
            next: Cell::new(0),
            after: Cell::new(None),
        }
    }

    /// Makes the file's next chapter and writes its text, as far as an earlier run has not.
    ///
    /// # Errors
    /// What the core refused.
    pub async fn chapter(&self, chapter: &ImportedChapter, team: Option<TeamId>) -> Result<Written> {
        let number = self.next.replace(self.next.get() + 1);
        let id = ChapterId::from_bytes(self.derived("chapter", number));
        let (is_made, has_text) = self.look(|view| {
            (
                view.state.chapters.get(id).is_some(),
                view.text_edit(id).is_some(),
            )
        })?;
        if !is_made {
            self.make(number, id, &chapter.title, team)
                .await
                .with_context(|| format!("chapter {:?}", chapter.title))?;
        }
        self.after.set(Some(id));
        let was_there = is_made && (has_text || chapter.blocks.is_empty());
        if !was_there {
            self.fill(number, id, chapter)
                .await
                .with_context(|| format!("the text of chapter {:?}", chapter.title))?;
        }
        Ok(Written { id, was_there })
    }

    async fn make(&self, number: u64, id: ChapterId, title: &str, team: Option<TeamId>) -> Result<()> {
        let title: Line = title.parse().context("it cannot be the title of a chapter")?;
        let after = self.look(|view| {
            let siblings = view.state.chapters.children(None);
            // Somebody may have moved the last one since an earlier run.
            let last = self.after.get().filter(|last| siblings.contains(last));
            last.or(siblings.last().copied())
        })?;
        let place = Place { parent: None, after };
        let request = CommandRequest {
            caller: self.caller,
            origin: self.origin(),
            plan: self.plan,
            id: CommandId::from_bytes(self.derived("make", number)),
            content: self.content(),
            command: Command::Chapter(id, ChapterCommand::Create { title, place, team }),
            expected: None,
        };
        let answer = self.app.core.command(request).await?;
        if let Some(position) = answer.position {
            self.app.views.at_least(self.plan, position).await?;
        }
        Ok(())
    }

    async fn fill(&self, number: u64, id: ChapterId, chapter: &ImportedChapter) -> Result<()> {
        let (generation, copy) = self.app.core.copy(self.plan, id).await?;
        let actor = BoundActor::from_bytes(self.derived("actor", number));
        let mut doc = AutoCommit::load_with_options(copy.snapshot(), genesis::load_options())?
            .with_actor(genesis::actor_id(actor));
        let changes = write::blocks(&mut doc, 0, &chapter.blocks, clock::now_ms())?;
        if changes.is_empty() {
            return Ok(());
        }
        let request = WriteRequest {
            caller: self.caller,
            origin: self.origin(),
            plan: self.plan,
            chapter: id,
            id: CommandId::from_bytes(self.derived("fill", number)),
            content: self.content(),
            actor,
            generation,
            changes: changes.into_iter().map(Arc::from).collect(),
            purpose: Purpose::Fill,
        };
        let answer = self.app.core.write(request).await?;
        if let Some(position) = answer.position {
            self.app.views.at_least(self.plan, position).await?;
        }
        Ok(())
    }

    fn look<T>(&self, at: impl FnOnce(&crate::views::PlanView) -> T) -> Result<T> {
        let seen = self.app.views.look(self.plan, at);
        seen.with_context(|| format!("there is no plan {}", self.plan))
    }

    /// The device and page of this import: the same in every run.
    fn origin(&self) -> Origin {
        Origin {
            device: DeviceId::from_bytes(self.derived("device", 0)),
            page: PageSessionId::from_bytes(self.derived("page", 0)),
            via: Via::Import,
        }
    }

    /// What is asked: always the same file, whose digest every id is derived from.
    fn content(&self) -> ContentDigest {
        ContentDigest::of(&[&self.file])
    }

    fn derived(&self, what: &str, number: u64) -> [u8; 16] {
        let mut hasher = Sha256::new();
        hasher.update(b"schrijftafel/import/1/");
        hasher.update(self.plan.as_bytes());
        hasher.update(self.file);
        // Another person's run is another actor, in a chapter that may be there already.
        if what != "chapter" {
            hasher.update(self.caller.person.as_bytes());
            hasher.update(self.caller.party.as_bytes());
        }
        hasher.update(number.to_be_bytes());
        hasher.update(what.as_bytes());
        let digest: [u8; 32] = hasher.finalize().into();
        let [id @ .., _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _] = digest;
        id
    }
}
