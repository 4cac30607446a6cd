//! Every limit of the system, with its unit in its name and its reason beside it.

/// Largest frame a client may send. A pasted megabyte is split by the client.
pub const FRAME_BYTES_MAX: usize = 1 << 20;
/// Largest frame a server sends: a snapshot of the longest chapter with its history fits.
pub const SERVER_FRAME_BYTES_MAX: usize = 16 << 20;
/// Bytes of changes the server puts in one `Changes` frame while a reader catches up.
pub const CHANGES_FRAME_BYTES: usize = 256 * 1024;
/// Bytes of changes that a client which comes back is sent one by one; one that lacks more gets the whole text, which is
/// smaller, is read faster, and leaves room in its queue ([`OUTBOX_BYTES_MAX`]).
pub const TAIL_BYTES_MAX: u64 = 16 << 20;
/// Wait before a client connects again after a cut: doubles from the first to the second value.
pub const RECONNECT_MS: (u64, u64) = (250, 5_000);
/// Wait before a client comes back to a server that said it stops: between the first and the second value, by connection.
/// A restart takes seconds, and not everybody should ask in the first of them.
pub const RESTART_RETRY_MS: (u32, u32) = (1_000, 5_000);
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
/// How many times the operations that its text alone needs a generation may hold, besides [`GENERATION_SPARE_OPS`]:
/// opening and merging cost what the text is, and a switch comes once per so much writing.
pub const GENERATION_OPS_FACTOR: u64 = 2;
/// Operations that a generation may hold beyond [`GENERATION_OPS_FACTOR`]: a short text is not begun anew every hour.
pub const GENERATION_SPARE_OPS: u64 = 20_000;
/// Bytes of everything in a generation that is no letter: values of marks and blocks and their names, [`MARK_BYTES`] for each
/// mark, messages of changes, parents beyond [`CHANGE_PARENTS_FREE`]. Formatting takes a hundred bytes at a time; a document with much more of it than
/// this would fit no frame, and the chapter would open for nobody. At half of it a fresh generation begins.
pub const GENERATION_VALUE_BYTES_MAX: u64 = 4 << 20;
/// Parents of a change that count for nothing: as many as people write at once.
pub const CHANGE_PARENTS_FREE: usize = 8;
/// Attempts to begin a grown text anew while writing goes on; the one after them lets changes wait for it.
pub const GENERATION_FREE_TRIES: u32 = 3;
/// Wait after a fresh generation could not be made before it is tried again.
pub const GENERATION_RETRY_MS: u64 = 60_000;
/// Parents (`deps`) one change may name.
pub const CHANGE_PARENTS_MAX: usize = 256;
/// Names of marks that a generation's text may have. Ours are three; every place where a mark begins or ends costs a reader as
/// many steps as there are names over it, so ten thousand of them would cost minutes and gigabytes.
pub const MARK_NAMES_MAX: usize = 32;
/// What a mark counts for beside what it says, in bytes of [`GENERATION_VALUE_BYTES_MAX`]: some sixteen thousand fit in a
/// generation. Where marks lie over one another each costs a reader a step at every place where another one begins or ends.
pub const MARK_BYTES: usize = 256;
/// Largest value of a mark, in bytes: a link with its title and then some.
pub const MARK_VALUE_BYTES_MAX: usize = 8 * 1024;
/// Longest map key or name of a mark in a change; ours are under twenty bytes.
pub const CHANGE_NAME_BYTES_MAX: usize = 256;
/// Longest message of a change. Our clients write none.
pub const CHANGE_MESSAGE_BYTES_MAX: usize = 1_024;
/// Latest time of a change: the end of the year 9999, in milliseconds.
pub const CHANGE_TIME_MAX: i64 = 253_402_300_799_999;
/// How far the number of a change's first operation may lie beyond how many operations are known: no honest one lies beyond
/// all that its author had, some of which may not have arrived here yet. Whatever is sent, numbers stay near the count, far
/// from where 32 bits end.
pub const CHANGE_START_AHEAD_MAX: u64 = 1 << 20;
/// Highest concurrency level of a derived actor (see `text::evidence`): one per branch that one page
/// session writes beside its own last change, so one or two in practice.
pub const DERIVED_ACTOR_LEVEL_MAX: u64 = 256;
/// Actors one page session may bind in one chapter generation: a page keeps three ready and takes a fresh one after
/// every refused change, so this is a page that was refused some sixty times.
pub const ACTORS_PER_SESSION_MAX: usize = 64;
/// Actors of which a device asks at once who they are: those who wrote, while it was away, in the few paragraphs that
/// its report on the absence names.
pub const WRITERS_ASKED_MAX: usize = 64;
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
/// Refusals of one person that are logged in `REFUSALS_LOGGED_MS`, on all their connections and once more over HTTP; the
/// others are counted in the next line. All who are not signed in count as one. A person makes a handful, a program
/// thousands.
pub const REFUSALS_LOGGED_MAX: u32 = 10;
/// See [`REFUSALS_LOGGED_MAX`].
pub const REFUSALS_LOGGED_MS: u64 = 10_000;
/// Changes that no honest client makes, of one sign-in, before its connection is ended. A program that errs makes one now
/// and then, and hears why; one that only tries costs a judgement each.
pub const BAD_CHANGES_MAX: u32 = 16;
/// What a sign-in sent of those is forgotten when it has sent no more for so long, ms.
pub const BAD_CHANGES_FORGOTTEN_MS: u64 = 600_000;
/// After which a connection that was ended for its changes may come back, ms: honest words are to go on. Twice as long
/// after each further time, until what was sent is forgotten…
pub const BAD_CHANGES_RETRY_MS: u32 = 5_000;
/// …but never longer than this.
pub const BAD_CHANGES_RETRY_MS_MAX: u32 = 300_000;
/// Changes waiting for the log per plan before pushes are refused as busy.
pub const PENDING_CHANGES_MAX: usize = 20_000;
/// Events in one append batch.
pub const BATCH_EVENTS_MAX: usize = 2_048;
/// How long a plan lets changes of its texts gather after a batch, ms: a hundred people who type share a quarter of the
/// flushes then, and nobody sees it. Somebody who types alone waits for nothing.
pub const TEXT_REST_MS: u64 = 4;
/// With so many pieces of work waiting a plan does not rest: half of what one client may have on the way.
pub const TEXT_REST_QUEUE_MAX: usize = 32;
/// Who may ask the past of one chapter at once. A question takes milliseconds once the past is read, seconds before.
pub const PAST_READERS_MAX: usize = 2;
/// Who may wait for that, for one chapter; others are told that it is busy.
pub const PAST_WAITING_MAX: usize = 256;
/// Payload of one event.
pub const PAYLOAD_BYTES_MAX: usize = 16 << 20;
/// The server's copy of a chapter follows after this many accepted changes: a thousand take what one takes…
pub const FOLLOW_CHANGES_MAX: usize = 1_000;
/// …or this many milliseconds, whichever comes first. Who asks for it does not wait for either.
pub const FOLLOW_DELAY_MS: u64 = 4_000;
/// A copy that took long rests so many times as long before it follows unasked again: long chapters that many write at
/// share the machine with the rest.
pub const FOLLOW_REST_TIMES: u64 = 50;
/// A server's copy that nobody used for this long is kept as its saved bytes, ms: what follows or asks loads it again.
pub const COPY_UNPACKED_MS: u64 = 30_000;
/// A connection that said nothing for this long is gone (clients send a heartbeat every third of it).
pub const CONNECTION_IDLE_MS: u64 = 30_000;
/// How long a side that asked whether the other is still there waits for any word of it, ms: longer than a slow mobile
/// network takes, short enough to wait for beside a page that was just loaded.
pub const CONNECTION_PROBE_MS: u64 = 4_000;
/// Memory of all open chapters above which those that nobody reads are closed at once, the longest unread first: a
/// quarter of the smallest machine that a region runs on.
pub const CHAPTERS_BYTES_MAX: u64 = 256 << 20;
/// What an operation takes in a server's copy that is not packed, bytes, measured.
pub const COPY_OP_BYTES: u64 = 64;
/// What a change of an open chapter takes besides its operations and its own bytes: its places in stream, evidence and
/// copy.
pub const CHAPTER_CHANGE_BYTES: u64 = 600;
/// An open chapter without readers is closed after this long.
pub const CHAPTER_IDLE_MS: u64 = 60_000;
/// Largest document `schrijftafel import` reads.
pub const IMPORT_BYTES_MAX: u64 = 20 << 20;
/// Chapters one imported document may give; more means that every line was taken for a title.
pub const IMPORT_CHAPTERS_MAX: usize = 500;
/// Wait for the head of a request, in milliseconds: longer than proxies keep a connection that nobody uses (60 s), so that
/// none is closed while a request comes.
pub const REQUEST_HEAD_MS_MAX: u64 = 75_000;
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
/// Events that one request to erase may name; what must go with them comes on top.
pub const ERASURE_EVENTS_MAX: usize = 64;
/// Requests to erase content in one plan. Each keeps its ground, its explanation and its places for ever.
pub const ERASURES_PER_PLAN_MAX: usize = 10_000;
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
/// Leaves of one Merkle tree. Below it a consistency proof never needs more than the 63 lines that
/// `tlog-witness` allows, and no index of a subtree overflows.
pub const TREE_LEAVES_MAX: u64 = 1 << 62;
/// Bytes of a signed note. Sixteen signatures must be accepted, and one may be 5 kB; ours are 150 bytes each.
pub const NOTE_BYTES_MAX: usize = 256 * 1024;
/// Signatures of a note: every party of a large plan may run a witness, and keys overlap while they change.
pub const NOTE_SIGNATURES_MAX: usize = 128;
/// Name of a key, and origin of a log, bytes: what `tlog-cosignature` can carry.
pub const KEY_NAME_BYTES_MAX: usize = 255;
/// Hashes of a consistency proof in a witness request (`tlog-witness`).
pub const CONSISTENCY_PROOF_HASHES_MAX: usize = 63;
/// Bytes of a witness request: the longest proof and the largest note.
pub const WITNESS_REQUEST_BYTES_MAX: usize = 4 * 1024 + NOTE_BYTES_MAX;
/// Longest path of a tile, bytes: `tile/entries/` and the index of the last tile take 47.
pub const TILE_PATH_BYTES_MAX: usize = 64;
/// Bytes of a proof in JSON: the largest payload in base64, and the rest.
pub const PROOF_JSON_BYTES_MAX: usize = PAYLOAD_BYTES_MAX / 3 * 4 + NOTE_BYTES_MAX * 2;
/// Bytes of a proof as a file: the proof, the keys and witnesses to check it with, and room for indentation.
pub const PROOF_FILE_BYTES_MAX: usize = PROOF_JSON_BYTES_MAX * 2;
/// Witnesses of one plan.
pub const WITNESSES_PER_PLAN_MAX: usize = 100;
/// Keys of one witness: the one in use, the ones before and after it.
pub const KEYS_PER_SIGNER_MAX: usize = 8;
/// Size at which the segment engine begins a new file: opening reads at most one such file and one group.
pub const SEGMENT_BYTES: u64 = 64 << 20;
/// Content of one write to a segment file; a longer one is split between batches. Offsets in a file are 32 bits.
pub const SEGMENT_GROUP_BYTES_MAX: usize = 64 << 20;
/// Streams whose last revision the segment engine's writer remembers; about 100 bytes each.
pub const SEGMENT_STREAMS_REMEMBERED_MAX: usize = 65_536;
/// Frames that the segment engine announces together before it overwrites them with what erasing leaves, bytes.
pub const ERASE_GROUP_BYTES: usize = 8 << 20;
/// Index blocks of a plan that wait in memory to be written to sled before appends wait for them; about 30 KB each.
pub const SLED_BLOCKS_WAITING_MAX: usize = 64;
/// Events that lie together under one key in sled, bytes with their frames; a larger event has a key of its own. Sixteen
/// of these are a page of sled, which is written whole now and then and may not exceed 128 KiB.
pub const SLED_PACK_BYTES_MAX: usize = 4 << 10;
/// Streams whose last revision an engine's writer remembers; about 100 bytes each.
pub const LOG_STREAMS_REMEMBERED_MAX: usize = 65_536;
/// Segment and index files that the segment engine keeps open for reading.
pub const SEGMENT_FILES_OPEN_MAX: usize = 128;
/// Events in one file of a backup: what an erasure makes a later backup write again.
pub const BACKUP_FILE_EVENTS_MAX: u64 = 65_536;
/// Records in one file of a backup, bytes; an event larger than the rest stands alone.
pub const BACKUP_FILE_BYTES_MAX: u64 = 256 << 20;
/// Files in which an unfinished stretch of a plan may lie in a backup: each run adds one, then they become one.
pub const BACKUP_PIECES_MAX: usize = 24;
/// Largest frame of a record in a backup: a payload with its envelope, salts and proofs.
pub const BACKUP_RECORD_BYTES_MAX: usize = PAYLOAD_BYTES_MAX + 4_096;
/// Free space below which the server appends nothing: about what the fastest writing takes in a second, so that the
/// engine never meets a full disk between two looks, and room for restarting and for the system's own logs.
pub const DISK_RESERVE_BYTES: u64 = 64 << 20;
/// The same for accounts, which write little: people can still sign in while the log's reserve is used up.
pub const ACCOUNTS_RESERVE_BYTES: u64 = 8 << 20;
/// How often the free space is looked at, at most.
pub const DISK_CHECK_MS: u64 = 1_000;
/// How often the lock of a log's file that another holds is tried, and how long between: a process that ends, and sled's
/// threads after its last handle went, hold it for a moment more.
pub const LOG_LOCK_TRIES: u32 = 60;
/// See [`LOG_LOCK_TRIES`].
pub const LOG_LOCK_RETRY_MS: u64 = 50;
/// Wait before an engine that failed is opened again: doubles from the first to the second value.
pub const LOG_REOPEN_MS: (u64, u64) = (250, 5_000);
/// After how long a client offers its changes again while the log does not write.
pub const LOG_RETRY_MS: u32 = 5_000;
/// Events of a plan after which its read model gets a new checkpoint: what a start after a crash folds at most, a third
/// of a second.
pub const VIEW_CHECKPOINT_EVENTS: u64 = 16_384;
/// A request waits this long for a read model that is being folded; then it is told how far that is.
pub const VIEW_WAIT_MS: u64 = 1_000;
/// Threads that open and fold read models at a start: a plan that takes long does not hold up the next one, and two
/// folds are as much memory and disk as a small machine has.
pub const VIEW_OPENERS: usize = 2;
/// When to ask again for a read model that is being folded, in seconds.
pub const VIEW_RETRY_SECS: u64 = 5;
/// The read models follow the log after this long when nobody waits for them, so that one look takes what many keystrokes
/// made. Who reads waits for what is durable, and is not kept waiting by this.
pub const VIEW_FOLLOW_MS: u64 = 100;
/// A request waits this long for a position that is durable and not folded yet.
pub const VIEW_POSITION_WAIT_MS: u64 = 5_000;
/// Largest archive of keys that is read: thousands of keys.
pub const KEY_ARCHIVE_BYTES_MAX: u64 = 16 << 20;
/// Most work an archive of keys may ask of its reader, as a power of two: 1 GB of memory.
pub const KEY_ARCHIVE_SCRYPT_LOG_MAX: u8 = 20;
/// Shortest passphrase for the keys. The file may be copied, and then be tried for years.
pub const PASSPHRASE_CHARS_MIN: usize = 12;
/// Time between two checkpoints of a plan: often enough that a day's work is bound by many, seldom enough that
/// witnesses are asked once a minute at most.
pub const CHECKPOINT_INTERVAL_MS: u64 = 60_000;
/// …and when somebody asks for a proof of an event that no checkpoint holds yet.
pub const CHECKPOINT_ON_DEMAND_MS: u64 = 5_000;
/// How long an answer waits for such a checkpoint.
pub const CHECKPOINT_WAIT_MS: u64 = 8_000;
/// The tree follows the log after this long, so that one look takes what many keystrokes made.
pub const AUDIT_FOLLOW_MS: u64 = 500;
/// Events added to one plan's tree before the other plans get their turn and a checkpoint may be signed.
pub const AUDIT_FOLLOW_EVENTS_MAX: u64 = 1 << 18;
/// Checkpoints that stay open for the cosignatures of slow witnesses.
pub const CHECKPOINTS_RECENT_MAX: usize = 8;
/// Earlier checkpoints kept per plan before the older half is thinned out; about 500 bytes each.
pub const CHECKPOINTS_KEPT_MAX: usize = 1_024;
/// For how long the old key signs beside the new one: time for every party to learn the new one.
pub const KEY_OVERLAP_MS: u64 = 30 * 24 * 60 * 60 * 1_000;
/// A witness that has not answered by then is asked again later.
pub const WITNESS_TIMEOUT_MS: u64 = 10_000;
/// Wait before a witness that failed is asked again: doubles from the first to the second value.
pub const WITNESS_RETRY_MS: (u64, u64) = (1_000, 60_000);
/// Logs that one witness watches; each takes one small file.
pub const WITNESS_LOGS_MAX: usize = 100_000;
/// Requests for leaf records that are read from the log at the same time; the rest is told to come back.
pub const ENTRIES_READERS_MAX: usize = 4;
/// Events of one export: a verifier keeps the id of each, about 25 bytes, to see that none stands there twice.
pub const EXPORT_EVENTS_MAX: u64 = 10_000_000;
/// Bytes of one line of an export: the largest payload as JSON, again in base64 inside its record, and the rest.
pub const EXPORT_LINE_BYTES_MAX: usize = PAYLOAD_BYTES_MAX * 5 / 2 + NOTE_BYTES_MAX * 2;
/// Events that one line of an export leaves out together.
pub const EXPORT_LEFT_OUT_LINE_MAX: usize = 256;
/// Events that a check of an export names because their content says nothing to it or does not fit; the rest is counted.
pub const EXPORT_ODDITIES_KEPT_MAX: usize = 100;
/// Access tokens of one person for one party: some for each program, and a person still knows what each was for.
pub const ACCESS_TOKENS_MAX: usize = 20;
/// Days that an access token works, at most: a year on, somebody looks at it again.
pub const ACCESS_TOKEN_DAYS_MAX: u16 = 365;
/// That an access token was used is written down at most once in so many milliseconds: the accounts are one file.
pub const ACCESS_TOKEN_USE_NOTED_MS: u64 = 10 * 60 * 1_000;
/// Largest message of an automerge-repo client: what a long time offline has made, in one sync message.
pub const REPO_MESSAGE_BYTES_MAX: usize = 4 << 20;
/// Names in such a message (peers, documents, sessions), bytes; the library's own are under sixty.
pub const REPO_NAME_BYTES_MAX: usize = 128;
/// Hashes one sync message may name as heads or as needed: as many as a change may have parents.
pub const REPO_HASHES_MAX: usize = CHANGE_PARENTS_MAX;
/// Summaries (`have`) of one sync message; automerge sends one.
pub const REPO_SUMMARIES_MAX: usize = 4;
/// Bits a summary looks at per change; automerge looks at seven. Each costs time for every change of the chapter.
pub const REPO_SUMMARY_PROBES_MAX: u64 = 32;
/// Changes of one chapter that a client may have given before they are durable or before their parents came.
pub const REPO_WAITING_CHANGES_MAX: usize = 10_000;
/// …and their bytes.
pub const REPO_WAITING_BYTES_MAX: usize = 16 << 20;
/// Messages about one chapter that wait until the changes of an earlier one are durable.
pub const REPO_WAITING_MESSAGES_MAX: usize = 256;
/// Ended generations of a chapter that are looked through for the document of such a client: with ordinary writing they
/// are years.
pub const REPO_FORMER_GENERATIONS_MAX: u64 = 8;
/// Messages in which such a client gives what it had not sent of an ended generation; it needs two or three.
pub const REPO_FORMER_MESSAGES_MAX: u32 = 16;
/// Operations of one change that such a client gives of an ended generation: a paste as long as a chapter may be. It is
/// stored by nobody; what it comes to is written as changes of ordinary size.
pub const REPO_FORMER_CHANGE_OPS_MAX: u64 = CHAPTER_UTF16_MAX as u64;
/// Operations of all that it gives of one; each takes some hundred bytes of memory while it is judged.
pub const REPO_FORMER_OPS_MAX: u64 = 2 * REPO_FORMER_CHANGE_OPS_MAX;
/// Documents of ended generations that are remembered as having nothing more to give, so that a program which comes back
/// with one every few seconds costs nothing.
pub const REPO_FORMER_TOLD_MAX: usize = 10_000;
/// The copy that automerge-repo clients are told of is asked for at most once in so many milliseconds.
pub const REPO_FOLLOW_MS: u64 = 100;
/// A socket of such a client is asked for a sign of life this often: its library sends none by itself.
pub const REPO_PING_MS: u64 = 10_000;
/// What passes between such clients (`ephemeral`), bytes; beside it stand two names in one presence.
pub const REPO_EPHEMERAL_BYTES_MAX: usize = 640;
/// Devices of one person that the server knows to keep text of a plan; of more, those not seen for longest are let go.
pub const DEVICES_PER_PERSON_MAX: usize = 64;
/// The same of all people in a plan; a device with its chapters is some kilobytes.
pub const DEVICES_PER_PLAN_MAX: usize = 10_000;
/// How often what is known of devices is written down, at most. What a crash loses, devices say again.
pub const DEVICES_FLUSH_MS: u64 = 2_000;
/// How often it is noted that a device with an open connection is still there, ms.
pub const DEVICE_SEEN_TOLD_MS: u64 = 60_000;
/// How exactly is written down when a device was last seen: seeing it again sooner is known until the next restart only.
pub const DEVICE_SEEN_STEP_MS: u64 = 10 * 60 * 1_000;
/// Chapters that one connection said to be on its device and is told of when their text is erased meanwhile; of more it
/// is told when it connects again.
pub const HELD_PER_CONNECTION_MAX: usize = 4_096;
