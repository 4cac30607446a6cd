//! Which logs a witness knows, and by which keys.
//!
//! Why it exists: `tlog-witness` names logs one by one. A server makes a log per plan and per restore, so our
//! witness may also trust every origin below a prefix, under one public key of that server.

use std::str::FromStr;

use crate::audit::note::{KeyName, LogKey};
use crate::audit::{Origin, checkpoint::ParseOriginError};

/// The logs that a rule is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// This log only. Its keys count under their own names.
    Exact(Origin),
    /// Every log whose origin begins so. Its keys count by their public key alone: the name on a signature is
    /// the origin, which no vkey in a configuration can know beforehand.
    Below(OriginPrefix),
}

/// The beginning of origins, up to a slash, so that no name is cut in its middle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OriginPrefix(Origin);

impl std::fmt::Display for OriginPrefix {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for OriginPrefix {
    type Err = ParseOriginError;

    fn from_str(text: &str) -> Result<Self, ParseOriginError> {
        let prefix = text.parse()?;
        if text.ends_with('/') {
            Ok(Self(prefix))
        } else {
            Err(ParseOriginError::Prefix)
        }
    }
}

/// Trust in the keys of some logs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// Which logs.
    pub scope: Scope,
    /// Their keys; more than one while keys change.
    pub keys: Vec<LogKey>,
}

/// All that a witness trusts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rules(pub Vec<Rule>);

impl Rules {
    /// The keys that may sign for this origin; none when the witness does not know the log.
    #[must_use]
    pub fn keys_for(&self, origin: &Origin) -> Vec<LogKey> {
        self.0.iter().flat_map(|rule| rule.keys_for(origin)).collect()
    }
}

impl Rule {
    fn keys_for(&self, origin: &Origin) -> Vec<LogKey> {
        match &self.scope {
            Scope::Exact(known) if known == origin => self.keys.clone(),
            Scope::Below(prefix) if origin.as_str().starts_with(prefix.0.as_str()) => {
                let name = origin.as_str().parse().ok();
                let under_origin =
                    |name: KeyName| self.keys.iter().map(|key| key.under_name(name.clone())).collect();
                name.map_or_else(Vec::new, under_origin)
            }
            Scope::Exact(_) | Scope::Below(_) => Vec::new(),
        }
    }
}
