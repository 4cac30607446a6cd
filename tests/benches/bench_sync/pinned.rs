//! One core for the server and one for who drives it, so that neither takes from the other.

use std::process::Command;

use anyhow::{Context, Result, ensure};
use tests::served::Served;

/// While it lives the server and this process each have a core of their own; then this process has all of its own again.
pub struct Apart {
    before: String,
}

/// Gives the server the first core that this process may use, and this process the second.
pub fn apart(server: &Served) -> Result<Apart> {
    let before = cores_of_this_process()?;
    let cores: Vec<u32> = each_of(&before)?;
    let [first, second, ..] = cores.as_slice() else {
        anyhow::bail!("this needs two cores");
    };
    let server = server.pid().context("a process of its own")?;
    let apart = Apart { before };
    pin(server, &first.to_string())?;
    pin(std::process::id(), &second.to_string())?;
    Ok(apart)
}

impl Drop for Apart {
    fn drop(&mut self) {
        if let Err(error) = pin(std::process::id(), &self.before) {
            eprintln!("this process stays on one core: {error:#}");
        }
    }
}

/// As the kernel writes it: `0-3,8`.
fn cores_of_this_process() -> Result<String> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let mut lines = status.lines();
    let cores = lines.find_map(|line| line.strip_prefix("Cpus_allowed_list:"));
    Ok(cores.context("the cores of this process")?.trim().to_owned())
}

fn each_of(list: &str) -> Result<Vec<u32>> {
    let mut cores = Vec::new();
    for part in list.split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        cores.extend(first.parse::<u32>()?..=last.parse()?);
    }
    Ok(cores)
}

/// All threads of a process: those that run already keep their place otherwise.
fn pin(process: u32, cores: &str) -> Result<()> {
    let mut taskset = Command::new("taskset");
    taskset.args(["--all-tasks", "--cpu-list", "--pid", cores, &process.to_string()]);
    let done = taskset.output().context("cannot run taskset (util-linux)")?;
    ensure!(
        done.status.success(),
        "taskset: {}",
        String::from_utf8_lossy(&done.stderr)
    );
    Ok(())
}
