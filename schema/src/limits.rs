//! Every limit of the system, with its unit in its name and its reason beside it.

/// Largest frame a client may send. A pasted megabyte is split by the client.
pub const FRAME_BYTES_MAX: usize = 1 << 20;
/// Largest frame a server sends: a snapshot of the longest chapter with its history fits.
pub const SERVER_FRAME_BYTES_MAX: usize = 16 << 20;
/// Bytes of changes the server puts in one `Changes` frame while a reader catches up.
pub const CHANGES_FRAME_BYTES: usize = 256 * 1024;
/// Wait before a client connects again after a cut: doubles from the first to the second value.
pub const RECONNECT_MS: (u64, u64) = (250, 5_000);
/// Unacknowledged changes a client has on the way per chapter.
pub const IN_FLIGHT_CHANGES_MAX: usize = 64;
/// Operations one automerge change may claim, summed from its column headers before automerge sees it.
/// An honest client splits a larger paste; a 126-byte change can claim two million.
pub const CHANGE_OPS_MAX: u64 = 20_000;
/// Largest encoded automerge change, compressed or not.
pub const CHANGE_BYTES_MAX: usize = 512 * 1024;
/// Cap while inflating a compressed change. The inflated form is what is stored and passed on in frames, so
/// it is no larger than a change may be.
pub const CHANGE_INFLATED_BYTES_MAX: usize = CHANGE_BYTES_MAX;
/// Longest chapter, in UTF-16 units of visible text.
pub const CHAPTER_UTF16_MAX: usize = 300_000;
/// Parents (`deps`) one change may name.
pub const CHANGE_PARENTS_MAX: usize = 256;
/// Longest map key or name of a mark in a change; ours are under twenty bytes.
pub const CHANGE_NAME_BYTES_MAX: usize = 256;
/// Longest message of a change. Our clients write none.
pub const CHANGE_MESSAGE_BYTES_MAX: usize = 1_024;
/// Latest time of a change: the end of the year 9999, in milliseconds.
pub const CHANGE_TIME_MAX: i64 = 253_402_300_799_999;
/// How far a change's first operation may lie beyond the last one known. A change written beside newer text
/// (`isolate`) counts on from all that its author had, some of which may not have arrived here yet.
pub const CHANGE_START_AHEAD_MAX: u64 = 1 << 20;
/// Highest concurrency level of a derived actor (see `text::evidence`): one per branch that one page
/// session writes beside its own last change, so one or two in practice.
pub const DERIVED_ACTOR_LEVEL_MAX: u64 = 256;
/// Actors one page session may bind in one chapter generation: a page keeps three ready and takes a fresh one after
/// every refused change, so this is a page that was refused some sixty times.
pub const ACTORS_PER_SESSION_MAX: usize = 64;
/// Chapters one connection may hold open.
pub const CHANNELS_PER_CONNECTION_MAX: usize = 64;
/// Presence payload of one person, bytes.
pub const PRESENCE_BYTES_MAX: usize = 1024;
/// A chapter's readers hear at most once in so many milliseconds who is where: as often as an eye follows a cursor.
pub const PRESENCE_INTERVAL_MS: u64 = 100;
/// Frames queued for one slow reader before it is moved back to catch-up.
pub const OUTBOX_FRAMES_MAX: usize = 1024;
/// Bytes queued for one slow reader before it is moved back to catch-up: two of the largest frames. A single frame
/// always fits.
pub const OUTBOX_BYTES_MAX: usize = 2 * SERVER_FRAME_BYTES_MAX;
/// Wait until a reader has taken a frame, in milliseconds, whatever its size…
pub const SEND_MS_MAX: u64 = 20_000;
/// …and longer by its size at this many bytes per millisecond: the slowest line that is served is 128 kbit/s.
pub const SEND_BYTES_PER_MS_MIN: usize = 16;
/// Wait for a connection that is to end until it has taken the last frames, in milliseconds.
pub const LAST_FRAMES_MS_MAX: u64 = 5_000;
/// Refusals of one connection (of one person, over HTTP) that are logged in `REFUSALS_LOGGED_MS`; the others are
/// counted in the next line. A person makes a handful, a program thousands.
pub const REFUSALS_LOGGED_MAX: u32 = 10;
/// See [`REFUSALS_LOGGED_MAX`].
pub const REFUSALS_LOGGED_MS: u64 = 10_000;
/// Changes waiting for the log per plan before pushes are refused as busy.
pub const PENDING_CHANGES_MAX: usize = 20_000;
/// Events in one append batch.
pub const BATCH_EVENTS_MAX: usize = 2_048;
/// Payload of one event.
pub const PAYLOAD_BYTES_MAX: usize = 16 << 20;
/// The server's copy of a chapter follows after this many accepted changes…
pub const FOLLOW_CHANGES_MAX: usize = 200;
/// …or this many milliseconds, whichever comes first.
pub const FOLLOW_DELAY_MS: u64 = 1_000;
/// A connection that said nothing for this long is gone (clients send a heartbeat every third of it).
pub const CONNECTION_IDLE_MS: u64 = 30_000;
/// An open chapter without readers is closed after this long.
pub const CHAPTER_IDLE_MS: u64 = 60_000;
/// Largest document `schrijftafel import` reads.
pub const IMPORT_BYTES_MAX: u64 = 20 << 20;
/// Chapters one imported document may give; more means that every line was taken for a title.
pub const IMPORT_CHAPTERS_MAX: usize = 500;
/// Largest JSON body of the API.
pub const API_BODY_BYTES_MAX: usize = 1 << 20;
/// Longest address (and title) of a link in a text.
pub const LINK_HREF_BYTES_MAX: usize = 2_048;
/// Items in which two rows may differ before they are called wholly different (work grows with its square).
pub const DIFF_STEPS_MAX: usize = 512;
/// Containers (list items, quotes) that may stand inside each other; deeper ones are shown at this depth.
pub const CONTAINER_DEPTH_MAX: usize = 8;
/// One line of a domain value (a title, a name, a reason), in Unicode characters. May grow, never shrink.
pub const LINE_CHARS_MAX: usize = 300;
/// Text of several lines in a domain value, in Unicode characters. May grow, never shrink.
pub const PROSE_CHARS_MAX: usize = 20_000;
/// Parties of one plan.
pub const PARTIES_PER_PLAN_MAX: usize = 1_000;
/// Writing teams of one plan.
pub const TEAMS_PER_PLAN_MAX: usize = 500;
/// Areas, challenges or strands of one plan, each.
pub const STRUCTURE_ITEMS_MAX: usize = 1_000;
/// Roles given in one plan.
pub const GRANTS_PER_PLAN_MAX: usize = 10_000;
/// Chapters of one plan.
pub const CHAPTERS_PER_PLAN_MAX: usize = 1_000;
/// Levels of the chapter tree.
pub const CHAPTER_DEPTH_MAX: usize = 8;
/// Commitments of one plan.
pub const COMMITMENTS_PER_PLAN_MAX: usize = 5_000;
/// Results, preconditions, budget lines or links of one commitment, each.
pub const COMMITMENT_ITEMS_MAX: usize = 200;
/// Name of a kind of event (`commitment.amended`), bytes.
pub const KIND_NAME_BYTES_MAX: usize = 64;
/// Guards of one append batch.
pub const BATCH_GUARDS_MAX: usize = 64;
/// Payloads of one append batch together, bytes.
pub const BATCH_BYTES_MAX: usize = 32 << 20;
/// Events one page of the log may hold; a larger `limit` is lowered to it.
pub const LOG_PAGE_EVENTS_MAX: usize = 4_096;
/// Lists and quotes inside each other in a document that an editor hands over.
pub const DOCUMENT_DEPTH_MAX: usize = 32;
/// Events a subscription reads ahead of its reader.
pub const SUBSCRIPTION_PAGE_EVENTS_MAX: usize = 256;
/// Elements and events of all chapters whose past is kept ready for questions; about 100 bytes each.
pub const HISTORY_ELEMENTS_MAX: usize = 1_000_000;
/// Events of one chapter that may fit nothing before its past counts as unreadable.
pub const HISTORY_SKIPPED_MAX: usize = 16;
/// Commands that changed nothing whose answers a plan remembers; a lost answer is asked for again within minutes.
pub const UNCHANGED_ANSWERS_MAX: usize = 1_024;
