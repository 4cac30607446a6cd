//! Which devices store the text of which chapters, and what they let go of: one JSON document beside the accounts.
//!
//! # Why it exists
//!
//! Text that was erased is gone when the devices that stored it let go of it too, and somebody must be able to say which
//! have not. That is personal data and proves nothing, so it stands outside the log, with whoever uses the device.
//!
//! # Invariants
//!
//! - Whoever is forgotten is in it no longer; that some device of their party did not let go stays known.
//! - It is written down soon, not at every opening. What a crash loses, devices say again when they connect.
//! - What it says of a device is never better than the truth: what is not known counts as stored from the first
//!   generation on. Only where there are too many devices those not seen for longest are let go.

use std::collections::BTreeMap;

use schema::ids::{ChapterId, DeviceId, Generation, PartyId, PersonId, PlanId, TimestampMs};
use schema::limits::{DEVICE_SEEN_STEP_MS, DEVICES_PER_PERSON_MAX, DEVICES_PER_PLAN_MAX};
use serde::{Deserialize, Serialize};

use super::AccountsError;
use crate::core::devices::{DeviceFact, DeviceNews};

/// The version of the document; a newer one is refused.
const FORMAT: u32 = 1;

/// What is known of all devices.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Devices(BTreeMap<PlanId, BTreeMap<DeviceId, Device>>);

/// One device in one plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Device {
    /// Who used it last; nobody for who was forgotten.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    person: Option<PersonId>,
    party: PartyId,
    /// When it was last heard, UTC ms. In the file that lags by [`DEVICE_SEEN_STEP_MS`] at most.
    seen_at: TimestampMs,
    /// What the file says of that, as far as this process wrote it.
    #[serde(skip)]
    written_at: TimestampMs,
    chapters: BTreeMap<ChapterId, Stored>,
}

/// What a device stores of a chapter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    /// The first generation that it may have stored.
    first: Generation,
    /// Every generation before this one it let go of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    wiped: Option<Generation>,
}

/// A device that has not said that it let go of something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unconfirmed {
    /// Who used it last; nobody for who was forgotten.
    pub person: Option<PersonId>,
    /// For which party.
    pub party: PartyId,
    /// When it was last seen.
    pub seen_at: TimestampMs,
}

/// What devices did with text that is erased.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Standing {
    /// How many said that they let go of it.
    pub confirmed: usize,
    /// Which did not yet, those not seen for longest first.
    pub unconfirmed: Vec<Unconfirmed>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document<T> {
    format: u32,
    devices: T,
}

#[derive(Deserialize)]
struct Head {
    format: u32,
}

impl Devices {
    /// Reads what [`Devices::written`] gave.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, AccountsError> {
        let Head { format } = serde_json::from_slice(bytes)?;
        if format != FORMAT {
            return Err(AccountsError::Newer(format));
        }
        let document: Document<Self> = serde_json::from_slice(bytes)?;
        Ok(document.devices)
    }

    /// The document; equal contents are equal bytes. Compact: it may hold many.
    pub(super) fn written(&self) -> Result<Vec<u8>, AccountsError> {
        let mut bytes = serde_json::to_vec(&Document {
            format: FORMAT,
            devices: self,
        })?;
        bytes.push(b'\n');
        Ok(bytes)
    }

    /// Whether nothing is known.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Takes news in. Whether that is worth writing down.
    pub(super) fn note(&mut self, news: &DeviceNews) -> bool {
        let known = self.0.entry(news.plan).or_default();
        if !known.contains_key(&news.device) {
            // That it is there says nothing about what it stores.
            if news.what == DeviceFact::Seen {
                return false;
            }
            make_room(known, news.who.person);
        }
        let device = known.entry(news.device).or_insert_with(|| Device {
            person: None,
            party: news.who.party,
            seen_at: TimestampMs(0),
            written_at: TimestampMs(0),
            chapters: BTreeMap::new(),
        });
        let is_seen = device.is_seen(news);
        device.take(&news.what) || is_seen
    }

    /// Lets go of who somebody is. Whether anything was known of them.
    pub(super) fn forget(&mut self, person: PersonId) -> bool {
        let mut was_known = false;
        for device in self.0.values_mut().flat_map(BTreeMap::values_mut) {
            if device.person == Some(person) {
                device.person = None;
                was_known = true;
            }
        }
        was_known
    }

    /// What devices did with the generations of a chapter before one.
    pub(super) fn standing(&self, plan: PlanId, chapter: ChapterId, before: Generation) -> Standing {
        let mut standing = Standing::default();
        for device in self.0.get(&plan).into_iter().flat_map(BTreeMap::values) {
            let stored = device.chapters.get(&chapter);
            match stored.filter(|stored| stored.first < before) {
                None => {}
                Some(stored) if stored.wiped >= Some(before) => standing.confirmed += 1,
                Some(_) => standing.unconfirmed.push(Unconfirmed {
                    person: device.person,
                    party: device.party,
                    seen_at: device.seen_at,
                }),
            }
        }
        standing.unconfirmed.sort_by_key(|device| device.seen_at);
        standing
    }
}

/// Makes room for one more device of somebody. A browser that keeps nothing is another device each time, and should
/// not push out those of others.
fn make_room(known: &mut BTreeMap<DeviceId, Device>, person: PersonId) {
    let theirs = |device: &Device| device.person == Some(person);
    let is_theirs = known.values().filter(|device| theirs(device)).count() >= DEVICES_PER_PERSON_MAX;
    if is_theirs || known.len() >= DEVICES_PER_PLAN_MAX {
        let may_go = known.iter().filter(|(_, device)| !is_theirs || theirs(device));
        let longest = may_go.min_by_key(|(_, device)| device.seen_at);
        if let Some(longest) = longest.map(|(id, _)| *id) {
            known.remove(&longest);
        }
    }
}

impl Device {
    /// Notes who uses it and when.
    fn is_seen(&mut self, news: &DeviceNews) -> bool {
        let (person, party) = (Some(news.who.person), news.who.party);
        let is_other = (self.person, self.party) != (person, party);
        let is_later = news.at.0.saturating_sub(self.written_at.0) >= DEVICE_SEEN_STEP_MS;
        (self.person, self.party) = (person, party);
        self.seen_at = self.seen_at.max(news.at);
        if is_later {
            self.written_at = news.at;
        }
        is_other || is_later
    }

    fn take(&mut self, what: &DeviceFact) -> bool {
        match what {
            DeviceFact::Seen => false,
            DeviceFact::Holds(chapters) => {
                let before = self.chapters.len();
                for chapter in chapters {
                    self.chapters.entry(*chapter).or_insert(Stored {
                        first: Generation(1),
                        wiped: None,
                    });
                }
                self.chapters.len() > before
            }
            DeviceFact::Opened(chapter, generation) => self.stores(*chapter, *generation),
            DeviceFact::Wiped(chapter, before) => {
                let Some(stored) = self.chapters.get_mut(chapter) else {
                    return false;
                };
                let is_news = stored.wiped < Some(*before);
                stored.wiped = stored.wiped.max(Some(*before));
                is_news
            }
        }
    }

    /// Notes that it stores a chapter from a generation on.
    fn stores(&mut self, chapter: ChapterId, generation: Generation) -> bool {
        let fresh = Stored {
            first: generation,
            wiped: None,
        };
        let before = self.chapters.insert(chapter, fresh);
        let Some(known) = before else { return true };
        // A device that was set back to an earlier state stores again what it had let go of.
        let now = Stored {
            first: known.first.min(generation),
            wiped: known.wiped.filter(|wiped| *wiped <= generation),
        };
        self.chapters.insert(chapter, now);
        now != known
    }
}
