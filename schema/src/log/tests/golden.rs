//! Golden bytes: what was once written must be read forever, and written the same way today.
//!
//! The files hold hexadecimal text. `GOLDEN=write` writes them anew after a deliberate change of format.

use super::*;

const ENVELOPE_BYTES_MAX: usize = 120;

fn check(name: &str, bytes: &[u8]) {
    let path = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/golden/log")).join(name);
    let mut hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    hex.push('\n');
    if std::env::var_os("GOLDEN").is_some_and(|mode| mode == "write") {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, &hex).unwrap();
    }
    let golden = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    assert_eq!(hex, golden, "{name}: the bytes of the log changed");
}

fn sealed(payload: &[u8]) -> Record {
    let salts = Salts {
        envelope: [0x55; 32],
        payload: [0x66; 32],
    };
    Record::seal(
        PLAN,
        &commitment::CHAIN_START,
        text_envelope(),
        salts,
        Arc::from(payload),
    )
}

#[test]
fn the_envelope_of_a_text_event() {
    let bytes = text_envelope().encode();
    assert!(bytes.len() <= ENVELOPE_BYTES_MAX, "{} bytes", bytes.len());
    check("envelope-text-1.hex", &bytes);
}

#[test]
fn the_envelope_of_a_domain_event() {
    let envelope = Envelope {
        position: Position(7),
        stream: Stream::Commitment(CommitmentId::from_bytes([0x77; 16])),
        revision: Revision(0),
        kind: Kind::new("commitment.amended", 2),
        via: Via::Token,
        causation: Some(EventId::from_bytes([0x88; 16])),
        correlation: Some(CommandId::from_bytes([0x99; 16])),
        ..text_envelope()
    };
    check("envelope-domain-1.hex", &envelope.encode());
}

#[test]
fn a_record_with_everything_present() {
    check("record-present-1.hex", &sealed(b"payload").encode());
}

#[test]
fn a_record_after_erasure() {
    let mut record = sealed(b"payload");
    record.envelope_salt = EnvelopeSalt::Erased {
        commitment: record.leaf(PLAN).envelope_commitment,
    };
    record.payload = Payload::Erased;
    check("record-erased-1.hex", &record.encode());
}

#[test]
fn a_leaf_and_its_chain_value() {
    let record = sealed(b"payload");
    check("leaf-1.hex", &record.leaf(PLAN).to_bytes());
    check("chain-1.hex", &record.chain);
}

#[test]
fn every_stream() {
    let chapter = ChapterId::from_bytes([0x22; 16]);
    let streams = [
        Stream::Plan,
        Stream::Rights,
        Stream::Actors,
        Stream::Chapter(chapter),
        Stream::Text(chapter, Generation(1)),
        Stream::Commitment(CommitmentId::from_bytes([0x77; 16])),
        Stream::Erasures,
    ];
    check("streams-1.hex", &minicbor::to_vec(streams).unwrap());
}
