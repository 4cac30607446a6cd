//! A small room of writers on real automerge documents, and the laws of the history read from their changes.

mod blame;
mod borders;
mod difference;
mod elements;
mod homes;
mod named;
mod own_words;
mod put_back;
mod quotes;
mod restore;
mod room;
mod section;
mod since;
mod generation;
