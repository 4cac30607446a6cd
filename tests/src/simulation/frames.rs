//! Frames in a line each, for whoever follows a run.

use automerge::Change;
use schema::wire::{self, ClientFrame, Item, ServerFrame, Start};

use super::ledger::hex;

/// What a client says.
#[must_use]
pub fn said(bytes: &[u8]) -> String {
    match wire::decode_client(bytes) {
        Ok(ClientFrame::Push {
            generation, changes, ..
        }) => {
            let hashes: Vec<String> = changes.iter().map(|raw| hash_of(raw)).collect();
            format!("push in generation {generation}: {}", hashes.join(" "))
        }
        Ok(ClientFrame::Open {
            request,
            chapter,
            have,
            ..
        }) => {
            format!(
                "open {request} {chapter} with {:?}",
                have.map(|have| (have.generation.0, have.next.0))
            )
        }
        Ok(ClientFrame::Bind {
            generation, actors, ..
        }) => {
            format!("bind {} actors in generation {generation}", actors.len())
        }
        Ok(ClientFrame::Trace { generation, next, .. }) => {
            format!("trace generation {generation} from {next}")
        }
        Ok(ClientFrame::Held { chapters, .. }) => format!("held {}", chapters.len()),
        Ok(ClientFrame::Wiped { before, .. }) => format!("wiped before {before}"),
        Ok(ClientFrame::Hello { .. }) => "hello".to_owned(),
        Ok(ClientFrame::Close { .. }) => "close".to_owned(),
        Ok(ClientFrame::Presence { .. }) => "presence".to_owned(),
        Ok(ClientFrame::Ping { .. }) => "ping".to_owned(),
        Err(error) => error.to_string(),
    }
}

/// What the server says.
#[must_use]
pub fn answered(bytes: &[u8]) -> String {
    match wire::decode_server(bytes) {
        Ok(ServerFrame::Changes { first, items, .. }) => {
            let items: Vec<String> = items.iter().map(item).collect();
            format!("changes from {first}: {}", items.join(" "))
        }
        Ok(ServerFrame::Opened {
            request,
            generation,
            head,
            read_only,
            start,
            ..
        }) => {
            let start = match start {
                Start::Tail => "tail".to_owned(),
                Start::Snapshot { next, .. } => format!("snapshot to {next}"),
            };
            let code = read_only.map(|reason| reason.code);
            format!("opened {request}: generation {generation}, {start}, head {head}, read-only {code:?}")
        }
        Ok(ServerFrame::Known { hash, position, .. }) => format!("known {} at {position}", hex(&hash)),
        Ok(ServerFrame::Refused { hash, reason, .. }) => format!("refused {}: {}", hex(&hash), reason.code),
        Ok(ServerFrame::Bound { actors, .. }) => format!("bound {} actors", actors.len()),
        Ok(ServerFrame::Access { read_only, .. }) => {
            format!("access, read-only {:?}", read_only.map(|it| it.code))
        }
        Ok(ServerFrame::Restored { position, .. }) => format!("restored at {position}"),
        Ok(ServerFrame::Moved { generation, .. }) => format!("moved to generation {generation}"),
        Ok(ServerFrame::Closed { request, reason, .. }) => format!("closed {request:?}: {}", reason.code),
        Ok(ServerFrame::Bye { reason, .. }) => format!("bye: {}", reason.code),
        Ok(ServerFrame::Traced { changes, end, .. }) => {
            format!(
                "traced {} changes, {}",
                changes.len(),
                if end.is_some() { "the last" } else { "more follow" }
            )
        }
        Ok(ServerFrame::Wipe { chapters, .. }) => format!("wipe {}", chapters.len()),
        Ok(ServerFrame::Welcome { .. }) => "welcome".to_owned(),
        Ok(ServerFrame::Presence { .. } | ServerFrame::Left { .. }) => "presence".to_owned(),
        Ok(ServerFrame::Pong { .. }) => "pong".to_owned(),
        Err(error) => error.to_string(),
    }
}

fn item(item: &Item) -> String {
    match item {
        Item::Change { raw, .. } => hash_of(raw),
        Item::Yours { hash, position } => format!("yours {} at {position}", hex(hash)),
        Item::Void => "void".to_owned(),
    }
}

fn hash_of(raw: &[u8]) -> String {
    Change::from_bytes(raw.to_vec()).map_or_else(|_| "no change".to_owned(), |change| hex(&change.hash().0))
}
