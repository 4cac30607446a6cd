//! One plan's published log: its checkpoints, its tiles, its proofs.
//!
//! # Why it exists
//!
//! Readers (strangers, pages, witness clients) need no lock that the signing thread holds: they see one [`State`] as
//! it was published, and slices of files that are only added to.
//!
//! # Invariants
//!
//! - Nothing is published before it is durable.
//! - A proof is checked before it is handed out: what a damaged file gives is an error, never a wrong proof.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use schema::audit::merkle::{self, BuildError};
use schema::audit::tile::TileId;
use schema::audit::{Disclosure, Extent, PlanOrigin, Proof, SignedCheckpoint, TreeHash, TreeHead};
use schema::log::Record;

use super::Signers;
use super::alarm::Alarm;
use super::state::{self, Stamped, State};
use super::tree_files::TreeFiles;
use crate::durable::{self, Readers};

/// The published log of one plan in one incarnation.
#[derive(Debug)]
pub struct PlanLog {
    origin: PlanOrigin,
    directory: PathBuf,
    files: TreeFiles,
    state: RwLock<Arc<State>>,
    changing: Mutex<()>,
}

/// Why there is no proof.
#[derive(Debug, thiserror::Error)]
pub enum ProveError {
    /// No checkpoint holds the event yet.
    #[error("no checkpoint holds the event yet")]
    NotSigned,
    /// The tree asked for is not the log's.
    #[error("a tree of {new_size} events, {signed} of them signed, has no proof from {old_size}")]
    NoSuchTree {
        /// The earlier size.
        old_size: u64,
        /// The later size.
        new_size: u64,
        /// How far the log is signed.
        signed: u64,
    },
    /// The event is not the one that was signed.
    #[error("event {0} is not the one that was signed")]
    NotAsSigned(u64),
    /// The tree's files are damaged; they are built again from the log.
    #[error("the tree's files are damaged and are built again; ask again in a while")]
    Damaged,
    /// The tree's files cannot be read.
    #[error("the tree cannot be read")]
    Files(#[from] io::Error),
}

/// That a later tree begins with an earlier one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consistency {
    /// The earlier tree.
    pub old: TreeHead,
    /// The later one.
    pub new: TreeHead,
    /// The hashes between (RFC 9162 §2.1.4).
    pub path: Vec<TreeHash>,
    /// The later tree's checkpoint, where it is at hand.
    pub checkpoint: Option<SignedCheckpoint>,
}

impl PlanLog {
    /// The log in a directory, made if there is none; `signers` are all that ever signed it.
    ///
    /// # Errors
    /// When it cannot be made or read.
    pub fn open(origin: PlanOrigin, directory: PathBuf, signers: &Signers) -> io::Result<Self> {
        durable::make_directory(&directory, Readers::Default)?;
        let (state, damaged) = State::load(&directory, signers)?;
        if let Some(damaged) = damaged {
            tracing::warn!(%origin, "{damaged}; it is made anew once the log was read whole");
        }
        Ok(Self {
            origin,
            files: TreeFiles::of(directory.clone()),
            directory,
            state: RwLock::new(Arc::new(state)),
            changing: Mutex::default(),
        })
    }

    /// Its name.
    #[must_use]
    pub const fn origin(&self) -> PlanOrigin {
        self.origin
    }

    /// Where its files are.
    #[must_use]
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// The tree's files.
    #[must_use]
    pub const fn files(&self) -> &TreeFiles {
        &self.files
    }

    /// What is published now.
    #[must_use]
    pub fn state(&self) -> Arc<State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Events under the newest checkpoint.
    #[must_use]
    pub fn signed_size(&self) -> u64 {
        self.state()
            .newest
            .as_ref()
            .map_or(0, |newest| newest.head().size)
    }

    /// Changes the state, stores it, then publishes it. One change at a time.
    ///
    /// # Errors
    /// What `change` says or the operating system; then nothing changed.
    pub fn change<E: From<io::Error>>(
        &self,
        change: impl FnOnce(&mut State) -> Result<(), E>,
    ) -> Result<(), E> {
        let _alone = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let before = self.state();
        let mut after = State::clone(&before);
        change(&mut after)?;
        if after == *before {
            return Ok(());
        }
        if after.newest.is_some() || !after.witnesses.is_empty() {
            after.store(&self.directory)?;
        }
        *self.state.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(after);
        Ok(())
    }

    /// Stores that nothing was signed yet: asked for before the first hash is written, because hashes alone tell of
    /// checkpoints that are gone.
    ///
    /// # Errors
    /// What the operating system says; then no hash may be written.
    pub fn say_unsigned(&self) -> io::Result<()> {
        let _alone = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        self.state().store(&self.directory)
    }

    /// Puts a new checkpoint in the newest one's place.
    ///
    /// # Errors
    /// What the operating system says; then it must not be used.
    pub fn publish(&self, stamped: Stamped) -> io::Result<()> {
        if let Some(before) = &self.state().newest {
            state::keep_earlier(&self.directory, before)?;
        }
        self.change(|state| {
            state.signed(stamped);
            Ok(())
        })
    }

    /// Raises an alarm about the log itself, or takes it back. The first moment of the same alarm stays.
    pub fn set_alarm(&self, alarm: Option<Alarm>) {
        let kind_of = |alarm: &Option<Alarm>| alarm.as_ref().map(|alarm| (alarm.kind, alarm.position));
        let changed = self.change(|state| {
            if kind_of(&state.alarm) == kind_of(&alarm) {
                return Ok(());
            }
            if let Some(alarm) = &alarm {
                let position = alarm.position.map(|position| position.0);
                tracing::error!(origin = %self.origin, kind = ?alarm.kind, position, "audit alarm: {}", alarm.detail);
            }
            state.alarm = alarm;
            Ok::<(), io::Error>(())
        });
        if let Err(error) = changed {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "an audit alarm could not be stored"
            );
        }
    }

    /// Files that end too soon or are gone are damaged; anything else may pass.
    fn unread(&self, index: u64, error: io::Error) -> ProveError {
        match error.kind() {
            io::ErrorKind::UnexpectedEof | io::ErrorKind::NotFound => self.damaged(index),
            _ => error.into(),
        }
    }

    fn damaged(&self, index: u64) -> ProveError {
        tracing::warn!(origin = %self.origin, index, "the tree's files are damaged near event {index}");
        self.doubt(index);
        ProveError::Damaged
    }

    /// Has the tree built again before anything more is signed, also after a restart.
    pub fn doubt(&self, index: u64) {
        let noted = self.change(|state| {
            state.doubted = Some(index);
            Ok::<(), io::Error>(())
        });
        if let Err(error) = noted {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "a doubt could not be stored"
            );
        }
    }

    /// Whether the log itself is in doubt, so that nothing may be signed.
    #[must_use]
    pub fn is_in_doubt(&self) -> bool {
        self.state().alarm.is_some()
    }

    /// Proves an event, showing of it what `extent` allows.
    ///
    /// # Errors
    /// [`ProveError`].
    pub fn prove(&self, record: &Record, extent: Extent) -> Result<Proof, ProveError> {
        let index = record.envelope.position.0;
        let state = self.state();
        let checkpoint = &state.covering(index).ok_or(ProveError::NotSigned)?.note;
        let head = checkpoint.checkpoint().head;
        let disclosure = Disclosure::of(record, self.origin.plan, extent);
        let nodes = merkle::nodes_for_inclusion(index, head.size);
        let tiles = self.files.tiles(nodes, head.size);
        let tiles = tiles.map_err(|error| self.unread(index, error))?;
        let path =
            merkle::inclusion_proof(index, head.size, |node| tiles.node(node)).map_err(io::Error::other)?;
        let leaf = TreeHash::of_leaf(&disclosure.leaf.to_bytes());
        match merkle::verify_inclusion(&head, index, &leaf, &path) {
            Ok(()) => Ok(Proof::new(disclosure, path, checkpoint.clone())),
            Err(_) if self.files.leaf(index)? != leaf => Err(ProveError::NotAsSigned(index)),
            Err(_) => Err(self.damaged(index)),
        }
    }

    /// Proves that the tree of `new_size` events begins with that of `old_size`; without `new_size`, the newest
    /// signed one.
    ///
    /// # Errors
    /// [`ProveError`]; only trees within what is signed are proved.
    pub fn consistency(&self, old_size: u64, new_size: Option<u64>) -> Result<Consistency, ProveError> {
        let state = self.state();
        let signed = self.signed_size();
        let new_size = new_size.unwrap_or(signed);
        if old_size > new_size || new_size > signed {
            return Err(ProveError::NoSuchTree {
                old_size,
                new_size,
                signed,
            });
        }
        let unread = |error| self.unread(old_size, error);
        let path = self.path_between(old_size, new_size).map_err(unread)?;
        let head = |size| {
            let root = self.files.root(size).map_err(unread)?;
            Ok::<_, ProveError>(TreeHead { size, root })
        };
        let (old, new) = (head(old_size)?, head(new_size)?);
        let is_signed = |stamped: &Arc<Stamped>| stamped.head().size != new.size || stamped.head() == new;
        if merkle::verify_consistency(&old, &new, &path).is_err() || !state.newest.iter().all(is_signed) {
            return Err(self.damaged(old_size));
        }
        let known = state.witnessed.iter().chain(&state.newest);
        let checkpoint = known.into_iter().find(|stamped| stamped.head() == new);
        Ok(Consistency {
            old,
            new,
            path,
            checkpoint: checkpoint.map(|stamped| stamped.note.clone()),
        })
    }

    fn path_between(&self, old_size: u64, new_size: u64) -> io::Result<Vec<TreeHash>> {
        let nodes = merkle::nodes_for_consistency(old_size, new_size);
        let tiles = self.files.tiles(nodes, new_size)?;
        let path = merkle::consistency_proof(old_size, new_size, |node| tiles.node(node));
        path.map_err(|error: BuildError<_>| io::Error::other(error))
    }

    /// The bytes of a tile, if the signed tree has it.
    ///
    /// # Errors
    /// What the operating system says.
    pub fn tile(&self, id: TileId) -> io::Result<Option<Vec<u8>>> {
        let widest = TileId::in_tree(id.level(), id.index(), self.signed_size());
        if widest.is_none_or(|widest| widest.width() < id.width()) {
            return Ok(None);
        }
        self.files.tile(id).map(|tile| Some(tile.to_bytes()))
    }
}
