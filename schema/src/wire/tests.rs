//! Frames survive their bytes, hostile bytes do no harm, and today's bytes stay readable.

use proptest::prelude::*;

use super::*;

fn push() -> ClientFrame {
    ClientFrame::Push {
        channel: 7,
        generation: Generation(1),
        changes: vec![vec![1, 2, 3].into(), vec![].into()],
    }
}

fn changes() -> ServerFrame {
    ServerFrame::Changes {
        channel: 7,
        first: Revision(12),
        items: vec![
            Item::Change {
                who: ActorRef(Position(3)),
                raw: vec![9; 4].into(),
            },
            Item::Yours {
                hash: [5; 32].into(),
                position: Position(300),
            },
            Item::Void,
        ],
    }
}

#[test]
fn frames_survive_their_bytes() {
    assert_eq!(decode_client(&encode(&push())).unwrap(), push());
    assert_eq!(decode_server(&encode(&changes())).unwrap(), changes());
}

#[test]
fn a_push_has_these_bytes_forever() {
    let golden = [0x84, 0x03, 0x07, 0x01, 0x82, 0x43, 1, 2, 3, 0x40];
    assert_eq!(encode(&push()), golden);
}

#[test]
fn a_change_for_readers_has_these_bytes_forever() {
    let golden: Vec<u8> = [
        0x84, 0x02, 0x07, 0x0c, 0x83, 0x83, 0x00, 0x03, 0x44, 9, 9, 9, 9, 0x83, 0x01, 0x58, 0x20,
    ]
    .into_iter()
    .chain([5; 32])
    .chain([0x19, 0x01, 0x2c, 0x81, 0x02])
    .collect();
    assert_eq!(encode(&changes()), golden);
}

#[test]
fn what_is_said_of_devices_survives_its_bytes_and_has_these_forever() {
    let (plan, chapter) = (PlanId::from_bytes([1; 16]), ChapterId::from_bytes([2; 16]));
    let held = ClientFrame::Held {
        plan,
        chapters: vec![chapter],
    };
    let wiped = ClientFrame::Wiped {
        plan,
        chapter,
        before: Generation(3),
    };
    let wipe = ServerFrame::Wipe {
        plan,
        chapters: vec![(chapter, Generation(3))],
    };
    for frame in [&held, &wiped] {
        assert_eq!(decode_client(&encode(frame)).as_ref(), Ok(frame), "rule N5");
    }
    assert_eq!(decode_server(&encode(&wipe)).as_ref(), Ok(&wipe), "rule N5");
    let (plan, chapter) = ([&[0x50][..], &[1; 16]].concat(), [&[0x50][..], &[2; 16]].concat());
    let golden = |parts: &[&[u8]]| parts.concat();
    assert_eq!(encode(&held), golden(&[&[0x83, 8], &plan, &[0x81], &chapter]));
    assert_eq!(encode(&wiped), golden(&[&[0x84, 9], &plan, &chapter, &[3]]));
    let pair = golden(&[&[0x81, 0x82], &chapter, &[3]]);
    assert_eq!(encode(&wipe), golden(&[&[0x83, 14], &plan, &pair]));
}

#[test]
fn a_restore_that_is_told_survives_its_bytes_and_has_these_forever() {
    let restored = ServerFrame::Restored {
        channel: 7,
        position: Position(300),
    };
    let golden = [0x83, 15, 7, 0x19, 0x01, 0x2c];
    assert_eq!(encode(&restored), golden, "rule R5");
    assert_eq!(decode_server(&golden).unwrap(), restored, "rule R5");
}

#[test]
fn a_frame_with_something_behind_it_is_refused() {
    let mut bytes = encode(&push());
    bytes.push(0);
    assert_eq!(decode_client(&bytes), Err(FrameError::TrailingBytes(1)));
}

#[test]
fn a_frame_over_the_limit_is_refused_before_it_is_read() {
    let bytes = vec![0; FRAME_BYTES_MAX + 1];
    assert_eq!(
        decode_client(&bytes),
        Err(FrameError::TooLong {
            bytes: FRAME_BYTES_MAX + 1,
            bytes_max: FRAME_BYTES_MAX
        })
    );
}

#[test]
fn a_claimed_length_allocates_nothing() {
    // A push that claims 2^32 changes in 10 bytes.
    assert!(decode_client(&[0x84, 0x03, 0x07, 0x01, 0x9b, 0, 0, 0, 1, 0, 0, 0, 0]).is_err());
}

proptest! {
    #[test]
    fn truncated_frames_are_refused(cut in 0_usize..10) {
        let bytes = encode(&push());
        prop_assert!(decode_client(&bytes[..cut.min(bytes.len() - 1)]).is_err());
    }

    #[test]
    fn random_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..256)) {
        let _ = decode_client(&bytes);
        let _ = decode_server(&bytes);
    }

    #[test]
    fn flipped_bytes_never_panic(at in 0_usize..64, value in any::<u8>()) {
        let mut bytes = encode(&changes());
        let at = at % bytes.len();
        bytes[at] = value;
        let _ = decode_server(&bytes);
    }
}
