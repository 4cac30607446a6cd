//! A small plan's log for tests: events, tree, tiles, the server's key and three witnesses, all from fixed seeds.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::merkle::inclusion_proof;
use super::*;
use crate::ids::{
    ActorRef, ChapterId, EventId, Generation, IncarnationId, PlanId, Position, Revision, TimestampMs,
};
use crate::log::{Envelope, Kind, Leaf, Record, Salts, Stream, Via, commitment};

pub(super) const ORIGIN: PlanOrigin = PlanOrigin {
    plan: PlanId::from_bytes([0x11; 16]),
    incarnation: IncarnationId::from_bytes([0x22; 16]),
};
pub(super) const COSIGNED_AT: u64 = 1_790_000_000;

/// Everything that a server knows of the log.
pub(super) struct Sample {
    pub records: Vec<Record>,
    pub nodes: BTreeMap<NodeId, TreeHash>,
    pub frontier: Frontier,
}

impl Sample {
    pub fn of(size: u64) -> Self {
        let mut sample = Self {
            records: Vec::new(),
            nodes: BTreeMap::new(),
            frontier: Frontier::new(),
        };
        let mut chain = commitment::CHAIN_START;
        for position in 0..size {
            let record = record(position, &chain);
            chain = record.chain;
            let leaf = TreeHash::of_leaf(&record.leaf(ORIGIN.plan).to_bytes());
            let nodes = &mut sample.nodes;
            let keep = |node, hash| {
                nodes.insert(node, hash);
            };
            sample.frontier.append(leaf, keep).unwrap();
            sample.records.push(record);
        }
        sample
    }

    pub fn node(&self, node: NodeId) -> Result<TreeHash, NodeId> {
        self.nodes.get(&node).copied().ok_or(node)
    }

    pub fn leaves(&self) -> Vec<Leaf> {
        self.records
            .iter()
            .map(|record| record.leaf(ORIGIN.plan))
            .collect()
    }

    pub fn checkpoint(&self) -> SignedCheckpoint {
        signed(self.frontier.head())
    }

    /// Cosigned by the first two witnesses.
    pub fn cosigned(&self) -> SignedCheckpoint {
        let mut checkpoint = self.checkpoint();
        for number in 0..2 {
            let at = UnixSeconds::new(COSIGNED_AT + number).unwrap();
            checkpoint.add(witness(number).cosign(&checkpoint, at)).unwrap();
        }
        checkpoint
    }

    pub fn proof(&self, position: u64, extent: Extent) -> Proof {
        let record = &self.records[usize::try_from(position).unwrap()];
        let path = inclusion_proof(position, self.frontier.size(), |node| self.node(node)).unwrap();
        Proof::new(Disclosure::of(record, ORIGIN.plan, extent), path, self.cosigned())
    }
}

pub(super) fn signed(head: TreeHead) -> SignedCheckpoint {
    SignedCheckpoint::sign(Checkpoint::new(ORIGIN.origin(), head), &log_signer()).unwrap()
}

pub(super) fn log_signer() -> LogSigner {
    LogSigner::from_seed(ORIGIN.to_string().parse().unwrap(), &[0x33; 32])
}

pub(super) fn witness(number: u64) -> WitnessSigner {
    let seed = [u8::try_from(0x44 + number).unwrap(); 32];
    WitnessSigner::from_seed(format!("witness{number}.example").parse().unwrap(), &seed)
}

/// Two of the three witnesses are enough.
pub(super) fn trust() -> Trust {
    let voice = |number| Witness {
        id: format!("party-{number}").parse().unwrap(),
        keys: vec![witness(number).verifier().clone()],
    };
    Trust {
        origin: ORIGIN,
        log_keys: vec![log_signer().verifier().clone()],
        quorum: Quorum::new(2, (0..3).map(voice).collect()).unwrap(),
    }
}

fn record(position: u64, chain: &[u8; 32]) -> Record {
    let byte = u8::try_from(position % 251).unwrap();
    let envelope = Envelope {
        position: Position(position),
        stream: Stream::Text(ChapterId::from_bytes([0x55; 16]), Generation(1)),
        revision: Revision(position),
        id: EventId::from_bytes([byte; 16]),
        kind: Kind::new("text.changed", 1),
        recorded_at: TimestampMs(1_789_000_000_000 + position),
        who: ActorRef(Position(0)),
        via: Via::Browser,
        causation: None,
        correlation: None,
        payload_commitment: [0; 32],
    };
    let salts = Salts {
        envelope: [byte; 32],
        payload: [byte ^ 0xff; 32],
    };
    Record::seal(
        ORIGIN.plan,
        chain,
        envelope,
        salts,
        Arc::from(format!("woord {position}").as_bytes()),
    )
}
