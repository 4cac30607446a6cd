//! What readers of a chapter hear: durable changes, changed rights, who else is there.

use std::collections::BTreeMap;
use std::sync::Arc;

use schema::domain::policy::{Action, may};
use schema::ids::ChapterId;
use schema::limits::PRESENCE_BYTES_MAX;
use schema::wire::{self, Item, Reason, ServerFrame};

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
        let Some(live) = open.live_mut() else { return };
        let first = live.head();
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
        for (_, entry) in fresh {
            live.append(now, entry);
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
            chapter.readers.retain(|reader, known| {
                let caller = sessions.get(reader).and_then(|session| session.visitor.caller);
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
                let read_only = may(state, caller.as_ref(), &Action::WriteText(*id))
                    .err()
                    .map(reason_of);
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

    pub(super) fn said_presence(&mut self, id: SessionId, channel: u32, payload: Vec<u8>) {
        let Some((plan, chapter)) = self.channel_of(id, channel) else {
            return;
        };
        if payload.len() > PRESENCE_BYTES_MAX {
            return self.end(id, &Reason::new("presence-too-long", payload.len()), None);
        }
        let Some(frame) = self.presence_frame(id, channel, payload.clone()) else {
            return;
        };
        let Some(open) = self
            .plans
            .get_mut(&plan)
            .and_then(|room| room.chapters.get_mut(&chapter))
        else {
            return;
        };
        if let Some(reader) = open.readers.get_mut(&id) {
            reader.presence = payload;
        }
        let others: Vec<SessionId> = open
            .readers
            .keys()
            .copied()
            .filter(|reader| *reader != id)
            .collect();
        let frame: Frame = wire::encode(&frame).into();
        for other in others {
            self.send_encoded(other, Arc::clone(&frame));
        }
    }

    fn presence_frame(&self, id: SessionId, channel: u32, payload: Vec<u8>) -> Option<ServerFrame> {
        let visitor = &self.sessions.get(&id)?.visitor;
        let caller = visitor.caller?;
        Some(ServerFrame::Presence {
            channel,
            peer: id,
            person: caller.person,
            name: visitor.name.clone(),
            party: caller.party,
            party_name: visitor.party_name.clone(),
            payload: payload.into(),
        })
    }

    /// Tells a new reader who is here, and the others that they came.
    pub(super) fn introduce(&mut self, room: &PlanRoom, chapter: ChapterId, newcomer: SessionId) {
        let Some(open) = room.chapters.get(&chapter) else {
            return;
        };
        let channel = open.channel;
        let present: BTreeMap<SessionId, Vec<u8>> = open
            .readers
            .iter()
            .filter(|(id, _)| **id != newcomer)
            .map(|(id, reader)| (*id, reader.presence.clone()))
            .collect();
        let arrival = self.presence_frame(newcomer, channel, Vec::new());
        for (other, payload) in present {
            if let Some(frame) = self.presence_frame(other, channel, payload) {
                self.send(newcomer, &frame);
            }
            if let Some(frame) = &arrival {
                self.send(other, frame);
            }
        }
    }
}
