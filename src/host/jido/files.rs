//! The library `io` on a project directory: the same three gates, then real files.
//!
//! A script of the compat profile may open regular files below the root, to write only
//! where the host allows it. Nothing else of the system is granted: no processes, no
//! environment, no clock.

use super::Jido;
use super::place::{Gap, Last, Way};
use super::refusal::Refusal;
use crate::host::gate::Gate;
use crate::host::permits::{Permit, Permits};
use crate::host::system::{FileDevice, world_error};
use crate::vm::state::world::{Device, Ended, Mode, Place, World, WorldError};
use crate::{Declaration, Effect, HostValue, Policy, PolicyCall, Tier};
use cap_std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;

/// The most files a session has open at a time: those of its host are few.
const MAX_OPEN: usize = 64;

impl Jido {
    /// Returns what gives each machine of a session the library `io` on this directory,
    /// for [`SessionBuilder::world`](crate::SessionBuilder::world). A script that writes
    /// makes no file larger than the limit of `write_file`.
    pub fn files(self) -> impl Fn() -> Box<dyn World + Send> + Send + Sync {
        self.files_behind(None)
    }

    /// As [`Jido::files`], behind a gate: `io.open` and its kin are calls like any other.
    pub(crate) fn files_behind(
        self,
        gate: Option<Gate>,
    ) -> impl Fn() -> Box<dyn World + Send> + Send + Sync {
        let jido = Arc::new(self);
        move || {
            let gate = gate.clone();
            Box::new(Files { jido: Arc::clone(&jido), open: Permits::default(), gate })
        }
    }

    fn open_file(&self, path: &[u8], mode: Mode) -> Result<File, Refusal> {
        let relative = self.check_path(path)?;
        if !mode.write {
            return self.checked(self.find(&relative)?.open(OpenOptions::new().read(true))?);
        }
        if !self.options.allow_write {
            return Err(Refusal::ReadOnly);
        }
        self.refuse_git(&relative)?;
        let mut options = OpenOptions::new();
        options.read(mode.read).write(!mode.append).append(mode.append);
        let (file, real) = match self.seek(&relative, Last::Follow)? {
            Way::There(place) => {
                self.refuse_git(&place.real)?;
                if mode.truncate {
                    self.require_seen(&place.real, &place.metadata, "overwriting")?;
                }
                (self.checked(place.open(&options)?)?, place.real)
            }
            // The directory must be there.
            Way::Missing(Gap { parent, names, real }) if mode.create && names.len() == 1 => {
                self.refuse_git(&real)?;
                let name = Path::new(&names[0]);
                (parent.open_with(name, options.create_new(true))?, real)
            }
            Way::Missing(_) => return Err(io::Error::from(io::ErrorKind::NotFound).into()),
        };
        // Only now is it known not to be a protected file under another name.
        if mode.truncate {
            file.set_len(0)?;
        }
        // What it will be is the script's own doing.
        self.seen.forget(&real);
        Ok(file)
    }

    /// Refuses an open file that is not a regular one or is a protected one.
    fn checked(&self, file: File) -> Result<File, Refusal> {
        let metadata = file.metadata()?;
        if metadata.is_dir() {
            return Err(Refusal::IsDirectory);
        }
        if !metadata.is_file() {
            return Err(Refusal::NotRegular);
        }
        self.refuse_protected_identity(&metadata)?;
        Ok(file)
    }
}

/// The world of one machine.
struct Files {
    jido: Arc<Jido>,
    open: Permits,
    gate: Option<Gate>,
}

impl Files {
    /// Opens a file if the gate has nothing against it.
    fn open_file(&self, path: &[u8], mode: Mode) -> Result<File, WorldError> {
        let Some(gate) = &self.gate else {
            return self.jido.open_file(path, mode).map_err(refused);
        };
        let tier = if mode.write { Tier::Write } else { Tier::ReadOnly };
        let mut declaration =
            Declaration::new("io.open").parameter("path", "string", "").tier(tier).answers_nil();
        for (is_meant, effect) in [(mode.read, Effect::Read), (mode.write, Effect::Write)] {
            if is_meant {
                declaration = declaration.effect(effect);
            }
        }
        let args = [HostValue::String(path.to_vec()), HostValue::from(tier.name().to_owned())];
        let declaration = Some(&declaration);
        let call = PolicyCall { path: "io.open", declaration, args: &args, number: 0 };
        let number = gate
            .ask_beside(&call)
            .map_err(|denied| WorldError { message: denied.to_string(), code: 13 })?;
        let opened = self.jido.open_file(path, mode);
        let mut answer = match &opened {
            Ok(_) => Ok(vec![HostValue::Boolean(true)]),
            Err(refusal) => Ok(vec![HostValue::Nil, HostValue::String(refusal.message(path))]),
        };
        gate.settle(number, &mut answer);
        opened.map_err(refused)
    }
}

impl World for Files {
    fn read_file(&mut self, path: Option<&[u8]>) -> Result<Vec<u8>, WorldError> {
        let Some(path) = path else { return Err(WorldError::not_permitted()) };
        let file = self.open_file(path, Mode::READ)?;
        let limit = self.jido.options.read_limit;
        let mut bytes = Vec::new();
        file.take(limit.saturating_add(1)).read_to_end(&mut bytes).map_err(world_error)?;
        if bytes.len() as u64 > limit {
            return Err(too_large());
        }
        Ok(bytes)
    }

    fn is_readable(&mut self, path: &[u8]) -> bool {
        self.open_file(path, Mode::READ).is_ok()
    }

    fn print(&mut self, _bytes: &[u8]) -> Option<Result<(), WorldError>> {
        None
    }

    fn complain(&mut self, _bytes: &[u8]) -> bool {
        false
    }

    fn variable(&mut self, _name: &[u8]) -> Option<Vec<u8>> {
        None
    }

    fn open(&mut self, path: &[u8], mode: Mode) -> Result<Box<dyn Device>, WorldError> {
        let place = self
            .open
            .take(MAX_OPEN)
            .ok_or_else(|| WorldError { message: "Too many open files".to_owned(), code: 24 })?;
        let file = self.open_file(path, mode)?;
        let limit = self.jido.options.write_limit;
        let mut file = FileDevice::new(file.into_std());
        let at = if mode.append { file.seek(Place::End(0))? } else { 0 };
        if mode.append && mode.read {
            file.seek(Place::Start(0))?;
        }
        Ok(Box::new(Limited { file, at, append: mode.append, limit, _place: place }))
    }
}

/// A file that does not grow beyond a limit.
struct Limited {
    file: FileDevice,
    /// Where the next byte is written.
    at: u64,
    append: bool,
    limit: u64,
    _place: Permit,
}

impl Device for Limited {
    fn read(&mut self, into: &mut [u8]) -> Result<usize, WorldError> {
        let count = self.file.read(into)?;
        if !self.append {
            self.at = self.at.saturating_add(count as u64);
        }
        Ok(count)
    }

    fn write(&mut self, bytes: &[u8]) -> Result<usize, WorldError> {
        if self.append {
            // Others may have made it longer, the script itself through another handle.
            self.at = self.file.size()?;
        }
        let room = self.limit.saturating_sub(self.at);
        let room = usize::try_from(room).unwrap_or(usize::MAX).min(bytes.len());
        if room == 0 {
            return Err(too_large());
        }
        let count = self.file.write(&bytes[..room])?;
        self.at += count as u64;
        Ok(count)
    }

    fn seek(&mut self, to: Place) -> Result<u64, WorldError> {
        let place = self.file.seek(to)?;
        if !self.append {
            self.at = place;
        }
        Ok(place)
    }

    fn close(self: Box<Self>) -> Result<Option<Ended>, WorldError> {
        Ok(None)
    }
}

fn too_large() -> WorldError {
    WorldError { message: "File too large".to_owned(), code: 27 }
}

/// Says a refusal in the system's words.
fn refused(refusal: Refusal) -> WorldError {
    match refusal {
        Refusal::Io(error) => world_error(error),
        Refusal::IsDirectory => WorldError { message: "Is a directory".to_owned(), code: 21 },
        Refusal::NameTooLong => WorldError { message: "File name too long".to_owned(), code: 36 },
        Refusal::ReadOnly => WorldError { message: "Permission denied".to_owned(), code: 13 },
        _ => WorldError::not_permitted(),
    }
}
