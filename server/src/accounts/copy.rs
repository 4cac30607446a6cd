//! The whole store as lines of JSON, for a backup, and back.
//!
//! Why by tree and key and not by what it means: a backup keeps what stands there, also what a newer version adds.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use super::{Accounts, AccountsError};

/// The trees that hold who is or can be signed in, not who people are.
const SESSIONS: [&[u8]; 2] = [b"sessions", b"links"];

/// One entry of a tree; bytes in base64.
#[derive(Serialize, Deserialize)]
struct Line {
    tree: String,
    key: String,
    value: String,
}

impl Accounts {
    /// Every entry of every tree, a line each.
    ///
    /// # Errors
    /// [`AccountsError`].
    pub fn copy_out(&self) -> Result<Vec<u8>, AccountsError> {
        let mut lines = Vec::new();
        let mut names = self.db.tree_names();
        names.sort();
        for name in names {
            let tree = self.db.open_tree(&name)?;
            for entry in &tree {
                let (key, value) = entry?;
                let line = Line {
                    tree: STANDARD.encode(&name),
                    key: STANDARD.encode(key),
                    value: STANDARD.encode(value),
                };
                serde_json::to_writer(&mut lines, &line)?;
                lines.push(b'\n');
            }
        }
        Ok(lines)
    }

    /// Takes over what [`Accounts::copy_out`] gave; with `sessions`, also who was signed in and which links work.
    ///
    /// # Errors
    /// [`AccountsError`], also for lines that are no such copy.
    pub fn copy_in(&self, lines: &[u8], sessions: bool) -> Result<(), AccountsError> {
        for line in lines.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            let line: Line = serde_json::from_slice(line)?;
            let [tree, key, value] = [&line.tree, &line.key, &line.value].map(|text| STANDARD.decode(text));
            let (Ok(tree), Ok(key), Ok(value)) = (tree, key, value) else {
                return Err(AccountsError::NoCopy);
            };
            if sessions || !SESSIONS.contains(&tree.as_slice()) {
                self.db.open_tree(tree)?.insert(key, value)?;
            }
        }
        self.flush()
    }
}
