//! Single values as CBOR libraries of other languages write them.
//!
//! Why it exists: cbor-x writes whole numbers as floats when they are large, `undefined` for what is not there, maps
//! with two-byte lengths; other libraries write strings in pieces or tag byte strings as typed arrays (tag 64). A
//! value that is `null` or `undefined` reads as absent. Anything else of the wrong kind is an error.

use minicbor::Decoder;
use minicbor::data::Type;
use minicbor::decode::Error;

/// More tags than this around one value mean nothing.
const TAGS_MAX: usize = 4;
/// Versions, at most, that are kept of what a client says it speaks.
const TEXTS_MAX: usize = 16;
/// The largest number that JavaScript counts exactly.
const WHOLE_MAX: f64 = 9_007_199_254_740_991.0;

/// Whether a map or array of open length goes on.
pub(super) fn is_before_break(decoder: &Decoder<'_>) -> Result<bool, Error> {
    Ok(decoder.datatype()? != Type::Break)
}

/// A text of at most so many bytes.
pub(super) fn text(decoder: &mut Decoder<'_>, bytes_max: usize) -> Result<Option<String>, Error> {
    let text = match untagged(decoder)? {
        Type::String => decoder.str()?.to_owned(),
        Type::StringIndef => decoder.str_iter()?.collect::<Result<String, Error>>()?,
        Type::Null | Type::Undefined => return decoder.skip().map(|()| None),
        other => return Err(Error::type_mismatch(other)),
    };
    if text.len() > bytes_max {
        return Err(Error::message("a text is too long"));
    }
    Ok(Some(text))
}

/// An array of texts, or one text alone.
pub(super) fn texts(decoder: &mut Decoder<'_>, bytes_max: usize) -> Result<Vec<String>, Error> {
    if !matches!(untagged(decoder)?, Type::Array | Type::ArrayIndef) {
        return Ok(text(decoder, bytes_max)?.into_iter().collect());
    }
    let length = decoder.array()?;
    let mut texts = Vec::new();
    let mut read = 0;
    while length.map_or_else(|| is_before_break(decoder), |length| Ok(read < length))? {
        read += 1;
        if read > TEXTS_MAX as u64 {
            return Err(Error::message("too many texts"));
        }
        texts.extend(text(decoder, bytes_max)?);
    }
    if length.is_none() {
        decoder.skip()?;
    }
    Ok(texts)
}

/// Bytes.
pub(super) fn bytes(decoder: &mut Decoder<'_>) -> Result<Option<Vec<u8>>, Error> {
    match untagged(decoder)? {
        Type::Bytes => Ok(Some(decoder.bytes()?.to_vec())),
        Type::BytesIndef => {
            let pieces = decoder.bytes_iter()?.collect::<Result<Vec<&[u8]>, Error>>()?;
            Ok(Some(pieces.concat()))
        }
        Type::Null | Type::Undefined => decoder.skip().map(|()| None),
        other => Err(Error::type_mismatch(other)),
    }
}

/// A number without a fraction, written as an integer or as a float.
pub(super) fn whole_number(decoder: &mut Decoder<'_>) -> Result<Option<u64>, Error> {
    match untagged(decoder)? {
        Type::U8 | Type::U16 | Type::U32 | Type::U64 => decoder.u64().map(Some),
        Type::F32 | Type::F64 => {
            let number = decoder.f64()?;
            let is_whole = number.fract() == 0.0 && (0.0..=WHOLE_MAX).contains(&number);
            // In that range the cast is exact.
            is_whole
                .then_some(number as u64)
                .map(Some)
                .ok_or_else(|| Error::message("a count is no whole number"))
        }
        Type::Null | Type::Undefined => decoder.skip().map(|()| None),
        other => Err(Error::type_mismatch(other)),
    }
}

/// The type of what comes, past the tags around it.
fn untagged(decoder: &mut Decoder<'_>) -> Result<Type, Error> {
    for _ in 0..TAGS_MAX {
        let found = decoder.datatype()?;
        if found != Type::Tag {
            return Ok(found);
        }
        decoder.tag()?;
    }
    Err(Error::message("too many tags around a value"))
}
