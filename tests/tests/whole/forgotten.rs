//! Somebody who was forgotten is nowhere in the data directory, nor in a backup made afterwards: every file is searched.

use std::path::{Path, PathBuf};

use serde_json::json;
use tests::operator::{self, files_holding};
use tests::served::{PROGRAMME, Served};

const PROGRAM: &str = env!("CARGO_BIN_EXE_schrijftafel_under_test");
const NAME: &str = "Wilhelmina Zonderling";
const MAIL: &str = "w.zonderling@example.org";

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
        files_holding(server.data(), NAME).len(),
        1,
        "the accounts know the name"
    );
    assert_eq!(files_holding(server.data(), MAIL).len(), 1);

    let role = format!("/rights/{}?reason=Andere%20baan", right["id"].as_str().unwrap());
    server.delete(&programme, &role).await.unwrap();
    server.delete(&programme, &format!("/people/{id}")).await.unwrap();
    let backup = tempfile::tempdir().unwrap();
    let places = [("--data", server.data()), ("--to", backup.path())];
    operator::said(&operator::run(PROGRAM, &["backup"], &places));
    server.kill().unwrap();
    for word in [NAME, MAIL, "Zonderling"] {
        assert_eq!(files_holding(server.data(), word), Vec::<PathBuf>::new());
        assert_eq!(files_holding(backup.path(), word), Vec::<PathBuf>::new());
    }
    assert!(
        !files_holding(server.data(), &id).is_empty(),
        "who took part is still known by id"
    );
}
