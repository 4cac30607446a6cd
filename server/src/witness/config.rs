//! Which logs a witness watches: flags of the command line, and `logs.toml` in its data directory.
//!
//! Why it exists: a server makes a log per plan and per restore, so one line must do for all of them (a prefix under
//! the server's key); a stranger's log is named by itself.

use std::path::Path;

use anyhow::{Context, Result, bail};
use schema::audit::LogKey;
use schema::audit::witness::{Rule, Rules, Scope};
use serde::Deserialize;

use crate::durable;

/// Name of the file in the witness's data directory.
pub const LOGS_FILE: &str = "logs.toml";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(default)]
    log: Vec<WrittenLog>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenLog {
    origin: Option<String>,
    prefix: Option<String>,
    keys: Vec<LogKey>,
}

/// The rules of flags and file together.
///
/// # Errors
/// The first fault, in words; or that no log is named at all.
pub fn rules(data: &Path, logs: &[String], prefixes: &[String]) -> Result<Rules> {
    let mut rules = Vec::new();
    for vkey in logs {
        let key: LogKey = vkey.parse().with_context(|| format!("--log {vkey}"))?;
        rules.push(Rule {
            scope: Scope::Exact(key.name().as_str().parse()?),
            keys: vec![key],
        });
    }
    for given in prefixes {
        let (prefix, vkey) = given
            .split_once('=')
            .with_context(|| format!("--prefix {given}: expected PREFIX=VKEY"))?;
        rules.push(Rule {
            scope: Scope::Below(prefix.parse().with_context(|| format!("--prefix {given}"))?),
            keys: vec![vkey.parse().with_context(|| format!("--prefix {given}"))?],
        });
    }
    let path = data.join(LOGS_FILE);
    if let Some(bytes) = durable::read(&path)? {
        let text =
            String::from_utf8(bytes).with_context(|| format!("{} is not UTF-8 text", path.display()))?;
        rules.extend(parse(&text).with_context(|| path.display().to_string())?);
    }
    if rules.is_empty() {
        bail!(
            "no log to watch: name one with --log, --prefix or in {}",
            path.display()
        );
    }
    Ok(Rules(rules))
}

fn parse(text: &str) -> Result<Vec<Rule>> {
    let written: Written = toml::from_str(text)?;
    let rule = |log: WrittenLog| {
        let scope = match (log.origin, log.prefix) {
            (Some(origin), None) => Scope::Exact(origin.parse()?),
            (None, Some(prefix)) => Scope::Below(prefix.parse()?),
            _ => bail!("a log has either an origin or a prefix"),
        };
        Ok(Rule {
            scope,
            keys: log.keys,
        })
    };
    written.log.into_iter().map(rule).collect()
}

#[cfg(test)]
mod tests {
    use schema::audit::LogSigner;

    use super::*;

    fn vkey(name: &str) -> String {
        LogSigner::from_seed(name.parse().unwrap(), &[1; 32])
            .verifier()
            .to_string()
    }

    #[test]
    fn flags_and_file_add_up() {
        let data = tempfile::tempdir().unwrap();
        let file = format!(
            "[[log]]\norigin = \"go.sum database tree\"\nkeys = [\"{}\"]\n[[log]]\nprefix = \"a.example/\"\nkeys = [\"{}\"]\n",
            vkey("sum.example"),
            vkey("a.example")
        );
        std::fs::write(data.path().join(LOGS_FILE), file).unwrap();
        let prefix = format!("schrijftafel.org/plan/={}", vkey("schrijftafel.org/plan"));
        let rules = rules(data.path(), &[vkey("b.example/log")], &[prefix]).unwrap();
        let known = |origin: &str| rules.keys_for(&origin.parse().unwrap()).len();
        assert_eq!(
            (known("b.example/log"), known("schrijftafel.org/plan/x/y")),
            (1, 1)
        );
        assert_eq!(
            (
                known("go.sum database tree"),
                known("a.example/x"),
                known("c.example")
            ),
            (1, 1, 0)
        );
    }

    #[test]
    fn faults_are_named() {
        let data = tempfile::tempdir().unwrap();
        let fault = |logs: &[&str], prefixes: &[&str]| {
            let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
            format!(
                "{:#}",
                rules(data.path(), &owned(logs), &owned(prefixes)).unwrap_err()
            )
        };
        assert!(fault(&[], &[]).contains("no log to watch"));
        assert!(fault(&["nonsense"], &[]).contains("--log nonsense"));
        assert!(fault(&[], &["schrijftafel.org/plan/"]).contains("PREFIX=VKEY"));
        assert!(fault(&[], &[&format!("no-slash={}", vkey("x"))]).contains("slash"));
        std::fs::write(data.path().join(LOGS_FILE), "[[log]]\nkeys = []\n").unwrap();
        assert!(fault(&[], &[]).contains("either an origin or a prefix"));
    }
}
