//! Somebody who was forgotten is nowhere in the data directory, nor in a backup made afterwards: every file is searched.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::json;
use tests::served::{PROGRAMME, Served};

const PROGRAM: &str = env!("CARGO_BIN_EXE_schrijftafel_under_test");
const NAME: &str = "Wilhelmina Zonderling";
const MAIL: &str = "w.zonderling@example.org";

/// The files below that hold the bytes of a word.
fn holding(directory: &Path, word: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(holding(&path, word));
        } else if let Ok(bytes) = fs::read(&path)
            && bytes.windows(word.len()).any(|part| part == word.as_bytes())
        {
            found.push(path.display().to_string());
        }
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn name_and_address_are_in_no_file() {
    let mut server = Served::process(Path::new(PROGRAM)).unwrap();
    let programme = server.sign_in(PROGRAMME).await.unwrap();
    let person = json!({ "name": NAME, "mail": MAIL });
    let made = server.post(&programme, "/people", person).await.unwrap();
    let id = made["id"].as_str().unwrap().to_owned();
    let plan = server.get(&programme, "").await.unwrap();
    let party = plan["parties"][0]["id"].clone();
    let right = json!({ "personId": id, "partyId": party, "role": "contactpersoon" });
    let right = server.post(&programme, "/rights", right).await.unwrap();
    let link = json!({ "personId": id, "partyId": party });
    server.post(&programme, "/sign-in-links", link).await.unwrap();
    assert_eq!(
        holding(server.data(), NAME).len(),
        1,
        "the accounts know the name"
    );
    assert_eq!(holding(server.data(), MAIL).len(), 1);

    let role = format!("/rights/{}?reason=Andere%20baan", right["id"].as_str().unwrap());
    server.delete(&programme, &role).await.unwrap();
    server.delete(&programme, &format!("/people/{id}")).await.unwrap();
    let backup = tempfile::tempdir().unwrap();
    let copy = Command::new(PROGRAM)
        .arg("backup")
        .arg("--data")
        .arg(server.data())
        .arg("--to")
        .arg(backup.path())
        .output()
        .unwrap();
    assert!(copy.status.success(), "{}", String::from_utf8_lossy(&copy.stderr));
    server.kill().unwrap();
    for word in [NAME, MAIL, "Zonderling"] {
        assert_eq!(holding(server.data(), word), Vec::<String>::new());
        assert_eq!(holding(backup.path(), word), Vec::<String>::new());
    }
    assert!(
        !holding(server.data(), &id).is_empty(),
        "who took part is still known by id"
    );
}
