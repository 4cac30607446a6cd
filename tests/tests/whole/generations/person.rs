//! Somebody at a page: the browser's own core, a store that survives the page, and an editor that shows what it is told.

use std::collections::{BTreeMap, BTreeSet};

use client_wasm::bridge::TopRange;
use client_wasm::desk::windows::{Sight, Window};
use client_wasm::desk::{Desk, Effect};
use client_wasm::stored::Kept;
use schema::ids::{BoundActor, DeviceId, Generation, PageSessionId};
use schema::sync::ChapterKey;
use serde_json::{Value, json};

use super::server::{CHAPTER, PLAN, Server, id, person};

const KEY: ChapterKey = (PLAN, CHAPTER);
/// Everybody has one window.
const WINDOW: Window = 1;

/// What the person does to the text; numbers are taken modulo what is there.
#[derive(Debug, Clone, Copy)]
pub struct Edit {
    pub kind: u8,
    pub a: u16,
    pub b: u16,
}

/// What everybody did: which letters stand, and how.
#[derive(Debug, Default)]
pub struct Tally {
    /// Letter and its author.
    pub typed: Vec<(char, u8)>,
    pub deleted: BTreeSet<char>,
    pub strong: BTreeSet<char>,
    pub em: BTreeSet<char>,
    /// In which block each letter stands to which somebody gave one, as [`block_of`] says it.
    pub formed: BTreeMap<char, String>,
}

impl Tally {
    /// Somebody gave these blocks their form, with what stands in them.
    fn note_form(&mut self, nodes: &[Value]) {
        for node in nodes {
            letters(node, &mut Vec::new(), &mut |letter, within, _| {
                self.formed.insert(letter, block_of(within));
            });
        }
    }
}

/// Every letter of a node, with the nodes it stands within and its marks.
pub fn letters<'a>(
    node: &'a Value,
    within: &mut Vec<&'a Value>,
    see: &mut dyn FnMut(char, &[&Value], &Value),
) {
    if let Some(text) = node["text"].as_str() {
        text.chars()
            .for_each(|letter| see(letter, within, &node["marks"]));
    }
    within.push(node);
    for child in node["content"].as_array().into_iter().flatten() {
        letters(child, within, see);
    }
    within.pop();
}

/// The kind of block that nodes within each other make, with what is said of each.
pub fn block_of(within: &[&Value]) -> String {
    let said = |node: &&Value| format!("{} {}", node["type"], node["attrs"]);
    within.iter().map(said).collect::<Vec<_>>().join(" > ")
}

/// See the module's text.
pub struct Person {
    pub number: u8,
    desk: Desk,
    pages: u8,
    session: Option<u64>,
    kept: Kept,
    pool: Vec<(Generation, BoundActor)>,
    version: u64,
    /// Whether the editor takes letters, as the page was told last.
    can_write: bool,
    pub nodes: Vec<Value>,
    pub refused: Vec<String>,
    to_store: Vec<[u8; 32]>,
    ticking: bool,
}

impl Person {
    pub fn new(number: u8) -> Self {
        let mut person = Self {
            number,
            desk: desk(number, 0),
            pages: 0,
            session: None,
            kept: Kept::default(),
            pool: Vec::new(),
            version: 0,
            can_write: false,
            nodes: Vec::new(),
            refused: Vec::new(),
            to_store: Vec::new(),
            ticking: false,
        };
        person.desk.open(KEY, &Kept::default(), 0);
        person
    }

    pub fn connect(&mut self, server: &mut Server) {
        self.notice(server);
        if self.session.is_none() {
            self.pages = self.pages.wrapping_add(1);
            let session = u64::from(self.number) * 1_000 + u64::from(self.pages);
            self.session = Some(session);
            server.connect(session, person(self.number));
            self.desk.connected(server.now);
            self.carry_out(server);
        }
    }

    pub fn cut(&mut self, server: &mut Server) {
        if let Some(session) = self.session.take() {
            server.cut(session);
            self.desk.disconnected();
            self.carry_out(server);
        }
    }

    /// The page is closed and opened again; what was stored is all that is left.
    pub fn reload(&mut self, server: &mut Server) {
        self.desk.flush(server.now);
        self.carry_out(server);
        self.cut(server);
        self.pages = self.pages.wrapping_add(1);
        self.desk = desk(self.number, self.pages);
        let generation = self.kept.state.as_ref().map(|state| state.generation);
        self.pool.retain(|(of, _)| Some(*of) == generation);
        self.kept.actor = self.pool.pop().map(|(_, actor)| actor);
        (self.nodes, self.version) = (Vec::new(), 0);
        let kept = self.kept.clone();
        self.desk.open(KEY, &kept, self.pool.len());
        self.carry_out(server);
    }

    /// Notices that the server has ended the connection.
    fn notice(&mut self, server: &mut Server) {
        if self
            .session
            .is_some_and(|session| !server.sockets.contains_key(&session))
        {
            self.session = None;
            self.desk.disconnected();
            self.carry_out(server);
        }
    }

    /// Takes one frame of the server; whether there was one.
    pub fn hear(&mut self, server: &mut Server) -> bool {
        self.notice(server);
        let socket = self.session.and_then(|session| server.sockets.get_mut(&session));
        let Some(bytes) = socket.and_then(std::collections::VecDeque::pop_front) else {
            return false;
        };
        self.desk.received(server.now, &bytes);
        self.carry_out(server);
        true
    }

    pub fn tick(&mut self, server: &mut Server) {
        self.notice(server);
        self.ticking = true;
        self.desk.tick(server.now);
        self.carry_out(server);
        self.ticking = false;
    }

    fn carry_out(&mut self, server: &mut Server) {
        loop {
            let effects = self.desk.take_effects();
            let stored = std::mem::take(&mut self.to_store);
            if effects.is_empty() && stored.is_empty() {
                return;
            }
            if !stored.is_empty() {
                self.desk.stored(&stored);
            }
            for effect in effects {
                self.one(server, effect);
            }
        }
    }

    fn one(&mut self, server: &mut Server, effect: Effect) {
        match effect {
            Effect::Send(bytes) => {
                if let Some(session) = self.session {
                    server.receive(session, bytes);
                }
            }
            Effect::StoreOutbox(_, row) => {
                self.to_store.push(*row.hash);
                self.kept.outbox.push(row);
            }
            Effect::DropOutbox(_, hash) => self.kept.outbox.retain(|row| *row.hash != hash),
            Effect::StoreTail(_, row) => self.kept.tail.push(row),
            Effect::StoreState(_, state) => {
                self.kept.tail.retain(|row| row.next > state.next);
                self.kept.state = Some(state);
            }
            Effect::StoreAnew(_, state) => {
                self.kept.tail.clear();
                self.kept.state = Some(state);
            }
            Effect::StoreActor(_, generation, actor) => self.pool.push((generation, actor)),
            Effect::StoreRefused(_, words) => self.refused.push(format!("{}: {}", words.reason, words.text)),
            Effect::DropRefused(..) => {}
            Effect::ReadHeld => self.desk.held(vec![KEY]),
            Effect::ReadKept(..) | Effect::DropKept(_) | Effect::Confirm(..) => {
                panic!("nothing is erased here")
            }
            Effect::Tell(_, message) | Effect::TellWindow(_, WINDOW, message) => self.told(&message),
            Effect::DropActor(_, generation, actor) => self.pool.retain(|it| *it != (generation, actor)),
            Effect::TellWindow(..)
            | Effect::TellOthers(..)
            | Effect::Report(..)
            | Effect::AskWriters(..)
            | Effect::Closed(_)
            | Effect::Goodbye(_) => {}
            // The connection was silent for too long on this side; nothing that was received may lead to it.
            Effect::Reconnect => {
                assert!(self.ticking, "person {} was told what cannot be", self.number);
                self.cut(server);
            }
        }
    }

    fn sight(&self) -> Sight {
        Sight {
            window: WINDOW,
            version: self.version,
        }
    }

    fn told(&mut self, message: &Value) {
        match message["type"].as_str().unwrap() {
            "document" => {
                self.nodes = message["nodes"].as_array().unwrap().clone();
                self.version = message["version"].as_u64().unwrap();
                self.desk.seen(KEY, self.sight());
            }
            "update" => {
                assert_eq!(message["base"].as_u64(), Some(self.version));
                self.version = message["version"].as_u64().unwrap();
                for range in message["ranges"].as_array().unwrap() {
                    let range: TopRange = serde_json::from_value(range.clone()).unwrap();
                    self.nodes.splice(range.from..range.to, range.nodes);
                }
                self.desk.seen(KEY, self.sight());
            }
            "status" => self.can_write = message["canWrite"] == true,
            "failed" => panic!("{message}"),
            _ => {}
        }
    }

    /// Does something to the text.
    pub fn edit(&mut self, server: &mut Server, tally: &mut Tally, edit: Edit) {
        if self.nodes.is_empty() || !self.can_write {
            return;
        }
        let at = usize::from(edit.a) % self.nodes.len();
        let old = self.nodes[at].clone();
        let (from, to) = (at, at + 1);
        let nodes = match edit.kind % 10 {
            0..=3 => vec![self.typed(tally, old, edit)],
            4 | 5 => vec![deleted(tally, old, edit)],
            6 => vec![slanted(tally, old, edit)],
            7 => split(tally, &old, edit),
            8 => vec![formed(tally, old, edit)],
            _ => return,
        };
        let range = TopRange {
            from,
            to,
            nodes,
            kept: None,
            back: None,
        };
        let before = self.refused.len();
        self.desk.edit(server.now, KEY, self.sight(), &range);
        self.carry_out(server);
        assert_eq!(self.refused.len(), before, "{:?}", self.refused);
    }

    /// Some letters that nobody ever typed, plain or bold.
    fn typed(&self, tally: &mut Tally, mut node: Value, edit: Edit) -> Value {
        let strong = edit.kind % 4 == 3;
        let first = 0x4e00 + u32::try_from(tally.typed.len()).unwrap();
        let letters: String = (first..=first + u32::from(edit.b % 4))
            .map(|code| char::from_u32(code).unwrap())
            .collect();
        for letter in letters.chars() {
            tally.typed.push((letter, self.number));
            if strong {
                tally.strong.insert(letter);
            }
        }
        let mut fresh = json!({ "type": "text", "text": letters });
        if strong {
            fresh["marks"] = json!([{ "type": "strong" }]);
        }
        let block = text_block(&mut node, edit.b);
        let mut content = block["content"].as_array().cloned().unwrap_or_default();
        if content.is_empty() {
            content.push(fresh);
        } else {
            let leaf = usize::from(edit.b) % content.len();
            let (head, tail) = cut_leaf(&content[leaf], usize::from(edit.b / 7));
            let parts = [head, Some(fresh), tail];
            content.splice(leaf..=leaf, parts.into_iter().flatten());
        }
        block["content"] = content.into();
        node
    }
}

fn desk(number: u8, page: u8) -> Desk {
    let mut seed = [number; 32];
    seed[0] = page;
    let (device, page) = (
        id(number),
        [
            number ^ page.rotate_left(4),
            page,
            7,
            7,
            7,
            7,
            7,
            7,
            7,
            7,
            7,
            7,
            7,
            7,
            7,
            number,
        ],
    );
    Desk::new(
        DeviceId::from_bytes(device),
        PageSessionId::from_bytes(page),
        seed,
    )
}

/// A block with letters in a node: itself, or one inside.
fn text_block(node: &mut Value, which: u16) -> &mut Value {
    let is_text = |node: &Value| {
        matches!(
            node["type"].as_str(),
            Some("paragraph" | "heading" | "unknown_block")
        )
    };
    if is_text(node) {
        return node;
    }
    let children = node["content"].as_array_mut().unwrap();
    let at = usize::from(which) % children.len();
    text_block(&mut children[at], which / 3)
}

fn cut_leaf(leaf: &Value, at: usize) -> (Option<Value>, Option<Value>) {
    let letters: Vec<char> = leaf["text"].as_str().unwrap().chars().collect();
    let at = at % (letters.len() + 1);
    let part = |letters: &[char]| {
        let mut part = leaf.clone();
        part["text"] = letters.iter().collect::<String>().into();
        (!letters.is_empty()).then_some(part)
    };
    (part(&letters[..at]), part(&letters[at..]))
}

/// Takes a stretch out of a leaf, and says what it was.
fn stretch(block: &mut Value, edit: Edit) -> Option<(usize, Option<Value>, Value, Option<Value>)> {
    let content = block["content"]
        .as_array()
        .filter(|content| !content.is_empty())?;
    let leaf = usize::from(edit.b) % content.len();
    let (head, rest) = cut_leaf(&content[leaf], usize::from(edit.b / 5));
    let (middle, tail) = cut_leaf(&rest?, usize::from(edit.b / 11) % 4 + 1);
    Some((leaf, head, middle?, tail))
}

fn deleted(tally: &mut Tally, mut node: Value, edit: Edit) -> Value {
    let block = text_block(&mut node, edit.b);
    if let Some((leaf, head, middle, tail)) = stretch(block, edit) {
        tally.deleted.extend(middle["text"].as_str().unwrap().chars());
        let content = block["content"].as_array_mut().unwrap();
        content.splice(leaf..=leaf, [head, tail].into_iter().flatten());
        if content.is_empty() {
            block.as_object_mut().unwrap().remove("content");
        }
    }
    node
}

fn slanted(tally: &mut Tally, mut node: Value, edit: Edit) -> Value {
    let block = text_block(&mut node, edit.b);
    if let Some((leaf, head, mut middle, tail)) = stretch(block, edit) {
        tally.em.extend(middle["text"].as_str().unwrap().chars());
        let strong = middle["marks"]
            .as_array()
            .is_some_and(|marks| marks.iter().any(|mark| mark["type"] == "strong"));
        let marks = [
            Some(json!({ "type": "em" })),
            strong.then(|| json!({ "type": "strong" })),
        ];
        middle["marks"] = marks.into_iter().flatten().collect();
        let content = block["content"].as_array_mut().unwrap();
        content.splice(leaf..=leaf, [head, Some(middle), tail].into_iter().flatten());
    }
    node
}

fn is_plain(node: &Value) -> bool {
    matches!(
        node["type"].as_str(),
        Some("paragraph" | "heading" | "unknown_block")
    )
}

fn with_content(mut node: Value, content: Vec<Value>) -> Value {
    match content.is_empty() {
        true => {
            node.as_object_mut().unwrap().remove("content");
        }
        false => node["content"] = content.into(),
    }
    node
}

fn split(tally: &mut Tally, node: &Value, edit: Edit) -> Vec<Value> {
    if !is_plain(node) {
        return vec![node.clone(), json!({ "type": "paragraph" })];
    }
    let content = node["content"].as_array().cloned().unwrap_or_default();
    let at = usize::from(edit.b) % (content.len() + 1);
    let (head, tail) = content.split_at(at);
    let second = with_content(json!({ "type": "paragraph" }), tail.to_vec());
    let parts = vec![with_content(node.clone(), head.to_vec()), second];
    tally.note_form(&parts);
    parts
}

/// Another sort of block: a heading, a list, a cell of a table.
fn formed(tally: &mut Tally, node: Value, edit: Edit) -> Value {
    if !is_plain(&node) {
        return node;
    }
    let content = node["content"].as_array().cloned().unwrap_or_default();
    let paragraph = with_content(json!({ "type": "paragraph" }), content.clone());
    let item = json!({ "type": "list_item", "content": [paragraph] });
    let formed = match edit.b % 4 {
        0 => with_content(json!({ "type": "heading", "attrs": { "level": 2 } }), content),
        1 => json!({ "type": "bullet_list", "content": [item] }),
        2 => {
            let attrs = format!(r#"{{"column":"c{}","row":"r1","table":"t"}}"#, edit.a % 3);
            let cell = json!({ "type": "unknown_block", "attrs": { "name": "table-cell", "attrs": attrs } });
            with_content(cell, content)
        }
        _ => paragraph,
    };
    tally.note_form(std::slice::from_ref(&formed));
    formed
}
