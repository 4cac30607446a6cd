//! `schrijftafel new-plan`: a plan with its first party and person, and that person's way in.
//!
//! Why it exists: everything else in a plan is done by somebody with a role in it; the first one cannot be.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use clap::Args;
use schema::domain::values::Line;
use schema::domain::{Caller, Command, plan, rights::Role};
use schema::ids::{CommandId, DeviceId, PageSessionId, PartyId, PersonId, PlanId};
use schema::log::Via;
use schema::log::event::ContentDigest;

use super::link;
use super::plain::say;
use crate::accounts::{Grantee, Person};
use crate::clock;
use crate::core::{CommandRequest, Origin};
use crate::http::app::{App, Settings};
use crate::node::Node;

/// The plan and who begins it.
#[derive(Debug, Args)]
pub struct NewPlanArgs {
    /// The data directory; it is made when it is not there.
    #[arg(long, env = "DATA", default_value = "data")]
    data: PathBuf,
    /// The plan's title: "Regioplan Waterland".
    #[arg(long)]
    title: Line,
    /// The region, or each of its areas.
    #[arg(long)]
    area: Vec<Line>,
    /// The organisation of the programme team's first member.
    #[arg(long)]
    party: Line,
    /// That organisation's sector, as the region names it.
    #[arg(long, default_value = "programma")]
    sector: Line,
    /// The name of the programme team's first member.
    #[arg(long)]
    person: Line,
    /// Where browsers reach the server.
    #[arg(long, default_value = "http://127.0.0.1:8080", value_parser = link::web_origin)]
    origin: String,
}

/// Makes the plan and prints what the next commands need, and a sign-in link.
///
/// # Errors
/// When the data is in use, or a plan of that title is there.
pub async fn run(args: NewPlanArgs) -> Result<()> {
    let node = Node::open_whole(&args.data, Settings::default()).await?;
    let made = make(&node.app, &args).await;
    node.close();
    let (plan, caller, link) = made?;
    say!(
        "Plan:   {plan}\nPerson: {}\nParty:  {}",
        caller.person,
        caller.party
    );
    say!("\nSign in as {} (the link works once):\n  {link}", args.person);
    say!(
        "\nBring in a document:\n  schrijftafel import FILE --data {} --plan {plan} --person {}",
        args.data.display(),
        caller.person
    );
    say!(
        "\nRun the server:\n  schrijftafel serve --data {}",
        args.data.display()
    );
    Ok(())
}

async fn make(app: &App, args: &NewPlanArgs) -> Result<(PlanId, Caller, String)> {
    if let Some((plan, first)) = of_title(app, &args.title) {
        bail!(
            "there is a plan {:?} already: {plan}.\nFor a way in: schrijftafel sign-in-link --person {} --party {}",
            args.title.as_str(),
            first.person,
            first.party
        )
    }
    let plan = PlanId::from_bytes(clock::random_bytes());
    let caller = Caller {
        person: PersonId::from_bytes(clock::random_bytes()),
        party: PartyId::from_bytes(clock::random_bytes()),
    };
    let person = Person {
        name: args.person.clone(),
        mail: None,
    };
    app.accounts.put_person(caller.person, &person)?;
    let command = plan::Command::Create {
        title: args.title.clone(),
        areas: args.area.clone(),
        party: plan::Party {
            name: args.party.clone(),
            sector: args.sector.clone(),
        },
    };
    let request = CommandRequest {
        caller,
        origin: Origin {
            device: DeviceId::from_bytes(clock::random_bytes()),
            page: PageSessionId::from_bytes(clock::random_bytes()),
            via: Via::Server,
        },
        plan,
        id: CommandId::from_bytes(clock::random_bytes()),
        // A fresh id is asked once.
        content: ContentDigest::default(),
        command: Command::Plan(command),
        expected: None,
    };
    let made = app.core.command(request).await;
    made.context("the plan was not made")?;
    let grantee = Grantee {
        person: caller.person,
        party: caller.party,
    };
    let link = link::make(&app.accounts, grantee, &args.origin)?;
    Ok((plan, caller, link))
}

/// A plan of a title, and the first of its programme team.
fn of_title(app: &App, title: &Line) -> Option<(PlanId, Caller)> {
    app.views.plans().into_iter().find_map(|plan| {
        let first = app.views.look(plan, |view| {
            let same = view.state.plan.as_ref().is_some_and(|plan| plan.title == *title);
            let mut people = view.state.rights.people().filter(|_| same);
            people
                .find(|(_, _, grants)| grants.contains_key(&Role::Programmateam))
                .map(|(person, party, _)| Caller { person, party })
        });
        Some((plan, first??))
    })
}
