//! Whether the device takes what is to be stored.

use schema::sync::ChapterKey;

use super::Desk;
use crate::chapter::Chapter;

impl Desk {
    /// The device takes no more, or does again. Without a connection nothing can be typed meanwhile, and what waits is
    /// told to the windows, to be copied.
    pub fn set_full(&mut self, is_full: bool) {
        if self.is_full == is_full {
            return;
        }
        self.is_full = is_full;
        let keys: Vec<ChapterKey> = self.chapters.keys().copied().collect();
        for key in keys {
            self.tell_status(key);
        }
    }

    /// How many changes of one's own neither the server nor the device is known to have.
    #[must_use]
    pub fn unstored(&self) -> usize {
        if self.is_full {
            return self.chapters.values().map(Chapter::waiting).sum();
        }
        let open = self.chapters.values().filter(|chapter| chapter.is_dirty());
        self.waiting.len() + open.count()
    }
}
