//! The whole system, tested from outside: real processes, real disks, real sockets, strangers' tools.
//!
//! One program, because each would link the whole server once more.

mod backup;
mod bad_changes;
mod bad_input;
mod chapter_past;
mod crash_log;
mod cut_off;
mod damage;
mod erasure;
mod export;
mod forgotten;
mod full_disk;
mod generations;
mod hostile;
mod lines;
mod operators;
mod presence;
mod rewritten;
mod simulation;
mod sockets;
mod strangers_audit;
mod strangers_former;
mod strangers_online;
mod strangers_samod;
mod strangers_sync;
mod strangers_tokens;
mod traces;
mod witnesses;
