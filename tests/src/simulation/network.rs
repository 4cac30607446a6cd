//! Connections between pages and the server: ordered while they last, and then they do not last.
//!
//! # What may happen
//!
//! A frame is late. A connection breaks and each end hears of it soon, late, or never; of what was under way a beginning
//! arrives, perhaps after the page has long come back on another connection. A server that is away refuses.

use std::collections::{BTreeMap, VecDeque};

use super::world::{Happening, Seat, World};

/// A connection's number, and the server's name for it.
pub type ConnectionId = u64;

/// One connection.
#[derive(Debug)]
pub struct Connection {
    /// Whose.
    pub seat: Seat,
    up: VecDeque<Vec<u8>>,
    down: VecDeque<Vec<u8>>,
    up_until: u64,
    down_until: u64,
    /// The server has it open.
    pub at_server: bool,
    /// The page has it open.
    pub at_page: bool,
    /// The page waits for an answer to its call.
    is_calling: bool,
    /// Nothing passes any more.
    broken: bool,
}

impl Connection {
    /// Whether both ends have it open and something passes.
    #[must_use]
    pub const fn is_whole(&self) -> bool {
        self.at_page && self.at_server && !self.broken
    }
}

/// How soon an end hears that the wire is broken, in milliseconds; the last is never.
const HEARS_MS: [u64; 4] = [0, 50, 3_000, 1_000_000_000];

/// All connections that any end still knows.
#[derive(Debug, Default)]
pub struct Network {
    /// By number.
    pub connections: BTreeMap<ConnectionId, Connection>,
    next: ConnectionId,
    /// Until when nothing gets through.
    pub parted_until: u64,
}

impl World {
    /// A page calls the server.
    pub(super) fn call(&mut self, seat: Seat) -> ConnectionId {
        self.network.next += 1;
        let id = self.network.next;
        let connection = Connection {
            seat,
            up: VecDeque::new(),
            down: VecDeque::new(),
            up_until: self.now,
            down_until: self.now,
            at_server: false,
            at_page: false,
            is_calling: true,
            broken: false,
        };
        self.network.connections.insert(id, connection);
        let at = self.latency();
        self.at(at, Happening::CallArrives(id));
        id
    }

    fn latency(&mut self) -> u64 {
        let slow = if self.is_quiet {
            1
        } else {
            self.chance.pick(&[1, 1, 1, 8, 60])
        };
        self.now + self.chance.of(1, 40) * slow
    }

    /// Whether the way is cut.
    pub(super) fn is_parted(&self) -> bool {
        self.now < self.network.parted_until
    }

    pub(super) fn call_arrives(&mut self, id: ConnectionId) {
        let answer = self.latency();
        let gets_through = self.server.is_up() && !self.is_parted();
        let Some(connection) = self.network.connections.get_mut(&id) else {
            return;
        };
        if gets_through && !connection.broken {
            connection.at_server = true;
            connection.down_until = answer;
            let seat = connection.seat;
            self.server_connects(id, seat);
            self.at(answer, Happening::CallAnswered(id));
        } else {
            self.at(answer, Happening::PageHearsCut(id));
        }
    }

    /// The page has its answer; whose connection that is.
    pub(super) fn is_through(&mut self, id: ConnectionId) -> Option<Seat> {
        let connection = self.network.connections.get_mut(&id)?;
        (connection.at_page, connection.is_calling) = (true, false);
        Some(connection.seat)
    }

    /// The page has it no longer; whose it was.
    pub(super) fn is_cut(&mut self, id: ConnectionId) -> Option<Seat> {
        let connection = self.network.connections.get_mut(&id)?;
        (connection.at_page, connection.is_calling) = (false, false);
        let seat = connection.seat;
        self.forget_connection(id);
        Some(seat)
    }

    /// A page sends.
    pub(super) fn send_up(&mut self, id: ConnectionId, bytes: Vec<u8>) {
        let at = self.latency();
        let Some(connection) = self.network.connections.get_mut(&id) else {
            return;
        };
        if connection.at_page && !connection.broken {
            connection.up.push_back(bytes);
            connection.up_until = at.max(connection.up_until);
            let at = connection.up_until;
            self.at(at, Happening::Up(id));
        }
    }

    /// The server sends.
    pub(super) fn send_down(&mut self, id: ConnectionId, bytes: Vec<u8>) {
        let at = self.latency();
        let Some(connection) = self.network.connections.get_mut(&id) else {
            return;
        };
        if connection.at_server && !connection.broken {
            connection.down.push_back(bytes);
            connection.down_until = at.max(connection.down_until);
            let at = connection.down_until;
            self.at(at, Happening::Down(id));
        }
    }

    /// What arrives at the server now; nothing if it was lost.
    pub(super) fn take_up(&mut self, id: ConnectionId) -> Option<Vec<u8>> {
        let connection = self.network.connections.get_mut(&id)?;
        let bytes = connection.up.pop_front()?;
        connection.at_server.then_some(bytes)
    }

    /// What arrives at the page now.
    pub(super) fn take_down(&mut self, id: ConnectionId) -> Option<(Seat, Vec<u8>)> {
        let connection = self.network.connections.get_mut(&id)?;
        let bytes = connection.down.pop_front()?;
        connection.at_page.then_some((connection.seat, bytes))
    }

    /// The page closes its end; what it sent arrives, and then the news.
    pub(super) fn page_closes(&mut self, id: ConnectionId) {
        let at = self.latency();
        let Some(connection) = self.network.connections.get_mut(&id) else {
            return;
        };
        (connection.at_page, connection.is_calling) = (false, false);
        connection.up_until = at.max(connection.up_until);
        let at = connection.up_until;
        self.at(at, Happening::ServerHearsCut(id));
    }

    /// The server closes its end; what it sent arrives, and then the news.
    pub(super) fn server_closes(&mut self, id: ConnectionId) {
        let at = self.latency();
        let Some(connection) = self.network.connections.get_mut(&id) else {
            return;
        };
        connection.at_server = false;
        connection.down_until = at.max(connection.down_until);
        let at = connection.down_until;
        self.at(at, Happening::PageHearsCut(id));
    }

    /// The wire breaks: a beginning of what is under way still arrives, late; who hears of it is left to chance.
    pub(super) fn breaks(&mut self, id: ConnectionId) {
        let Some(connection) = self.network.connections.get_mut(&id) else {
            return;
        };
        if std::mem::replace(&mut connection.broken, true) {
            return;
        }
        let (up, down) = (connection.up.len(), connection.down.len());
        let (up, down) = (self.chance.place(up + 1), self.chance.place(down + 1));
        let hears = [self.chance.pick(&HEARS_MS), self.chance.pick(&HEARS_MS)];
        let Some(connection) = self.network.connections.get_mut(&id) else {
            return;
        };
        connection.up.truncate(up);
        connection.down.truncate(down);
        let (page, server) = (
            connection.down_until.max(self.now),
            connection.up_until.max(self.now),
        );
        self.at(page + hears[0], Happening::PageHearsCut(id));
        self.at(server + hears[1], Happening::ServerHearsCut(id));
    }

    /// Every connection breaks at the server's end at once: it is gone.
    pub(super) fn all_break(&mut self) {
        let ids: Vec<ConnectionId> = self.network.connections.keys().copied().collect();
        for id in ids {
            self.breaks(id);
            if let Some(connection) = self.network.connections.get_mut(&id) {
                connection.at_server = false;
                connection.up.clear();
            }
        }
    }

    pub(super) fn server_hears_cut(&mut self, id: ConnectionId) {
        let Some(connection) = self.network.connections.get_mut(&id) else {
            return;
        };
        if std::mem::take(&mut connection.at_server) {
            self.server_disconnects(id);
        }
        self.forget_connection(id);
    }

    pub(super) fn forget_connection(&mut self, id: ConnectionId) {
        let is_over = |it: &Connection| !it.at_page && !it.at_server && !it.is_calling;
        if self.network.connections.get(&id).is_some_and(is_over) {
            self.network.connections.remove(&id);
        }
    }
}
