//! The browser half: see `docs`.
