//! The log of a small plan for tests, from fixed seeds: a person, a commitment, its change, a witness.

use std::collections::BTreeMap;
use std::sync::Arc;

use schema::audit::merkle::inclusion_proof;
use schema::audit::{
    Checkpoint, Disclosure, Extent, Frontier, LogSigner, NodeId, Proof, Quorum, SignedCheckpoint, TreeHash,
    Trust, UnixSeconds, Witness, WitnessSigner,
};
use schema::domain::Event;
use schema::domain::actor::{ACTOR_BOUND, ActorBound, Identity};
use schema::domain::commitment::{self, Content};
use schema::ids::{
    ActorRef, CommitmentId, EventId, IncarnationId, PartyId, PersonId, PlanId, Position, Revision,
    TimestampMs,
};
use schema::log::{Envelope, Kind, Record, Salts, Stream, Via, commitment as sealing};
use serde_json::{Value, json};

pub(crate) const PLAN: PlanId = PlanId::from_bytes([0x11; 16]);
pub(crate) const AGREED: CommitmentId = CommitmentId::from_bytes([0x66; 16]);
pub(crate) const ANNA: PersonId = PersonId::from_bytes([0xa1; 16]);
pub(crate) const GGD: PartyId = PartyId::from_bytes([0xb2; 16]);
pub(crate) const AT: u64 = 1_789_000_000_000;

pub(crate) fn origin() -> schema::audit::PlanOrigin {
    schema::audit::PlanOrigin {
        plan: PLAN,
        incarnation: IncarnationId::from_bytes([0x22; 16]),
    }
}

pub(crate) fn signer() -> LogSigner {
    LogSigner::from_seed(origin().to_string().parse().unwrap(), &[0x33; 32])
}

pub(crate) fn witness() -> WitnessSigner {
    WitnessSigner::from_seed("ggd.example".parse().unwrap(), &[0x44; 32])
}

/// The log of the plan: position 0 binds Anna, 1 makes the commitment, 2 changes it, the rest says who else came.
pub(crate) struct Log {
    pub records: Vec<Record>,
    pub nodes: BTreeMap<NodeId, TreeHash>,
    pub frontier: Frontier,
    pub who: ActorRef,
}

impl Log {
    pub fn of(title: &str, size: u64) -> Self {
        let mut log = Self {
            records: Vec::new(),
            nodes: BTreeMap::new(),
            frontier: Frontier::new(),
            who: ActorRef(Position(0)),
        };
        let bound = ActorBound {
            identity: Identity::Person {
                person: ANNA,
                party: GGD,
                roles: Vec::new(),
            },
            device: None,
            page_session: None,
            text: None,
            brought: false,
        };
        log.add(Stream::Actors, ACTOR_BOUND, bound.payload());
        for event in agreed(title) {
            let event = Event::Commitment(AGREED, event);
            log.add(Stream::Commitment(AGREED), event.kind(), event.payload());
        }
        while log.frontier.size() < size {
            log.add(Stream::Actors, ACTOR_BOUND, bound.payload());
        }
        log
    }

    pub fn add(&mut self, stream: Stream, kind: Kind, payload: Vec<u8>) {
        let position = self.frontier.size();
        let byte = u8::try_from(position).unwrap();
        let envelope = Envelope {
            position: Position(position),
            stream,
            revision: Revision(position.saturating_sub(1)),
            id: EventId::from_bytes([byte; 16]),
            kind,
            recorded_at: TimestampMs(AT + position),
            who: self.who,
            via: Via::Browser,
            causation: None,
            correlation: None,
            payload_commitment: [0; 32],
        };
        let salts = Salts {
            envelope: [byte; 32],
            payload: [byte ^ 0xff; 32],
        };
        let chain = self
            .records
            .last()
            .map_or(sealing::CHAIN_START, |last| last.chain);
        let record = Record::seal(PLAN, &chain, envelope, salts, Arc::from(payload));
        let leaf = TreeHash::of_leaf(&record.leaf(PLAN).to_bytes());
        let nodes = &mut self.nodes;
        let keep = |node, hash| {
            nodes.insert(node, hash);
        };
        self.frontier.append(leaf, keep).unwrap();
        self.records.push(record);
    }

    pub fn node(&self, node: NodeId) -> Result<TreeHash, NodeId> {
        self.nodes.get(&node).copied().ok_or(node)
    }

    pub fn note(&self) -> SignedCheckpoint {
        let body = Checkpoint::new(origin().origin(), self.frontier.head());
        let mut note = SignedCheckpoint::sign(body, &signer()).unwrap();
        let at = UnixSeconds::new(1_790_000_000).unwrap();
        note.add(witness().cosign(&note, at)).unwrap();
        note
    }

    pub fn answer(&self, position: usize, extent: Extent) -> Value {
        let record = &self.records[position];
        let index = record.envelope.position.0;
        let path = inclusion_proof(index, self.frontier.size(), |node| self.node(node)).unwrap();
        let proof = Proof::new(Disclosure::of(record, PLAN, extent), path, self.note());
        json!({ "proof": proof, "trust": trust(), "shown": "everything" })
    }

    pub fn head(&self, size: u64) -> Value {
        let root = schema::audit::merkle::root(size, |node| self.node(node)).unwrap();
        json!({ "size": size, "root": root })
    }
}

pub(crate) fn agreed(title: &str) -> Vec<commitment::Event> {
    let mut content = Content {
        title: Some("Nachtzorg".parse().unwrap()),
        ..Content::default()
    };
    let created = commitment::Event::Created {
        content: Box::new(content.clone()),
    };
    let before = content.clone();
    content.title = Some(title.parse().unwrap());
    let changes = before.changes_to(&content);
    vec![created, commitment::Event::Amended { changes }]
}

pub(crate) fn trust() -> Trust {
    let voice = Witness {
        id: "ggd".parse().unwrap(),
        keys: vec![witness().verifier().clone()],
    };
    Trust {
        origin: origin(),
        log_keys: vec![signer().verifier().clone()],
        quorum: Quorum::new(1, vec![voice]).unwrap(),
    }
}
