//! Which events a selector means: one answer for engines and subscriptions.

use schema::log::Envelope;

use super::Selector;

/// Whether the selector means this event.
#[must_use]
pub fn selects(selector: &Selector, envelope: &Envelope) -> bool {
    match selector {
        Selector::All => true,
        Selector::Stream(stream) => envelope.stream == *stream,
        Selector::KindPrefix(prefix) => envelope.kind.name.starts_with(prefix.as_str()),
        Selector::Actor(actor) => envelope.who == *actor,
        Selector::Span { from, end } => (*from..*end).contains(&envelope.recorded_at),
    }
}
