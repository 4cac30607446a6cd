//! Finds a compiler that can make wasm here, installing one when it may.
//!
//! # Invariants
//!
//! - The first route that works is taken, in the order: a target already there, rustup, Debian's packages.
//! - When none works the message names what was tried and what to do.

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::{Layout, Module};

const TARGET: &str = "wasm32-unknown-unknown";
const PROFILE: &str = "wasm";
const DEBIAN_PACKAGES: [&str; 4] = ["rustc-web", "cargo-web", "rust-web-src", "lld-22"];

/// The way to a wasm module on this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Route {
    /// The default toolchain has the target.
    Installed,
    /// The default toolchain got the target from rustup a moment ago.
    Rustup,
    /// Debian's second Rust, which carries the standard library's source; it is compiled along.
    Debian,
}

impl fmt::Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Installed => "the wasm target of the default toolchain",
            Self::Rustup => "the wasm target rustup just added",
            Self::Debian => "Debian's rustc-web, compiling the standard library along",
        })
    }
}

/// Takes the first route that works.
pub fn choose() -> Result<Route> {
    if std::env::var_os("WASM_ROUTE").is_some_and(|route| route == "debian") {
        return debian();
    }
    if has_target() {
        return Ok(Route::Installed);
    }
    println!("wasm: the target {TARGET} is not installed; asking rustup");
    if rustup_adds_target() && has_target() {
        return Ok(Route::Rustup);
    }
    println!("wasm: rustup could not add it; trying Debian's packages");
    debian()
}

impl Route {
    /// Compiles one module of `client-wasm` and says where it lies.
    pub fn build(self, layout: &Layout, module: &Module) -> Result<PathBuf> {
        let target_dir = layout
            .target
            .join(if self == Self::Debian { "debian" } else { "rustup" });
        let mut cargo = self.cargo();
        cargo
            .current_dir(&layout.root)
            .args(["build", "--package", "client-wasm", "--lib"])
            .args(["--no-default-features", "--features", module.feature]);
        cargo
            .args(["--profile", PROFILE, "--target", TARGET, "--target-dir"])
            .arg(&target_dir);
        cargo.env("CARGO_ENCODED_RUSTFLAGS", remapped_paths(&layout.root));
        let status = cargo.status().context("cannot start cargo")?;
        if !status.success() {
            bail!("the browser's half does not compile to wasm (see above)");
        }
        Ok(target_dir.join(TARGET).join(PROFILE).join("client_wasm.wasm"))
    }

    fn cargo(self) -> Command {
        if self != Self::Debian {
            return Command::new("cargo");
        }
        let mut cargo = Command::new("/usr/bin/cargo");
        let path = std::env::var("PATH").unwrap_or_default();
        cargo
            .env("PATH", format!("/usr/bin:{path}"))
            .env("RUSTC", "/usr/bin/rustc")
            .env("RUSTC_BOOTSTRAP", "1");
        cargo
            .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", "wasm-ld-22")
            .env_remove("RUSTUP_TOOLCHAIN");
        cargo.arg("-Zbuild-std=std,panic_abort");
        cargo
    }
}

/// Panic messages carry source paths: they should name crates, not the folders of the builder's machine.
fn remapped_paths(root: &Path) -> String {
    let home =
        std::env::var("CARGO_HOME").or_else(|_| std::env::var("HOME").map(|home| format!("{home}/.cargo")));
    let registry = home.unwrap_or_default();
    let flags = [
        format!("{registry}/registry/src=crates"),
        format!("{}=schrijftafel", root.display()),
    ];
    flags
        .map(|remap| format!("--remap-path-prefix={remap}"))
        .join("\u{1f}")
}

fn has_target() -> bool {
    let found = Command::new("rustc")
        .args(["--print", "target-libdir", "--target", TARGET])
        .output();
    let Ok(found) = found else { return false };
    let folder = PathBuf::from(String::from_utf8_lossy(&found.stdout).trim());
    let Ok(mut entries) = folder.read_dir() else {
        return false;
    };
    entries.any(|entry| entry.is_ok_and(|e| e.file_name().to_string_lossy().starts_with("libcore-")))
}

fn rustup_adds_target() -> bool {
    let mut rustup = Command::new("rustup");
    rustup
        .args(["target", "add", TARGET])
        .env("RUSTUP_MAX_RETRIES", "1");
    rustup.status().is_ok_and(|status| status.success())
}

fn debian() -> Result<Route> {
    if debian_is_complete() {
        return Ok(Route::Debian);
    }
    let command = format!(
        "apt-get install -y --no-install-recommends {}",
        DEBIAN_PACKAGES.join(" ")
    );
    if !is_root() || !Path::new("/usr/bin/apt-get").exists() {
        bail!(
            "no compiler for {TARGET} here. Do one of these and try again:\n  \
             rustup target add {TARGET}\n  sudo {command}   (Debian 12 or later)"
        );
    }
    println!("wasm: {command}");
    apt(&["update", "-q"])?;
    let mut install = vec!["install", "-y", "-q", "--no-install-recommends"];
    install.extend(DEBIAN_PACKAGES);
    apt(&install)?;
    if !debian_is_complete() {
        bail!("Debian's packages were installed, but wasm-ld-22 or the standard library's source is missing");
    }
    Ok(Route::Debian)
}

fn debian_is_complete() -> bool {
    let has_linker = Path::new("/usr/bin/wasm-ld-22").exists();
    let asked = Command::new("/usr/bin/rustc")
        .args(["--print", "sysroot"])
        .output();
    let sysroot = asked
        .map(|out| String::from_utf8_lossy(&out.stdout).trim().to_owned())
        .unwrap_or_default();
    let source = Path::new(&sysroot).join("lib/rustlib/src/rust/library/std");
    has_linker && Path::new("/usr/bin/cargo").exists() && !sysroot.is_empty() && source.exists()
}

fn apt(arguments: &[&str]) -> Result<()> {
    let mut apt = Command::new("apt-get");
    apt.args(arguments)
        .env("DEBIAN_FRONTEND", "noninteractive")
        .stdin(Stdio::null());
    let status = apt.status().context("cannot start apt-get")?;
    if !status.success() {
        bail!("apt-get {} failed (see above)", arguments.join(" "));
    }
    Ok(())
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output();
    id.is_ok_and(|out| out.stdout.trim_ascii() == b"0")
}
