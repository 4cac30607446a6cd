//! W4: the server is killed while people type. What another client had seen, or the author had been told is durable,
//! must be there after the restart.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Result;
use automerge::ChangeHash;
use tests::served::Served;
use tests::typing::people;
use tokio::task::JoinSet;

use crate::report;

const CHAPTERS: usize = 5;
const CLIENTS: usize = 4;
const LETTER: Duration = Duration::from_millis(200);
/// When a trial's kill falls, ms after the first letter, in turn: as for the peers.
const KILL_AT_MS: [u64; 3] = [6_000, 9_500, 14_000];
/// Kills where no number is asked: as many as the peers got.
pub const FEW: usize = KILL_AT_MS.len();

type Seen = Arc<Mutex<BTreeSet<ChangeHash>>>;

/// So many trials, each with a server of its own.
pub async fn while_typing(program: &Path, kills: usize) -> Result<()> {
    for kill_at in KILL_AT_MS.into_iter().cycle().take(kills) {
        let mut server = Served::process(program)?;
        let (shown, durable): (Seen, Seen) = (Arc::default(), Arc::default());
        let (mut keys, mut typing) = (Vec::new(), JoinSet::new());
        for chapter in 0..CHAPTERS {
            let key = server.empty_chapter().await?;
            keys.push(key);
            for mut person in people(&server, key, CLIENTS, 2_000 + kill_at + chapter as u64).await? {
                let (to_shown, to_durable) = (Arc::clone(&shown), Arc::clone(&durable));
                person.on_change = Some(Box::new(move |hash| note(&to_shown, hash)));
                person.on_durable = Some(Box::new(move |hash| note(&to_durable, hash)));
                typing.spawn(async move {
                    // Ends with the connection: that is the kill.
                    while person.type_at(0, 0, "a").is_ok() && person.idle(LETTER).await.is_ok() {}
                });
            }
        }
        tokio::time::sleep(Duration::from_millis(kill_at)).await;
        server.kill()?;
        while typing.join_next().await.is_some() {}
        let data = server.data().to_path_buf();
        server.start_again(program, &data).await?;
        let mut kept = BTreeSet::new();
        for (number, key) in keys.into_iter().enumerate() {
            let reader = people(&server, key, 1, 9_000 + kill_at + number as u64)
                .await?
                .remove(0);
            kept.extend(reader.doc.get_changes(&[]).iter().map(automerge::Change::hash));
        }
        let lost = |seen: &Seen| {
            let seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
            (seen.len() as f64, seen.difference(&kept).count() as f64)
        };
        let ((seen, seen_lost), (told, told_lost)) = (lost(&shown), lost(&durable));
        report::say(
            "killed",
            &[
                ("after s", kill_at as f64 / 1_000.0, 1),
                ("seen by others", seen, 0),
                ("of these lost", seen_lost, 0),
                ("acknowledged", told, 0),
                ("of those lost", told_lost, 0),
            ],
        )?;
        anyhow::ensure!(seen_lost + told_lost == 0.0, "letters are lost");
    }
    Ok(())
}

fn note(to: &Seen, hash: ChangeHash) {
    to.lock().unwrap_or_else(PoisonError::into_inner).insert(hash);
}
