//! What goes wrong, and how often.

use super::world::{BEGIN_MS, Happening, World};

const HOUR_MS: i64 = 3_600_000;

impl World {
    /// One trouble, and the next one planned.
    pub(super) fn trouble(&mut self) {
        if self.is_quiet {
            return;
        }
        let wait = self.chance.pick(&[400, 2_000, 8_000]);
        self.within(wait, Happening::Trouble);
        match self.chance.below(20) {
            0..=6 => self.a_connection_breaks(),
            7 | 8 => self.network_parts(),
            9 => self.server_dies(false),
            10 => self.server_dies(true),
            11..=15 => {
                let device = self.chance.place(self.devices.len());
                let politely = self.chance.once_in(2);
                self.page_ends(device, politely);
            }
            16 => self.server_clock_jumps(),
            17 => self.device_clock_jumps(),
            _ => self.chapter_is_left(),
        }
    }

    fn a_connection_breaks(&mut self) {
        let ids: Vec<u64> = self.network.connections.keys().copied().collect();
        if !ids.is_empty() {
            let id = self.chance.pick(&ids);
            self.tell(|| format!("connection {id} breaks"));
            self.breaks(id);
        }
    }

    /// For a while nothing gets through, to anybody or from anybody.
    fn network_parts(&mut self) {
        self.network.parted_until = self.now + self.chance.of(500, 20_000);
        self.tell(|| "the network is parted".to_owned());
        let ids: Vec<u64> = self.network.connections.keys().copied().collect();
        for id in ids {
            if self.chance.once_in(2) {
                self.breaks(id);
            }
        }
    }

    fn jump(&mut self) -> i64 {
        let size = self.chance.pick(&[2_000, 40_000, HOUR_MS, 26 * HOUR_MS]);
        if self.chance.once_in(2) { size } else { -size }
    }

    fn server_clock_jumps(&mut self) {
        let offset = self.jump();
        self.server.clock_offset = offset;
        self.tell(|| format!("the server's clock is {offset} ms off"));
    }

    fn device_clock_jumps(&mut self) {
        let (device, offset) = (self.chance.place(self.devices.len()), self.jump());
        self.devices[device].clock_offset = offset;
        self.tell(|| format!("the clock of device {device} is {offset} ms off"));
        debug_assert!(BEGIN_MS > offset.unsigned_abs(), "no clock goes back before 1970");
    }
}
