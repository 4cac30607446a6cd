//! Walks the operation columns of a change run by run.
//!
//! Why it exists: a run of two million costs four bytes to write and hundreds of megabytes to decode. The
//! walk adds the runs up, and checks each value that automerge would allocate for, index with or narrow
//! without asking: string lengths, actor indexes, counters.

use super::leb::Reader;
use crate::limits;
use crate::text::refusal::ChangeRefusal;

// Column specifications: id << 4 | type, as in the automerge binary format.
const OBJECT_ACTOR: u64 = 0x01;
const OBJECT_COUNTER: u64 = 0x02;
const KEY_ACTOR: u64 = 0x11;
const KEY_COUNTER: u64 = 0x13;
const KEY_STRING: u64 = 0x15;
const INSERT: u64 = 0x34;
const ACTION: u64 = 0x42;
const VALUE_META: u64 = 0x56;
const VALUE: u64 = 0x57;
const PRED_GROUP: u64 = 0x70;
const PRED_ACTOR: u64 = 0x71;
const PRED_COUNTER: u64 = 0x73;
const EXPAND: u64 = 0x94;
const MARK_NAME: u64 = 0xa5;

const COLUMNS_MAX: u64 = 14;
const ACTION_LAST: u64 = 7;

/// Checks every column and returns the number of operations they claim, which may be `ops_max`.
pub(super) fn walk(reader: &mut Reader<'_>, actors: u64, ops_max: u64) -> Result<u64, ChangeRefusal> {
    let layout = read_layout(reader)?;
    let mut ops = 0;
    let mut values_claimed = 0;
    let mut values_present = 0;
    for (column, length) in layout {
        let data = (Reader::new(reader.take(length)?), ops_max);
        match column {
            OBJECT_ACTOR | KEY_ACTOR | PRED_ACTOR => {
                walk_numbers(data, |actor, _| within(actor, actors.saturating_sub(1)))?;
            }
            OBJECT_COUNTER => {
                walk_numbers(data, |counter, _| counter_fits(i128::from(counter)))?;
            }
            KEY_COUNTER | PRED_COUNTER => walk_deltas(data)?,
            KEY_STRING | MARK_NAME => walk_strings(data)?,
            INSERT | EXPAND => walk_booleans(data)?,
            ACTION => ops = walk_numbers(data, |action, _| within(action, ACTION_LAST))?,
            PRED_GROUP => walk_groups(data)?,
            VALUE_META => values_claimed = walk_value_lengths(data)?,
            VALUE => values_present = length,
            _ => return Err(ChangeRefusal::Malformed),
        }
    }
    if values_claimed > values_present {
        return Err(ChangeRefusal::Malformed);
    }
    Ok(ops)
}

/// Columns and their lengths. Known columns only, each once, in order; compressed ones are not known.
fn read_layout(reader: &mut Reader<'_>) -> Result<Vec<(u64, u64)>, ChangeRefusal> {
    let count = reader.unsigned()?;
    if count > COLUMNS_MAX {
        return Err(ChangeRefusal::Malformed);
    }
    let mut layout = Vec::new();
    let mut last = None;
    for _ in 0..count {
        let column = reader.unsigned()?;
        if last >= Some(column) {
            return Err(ChangeRefusal::Malformed);
        }
        last = Some(column);
        layout.push((column, reader.unsigned()?));
    }
    Ok(layout)
}

fn within(value: u64, last: u64) -> Result<(), ChangeRefusal> {
    if value <= last {
        Ok(())
    } else {
        Err(ChangeRefusal::Malformed)
    }
}

fn counter_fits(counter: i128) -> Result<(), ChangeRefusal> {
    match u32::try_from(counter) {
        Ok(_) => Ok(()),
        Err(_) if counter < 0 => Err(ChangeRefusal::Malformed),
        Err(_) => Err(ChangeRefusal::CounterTooLarge),
    }
}

/// Adds a run to a column's length and refuses one that is too long.
fn add_run(total: &mut u64, run: u64, ops_max: u64) -> Result<(), ChangeRefusal> {
    *total = total.saturating_add(run);
    if *total > ops_max {
        Err(ChangeRefusal::TooManyOperations)
    } else {
        Ok(())
    }
}

/// A column, and how many values it may claim.
type Column<'b> = (Reader<'b>, u64);

/// Walks a run-length encoded column: a positive count before a repeated value, a negative one before so many
/// values, a zero before a count of nulls. `read` takes one value and the length of its run.
fn walk_runs(
    (mut data, max): Column<'_>,
    mut read: impl FnMut(&mut Reader<'_>, u64) -> Result<(), ChangeRefusal>,
) -> Result<u64, ChangeRefusal> {
    let mut total = 0;
    while !data.is_empty() {
        let count = data.signed()?;
        match count {
            0 => {
                let nulls = data.unsigned()?;
                if nulls == 0 {
                    return Err(ChangeRefusal::Malformed);
                }
                add_run(&mut total, nulls, max)?;
            }
            1.. => {
                add_run(&mut total, count.unsigned_abs(), max)?;
                read(&mut data, count.unsigned_abs())?;
            }
            _ => {
                add_run(&mut total, count.unsigned_abs(), max)?;
                for _ in 0..count.unsigned_abs() {
                    read(&mut data, 1)?;
                }
            }
        }
    }
    Ok(total)
}

fn walk_numbers(
    data: Column<'_>,
    mut check: impl FnMut(u64, u64) -> Result<(), ChangeRefusal>,
) -> Result<u64, ChangeRefusal> {
    walk_runs(data, |data, run| {
        let value = data.unsigned()?;
        check(value, run)
    })
}

/// Deltas add up to counters: within a run they only rise or only fall, so its end says it all.
fn walk_deltas(data: Column<'_>) -> Result<(), ChangeRefusal> {
    let mut counter = 0_i128;
    walk_runs(data, |data, run| {
        counter += i128::from(data.signed()?) * i128::from(run);
        counter_fits(counter)
    })?;
    Ok(())
}

fn walk_strings(data: Column<'_>) -> Result<(), ChangeRefusal> {
    walk_runs(data, |data, _| {
        let length = data.unsigned()?;
        if length > limits::CHANGE_NAME_BYTES_MAX as u64 {
            return Err(ChangeRefusal::NameTooLong);
        }
        std::str::from_utf8(data.take(length)?).map_err(|_| ChangeRefusal::Malformed)?;
        Ok(())
    })?;
    Ok(())
}

fn walk_booleans((mut data, max): Column<'_>) -> Result<(), ChangeRefusal> {
    let mut total = 0;
    while !data.is_empty() {
        let run = data.unsigned()?;
        add_run(&mut total, run, max)?;
    }
    Ok(())
}

/// How many predecessors each operation has; their sum is what will be allocated.
fn walk_groups((data, max): Column<'_>) -> Result<(), ChangeRefusal> {
    let mut total = 0;
    walk_numbers((data, max), |size, run| {
        add_run(&mut total, size.saturating_mul(run), max)
    })?;
    Ok(())
}

/// The bytes that the values claim: length and type share one number.
fn walk_value_lengths(data: Column<'_>) -> Result<u64, ChangeRefusal> {
    let mut claimed = 0_u64;
    walk_numbers(data, |meta, run| {
        claimed = claimed.saturating_add((meta >> 4).saturating_mul(run));
        Ok(())
    })?;
    Ok(claimed)
}
