//! A record's stored bytes: `[format, envelope, salt₁ | [commitment], chain, [salt₂, payload] | null]`.
//!
//! The envelope stands as a byte string, so the bytes that were hashed are literally there.

use std::sync::Arc;

use minicbor::data::Type;
use minicbor::decode::Error;
use minicbor::{Decode, Decoder, Encode, Encoder, encode};

use super::{EnvelopeSalt, Payload, Record};
use crate::log::Envelope;

/// The format version written today. Older ones are upcast in `decode`.
const RECORD_FORMAT: u16 = 1;
/// Items of a record of format 1.
const ITEMS: u64 = 5;

impl<C> Encode<C> for Record {
    fn encode<W: encode::Write>(
        &self,
        to: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), encode::Error<W::Error>> {
        to.array(ITEMS)?
            .u16(RECORD_FORMAT)?
            .bytes(&self.envelope.encode())?;
        match &self.envelope_salt {
            EnvelopeSalt::Present(salt) => to.bytes(salt)?,
            EnvelopeSalt::Erased { commitment } => to.array(1)?.bytes(commitment)?,
        };
        to.bytes(&self.chain)?;
        match &self.payload {
            Payload::Present { salt, bytes } => to.array(2)?.bytes(salt)?.bytes(bytes)?,
            Payload::Erased => to.null()?,
        };
        Ok(())
    }
}

impl<'b, C> Decode<'b, C> for Record {
    fn decode(from: &mut Decoder<'b>, _: &mut C) -> Result<Self, Error> {
        expect_array(from, ITEMS)?;
        match from.u16()? {
            RECORD_FORMAT => decode_1(from),
            other => Err(Error::message(format!("unknown record format {other}"))),
        }
    }
}

fn decode_1(from: &mut Decoder<'_>) -> Result<Record, Error> {
    let envelope = Envelope::decode(from.bytes()?).map_err(Error::message)?;
    let envelope_salt = match from.datatype()? {
        Type::Bytes => EnvelopeSalt::Present(bytes_32(from)?),
        _ => {
            expect_array(from, 1)?;
            EnvelopeSalt::Erased {
                commitment: bytes_32(from)?,
            }
        }
    };
    let chain = bytes_32(from)?;
    let payload = match from.datatype()? {
        Type::Null => {
            from.null()?;
            Payload::Erased
        }
        _ => {
            expect_array(from, 2)?;
            Payload::Present {
                salt: bytes_32(from)?,
                bytes: Arc::from(from.bytes()?),
            }
        }
    };
    Ok(Record {
        envelope,
        envelope_salt,
        payload,
        chain,
    })
}

fn expect_array(from: &mut Decoder<'_>, items: u64) -> Result<(), Error> {
    match from.array()? {
        Some(found) if found == items => Ok(()),
        _ => Err(Error::message(format!("expected an array of {items}"))),
    }
}

fn bytes_32(from: &mut Decoder<'_>) -> Result<[u8; 32], Error> {
    from.bytes()?
        .try_into()
        .map_err(|_| Error::message("expected 32 bytes"))
}
