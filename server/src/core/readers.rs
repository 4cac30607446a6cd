//! What readers of a chapter hear: durable changes and changed rights.

use std::sync::Arc;

use schema::domain::Refusal;
use schema::domain::policy::{Action, may};
use schema::ids::ChapterId;
use schema::wire::{self, Item, ServerFrame};

use super::chapter::Entry;
use super::frames::reason_of;
use super::plan_room::PlanRoom;
use super::{Core, Frame, SessionId};

impl Core {
    /// Shows durable changes to every reader; their author gets `Yours` instead of the bytes (rule P3).
    pub(super) fn publish_text(
        &mut self,
        room: &mut PlanRoom,
        chapter: ChapterId,
        fresh: Vec<(Option<SessionId>, Entry)>,
    ) {
        let now = self.now;
        let Some(open) = room.chapters.get_mut(&chapter) else {
            return;
        };
        let channel = open.channel;
        let Some(live) = open.live() else { return };
        let first = live.head();
        let places = usize::try_from(first.0).unwrap_or(usize::MAX)..;
        let items: Vec<Item> = fresh.iter().map(|(_, entry)| entry.item()).collect();
        let authors: Vec<Option<SessionId>> = fresh.iter().map(|(author, _)| *author).collect();
        let yours: Vec<Option<Item>> = fresh
            .iter()
            .map(|(_, entry)| {
                let hash = entry.change.as_ref()?.hash.0.into();
                Some(Item::Yours {
                    hash,
                    position: entry.position,
                })
            })
            .collect();
        let senders = places.zip(&authors);
        open.senders
            .extend(senders.filter_map(|(at, author)| Some((at, (*author)?))));
        if let Some(live) = open.live_mut() {
            fresh.into_iter().for_each(|(_, entry)| live.append(now, entry));
        }
        let shared: Frame = wire::encode(&ServerFrame::Changes {
            channel,
            first,
            items: items.clone(),
        })
        .into();
        let readers: Vec<SessionId> = open.readers.keys().copied().collect();
        for reader in readers {
            if !authors.contains(&Some(reader)) {
                self.send_encoded(reader, Arc::clone(&shared));
                continue;
            }
            let own = items
                .iter()
                .zip(&authors)
                .zip(&yours)
                .map(|((item, author), yours)| {
                    let mine = yours.as_ref().filter(|_| *author == Some(reader));
                    mine.unwrap_or(item).clone()
                });
            self.send(
                reader,
                &ServerFrame::Changes {
                    channel,
                    first,
                    items: own.collect(),
                },
            );
        }
    }

    /// Rights or states have changed: every reader hears within this very step what that means for them.
    pub(super) fn refresh_access(&mut self, room: &mut PlanRoom) {
        let mut out = Vec::new();
        for (id, chapter) in &mut room.chapters {
            let state = &room.state;
            let sessions = &self.sessions;
            let channel = chapter.channel;
            chapter.presence_waits = true;
            chapter.readers.retain(|reader, known| {
                let visitor = sessions.get(reader).map(|session| &session.visitor);
                let caller = visitor.and_then(|visitor| visitor.caller);
                if let Err(refusal) = may(state, caller.as_ref(), &Action::OpenText(*id)) {
                    let reason = reason_of(refusal);
                    out.push((
                        *reader,
                        ServerFrame::Closed {
                            request: None,
                            channel: Some(channel),
                            reason,
                        },
                    ));
                    return false;
                }
                let writes =
                    visitor.map_or(Err(Refusal::NotSignedIn), |visitor| visitor.may_write(state, *id));
                let read_only = writes.err().map(reason_of);
                if read_only != known.read_only {
                    known.read_only.clone_from(&read_only);
                    out.push((*reader, ServerFrame::Access { channel, read_only }));
                }
                true
            });
        }
        for (session, frame) in out {
            if let ServerFrame::Closed {
                channel: Some(channel),
                ..
            } = &frame
                && let Some(session) = self.sessions.get_mut(&session)
            {
                session.channels.remove(channel);
            }
            self.send(session, &frame);
        }
    }
}
