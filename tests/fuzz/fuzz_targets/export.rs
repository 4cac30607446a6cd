//! Any bytes as an export: no panic, the same verdict in whatever pieces they come, and behind a good first line
//! nothing but what a plan's log can hold is called right.

#![no_main]

use std::convert::Infallible;

use libfuzzer_sys::fuzz_target;
use schema::export::{Reading, Stopped, Trusted};

const GOOD: &str = include_str!("../../golden/export/plan-1.jsonl");

fn verdict<'a>(pieces: impl Iterator<Item = &'a [u8]>) -> Result<u64, String> {
    let mut reading = Reading::new(Trusted::default());
    for piece in pieces {
        match reading.push(piece, |_| Ok::<_, Infallible>(())) {
            Ok(()) => {}
            Err(Stopped::Fault(fault)) => return Err(fault.to_string()),
            Err(Stopped::Taker(never)) => match never {},
        }
    }
    reading.finish().map(|report| report.head.size).map_err(|fault| fault.to_string())
}

fuzz_target!(|bytes: &[u8]| {
    let whole = verdict(std::iter::once(bytes));
    assert_eq!(whole, verdict(bytes.chunks(7)), "pieces make no difference");
    let (first, _) = GOOD.split_once('\n').expect("the golden file has lines");
    let begun = [first.as_bytes(), b"\n"].concat();
    let _ = verdict([begun.as_slice(), bytes].into_iter());
});
