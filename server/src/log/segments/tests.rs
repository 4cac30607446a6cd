//! What only this engine does: loss of power, recovery, refusal of corruption, index files made again.
