//! The sample plan of an invented region, loaded through the same import and the same core as every plan.
//!
//! Every command's id is derived from what it asks, so a load that was cut off at any instant goes on where it was: what
//! is there is answered and not done again. The offers come last; with the last of them the load is complete, and from
//! then on the plan is the demo's own.

use std::cell::RefCell;
use std::collections::BTreeMap;

use anyhow::{Context, Result};
use schema::domain::values::Line;
use schema::domain::{Caller, Command};
use schema::ids::{ChapterId, CommandId, CommitmentId, DeviceId, PageSessionId, PartyId, PersonId, PlanId};
use schema::log::Via;
use schema::log::event::ContentDigest;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::importer::Importer;
use crate::accounts::Person;
use crate::core::{CommandRequest, Origin};
use crate::http::app::App;
use crate::import::import;

const TEXT: &str = include_str!("../../sample/plan.md");
const REST: &str = include_str!("../../sample/plan.json");

#[derive(Debug, Deserialize)]
struct Sample {
    title: String,
    #[serde(default)]
    areas: Vec<String>,
    parties: Vec<Named>,
    teams: Vec<Named>,
    chapters: Vec<SampleChapter>,
    people: Vec<SamplePerson>,
    demo: Vec<String>,
    founder: String,
    #[serde(default)]
    challenges: Vec<Map<String, Value>>,
    #[serde(default)]
    strands: Vec<Map<String, Value>>,
    commitments: Vec<SampleCommitment>,
}

#[derive(Debug, Deserialize)]
struct Named {
    key: String,
    name: String,
    #[serde(default)]
    sector: String,
}

#[derive(Debug, Deserialize)]
struct SampleChapter {
    title: String,
    team: String,
    /// Whether its trekker has said that it is ready for reading.
    #[serde(default)]
    offered: bool,
}

#[derive(Debug, Deserialize)]
struct SamplePerson {
    key: String,
    name: String,
    party: String,
    roles: Vec<Value>,
    #[serde(default)]
    mandate: Option<Value>,
}

#[derive(Debug, Deserialize)]
struct SampleCommitment {
    by: String,
    chapter: String,
    content: Value,
    #[serde(default)]
    amendments: Vec<SampleAmendment>,
}

#[derive(Debug, Deserialize)]
struct SampleAmendment {
    by: String,
    patch: Value,
}

/// Somebody of the sample whom one can sign in as.
#[derive(Debug, Clone)]
pub struct DemoPerson {
    /// Their name.
    pub name: String,
    /// Their party's name.
    pub party: String,
    /// What they are in the plan.
    pub role: &'static str,
    /// Who they act as.
    pub caller: Caller,
}

/// The sample plan's id: the same on every machine.
#[must_use]
pub fn plan_id() -> PlanId {
    PlanId::from_bytes(id("plan", "sample"))
}

/// The people one can sign in as.
///
/// # Errors
/// When the sample that ships is malformed.
pub fn people() -> Result<Vec<DemoPerson>> {
    let sample = sample()?;
    let roles = [
        "schrijver",
        "schrijver van een andere partij",
        "lid van de coalitie",
        "programmateam",
        "tweede lid van het programmateam",
    ];
    let mut people = Vec::new();
    for (key, role) in sample.demo.iter().zip(roles) {
        let person = sample.person(key)?;
        let party = sample
            .parties
            .iter()
            .find(|party| party.key == person.party)
            .context("unknown party")?;
        people.push(DemoPerson {
            name: person.name.clone(),
            party: party.name.clone(),
            role,
            caller: sample.caller(key)?,
        });
    }
    Ok(people)
}

/// Loads the sample plan, or what is missing of it; one that was loaded whole stays as it is. Says whether it loaded.
///
/// # Errors
/// When a step is refused.
pub async fn load(app: &App) -> Result<bool> {
    let plan = plan_id();
    let sample = sample()?;
    if is_whole(app, &sample) {
        // Names stay as they are then: somebody may have been forgotten since.
        return Ok(false);
    }
    for person in &sample.people {
        let account = Person {
            name: line(&person.name)?,
            mail: None,
        };
        let id = PersonId::from_bytes(id("person", &person.key));
        app.accounts.add_person(id, &account)?;
    }
    let loader = Loader {
        app,
        plan,
        sample: &sample,
        chapters: BTreeMap::new(),
        asked: RefCell::default(),
    };
    loader.load().await?;
    Ok(true)
}

/// Whether every chapter that the sample offers was offered, be it opened again since: that is done last.
fn is_whole(app: &App, sample: &Sample) -> bool {
    let offered = app.views.look(plan_id(), |view| {
        let chapters = view.state.chapters.iter();
        chapters
            .filter(|(_, chapter)| chapter.first_offer().is_some())
            .count()
    });
    let wanted = sample.chapters.iter().filter(|chapter| chapter.offered).count();
    offered.is_some_and(|offered| offered >= wanted)
}

struct Loader<'a> {
    app: &'a App,
    plan: PlanId,
    sample: &'a Sample,
    chapters: BTreeMap<String, ChapterId>,
    /// How often each command was asked: the same one twice is two.
    asked: RefCell<BTreeMap<String, u32>>,
}

impl Loader<'_> {
    async fn load(mut self) -> Result<()> {
        let sample = self.sample;
        let founder = sample.caller(&sample.founder)?;
        self.found(founder).await?;
        let imported = import(TEXT.as_bytes(), "plan.md").context("the sample text")?;
        let importer = Importer::new(self.app, self.plan, founder, TEXT.as_bytes());
        for chapter in &imported.chapters {
            let team = sample.chapters.iter().find(|known| known.title == chapter.title);
            let team = team.map(|known| schema::ids::TeamId::from_bytes(id("team", &known.team)));
            let made = importer.chapter(chapter, team).await?;
            self.chapters.insert(chapter.title.clone(), made.id);
        }
        for (number, commitment) in (0..).zip(&sample.commitments) {
            self.commitment(number, commitment)
                .await
                .with_context(|| format!("commitment {number}"))?;
        }
        for chapter in sample.chapters.iter().filter(|chapter| chapter.offered) {
            let offer = json!({ "chapter": [self.chapter(&chapter.title)?, { "type": "offer" }] });
            self.ask(sample.lead_of(&chapter.team)?, offer).await?;
        }
        Ok(())
    }

    fn chapter(&self, title: &str) -> Result<ChapterId> {
        let known = self.chapters.get(title).copied();
        known.with_context(|| format!("no chapter {title:?} was imported"))
    }

    async fn found(&self, founder: Caller) -> Result<()> {
        let sample = self.sample;
        let of_founder = sample.person(&sample.founder)?.party.clone();
        let own = sample
            .parties
            .iter()
            .find(|party| party.key == of_founder)
            .context("the founder's party")?;
        let party = |party: &Named| json!({ "name": party.name, "sector": party.sector });
        self.ask(
            founder,
            json!({ "plan": {
                "type": "create", "title": sample.title, "areas": sample.areas, "party": party(own),
            }}),
        )
        .await?;
        for other in sample.parties.iter().filter(|party| party.key != of_founder) {
            let id = PartyId::from_bytes(id("party", &other.key));
            self.ask(
                founder,
                json!({ "plan": { "type": "addParty", "id": id, "party": party(other) } }),
            )
            .await?;
        }
        for team in &sample.teams {
            let id = schema::ids::TeamId::from_bytes(id("team", &team.key));
            self.ask(
                founder,
                json!({ "plan": { "type": "formTeam", "id": id, "name": team.name } }),
            )
            .await?;
        }
        for (kind, rows) in [
            ("putChallenge", &sample.challenges),
            ("putStrand", &sample.strands),
        ] {
            for row in rows {
                let mut command = self.resolve(Value::Object(row.clone()))?;
                let key = row
                    .get("key")
                    .and_then(Value::as_str)
                    .context("a key")?
                    .to_owned();
                let what = if kind == "putChallenge" {
                    "challenge"
                } else {
                    "strand"
                };
                if let Some(fields) = command.as_object_mut() {
                    fields.remove("key");
                    fields.insert("type".to_owned(), kind.into());
                    fields.insert(
                        "id".to_owned(),
                        serde_json::to_value(PartyId::from_bytes(id(what, &key)))?,
                    );
                }
                self.ask(founder, json!({ "plan": command })).await?;
            }
        }
        for person in &sample.people {
            for role in &person.roles {
                self.grant(founder, person, role).await?;
            }
        }
        Ok(())
    }

    async fn grant(&self, founder: Caller, person: &SamplePerson, role: &Value) -> Result<()> {
        let caller = self.sample.caller(&person.key)?;
        let mut role = role.clone();
        if let Some(team) = role.get("team").and_then(Value::as_str) {
            let team = schema::ids::TeamId::from_bytes(id("team", team));
            if let Some(fields) = role.as_object_mut() {
                fields.insert("team".to_owned(), serde_json::to_value(team)?);
            }
        }
        self.ask(
            founder,
            json!({ "rights": {
                "type": "grant", "person": caller.person, "party": caller.party, "role": role,
                "mandate": person.mandate,
            }}),
        )
        .await
    }

    async fn commitment(&self, number: u32, commitment: &SampleCommitment) -> Result<()> {
        let made = CommitmentId::from_bytes(id("commitment", &number.to_string()));
        let mut content = self.resolve(commitment.content.clone())?;
        if content.get("chapterId").is_none() {
            let chapter = self.resolve(format!("@chapter:{}", commitment.chapter).into())?;
            if let Some(fields) = content.as_object_mut() {
                fields.insert("chapterId".to_owned(), chapter);
            }
        }
        let create = json!({ "commitment": [made, { "type": "create", "content": content }] });
        self.ask(self.sample.caller(&commitment.by)?, create).await?;
        for amendment in &commitment.amendments {
            let patch = self.resolve(amendment.patch.clone())?;
            let amend = json!({ "commitment": [made, { "type": "amend", "patch": patch }] });
            self.ask(self.sample.caller(&amendment.by)?, amend).await?;
        }
        Ok(())
    }

    /// Names of the sample as ids.
    fn resolve(&self, value: Value) -> Result<Value> {
        Ok(match value {
            Value::String(text) => match text.strip_prefix('@').and_then(|name| name.split_once(':')) {
                Some(("chapter", title)) => serde_json::to_value(self.chapter(title)?)?,
                Some((kind, key)) => serde_json::to_value(PartyId::from_bytes(id(kind, key)))?,
                None => Value::String(text),
            },
            Value::Array(items) => Value::Array(
                items
                    .into_iter()
                    .map(|item| self.resolve(item))
                    .collect::<Result<_>>()?,
            ),
            Value::Object(fields) => Value::Object(
                fields
                    .into_iter()
                    .map(|(name, value)| Ok((name, self.resolve(value)?)))
                    .collect::<Result<_>>()?,
            ),
            other => other,
        })
    }

    async fn ask(&self, caller: Caller, command: Value) -> Result<()> {
        let shown = command.to_string();
        let command: Command = serde_json::from_value(command).with_context(|| format!("sample: {shown}"))?;
        let asked = format!("{}/{}/{shown}", caller.person, caller.party);
        let times = {
            let mut known = self.asked.borrow_mut();
            let times = known.entry(asked.clone()).or_default();
            *times += 1;
            *times
        };
        let request = CommandRequest {
            caller,
            origin: origin(),
            plan: self.plan,
            id: CommandId::from_bytes(id("command", &format!("{times}/{asked}"))),
            // The id is derived from what is asked.
            content: ContentDigest::default(),
            command,
            expected: None,
        };
        let answer = self
            .app
            .core
            .command(request)
            .await
            .with_context(|| format!("sample: {shown}"))?;
        if let Some(position) = answer.position {
            self.app.views.at_least(self.plan, position).await?;
        }
        Ok(())
    }
}

impl Sample {
    fn person(&self, key: &str) -> Result<&SamplePerson> {
        self.people
            .iter()
            .find(|person| person.key == key)
            .with_context(|| format!("nobody is called {key:?}"))
    }

    /// The trekker of a team.
    fn lead_of(&self, team: &str) -> Result<Caller> {
        let leads = |role: &Value| role["team"] == team && role["asRole"] == "lead";
        let lead = self.people.iter().find(|person| person.roles.iter().any(leads));
        self.caller(&lead.with_context(|| format!("nobody leads {team:?}"))?.key)
    }

    fn caller(&self, key: &str) -> Result<Caller> {
        let person = self.person(key)?;
        Ok(Caller {
            person: PersonId::from_bytes(id("person", key)),
            party: PartyId::from_bytes(id("party", &person.party)),
        })
    }
}

fn sample() -> Result<Sample> {
    serde_json::from_str(REST).context("the sample that ships is malformed")
}

fn line(text: &str) -> Result<Line> {
    Ok(serde_json::from_value(text.into())?)
}

/// The device and page of every load.
fn origin() -> Origin {
    Origin {
        device: DeviceId::from_bytes(id("device", "")),
        page: PageSessionId::from_bytes(id("page", "")),
        via: Via::Import,
    }
}

/// Ids of the sample are made from their names, so that every demo has the same.
fn id(kind: &str, key: &str) -> [u8; 16] {
    let digest: [u8; 32] = Sha256::digest(format!("schrijftafel/sample/{kind}/{key}")).into();
    let [id @ .., _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _] = digest;
    id
}

#[cfg(test)]
mod tests;
