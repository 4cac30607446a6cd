//! Tiles: the example of `tlog-tiles`, paths in both directions, and proofs from tiles alone.

use proptest::prelude::*;

use super::*;
use crate::audit::merkle::{
    consistency_proof, inclusion_proof, nodes_for_consistency, nodes_for_inclusion, nodes_for_root, root,
};
use crate::audit::sample::Sample;
use crate::audit::{Frontier, TreeHash};

fn path_of(level: u8, index: u64, width: u16) -> String {
    TilePath::Hashes(TileId::new(level, index, width).unwrap()).to_string()
}

#[test]
fn paths_are_those_of_the_specification() {
    assert_eq!(path_of(0, 1_234_067, 256), "tile/0/x001/x234/067");
    assert_eq!(path_of(2, 0, 1), "tile/2/000.p/1");
    assert_eq!(path_of(1, 999, 255), "tile/1/999.p/255");
    assert_eq!(path_of(0, 1_000, 256), "tile/0/x001/000");
    let bundle = BundleId::new(12, 112).unwrap();
    assert_eq!(TilePath::Entries(bundle).to_string(), "tile/entries/012.p/112");
    assert_eq!(bundle.first_leaf(), 12 * 256);
    let last = TileId::new(0, (TREE_LEAVES_MAX >> 8) - 1, 255)
        .map(|tile| BundleId::new(tile.index(), 255))
        .unwrap();
    assert_eq!(TilePath::Entries(last.unwrap()).to_string().len(), 47);
}

#[test]
fn a_path_has_one_form() {
    let strange = [
        "",
        "tile",
        "tile/",
        "tile/0",
        "tile/0/",
        "tile/0/0",
        "tile/0/00",
        "tile/0/0000",
        "tile/00/000",
        "tile/0/x000/001",
        "tile/0/001/002",
        "tile/0/x001",
        "tile/0/x001/x002",
        "tile/0/1000",
        "tile/+0/000",
        "tile/0/+01",
        "tile/0/000.p/0",
        "tile/0/000.p/256",
        "tile/0/000.p/01",
        "tile/0/000.p/",
        "tile/0/000.p",
        "tile/0/000.p/1.p/1",
        "tile/8/000.p/1",
        "tile/64/000",
        "tile/7/000",
        "tile/-1/000",
        "tile/0/000/",
        "/tile/0/000",
        "tile/entries/0",
        "tile/entry/000",
        "tile/data/000",
        "tile/0/../000",
        "tile/0/x00١/000",
        "tile/0/x999/x999/x999/x999/x999/x999/999",
    ];
    for text in strange {
        assert!(
            text.parse::<TilePath>().is_err(),
            "{text:?} is not the path of a tile"
        );
    }
}

#[test]
fn a_tree_of_70_000_has_the_tiles_that_the_specification_counts() {
    let tiles: Vec<_> = tiles_between(0, 70_000).collect();
    let of = |level, is_full: bool| {
        let wanted = |tile: &&TileId| tile.level() == level && (tile.width() == TILE_WIDTH) == is_full;
        tiles
            .iter()
            .filter(wanted)
            .map(|tile| tile.width())
            .collect::<Vec<_>>()
    };
    assert_eq!(of(0, true).len(), 273);
    assert_eq!(of(0, false), [112]);
    assert_eq!(of(1, true).len(), 1);
    assert_eq!(of(1, false), [17]);
    assert_eq!(of(2, false), [1]);
    assert_eq!(tiles.len(), 273 + 1 + 1 + 1 + 1);
    let of_256: Vec<_> = tiles_between(0, 256).collect();
    assert_eq!(
        of_256,
        [TileId::new(0, 0, 256).unwrap(), TileId::new(1, 0, 1).unwrap()]
    );
    assert_eq!(tiles_between(70_000, 70_000).count(), 0);
    assert_eq!(
        tiles_between(255, 257)
            .map(|tile| tile.width())
            .collect::<Vec<_>>(),
        [256, 1, 1]
    );
}

#[test]
fn every_proof_comes_from_the_tiles_it_names() {
    const SIZE: u64 = 600;
    let sample = Sample::of(SIZE);
    let published = |tile| Tile::read(tile, |node| sample.node(node)).unwrap();
    for (at, size) in [
        (0, 1),
        (0, 256),
        (255, 257),
        (256, 257),
        (300, 512),
        (511, 600),
        (599, 600),
        (3, 600),
    ] {
        let nodes = nodes_for_inclusion(at, size);
        let tiles: Tiles = tiles_for(nodes, size).into_iter().map(published).collect();
        let from_tiles = inclusion_proof(at, size, |node| tiles.node(node)).unwrap();
        assert_eq!(
            from_tiles,
            inclusion_proof(at, size, |node| sample.node(node)).unwrap()
        );
        let tiles: Tiles = tiles_for(nodes_for_consistency(at, size), size)
            .into_iter()
            .map(published)
            .collect();
        let from_tiles = consistency_proof(at, size, |node| tiles.node(node)).unwrap();
        assert_eq!(
            from_tiles,
            consistency_proof(at, size, |node| sample.node(node)).unwrap()
        );
    }
    let tiles: Tiles = tiles_for(nodes_for_root(SIZE), SIZE)
        .into_iter()
        .map(published)
        .collect();
    assert_eq!(
        root(SIZE, |node| tiles.node(node)),
        Ok(sample.frontier.head().root)
    );
    assert_eq!(
        Frontier::read(SIZE, |node| tiles.node(node)),
        Ok(sample.frontier.clone())
    );
}

#[test]
fn a_proof_in_five_million_leaves_needs_few_tiles() {
    let size = 5_000_000;
    for index in [0, 1, 255, 256, 65_535, 65_536, 2_500_000, size - 1] {
        let tiles = tiles_for(nodes_for_inclusion(index, size), size);
        assert!(tiles.len() <= 5, "leaf {index} needs {} tiles", tiles.len());
    }
}

#[test]
fn what_is_not_at_hand_is_missing() {
    let sample = Sample::of(10);
    let tile = Tile::read(TileId::in_tree(0, 0, 10).unwrap(), |node| sample.node(node)).unwrap();
    let tiles: Tiles = [tile.clone()].into_iter().collect();
    for node in [
        NodeId { level: 0, index: 10 },
        NodeId { level: 3, index: 1 },
        NodeId { level: 8, index: 0 },
    ] {
        assert_eq!(tiles.node(node), Err(MissingTile(node)));
    }
    let narrower = Tile::from_bytes(TileId::new(0, 0, 4).unwrap(), &tile.to_bytes()[..128]).unwrap();
    let mut both = tiles.clone();
    both.insert(narrower.clone());
    assert!(
        both.node(NodeId { level: 0, index: 9 }).is_ok(),
        "the wider tile stays"
    );
    let mut both: Tiles = [narrower].into_iter().collect();
    both.insert(tile.clone());
    assert!(
        both.node(NodeId { level: 0, index: 9 }).is_ok(),
        "the wider tile comes"
    );
    assert!(Tile::from_bytes(tile.id(), &tile.to_bytes()[1..]).is_err());
    assert!(Tile::from_bytes(TileId::new(0, 0, 9).unwrap(), &tile.to_bytes()).is_err());
}

#[test]
fn the_leaves_of_a_bundle_hash_to_its_tile() {
    let sample = Sample::of(300);
    let bundle = BundleId::in_tree(1, 300).unwrap();
    assert_eq!(bundle.width(), 44);
    let leaves = decode_bundle(&encode_bundle(&sample.leaves()[256..])).unwrap();
    let hashes: Vec<_> = leaves
        .iter()
        .map(|leaf| TreeHash::of_leaf(&leaf.to_bytes()))
        .collect();
    let tile = Tile::read(bundle.hashes(), |node| sample.node(node)).unwrap();
    assert_eq!(tile.hashes(), hashes);
}

#[test]
fn a_damaged_bundle_is_refused_by_entry() {
    let bytes = encode_bundle(&Sample::of(3).leaves());
    assert_eq!(
        decode_bundle(&bytes[..bytes.len() - 1]),
        Err(BundleError::Torn(2))
    );
    assert_eq!(decode_bundle(&bytes[..60]), Err(BundleError::Torn(1)));
    assert_eq!(decode_bundle(b""), Err(BundleError::Width));
    assert!(matches!(decode_bundle(&bytes[1..]), Err(BundleError::Torn(0))));
    assert!(matches!(decode_bundle(&[0, 1, 9]), Err(BundleError::Leaf(0, _))));
    let too_many = encode_bundle(&Sample::of(257).leaves());
    assert_eq!(decode_bundle(&too_many), Err(BundleError::Width));
}

proptest! {
    #[test]
    fn a_tile_survives_its_path(level in 0..=7_u8, index in any::<u64>(), width in 1..=256_u16, shift in 0..64_u32) {
        if let Some(tile) = TileId::new(level, index >> shift, width) {
            let path = TilePath::Hashes(tile);
            prop_assert_eq!(path.to_string().parse(), Ok(path));
        }
    }

    #[test]
    fn any_text_is_a_path_or_not(text in "(tile/)?[0-9ex/.p+entris]{0,40}", noise in ".{0,40}") {
        for text in [text, noise] {
            if let Ok(path) = text.parse::<TilePath>() {
                prop_assert_eq!(path.to_string(), text);
            }
        }
    }

    #[test]
    fn any_bytes_are_a_bundle_or_not(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        if let Ok(leaves) = decode_bundle(&bytes) {
            prop_assert_eq!(encode_bundle(&leaves), bytes);
        }
    }

    #[test]
    fn a_node_has_a_tile_exactly_if_the_tree_has_the_node(
        level in 0..80_u8, index in any::<u64>(), shift in 0..64_u32, size in 0..=TREE_LEAVES_MAX,
    ) {
        let node = NodeId { level, index: index >> shift };
        let end = (u128::from(node.index) + 1).checked_shl(u32::from(level));
        let is_in_tree = level < 64 && end.is_some_and(|end| end <= u128::from(size));
        prop_assert_eq!(TileId::of_node(node, size).is_some(), is_in_tree);
        prop_assert!(Tiles::default().node(node).is_err());
    }
}
