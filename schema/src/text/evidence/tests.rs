//! Honest histories are admitted in every causal order; what is admitted applies everywhere; each rule has a
//! change that breaks it.

mod honest;
mod scene;
mod values;
mod hostile;
mod forged;
mod mutated;
