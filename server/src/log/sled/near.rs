//! The key of what was stored for events, where the message that says how its page's keys begin is lost.
//!
//! Why it exists: a change to a page is written without what all keys of the page begin with. The value has a checksum over
//! its key, and what was appended stands near the end of a plan, so the key can be found again and proved.

use std::collections::BTreeMap;

use schema::ids::{PlanId, Position};

use super::frame;
use super::pack::{self, Place, Stored};
use super::trees::extent_of;

/// The key of a value that a change to a page gives: as the page says it, or else the one near the end of a plan that the
/// value's checksum is over.
pub(super) fn own_key(
    ends: &BTreeMap<PlanId, Position>,
    as_known: Vec<u8>,
    (key, value): (&[u8], &[u8]),
) -> Vec<u8> {
    let is_own = |key: &[u8]| Place::of(key).is_some_and(|place| is_its_own(place, value));
    if is_own(&as_known) {
        return as_known;
    }
    let mut near = ends.iter().flat_map(|(plan, end)| keys_near(*plan, *end, key));
    near.find(|key| is_own(key)).unwrap_or(as_known)
}

/// Whether a value that was stored for events says by its checksum that it is for those at this place. A note of erased
/// content is one byte and has no checksum.
pub(super) fn is_its_own(place: Place, value: &[u8]) -> bool {
    let stored = || Stored::read(&place.key(), value.into());
    extent_of(value).is_some() || stored().is_ok_and(|stored| stored.is_its_own())
}

/// The keys of events of a plan that end with `tail` and stand where the plan ends: what is left out of them is the
/// plan and the higher bytes of a position, which are those of the end or one more.
fn keys_near(plan: PlanId, end: Position, tail: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    let lengths = [frame::KEY_BYTES, frame::KEY_BYTES + pack::COUNT_BYTES];
    let left_out = lengths.map(|length| length.checked_sub(tail.len()));
    let left_out = left_out
        .into_iter()
        .flatten()
        .filter(|bytes| *bytes <= frame::KEY_BYTES);
    left_out.flat_map(move |bytes| {
        let lower_bits = u32::try_from(8 * (frame::KEY_BYTES - bytes)).unwrap_or(u32::MAX);
        let one_more = 1_u64
            .checked_shl(lower_bits)
            .and_then(|step| end.0.checked_add(step));
        let ends = [Some(end.0), one_more].into_iter().flatten();
        ends.filter_map(move |end| {
            let key = frame::key(plan, Position(end));
            Some([key.get(..bytes)?, tail].concat())
        })
    })
}
