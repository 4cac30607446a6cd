//! What a server's process has used, by Linux's `/proc`: benchmarks put it beside what was delivered.

use anyhow::{Context, Result};

use crate::served::Served;

/// Processor time and memory of a process of its own.
#[derive(Debug, Clone, Copy)]
pub struct Usage {
    /// Seconds of processor time since its start.
    pub cpu_s: f64,
    /// Resident memory, MB.
    pub now_mb: u64,
    /// The most resident memory it ever had, MB.
    pub peak_mb: u64,
}

impl Usage {
    /// # Errors
    /// When the server is no process of its own, or `/proc` cannot be read.
    pub fn of(server: &Served) -> Result<Self> {
        Self::of_process(server.pid().context("a process of its own")?)
    }

    /// The same of any process.
    ///
    /// # Errors
    /// When there is no such process.
    pub fn of_process(pid: u32) -> Result<Self> {
        const TICKS_PER_SECOND: f64 = 100.0;
        let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
        let mb = |name: &str| {
            let line = status.lines().find(|line| line.starts_with(name));
            let kb = line.and_then(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok());
            kb.unwrap_or(0) / 1_024
        };
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"))?;
        // Fields 14 and 15, counted behind the command's name, which may hold blanks.
        let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
        let ticks: f64 = fields
            .skip(11)
            .take(2)
            .filter_map(|field| field.parse::<f64>().ok())
            .sum();
        Ok(Self {
            cpu_s: ticks / TICKS_PER_SECOND,
            now_mb: mb("VmRSS"),
            peak_mb: mb("VmHWM"),
        })
    }
}
