//! `schrijftafel sign-in-link`: a one-time link for somebody who has a role in a plan.

use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::Args;
use schema::ids::{PartyId, PersonId};

use super::plain::say;
use crate::accounts::{Accounts, Grantee, Token};
use crate::admin::client::Client;
use crate::admin::door::LinkRequest;
use crate::clock;
use crate::http::app::{App, Settings};
use crate::node::Node;

/// For whom.
#[derive(Debug, Args)]
pub struct LinkArgs {
    /// The data directory.
    #[arg(long, env = "DATA", default_value = "data")]
    data: PathBuf,
    /// The person's id.
    #[arg(long)]
    person: PersonId,
    /// The party they act for.
    #[arg(long)]
    party: PartyId,
    /// Where browsers reach the server.
    #[arg(long, default_value = "http://127.0.0.1:8080", value_parser = web_origin)]
    origin: String,
}

/// What the address of a page begins with; a `/` at its end is left out.
///
/// # Errors
/// What it should look like.
pub fn web_origin(text: &str) -> Result<String, String> {
    let origin = text.strip_suffix('/').unwrap_or(text);
    let host = origin
        .strip_prefix("https://")
        .or_else(|| origin.strip_prefix("http://"));
    let is_host = |host: &str| {
        let is_of_host = |one: char| one.is_ascii_alphanumeric() || "-._:[]".contains(one);
        host.starts_with(|one: char| one.is_ascii_alphanumeric() || one == '[')
            && host.chars().all(is_of_host)
    };
    match host {
        Some(host) if is_host(host) => Ok(origin.to_owned()),
        _ => Err(
            "a link begins with the address under which browsers reach the server, without a path: https://plan.example.nl or \
             http://127.0.0.1:8080"
                .to_owned(),
        ),
    }
}

/// Prints the link.
///
/// # Errors
/// When the person has no role for that party.
pub async fn run(args: LinkArgs) -> Result<()> {
    let grantee = Grantee {
        person: args.person,
        party: args.party,
    };
    if let Some(server) = Client::find(&args.data).await? {
        let request = LinkRequest {
            grantee,
            origin: args.origin,
        };
        say!("{}", server.sign_in_link(&request).await?);
        return Ok(());
    }
    let node = Node::open_existing(&args.data, Settings::default()).await?;
    say!("{}", make_for_known(&node.app, grantee, &args.origin)?);
    node.close();
    Ok(())
}

/// Makes a link for somebody who has a role.
///
/// # Errors
/// When the person has none for that party, or the accounts cannot be written.
pub fn make_for_known(app: &App, grantee: Grantee, origin: &str) -> Result<String> {
    let known = app.views.plans().into_iter().any(|plan| {
        let roles = app.views.look(plan, |view| {
            let mut people = view.state.rights.people();
            people.any(|(person, party, _)| (person, party) == (grantee.person, grantee.party))
        });
        roles.unwrap_or(false)
    });
    if !known {
        bail!(
            "person {} has no role for party {} in any plan here",
            grantee.person,
            grantee.party
        );
    }
    make(&app.accounts, grantee, origin)
}

/// Makes a link.
///
/// # Errors
/// When the accounts cannot be written.
pub fn make(accounts: &Accounts, grantee: Grantee, origin: &str) -> Result<String> {
    let token = Token::from_random(clock::random_bytes());
    accounts.invite(grantee, &token, clock::now_ms())?;
    Ok(format!("{origin}/aanmelden#token={}", token.secret()))
}
