//! From the index in memory to the bytes of an index file.

use super::super::file::FORMAT;
use super::super::frame::Binding;
use super::super::growing::{CHUNK_EVENTS, Growing, GrowingPlan};
use super::super::part::{Chunk, Run};
use super::stored::{MAGIC, checksum_of};
use super::{Footer, FooterBlock, FooterPlan, plan_key, seed, stream_key, stream_print};
use crate::log::index::Filter;

/// A block ends with the entry that brings it to this size.
const BLOCK_BYTES: usize = 4 << 10;
/// Fingerprints per entry; more only where they are the same.
const PRINTS_PER_ENTRY: usize = 256;

type Entry = (Vec<u8>, Vec<u8>);

/// The index file of a segment of `segment_bytes`.
#[must_use]
pub fn encode(binding: Binding, segment_bytes: u64, index: &Growing) -> Vec<u8> {
    let mut entries: Vec<Entry> = Vec::new();
    let mut footer = empty_footer(binding, segment_bytes);
    let plans = index.plans();
    let events: u64 = plans.values().map(|plan| plan.prints().count()).sum();
    let streams: u64 = plans.values().map(|plan| plan.streams().len() as u64).sum();
    let (mut id_filter, mut stream_filter) = (Filter::for_events(events), Filter::for_events(streams));
    for (id, plan) in plans {
        let head = plan.head();
        footer.plans.push(FooterPlan {
            plan: *id,
            first: plan.first(),
            next: head.next,
            chain: head.chain,
            recorded_at: head.recorded_at,
        });
        let prints = plan.prints().sorted();
        for (print, _) in &prints {
            id_filter.insert(*print);
        }
        entries.extend(
            plan.chunks()
                .iter()
                .map(|chunk| chunk_entry(plan_key(b'p', *id), chunk)),
        );
        for (stream, run) in plan.streams() {
            let prefix = stream_key(*id, stream);
            stream_filter.insert(stream_print(&prefix));
            entries.extend(run_entries(&prefix, run, plan));
        }
        entries.extend(print_entries(&plan_key(b'i', *id), &prints));
    }
    footer.ids = id_filter.as_bytes().to_vec();
    footer.streams = stream_filter.as_bytes().to_vec();
    entries.sort_unstable();
    assemble(binding, footer, &entries)
}

fn empty_footer(binding: Binding, segment_bytes: u64) -> Footer {
    Footer {
        salt: binding.salt,
        segment_bytes,
        plans: Vec::new(),
        blocks: Vec::new(),
        ids: Vec::new(),
        streams: Vec::new(),
    }
}

fn chunk_entry(prefix: Vec<u8>, chunk: &Chunk) -> Entry {
    let summary = chunk.summary.to_bytes();
    let length = u32::try_from(summary.len()).expect("a summary of 1,024 events is short");
    let places = chunk
        .places
        .iter()
        .flat_map(|place| [place.offset.to_be_bytes(), place.length.to_be_bytes()])
        .flatten();
    let value = length.to_be_bytes().into_iter().chain(summary).chain(places);
    (numbered(prefix, chunk.first.0), value.collect())
}

fn run_entries(prefix: &[u8], run: &Run, plan: &GrowingPlan) -> Vec<Entry> {
    let chunks = run.positions.chunks(CHUNK_EVENTS as usize);
    let firsts = (run.first.0..).step_by(CHUNK_EVENTS as usize);
    chunks
        .zip(firsts)
        .map(|(positions, first)| {
            let offsets = positions.iter().map(|position| position.0 - plan.first().0);
            let value = offsets.flat_map(|offset| {
                let offset = u32::try_from(offset).expect("a segment has fewer events than bytes");
                offset.to_be_bytes()
            });
            (numbered(prefix.to_vec(), first), value.collect())
        })
        .collect()
}

/// The same fingerprint never stands in two entries, so one look-up finds all its events.
fn print_entries(prefix: &[u8], sorted: &[(u64, u32)]) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    let mut last = None;
    for (print, offset) in sorted {
        let full = |value: &Vec<u8>| value.len() >= PRINTS_PER_ENTRY * 12 && last != Some(*print);
        if entries.last().is_none_or(|(_, value)| full(value)) {
            entries.push((numbered(prefix.to_vec(), *print), Vec::new()));
        }
        if let Some((_, value)) = entries.last_mut() {
            value.extend(print.to_be_bytes());
            value.extend(offset.to_be_bytes());
        }
        last = Some(*print);
    }
    entries
}

fn assemble(binding: Binding, mut footer: Footer, entries: &[Entry]) -> Vec<u8> {
    let mut file = Vec::new();
    let mut block: Vec<u8> = Vec::new();
    let mut first_key = None;
    for (key, value) in entries {
        first_key.get_or_insert_with(|| key.clone());
        block.extend(u16::try_from(key.len()).expect("keys are short").to_be_bytes());
        block.extend(
            u32::try_from(value.len())
                .expect("values are short")
                .to_be_bytes(),
        );
        block.extend(key);
        block.extend(value);
        if block.len() >= BLOCK_BYTES {
            footer
                .blocks
                .extend(end_block(binding, &mut file, &mut block, first_key.take()));
        }
    }
    footer
        .blocks
        .extend(end_block(binding, &mut file, &mut block, first_key));
    let offset = file.len() as u64;
    let Ok(footer) = minicbor::to_vec(&footer)
        .map_err(|_| -> std::convert::Infallible { unreachable!("a footer has an encoding") });
    let checksum = checksum_of(seed(binding), offset, &footer);
    file.extend(footer);
    file.extend(offset.to_be_bytes());
    file.extend(checksum.to_be_bytes());
    file.extend(FORMAT.to_be_bytes());
    file.extend(MAGIC);
    file
}

fn end_block(
    binding: Binding,
    file: &mut Vec<u8>,
    block: &mut Vec<u8>,
    first_key: Option<Vec<u8>>,
) -> Option<FooterBlock> {
    let first_key = first_key?;
    let offset = file.len() as u64;
    file.extend(checksum_of(seed(binding), offset, block).to_be_bytes());
    file.append(block);
    Some(FooterBlock {
        first_key,
        offset,
        length: file.len() as u64 - offset,
    })
}

fn numbered(mut prefix: Vec<u8>, number: u64) -> Vec<u8> {
    prefix.extend(number.to_be_bytes());
    prefix
}
