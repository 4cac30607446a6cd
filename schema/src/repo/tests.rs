//! Messages as the JavaScript library writes them, and as other libraries might.

use super::*;
use proptest::prelude::*;

/// `cbor.encode` of `@automerge/automerge-repo` 2.5.6, byte for byte.
fn library(hex: &str) -> Vec<u8> {
    let digits: Vec<u8> = hex
        .bytes()
        .filter_map(|digit| char::from(digit).to_digit(16))
        .map(|digit| digit as u8)
        .collect();
    digits.chunks(2).map(|pair| pair[0] * 16 + pair[1]).collect()
}

const JOIN: &str = "b900046474797065646a6f696e6873656e646572496466706565722d316c706565724d65746164617461b900026973746f726167654964f76b6973457068656d6572616cf57819737570706f7274656450726f746f636f6c56657273696f6e73816131";
const REQUEST: &str = "b90005647479706567726571756573746874617267657449646c73636872696a66746166656c6a646f63756d656e744964781a7033775731785743323570596759713170634d5633556d74335164646174614542000000006873656e646572496466706565722d31";
const EPHEMERAL: &str = "b90007647479706569657068656d6572616c6874617267657449646c73636872696a66746166656c6a646f63756d656e744964781a7033775731785743323570596759713170634d5633556d743351646461746146b9000161610165636f756e74036973657373696f6e4964636162636873656e646572496466706565722d31";
const SUBSCRIPTION: &str = "b900056474797065781a72656d6f74652d737562736372697074696f6e2d6368616e67656873656e646572496466706565722d316874617267657449646c73636872696a66746166656c636164648161736672656d6f7665f7";

#[test]
fn what_the_library_sends_is_read() {
    assert_eq!(
        decode(&library(JOIN)),
        Ok(Said::Join {
            sender: "peer-1".to_owned(),
            versions: vec!["1".to_owned()],
        })
    );
    assert_eq!(
        decode(&library(REQUEST)),
        Ok(Said::Sync {
            sender: "peer-1".to_owned(),
            target: "schrijftafel".to_owned(),
            document: "p3wW1xWC25pYgYq1pcMV3Umt3Q".to_owned(),
            asks: true,
            data: vec![0x42, 0, 0, 0, 0],
        })
    );
    assert_eq!(
        decode(&library(EPHEMERAL)),
        Ok(Said::Ephemeral(Ephemeral {
            sender: "peer-1".to_owned(),
            target: "schrijftafel".to_owned(),
            document: "p3wW1xWC25pYgYq1pcMV3Umt3Q".to_owned(),
            count: 3,
            session: "abc".to_owned(),
            data: vec![0xb9, 0, 1, 0x61, 0x61, 0x01],
        }))
    );
    assert_eq!(
        decode(&library(SUBSCRIPTION)),
        Ok(Said::Other),
        "with `undefined` in it"
    );
}

#[test]
fn other_ways_to_write_the_same_are_read() {
    // A map of open length, a text in two pieces, bytes in two pieces under tag 64, a count as a float, an unknown key.
    let mut bytes = Vec::new();
    let mut to = Encoder::new(&mut bytes);
    to.begin_map().unwrap();
    to.str("type").unwrap().begin_str().unwrap();
    to.str("ephe").unwrap().str("meral").unwrap().end().unwrap();
    to.str("senderId").unwrap().str("x").unwrap();
    to.str("targetId").unwrap().undefined().unwrap();
    to.str("documentId").unwrap().str("d").unwrap();
    to.str("later").unwrap().array(1).unwrap().map(0).unwrap();
    to.str("count").unwrap().f64(9_007_199_254_740_991.0).unwrap();
    to.str("sessionId").unwrap().null().unwrap();
    to.str("data").unwrap().tag(minicbor::data::Tag::new(64)).unwrap();
    to.begin_bytes()
        .unwrap()
        .bytes(&[1])
        .unwrap()
        .bytes(&[2])
        .unwrap()
        .end()
        .unwrap();
    to.end().unwrap();
    let expected = Ephemeral {
        sender: "x".to_owned(),
        target: String::new(),
        document: "d".to_owned(),
        count: 9_007_199_254_740_991,
        session: String::new(),
        data: vec![1, 2],
    };
    assert_eq!(decode(&bytes), Ok(Said::Ephemeral(expected)));
}

#[test]
fn what_is_no_message_says_why() {
    let lacks = |map: &[(&str, &str)]| {
        let mut bytes = Vec::new();
        let mut to = Encoder::new(&mut bytes);
        to.map(map.len() as u64).unwrap();
        for (name, value) in map {
            to.str(name).unwrap().str(value).unwrap();
        }
        decode(&bytes)
    };
    assert_eq!(
        lacks(&[]),
        Err(SaidError::Lacks {
            kind: "",
            field: "type"
        })
    );
    assert_eq!(
        lacks(&[("type", "join")]),
        Err(SaidError::Lacks {
            kind: "join",
            field: "senderId"
        })
    );
    assert_eq!(
        lacks(&[("type", "sync"), ("senderId", "x"), ("documentId", "d")]),
        Err(SaidError::Lacks {
            kind: "sync",
            field: "data"
        })
    );
    let long = "x".repeat(REPO_NAME_BYTES_MAX + 1);
    assert!(matches!(
        lacks(&[("type", "join"), ("senderId", &long)]),
        Err(SaidError::Malformed(_))
    ));
    assert!(matches!(decode(&[]), Err(SaidError::Malformed(_))));
    assert!(matches!(decode(&[0x80]), Err(SaidError::Malformed(_))));
    assert!(matches!(decode(&[0xa0, 0]), Err(SaidError::Malformed(_))));
    let too_long = vec![0; REPO_MESSAGE_BYTES_MAX + 1];
    assert_eq!(decode(&too_long), Err(SaidError::TooLong(too_long.len())));
}

fn texts() -> impl Strategy<Value = String> {
    "[a-zA-Z0-9é🏡-]{0,20}"
}

fn messages() -> impl Strategy<Value = Said> {
    let bytes = || prop::collection::vec(any::<u8>(), 0..40);
    prop_oneof![
        (texts(), prop::collection::vec(texts(), 0..3))
            .prop_map(|(sender, versions)| Said::Join { sender, versions }),
        texts().prop_map(|target| Said::Peer { target }),
        (texts(), texts(), texts(), any::<bool>(), bytes()).prop_map(
            |(sender, target, document, asks, data)| {
                Said::Sync {
                    sender,
                    target,
                    document,
                    asks,
                    data,
                }
            }
        ),
        (texts(), texts(), texts()).prop_map(|(sender, target, document)| Said::Unavailable {
            sender,
            target,
            document
        }),
        (texts(), texts(), texts(), any::<u64>(), texts(), bytes()).prop_map(
            |(sender, target, document, count, session, data)| {
                Said::Ephemeral(Ephemeral {
                    sender,
                    target,
                    document,
                    count,
                    session,
                    data,
                })
            }
        ),
        (texts(), texts(), texts()).prop_map(|(sender, target, message)| Said::Error {
            sender,
            target,
            message
        }),
        texts().prop_map(|sender| Said::Leave { sender }),
        Just(Said::Other),
    ]
}

proptest! {
    #[test]
    fn what_is_written_reads_back(said in messages()) {
        prop_assert_eq!(decode(&encode(&said)), Ok(said));
    }

    #[test]
    fn any_bytes_give_an_answer(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = decode(&bytes);
    }
}
