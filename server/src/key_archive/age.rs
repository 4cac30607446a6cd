//! The age format, version 1, for one passphrase (<https://age-encryption.org/v1>): what the `age` program writes with
//! `--passphrase` and reads with `--decrypt`.
//!
//! ```text
//! age-encryption.org/v1
//! -> scrypt <salt> <log N>
//! <the file key, sealed with ChaCha20-Poly1305 under scrypt(passphrase)>
//! --- <HMAC-SHA-256 of everything above, up to and with "---">
//! nonce, 16 ‖ { up to 64 KiB, sealed under a key from file key and nonce } …
//! ```
//!
//! # Why it is written here
//!
//! The crate of that name brings some 85 others (translations, post-quantum keys, curves) for what is a page of code
//! over four that are small. It is tried against the `age` program in both directions.
//!
//! # Invariants
//!
//! - [`decrypt`] is total, and gives nothing of a file unless all of it is whole.

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use chacha20poly1305::aead::{Aead, KeyInit};
use chacha20poly1305::{ChaCha20Poly1305, Key, Nonce};
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use schema::limits::KEY_ARCHIVE_SCRYPT_LOG_MAX;
use sha2::Sha256;

use super::Fresh;

const INTRO: &str = "age-encryption.org/v1\n";
const SCRYPT_LABEL: &[u8] = b"age-encryption.org/v1/scrypt";
/// The work of the `age` program: about a second and 256 MB.
const SCRYPT_LOG: u8 = 18;
const CHUNK_BYTES: usize = 64 * 1024;
const TAG_BYTES: usize = 16;

/// Why a file was not opened or made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AgeError {
    /// Not of this format, or for keys instead of a passphrase.
    #[error("this is no file that a passphrase opens: {0}")]
    Malformed(&'static str),
    /// Asks for more work than is given.
    #[error("the file asks for too much work: scrypt 2^{0}")]
    TooMuchWork(u8),
    /// The passphrase does not open it.
    #[error("the passphrase does not open this file")]
    Passphrase,
    /// It opens, but is not what was written.
    #[error("the file was changed or is cut off")]
    Damaged,
}

/// Locks content with a passphrase.
///
/// # Errors
/// [`AgeError`] only if scrypt does not take its parameters.
pub fn encrypt(passphrase: &str, content: &[u8], fresh: &Fresh) -> Result<Vec<u8>, AgeError> {
    let seal = wrapping_key(passphrase, &fresh.salt, SCRYPT_LOG)?;
    let sealed = seal
        .encrypt(&Nonce::default(), fresh.file_key.as_slice())
        .map_err(|_| AgeError::Damaged)?;
    let head = format!(
        "{INTRO}-> scrypt {} {SCRYPT_LOG}\n{}\n---",
        STANDARD_NO_PAD.encode(fresh.salt),
        STANDARD_NO_PAD.encode(sealed)
    );
    let mac = header_mac(&fresh.file_key, head.as_bytes())?
        .finalize()
        .into_bytes();
    let mut file = format!("{head} {}\n", STANDARD_NO_PAD.encode(mac)).into_bytes();
    file.extend(fresh.nonce);
    let stream = stream_key(&fresh.file_key, &fresh.nonce)?;
    let mut chunks = content.chunks(CHUNK_BYTES).peekable();
    if chunks.peek().is_none() {
        file.extend(
            stream
                .encrypt(&chunk_nonce(0, true), &[][..])
                .map_err(|_| AgeError::Damaged)?,
        );
    }
    let mut number = 0;
    while let Some(chunk) = chunks.next() {
        let nonce = chunk_nonce(number, chunks.peek().is_none());
        file.extend(stream.encrypt(&nonce, chunk).map_err(|_| AgeError::Damaged)?);
        number += 1;
    }
    Ok(file)
}

/// Opens what [`encrypt`] or the `age` program locked.
///
/// # Errors
/// [`AgeError`].
pub fn decrypt(passphrase: &str, file: &[u8]) -> Result<Vec<u8>, AgeError> {
    let header = Header::read(file)?;
    if header.log_n == 0 || header.log_n > KEY_ARCHIVE_SCRYPT_LOG_MAX {
        return Err(AgeError::TooMuchWork(header.log_n));
    }
    let open = wrapping_key(passphrase, &header.salt, header.log_n)?;
    let file_key = open
        .decrypt(&Nonce::default(), header.sealed.as_slice())
        .map_err(|_| AgeError::Passphrase)?;
    let file_key: [u8; 16] = file_key.try_into().map_err(|_| AgeError::Damaged)?;
    header_mac(&file_key, header.authenticated)?
        .verify_slice(&header.mac)
        .map_err(|_| AgeError::Damaged)?;
    let (nonce, mut rest) = header
        .payload
        .split_first_chunk::<16>()
        .ok_or(AgeError::Damaged)?;
    let stream = stream_key(&file_key, nonce)?;
    let mut content = Vec::with_capacity(rest.len());
    let mut number = 0;
    loop {
        let (chunk, later) = rest.split_at(rest.len().min(CHUNK_BYTES + TAG_BYTES));
        let nonce = chunk_nonce(number, later.is_empty());
        let opened = stream.decrypt(&nonce, chunk).map_err(|_| AgeError::Damaged)?;
        // Only the content of nothing may end in an empty chunk.
        if opened.is_empty() && number > 0 {
            return Err(AgeError::Damaged);
        }
        content.extend(opened);
        if later.is_empty() {
            return Ok(content);
        }
        (rest, number) = (later, number + 1);
    }
}

/// The lines before the content.
struct Header<'a> {
    salt: [u8; 16],
    log_n: u8,
    sealed: Vec<u8>,
    mac: Vec<u8>,
    authenticated: &'a [u8],
    payload: &'a [u8],
}

impl<'a> Header<'a> {
    fn read(file: &'a [u8]) -> Result<Self, AgeError> {
        let rest = file
            .strip_prefix(INTRO.as_bytes())
            .ok_or(AgeError::Malformed("it does not begin as an age file"))?;
        let (stanza, rest) = line(rest)?;
        let (sealed, rest) = line(rest)?;
        let (end, payload) = line(rest)?;
        let mac = end
            .strip_prefix("--- ")
            .ok_or(AgeError::Malformed("it is for more than one passphrase"))?;
        let mut words = stanza.split(' ');
        let named = (words.next(), words.next()) == (Some("->"), Some("scrypt"));
        let (Some(salt), Some(log_n), None, true) = (words.next(), words.next(), words.next(), named) else {
            return Err(AgeError::Malformed(
                "it is locked with keys, not with a passphrase",
            ));
        };
        let log_n = log_n
            .parse()
            .ok()
            .filter(|_| !log_n.starts_with(['0', '+']))
            .ok_or(AgeError::Malformed("its work is no number"))?;
        let before_mac = file.len() - payload.len() - end.len() - 1;
        let authenticated = file.get(..before_mac + 3).ok_or(AgeError::Damaged)?;
        Ok(Self {
            salt: decoded(salt)?.try_into().map_err(|_| AgeError::Damaged)?,
            log_n,
            sealed: decoded(sealed)?,
            mac: decoded(mac)?,
            authenticated,
            payload,
        })
    }
}

fn line(bytes: &[u8]) -> Result<(&str, &[u8]), AgeError> {
    let end = bytes
        .iter()
        .take(256)
        .position(|byte| *byte == b'\n')
        .ok_or(AgeError::Malformed("its header is cut off"))?;
    let (line, rest) = bytes.split_at(end);
    let line = std::str::from_utf8(line).map_err(|_| AgeError::Malformed("its header is not text"))?;
    Ok((line, rest.get(1..).unwrap_or_default()))
}

fn decoded(text: &str) -> Result<Vec<u8>, AgeError> {
    STANDARD_NO_PAD
        .decode(text)
        .map_err(|_| AgeError::Malformed("its header is not base64"))
}

fn cipher(key: [u8; 32]) -> ChaCha20Poly1305 {
    ChaCha20Poly1305::new(&Key::from(key))
}

fn wrapping_key(passphrase: &str, salt: &[u8; 16], log_n: u8) -> Result<ChaCha20Poly1305, AgeError> {
    let params = scrypt::Params::new(log_n, 8, 1).map_err(|_| AgeError::TooMuchWork(log_n))?;
    let mut key = [0; 32];
    scrypt::scrypt(
        passphrase.as_bytes(),
        &[SCRYPT_LABEL, salt].concat(),
        &params,
        &mut key,
    )
    .map_err(|_| AgeError::TooMuchWork(log_n))?;
    Ok(cipher(key))
}

fn header_mac(file_key: &[u8; 16], head: &[u8]) -> Result<Hmac<Sha256>, AgeError> {
    let mut key = [0; 32];
    Hkdf::<Sha256>::new(None, file_key)
        .expand(b"header", &mut key)
        .map_err(|_| AgeError::Damaged)?;
    let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(&key).map_err(|_| AgeError::Damaged)?;
    mac.update(head);
    Ok(mac)
}

fn stream_key(file_key: &[u8; 16], nonce: &[u8; 16]) -> Result<ChaCha20Poly1305, AgeError> {
    let mut key = [0; 32];
    Hkdf::<Sha256>::new(Some(nonce), file_key)
        .expand(b"payload", &mut key)
        .map_err(|_| AgeError::Damaged)?;
    Ok(cipher(key))
}

/// An 11-byte counter, and whether this is the last chunk: so none can be left out, swapped or added.
fn chunk_nonce(number: u64, last: bool) -> Nonce {
    let [a, b, c, d, e, f, g, h] = number.to_be_bytes();
    Nonce::from([0, 0, 0, a, b, c, d, e, f, g, h, u8::from(last)])
}
