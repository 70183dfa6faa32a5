//! What stands before and behind an image: versions, the profile, what the host must bring,
//! and a hash of it all.

use crate::base::sha256::Sha256;
use crate::session::calls::host_table::HostTable;
use crate::session::images::restore_error::RestoreError;
use crate::session::images::version::{self, FORM};
use crate::stdlib::Profile;
use crate::vm::image::fault::Fault;
use crate::vm::image::wire::{Reader, Writer};

/// The first bytes of every snapshot.
const MAGIC: &[u8] = b"\x1bMoonfuel\n";

/// Bytes of the hash at the end.
const HASH: usize = 32;

/// What a snapshot is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::session) enum Kind {
    /// A session between two runs.
    Session = 0,
    /// A run.
    Run = 1,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Kind::Session => "session",
            Kind::Run => "run",
        }
    }
}

/// Returns a snapshot with an image in it.
pub(in crate::session) fn write(
    kind: Kind,
    profile: Profile,
    host: &HostTable,
    image: &[u8],
) -> Vec<u8> {
    let mut out = Writer::default();
    out.raw(MAGIC);
    out.number(version::current());
    out.byte(kind as u8);
    out.byte(match profile {
        Profile::Strict => 0,
        Profile::Compat => 1,
        Profile::Full => 2,
    });
    write_host(host, &mut out);
    let mut bytes = out.into_bytes();
    bytes.reserve_exact(image.len() + HASH);
    bytes.extend_from_slice(image);
    let hash = Sha256::digest(&bytes);
    bytes.extend_from_slice(&hash);
    bytes
}

/// Writes what the host must bring.
fn write_host(host: &HostTable, out: &mut Writer) {
    out.size(host.entries.len());
    for entry in &host.entries {
        out.text(entry.path.as_bytes());
        out.text(host.declaration_hash(&entry.path).0.as_bytes());
        let notes = entry.function.remembered();
        out.size(notes.len());
        notes.iter().for_each(|note| out.text(note));
    }
    out.size(host.types.len());
    for known in &host.types {
        out.text(known.name.as_bytes());
        let methods: Vec<&str> = known.method_names().collect();
        out.size(methods.len());
        methods.iter().for_each(|method| out.text(method.as_bytes()));
    }
}

/// Notes that the host's functions are given back, by their places in the table: once it is
/// known that there is a session, since functions may be those of others, too.
#[derive(Debug)]
pub(in crate::session) struct Notes(Vec<(usize, Vec<u8>)>);

impl Notes {
    /// Gives them back.
    pub(in crate::session) fn give(self, host: &mut HostTable) {
        for (at, note) in self.0 {
            if let Some(entry) = host.entries.get_mut(at) {
                entry.function.recall(&note);
            }
        }
    }
}

/// Reads a snapshot up to its image. The host's functions and types are put into the order
/// that the image knows them in.
///
/// # Errors
/// When it is none, or not for such a session.
pub(in crate::session) fn read<'a>(
    bytes: &'a [u8],
    kind: Kind,
    profile: Profile,
    host: &mut HostTable,
) -> Result<(Reader<'a>, Notes), RestoreError> {
    let damaged = |fault: Fault| RestoreError::of(fault, 0);
    let mut from = Reader::new(bytes);
    if from.raw(MAGIC.len()).ok() != Some(MAGIC) {
        return Err(RestoreError::Damaged("it does not begin as a snapshot"));
    }
    // Before the hash, which may be another one.
    let (found, known) = (from.number().map_err(damaged)?, version::current());
    if found != known {
        // A version that cannot be told from a changed byte is not told of.
        if found >> 32 > FORM && !has_its_hash(bytes) {
            return Err(RestoreError::Damaged("its version is none that is known"));
        }
        return Err(match found < known {
            true => RestoreError::TooOld { found, known },
            false => RestoreError::TooNew { found, known },
        });
    }
    let (body, hash) =
        bytes.split_last_chunk::<HASH>().ok_or(RestoreError::Damaged("the bytes end too early"))?;
    if Sha256::digest(body)[..] != hash[..] {
        return Err(RestoreError::Damaged("the hash at its end is another one"));
    }
    let mut from = Reader::new(body.get(bytes.len() - from.left()..).unwrap_or_default());
    let found = match from.byte().map_err(damaged)? {
        0 => Kind::Session,
        1 => Kind::Run,
        _ => return Err(RestoreError::Damaged("it is of no kind")),
    };
    if found != kind {
        return Err(RestoreError::Kind(found.name()));
    }
    let snapshot = match from.byte().map_err(damaged)? {
        0 => Profile::Strict,
        1 => Profile::Compat,
        2 => Profile::Full,
        _ => return Err(RestoreError::Damaged("it is of no profile")),
    };
    if snapshot != profile {
        return Err(RestoreError::Profile { snapshot, session: profile });
    }
    let notes = read_host(&mut from, host)?;
    Ok((from, notes))
}

/// Tells whether the hash at the end is that of what is before it.
fn has_its_hash(bytes: &[u8]) -> bool {
    let split = bytes.split_last_chunk::<HASH>();
    split.is_some_and(|(body, hash)| Sha256::digest(body)[..] == hash[..])
}

fn read_host(from: &mut Reader<'_>, host: &mut HostTable) -> Result<Notes, RestoreError> {
    let damaged = |fault: Fault| RestoreError::of(fault, 0);
    let mut notes = Notes(Vec::new());
    for at in 0..from.count(3).map_err(damaged)? {
        let (path, declared) = (name(from)?, name(from)?);
        let found = host.entries.iter().skip(at).position(|entry| entry.path == path);
        let found = found.ok_or_else(|| RestoreError::host(path, "no such host function"))?;
        if host.declaration_hash(path).0 != declared {
            return Err(RestoreError::host(path, "it is declared otherwise"));
        }
        host.entries.swap(at, at + found);
        for _ in 0..from.count(1).map_err(damaged)? {
            notes.0.push((at, from.text().map_err(damaged)?.to_vec()));
        }
    }
    for at in 0..from.count(2).map_err(damaged)? {
        let type_name = name(from)?;
        let found = host.types.iter().skip(at).position(|known| known.name == type_name);
        let found =
            found.ok_or_else(|| RestoreError::host(type_name, "no such type of objects"))?;
        host.types.swap(at, at + found);
        let count = from.count(1).map_err(damaged)?;
        let methods = (0..count).map(|_| name(from)).collect::<Result<Vec<_>, _>>()?;
        if let Some(known) = host.types.get_mut(at) {
            known.order_methods(&methods).map_err(|method| {
                RestoreError::host(type_name, &format!("objects have no method '{method}'"))
            })?;
        }
    }
    Ok(notes)
}

/// Puts the functions and types of one host into the order of another's, and returns the notes
/// of the other's.
///
/// # Errors
/// When one is not there.
pub(in crate::session) fn order_host(
    of: &HostTable,
    host: &mut HostTable,
) -> Result<Notes, RestoreError> {
    let mut out = Writer::default();
    write_host(of, &mut out);
    read_host(&mut Reader::new(&out.into_bytes()), host)
}

fn name<'a>(from: &mut Reader<'a>) -> Result<&'a str, RestoreError> {
    let bytes = from.text().map_err(|fault| RestoreError::of(fault, 0))?;
    std::str::from_utf8(bytes).map_err(|_| RestoreError::Damaged("a name that is no text"))
}
