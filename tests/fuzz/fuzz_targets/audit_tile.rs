//! Any bytes as the path of a tile, as a tile, as an entry bundle and as a stored frontier: no panic, one form.

#![no_main]

use libfuzzer_sys::fuzz_target;
use schema::audit::tile::{Tile, TileId, TilePath, Tiles, decode_bundle, encode_bundle};
use schema::audit::{Frontier, NodeId, merkle};

fuzz_target!(|bytes: &[u8]| {
    if let Ok(text) = std::str::from_utf8(bytes)
        && let Ok(path) = text.parse::<TilePath>()
    {
        assert_eq!(path.to_string(), text);
    }
    if let Ok(leaves) = decode_bundle(bytes) {
        assert_eq!(encode_bundle(&leaves), bytes);
    }
    if let Ok(frontier) = Frontier::from_bytes(bytes) {
        assert_eq!(frontier.to_bytes(), bytes);
    }
    let Some((opening, hashes)) = bytes.split_first_chunk::<12>() else {
        return;
    };
    let [level, width, node_level, shift, index @ ..] = *opening;
    let index = u64::from_be_bytes(index) >> (shift % 64);
    let Some(id) = TileId::new(level, index, u16::from(width) + 1) else {
        return;
    };
    let Ok(tile) = Tile::from_bytes(id, hashes) else {
        return;
    };
    assert_eq!(tile.to_bytes(), hashes);
    let tiles: Tiles = [tile].into_iter().collect();
    let _ = tiles.node(NodeId {
        level: node_level,
        index,
    });
    let _ = merkle::inclusion_proof(index, u64::from(width), |node| tiles.node(node));
});
