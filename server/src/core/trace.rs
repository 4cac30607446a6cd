//! What became of the text of an ended generation, for a client that wrote in it while it was away (rule N4).
//!
//! Why it exists: such a client has changes that nobody has seen, and perhaps one that was accepted just before its
//! connection broke. It gets the rest of its generation, merges that, and the identity map that says where every letter of
//! that text stands now; what it wrote then arrives whole, once, and where it was meant.

use std::sync::Arc;

use schema::ids::{Generation, Revision};
use schema::limits::CHANGES_FRAME_BYTES;
use schema::text::generation::SameRun;
use schema::wire::{ServerFrame, TraceEnd};

use super::turns::Question;
use super::{Core, Effect, SessionId};

/// What a client asks about an ended generation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TraceRequest {
    /// The generation that has ended.
    pub generation: Generation,
    /// The first revision of it that the client lacks.
    pub next: Revision,
    /// The generation that runs now.
    pub current: Generation,
    /// The first revision of it that is not to be looked at.
    pub to: Revision,
}

/// What the log says to it.
#[derive(Debug, Default)]
pub struct Trace {
    /// The rest of the ended generation, in order.
    pub changes: Vec<Arc<[u8]>>,
    /// What of its last text stands in the current one; none where that cannot be said.
    pub same: Option<Vec<SameRun>>,
}

impl Core {
    /// Has an ended generation read, once for each opening, when it is its person's turn.
    pub(super) fn said_trace(
        &mut self,
        id: SessionId,
        channel: u32,
        asked: (Generation, Revision, Revision),
    ) {
        let Some((plan, chapter)) = self.channel_of(id, channel) else {
            return;
        };
        let (generation, next, to) = asked;
        let Some(room) = self.plans.get_mut(&plan) else {
            return;
        };
        let closed = room.state.erasures.closed_text(chapter);
        let erased_before = closed.and_then(|closed| closed.generation);
        let Some(open) = room.chapters.get_mut(&chapter) else {
            return;
        };
        let current = open.live().map(|live| live.generation);
        let current = current
            .filter(|current| generation < *current && erased_before.is_none_or(|kept| generation >= kept));
        let first = open.readers.get_mut(&id).filter(|reader| reader.traced.is_none());
        let caller = self.sessions.get(&id).and_then(|session| session.visitor.caller);
        let Some(((current, caller), reader)) = current.zip(caller).zip(first) else {
            return self.tell_trace(id, channel, Trace::default());
        };
        let request = TraceRequest {
            generation,
            next,
            current,
            to,
        };
        reader.traced = Some(request);
        let question = Question {
            asker: (id, plan, chapter),
            request,
        };
        let turn = self.turns.ask(self.now, caller.person, question);
        self.read_traced(turn);
    }

    /// Has an ended generation read for whoever still waits for it.
    fn read_traced(&mut self, mut turn: Option<Question>) {
        while let Some(question) = turn {
            if self.waited_for_on(&question).is_some() {
                return self.effects.push(Effect::Trace(question));
            }
            turn = self.turns.done(self.now, &question.asker);
        }
    }

    /// The channel on which this is waited for. Who opened the chapter anew since, perhaps in a later generation, asks
    /// anew: an answer to what they asked before says of another text where theirs stands.
    fn waited_for_on(&self, question: &Question) -> Option<u32> {
        let (session, plan, chapter) = &question.asker;
        let open = self.plans.get(plan)?.chapters.get(chapter)?;
        let reader = open.readers.get(session)?;
        (reader.traced == Some(question.request)).then_some(open.channel)
    }

    /// Time has passed: those who had to wait have their turn.
    pub(super) fn trace_on(&mut self) {
        for question in self.turns.due(self.now) {
            self.read_traced(Some(question));
        }
    }

    /// An ended generation was read.
    pub(super) fn traced(&mut self, question: &Question, result: Result<Box<Trace>, String>) {
        let turn = self.turns.done(self.now, &question.asker);
        self.read_traced(turn);
        let Some(channel) = self.waited_for_on(question) else {
            return;
        };
        let (id, _, chapter) = question.asker;
        let trace = result.unwrap_or_else(|error| {
            tracing::error!(chapter = %chapter, "an ended generation cannot be read: {error}");
            Box::default()
        });
        self.tell_trace(id, channel, *trace);
    }

    fn tell_trace(&mut self, id: SessionId, channel: u32, trace: Trace) {
        let mut changes = Vec::new();
        let mut bytes = 0;
        for raw in trace.changes {
            bytes += raw.len();
            changes.push(raw.to_vec().into());
            if bytes >= CHANGES_FRAME_BYTES {
                let changes = std::mem::take(&mut changes);
                let end = None;
                self.send(
                    id,
                    &ServerFrame::Traced {
                        channel,
                        changes,
                        end,
                    },
                );
                bytes = 0;
            }
        }
        let end = Some(TraceEnd { same: trace.same });
        self.send(
            id,
            &ServerFrame::Traced {
                channel,
                changes,
                end,
            },
        );
    }
}
