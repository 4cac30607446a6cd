//! The tree against published vectors, against another library for every small size, and beyond any memory.

use std::collections::BTreeMap;
use std::convert::Infallible;

use ct_merkle::mem_backed_tree::MemoryBackedTree;
use proptest::prelude::*;
use sha2::Sha256;

use super::*;
use crate::limits::{CONSISTENCY_PROOF_HASHES_MAX, TREE_LEAVES_MAX};

const SMALL: u64 = 300;

/// Entries and roots of the test vectors that implementations of RFC 6962 share.
const ENTRIES: [&[u8]; 8] = [
    b"",
    b"\x00",
    b"\x10",
    b"\x20\x21",
    b"\x30\x31",
    b"\x40\x41\x42\x43",
    b"\x50\x51\x52\x53\x54\x55\x56\x57",
    b"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f",
];
const ROOTS: [&str; 9] = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];
const SUBTREE_2_4: &str = "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e";
const SUBTREE_4_6: &str = "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a";
const SUBTREE_4_8: &str = "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4";
const SUBTREE_6_8: &str = "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0";
const LEAF_1: &str = "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7";
const LEAF_4: &str = "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b";

/// A tree with every complete subtree kept.
#[derive(Default)]
struct Kept {
    frontier: Frontier,
    nodes: BTreeMap<NodeId, TreeHash>,
}

impl Kept {
    fn of<'a>(entries: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let mut tree = Self::default();
        for entry in entries {
            tree.push(entry);
        }
        tree
    }

    fn push(&mut self, entry: &[u8]) {
        let keep = |node, hash| assert_eq!(self.nodes.insert(node, hash), None, "told once");
        self.frontier.append(TreeHash::of_leaf(entry), keep).unwrap();
    }

    fn node(&self, node: NodeId) -> Result<TreeHash, NodeId> {
        self.nodes.get(&node).copied().ok_or(node)
    }

    fn head(&self, size: u64) -> TreeHead {
        TreeHead {
            size,
            root: root(size, |node| self.node(node)).unwrap(),
        }
    }
}

fn hex(hash: &TreeHash) -> String {
    hash.as_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn entry(number: u64) -> Vec<u8> {
    number.to_be_bytes().to_vec()
}

fn concatenated(proof: &[TreeHash]) -> Vec<u8> {
    proof.iter().flat_map(TreeHash::as_bytes).copied().collect()
}

#[test]
fn roots_are_those_of_the_published_vectors() {
    for (size, expected) in ROOTS.iter().enumerate() {
        let tree = Kept::of(ENTRIES.into_iter().take(size));
        assert_eq!(hex(&tree.frontier.head().root), *expected, "{size} leaves");
    }
}

#[test]
fn proofs_are_those_of_the_published_vectors() {
    let tree = Kept::of(ENTRIES);
    let inclusion = |index, size| inclusion_proof(index, size, |node| tree.node(node)).unwrap();
    let consistency = |old, new| consistency_proof(old, new, |node| tree.node(node)).unwrap();
    let hexes = |proof: Vec<TreeHash>| proof.iter().map(hex).collect::<Vec<_>>();
    assert_eq!(hexes(inclusion(0, 8)), [LEAF_1, SUBTREE_2_4, SUBTREE_4_8]);
    assert_eq!(hexes(inclusion(5, 8)), [LEAF_4, SUBTREE_6_8, ROOTS[4]]);
    assert_eq!(hexes(inclusion(2, 3)), [ROOTS[2]]);
    assert!(inclusion(0, 1).is_empty());
    assert_eq!(hexes(consistency(1, 8)), [LEAF_1, SUBTREE_2_4, SUBTREE_4_8]);
    assert_eq!(hexes(consistency(6, 8)), [SUBTREE_4_6, SUBTREE_6_8, ROOTS[4]]);
    assert_eq!(hexes(consistency(2, 5)), [SUBTREE_2_4, LEAF_4]);
    assert!(consistency(1, 1).is_empty());
}

#[test]
fn every_small_tree_is_that_of_another_library() {
    let mut theirs = MemoryBackedTree::<Sha256, Vec<u8>>::new();
    let mut ours = Kept::default();
    for size in 0..=SMALL {
        assert_eq!(
            ours.frontier.head().root.as_bytes()[..],
            theirs.root().as_bytes()[..],
            "{size} leaves"
        );
        assert_eq!(ours.frontier.head(), ours.head(size));
        for at in 0..size {
            let index = usize::try_from(at).unwrap();
            let inclusion = inclusion_proof(at, size, |node| ours.node(node)).unwrap();
            assert_eq!(
                concatenated(&inclusion),
                theirs.prove_inclusion(index).as_bytes(),
                "{at} in {size}"
            );
            if at > 0 {
                let consistency = consistency_proof(at, size, |node| ours.node(node)).unwrap();
                let added = usize::try_from(size - at).unwrap();
                assert_eq!(
                    concatenated(&consistency),
                    theirs.prove_consistency(added).as_bytes(),
                    "{at} to {size}"
                );
            }
        }
        ours.push(&entry(size));
        theirs.push(entry(size));
    }
}

#[test]
fn every_small_proof_proves_its_own_place_only() {
    let tree = Kept::of((0..40).map(entry).collect::<Vec<_>>().iter().map(Vec::as_slice));
    for size in 0..=40 {
        let head = tree.head(size);
        for index in 0..size {
            let path = inclusion_proof(index, size, |node| tree.node(node)).unwrap();
            for other in 0..=size {
                let leaf = TreeHash::of_leaf(&entry(other));
                let proved = verify_inclusion(&head, index, &leaf, &path).is_ok();
                assert_eq!(
                    proved,
                    other == index,
                    "leaf {other} by the path of {index} in {size}"
                );
                let leaf = TreeHash::of_leaf(&entry(index));
                let proved = verify_inclusion(&head, other, &leaf, &path).is_ok();
                assert_eq!(proved, other == index, "leaf {index} at {other} in {size}");
            }
        }
        for old in 0..=size {
            let proof = consistency_proof(old, size, |node| tree.node(node)).unwrap();
            for other in 0..=size {
                let proved = verify_consistency(&tree.head(other), &head, &proof).is_ok();
                let is_proved_too = proof.is_empty() && (other == 0 || other == size);
                assert_eq!(
                    proved,
                    other == old || is_proved_too,
                    "{other} by the proof of {old} to {size}"
                );
            }
        }
    }
}

#[test]
fn a_tree_does_not_shrink_and_has_an_end() {
    let none = |_: NodeId| Err::<TreeHash, &str>("not read");
    assert_eq!(
        consistency_proof(2, 1, none),
        Err(BuildError::NotGrown {
            old_size: 2,
            new_size: 1
        })
    );
    assert_eq!(
        inclusion_proof(1, 1, none),
        Err(BuildError::NoSuchLeaf { index: 1, size: 1 })
    );
    assert_eq!(inclusion_proof(0, 2, none), Err(BuildError::Read("not read")));
    let beyond = TREE_LEAVES_MAX + 1;
    assert!(inclusion_proof(0, beyond, none).is_err());
    assert!(nodes_for_consistency(0, u64::MAX).is_empty());
    let mut full = Frontier::read(TREE_LEAVES_MAX, alike).unwrap();
    assert_eq!(full.append(TreeHash::of_leaf(b""), |_, _| {}), Err(TreeFull));
}

#[test]
fn an_empty_tree_has_one_root() {
    let lie = TreeHead {
        size: 0,
        root: TreeHash::of_leaf(b""),
    };
    let tree = Kept::of(ENTRIES);
    assert_eq!(verify_consistency(&lie, &tree.head(8), &[]), Err(NotProved::Root));
    assert_eq!(
        verify_consistency(&TreeHead::empty(), &lie, &[]),
        Err(NotProved::Root)
    );
    let surplus = [TreeHash::of_leaf(b"")];
    assert_eq!(
        verify_consistency(&TreeHead::empty(), &tree.head(8), &surplus),
        Err(NotProved::Length)
    );
    assert_eq!(
        verify_consistency(&tree.head(8), &tree.head(7), &[]),
        Err(NotProved::Shrank)
    );
}

/// A tree of any size whose leaves are all the same: the hash of a subtree depends on its level alone.
fn alike(node: NodeId) -> Result<TreeHash, Infallible> {
    let leaf = TreeHash::of_leaf(b"alike");
    Ok((0..node.level).fold(leaf, |below, _| TreeHash::of_node(&below, &below)))
}

fn alike_head(size: u64) -> TreeHead {
    let Ok(root) = root(size, alike);
    TreeHead { size, root }
}

/// Sizes of every magnitude, and their neighbours.
fn sizes() -> impl Strategy<Value = u64> {
    (0..=62_u32, any::<u64>())
        .prop_map(|(bits, low)| ((1 << bits) | (low & ((1 << bits) - 1))).min(TREE_LEAVES_MAX))
}

proptest! {
    #[test]
    fn leaves_of_huge_trees_are_proved(size in sizes(), at in any::<u64>(), fault in any::<usize>()) {
        let index = at % size;
        let head = alike_head(size);
        let leaf = TreeHash::of_leaf(b"alike");
        let Ok(mut path) = inclusion_proof(index, size, alike) else { panic!("the leaf is there") };
        prop_assert!(path.len() < CONSISTENCY_PROOF_HASHES_MAX);
        prop_assert_eq!(verify_inclusion(&head, index, &leaf, &path), Ok(()));
        path.push(leaf);
        prop_assert!(verify_inclusion(&head, index, &leaf, &path).is_err());
        path.pop();
        if !path.is_empty() {
            let at = fault % path.len();
            path[at] = TreeHash::of_leaf(b"other");
            prop_assert_eq!(verify_inclusion(&head, index, &leaf, &path), Err(NotProved::Root));
            path.pop();
            prop_assert_eq!(verify_inclusion(&head, index, &leaf, &path), Err(NotProved::Length));
        }
    }

    #[test]
    fn huge_trees_are_proved_to_have_grown(old in sizes(), new in sizes(), fault in any::<usize>()) {
        let (old, new) = (old.min(new), old.max(new));
        let Ok(mut proof) = consistency_proof(old, new, alike) else { panic!("the tree grew") };
        prop_assert!(proof.len() <= CONSISTENCY_PROOF_HASHES_MAX);
        prop_assert_eq!(verify_consistency(&alike_head(old), &alike_head(new), &proof), Ok(()));
        proof.push(TreeHash::of_leaf(b"alike"));
        prop_assert!(verify_consistency(&alike_head(old), &alike_head(new), &proof).is_err());
        proof.pop();
        if !proof.is_empty() {
            let at = fault % proof.len();
            proof[at] = TreeHash::of_leaf(b"other");
            prop_assert!(verify_consistency(&alike_head(old), &alike_head(new), &proof).is_err());
        }
    }

    #[test]
    fn any_numbers_and_hashes_are_judged(sizes in any::<[u64; 3]>(), hashes in prop::collection::vec(any::<[u8; 32]>(), 0..70)) {
        let [old, new, index] = sizes;
        let proof: Vec<_> = hashes.into_iter().map(TreeHash::from_bytes).collect();
        let head = |size| TreeHead { size, root: TreeHash::of_empty_tree() };
        prop_assert!(verify_inclusion(&head(new), index, &TreeHash::of_empty_tree(), &proof).is_err());
        prop_assert!(old == new || verify_consistency(&head(old), &head(new), &proof).is_err());
        let _ = (nodes_for_inclusion(index, new), nodes_for_consistency(old, new), nodes_for_root(new));
    }

    #[test]
    fn a_frontier_survives_its_stored_form(size in sizes()) {
        let Ok(frontier) = Frontier::read(size, alike);
        prop_assert_eq!(frontier.head(), alike_head(size));
        let bytes = frontier.to_bytes();
        prop_assert_eq!(Frontier::from_bytes(&bytes), Ok(frontier));
        prop_assert_eq!(Frontier::from_bytes(&bytes[1..]), Err(FrontierError));
    }

    #[test]
    fn any_bytes_are_a_frontier_or_not(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        if let Ok(frontier) = Frontier::from_bytes(&bytes) {
            prop_assert_eq!(frontier.to_bytes(), bytes);
        }
    }
}
