//! The child that the crash test kills: appends known content to a log on disk, and says what was acknowledged; or
//! compacts the log over and over (`crash_log_child DIRECTORY compact`); or writes one file, flushed or not, to try the
//! disk that the tests put under it (`crash_log_child FILE write-flushed`).
//!
//! `crash_log_child DIRECTORY FIRST…`: appender *i* begins with its `FIRST`-th append, which the log may already
//! hold. Each line on the output is an acknowledgement: `appender number position`. It ends only by being killed.

use std::io::Write;
use std::sync::{Arc, Mutex};

use anyhow::Context;
use schrijftafel_server::log::{AppendError, EventLog, LogWriter, WriterConfig, compact, engine};
use tests::crash_log::{Append, FILE_BYTE, FILE_BYTES, request};

fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1).collect::<Vec<_>>().into_iter();
    let directory = arguments.next().context("which directory?")?;
    let directory = std::path::PathBuf::from(directory);
    match arguments.as_slice().first().map(String::as_str) {
        Some("compact") => return compact_forever(&directory),
        Some("write-flushed") => return write_a_file(&directory, true),
        Some("write-unflushed") => return write_a_file(&directory, false),
        _ => {}
    }
    let firsts: Vec<u64> = arguments.map(|first| first.parse()).collect::<Result<_, _>>()?;
    let log = engine::open_or_start(&directory, None)?;
    let log: Arc<dyn EventLog> = Arc::from(log as Box<dyn EventLog>);
    let writer = LogWriter::start(log, WriterConfig::default())?;
    say("ready");
    let appenders: Vec<_> = (0..)
        .zip(firsts)
        .map(|(appender, first)| {
            let writer = writer.clone();
            std::thread::spawn(move || append_forever(&writer, appender, first))
        })
        .collect();
    for appender in appenders {
        let ended = appender
            .join()
            .map_err(|_| anyhow::anyhow!("an appender panicked"))?;
        ended?;
    }
    Ok(())
}

fn compact_forever(directory: &std::path::Path) -> anyhow::Result<()> {
    say("ready");
    loop {
        compact::compact(directory, &mut |_| ())?;
        say("compacted");
    }
}

fn write_a_file(path: &std::path::Path, flushes: bool) -> anyhow::Result<()> {
    let mut file = std::fs::File::create(path)?;
    for _ in 0..FILE_BYTES / 1_024 {
        file.write_all(&[FILE_BYTE; 1_024])?;
    }
    if flushes {
        file.sync_data()?;
    }
    Ok(())
}

/// One append after the other, each only after the one before was acknowledged.
fn append_forever(writer: &LogWriter, appender: u32, first: u64) -> anyhow::Result<()> {
    for number in first.. {
        let (answer, answered) = std::sync::mpsc::channel();
        let append = Append { appender, number };
        writer.submit(request(append), Box::new(move |result| drop(answer.send(result))))?;
        let appended: Result<_, AppendError> = answered.recv()?;
        let position = appended?.placed.first().context("one place per event")?.position;
        say(&format!("{appender} {number} {position}"));
    }
    Ok(())
}

/// A whole line at once, so that a kill tears at most the last one.
fn say(line: &str) {
    static OUTPUT: Mutex<()> = Mutex::new(());
    let _turn = OUTPUT.lock();
    let mut output = std::io::stdout().lock();
    // The parent is gone when this fails, and then nobody listens.
    let _ = output.write_all(format!("{line}\n").as_bytes());
    let _ = output.flush();
}
