//! What handlers share: the core for writes, the views for reads, the accounts, the log for exports.

use std::sync::Arc;

use schema::domain::policy::{self, Action};
use schema::domain::{Caller, Command};
use schema::ids::{DeviceId, PageSessionId, PartyId, PlanId};
use schema::limits::{CHECKPOINT_INTERVAL_MS, DISK_RESERVE_BYTES};
use schema::text::follow::follow;

use super::problem::{ApiError, Problem};
use super::request::{IdempotencyKey, SignedIn};
use crate::accounts::Accounts;
use crate::audit::Audit;
use crate::core::{CommandAnswer, CommandRequest, CoreLimits, Expected, Origin};
use crate::erasing::Eraser;
use crate::log::EventLog;
use crate::log::engine::EngineKind;
use crate::shell::repo::Formers;
use crate::shell::{CoreHandle, FollowFn};
use crate::views::chapter_history::ChapterHistories;
use crate::views::{PlanView, Views};

/// How this server is reached, how much of the disk it leaves alone, how long texts grow, how often it signs.
#[derive(Debug, Clone)]
pub struct Settings {
    /// `https://host` under which browsers reach it; without it the `Host` header is believed.
    pub public_origin: Option<String>,
    /// Free space below which nothing is written.
    pub disk_reserve_bytes: u64,
    /// The engine that keeps the log; none: whichever made it, and sled for a new one.
    pub engine: Option<EngineKind>,
    /// How long texts grow, and how much memory those that are open take.
    pub limits: CoreLimits,
    /// Time between two checkpoints of a plan, at least.
    pub checkpoint_interval_ms: u64,
    /// What merges texts.
    pub follow: FollowFn,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            public_origin: None,
            disk_reserve_bytes: DISK_RESERVE_BYTES,
            engine: None,
            limits: CoreLimits::default(),
            checkpoint_interval_ms: CHECKPOINT_INTERVAL_MS,
            follow,
        }
    }
}

impl Settings {
    /// Whether browsers reach it over TLS, so that cookies must too.
    #[must_use]
    pub fn is_secure(&self) -> bool {
        self.public_origin
            .as_ref()
            .is_some_and(|origin| origin.starts_with("https://"))
    }
}

/// The shared parts. Clones are cheap.
#[derive(Clone)]
pub struct App {
    /// For writes.
    pub core: CoreHandle,
    /// For reads.
    pub views: Views,
    /// For the past of texts.
    pub histories: ChapterHistories,
    /// For names and sessions.
    pub accounts: Accounts,
    /// For proofs.
    pub audit: Audit,
    /// For exports.
    pub log: Arc<dyn EventLog>,
    /// For what was approved to be erased.
    pub eraser: Eraser,
    /// For programs that come back with the document of a generation that has ended.
    pub formers: Arc<Formers>,
    /// How it is reached.
    pub settings: Arc<Settings>,
}

/// A command of the API, before the core has it.
pub struct Asked {
    /// The plan.
    pub plan: PlanId,
    /// Its identity and what was asked under it.
    pub key: IdempotencyKey,
    /// What is asked.
    pub command: Command,
    /// From `If-Match`.
    pub expected: Option<Expected>,
}

impl App {
    /// Sends a command to the core; answers when it is durable and the views hold it.
    ///
    /// # Errors
    /// The core's refusal, or that the views do not come.
    pub async fn ask(&self, who: &SignedIn, asked: Asked) -> Result<CommandAnswer, ApiError> {
        let plan = asked.plan;
        let request = CommandRequest {
            caller: who.caller,
            origin: who.origin(),
            plan,
            id: asked.key.id,
            content: asked.key.content,
            command: asked.command,
            expected: asked.expected,
        };
        let answer = self.core.command(request).await?;
        if let Some(position) = answer.position {
            self.views.at_least(plan, position).await?;
        }
        Ok(answer)
    }

    /// A party's name in whichever plan knows it; empty when none does.
    #[must_use]
    pub fn party_name(&self, party: PartyId) -> String {
        let name_in = |plan| {
            self.views
                .look(plan, |view| view.party_name(party).map(ToString::to_string))
        };
        self.views
            .plans()
            .into_iter()
            .find_map(|plan| name_in(plan).flatten())
            .unwrap_or_default()
    }

    /// Looks at a plan as somebody who may.
    ///
    /// # Errors
    /// 404 for an unknown plan; otherwise what the policy or `look` says.
    pub fn read<T>(
        &self,
        plan: PlanId,
        caller: &Caller,
        action: &Action,
        look: impl FnOnce(&PlanView) -> Result<T, ApiError>,
    ) -> Result<T, ApiError> {
        let answer = self.views.look(plan, |view| {
            policy::may(&view.state, Some(caller), action)?;
            look(view)
        });
        answer.unwrap_or_else(|| Err(Problem::NoSuchPlan.into()))
    }
}

impl SignedIn {
    /// What the core knows this session by, to end its connections.
    #[must_use]
    pub fn sign_in_id(&self) -> [u8; 16] {
        self.token.sign_in_id()
    }

    /// The actor's device and page: one of each per session of the API.
    #[must_use]
    pub fn origin(&self) -> Origin {
        Origin {
            device: DeviceId::from_bytes(self.token.derived_id("device")),
            page: PageSessionId::from_bytes(self.token.derived_id("page")),
            via: match self.within {
                Some(_) => schema::log::Via::Token,
                None => schema::log::Via::Browser,
            },
        }
    }
}
