//! Where people are, between the native protocol and automerge-repo's `ephemeral` messages.
//!
//! Why both ways fit: cursors are automerge cursors on either side. What a program passes round travels whole in the
//! presence of its person; who reads it natively sees the cursor in it, if it says one the way [`told`] does.
//!
//! A native presence is `[generation, anchor, head]`; fields after these are passed over by clients that know no more.

use minicbor::bytes::ByteVec;
use minicbor::{Decode, Decoder, Encode, Encoder};

use super::cbor;
use super::{Ephemeral, SERVER_PEER};
use crate::ids::Generation;
use crate::limits::{PRESENCE_BYTES_MAX, REPO_EPHEMERAL_BYTES_MAX, REPO_NAME_BYTES_MAX};
use crate::sync::PeerPresence;

/// The presence of somebody who is here with an automerge-repo client; the first three fields are the native ones.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
struct Payload {
    #[n(0)]
    generation: Generation,
    #[n(1)]
    anchor: String,
    #[n(2)]
    head: String,
    #[n(3)]
    passed: Option<Passed>,
}

/// What an automerge-repo client passed round.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
struct Passed {
    #[n(0)]
    sender: String,
    #[n(1)]
    session: String,
    #[n(2)]
    count: u64,
    #[n(3)]
    data: ByteVec,
}

/// What a client passed round, as its person's presence; `None` when it is longer than what may pass.
#[must_use]
pub fn payload_of(said: Ephemeral, generation: Generation) -> Option<Vec<u8>> {
    let names = [&said.sender, &said.session];
    let fits = said.data.len() <= REPO_EPHEMERAL_BYTES_MAX
        && names.iter().all(|name| name.len() <= REPO_NAME_BYTES_MAX);
    if !fits {
        return None;
    }
    let (anchor, head) = cursors_in(&said.data).unwrap_or_default();
    let payload = Payload {
        generation,
        anchor,
        head,
        passed: Some(Passed {
            sender: said.sender,
            session: said.session,
            count: said.count,
            data: said.data.into(),
        }),
    };
    let bytes = minicbor::to_vec(payload).ok()?;
    (bytes.len() <= PRESENCE_BYTES_MAX).then_some(bytes)
}

/// What a client is told about somebody: what that person's own client passed round, or where they are. `count` has
/// to grow from one telling to the next, `life` is this run of the connection.
#[must_use]
pub fn told(about: &PeerPresence, (life, count): (&str, u64)) -> Ephemeral {
    let payload: Option<Payload> = minicbor::decode(&about.payload).ok();
    let (target, document) = (String::new(), String::new());
    // Under the server's own name only the server speaks, whatever a client has put into its presence.
    let passed = payload.as_ref().and_then(|payload| payload.passed.clone());
    if let Some(passed) = passed.filter(|passed| !is_ours(&passed.sender)) {
        return Ephemeral {
            sender: passed.sender,
            target,
            document,
            count: passed.count,
            session: passed.session,
            data: passed.data.into(),
        };
    }
    let cursors = payload.map(|payload| (payload.anchor, payload.head));
    Ephemeral {
        sender: peer_name(about.peer),
        target,
        document,
        count,
        session: life.to_owned(),
        data: told_data(about, cursors.as_ref()),
    }
}

/// Whether a name is the server's, or one under which it tells of somebody: no client may bear it.
#[must_use]
pub fn is_ours(name: &str) -> bool {
    name.starts_with(SERVER_PEER)
}

/// What a client is told when somebody left.
#[must_use]
pub fn told_gone(peer: u64, (life, count): (&str, u64)) -> Ephemeral {
    let mut data = Vec::new();
    let mut to = Encoder::new(&mut data);
    let written = to
        .map(1)
        .and_then(|to| to.str("left"))
        .and_then(|to| to.bool(true));
    written.expect("writing to memory cannot fail");
    Ephemeral {
        sender: peer_name(peer),
        target: String::new(),
        document: String::new(),
        count,
        session: life.to_owned(),
        data,
    }
}

fn peer_name(peer: u64) -> String {
    format!("{SERVER_PEER}-{peer}")
}

/// `{ personId, name, partyId, partyName, programName?, anchor?, head? }`.
fn told_data(about: &PeerPresence, cursors: Option<&(String, String)>) -> Vec<u8> {
    let (person, party) = (about.person.to_string(), about.party.to_string());
    let mut fields = vec![
        ("personId", person.as_str()),
        ("name", &about.name),
        ("partyId", &party),
        ("partyName", &about.party_name),
    ];
    fields.extend(about.program.as_deref().map(|program| ("programName", program)));
    if let Some((anchor, head)) = cursors {
        fields.extend([("anchor", anchor.as_str()), ("head", head)]);
    }
    let mut data = Vec::new();
    let mut to = Encoder::new(&mut data);
    let mut written = to.map(fields.len() as u64).map(drop);
    for (name, value) in fields {
        written = written.and_then(|()| to.str(name)?.str(value).map(drop));
    }
    written.expect("writing to memory cannot fail");
    data
}

/// The cursors `anchor` and `head` of a map, if it has both.
fn cursors_in(data: &[u8]) -> Option<(String, String)> {
    let mut decoder = Decoder::new(data);
    let length = decoder.map().ok()??;
    let (mut anchor, mut head) = (None, None);
    for _ in 0..length {
        let name = cbor::text(&mut decoder, REPO_NAME_BYTES_MAX).ok()??;
        match name.as_str() {
            "anchor" => anchor = cbor::text(&mut decoder, REPO_NAME_BYTES_MAX).ok()?,
            "head" => head = cbor::text(&mut decoder, REPO_NAME_BYTES_MAX).ok()?,
            _ => decoder.skip().ok()?,
        }
    }
    Some((anchor?, head?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::{PartyId, PersonId};

    fn somebody(payload: Vec<u8>) -> PeerPresence {
        PeerPresence {
            peer: 7,
            person: PersonId::from_bytes([1; 16]),
            name: "Anna".to_owned(),
            party: PartyId::from_bytes([2; 16]),
            party_name: "Gemeente".to_owned(),
            payload,
            program: None,
        }
    }

    fn said(data: Vec<u8>) -> Ephemeral {
        Ephemeral {
            sender: "peer-x".to_owned(),
            target: SERVER_PEER.to_owned(),
            document: "4Z44RBs9SSVgC2j36zk4e7njM7dq".to_owned(),
            count: 3,
            session: "s".to_owned(),
            data,
        }
    }

    #[test]
    fn what_passes_between_two_programs_stays_as_it_is() {
        let payload = payload_of(said(vec![0x81, 0x01]), Generation(2)).unwrap();
        let told = told(&somebody(payload), ("life", 9));
        assert_eq!(
            (told.sender.as_str(), told.session.as_str(), told.count),
            ("peer-x", "s", 3)
        );
        assert_eq!(told.data, [0x81, 0x01]);
    }

    #[test]
    fn nobody_speaks_under_the_servers_name() {
        for name in ["schrijftafel", "schrijftafel-2"] {
            let mut claimed = said(vec![0x81, 0x01]);
            name.clone_into(&mut claimed.sender);
            let payload = payload_of(claimed, Generation(2)).unwrap();
            let told = told(&somebody(payload), ("life", 9));
            assert_eq!(told.sender, "schrijftafel-7", "who it really is");
            assert_ne!(told.data, [0x81, 0x01]);
        }
    }

    #[test]
    fn cursors_are_read_on_either_side() {
        let cursors = ("1@aa".to_owned(), "2@aa".to_owned());
        let data = told_data(&somebody(Vec::new()), Some(&cursors));
        assert_eq!(cursors_in(&data), Some(cursors.clone()));
        let payload = payload_of(said(data), Generation(2)).unwrap();
        // As a native client reads it: three fields, and more that it does not know.
        let read: Payload = minicbor::decode(&payload).unwrap();
        assert_eq!(
            (read.generation, read.anchor, read.head),
            (Generation(2), cursors.0, cursors.1)
        );
    }

    #[test]
    fn a_native_place_is_told_in_words() {
        let native = minicbor::to_vec((Generation(1), "3@bb", "4@bb")).unwrap();
        let told = told(&somebody(native), ("life", 1));
        assert_eq!(
            cursors_in(&told.data),
            Some(("3@bb".to_owned(), "4@bb".to_owned()))
        );
        assert_eq!(told.sender, "schrijftafel-7");
        let nowhere = super::told(&somebody(Vec::new()), ("life", 2));
        assert_eq!(cursors_in(&nowhere.data), None);
    }

    #[test]
    fn what_is_too_long_does_not_pass() {
        assert!(payload_of(said(vec![0; REPO_EPHEMERAL_BYTES_MAX]), Generation(1)).is_some());
        assert!(payload_of(said(vec![0; REPO_EPHEMERAL_BYTES_MAX + 1]), Generation(1)).is_none());
    }
}
