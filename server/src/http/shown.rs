//! How much of one event somebody may see: that it is there, who did what when, or also its content.
//!
//! Why it exists: an export and a proof show the same events to the same people. What one withholds the other must not
//! give, so both ask the policy through here.

use schema::audit::Extent;
use schema::domain::Refusal;
use schema::domain::policy::{Disclosure, Matter, Reader, disclosure};
use schema::ids::ActorRef;
use schema::log::{Envelope, Stream};

use crate::views::PlanView;

/// What the policy says of an event.
#[must_use]
pub fn disclosed(view: &PlanView, reader: &Reader, envelope: &Envelope) -> Disclosure {
    let matter = match envelope.stream {
        Stream::Actors => Matter::of_actor(view.actors.get(ActorRef(envelope.position))),
        _ => Matter::of(&envelope.stream, &envelope.kind),
    };
    let by = view.caller_of(envelope.who);
    let disclosed = disclosure(&view.state, Some(reader), (matter, envelope.position), by);
    // Approved to be erased, and for the moment that takes still in the log.
    if disclosed.has_content() && view.state.erasures.is_waiting(envelope.position) {
        return Disclosure::Happened(Refusal::AlreadyErased);
    }
    disclosed
}

/// How much of an event a proof gives a reader.
#[must_use]
pub fn extent(view: &PlanView, reader: &Reader, envelope: &Envelope) -> Extent {
    match disclosed(view, reader, envelope) {
        Disclosure::Nothing(_) => Extent::Leaf,
        Disclosure::Happened(_) => Extent::Envelope,
        Disclosure::Content => Extent::Everything,
    }
}
