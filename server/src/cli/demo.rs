//! `schrijftafel demo`: the server with the sample plan, and a way in for each of five people.

use std::io::Write;

use anyhow::Result;

use super::plain::say;
use super::{ServeArgs, link, sample, serve};
use crate::accounts::Grantee;
use crate::node::Node;

/// Loads the sample plan, or what is missing of it, prints the links, serves.
///
/// # Errors
/// When the data cannot be opened, the address is taken, or the sample is refused.
pub async fn run(args: ServeArgs) -> Result<()> {
    let (address, metrics) = serve::take_all(&args)?;
    let node = Node::open_whole(&args.data, serve::settings(&args)).await?;
    serve::tell_metrics(&node, metrics)?;
    if sample::load(&node.app).await? {
        say!("The sample plan is loaded.");
    } else {
        say!("The sample plan was there already; what was written is kept.");
    }
    let origin = args
        .public_origin
        .clone()
        .unwrap_or_else(|| format!("http://{}", args.listen));
    // Whoever follows a link as soon as it is printed is let in.
    let listener = address.listen()?;
    say!("\nSign in as (each link works once; start again for fresh ones):\n");
    for person in sample::people()? {
        if node.app.accounts.person(person.caller.person).is_none() {
            say!("  ({}, {}, was forgotten)\n", person.role, person.party);
            continue;
        }
        let grantee = Grantee {
            person: person.caller.person,
            party: person.caller.party,
        };
        let link = link::make(&node.app.accounts, grantee, &origin)?;
        say!(
            "  {}, {} ({})\n    {link}\n",
            person.name,
            person.role,
            person.party
        );
    }
    say!("Open one link per browser or private window. Ctrl-C stops the server.");
    std::io::stdout().flush()?;
    serve::serve(node, listener).await
}
