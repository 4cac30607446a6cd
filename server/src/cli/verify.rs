//! `schrijftafel audit verify`: checks an export, or the proof of one event, and says in plain sentences what it proves.

use std::convert::Infallible;
use std::fs::File;
use std::path::PathBuf;

use anyhow::{Context, Result, anyhow};
use clap::Args;
use schema::audit::{LogKey, UnixSeconds, WitnessKey};
use schema::date_time;
use schema::export::summary::{Agreement, Sealed};
use schema::export::{Summary, Taken, Trusted};
use schema::ids::TimestampMs;

use super::pace::Pace;
use super::plain::{self, say, tell};
use super::verify_proof;
use crate::counted::counted;
use crate::export::checking::{CheckError, check};

/// What is checked, against what.
#[derive(Debug, Clone, Args)]
pub struct VerifyArgs {
    /// The export, or a proof as the pages save it.
    pub file: PathBuf,
    /// Whom to believe.
    #[command(flatten)]
    pub trust: TrustArgs,
    /// Prints everything about an export as JSON, the whole register included.
    #[arg(long)]
    pub json: bool,
}

/// Whom to believe.
#[derive(Debug, Clone, Args)]
pub struct TrustArgs {
    /// A key of the server (vkey), known to you from elsewhere than the file. With one, a file that it did not sign is
    /// refused.
    #[arg(long)]
    pub key: Vec<LogKey>,
    /// A key of a witness (vkey) whom you believe.
    #[arg(long)]
    pub witness: Vec<WitnessKey>,
    /// How many of these witnesses must have cosigned; 1 when you name any.
    #[arg(long)]
    pub quorum: Option<usize>,
}

impl TrustArgs {
    /// As the verifier takes it.
    ///
    /// # Errors
    /// When the witnesses make no quorum.
    pub fn trusted(&self) -> Result<Trusted> {
        let required = self.quorum.unwrap_or(usize::from(!self.witness.is_empty()));
        Ok(Trusted::new(self.key.clone(), self.witness.clone(), required)?)
    }
}

/// Checks the file.
///
/// # Errors
/// The first thing that is wrong with it.
#[expect(
    clippy::needless_pass_by_value,
    reason = "every command takes its arguments so"
)]
pub fn run(args: VerifyArgs) -> Result<()> {
    let name = args.file.display();
    let file = File::open(&args.file).with_context(|| format!("cannot open {name}"))?;
    if let Some(proof) = verify_proof::read(&args.file) {
        return verify_proof::run(&proof, &args.trust);
    }
    let mut pace = Pace::default();
    let mut checked = 0_u64;
    let checked = check(file, args.trust.trusted()?, |taken| {
        checked += u64::from(matches!(taken, Taken::Event(..)));
        if pace.is_due() {
            tell!("checked: {}", counted(checked, "event"));
        }
        Ok::<_, Infallible>(())
    });
    let report = checked.map_err(|error| match error {
        CheckError::Fault(fault) => {
            let fault = fault.to_string();
            anyhow!(
                "{name} does not verify. First fault: {}",
                plain::in_a_line(&fault)
            )
        }
        CheckError::Files(error) => anyhow!(error).context(format!("{name} cannot be read")),
        CheckError::Taker(never) => match never {},
    })?;
    let summary = Summary::of(&report);
    if args.json {
        println!("{}", plain::in_json(&serde_json::to_string_pretty(&summary)?));
    } else {
        say!("{}", told(&summary).trim_end());
    }
    Ok(())
}

/// The summary in sentences, each on a line.
#[must_use]
pub fn told(summary: &Summary) -> String {
    let mut lines = vec![whole(summary)];
    let title = summary
        .title
        .as_ref()
        .map_or("without a title", |title| title.as_str());
    lines.push(format!(
        "Plan: {title} ({}), log {}.",
        summary.plan, summary.origin
    ));
    if let (Some(first), Some(last)) = (&summary.first_at, &summary.last_at) {
        lines.push(format!(
            "Recorded from {first} to {last}; written {} by {}.",
            summary.made_at, summary.program
        ));
    }
    lines.extend(whose_word(summary));
    lines.extend(without_content(summary));
    lines.extend(register(summary));
    lines.push(String::new());
    lines.join("\n")
}

fn whole(summary: &Summary) -> String {
    let Summary {
        size,
        shown,
        left_out,
        ..
    } = summary;
    if *left_out == 0 {
        format!(
            "The file holds together: {}, each as it was recorded and in its place, none missing.",
            counted(*size, "event")
        )
    } else {
        format!(
            "The file holds together: a selection of {shown} of {}, each as it was recorded and in its place.",
            counted(*size, "event")
        )
    }
}

/// How many of the events somebody signed for, and who.
pub(super) fn whose_word(summary: &Summary) -> Vec<String> {
    match &summary.seal {
        Some(seal) => sealed(seal, summary.size),
        None => vec![
            "Not signed: the file holds together, but nobody vouches that it is the plan's only history."
                .to_owned(),
        ],
    }
}

fn sealed(seal: &Sealed, size: u64) -> Vec<String> {
    let until = seal
        .until
        .as_ref()
        .map_or(String::new(), |until| format!(", until {until}"));
    let of = if seal.size == size {
        format!("all {}", counted(size, "event"))
    } else {
        format!(
            "the first {}, not yet the {} after",
            counted(seal.size, "event"),
            size - seal.size
        )
    };
    let whose = if seal.is_key_trusted {
        format!("by a key you named: {}", seal.key)
    } else {
        format!(
            "by a key that only the file names, so compare it with what you know: {}",
            seal.key
        )
    };
    let mut lines = vec![format!("Signed: {of}{until}; {whose}.")];
    if seal.cosigned.is_empty() {
        lines.push("No witness cosigned.".to_owned());
    }
    for cosigned in &seal.cosigned {
        let at = UnixSeconds::new(cosigned.at_seconds).map_or(0, UnixSeconds::get);
        let at = date_time::format(TimestampMs(at.saturating_mul(1_000)));
        let known = if cosigned.is_trusted {
            "a witness you named"
        } else {
            "a witness that only the file names"
        };
        lines.push(format!("Cosigned by {} at {at} ({known}).", cosigned.id));
    }
    lines
}

fn without_content(summary: &Summary) -> Vec<String> {
    let mut lines = Vec::new();
    if summary.erased > 0 {
        lines.push(format!(
            "Without content, erased or taken out: {}.",
            counted(summary.erased, "event")
        ));
    }
    if summary.unlinked > 0 {
        lines.push(format!(
            "Of {} of these only the place is proved, not kind, time or actor.",
            summary.unlinked
        ));
    }
    if summary.withheld > 0 {
        lines.push(format!(
            "Without content, because whoever exported may not see it: {}.",
            counted(summary.withheld, "event")
        ));
    }
    if summary.oddities_count > 0 {
        lines.push(format!(
            "Proved, but not understood or not fitting: {}.",
            counted(summary.oddities_count, "event")
        ));
        for odd in &summary.oddities {
            lines.push(format!("  event {}: {}", odd.position, odd.kind));
        }
    }
    lines
}

fn register(summary: &Summary) -> Vec<String> {
    let mut lines = vec![format!(
        "Register, replayed from the events: {} agreements. Changes of text: {}.",
        summary.register.len(),
        summary.text_changes
    )];
    lines.extend(summary.register.iter().map(agreement));
    lines
}

fn agreement(agreement: &Agreement) -> String {
    let title = agreement
        .content
        .as_ref()
        .and_then(|content| content.title.as_ref());
    let title = title.map_or("(content missing)", |title| title.as_str());
    let last = agreement.changes.last().map_or(String::new(), |last| {
        let party = last
            .party_name
            .as_ref()
            .map_or(String::new(), |name| format!(" for {name}"));
        format!(", last at {}{party}", last.at)
    });
    let missing = if agreement.missing.is_empty() {
        String::new()
    } else {
        format!(
            "; content of {} is missing",
            counted(agreement.missing.len(), "event")
        )
    };
    format!(
        "  {title}: {} in its change log{last}{missing}",
        counted(agreement.changes.len(), "change")
    )
}
