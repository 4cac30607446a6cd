//! Opening a chapter (rules O1–O5 of `docs/protocol.md`): who may, where a client resumes, what it is sent first.

use schema::domain::Refusal;
use schema::domain::policy::{Action, may};
use schema::ids::{ChapterId, PlanId, Revision};
use schema::limits::TAIL_BYTES_MAX;
use schema::wire::{Have, ServerFrame, Start};

use super::chapter::{Live, Phase, Reader};
use super::frames::reason_of;
use super::plan_room::{PlanRoom, Work};
use super::refusals::Tried;
use super::{Core, SessionId};

pub(super) struct OpenRequest {
    pub(super) session: SessionId,
    pub(super) request: u32,
    pub(super) chapter: ChapterId,
    pub(super) have: Option<Have>,
}

impl OpenRequest {
    /// The same, as work that waits.
    pub(super) fn later(self) -> Work {
        Work::Open {
            session: self.session,
            request: self.request,
            chapter: self.chapter,
            have: self.have,
        }
    }
}

impl Core {
    /// Says no to an `Open` (rule O2).
    pub(super) fn not_opened(&mut self, open: &OpenRequest, refusal: Refusal) {
        let tried = Tried {
            action: "open",
            chapter: Some(open.chapter),
            code: refusal.code(),
        };
        self.log_refusal(open.session, tried);
        self.answered(open.session);
        let frame = ServerFrame::Closed {
            request: Some(open.request),
            channel: None,
            reason: reason_of(refusal),
        };
        self.send(open.session, &frame);
    }

    /// An `Open` of this connection has its answer.
    fn answered(&mut self, id: SessionId) {
        if let Some(session) = self.sessions.get_mut(&id) {
            session.opening = session.opening.saturating_sub(1);
        }
    }

    /// Answers an `Open` (rules O1–O5), or lets it wait until the chapter is read.
    pub(super) fn open(&mut self, plan: PlanId, room: &mut PlanRoom, open: OpenRequest) {
        let Some(session) = self.sessions.get(&open.session) else {
            return;
        };
        let caller = session.visitor.caller;
        if let Err(refusal) = may(&room.state, caller.as_ref(), &Action::OpenText(open.chapter)) {
            return self.not_opened(&open, refusal);
        }
        let writes = session.visitor.may_write(&room.state, open.chapter);
        let read_only = writes.err().map(reason_of);
        self.ensure_loading(plan, room, open.chapter);
        let Some(chapter) = room.chapters.get_mut(&open.chapter) else {
            return self.answered(open.session);
        };
        let channel = chapter.channel;
        let live = match &mut chapter.phase {
            Phase::Loading(waiting) | Phase::Switching(_, waiting) => return waiting.push(open.later()),
            Phase::Live(live) => live,
        };
        let same_life = |have: &&Have| have.incarnation == self.incarnation;
        let (next, start) = start_for(live, open.have.as_ref().filter(same_life));
        let generation = live.generation;
        let closed = room.state.erasures.closed_text(open.chapter);
        let erased_before = closed.and_then(|closed| closed.generation);
        let opened = ServerFrame::Opened {
            request: open.request,
            channel,
            generation,
            schema_version: live.schema_version,
            head: live.head(),
            read_only: read_only.clone(),
            start,
            erased_before,
        };
        let tail = live.tail(channel, next);
        chapter.readers.insert(
            open.session,
            Reader {
                read_only,
                ..Reader::default()
            },
        );
        self.answered(open.session);
        self.send(open.session, &opened);
        for frame in &tail {
            self.send(open.session, frame);
        }
        if let Some(session) = self.sessions.get_mut(&open.session) {
            session.channels.insert(channel, (plan, open.chapter));
        }
        self.device_opened(open.session, (plan, open.chapter), generation, open.have.as_ref());
        self.introduce(room, open.chapter, open.session);
    }
}

/// Where a client goes on (rule O3): after what it holds, or with a snapshot.
pub(super) fn start_for(live: &Live, have: Option<&Have>) -> (Revision, Start) {
    let resumed = have.filter(|have| {
        let is_known = have.next <= live.head() && have.next > Revision(0);
        have.generation == live.generation && is_known && live.tail_bytes(have.next) <= TAIL_BYTES_MAX
    });
    if let Some(have) = resumed {
        return (have.next, Start::Tail);
    }
    let next = Revision(live.copied as u64);
    let document = live.copy.snapshot().to_vec().into();
    (next, Start::Snapshot { next, document })
}
