//! Keys of signed notes: what verifies (`name+id+key`, public) and what signs (never shown, wiped when dropped).
//!
//! Why it exists: the key of a log and the key of a witness make different statements. They are different types
//! here, so a witness's key can never vouch as a log's, even where somebody uses the same bytes for both.

use std::fmt;
use std::str::FromStr;

use ed25519_dalek::{Signature, Signer};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest, Sha256};

use super::BadSignature;
use crate::audit::base64_text;
use crate::limits::KEY_NAME_BYTES_MAX;

/// Kind of signature that logs make: Ed25519 over the text of the note.
pub const ED25519: u8 = 0x01;

/// Verifies what a log signed.
pub type LogKey = VerifierKey<ED25519>;
/// Signs for a log.
pub type LogSigner = SigningKey<ED25519>;

/// Why bytes are not a usable key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an Ed25519 public key, or one under which everything verifies")]
pub struct KeyError;

/// Text that is not a key of the kind asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ParseKeyError {
    /// Not `name+id+key`.
    #[error("not a verifier key: expected name+id+key")]
    Shape,
    /// A name that no key may have.
    #[error(
        "a key name has 1 to {KEY_NAME_BYTES_MAX} bytes, without spaces, plus signs and control characters"
    )]
    Name,
    /// The key makes another kind of signature.
    #[error("the key is for signatures of kind {found:#04x}, not {wanted:#04x}")]
    Kind {
        /// The kind it says.
        found: u8,
        /// The kind asked for.
        wanted: u8,
    },
    /// Not an Ed25519 key.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The id is not that of name and key.
    #[error("the id is not the id of this name and key")]
    Id,
}

/// Name of a key: a URL without scheme, by custom the origin of a log or the name of a witness.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyName(String);

impl KeyName {
    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for KeyName {
    type Err = ParseKeyError;

    fn from_str(text: &str) -> Result<Self, ParseKeyError> {
        let is_forbidden = |c: char| c.is_whitespace() || c < ' ' || c == '+';
        let fits = (1..=KEY_NAME_BYTES_MAX).contains(&text.len());
        if fits && !text.contains(is_forbidden) {
            Ok(Self(text.to_owned()))
        } else {
            Err(ParseKeyError::Name)
        }
    }
}

impl fmt::Display for KeyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// First four bytes of SHA-256(name ‖ newline ‖ kind ‖ public key): tells keys of one name apart, proves nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId(pub u32);

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08x}", self.0)
    }
}

/// A public key with its name, for signatures of kind `TYPE`. Its text is the *vkey* of `signed-note`.
#[derive(Clone, PartialEq, Eq)]
pub struct VerifierKey<const TYPE: u8> {
    name: KeyName,
    id: KeyId,
    public: ed25519_dalek::VerifyingKey,
}

impl<const TYPE: u8> VerifierKey<TYPE> {
    /// A key from its name and the 32 bytes of RFC 8032.
    ///
    /// # Errors
    /// [`KeyError`] when the bytes are no point, or one of low order.
    pub fn new(name: KeyName, public: &[u8; 32]) -> Result<Self, KeyError> {
        let public = ed25519_dalek::VerifyingKey::from_bytes(public).map_err(|_| KeyError)?;
        if public.is_weak() {
            return Err(KeyError);
        }
        Ok(Self::named(name, public))
    }

    fn named(name: KeyName, public: ed25519_dalek::VerifyingKey) -> Self {
        let mut hasher = Sha256::new();
        hasher.update(name.as_str());
        hasher.update([b'\n', TYPE]);
        hasher.update(public.as_bytes());
        let digest: [u8; 32] = hasher.finalize().into();
        let [a, b, c, d, ..] = digest;
        let id = KeyId(u32::from_be_bytes([a, b, c, d]));
        Self { name, id, public }
    }

    /// The same public key under another name. A server signs all its logs with one key, each time under the
    /// origin as name.
    #[must_use]
    pub fn under_name(&self, name: KeyName) -> Self {
        Self::named(name, self.public)
    }

    /// Its name.
    #[must_use]
    pub const fn name(&self) -> &KeyName {
        &self.name
    }

    /// Its id.
    #[must_use]
    pub const fn id(&self) -> KeyId {
        self.id
    }

    /// The 32 bytes of RFC 8032.
    #[must_use]
    pub fn public_bytes(&self) -> &[u8; 32] {
        self.public.as_bytes()
    }

    /// Strict: one message and key have one signature that verifies, also for other libraries.
    pub(in crate::audit) fn verify_bytes(&self, message: &[u8], signature: &[u8]) -> bool {
        Signature::from_slice(signature)
            .and_then(|signature| self.public.verify_strict(message, &signature))
            .is_ok()
    }

    pub(in crate::audit) fn bad_signature(&self) -> BadSignature {
        BadSignature {
            name: self.name.clone(),
        }
    }
}

impl<const TYPE: u8> fmt::Display for VerifierKey<TYPE> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = [&[TYPE], self.public.as_bytes().as_slice()].concat();
        write!(f, "{}+{}+{}", self.name, self.id, base64_text::encode(&key))
    }
}

impl<const TYPE: u8> fmt::Debug for VerifierKey<TYPE> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VerifierKey({self})")
    }
}

impl<const TYPE: u8> FromStr for VerifierKey<TYPE> {
    type Err = ParseKeyError;

    fn from_str(text: &str) -> Result<Self, ParseKeyError> {
        // The base64 of the key may itself hold plus signs; name and id cannot.
        let mut parts = text.splitn(3, '+');
        let mut part = || parts.next().ok_or(ParseKeyError::Shape);
        let (name, id, key) = (part()?, part()?, part()?);
        let name: KeyName = name.parse()?;
        let decoded = base64_text::decode(key).ok_or(ParseKeyError::Shape)?;
        let (kind, public) = decoded.split_first().ok_or(ParseKeyError::Shape)?;
        if *kind != TYPE {
            return Err(ParseKeyError::Kind {
                found: *kind,
                wanted: TYPE,
            });
        }
        let key = Self::new(name, public.try_into().map_err(|_| KeyError)?)?;
        if key.id.to_string() == id {
            Ok(key)
        } else {
            Err(ParseKeyError::Id)
        }
    }
}

impl<const TYPE: u8> Serialize for VerifierKey<TYPE> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de, const TYPE: u8> Deserialize<'de> for VerifierKey<TYPE> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(from)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// A secret key with its name, for signatures of kind `TYPE`.
pub struct SigningKey<const TYPE: u8> {
    verifier: VerifierKey<TYPE>,
    secret: ed25519_dalek::SigningKey,
}

impl<const TYPE: u8> SigningKey<TYPE> {
    /// A key from 32 random bytes made elsewhere (the seed of RFC 8032). The caller wipes its own copy.
    #[must_use]
    pub fn from_seed(name: KeyName, seed: &[u8; 32]) -> Self {
        let secret = ed25519_dalek::SigningKey::from_bytes(seed);
        Self {
            verifier: VerifierKey::named(name, secret.verifying_key()),
            secret,
        }
    }

    /// The same secret under another name.
    #[must_use]
    pub fn under_name(&self, name: KeyName) -> Self {
        Self {
            verifier: self.verifier.under_name(name),
            secret: self.secret.clone(),
        }
    }

    /// What verifies its signatures.
    #[must_use]
    pub const fn verifier(&self) -> &VerifierKey<TYPE> {
        &self.verifier
    }

    pub(in crate::audit) fn sign_bytes(&self, message: &[u8]) -> [u8; 64] {
        self.secret.sign(message).to_bytes()
    }
}

impl<const TYPE: u8> fmt::Debug for SigningKey<TYPE> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({}, secret)", self.verifier)
    }
}
