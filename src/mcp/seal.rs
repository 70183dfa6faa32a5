//! What clients keep for the server: signed, so that it comes back as it was, bound to the call
//! it belongs to, and good for a time.

use super::names::{hex, name, random};
use crate::base::one_line::path_text;
use rmcp::model::{RequestStateCodec, RequestStateError, SealOptions};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use std::fs::OpenOptions;
use std::io::{self, ErrorKind, Write};
use std::path::Path;
use std::time::Duration;

#[cfg(test)]
mod tests;

/// The fewest bytes that are a key.
const KEY: usize = RequestStateCodec::MIN_KEY_LENGTH;

/// Signs and looks at signatures.
#[derive(Debug)]
pub(super) struct Seal {
    codec: RequestStateCodec,
    /// Stands for the directory that calls are made on: consent is for one.
    place: Vec<u8>,
}

/// Why something that came back is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Broken {
    /// Its time is over.
    Expired,
    /// It is not what was signed here, or not for this call.
    Forged,
}

impl Seal {
    /// Makes a seal with the key in a file, which is made if there is none; or with a key that
    /// this process alone has. What is signed holds for this directory alone.
    ///
    /// # Errors
    /// When the file cannot be read or made, or holds too little.
    pub(super) fn new(file: Option<&Path>, directory: &Path) -> io::Result<Seal> {
        let key = match file {
            None => random::<KEY>()?.to_vec(),
            Some(file) => key_in(file).map_err(|error| {
                io::Error::new(error.kind(), format!("the key {}: {error}", path_text(file)))
            })?,
        };
        let whole = directory.canonicalize().unwrap_or_else(|_| directory.to_owned());
        let place = Sha256::digest(whole.as_os_str().as_encoded_bytes()).to_vec();
        let codec = RequestStateCodec::try_new(key).map_err(io::Error::other)?;
        Ok(Seal { codec, place })
    }

    /// Signs bytes for a call, for this long.
    pub(super) fn close(&self, bytes: &[u8], call: &[u8], time: Duration) -> String {
        let bound = [call, &self.place].concat();
        self.codec.seal_with(bytes, &SealOptions::new().associated_data(&bound).ttl(time))
    }

    /// Returns what was signed.
    ///
    /// # Errors
    /// When that was not here, or not for this call, or too long ago.
    pub(super) fn open(&self, sealed: &str, call: &[u8]) -> Result<Vec<u8>, Broken> {
        self.codec.open_with(sealed, &[call, &self.place].concat()).map_err(|error| match error {
            RequestStateError::Expired => Broken::Expired,
            _ => Broken::Forged,
        })
    }
}

/// Returns the key in a file, which is made if there is none.
fn key_in(file: &Path) -> io::Result<Vec<u8>> {
    let mut key = match std::fs::read(file) {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            make_key(file)?;
            std::fs::read(file)?
        }
        read => read?,
    };
    key.truncate(key.trim_ascii_end().len());
    if key.len() < KEY {
        let text = format!("it holds {} bytes, and must hold {KEY}", key.len());
        return Err(io::Error::new(ErrorKind::InvalidData, text));
    }
    Ok(key)
}

/// Makes the file of a key. It has its name only when the key is in it: several servers may
/// begin at once, and any of them may be ended meanwhile.
fn make_key(file: &Path) -> io::Result<()> {
    let mut draft = file.as_os_str().to_owned();
    draft.push(format!(".{}", name()?));
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let key = hex(&random::<KEY>()?);
    let written = options.open(&draft).and_then(|mut new| {
        new.write_all(key.as_bytes())?;
        new.sync_all()
    });
    let named = written.and_then(|()| match std::fs::hard_link(&draft, file) {
        // Another one was first, and its key is as good.
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        // Not all file systems have links.
        Err(_) => std::fs::rename(&draft, file),
        linked => linked,
    });
    let _ = std::fs::remove_file(&draft);
    named
}

/// Returns what stands for a call: whoever comes back must come with the same tool and
/// arguments.
pub(super) fn fingerprint(tool: &str, arguments: Option<&Map<String, Value>>) -> Vec<u8> {
    let arguments = arguments.cloned().map_or(Value::Null, |fields| sorted(Value::Object(fields)));
    Sha256::digest(format!("{tool}\n{arguments}")).to_vec()
}

/// Puts keys in order, since clients may send them in any. What came as JSON is nested 128
/// deep at most.
fn sorted(value: Value) -> Value {
    match value {
        Value::Array(items) => Value::Array(items.into_iter().map(sorted).collect()),
        Value::Object(fields) => {
            let mut fields: Vec<_> = fields.into_iter().collect();
            fields.sort_by(|(one, _), (other, _)| one.cmp(other));
            Value::Object(fields.into_iter().map(|(key, value)| (key, sorted(value))).collect())
        }
        other => other,
    }
}
