//! The operations of one actor, in the order of their counters.
//!
//! Why it exists: somebody who types makes an operation for each letter, and each differs from the one before it by one
//! element only; so does what they take out forwards or backwards. Kept as runs these cost a few bytes for a sentence.

use super::facts::OpFact;

/// See the module's text.
#[derive(Debug, Clone, Default)]
pub(super) struct Ops {
    runs: Vec<Run>,
    len: u32,
}

/// Operations alike, each about the next element.
#[derive(Debug, Clone, Copy)]
struct Run {
    /// The place of the first one among the actor's operations.
    first: u32,
    /// What that one is.
    fact: OpFact,
    /// From slot to slot: 1 where the next element came later, -1 where it came earlier. Says nothing of a run of one.
    step: i8,
}

impl Run {
    fn at(self, place: u32) -> OpFact {
        let offset = i64::from(place - self.first) * i64::from(self.step);
        // Every operation of the run had its slot, so this one has too.
        let slot = u32::try_from(i64::from(self.fact.slot) + offset).unwrap_or(u32::MAX);
        self.fact.about(slot)
    }

    /// Whether an operation is the next of this run, which has so many.
    fn goes_on(self, len: u32, fact: OpFact) -> Option<Self> {
        let step = match i64::from(fact.slot) - i64::from(self.at(self.first + len - 1).slot) {
            1 => 1,
            -1 => -1,
            _ => return None,
        };
        let alike = fact.kind == self.fact.kind && fact.object() == self.fact.object();
        (alike && (len == 1 || step == self.step)).then_some(Self { step, ..self })
    }
}

impl Ops {
    pub(super) fn len(&self) -> u32 {
        self.len
    }

    /// What they take in memory.
    pub(super) fn bytes(&self) -> usize {
        size_of_val(self.runs.as_slice())
    }

    /// The operation at a place.
    pub(super) fn get(&self, place: u32) -> Option<OpFact> {
        let after = self.runs.partition_point(|run| run.first <= place);
        let run = self.runs.get(after.checked_sub(1)?)?;
        (place < self.len).then(|| run.at(place))
    }

    /// Adds the next one.
    pub(super) fn push(&mut self, fact: OpFact) {
        let len = self.len;
        let longer = self
            .runs
            .last_mut()
            .and_then(|run| run.goes_on(len - run.first, fact).map(|longer| *run = longer));
        if longer.is_none() {
            self.runs.push(Run {
                first: len,
                fact,
                step: 1,
            });
        }
        self.len += 1;
    }

    /// Takes the newest back.
    pub(super) fn pop(&mut self) -> Option<OpFact> {
        let run = self.runs.last().copied()?;
        self.len -= 1;
        if run.first == self.len {
            self.runs.pop();
        }
        Some(run.at(self.len))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::facts::OpKind;
    use super::*;

    proptest! {
        /// Runs are a way of keeping: what is read is what was written, also after some was taken back.
        #[test]
        fn what_is_read_is_what_was_written(
            pushes in prop::collection::vec((0..2_u8, 0..2_u32, 0..5_u32, 1..6_u32, any::<bool>(), 0..4_usize), 0..40),
        ) {
            let (mut ops, mut plain) = (Ops::default(), Vec::new());
            for (kind, object, slot, length, forwards, back) in pushes {
                let kind = if kind == 0 { OpKind::Char } else { OpKind::Delete };
                for offset in 0..length {
                    let slot = if forwards { slot + offset } else { (slot + 9) - offset };
                    let fact = OpFact::new(kind, object, slot);
                    ops.push(fact);
                    plain.push(fact);
                }
                for _ in 0..back {
                    prop_assert_eq!(ops.pop(), plain.pop());
                }
            }
            prop_assert_eq!(ops.len() as usize, plain.len());
            for place in 0..=ops.len() {
                prop_assert_eq!(ops.get(place), plain.get(place as usize).copied());
            }
        }

        #[test]
        fn what_is_typed_or_taken_out_on_end_is_one_run(length in 1..500_u32, forwards: bool) {
            let mut ops = Ops::default();
            for offset in 0..length {
                let slot = if forwards { 600 + offset } else { 600 - offset };
                ops.push(OpFact::new(OpKind::Delete, 0, slot));
            }
            prop_assert_eq!(ops.runs.len(), 1);
        }
    }
}
