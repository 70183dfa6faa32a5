//! The real system as a [`World`]: for `moonfuel lua`, whose code is trusted.

mod device;
mod process;
mod temporary;
mod zone;

use crate::vm::state::world::stream::{Buffering, Stream};
use crate::vm::state::world::{Device, Ended, Mode, Standard, World, WorldError, Zone};
pub(super) use device::FileDevice;
use std::cell::RefCell;
use std::ffi::OsString;
use std::fs::{self, OpenOptions};
use std::io::{self, IsTerminal};
use std::path::PathBuf;
use std::rc::Rc;
use std::time::{SystemTime, UNIX_EPOCH};

/// Files, streams and the environment of this process.
#[derive(Debug)]
pub(crate) struct System {
    input: Rc<RefCell<Stream>>,
    output: Rc<RefCell<Stream>>,
    errors: Rc<RefCell<Stream>>,
    zone: zone::LocalTime,
}

impl Default for System {
    fn default() -> Self {
        System::new()
    }
}

impl System {
    /// Makes a world of this process. Its standard streams are buffered here, apart from
    /// those of the standard library: what is printed through both may change places.
    pub(crate) fn new() -> System {
        let output = Rc::new(RefCell::new(standard(Standard::Output)));
        let mut input = standard(Standard::Input);
        input.tie(output.clone());
        System {
            input: Rc::new(RefCell::new(input)),
            output,
            errors: Rc::new(RefCell::new(standard(Standard::Error))),
            zone: zone::LocalTime::default(),
        }
    }
}

/// Makes a stream of the process, buffered as C does it: errors not at all, the others
/// by lines on a terminal.
fn standard(which: Standard) -> Stream {
    let (device, terminal, mode) = match which {
        Standard::Input => {
            (FileDevice::copy_of(io::stdin()), io::stdin().is_terminal(), Mode::READ)
        }
        Standard::Output => {
            (FileDevice::copy_of(io::stdout()), io::stdout().is_terminal(), Mode::WRITE)
        }
        Standard::Error => (FileDevice::copy_of(io::stderr()), false, Mode::WRITE),
    };
    let buffering = match which {
        Standard::Error => Buffering::No,
        _ if terminal => Buffering::Line,
        _ => Buffering::Full,
    };
    match device {
        Ok(device) => Stream::standard(Box::new(device), mode, buffering),
        Err(_) => Stream::no_input(),
    }
}

impl World for System {
    fn read_file(&mut self, path: Option<&[u8]>) -> Result<Vec<u8>, WorldError> {
        let Some(path) = path else {
            let mut input = self.input.borrow_mut();
            let mut bytes = Vec::new();
            while input.peek(0)?.is_some() {
                bytes.extend_from_slice(input.available());
                let count = input.available().len();
                input.consume(count);
            }
            return Ok(bytes);
        };
        fs::read(path_from(path)).map_err(|error| world_error(&error))
    }

    fn is_readable(&mut self, path: &[u8]) -> bool {
        fs::File::open(path_from(path)).is_ok()
    }

    fn print(&mut self, bytes: &[u8]) -> Option<Result<(), WorldError>> {
        // As PUC's `print`, which leaves nothing in the buffer.
        let mut output = self.output.borrow_mut();
        Some(output.write(bytes).and_then(|()| output.flush()))
    }

    fn complain(&mut self, bytes: &[u8]) -> bool {
        // There is nobody to tell when that fails.
        let _ = self.errors.borrow_mut().write(bytes);
        true
    }

    fn variable(&mut self, name: &[u8]) -> Option<Vec<u8>> {
        // A name with `=` or NUL is none; the standard library would panic over some.
        if name.is_empty() || name.contains(&b'=') || name.contains(&0) {
            return None;
        }
        std::env::var_os(path_from(name)).map(os_bytes)
    }

    fn standard(&mut self, which: Standard) -> Option<Rc<RefCell<Stream>>> {
        let stream = match which {
            Standard::Input => &self.input,
            Standard::Output => &self.output,
            Standard::Error => &self.errors,
        };
        Some(stream.clone())
    }

    fn open(&mut self, path: &[u8], mode: Mode) -> Result<Box<dyn Device>, WorldError> {
        let mut options = OpenOptions::new();
        options.read(mode.read).write(mode.write && !mode.append).append(mode.append);
        options.truncate(mode.truncate).create(mode.create);
        let mut device = FileDevice::new(options.open(path_from(path)).map_err(world_error)?);
        if mode.append && !mode.read {
            // So that `seek` tells where writing goes on; a pipe has no such place.
            let _ = device.seek(crate::vm::state::world::Place::End(0));
        }
        Ok(Box::new(device))
    }

    fn pipe(&mut self, command: &[u8], write: bool) -> Result<Box<dyn Device>, WorldError> {
        process::pipe(path_from(command).as_os_str(), write)
    }

    fn temporary(&mut self) -> Result<Box<dyn Device>, WorldError> {
        let (file, path) = temporary::create("moonfuel_")?;
        let removed = fs::remove_file(path);
        removed.map_err(world_error)?;
        Ok(Box::new(FileDevice::new(file)))
    }

    fn temporary_name(&mut self) -> Result<Vec<u8>, WorldError> {
        temporary::create("lua_").map(|(_, path)| os_bytes(path.into_os_string()))
    }

    fn remove(&mut self, path: &[u8]) -> Result<(), WorldError> {
        let path = path_from(path);
        // As C's `remove`: a directory goes if it is empty.
        let is_dir = fs::symlink_metadata(&path).is_ok_and(|found| found.is_dir());
        let removed = if is_dir { fs::remove_dir(path) } else { fs::remove_file(path) };
        removed.map_err(world_error)
    }

    fn rename(&mut self, from: &[u8], to: &[u8]) -> Result<(), WorldError> {
        fs::rename(path_from(from), path_from(to)).map_err(world_error)
    }

    fn execute(&mut self, command: &[u8]) -> Result<Ended, WorldError> {
        process::execute(path_from(command).as_os_str())
    }

    fn has_shell(&mut self) -> bool {
        process::has_shell()
    }

    fn now(&mut self) -> Option<i64> {
        let now = SystemTime::now();
        Some(match now.duration_since(UNIX_EPOCH) {
            Ok(since) => i64::try_from(since.as_secs()).unwrap_or(i64::MAX),
            Err(before) => -i64::try_from(before.duration().as_secs()).unwrap_or(i64::MAX),
        })
    }

    fn processor_time(&mut self) -> Option<f64> {
        let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
        // As C's `clock`: microseconds.
        let micros = time.tv_sec * 1_000_000 + time.tv_nsec / 1000;
        Some(micros as f64 / 1e6)
    }

    fn zone(&mut self, seconds: i64) -> Option<Zone> {
        Some(self.zone.at(seconds))
    }
}

/// Makes a path of a script's bytes.
fn path_from(bytes: &[u8]) -> PathBuf {
    use std::os::unix::ffi::OsStringExt;
    PathBuf::from(OsString::from_vec(bytes.to_vec()))
}

fn os_bytes(text: OsString) -> Vec<u8> {
    use std::os::unix::ffi::OsStringExt;
    text.into_vec()
}

/// Returns the system's own text and number for an error.
pub(super) fn world_error(error: impl std::borrow::Borrow<io::Error>) -> WorldError {
    let error = error.borrow();
    // Who looks for files below a directory without the system finds none in its own words.
    if error.kind() == io::ErrorKind::NotFound && error.raw_os_error().is_none() {
        return WorldError { message: "No such file or directory".to_owned(), code: 2 };
    }
    let code = error.raw_os_error().unwrap_or(0);
    // The standard library adds ` (os error 2)` to the system's text.
    let message = error.to_string();
    let message = match message.rfind(" (os error ") {
        Some(at) => message[..at].to_owned(),
        None => message,
    };
    WorldError { message, code }
}
