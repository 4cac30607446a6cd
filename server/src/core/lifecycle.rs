//! Plans and chapters come and go: reading them from the log, letting copies follow, closing what is idle.

use schema::domain::Caller;
use schema::ids::{ChapterId, CommandId, Generation, PlanId};
use schema::limits::{CHAPTER_IDLE_MS, LOG_RETRY_MS};
use schema::log::event::kept_command_id;
use schema::text::follow::{Copy, FollowFailure};
use schema::wire::{LOG_UNAVAILABLE, Reason};

use super::chapter::{Live, LiveChapter, LoadedChapter, Phase};
use super::plan_room::{LoadedPlan, PlanRoom, Work};
use super::presence::show_presence;
use super::{CommandRequest, Core, CoreRefusal, Effect, RecallRequest, Ticket, WriteRequest};

fn kept_id(caller: &Caller, key: CommandId) -> CommandId {
    kept_command_id(caller.person, caller.party, key)
}

impl Core {
    pub(super) fn command(&mut self, ticket: Ticket, mut request: CommandRequest) {
        request.id = kept_id(&request.caller, request.id);
        self.queue(
            request.plan,
            Work::Command {
                ticket,
                request: Box::new(request),
            },
        );
    }

    pub(super) fn write(&mut self, ticket: Ticket, mut request: WriteRequest) {
        request.id = kept_id(&request.caller, request.id);
        self.queue(
            request.plan,
            Work::Write {
                ticket,
                request: Box::new(request),
            },
        );
    }

    pub(super) fn recall(&mut self, ticket: Ticket, mut request: RecallRequest) {
        request.id = kept_id(&request.caller, request.id);
        self.queue(
            request.plan,
            Work::Recall {
                ticket,
                request: Box::new(request),
            },
        );
    }

    pub(super) fn read_copy(&mut self, ticket: Ticket, plan: PlanId, chapter: ChapterId) {
        self.queue(plan, Work::ReadCopy { ticket, chapter });
    }

    pub(super) fn plan_loaded(&mut self, plan: PlanId, result: Result<Box<LoadedPlan>, String>) {
        let Some(room) = self.plans.get_mut(&plan) else {
            return;
        };
        match result {
            Ok(loaded) => {
                room.start(*loaded);
                self.pump(plan);
            }
            Err(error) => {
                tracing::error!(plan = %plan, "plan cannot be read: {error}");
                if let Some(room) = self.plans.remove(&plan) {
                    room.queue
                        .into_iter()
                        .for_each(|work| self.give_up(&work, &error));
                }
            }
        }
    }

    /// Answers work that cannot be done because the log cannot be read.
    pub(super) fn give_up(&mut self, work: &Work, error: &str) {
        match work {
            Work::Command { ticket, .. } | Work::Write { ticket, .. } => {
                let result = Err(CoreRefusal::Unavailable(error.to_owned()));
                self.effects.push(Effect::CommandAnswer {
                    ticket: *ticket,
                    result,
                });
            }
            Work::Recall { ticket, .. } => {
                let result = Err(CoreRefusal::Unavailable(error.to_owned()));
                self.effects.push(Effect::RecallAnswer {
                    ticket: *ticket,
                    result,
                });
            }
            Work::ReadCopy { ticket, .. } => {
                let result = Err(CoreRefusal::Unavailable(error.to_owned()));
                self.effects.push(Effect::CopyAnswer {
                    ticket: *ticket,
                    result,
                });
            }
            Work::Open { session, .. } | Work::Bind { session, .. } | Work::Push { session, .. } => {
                // Many pieces of work of one connection end it once.
                if !self.sessions.contains_key(session) {
                    return;
                }
                self.end(*session, &Reason::new(LOG_UNAVAILABLE, error), Some(LOG_RETRY_MS));
            }
            // Whoever carries erasures out says it again, and so does a device when it connects.
            Work::Succeed { .. } | Work::CloseText { .. } | Work::CarriedOut { .. } | Work::Device { .. } => {
            }
        }
    }

    /// Makes sure that a chapter that exists is open or on its way.
    pub(super) fn ensure_loading(&mut self, plan: PlanId, room: &mut PlanRoom, chapter: ChapterId) {
        if room.chapters.contains_key(&chapter) || room.state.chapters.get(chapter).is_none() {
            return;
        }
        let channel = self.next_channel;
        self.next_channel = self.next_channel.wrapping_add(1).max(1);
        self.channels.insert(channel, (plan, chapter));
        room.chapters
            .insert(chapter, LiveChapter::loading(channel, self.now));
        self.effects.push(Effect::LoadChapter { plan, chapter });
    }

    pub(super) fn chapter_loaded(
        &mut self,
        plan: PlanId,
        chapter: ChapterId,
        result: Result<Box<LoadedChapter>, String>,
    ) {
        let Some(room) = self.plans.get_mut(&plan) else {
            return;
        };
        let Some(open) = room.chapters.get_mut(&chapter) else {
            return;
        };
        let Phase::Loading(waiting) = std::mem::replace(&mut open.phase, Phase::Loading(Vec::new())) else {
            return;
        };
        match result {
            Ok(mut loaded) => {
                let failure = loaded.failure.take();
                open.phase = Phase::Live(Box::new(Live::new(*loaded)));
                for work in waiting.into_iter().rev() {
                    room.queue.push_front(work);
                }
                if let Some(failure) = failure {
                    self.quarantine(plan, chapter, &failure);
                }
                self.pump(plan);
            }
            Err(error) => {
                tracing::error!(plan = %plan, chapter = %chapter, "chapter cannot be read: {error}");
                self.channels.remove(&open.channel);
                let readers: Vec<_> = open.readers.keys().copied().collect();
                room.chapters.remove(&chapter);
                waiting.into_iter().for_each(|work| self.give_up(&work, &error));
                for session in readers {
                    self.end(session, &Reason::new(LOG_UNAVAILABLE, &error), Some(LOG_RETRY_MS));
                }
            }
        }
    }

    /// Answers with the server's copy once it has everything that is durable now.
    pub(super) fn offer_copy(
        &mut self,
        plan: PlanId,
        room: &mut PlanRoom,
        ticket: Ticket,
        chapter: ChapterId,
    ) {
        self.ensure_loading(plan, room, chapter);
        let Some(open) = room.chapters.get_mut(&chapter) else {
            let result = Err(CoreRefusal::NotFound);
            return self.effects.push(Effect::CopyAnswer { ticket, result });
        };
        match &mut open.phase {
            Phase::Loading(waiting) | Phase::Switching(_, waiting) => {
                waiting.push(Work::ReadCopy { ticket, chapter });
            }
            Phase::Live(live) => {
                live.copy_used = self.now;
                live.copy_waiters.push((ticket, live.entries.len()));
                self.answer_copies(room, chapter);
                self.follow_in(plan, room, chapter, true);
            }
        }
    }

    fn answer_copies(&mut self, room: &mut PlanRoom, chapter: ChapterId) {
        let Some(live) = room.chapters.get_mut(&chapter).and_then(LiveChapter::live_mut) else {
            return;
        };
        let copied = live.copied;
        let ready: Vec<_> = live
            .copy_waiters
            .extract_if(.., |(_, needed)| *needed <= copied)
            .collect();
        for (ticket, _) in ready {
            let result = Ok((live.generation, std::sync::Arc::clone(&live.copy)));
            self.effects.push(Effect::CopyAnswer { ticket, result });
        }
    }

    pub(super) fn follow_in(&mut self, plan: PlanId, room: &mut PlanRoom, chapter: ChapterId, force: bool) {
        let now = self.now;
        let Some(live) = room.chapters.get_mut(&chapter).and_then(LiveChapter::live_mut) else {
            return;
        };
        let force = force || !live.copy_waiters.is_empty();
        if let Some(changes) = live.follow_now(now, force) {
            let copy = std::sync::Arc::clone(&live.copy);
            let generation = live.generation;
            self.effects.push(Effect::Follow {
                plan,
                chapter,
                generation,
                copy,
                changes,
            });
        }
    }

    pub(super) fn followed(
        &mut self,
        plan: PlanId,
        chapter: ChapterId,
        generation: Generation,
        result: Result<Box<Copy>, FollowFailure>,
    ) {
        let now = self.now;
        let Some(mut room) = self.plans.remove(&plan) else {
            return;
        };
        let runs = |open: &&mut LiveChapter| open.live().is_some_and(|live| live.generation == generation);
        let mut failed = None;
        if let Some(open) = room.chapters.get_mut(&chapter).filter(runs) {
            match result {
                Ok(copy) => {
                    open.followed(now, *copy);
                    self.answer_copies(&mut room, chapter);
                    self.follow_in(plan, &mut room, chapter, false);
                }
                Err(failure) => failed = Some(failure),
            }
        }
        self.plans.insert(plan, room);
        if let Some(failure) = failed {
            self.quarantine(plan, chapter, &failure);
        }
    }

    pub(super) fn tick_plan(&mut self, plan: PlanId) {
        let Some(mut room) = self.plans.remove(&plan) else {
            return;
        };
        let chapters: Vec<ChapterId> = room.chapters.keys().copied().collect();
        let now = self.now;
        for chapter in chapters {
            self.follow_in(plan, &mut room, chapter, false);
            let Some(open) = room.chapters.get_mut(&chapter) else {
                continue;
            };
            if let Some(live) = open.live_mut() {
                live.pack_copy(now);
            }
            self.effects.extend(show_presence(now, open));
        }
        for channel in room.close_idle(self.now, CHAPTER_IDLE_MS) {
            self.channels.remove(&channel);
        }
        self.plans.insert(plan, room);
    }
}
