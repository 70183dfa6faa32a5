//! What programs scripts may start, and how each is started.

use super::place::{Fare, Last};
use super::refusal::Refusal;
use super::turns::Turn;
use super::{Failure, Jido};
use crate::host::pace;
use crate::host::permits;
use crate::host::process::{Confinement, Keep, Order, find_program, inherited, word};
use crate::{HostCx, HostValue};
use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// Units of fuel for looking at an argument.
const ARGUMENT: u64 = 512;
/// Units of fuel for each part of what may be a path.
const PART: u64 = 64;
/// The most programs of a session at a time, those in the background included.
const MOST_AT_ONCE: usize = 64;
/// The time a program has unless it is said, in milliseconds.
const DEFAULT_TIMEOUT: i64 = 60_000;
/// The most arguments, and the most bytes of them.
const MOST_ARGUMENTS: usize = 4096;
const MOST_BYTES: usize = 128 * 1024;

/// What a script asked for.
pub(super) struct Asked {
    pub(super) command: Vec<u8>,
    pub(super) args: Vec<Vec<u8>>,
    pub(super) options: HostValue,
    /// In milliseconds; it is more than nothing.
    pub(super) timeout: Option<i64>,
}

impl Asked {
    /// Returns the time it has, the usual one if nothing was said.
    pub(super) fn timeout_or_default(&self) -> i64 {
        self.timeout.unwrap_or(DEFAULT_TIMEOUT)
    }
}

/// Reads a command, its arguments and its options. `wanted` says what they are to be.
///
/// # Errors
/// That text, with what is wrong beside if it is no matter of kinds.
pub(super) fn asked(wanted: &str, args: &[HostValue]) -> Result<Asked, Vec<u8>> {
    let wrong = || wanted.as_bytes().to_vec();
    let because = |why: &str| format!("{wanted}: {why}").into_bytes();
    let Some(HostValue::String(command)) = args.first() else { return Err(wrong()) };
    let words = match args.get(1) {
        None => Vec::new(),
        Some(list) => list.items().ok_or_else(wrong)?,
    };
    if words.len() > MOST_ARGUMENTS {
        return Err(because(&format!("more than {MOST_ARGUMENTS} arguments")));
    }
    let words = words.into_iter().filter(|value| !value.is_nil());
    let words: Option<Vec<Vec<u8>>> = words.map(word).collect();
    let words = words.ok_or_else(wrong)?;
    let bytes = words.iter().map(Vec::len).sum::<usize>();
    if bytes > MOST_BYTES || command.len() > MOST_BYTES {
        return Err(because(&format!("more than {MOST_BYTES} bytes")));
    }
    if words.iter().chain([command]).any(|word| word.contains(&0)) {
        return Err(because("a byte 0 in a command or an argument"));
    }
    let options = super::read::options(args.get(2)).ok_or_else(wrong)?;
    check_kind(options, "timeout", "a number of milliseconds", is_number)
        .map_err(|e| because(&e))?;
    let timeout = super::read::option(Some(options), "timeout");
    if timeout.is_some_and(|timeout| timeout <= 0) {
        return Err(wrong());
    }
    Ok(Asked { command: command.clone(), args: words, options: options.clone(), timeout })
}

/// Refuses an option that is there and is none of its kind: it would have no effect.
///
/// # Errors
/// What it is to be.
pub(super) fn check_kind(
    options: &HostValue,
    name: &str,
    kind: &str,
    is_kind: impl Fn(&HostValue) -> bool,
) -> Result<(), String> {
    let given = options.field(name).filter(|value| !matches!(value, HostValue::Null));
    match given {
        Some(value) if !value.is_nil() && !is_kind(value) => {
            Err(format!("bad option '{name}' ({kind} expected)"))
        }
        _ => Ok(()),
    }
}

/// Tells whether a value is a number that is one.
pub(super) fn is_number(value: &HostValue) -> bool {
    match value {
        HostValue::Integer(_) => true,
        HostValue::Number(number) => !number.is_nan(),
        _ => false,
    }
}

/// Allows one program to be at work: a session has so many of these. Dropped, it is free again.
#[derive(Debug)]
pub(super) struct Permit {
    _permit: permits::Permit,
    _turn: Turn,
}

/// What an argument may lead to.
pub(super) enum Reach {
    Inside,
    /// It is a path to somewhere else, through a link.
    Link,
    /// It is a protected file.
    Protected,
    /// It is, or lies in, the directory of a repository.
    Repository,
}

impl Jido {
    /// Tells whether an absolute path lies in the root.
    pub(super) fn is_inside(&self, path: &[u8]) -> bool {
        self.rules.below_root(path).is_some()
    }

    /// Tells where an argument leads that may be a path.
    ///
    /// # Errors
    /// When the run must end.
    pub(super) fn reach(&self, cx: &mut HostCx<'_>, argument: &[u8]) -> Result<Reach, Failure> {
        let relative = match self.check_path(argument) {
            Ok(relative) => relative,
            Err(Refusal::Protected) => return Ok(Reach::Protected),
            // It is no path.
            Err(_) => return Ok(Reach::Inside),
        };
        let real = match self.seek_for(Fare::given(cx, &relative), &relative, Last::Follow) {
            Ok(super::place::Way::There(place)) => place.real,
            Ok(super::place::Way::Missing(gap)) => gap.real,
            Err(Refusal::SymlinkEscapes) => return Ok(Reach::Link),
            Err(Refusal::Protected) => return Ok(Reach::Protected),
            Err(refusal @ Refusal::Run(_)) => return Err(refusal.failure(cx, argument)),
            Err(_) => relative.clone(),
        };
        let in_git = self.refuse_git(&relative).or_else(|_| self.refuse_git(&real));
        let in_git = in_git.and_then(|()| self.refuse_git(&real));
        Ok(if in_git.is_err() { Reach::Repository } else { Reach::Inside })
    }

    /// Pays for looking at arguments, each of which may be a path.
    pub(super) fn pay_for_arguments(
        &self,
        cx: &mut HostCx<'_>,
        args: &[Vec<u8>],
    ) -> Result<(), Failure> {
        let parts = args.iter().flatten().filter(|&&byte| byte == b'/').count() as u64;
        let bytes = args.iter().map(Vec::len).sum::<usize>() as u64;
        let price = ARGUMENT * args.len() as u64 + PART * parts + bytes / 8;
        cx.check().and_then(|()| cx.charge(price)).map_err(Failure::Raised)
    }

    /// Pays for a program that is about to be started, and takes a permit for it. Its buffers
    /// count while it is started.
    pub(super) fn pay_for_program(
        &self,
        cx: &mut HostCx<'_>,
        buffers: usize,
        turn: Turn,
    ) -> Result<Permit, Failure> {
        let paid =
            cx.check().and_then(|()| cx.charge(pace::PROGRAM)).and_then(|()| cx.reserve(buffers));
        paid.map_err(Failure::Raised)?;
        match self.running.take(MOST_AT_ONCE) {
            Some(permit) => Ok(Permit { _permit: permit, _turn: turn }),
            None => {
                let text = format!("Too many programs at once (limit {MOST_AT_ONCE})");
                Err(text.into_bytes().into())
            }
        }
    }

    /// Finds a program by its name, in the places that the host has fixed.
    pub(super) fn find_program(&self, name: &[u8]) -> Option<PathBuf> {
        let name = OsString::from_vec(name.to_vec());
        find_program(self.options.program_path.iter().cloned(), name)
    }

    /// Makes the order for a program, whose streams are kept apart.
    pub(super) fn order(
        &self,
        program: PathBuf,
        args: impl IntoIterator<Item = Vec<u8>>,
        timeout: Option<i64>,
        keep: Keep,
    ) -> Order {
        let timeout = timeout.map(|timeout| Duration::from_millis(timeout.unsigned_abs()));
        Order {
            program,
            args: args.into_iter().map(OsString::from_vec).collect(),
            env: self.environment(),
            directory: None,
            confiner: Some(Arc::clone(&self.confiner)),
            timeout,
            merged: false,
            keep,
        }
    }

    fn environment(&self) -> Vec<(OsString, OsString)> {
        let mut environment = inherited(&self.options.environment);
        if let Ok(path) = std::env::join_paths(&self.options.program_path) {
            environment.retain(|(name, _)| name != "PATH");
            environment.push(("PATH".into(), path));
        }
        environment
    }

    /// Tells how far programs are confined on this system.
    pub fn confinement(&self) -> Confinement {
        self.confiner.probe()
    }
}
