//! Who may depend on whom: between packages, between layers, and between pure code and the world.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;

use crate::tree::{SourceFile, assert_none, files, root};

/// For each package, the workspace packages it may use.
const MAY_USE: [(&str, &[&str]); 5] = [
    ("schema", &[]),
    ("server", &["schema"]),
    ("client-wasm", &["schema"]),
    ("wasm-build", &[]),
    ("tests", &["schema", "server", "client-wasm"]),
];

#[test]
fn packages_depend_only_where_they_may() {
    let used = workspace_dependencies();
    let allowed: BTreeMap<_, _> = MAY_USE.into_iter().collect();
    assert_eq!(
        used.keys().map(String::as_str).collect::<Vec<_>>(),
        allowed.keys().copied().collect::<Vec<_>>()
    );
    let mut breaches = Vec::new();
    for (package, uses) in &used {
        for other in uses
            .iter()
            .filter(|other| !allowed[package.as_str()].contains(&other.as_str()))
        {
            breaches.push(format!("{package} uses {other}"));
        }
    }
    assert_none("the dependency rule is broken", &breaches);
}

fn workspace_dependencies() -> BTreeMap<String, BTreeSet<String>> {
    let arguments = ["metadata", "--format-version", "1", "--no-deps", "--offline"];
    let asked = Command::new(env!("CARGO"))
        .args(arguments)
        .current_dir(root())
        .output()
        .expect("cargo runs");
    assert!(
        asked.status.success(),
        "cargo metadata: {}",
        String::from_utf8_lossy(&asked.stderr)
    );
    let metadata: Value = serde_json::from_slice(&asked.stdout).expect("cargo metadata is JSON");
    let packages = metadata["packages"].as_array().expect("cargo lists packages");
    let name = |value: &Value| value["name"].as_str().expect("a package has a name").to_owned();
    let members: BTreeSet<_> = packages.iter().map(name).collect();
    let uses = |package: &Value| {
        let listed = package["dependencies"]
            .as_array()
            .expect("a package lists its dependencies");
        listed
            .iter()
            .map(name)
            .filter(|other| members.contains(other))
            .collect()
    };
    packages
        .iter()
        .map(|package| (name(package), uses(package)))
        .collect()
}

/// The folders whose code is a function of its arguments alone.
const PURE: [&str; 3] = ["schema/src/", "server/src/core/", "server/src/core.rs"];
const IMPURE: [&str; 16] = [
    "Instant",
    "SystemTime",
    "HashMap",
    "HashSet",
    "tokio::",
    "std::fs",
    "std::net",
    "std::env",
    "std::thread",
    "std::process",
    "thread_rng",
    "getrandom",
    "rand::",
    "new_v4",
    "now_v7",
    "ActorId::random",
];

#[test]
fn pure_code_sees_no_clock_no_chance_and_no_world() {
    let mut breaches = Vec::new();
    let all = files();
    let helpers: Vec<_> = all.iter().flat_map(test_modules).collect();
    for file in all
        .iter()
        .filter(|file| is_pure(file) && !helpers.contains(&file.path))
    {
        for (number, line) in code_lines(file) {
            for word in IMPURE.iter().filter(|word| line.contains(**word)) {
                breaches.push(format!("{}:{number}: {word}", file.path));
            }
        }
    }
    assert_none(
        "pure code takes time, ids and salts as arguments, and keeps order",
        &breaches,
    );
}

fn is_pure(file: &SourceFile) -> bool {
    PURE.iter().any(|folder| file.path.starts_with(folder)) && file.extension() == "rs" && !file.is_test()
}

/// The files of modules that a file declares for its tests only (`#[cfg(test)] mod name;`).
fn test_modules(parent: &SourceFile) -> Vec<String> {
    let stem = parent.path.trim_end_matches(".rs").trim_end_matches("/lib");
    let declared = parent.text.split("#[cfg(test)]").skip(1).filter_map(|rest| {
        let line = rest.trim_start().lines().next()?;
        let name = line.split_once("mod ")?.1.strip_suffix(';')?;
        Some(format!("{stem}/{name}.rs"))
    });
    declared.collect()
}

/// Lines of code outside comments and outside an inline test module.
fn code_lines(file: &SourceFile) -> impl Iterator<Item = (usize, &str)> {
    let lines = file
        .text
        .lines()
        .enumerate()
        .map(|(index, line)| (index + 1, line));
    let code = lines.take_while(|(_, line)| !line.starts_with("#[cfg(test)]"));
    code.filter(|(_, line)| !line.trim_start().starts_with("//"))
}

/// (the layer, the words it may not use)
const LAYERS: [(&str, &[&str]); 6] = [
    (
        "server/src/core",
        &[
            "crate::http",
            "crate::shell",
            "crate::views",
            "crate::cli",
            "crate::clock",
        ],
    ),
    (
        "server/src/log",
        &[
            "crate::http",
            "crate::shell",
            "crate::core",
            "crate::views",
            "crate::cli",
            "axum",
        ],
    ),
    (
        "client-wasm/web/src/editor/",
        &["from 'react", "from \"react", "core/pkg"],
    ),
    ("client-wasm/web/src/ui/", &["prosemirror-", "core/pkg"]),
    (
        "client-wasm/web/src/core/",
        &["from 'react", "from \"react", "/ui/"],
    ),
    (
        "client-wasm/web/src/api/",
        &["from 'react", "from \"react", "/ui/", "core/pkg"],
    ),
];

#[test]
fn layers_import_only_along_the_way_of_the_data() {
    let mut breaches = Vec::new();
    for file in files().into_iter().filter(|file| !file.is_test()) {
        for (layer, forbidden) in LAYERS.iter().filter(|(layer, _)| file.path.starts_with(layer)) {
            for (number, line) in code_lines(&file) {
                for word in forbidden.iter().filter(|word| line.contains(**word)) {
                    breaches.push(format!("{}:{number}: {word} in {layer}", file.path));
                }
            }
        }
    }
    assert_none("a layer reaches where it may not", &breaches);
}
