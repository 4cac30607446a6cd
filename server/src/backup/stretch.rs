//! How a plan is divided over the files of a backup, and which of them a run writes again.
//!
//! Why it is apart from the writing: how much room a run needs is asked with the same rules before anything is written.

use schema::ids::{PlanId, Position};
use schema::limits::{BACKUP_FILE_BYTES_MAX, BACKUP_FILE_EVENTS_MAX, BACKUP_PIECES_MAX};

use super::manifest::RecordsFile;
use super::source::End;
use crate::log::Extent;

/// A plan as the backup has it and as it is now.
pub(super) struct Growing {
    pub(super) end: End,
    /// The first position that the backup did not have.
    pub(super) had: Position,
    /// The files it has, in order.
    pub(super) pieces: Vec<RecordsFile>,
    pub(super) erased: Vec<(Position, Extent)>,
}

impl Growing {
    /// The stretches of the plan, each with the files there are of it.
    pub(super) fn stretches(&self) -> impl Iterator<Item = (Stretch, Vec<&RecordsFile>)> {
        let End { plan, next: end, .. } = self.end;
        let starts = (0..end.0).step_by(usize::try_from(BACKUP_FILE_EVENTS_MAX).unwrap_or(usize::MAX));
        starts.map(move |start| {
            let full = Position(start + BACKUP_FILE_EVENTS_MAX);
            let stretch = Stretch {
                plan,
                start: Position(start),
                end: full.min(end),
                full: full <= end,
            };
            let within = stretch.start..full;
            let own = self.pieces.iter().filter(|piece| within.contains(&piece.first));
            (stretch, own.collect())
        })
    }

    /// Bytes of the files that are written again, as far as it is known before they are read.
    pub(super) fn bytes_again(&self) -> u64 {
        let again = self.stretches().flat_map(|(stretch, pieces)| {
            let as_one = stretch.are_to_be_one(&pieces);
            let again = pieces
                .into_iter()
                .filter(move |piece| as_one || !lacks_what_was_erased(piece, &self.erased));
            again.map(|piece| piece.file.bytes)
        });
        again.sum()
    }
}

/// Consecutive positions of a plan that end up in one file.
pub(super) struct Stretch {
    pub(super) plan: PlanId,
    pub(super) start: Position,
    pub(super) end: Position,
    full: bool,
}

impl Stretch {
    /// The first position that its files do not have.
    pub(super) fn covered(&self, pieces: &[&RecordsFile]) -> Position {
        pieces.last().map_or(self.start, |piece| piece.end)
    }

    /// Whether its pieces and what is new of it are to be written as one.
    pub(super) fn are_to_be_one(&self, pieces: &[&RecordsFile]) -> bool {
        let grows = self.covered(pieces) < self.end;
        let count = pieces.len() + usize::from(grows);
        let pairs = pieces.iter().zip(pieces.iter().skip(1));
        let fit = |(one, other): (&&RecordsFile, &&RecordsFile)| {
            one.file.bytes + other.file.bytes <= BACKUP_FILE_BYTES_MAX
        };
        let too_many = count > BACKUP_PIECES_MAX || (self.full && count > 1);
        // Files that are several only because of their size stay as they are.
        too_many && (grows || pairs.into_iter().any(fit))
    }
}

/// Whether a file holds nothing that was erased since it was written.
pub(super) fn lacks_what_was_erased(piece: &RecordsFile, erased: &[(Position, Extent)]) -> bool {
    let within = erased.iter().filter(|(position, _)| piece.holds(*position));
    let (mut payloads, mut salts) = (0, 0);
    for (_, extent) in within {
        payloads += 1;
        salts += u64::from(*extent == Extent::PayloadAndEnvelopeSalt);
    }
    (payloads, salts) == (piece.erased_payloads, piece.erased_salts)
}
