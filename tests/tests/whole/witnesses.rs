//! A real server and real witnesses, each a process of its own: what grows is cosigned, whoever dies comes back, and a
//! history that was put back silently is refused, aloud.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use schema::audit::merkle::verify_consistency;
use schema::audit::{Quorum, SignedCheckpoint, TreeHash, TreeHead, Witness, WitnessKey};
use serde_json::Value;
use tempfile::TempDir;
use tests::audited::{AuditedServer, Running, free_address, run, until};

fn program() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_schrijftafel_under_test"))
}

/// A witness of our own that trusts every log of the server.
struct OurWitness {
    name: String,
    data: PathBuf,
    address: String,
    key: WitnessKey,
    running: Running,
}

impl OurWitness {
    fn new(name: &str, data: PathBuf, server_data: &Path) -> Self {
        fs::create_dir_all(&data).unwrap();
        let logs = run(program(), &["audit", "witness-config"], server_data).unwrap();
        fs::write(data.join("logs.toml"), logs).unwrap();
        let address = free_address().unwrap();
        let running = Self::process(name, &data, &address);
        Self {
            name: name.to_owned(),
            key: running.said[0].parse().unwrap(),
            data,
            address,
            running,
        }
    }

    fn process(name: &str, data: &Path, address: &str) -> Running {
        let mut command = Command::new(program());
        command
            .args(["witness", "--name", name, "--listen", address, "--data"])
            .arg(data);
        Running::start(command.env("RUST_LOG", "error"), "+", 1).unwrap()
    }

    fn start_again(&mut self) {
        self.running.kill();
        self.running = Self::process(&self.name, &self.data, &self.address);
        assert_eq!(self.running.said[0], self.key.to_string());
    }

    fn configured(&self) -> String {
        format!(
            "[[witness]]\nid = \"{}\"\nurl = \"http://{}\"\nkeys = [\"{}\"]\n",
            self.name, self.address, self.key
        )
    }
}

/// A server's data with its first key, and witnesses that the server asks.
fn world(names: &[&str]) -> (TempDir, PathBuf, Vec<OurWitness>) {
    let place = tempfile::tempdir().unwrap();
    let data = place.path().join("server");
    // No key is made where nobody made a place for a server.
    fs::create_dir(&data).unwrap();
    run(program(), &["keys", "rotate"], &data).unwrap();
    let witness = |name: &&str| OurWitness::new(name, place.path().join(name), &data);
    let witnesses: Vec<_> = names.iter().map(witness).collect();
    let configured: String = witnesses.iter().map(OurWitness::configured).collect();
    fs::write(
        data.join("witnesses.toml"),
        format!("required = {}\n{configured}", names.len()),
    )
    .unwrap();
    (place, data, witnesses)
}

fn quorum(witnesses: &[OurWitness]) -> Quorum {
    let voice = |witness: &OurWitness| Witness {
        id: witness.name.parse().unwrap(),
        keys: vec![witness.key.clone()],
    };
    Quorum::new(witnesses.len(), witnesses.iter().map(voice).collect()).unwrap()
}

/// Whether everybody whose word is needed signed.
#[track_caller]
fn assert_witnessed(server: &AuditedServer, checkpoint: &SignedCheckpoint, witnesses: &[OurWitness]) {
    checkpoint.verify_log(&server.keys().unwrap()).unwrap();
    assert!(quorum(witnesses).judge(checkpoint).unwrap().is_met());
}

#[track_caller]
fn assert_continues(server: &AuditedServer, old: &SignedCheckpoint, new: &SignedCheckpoint) {
    let head = |of: &SignedCheckpoint| of.checkpoint().head;
    let path = format!("/consistency-proof?from={}&to={}", head(old).size, head(new).size);
    let proof = server.ask(&path).unwrap();
    let path: Vec<TreeHash> = serde_json::from_value(proof["path"].clone()).unwrap();
    verify_consistency(&head(old), &head(new), &path).unwrap();
}

fn state_of(state: &Value, witness: &OurWitness) -> String {
    let all = state["witnesses"].as_array().unwrap();
    let own = all.iter().find(|known| known["id"] == witness.name).unwrap();
    own["state"].as_str().unwrap().to_owned()
}

#[test]
fn two_witnesses_cosign_and_everybody_may_die_and_come_back() {
    let (_place, data, mut witnesses) = world(&["gemeente.example", "ziekenhuis.example"]);
    let address = free_address().unwrap();
    let mut server = AuditedServer::start(program(), &data, &address).unwrap();
    let first = server.signed_by(3).unwrap();
    assert_witnessed(&server, &first, &witnesses);
    let state = server.ask("/witness-state").unwrap();
    assert_eq!((&state["isMet"], &state["required"]), (&true.into(), &2.into()));

    // A witness dies: the other goes on, and what both signed stays the proof that is given.
    witnesses[0].running.kill();
    server.write("Zonder de eerste getuige").unwrap();
    server.signed_by(2).unwrap();
    let state = until("the dead witness is seen", || {
        let state = server.ask("/witness-state")?;
        Ok((state_of(&state, &witnesses[0]) == "failing").then_some(state))
    });
    let state = state.unwrap();
    assert_eq!(state_of(&state, &witnesses[1]), "cosigned");
    assert_eq!(
        (&state["isMet"], &state["alarms"]),
        (&false.into(), &Value::Array(Vec::new()))
    );
    assert_eq!(state["witnessed"]["size"], first.checkpoint().head.size);
    witnesses[0].start_again();
    let second = server.signed_by(3).unwrap();
    assert_witnessed(&server, &second, &witnesses);
    assert_continues(&server, &first, &second);

    // The server dies and goes on where it was; the other witness too.
    server.running.kill();
    witnesses[1].start_again();
    let server = AuditedServer::start(program(), &data, &address).unwrap();
    server.write("Na de herstart").unwrap();
    let third = server.signed_by(3).unwrap();
    assert_witnessed(&server, &third, &witnesses);
    assert_continues(&server, &second, &third);

    // A new key signs beside the old one, without a restart and without the witnesses knowing it yet.
    run(program(), &["keys", "rotate"], &data).unwrap();
    server.write("Met een nieuwe sleutel").unwrap();
    let fourth = server.signed_by(4).unwrap();
    assert_witnessed(&server, &fourth, &witnesses);
    for key in server.keys().unwrap() {
        fourth.verify_log(&[key]).unwrap();
    }
    assert_continues(&server, &first, &fourth);
}

#[test]
fn a_history_that_was_put_back_silently_is_refused_and_the_alarm_is_raised() {
    let (place, data, witnesses) = world(&["gemeente.example"]);
    let address = free_address().unwrap();
    let mut server = AuditedServer::start(program(), &data, &address).unwrap();
    server.signed_by(2).unwrap();
    server.running.kill();
    let copy = place.path().join("copy");
    copy_directory(&data, &copy);

    let mut server = AuditedServer::start(program(), &data, &address).unwrap();
    for title in ["Een", "Twee", "Drie"] {
        server.write(title).unwrap();
    }
    let seen = server.signed_by(2).unwrap();
    server.running.kill();
    fs::remove_dir_all(&data).unwrap();
    copy_directory(&copy, &data);

    // Shorter than what the witness has seen…
    let server = AuditedServer::start(program(), &data, &address).unwrap();
    server.write("Iets anders").unwrap();
    let alarm = alarmed(&server, "witness-ahead");
    assert_eq!(alarm["witnessId"], witnesses[0].name);
    // … and then longer, but another one.
    for title in ["Nog iets", "En nog iets", "En meer"] {
        server.write(title).unwrap();
    }
    alarmed(&server, "witness-refused");
    let state = server.ask("/witness-state").unwrap();
    assert_eq!(state_of(&state, &witnesses[0]), "refused");
    assert_eq!(state["isMet"], false);
    let ready = server.get("/readyz").unwrap();
    assert!(ready.text().contains("witness-refused"), "{}", ready.text());
    let metrics = server.metrics().unwrap();
    let plan = AuditedServer::plan();
    let alarm = format!("schrijftafel_audit_alarms{{plan=\"{plan}\",kind=\"witness-refused\"}} 1\n");
    assert!(metrics.contains(&alarm), "{metrics}");
    let behind = format!(
        "schrijftafel_audit_cosigned_events{{plan=\"{plan}\",witness=\"{}\"}} ",
        witnesses[0].name
    );
    assert!(metrics.contains(&behind), "{metrics}");
    assert!(metrics.contains("schrijftafel_log_writes 1\n"), "{metrics}");
    let page = server.get("/metrics").unwrap();
    assert!(!page.text().contains("schrijftafel_"), "nobody else is told");
    assert_not_cosigned(&server, &witnesses[0], seen.checkpoint().head);
}

fn alarmed(server: &AuditedServer, kind: &str) -> Value {
    let found = until(kind, || {
        let state = server.ask("/witness-state")?;
        let alarms = state["alarms"].as_array().into_iter().flatten();
        Ok(alarms.into_iter().find(|alarm| alarm["kind"] == kind).cloned())
    });
    found.unwrap()
}

/// The witness stands by what it saw, and nothing that the server signs now carries its name.
fn assert_not_cosigned(server: &AuditedServer, witness: &OurWitness, seen: TreeHead) {
    let now = server.checkpoint().unwrap();
    assert_eq!(now.cosigned_at(&witness.key), Ok(None));
    let states = fs::read_dir(witness.data.join("states")).unwrap();
    for state in states {
        let state: Value = serde_json::from_slice(&fs::read(state.unwrap().path()).unwrap()).unwrap();
        let note = SignedCheckpoint::parse(state["note"].as_str().unwrap().as_bytes()).unwrap();
        assert_eq!(note.checkpoint().head, seen);
    }
}

fn copy_directory(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_directory(&entry.path(), &target);
        } else if entry.file_type().unwrap().is_file() {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// The procedure of `docs/operations.md`: declared lost by hand, told to everybody, and nothing that was signed is less
/// proved than before.
#[test]
fn keys_that_are_lost_are_declared_so_and_what_they_signed_stays_proved() {
    let (_place, data, mut witnesses) = world(&["gemeente.example"]);
    let address = free_address().unwrap();
    let mut server = AuditedServer::start(program(), &data, &address).unwrap();
    let first = server.signed_by(2).unwrap();
    assert_witnessed(&server, &first, &witnesses);
    let old = server.keys().unwrap();
    server.running.kill();
    fs::remove_dir_all(data.join("keys")).unwrap();

    // Never a new key without a word: anybody who put other data there would get one too.
    let mut command = Command::new(program());
    command.args(["serve", "--listen", &address, "--data"]).arg(&data);
    let started = command.output().unwrap();
    let said = String::from_utf8_lossy(&started.stderr).into_owned();
    assert_eq!(started.status.code(), Some(1), "{said}");
    assert!(
        said.contains("holds no key") && said.contains("keys rotate"),
        "{said}"
    );
    assert!(!data.join("keys").join("log-key-0001.json").exists());

    run(program(), &["keys", "rotate"], &data).unwrap();
    let server = AuditedServer::start(program(), &data, &address).unwrap();
    server.write("Met een nieuwe sleutel").unwrap();
    let second = server.signed_by(1).unwrap();
    second.verify_log(&server.keys().unwrap()).unwrap();
    assert!(second.verify_log(&old).is_err(), "the new key is not the old one");
    first.verify_log(&old).unwrap();
    assert_continues(&server, &first, &second);

    // A witness knows a new key from a stranger's by what its party is told, and by nothing else.
    let state = until("the witness is asked and does not cosign", || {
        let state = server.ask("/witness-state")?;
        Ok((state_of(&state, &witnesses[0]) == "failing").then_some(state))
    });
    assert_eq!(state.unwrap()["isMet"], false);
    assert_eq!(
        server.checkpoint().unwrap().cosigned_at(&witnesses[0].key),
        Ok(None)
    );
    let told = run(program(), &["audit", "witness-config"], &data).unwrap();
    fs::write(witnesses[0].data.join("logs.toml"), told).unwrap();
    witnesses[0].start_again();
    server.write("De getuige kent de nieuwe sleutel").unwrap();
    let third = server.signed_by(2).unwrap();
    assert_witnessed(&server, &third, &witnesses);
    assert_continues(&server, &first, &third);
}
