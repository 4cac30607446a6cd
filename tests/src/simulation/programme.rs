//! The programme team: makes the plan, gives and takes rights, freezes and reopens, and asks again when no answer came.
//!
//! Why commands are sent again: a caller whose server died cannot know whether their command was done. Under the same key
//! it is done once; the answers are compared.

use std::collections::BTreeMap;

use schema::domain::{Caller, Command};
use schema::ids::{ChapterId, CommandId, DeviceId, PageSessionId, PartyId, PersonId, PlanId, TeamId};
use schema::log::Via;
use schema::log::event::ContentDigest;
use schema::sync::ChapterKey;
use schrijftafel_server::core::{CommandAnswer, CommandRequest, CoreRefusal, Input, Origin, Ticket};
use serde_json::{Value as Json, json};

use super::checks::reading::AskedCopy;
use super::restoring::Restore;
use super::world::{Happening, World};

/// The plan that everything happens to.
pub const PLAN: PlanId = PlanId::from_bytes([0x91; 16]);
/// Its chapters.
pub const CHAPTERS: [ChapterId; 2] = [
    ChapterId::from_bytes([0xc1; 16]),
    ChapterId::from_bytes([0xc2; 16]),
];
/// The team that writes them, and another.
const TEAMS: [TeamId; 2] = [TeamId::from_bytes([0x71; 16]), TeamId::from_bytes([0x72; 16])];

/// Wait before a command without an answer is sent again.
const ASK_AGAIN_MS: u64 = 4_000;

/// Somebody of a number, for the party of that number.
#[must_use]
pub const fn caller(person: u8, party: u8) -> Caller {
    Caller {
        person: PersonId::from_bytes([person; 16]),
        party: PartyId::from_bytes([0xa0 | party; 16]),
    }
}

/// The programme team's member, who makes the plan.
pub const PROGRAMME: Caller = caller(1, 1);
/// Write in the chapters' team, for two parties.
pub const WRITERS: [Caller; 3] = [caller(2, 2), caller(3, 3), caller(4, 2)];
/// Sits in the coalition: reads the live text where the plan opens its history.
pub const READER: Caller = caller(5, 3);

/// The key of a chapter.
#[must_use]
pub const fn key(chapter: ChapterId) -> ChapterKey {
    (PLAN, chapter)
}

/// An answer, and how often the plan had been read when it was given.
type Answered = (u64, Result<CommandAnswer, CoreRefusal>);

/// What was asked and not yet answered, and what was.
#[derive(Debug, Default)]
pub struct Programme {
    asked: BTreeMap<u64, Json>,
    /// Under which number a ticket was asked.
    tickets: BTreeMap<Ticket, u64>,
    answers: BTreeMap<u64, Answered>,
    pub(super) restores: BTreeMap<Ticket, Restore>,
    /// Copies that are compared.
    pub(super) copies: BTreeMap<Ticket, AskedCopy>,
    next_ticket: Ticket,
    next: u64,
}

impl Programme {
    /// Whether everything is answered.
    pub fn is_settled(&self) -> Result<(), String> {
        match self.asked.values().next() {
            None => Ok(()),
            Some(command) => Err(format!("a command has no answer: {command}")),
        }
    }

    pub(super) fn ticket(&mut self) -> Ticket {
        self.next_ticket += 1;
        self.next_ticket
    }
}

impl World {
    /// Makes the plan, its chapters, teams and people, before anything goes wrong.
    pub(super) fn found(&mut self) -> Result<(), String> {
        let party = |id: PartyId, name: &str| json!({ "plan": { "type": "addParty", "id": id, "party": { "name": name, "sector": "zorg" } } });
        let team = |id: TeamId| json!({ "plan": { "type": "formTeam", "id": id, "name": id.to_string() } });
        let mut commands = vec![
            json!({ "plan": { "type": "create", "title": "Regioplan", "party": { "name": "Programma", "sector": "programma" } } }),
            party(WRITERS[0].party, "Gemeente Alder"),
            party(WRITERS[1].party, "Ziekenhuis Bree"),
            team(TEAMS[0]),
            team(TEAMS[1]),
            json!({ "rights": { "type": "grant", "person": READER.person, "party": READER.party,
                "role": { "role": "coalitie" }, "mandate": { "source": "Bestuur", "from": "2026-01-01" } } }),
        ];
        commands.extend(WRITERS.iter().map(|who| grant(*who)));
        for chapter in CHAPTERS {
            commands.push(
                json!({ "chapter": [chapter, { "type": "create", "title": "Hoofdstuk", "team": TEAMS[0] }] }),
            );
        }
        for command in commands {
            self.ask(command.clone());
            self.until("the plan", |world| world.programme.is_settled())?;
            match self.programme.answers.last_key_value() {
                Some((_, (_, Ok(_)))) => {}
                answer => return Err(format!("{command}: {answer:?}")),
            }
        }
        Ok(())
    }

    /// Asks a command under a new key.
    pub(super) fn ask(&mut self, command: Json) {
        self.programme.next += 1;
        let number = self.programme.next;
        self.tell(|| format!("the programme team asks: {command}"));
        self.programme.asked.insert(number, command);
        self.command_again(number);
    }

    /// Sends a command that has no answer, for the first time or once more.
    pub(super) fn command_again(&mut self, number: u64) {
        let Some(command) = self.programme.asked.get(&number).cloned() else {
            return;
        };
        self.at(self.now + ASK_AGAIN_MS, Happening::CommandAgain(number));
        if !self.server.is_up() {
            return;
        }
        let ticket = self.programme.ticket();
        self.programme.tickets.insert(ticket, number);
        let content = ContentDigest::of(&[command.to_string().as_bytes()]);
        let request = CommandRequest {
            caller: PROGRAMME,
            origin: origin(),
            plan: PLAN,
            id: command_id(number),
            content,
            command: serde_json::from_value::<Command>(command).expect("a command"),
            expected: None,
        };
        self.server_hears(Input::Command {
            ticket,
            request: Box::new(request),
        });
    }

    pub(super) fn command_answered(&mut self, ticket: Ticket, result: Result<CommandAnswer, CoreRefusal>) {
        if self.programme.restores.contains_key(&ticket) {
            return self.restore_answered(ticket, result);
        }
        let Some(number) = self.programme.tickets.remove(&ticket) else {
            return;
        };
        if matches!(
            result,
            Err(CoreRefusal::Unavailable(_) | CoreRefusal::NotWriting(_))
        ) {
            return;
        }
        let readings = self.server.readings;
        let answered = (readings, result);
        let first = self
            .programme
            .answers
            .entry(number)
            .or_insert_with(|| answered.clone());
        if is_other(first, &answered) {
            let (first, again) = (&first.1, &answered.1);
            let wrong = format!("command {number} was answered {first:?} and {again:?}");
            self.ledger.wrong.push(wrong);
        } else if first.0 != readings || first.1.is_err() {
            *first = answered;
        }
        // Now and then it is asked once more although the answer came.
        if self.is_quiet || !self.chance.once_in(8) {
            self.programme.asked.remove(&number);
        }
    }

    /// One thing of what a programme team does.
    pub(super) fn programme_acts(&mut self) {
        if self.is_quiet {
            return;
        }
        let wait = self.chance.pick(&[1_000, 4_000, 12_000]);
        self.within(wait, Happening::ProgrammeActs);
        let writer = self.chance.pick(&WRITERS);
        let chapter = self.chance.pick(&CHAPTERS);
        let about = |what: Json| json!({ "chapter": [chapter, what] });
        match self.chance.below(12) {
            0 | 1 => self.ask(withdraw(writer)),
            2..=4 => self.ask(grant(writer)),
            5 => self.ask(about(json!({ "type": "freeze", "reason": "vergadering" }))),
            6 | 7 => self.ask(about(json!({ "type": "reopen", "reason": "verder" }))),
            8 => {
                let openness = self.chance.pick(&["open", "fromOffer"]);
                self.ask(json!({ "plan": { "type": "setHistory", "openness": openness } }));
            }
            9 => {
                let team = self.chance.pick(&TEAMS);
                self.ask(about(json!({ "type": "assign", "team": team })));
            }
            _ => self.at(self.now, Happening::RestoreBegins(chapter)),
        }
    }

    /// Everybody may write everything again.
    pub(super) fn programme_makes_peace(&mut self) {
        for chapter in CHAPTERS {
            self.ask(json!({ "chapter": [chapter, { "type": "assign", "team": TEAMS[0] }] }));
            self.ask(json!({ "chapter": [chapter, { "type": "reopen", "reason": "verder" }] }));
        }
        for writer in WRITERS {
            self.ask(grant(writer));
        }
    }
}

/// Whether a later answer contradicts the first. What changed nothing left nothing in the log: it is remembered until the
/// plan is read again, and then asked anew (`server::core::answers`). A refusal is never remembered.
fn is_other((readings, first): &Answered, (readings_later, later): &Answered) -> bool {
    match first {
        Ok(answer) if answer.position.is_some() || readings == readings_later => first != later,
        Ok(_) | Err(_) => false,
    }
}

fn grant(who: Caller) -> Json {
    json!({ "rights": { "type": "grant", "person": who.person, "party": who.party, "role": role() } })
}

fn withdraw(who: Caller) -> Json {
    json!({ "rights": { "type": "withdraw", "person": who.person, "party": who.party, "role": role(), "reason": "ander werk" } })
}

fn role() -> Json {
    json!({ "role": "schrijfteam", "team": TEAMS[0], "asRole": "writer" })
}

/// The key of a command.
pub(super) fn command_id(number: u64) -> CommandId {
    CommandId::from_bytes(u128::from(number).to_be_bytes())
}

/// Where the programme team sits.
pub(super) fn origin() -> Origin {
    Origin {
        device: DeviceId::from_bytes([0xdf; 16]),
        page: PageSessionId::from_bytes([0xdf; 16]),
        via: Via::Browser,
    }
}
