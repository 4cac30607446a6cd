//! The text of a chapter: what may be merged, and on what evidence.
//!
//! # Why it exists
//!
//! A CRDT merges whatever it is given; some of what it is given makes it panic, at the server or in every
//! browser. Here a change is judged before automerge sees it, by an index of what stood before, so that the
//! judgement costs microseconds at any size. What is accepted applies at every peer, in any causal order.
//!
//! # Reading order
//!
//! [`genesis`] is where every chapter starts, [`change`] reads a change chunk without trusting it,
//! [`evidence`] accepts or refuses it with the codes of [`refusal`], [`follow`] keeps the server's merged copy,
//! [`growth`] says when a chapter's document has grown too long, [`generation`] starts the next one, [`carry`] takes
//! along what came after, [`former`] what somebody still held of a generation that had ended, [`order`] says where
//! events of texts may stand in a log, [`write`] writes whole blocks, [`letters_back`] letters that went, [`shown`] is the text one sees, [`history`] reads
//! the past, [`excerpt`] quotes a text's beginning.

pub mod genesis;
pub mod refusal;
pub mod change;
pub mod evidence;
pub mod follow;
pub mod growth;
pub mod generation;
pub mod carry;
pub mod order;
pub mod sentences;
pub mod shown;
pub mod former;
pub mod write;
pub mod letters_back;
pub mod history;
pub mod excerpt;

#[cfg(test)]
pub(crate) mod room;
