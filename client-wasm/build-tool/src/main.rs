//! Builds the browser's half: Rust → wasm → bindings → `client-wasm/web/src/core/pkg`, and beside it the small modules
//! that check proofs (`pkg-proof`) and exports (`pkg-check`).
//!
//! # Why it exists
//!
//! The usual recipe (`rustup target add`, `cargo install wasm-bindgen-cli`) needs servers that a closed network
//! may not reach, and lets two versions drift that must be equal. This tool finds a compiler that can do it
//! ([`route`]), keeps the bindings generator in `Cargo.lock` ([`package`]), and does nothing when nothing
//! changed ([`fingerprint`]).
//!
//! Run it from anywhere in the repository: `cargo run -p wasm-build`. `WASM_ROUTE=debian` skips rustup.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

mod fingerprint;
mod package;
mod route;

/// Where things are, from the root of the repository.
#[derive(Debug)]
pub struct Layout {
    /// The root of the repository.
    pub root: PathBuf,
    /// The compiler's output; apart from the native one, for it may come from another compiler.
    pub target: PathBuf,
    /// What is built.
    pub modules: [Module; 3],
}

/// One module of the browser's half.
#[derive(Debug)]
pub struct Module {
    /// The feature of `client-wasm` that makes it.
    pub feature: &'static str,
    /// Where the web application imports it from.
    pub pkg: PathBuf,
}

impl Layout {
    fn find() -> Result<Self> {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let root = here
            .ancestors()
            .nth(2)
            .context("the build tool lies two folders below the root")?;
        let target = match std::env::var_os("CARGO_TARGET_DIR") {
            Some(shared) => PathBuf::from(shared).join("wasm"),
            None => root.join("target-wasm"),
        };
        let module = |feature, folder: &str| Module {
            feature,
            pkg: root.join("client-wasm/web/src/core").join(folder),
        };
        Ok(Self {
            root: root.to_path_buf(),
            target,
            modules: [
                module("pages", "pkg"),
                module("proof", "pkg-proof"),
                module("export-check", "pkg-check"),
            ],
        })
    }
}

fn main() -> Result<()> {
    let layout = Layout::find()?;
    let wanted = fingerprint::of_sources(&layout)?;
    let stale = layout
        .modules
        .iter()
        .filter(|module| !fingerprint::is_built(module, &wanted));
    let stale: Vec<_> = stale.collect();
    if stale.is_empty() {
        println!("wasm: nothing changed since the last build");
        return Ok(());
    }
    let route = route::choose()?;
    for module in stale {
        println!("wasm: building {} with {route}", module.feature);
        let compiled = route.build(&layout, module)?;
        let sizes = package::make(&layout, module, &compiled)?;
        fingerprint::remember(module, &wanted)?;
        println!("wasm: {sizes}");
    }
    Ok(())
}
