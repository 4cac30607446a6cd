//! A client without a browser: the same protocol machine (`schema::sync`) over a real socket, with automerge in
//! Rust. Tests and the load generator type with it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail};
use automerge::transaction::Transactable;
use automerge::{ActorId, Automerge, Change, ChangeHash, Cursor, ObjId, PatchLog, ReadDoc};
use futures_util::{SinkExt, StreamExt};
use schema::ids::{BoundActor, ChapterId, DeviceId, Generation, PageSessionId, PlanId};
use schema::sync::{ChannelEvent, ChapterKey, Client, ClientEvent, Outgoing, Reoffer};
use schema::text::genesis;
use schema::wire::Reason;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async_with_config};

/// How long a test waits for anything before it fails.
const PATIENCE: Duration = Duration::from_secs(60);
/// How often a client that only waits looks whether a heartbeat is due.
const LOOK: Duration = Duration::from_secs(2);

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// One person's open chapter.
pub struct NativeClient {
    url: String,
    cookie: Option<String>,
    /// The protocol machine.
    pub client: Client,
    socket: Option<Socket>,
    key: ChapterKey,
    /// The document: everything received and everything of one's own, except what is held back.
    pub doc: Automerge,
    /// Received changes not yet in the document, when the person has not looked at them.
    held_back: Option<Vec<Change>>,
    /// Whether changes of others are looked at and dropped: one of a crowd, which costs next to nothing.
    pub is_light: bool,
    /// Told of every change of others once it stands in the document, or was received when light.
    pub on_change: Option<Box<dyn Fn(ChangeHash) + Send>>,
    /// Told of every change of one's own once the server says that it is durable.
    pub on_durable: Option<Box<dyn Fn(ChangeHash) + Send>>,
    actor: BoundActor,
    bound: bool,
    /// After a restore from backup: what the server lacks of what this client holds, and what it has.
    recovering: Option<(Reoffer, BTreeSet<ChangeHash>)>,
    generation: Generation,
    /// Why writing is not allowed, as last told.
    pub read_only: Option<Reason>,
    /// Changes that were refused.
    pub refused: Vec<Reason>,
    /// Why the chapter was closed, if it was.
    pub closed: Option<Reason>,
    /// Changes that the server said are durable.
    pub acknowledged: usize,
    /// Bytes of all frames that came.
    pub received_bytes: usize,
    /// Where others are: the caret of each, in UTF-16 units, as last told.
    pub places: BTreeMap<u64, usize>,
    started: Instant,
}

impl NativeClient {
    /// A client that is not connected yet. `seed` makes its ids; two clients need two seeds.
    #[must_use]
    pub fn new(url: &str, cookie: Option<&str>, key: (PlanId, ChapterId), seed: u64) -> Self {
        let bytes = |salt: u8| -> [u8; 16] {
            use sha2::Digest;
            let digest: [u8; 32] = sha2::Sha256::digest([&seed.to_be_bytes()[..], &[salt]].concat()).into();
            std::array::from_fn(|at| digest[at])
        };
        let actor = BoundActor::from_bytes(bytes(2));
        let mut client = Client::new(
            DeviceId::from_bytes(bytes(0)),
            PageSessionId::from_bytes(bytes(1)),
        );
        client.open(key, None, Vec::new());
        Self {
            url: url.to_owned(),
            cookie: cookie.map(str::to_owned),
            client,
            socket: None,
            key,
            doc: genesis::new_automerge().with_actor(genesis::actor_id(actor)),
            held_back: None,
            is_light: false,
            on_change: None,
            on_durable: None,
            actor,
            bound: false,
            recovering: None,
            generation: Generation(0),
            read_only: None,
            refused: Vec::new(),
            closed: None,
            acknowledged: 0,
            received_bytes: 0,
            places: BTreeMap::new(),
            started: Instant::now(),
        }
    }

    fn now_ms(&self) -> u64 {
        self.started.elapsed().as_millis() as u64
    }

    /// Connects, opens the chapter, gets everything and an actor to write with (if it may write).
    ///
    /// # Errors
    /// When that does not happen in time.
    pub async fn connect(&mut self) -> Result<()> {
        let mut request = self.url.as_str().into_client_request()?;
        if let Some(cookie) = &self.cookie {
            request.headers_mut().insert("cookie", cookie.parse()?);
        }
        let host = self.url.split("/sync").next().unwrap_or_default();
        let origin = host.replace("ws://", "http://");
        request.headers_mut().insert("origin", origin.parse()?);
        // As browsers do: a letter is sent at once.
        let (socket, _) = connect_async_with_config(request, None, true)
            .await
            .context("the server refuses the socket")?;
        self.socket = Some(socket);
        let now = self.now_ms();
        self.client.connected(now);
        self.until("the chapter is open", |it| {
            it.closed.is_some()
                || (it
                    .client
                    .channel(&it.key)
                    .is_some_and(|channel| channel.is_caught_up())
                    && (it.bound || it.read_only.is_some()))
        })
        .await
    }

    /// The network is cut; nothing is said to the server.
    pub fn cut(&mut self) {
        self.socket = None;
        self.client.disconnected();
    }

    /// Pumps frames until something holds.
    ///
    /// # Errors
    /// When it does not hold in time, or the connection ends.
    pub async fn until(&mut self, what: &str, holds: impl Fn(&Self) -> bool) -> Result<()> {
        let start = Instant::now();
        loop {
            self.send().await?;
            if holds(self) {
                return Ok(());
            }
            if start.elapsed() > PATIENCE {
                bail!("waited too long until {what}");
            }
            self.receive_for(Duration::from_millis(50)).await?;
        }
    }

    /// Takes what comes within so long.
    ///
    /// # Errors
    /// When the connection ends.
    pub async fn idle(&mut self, time: Duration) -> Result<()> {
        let end = Instant::now() + time;
        while let Some(rest) = end.checked_duration_since(Instant::now()) {
            self.send().await?;
            self.receive_for(rest.min(LOOK)).await?;
        }
        Ok(())
    }

    async fn send(&mut self) -> Result<()> {
        let now = self.now_ms();
        self.client.tick(now)?;
        let frames = self.client.take_frames();
        let Some(socket) = &mut self.socket else {
            return Ok(());
        };
        let sending = async {
            for frame in frames {
                socket.feed(Message::Binary(frame.into())).await?;
            }
            socket.flush().await
        };
        let Err(error) = sending.await else { return Ok(()) };
        self.hear_the_rest().await?;
        Err(error).context("the connection is gone")
    }

    /// Takes what the server said before it closed the connection: who only writes to that never hears its goodbye.
    async fn hear_the_rest(&mut self) -> Result<()> {
        while let Some(socket) = &mut self.socket
            && let Ok(Some(message @ Ok(_))) = tokio::time::timeout(LOOK, socket.next()).await
        {
            let mut batch = Vec::new();
            self.take(Some(message), &mut batch)?;
            self.apply(batch)?;
        }
        Ok(())
    }

    async fn receive_for(&mut self, time: Duration) -> Result<()> {
        let socket = self.socket.as_mut().ok_or_else(|| anyhow!("not connected"))?;
        let Ok(message) = tokio::time::timeout(time, socket.next()).await else {
            return Ok(());
        };
        let mut batch = Vec::new();
        self.take(message, &mut batch)?;
        // Whatever has come meanwhile is applied in one call (rule R4).
        while let Some(socket) = self.socket.as_mut() {
            match tokio::time::timeout(Duration::ZERO, socket.next()).await {
                Ok(message) => self.take(message, &mut batch)?,
                Err(_) => break,
            }
        }
        self.apply(batch)
    }

    fn take(
        &mut self,
        message: Option<std::result::Result<Message, tokio_tungstenite::tungstenite::Error>>,
        batch: &mut Vec<Vec<u8>>,
    ) -> Result<()> {
        let bytes = match message {
            Some(Ok(Message::Binary(bytes))) => bytes,
            Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Text(_) | Message::Frame(_))) => {
                return Ok(());
            }
            other => bail!("the connection ended: {other:?}"),
        };
        self.received_bytes += bytes.len();
        let now = self.now_ms();
        for event in self.client.receive(now, &bytes)? {
            match event {
                ClientEvent::Chapter(_, event) => self.chapter_event(event, batch)?,
                ClientEvent::Bye { reason, .. } => bail!("the server said goodbye: {reason:?}"),
                // It stores nothing and never says that it does, so it is asked for nothing.
                ClientEvent::Online { .. } | ClientEvent::Wipe(..) => {}
            }
        }
        Ok(())
    }

    fn chapter_event(&mut self, event: ChannelEvent, batch: &mut Vec<Vec<u8>>) -> Result<()> {
        match event {
            ChannelEvent::Opened {
                generation,
                read_only,
                ..
            } => {
                self.enter(generation)?;
                if read_only.is_none() && (!self.bound || self.recovering.is_some()) {
                    self.client.bind(&self.key, generation, self.actor);
                }
                self.read_only = read_only;
            }
            ChannelEvent::Snapshot { document, .. } => {
                let mut fresh = Automerge::load_with_options(&document, genesis::load_options())?;
                self.recover(&fresh);
                self.doc.merge(&mut fresh)?;
            }
            ChannelEvent::Changes { changes, .. } => {
                if let Some((_, at_server)) = &mut self.recovering {
                    for (_, raw) in &changes {
                        at_server.insert(Change::from_bytes(raw.clone())?.hash());
                    }
                }
                batch.extend(changes.into_iter().map(|(_, raw)| raw));
                self.release();
            }
            ChannelEvent::Acknowledged { hash, .. } => {
                self.acknowledged += 1;
                if let Some(tell) = &self.on_durable {
                    tell(ChangeHash(hash));
                }
            }
            ChannelEvent::Refused { reason, .. } => self.refused.push(reason),
            ChannelEvent::Bound(actors) => {
                self.bound = true;
                if let Some((reoffer, _)) = &mut self.recovering {
                    actors.iter().for_each(|(actor, _)| reoffer.bound(*actor));
                }
                self.release();
            }
            ChannelEvent::Access(read_only) => self.read_only = read_only,
            ChannelEvent::Closed(reason) => self.closed = Some(reason),
            ChannelEvent::Presence(peer) => {
                let place = caret_in(&peer.payload).and_then(|caret| {
                    self.doc
                        .get_cursor_position(genesis::text_id(), &caret, None)
                        .ok()
                });
                self.places.extend(place.map(|place| (peer.peer, place)));
            }
            ChannelEvent::CaughtUp
            | ChannelEvent::Restored(_)
            | ChannelEvent::Left { .. }
            | ChannelEvent::Moved(_)
            | ChannelEvent::Missed(_)
            | ChannelEvent::Traced(_) => {}
        }
        Ok(())
    }

    /// The chapter goes on in another generation: this client starts over, under an actor of that generation. It carries
    /// nothing over; who tests that types with the browser's own core.
    fn enter(&mut self, generation: Generation) -> Result<()> {
        if self.generation != generation && self.generation != Generation(0) {
            let channel = self.client.channel(&self.key);
            let unsent = channel.map_or(0, |channel| channel.outbox().count());
            anyhow::ensure!(unsent == 0, "the generation ended with {unsent} changes unsent");
            use sha2::Digest;
            let drawn: [u8; 32] = sha2::Sha256::new()
                .chain_update(self.actor.as_bytes())
                .chain_update(generation.0.to_be_bytes())
                .finalize()
                .into();
            let [id @ .., _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _] = drawn;
            self.actor = BoundActor::from_bytes(id);
            self.bound = false;
            self.doc = genesis::new_automerge().with_actor(genesis::actor_id(self.actor));
        }
        self.generation = generation;
        Ok(())
    }

    /// Begins to offer again what a restored server lacks (rule L1).
    fn recover(&mut self, server: &Automerge) {
        let at_server: BTreeSet<ChangeHash> = server.get_changes(&[]).iter().map(Change::hash).collect();
        let own = self.actor;
        let reoffer = Reoffer::of(
            self.doc.get_changes(&[]),
            self.generation,
            |hash| at_server.contains(hash),
            |actor| actor == own,
        );
        if reoffer.is_empty() {
            return;
        }
        self.client.take_outbox(&self.key);
        for actor in reoffer.actors() {
            self.client.bind(&self.key, self.generation, actor);
        }
        self.recovering = Some((reoffer, at_server));
    }

    fn release(&mut self) {
        let Some((reoffer, at_server)) = &mut self.recovering else {
            return;
        };
        for change in reoffer.release(|hash| at_server.contains(hash)) {
            at_server.insert(ChangeHash(change.hash));
            self.client.push(&self.key, change);
        }
        if reoffer.is_empty() {
            self.recovering = None;
        }
    }

    /// How many changes only this client still holds: its own that wait, and those of others.
    #[must_use]
    pub fn only_here(&self) -> usize {
        let held = self.recovering.as_ref();
        held.map_or(0, |(reoffer, _)| reoffer.len())
    }

    fn apply(&mut self, batch: Vec<Vec<u8>>) -> Result<()> {
        if batch.is_empty() {
            return Ok(());
        }
        let changes: std::result::Result<Vec<Change>, _> =
            batch.into_iter().map(Change::from_bytes).collect();
        let changes = changes?;
        if let Some(held) = &mut self.held_back {
            held.extend(changes);
            return Ok(());
        }
        let hashes: Vec<ChangeHash> = changes.iter().map(Change::hash).collect();
        if !self.is_light {
            self.doc.apply_changes(changes)?;
        }
        if let Some(tell) = &self.on_change {
            hashes.into_iter().for_each(tell);
        }
        Ok(())
    }

    /// The chapter.
    #[must_use]
    pub const fn key(&self) -> ChapterKey {
        self.key
    }

    /// The text object.
    #[must_use]
    pub fn text_id(&self) -> ObjId {
        genesis::text_id()
    }

    /// The text without block markers.
    #[must_use]
    pub fn text(&self) -> String {
        self.doc
            .text(self.text_id())
            .unwrap_or_default()
            .replace('\u{fffc}', "")
    }

    /// Makes one change of replacements (`[UTF-16 position, deleted, inserted]`) on the state with these heads,
    /// whatever else has come, and queues it.
    ///
    /// # Errors
    /// When automerge refuses the edit, or it changes nothing.
    pub fn replace_at(
        &mut self,
        heads: &[ChangeHash],
        patches: &[(usize, usize, String)],
    ) -> Result<ChangeHash> {
        let sorted = |mut heads: Vec<ChangeHash>| {
            heads.sort();
            heads
        };
        let wanted = match heads {
            [] => vec![genesis::GENESIS_HASH],
            heads => sorted(heads.to_vec()),
        };
        // Looking back costs a scan of the text; most edits are made on all that one has seen.
        let mut transaction = if sorted(self.doc.get_heads()) == wanted {
            self.doc.transaction()
        } else {
            self.doc.transaction_at(PatchLog::inactive(), &wanted)?
        };
        for (at, deleted, inserted) in patches {
            transaction.splice_text(genesis::text_id(), *at, *deleted as isize, inserted)?;
        }
        let (hash, _) = transaction.commit();
        self.push_last()?;
        hash.context("the edit changes nothing")
    }

    fn push_last(&mut self) -> Result<()> {
        let change = self
            .doc
            .get_last_local_change()
            .context("a change was just made")?;
        let outgoing = Outgoing {
            hash: change.hash().0,
            generation: self.generation,
            raw: change.raw_bytes().to_vec(),
        };
        self.client.push(&self.key, outgoing);
        Ok(())
    }

    /// Tells the others that one's caret stands at a UTF-16 position.
    ///
    /// # Errors
    /// When there is no such position.
    pub fn stand_at(&mut self, at: usize) -> Result<()> {
        let caret = self.doc.get_cursor(genesis::text_id(), at, None)?.to_string();
        let payload = minicbor::to_vec((self.generation, &caret, &caret))?;
        self.client.set_presence(&self.key, payload);
        Ok(())
    }

    /// From here on the document holds only what [`Self::look_at`] lets in: a person who saw the others' words
    /// later than they came.
    pub fn hold_back(&mut self) {
        self.held_back = Some(Vec::new());
    }

    /// Lets in what was received up to and including these changes; without any, everything from here on.
    ///
    /// # Errors
    /// When automerge refuses a change.
    pub fn look_at(&mut self, wanted: &[ChangeHash]) -> Result<()> {
        let Some(held) = &mut self.held_back else {
            return Ok(());
        };
        let upto = held.iter().rposition(|change| wanted.contains(&change.hash()));
        let seen: Vec<Change> = match upto {
            Some(at) => held.drain(..=at).collect(),
            None if wanted.is_empty() => self.held_back.take().unwrap_or_default(),
            None => return Ok(()),
        };
        Ok(self.doc.apply_changes(seen)?)
    }

    /// Whether a change was made or received here.
    #[must_use]
    pub fn has(&self, hash: &ChangeHash) -> bool {
        let held = self.held_back.iter().flatten();
        self.doc.get_change_by_hash(hash).is_some() || held.into_iter().any(|change| change.hash() == *hash)
    }

    /// How many changes the document holds, the first one included.
    #[must_use]
    pub fn changes(&self) -> usize {
        self.doc.get_changes(&[]).len()
    }

    /// Types at a UTF-16 position, as one change.
    ///
    /// # Errors
    /// When automerge refuses the edit.
    pub fn type_at(&mut self, at: usize, deleted: usize, text: &str) -> Result<ChangeHash> {
        let heads = self.doc.get_heads();
        self.replace_at(&heads, &[(at, deleted, text.to_owned())])
    }

    /// Queues bytes as if they were a change of one's own: for hostile tests.
    pub fn push_raw(&mut self, hash: [u8; 32], raw: Vec<u8>) {
        self.client.push(
            &self.key,
            Outgoing {
                hash,
                generation: self.generation,
                raw,
            },
        );
    }

    /// The generation it writes in.
    #[must_use]
    pub fn generation(&self) -> Generation {
        self.generation
    }

    /// The actor this client writes with.
    #[must_use]
    pub fn actor(&self) -> ActorId {
        genesis::actor_id(self.actor)
    }

    /// Waits until nothing of one's own is unanswered.
    ///
    /// # Errors
    /// When that takes too long.
    pub async fn settled(&mut self) -> Result<()> {
        self.until("everything is acknowledged", |it| {
            it.client
                .channel(&it.key)
                .is_none_or(|channel| channel.outbox().next().is_none())
        })
        .await
    }
}

/// The caret in a presence: `[generation, anchor, head, …]`, with automerge cursors.
fn caret_in(payload: &[u8]) -> Option<Cursor> {
    let mut decoder = minicbor::Decoder::new(payload);
    decoder.array().ok()?;
    decoder.u32().ok()?;
    decoder.str().ok()?;
    Cursor::try_from(decoder.str().ok()?).ok()
}
