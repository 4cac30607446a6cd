//! What a test makes the server write to its log.
//!
//! Why it exists: that a refusal is logged is a promise to whoever operates a server, so tests read the lines.

use std::io::Write;
use std::sync::{Arc, Mutex};

use serde_json::Value;
use tracing::subscriber::DefaultGuard;

/// The lines of this thread from here on.
pub struct Logged {
    bytes: Arc<Mutex<Vec<u8>>>,
    _guard: DefaultGuard,
}

struct Sink(Arc<Mutex<Vec<u8>>>);

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Logged {
    pub fn start() -> Self {
        let bytes = Arc::new(Mutex::new(Vec::new()));
        let sink = Arc::clone(&bytes);
        let subscriber = tracing_subscriber::fmt()
            .json()
            .with_writer(move || Sink(Arc::clone(&sink)))
            .finish();
        let _guard = tracing::subscriber::set_default(subscriber);
        Self { bytes, _guard }
    }

    /// Person, action, resource and code of every refusal, in order.
    pub fn refusals(&self) -> Vec<[String; 4]> {
        let lines = self.lines().into_iter();
        let refusals = lines.filter(|line| line["fields"]["message"] == "refused");
        let field = |line: &Value, name: &str| line["fields"][name].as_str().unwrap_or_default().to_owned();
        refusals
            .map(|line| ["person", "action", "resource", "code"].map(|name| field(&line, name)))
            .collect()
    }

    /// Everything, as text.
    pub fn text(&self) -> String {
        String::from_utf8(self.bytes.lock().unwrap().clone()).unwrap()
    }

    fn lines(&self) -> Vec<Value> {
        let text = self.text();
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }
}
