//! Turns the compiler's module into what the web application imports: bindings, types and a smaller module.
//!
//! Why a library and not the command `wasm-bindgen`: the module and the generator must be of one version, and
//! `Cargo.lock` holds both.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use wasm_bindgen_cli_support::Bindgen;

use crate::{Layout, Module};

/// What a wasm module may use: all of it is in every browser since 2022.
const FEATURES: [&str; 6] = [
    "bulk-memory",
    "multivalue",
    "mutable-globals",
    "nontrapping-float-to-int",
    "reference-types",
    "sign-ext",
];

/// The module's size in bytes at each step.
#[derive(Debug, Clone, Copy)]
pub struct Sizes {
    compiled: u64,
    optimised: u64,
}

impl fmt::Display for Sizes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} kB, {} kB after wasm-opt",
            self.compiled / 1000,
            self.optimised / 1000
        )
    }
}

/// Writes bindings, types and the optimised module into the web application.
pub fn make(layout: &Layout, module: &Module, compiled: &Path) -> Result<Sizes> {
    if module.pkg.exists() {
        fs::remove_dir_all(&module.pkg).context("cannot remove the previous module")?;
    }
    fs::create_dir_all(&module.pkg).context("cannot make the module's folder")?;
    let mut bindgen = Bindgen::new();
    bindgen
        .input_path(compiled)
        .out_name("client_wasm")
        .typescript(true)
        .remove_producers_section(true);
    bindgen
        .web(true)?
        .generate(&module.pkg)
        .context("wasm-bindgen failed")?;
    let wasm = module.pkg.join("client_wasm_bg.wasm");
    let compiled_bytes = fs::metadata(&wasm)?.len();
    optimise(layout, &wasm)?;
    Ok(Sizes {
        compiled: compiled_bytes,
        optimised: fs::metadata(&wasm)?.len(),
    })
}

fn optimise(layout: &Layout, wasm: &Path) -> Result<()> {
    let program = wasm_opt(layout)?;
    let smaller = wasm.with_extension("opt.wasm");
    let mut optimiser = Command::new("node");
    optimiser
        .arg(&program)
        .arg("-Os")
        .args(FEATURES.map(|feature| format!("--enable-{feature}")));
    let status = optimiser.arg(wasm).arg("-o").arg(&smaller).status();
    if !status
        .context("cannot start node: Node 20 or later is needed")?
        .success()
    {
        bail!("wasm-opt failed (see above)");
    }
    fs::rename(&smaller, wasm).context("cannot replace the module by its optimised form")
}

/// The npm package `binaryen`, at the version of the lock file; fetched on the first build.
fn wasm_opt(layout: &Layout) -> Result<PathBuf> {
    let folder = layout.root.join("client-wasm/build-tool");
    let program = folder.join("node_modules/binaryen/bin/wasm-opt");
    if program.exists() {
        return Ok(program);
    }
    println!("wasm: fetching wasm-opt (npm ci)");
    let status = Command::new("npm").arg("ci").current_dir(&folder).status();
    if !status
        .context("cannot start npm: Node 20 or later is needed")?
        .success()
    {
        bail!("npm ci failed in client-wasm/build-tool (see above)");
    }
    Ok(program)
}
