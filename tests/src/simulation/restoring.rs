//! The programme team brings earlier text back while others type, as `server/src/http/past/restore.rs` does: plan on the
//! server's copy, write, and plan again when another restore or a new generation came between.

use std::sync::Arc;

use automerge::ActorId;
use schema::ids::{BoundActor, ChapterId, Generation, Position};
use schema::log::event::ContentDigest;
use schema::log::{Stream, Via};
use schema::richtext::spans;
use schema::text::follow::Copy;
use schema::text::genesis;
use schema::text::history::restore::{Author, Ground, Placement, Scope, TextRestored};
use schrijftafel_server::core::{CommandAnswer, CoreRefusal, Input, Origin, Purpose, Ticket, WriteRequest};
use schrijftafel_server::log::EventLog;
use schrijftafel_server::views::chapter_history::Past;

use super::programme::{PLAN, PROGRAMME, command_id, origin};
use super::world::World;

/// Restores have keys of their own.
const KEYS_FROM: u64 = 1 << 32;

/// A restore under way.
#[derive(Debug, Clone)]
pub struct Restore {
    chapter: ChapterId,
    seen: Option<schema::ids::Revision>,
}

type Copied = Result<(Generation, Arc<Copy>), CoreRefusal>;

impl World {
    pub(super) fn restore_begins(&mut self, chapter: ChapterId) {
        let Ok(log) = self.server.log() else { return };
        let seen = log
            .last_revision(PLAN, &Stream::Chapter(chapter))
            .expect("a log reads back");
        let ticket = self.programme.ticket();
        self.programme.restores.insert(ticket, Restore { chapter, seen });
        self.server_hears(Input::ReadCopy {
            ticket,
            plan: PLAN,
            chapter,
        });
    }

    /// The copy is there: plans a restore on it and has it written, or keeps it to be compared.
    pub(super) fn copy_comes(&mut self, ticket: Ticket, copied: Copied) {
        if let Some(asked) = self.programme.copies.get_mut(&ticket) {
            return asked.comes(copied);
        }
        let Some(restore) = self.programme.restores.remove(&ticket) else {
            return;
        };
        let Ok((generation, copy)) = copied else { return };
        let Some(request) = self.restore_is_planned(&restore, generation, &copy) else {
            return;
        };
        let ticket = self.programme.ticket();
        self.programme.restores.insert(ticket, restore);
        self.server_hears(Input::Write {
            ticket,
            request: Box::new(request),
        });
    }

    fn restore_is_planned(
        &mut self,
        restore: &Restore,
        generation: Generation,
        copy: &Copy,
    ) -> Option<WriteRequest> {
        let mut past = Past::new(PLAN, restore.chapter);
        past.catch_up(self.server.log().ok()?)
            .expect("a chapter's past can be read");
        let end = self.server.log().ok()?.next_position(PLAN).0;
        let to = Position(self.chance.below(end));
        let history = past.history();
        // The log may be ahead of the copy: what was typed since merges with the restore.
        let now = history.reached_by(&copy.doc().get_heads())?;
        let ground = Ground { now, seen: now };
        let plan = history
            .plan_restore_on(ground, past.revision_at(Some(to)).ok()?, &Scope::Chapter)
            .ok()?;
        if plan.placement == Placement::NoChange {
            return None;
        }
        let actor: [u8; 16] = self.chance.bytes();
        let author = Author {
            actor: ActorId::from(actor),
            time: 0,
        };
        let restored = plan.write(copy.doc().clone(), &author).ok()?;
        let event = TextRestored {
            generation,
            to_position: to,
            before_position: past.at(plan.before()).map_or(to, |at| at.position),
            section: None,
            reason: Some("zoals het was".to_owned()),
            changes: restored
                .changes
                .iter()
                .map(|change| change.hash().to_string())
                .collect(),
            actors: restored.actors,
            links: restored.links,
        };
        let changes: Vec<Arc<[u8]>> = restored
            .changes
            .iter()
            .map(|change| Arc::from(change.raw_bytes()))
            .collect();
        self.restore_touches(copy, &changes);
        let id = KEYS_FROM + self.chance.below(KEYS_FROM);
        Some(WriteRequest {
            caller: PROGRAMME,
            origin: Origin {
                via: Via::Restore,
                ..origin()
            },
            plan: PLAN,
            chapter: restore.chapter,
            id: command_id(id),
            content: ContentDigest::of(&[&id.to_be_bytes()]),
            actor: BoundActor::from_bytes(actor),
            generation,
            changes,
            purpose: Purpose::Restore {
                payload: event.payload().into(),
                seen: restore.seen,
            },
        })
    }

    /// What a restore takes away counts as deleted, and what it brings back may come twice.
    fn restore_touches(&mut self, copy: &Copy, changes: &[Arc<[u8]>]) {
        let letters = |doc: &automerge::Automerge| -> Vec<char> {
            let text = spans::read(doc, &genesis::text_id()).unwrap_or_default();
            text.blocks
                .iter()
                .flat_map(|block| &block.content)
                .flat_map(|run| run.text.chars())
                .collect()
        };
        let before = letters(copy.doc());
        let mut doc = copy.doc().clone();
        let changes = changes
            .iter()
            .filter_map(|raw| automerge::Change::from_bytes(raw.to_vec()).ok());
        doc.apply_changes(changes).expect("a restore can be applied");
        let after = letters(&doc);
        let (gone, back) = (
            before
                .iter()
                .filter(|letter| !after.contains(letter))
                .copied()
                .collect::<Vec<_>>(),
            after
                .iter()
                .filter(|letter| !before.contains(letter))
                .copied()
                .collect::<Vec<_>>(),
        );
        self.tell(|| {
            format!(
                "a restore takes {} letters away and brings {} back",
                gone.len(),
                back.len()
            )
        });
        self.ledger.delete(gone);
        self.ledger.restore(back);
    }

    pub(super) fn restore_answered(&mut self, ticket: Ticket, result: Result<CommandAnswer, CoreRefusal>) {
        if let Some(restore) = self.programme.restores.remove(&ticket)
            && let Err(CoreRefusal::Stale { .. } | CoreRefusal::Change(_)) = result
        {
            self.at(self.now, super::world::Happening::RestoreBegins(restore.chapter));
        }
    }
}
