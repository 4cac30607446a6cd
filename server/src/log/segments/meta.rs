//! The file `meta`: which engine made the directory, in which format, and which life this log has.
//!
//! ```text
//!  0            8         12        16                         32
//!  ├────────────┼─────────┼─────────┼──────────────────────────┤
//!  │ "segments" │ CRC32C  │ format  │ incarnation              │
//! ```

use std::io;

use schema::ids::IncarnationId;

use super::OpenError;
use super::disk::{Disk, read_whole, write_whole};
use super::file::{self, FORMAT};

/// The name of the file.
pub const META: &str = "meta";

const MAGIC: [u8; 8] = *b"segments";

/// What the file says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meta {
    /// There is none.
    None,
    /// A log of this life.
    Log(IncarnationId),
    /// A whole file of another format.
    Other(u32),
    /// What stands there is not what was written.
    Damaged,
}

/// Writes it.
///
/// # Errors
/// When the disk fails.
pub fn write(disk: &dyn Disk, incarnation: IncarnationId) -> io::Result<()> {
    write_whole(disk, META, &encode(FORMAT, incarnation))
}

/// Reads it.
///
/// # Errors
/// When the disk fails.
pub fn read(disk: &dyn Disk) -> io::Result<Meta> {
    match read_whole(disk, META) {
        Ok(bytes) => Ok(decode(&bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Meta::None),
        Err(error) => Err(error),
    }
}

fn encode(format: u32, incarnation: IncarnationId) -> Vec<u8> {
    let covered = [format.to_be_bytes().as_slice(), incarnation.as_bytes()].concat();
    let checksum = crc32c::crc32c(&covered).to_be_bytes();
    [MAGIC.as_slice(), &checksum, &covered].concat()
}

fn decode(bytes: &[u8]) -> Meta {
    let number = bytes.get(12..16).and_then(|format| format.try_into().ok());
    let incarnation = bytes.get(16..32).and_then(|id| id.try_into().ok());
    let said = number
        .zip(incarnation)
        .map(|(number, id)| (u32::from_be_bytes(number), IncarnationId::from_bytes(id)));
    match said {
        // A format in a file that is not whole is no format.
        Some((format, incarnation)) if bytes == encode(format, incarnation) => match format {
            FORMAT => Meta::Log(incarnation),
            other => Meta::Other(other),
        },
        _ => Meta::Damaged,
    }
}

/// Begins a life in a directory that holds none.
///
/// # Errors
/// [`OpenError`] when the directory cannot be used or holds segments without a `meta`.
pub fn start(disk: &dyn Disk, incarnation: IncarnationId) -> Result<(), OpenError> {
    let names = disk.list()?;
    if names.iter().any(|name| file::segment_number(name).is_some()) {
        return Err(OpenError::NoMeta);
    }
    Ok(write(disk, incarnation)?)
}
