//! `manifest.json`: what a backup consists of, with a hash over itself and of every file.
//!
//! `{"manifest": {…}, "sha256": "…"}`, the hash over the canonical JSON (RFC 8785) of `manifest`. Whatever it does
//! not name is no part of the backup.

use std::fmt;
use std::path::Path;

use schema::domain::canonical;
use schema::ids::{IncarnationId, PlanId, Position, TimestampMs};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::{BackupError, damaged, disk, files};

/// The format of the whole directory.
pub const FORMAT: u64 = 1;
/// Its name.
pub const NAME: &str = "manifest.json";

/// What a backup consists of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Manifest {
    /// See [`FORMAT`].
    pub format: u64,
    /// The version of the program that made it.
    pub program: String,
    /// The life of the log.
    pub incarnation: IncarnationId,
    /// When, UTC ms.
    pub made_at_ms: TimestampMs,
    /// Every plan, by id.
    pub plans: Vec<PlanPart>,
    /// The accounts.
    pub accounts: FilePart,
}

/// One plan, up to one position.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PlanPart {
    /// Which.
    pub plan: PlanId,
    /// The first position that the backup does not have.
    pub next: Position,
    /// The chain value of the last event.
    pub chain: Hash32,
    /// The last signed checkpoint of the plan, where there is one: a C2SP signed note.
    #[serde(default)]
    pub checkpoint: Option<String>,
    /// Its records, in order.
    pub files: Vec<RecordsFile>,
}

/// A file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FilePart {
    /// Its path in the backup, with `/` between.
    pub name: String,
    /// Its length.
    pub bytes: u64,
    /// Over all of it.
    pub sha256: Hash32,
}

/// A file of consecutive records.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RecordsFile {
    /// The file.
    #[serde(flatten)]
    pub file: FilePart,
    /// Its first position.
    pub first: Position,
    /// The first position after it.
    pub end: Position,
    /// The chain value before it.
    pub chain_before: Hash32,
    /// The chain value after it.
    pub chain: Hash32,
    /// Events whose content is gone in it. Erasing only ever adds, so equal numbers mean nothing was erased since.
    pub erased_payloads: u64,
    /// Those of them whose envelope salt is gone too.
    pub erased_salts: u64,
}

impl RecordsFile {
    /// Whether a position stands in it.
    #[must_use]
    pub fn holds(&self, position: Position) -> bool {
        (self.first..self.end).contains(&position)
    }
}

impl Manifest {
    /// Every file, by name.
    pub fn files(&self) -> impl Iterator<Item = &FilePart> {
        let records = self.plans.iter().flat_map(|plan| &plan.files);
        records
            .map(|file| &file.file)
            .chain(std::iter::once(&self.accounts))
    }

    /// How many events it names.
    #[must_use]
    pub fn events(&self) -> u64 {
        self.plans.iter().map(|plan| plan.next.0).sum()
    }

    /// Bytes of all files.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.files().map(|file| file.bytes).sum()
    }

    /// About what it takes itself: a file is named in less than this.
    pub(super) fn own_bytes(&self) -> u64 {
        const FILE_BYTES: u64 = 1_024;
        (self.files().count() as u64 + self.plans.len() as u64) * FILE_BYTES
    }

    /// Puts it in its place, over the one before: from here on the backup is this one.
    ///
    /// # Errors
    /// [`BackupError::Files`]; the one before stands.
    pub fn write(&self, directory: &Path) -> Result<(), BackupError> {
        let hash = hash_of(self).map_err(|what| damaged(NAME, what))?;
        let sealed = serde_json::json!({ "manifest": self, "sha256": hash });
        let text = format!("{sealed:#}\n");
        let path = directory.join(NAME);
        disk::replace(&path, text.as_bytes()).map_err(files("cannot write", &path))
    }

    /// Reads the manifest of a backup.
    ///
    /// # Errors
    /// [`BackupError::NoBackup`], [`BackupError::Newer`] or [`BackupError::Damaged`].
    pub fn read(directory: &Path) -> Result<Self, BackupError> {
        let path = directory.join(NAME);
        let bytes = match std::fs::read(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Err(BackupError::NoBackup(directory.display().to_string()));
            }
            read => read.map_err(files("cannot read", &path))?,
        };
        let sealed: Value = serde_json::from_slice(&bytes).map_err(|error| damaged(NAME, error))?;
        let manifest = sealed.get("manifest").unwrap_or(&Value::Null);
        refuse_newer(manifest)?;
        let stated = sealed
            .get("sha256")
            .cloned()
            .and_then(|hash| serde_json::from_value::<Hash32>(hash).ok());
        if stated.is_none() || stated != hash_of(manifest).ok() {
            return Err(damaged(NAME, "it does not have the hash that it states"));
        }
        serde_json::from_value(manifest.clone()).map_err(|error| damaged(NAME, error))
    }
}

fn hash_of<T: Serialize>(manifest: &T) -> Result<Hash32, String> {
    let bytes = canonical::to_vec(manifest).map_err(|error| error.to_string())?;
    Ok(Hash32(Sha256::digest(bytes).into()))
}

/// A backup of a newer program may mean something else by the same words.
fn refuse_newer(manifest: &Value) -> Result<(), BackupError> {
    let format = manifest.get("format").and_then(Value::as_u64);
    let program = manifest
        .get("program")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let newer = format.is_some_and(|format| format > FORMAT)
        || version_of(program) > version_of(env!("CARGO_PKG_VERSION"));
    if newer {
        return Err(BackupError::Newer {
            program: program.to_owned(),
            format: format.unwrap_or_default(),
        });
    }
    Ok(())
}

/// `1.2.3` as numbers, whatever follows them.
fn version_of(text: &str) -> Vec<u64> {
    let numbers = text.split(['.', '-', '+']).take(3);
    numbers.map_while(|number| number.parse().ok()).collect()
}

/// 32 bytes, shown as 64 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Hash32(pub [u8; 32]);

impl fmt::Display for Hash32 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Hash32 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Hash32 {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Hash32 {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        let wrong = || serde::de::Error::custom("not 64 hexadecimal digits");
        let digits: Option<Vec<u32>> = text.chars().map(|digit| digit.to_digit(16)).collect();
        let bytes: Vec<u8> = digits
            .ok_or_else(wrong)?
            .chunks(2)
            .filter_map(|pair| match pair {
                [high, low] => u8::try_from(high * 16 + low).ok(),
                _ => None,
            })
            .collect();
        let right_length = text.len() == 64;
        let hash = <[u8; 32]>::try_from(bytes).ok().filter(|_| right_length);
        hash.map(Self).ok_or_else(wrong)
    }
}
