//! Names behind ids: people from the accounts, parties from the plan.
//!
//! Why it exists: the log holds ids only. A person who was forgotten keeps their place in history with an empty
//! name; the interface says "voormalig deelnemer" in its own words.

use std::collections::{BTreeMap, BTreeSet};

use schema::domain::policy::{Reader, sees_erasures};
use schema::domain::{At, Caller};
use schema::ids::{ActorRef, ChapterId, Generation, PartyId, PersonId, PlanId, Position};
use schema::log::Via;
use schema::text::history::restore::TextRestored;

use super::answer::erasure::ErasedNote;
use super::answer::history::UndoneRestore;
use super::answer::{Actor, Authorship, PartyName, PersonName, Source};
use super::time;
use crate::accounts::Accounts;
use crate::accounts::devices::Standing;
use crate::views::{Entry, PlanView};

/// Looks names up for one answer.
pub struct Names<'a> {
    accounts: &'a Accounts,
    view: &'a PlanView,
    /// Who is told what stands in requests to erase; nobody where nobody was named.
    reader: Option<Reader>,
}

impl<'a> Names<'a> {
    /// Names as a plan knows them.
    #[must_use]
    pub const fn new(accounts: &'a Accounts, view: &'a PlanView) -> Self {
        Self {
            accounts,
            view,
            reader: None,
        }
    }

    /// The same, and what of erasures this reader may be told.
    #[must_use]
    pub const fn for_reader(self, reader: Reader) -> Self {
        Self {
            reader: Some(reader),
            ..self
        }
    }

    /// A person's name; empty when nobody knows it any more.
    #[must_use]
    pub fn person(&self, id: PersonId) -> PersonName {
        person_name(self.accounts, id)
    }

    /// A party's name, also of one that left.
    #[must_use]
    pub fn party(&self, id: PartyId) -> PartyName {
        let name = self
            .view
            .party_name(id)
            .map(ToString::to_string)
            .unwrap_or_default();
        PartyName { id, name }
    }

    /// That the content of the event at a position was erased, and why.
    #[must_use]
    pub fn erased(&self, position: Position) -> Option<ErasedNote> {
        ErasedNote::of(self.view, position).map(|note| self.told(note))
    }

    /// The same of a note that was made elsewhere: the ground is told to whoever sees the content of the request's event.
    #[must_use]
    pub fn told(&self, note: ErasedNote) -> ErasedNote {
        if self.tells_erasures() {
            note
        } else {
            note.without_ground()
        }
    }

    /// Whether the reader may be told what stands in requests to erase.
    #[must_use]
    pub fn tells_erasures(&self) -> bool {
        let mut reader = self.reader.iter();
        reader.any(|reader| sees_erasures(&self.view.state, reader))
    }

    /// Where a restore stands and what it brought back, of an entry of its words; nothing once that is erased.
    #[must_use]
    pub fn restored(&self, entry: &Entry) -> Option<(Position, &TextRestored)> {
        let restored = self.view.restored_by(entry.command?)?;
        (entry.via == Via::Restore).then_some(restored)
    }

    /// The restore that the one at a position took back; none when it is no undo.
    #[must_use]
    pub fn undone_by(&self, position: Position) -> Option<UndoneRestore> {
        UndoneRestore::by(self.view, position)
    }

    /// What devices did with the text of a chapter before a generation.
    #[must_use]
    pub fn device_standing(&self, plan: PlanId, chapter: ChapterId, before: Generation) -> Standing {
        self.accounts.device_standing(plan, chapter, before)
    }

    /// A person at a party.
    #[must_use]
    pub fn caller(&self, caller: &Caller) -> Actor {
        Actor {
            person: Some(self.person(caller.person)),
            party: Some(self.party(caller.party)),
        }
    }

    /// Who an actor is; nobody for the server itself.
    #[must_use]
    pub fn actor(&self, actor: ActorRef) -> Actor {
        self.view
            .caller_of(actor)
            .map_or_else(Actor::default, |caller| self.caller(&caller))
    }

    /// Whether an actor's words are its person's own, or were brought by them.
    #[must_use]
    pub fn source(&self, actor: ActorRef) -> Source {
        match self.view.actors.get(actor) {
            Some(bound) if bound.brought => Source::Brought,
            _ => Source::Writer,
        }
    }

    /// By which way the event at a position came; the server's own where the plan knows of none.
    #[must_use]
    pub fn via(&self, position: Position) -> Via {
        self.view
            .activity
            .at(position)
            .map_or(Via::Server, |entry| entry.via)
    }

    /// Who, when and where in the log.
    #[must_use]
    pub fn authorship(&self, at: At) -> Authorship {
        Authorship {
            actor: self.actor(at.who),
            source: self.source(at.who),
            at: time::format(at.recorded_at),
            position: at.position,
        }
    }
}

/// A person's name; empty when nobody knows it any more.
#[must_use]
pub fn person_name(accounts: &Accounts, id: PersonId) -> PersonName {
    let known = accounts.person(id);
    let name = known.map(|person| person.name.to_string()).unwrap_or_default();
    PersonName { id, name }
}

/// Everyone who acted in a plan, by name: for answers that are made away from the view's lock.
#[derive(Debug, Default)]
pub struct Cast {
    callers: BTreeMap<ActorRef, Caller>,
    brought: BTreeSet<ActorRef>,
    names: BTreeMap<Caller, Actor>,
}

impl Cast {
    /// The cast of a plan.
    #[must_use]
    pub fn of(accounts: &Accounts, view: &PlanView) -> Self {
        let names = Names::new(accounts, view);
        let known = view
            .actors
            .iter()
            .filter_map(|(actor, bound)| Some((actor, bound.caller()?)));
        let callers: BTreeMap<_, _> = known.collect();
        let named = callers
            .values()
            .map(|caller| (*caller, ()))
            .collect::<BTreeMap<_, ()>>();
        let names = named
            .into_keys()
            .map(|caller| (caller, names.caller(&caller)))
            .collect();
        let brought = view.actors.iter().filter(|(_, bound)| bound.brought);
        Self {
            callers,
            brought: brought.map(|(actor, _)| actor).collect(),
            names,
        }
    }

    /// Whether an actor's changes were brought by its person, out of a document that a program held.
    #[must_use]
    pub fn is_brought(&self, actor: ActorRef) -> bool {
        self.brought.contains(&actor)
    }

    /// The person and party behind an actor; `None` for the server itself.
    #[must_use]
    pub fn caller(&self, actor: ActorRef) -> Option<Caller> {
        self.callers.get(&actor).copied()
    }

    /// The person and party behind an actor, and whether the words are their own or were brought by them.
    #[must_use]
    pub fn hand(&self, actor: ActorRef) -> (Option<Caller>, Source) {
        let source = match self.is_brought(actor) {
            true => Source::Brought,
            false => Source::Writer,
        };
        (self.caller(actor), source)
    }

    /// A caller by name; nobody for none.
    #[must_use]
    pub fn actor_of(&self, caller: Option<Caller>) -> Actor {
        caller
            .and_then(|caller| self.names.get(&caller).cloned())
            .unwrap_or_default()
    }
}
