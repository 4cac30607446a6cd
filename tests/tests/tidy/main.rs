//! The house rules a compiler does not check: who may depend on whom, what every file owes its reader, and
//! what must never be in the repository.
//!
//! Why it exists: a rule nobody checks is a wish. Each test names every place that breaks its rule, so that one
//! run says all there is to mend.

mod architecture;
mod codes;
mod files;
mod legal;
mod protocol;
mod rules;
mod tree;
