//! Notes, checkpoints, cosignatures and tiles against code that is not ours (`signed_note`, `tlog_tiles`, a
//! cosignature checked by the words of the specification): theirs reads ours, ours reads theirs.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use ed25519_dalek::{Signature, Signer, SigningKey, Verifier, VerifyingKey};
use schema::audit::merkle::{consistency_proof, inclusion_proof, verify_consistency, verify_inclusion};
use schema::audit::tile::{Tile, TileId, TilePath, Tiles, tiles_between};
use schema::audit::{
    Checkpoint, Frontier, LogKey, LogSigner, NodeId, Note, PlanOrigin, SignedCheckpoint, TreeHash, TreeHead,
    UnixSeconds, WitnessKey, WitnessSigner,
};
use schema::ids::{IncarnationId, PlanId};
use signed_note::{Note as TheirNote, StandardSigner, StandardVerifier, VerifierList};
use tlog_tiles::{Hash, HashReader, Tile as TheirTile, TileHashReader, TileReader};

const ORIGIN: PlanOrigin = PlanOrigin {
    plan: PlanId::from_bytes([1; 16]),
    incarnation: IncarnationId::from_bytes([2; 16]),
};
const SEED: [u8; 32] = [3; 32];

fn log_signer() -> LogSigner {
    LogSigner::from_seed(ORIGIN.to_string().parse().unwrap(), &SEED)
}

fn checkpoint(size: u64, root: TreeHash) -> SignedCheckpoint {
    SignedCheckpoint::sign(
        Checkpoint::new(ORIGIN.origin(), TreeHead { size, root }),
        &log_signer(),
    )
    .unwrap()
}

fn verifiers(of: impl signed_note::Verifier + 'static) -> VerifierList {
    VerifierList::new(vec![Box::new(of)])
}

#[test]
fn they_verify_our_checkpoint_and_read_what_it_states() {
    let ours = checkpoint(20_852_163, TreeHash::of_leaf(b"root"));
    let theirs = TheirNote::from_bytes(ours.to_string().as_bytes()).unwrap();
    let vkey = log_signer().verifier().to_string();
    let (verified, unknown) = theirs
        .verify(&verifiers(StandardVerifier::new(&vkey).unwrap()))
        .unwrap();
    assert_eq!((verified.len(), unknown.len()), (1, 0));
    let stated = tlog_tiles::Checkpoint::from_bytes(theirs.text()).unwrap();
    assert_eq!(stated.origin(), ORIGIN.to_string());
    assert_eq!(stated.size(), 20_852_163);
    assert_eq!(stated.hash().0, *TreeHash::of_leaf(b"root").as_bytes());
}

#[test]
fn we_verify_their_note_by_their_key() {
    let id = log_signer().verifier().id();
    let secret = BASE64.encode([&[1_u8], SEED.as_slice()].concat());
    let signer = StandardSigner::new(&format!("PRIVATE+KEY+{ORIGIN}+{id}+{secret}")).unwrap();
    let text = tlog_tiles::Checkpoint::new(
        &ORIGIN.to_string(),
        7,
        tlog_tiles::record_hash(b"x"),
        "een regel\n",
    );
    let mut theirs = TheirNote::new(&text.unwrap().to_bytes(), &[]).unwrap();
    theirs.add_sigs(&[&signer]).unwrap();
    let ours = SignedCheckpoint::parse(&theirs.to_bytes()).unwrap();
    assert_eq!(ours.verify_log(&[log_signer().verifier().clone()]), Ok(()));
    assert_eq!(ours.checkpoint().head.size, 7);
    assert_eq!(ours.checkpoint().head.root, TreeHash::of_leaf(b"x"));
    assert_eq!(ours.checkpoint().extensions(), ["een regel"]);
    assert_eq!(ours.to_string().into_bytes(), theirs.to_bytes());
}

#[test]
fn a_key_of_theirs_is_a_key_of_ours() {
    let public = SigningKey::from_bytes(&[5; 32]).verifying_key().to_bytes();
    let encoded = [&[1_u8], public.as_slice()].concat();
    let id = signed_note::key_id("stranger.example/log", &encoded);
    let vkey = format!("stranger.example/log+{id:08x}+{}", BASE64.encode(&encoded));
    assert_eq!(vkey.parse::<LogKey>().unwrap().to_string(), vkey);
    assert_eq!(
        LogSigner::from_seed("stranger.example/log".parse().unwrap(), &[5; 32])
            .verifier()
            .to_string(),
        vkey
    );
}

/// A cosigner as `tlog-cosignature` describes one, written from its words and with nothing of ours.
struct Cosigner {
    name: String,
    secret: SigningKey,
}

impl Cosigner {
    fn public(&self) -> VerifyingKey {
        self.secret.verifying_key()
    }

    fn encoded(&self) -> Vec<u8> {
        [&[4_u8], self.public().as_bytes().as_slice()].concat()
    }

    fn message(time: u64, text: &[u8]) -> Vec<u8> {
        [format!("cosignature/v1\ntime {time}\n").as_bytes(), text].concat()
    }

    fn cosign(&self, time: u64, text: &[u8]) -> signed_note::Signature {
        let signature = self.secret.sign(&Self::message(time, text)).to_bytes();
        let bytes = [time.to_be_bytes().as_slice(), &signature].concat();
        let id = signed_note::key_id(&self.name, &self.encoded());
        signed_note::Signature::new(self.name.clone(), id, bytes).unwrap()
    }
}

impl signed_note::Verifier for Cosigner {
    fn name(&self) -> &str {
        &self.name
    }

    fn key_id(&self) -> u32 {
        signed_note::key_id(&self.name, &self.encoded())
    }

    fn verify(&self, text: &[u8], bytes: &[u8]) -> bool {
        let (time, signature) = bytes.split_at(8);
        let time = u64::from_be_bytes(time.try_into().unwrap());
        let signature = Signature::from_slice(signature).unwrap();
        self.public()
            .verify(&Self::message(time, text), &signature)
            .is_ok()
    }
}

fn cosigner() -> Cosigner {
    Cosigner {
        name: "witness.example/w1".to_owned(),
        secret: SigningKey::from_bytes(&[6; 32]),
    }
}

#[test]
fn they_verify_our_cosignature() {
    let mut ours = checkpoint(5, TreeHash::of_leaf(b"root"));
    let witness = WitnessSigner::from_seed("witness.example/w1".parse().unwrap(), &[6; 32]);
    ours.add(witness.cosign(&ours, UnixSeconds::new(1_679_315_147).unwrap()))
        .unwrap();
    let theirs = TheirNote::from_bytes(ours.to_string().as_bytes()).unwrap();
    let (verified, unknown) = theirs.verify(&verifiers(cosigner())).unwrap();
    assert_eq!((verified.len(), unknown.len()), (1, 1));
}

#[test]
fn we_verify_their_cosignature() {
    let ours = checkpoint(5, TreeHash::of_leaf(b"root"));
    let line = cosigner()
        .cosign(1_679_315_147, ours.note().text().as_bytes())
        .to_bytes();
    let vkey = format!(
        "witness.example/w1+{:08x}+{}",
        signed_note::Verifier::key_id(&cosigner()),
        BASE64.encode(cosigner().encoded())
    );
    let known: WitnessKey = vkey.parse().unwrap();
    let mut cosigned = ours.clone();
    let mut body = line;
    if body.last() != Some(&b'\n') {
        body.push(b'\n');
    }
    assert_eq!(cosigned.add_answer(&body, std::slice::from_ref(&known)), Ok(1));
    assert_eq!(cosigned.cosigned_at(&known), Ok(UnixSeconds::new(1_679_315_147)));
}

#[test]
fn both_refuse_the_same_notes() {
    let good = checkpoint(5, TreeHash::of_leaf(b"root")).to_string();
    let broken = [
        good.replacen("\n\n", "\n", 1),
        good.trim_end().to_owned(),
        good.replacen('—', "-", 1),
        good.clone() + "\n",
        good.replacen('\n', "\r\n", 1),
        good.replacen("— ", "—  ", 1),
    ];
    for text in broken {
        assert!(TheirNote::from_bytes(text.as_bytes()).is_err(), "{text:?}");
        assert!(Note::parse(text.as_bytes()).is_err(), "{text:?}");
    }
}

/// Our tree, every complete subtree kept.
struct Ours {
    frontier: Frontier,
    nodes: BTreeMap<NodeId, TreeHash>,
}

impl Ours {
    fn of(size: u64) -> Self {
        let (mut frontier, mut nodes) = (Frontier::new(), BTreeMap::new());
        for number in 0..size {
            let keep = |node, hash| {
                nodes.insert(node, hash);
            };
            frontier
                .append(TreeHash::of_leaf(&number.to_be_bytes()), keep)
                .unwrap();
        }
        Self { frontier, nodes }
    }

    fn node(&self, node: NodeId) -> Result<TreeHash, NodeId> {
        self.nodes.get(&node).copied().ok_or(node)
    }

    fn root(&self) -> Hash {
        Hash(*self.frontier.head().root.as_bytes())
    }
}

impl TileReader for Ours {
    fn height(&self) -> u8 {
        8
    }

    fn read_tiles(&self, tiles: &[TheirTile]) -> Result<Vec<Vec<u8>>, tlog_tiles::Error> {
        let read = |tile: &TheirTile| {
            let width = u16::try_from(tile.width()).unwrap();
            let id = TileId::new(tile.level(), tile.level_index(), width).unwrap();
            Tile::read(id, |node| self.node(node)).unwrap().to_bytes()
        };
        Ok(tiles.iter().map(read).collect())
    }

    fn save_tiles(&self, _: &[TheirTile], _: &[Vec<u8>]) {}
}

#[test]
fn they_prove_and_check_out_of_our_tiles() {
    const SIZE: u64 = 70_000;
    let ours = Ours::of(SIZE);
    let reader = TileHashReader::new(SIZE, ours.root(), &ours);
    for index in [0, 255, 256, 65_535, 65_536, 69_887, 69_888, SIZE - 1] {
        let theirs = tlog_tiles::prove_record(SIZE, index, &reader).unwrap();
        let leaf = tlog_tiles::record_hash(&index.to_be_bytes());
        tlog_tiles::check_record(&theirs, SIZE, ours.root(), index, leaf).unwrap();
        let proof = inclusion_proof(index, SIZE, |node| ours.node(node)).unwrap();
        assert_eq!(
            bytes_of(&theirs),
            proof.iter().map(|hash| *hash.as_bytes()).collect::<Vec<_>>()
        );
    }
    for old_size in [1, 256, 300, 65_536, 69_999, SIZE] {
        let proof = consistency_proof(old_size, SIZE, |node| ours.node(node)).unwrap();
        let old = Hash(*Ours::of(old_size).frontier.head().root.as_bytes());
        let as_theirs: Vec<_> = proof.iter().map(|hash| Hash(*hash.as_bytes())).collect();
        tlog_tiles::check_tree(&as_theirs, SIZE, ours.root(), old_size, old).unwrap();
    }
}

fn bytes_of(hashes: &[Hash]) -> Vec<[u8; 32]> {
    hashes.iter().map(|hash| hash.0).collect()
}

/// Their tree: hashes in the order of their storage.
#[derive(Default)]
struct Theirs(Vec<Hash>);

impl HashReader for Theirs {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<Hash>, tlog_tiles::Error> {
        Ok(indexes
            .iter()
            .map(|index| self.0[usize::try_from(*index).unwrap()])
            .collect())
    }
}

#[test]
fn we_prove_and_check_out_of_their_tiles() {
    const SIZE: u64 = 1_000;
    let mut theirs = Theirs::default();
    for number in 0..SIZE {
        let new = tlog_tiles::stored_hashes(number, &number.to_be_bytes(), &theirs).unwrap();
        theirs.0.extend(new);
    }
    let mut tiles = Tiles::default();
    for tile in TheirTile::new_tiles(8, 0, SIZE) {
        let id = TileId::new(
            tile.level(),
            tile.level_index(),
            u16::try_from(tile.width()).unwrap(),
        )
        .unwrap();
        tiles.insert(Tile::from_bytes(id, &tile.read_data(&theirs).unwrap()).unwrap());
    }
    let head = |size| TreeHead {
        size,
        root: TreeHash::from_bytes(tlog_tiles::tree_hash(size, &theirs).unwrap().0),
    };
    for index in [0, 1, 255, 256, 511, 512, 998, 999] {
        let path = inclusion_proof(index, SIZE, |node| tiles.node(node)).unwrap();
        let leaf = TreeHash::of_leaf(&index.to_be_bytes());
        assert_eq!(verify_inclusion(&head(SIZE), index, &leaf, &path), Ok(()));
        let theirs = tlog_tiles::prove_tree(SIZE, index + 1, &theirs).unwrap();
        let proof: Vec<_> = bytes_of(&theirs).into_iter().map(TreeHash::from_bytes).collect();
        assert_eq!(verify_consistency(&head(index + 1), &head(SIZE), &proof), Ok(()));
    }
}

#[test]
fn both_publish_the_same_tiles_under_the_same_paths() {
    for (old_size, new_size) in [
        (0, 1),
        (0, 256),
        (0, 70_000),
        (255, 257),
        (65_000, 70_000),
        (5, 5),
    ] {
        // Theirs name the height, as the checksum database of Go does; `tlog-tiles` fixes it at 8.
        let theirs = TheirTile::new_tiles(8, old_size, new_size);
        let theirs: Vec<_> = theirs
            .iter()
            .map(|tile| tile.path().replacen("tile/8/", "tile/", 1))
            .collect();
        let ours: Vec<_> = tiles_between(old_size, new_size)
            .map(|tile| TilePath::Hashes(tile).to_string())
            .collect();
        assert_eq!(ours, theirs, "{old_size} to {new_size}");
        assert!(ours.iter().all(|path| path.parse::<TilePath>().is_ok()));
    }
}
