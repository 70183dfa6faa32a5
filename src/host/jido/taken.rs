//! What `rm`, `cp` and `mv` would take along with a folder: a repository's directory and
//! protected files are not theirs, however deep they lie.

use super::glob::{DIRECTORY, look_at};
use super::place::{Fare, Last, Place, Way};
use super::refusal::Refusal;
use super::refusal::security;
use super::{Failure, Jido};
use crate::HostCx;
use std::path::{Path, PathBuf};

/// Units of fuel for each directory on the way to one that is looked into.
const PART: u64 = 64;

/// What must not be taken.
enum Kept {
    Repository,
    Protected,
}

impl Jido {
    /// Refuses the folders among the arguments of `rm`, `cp` and `mv` that hold what is not
    /// to be removed, copied or moved. The folder into which something goes may hold anything.
    pub(super) fn check_taken(
        &self,
        cx: &mut HostCx<'_>,
        command: &[u8],
        args: &[Vec<u8>],
    ) -> Result<(), Failure> {
        if !matches!(command, b"rm" | b"cp" | b"mv") {
            return Ok(());
        }
        let options = args.iter().position(|arg| arg == b"--").unwrap_or(args.len());
        let is_option = |at: usize, arg: &[u8]| at <= options && arg.first() == Some(&b'-');
        let named = args.iter().enumerate().filter(|(at, arg)| !is_option(*at, arg));
        let named: Vec<&Vec<u8>> = named.map(|(_, arg)| arg).collect();
        // `-t`, which names the folder that the others go into, may be any of a few letters.
        let is_target = |arg: &Vec<u8>| match arg.as_slice() {
            [b'-', b'-', rest @ ..] => rest.starts_with(b"t"),
            [b'-', letters @ ..] => letters.contains(&b't'),
            _ => false,
        };
        let goes_to_last = command != b"rm" && !args[..options].iter().any(is_target);
        for (at, arg) in named.iter().enumerate() {
            let is_goal = goes_to_last && at + 1 == named.len();
            let Ok(relative) = self.check_path(arg) else { continue };
            let place = match self.find_for(Fare::given(cx, &relative), &relative) {
                Ok(place) => place,
                Err(refusal @ Refusal::Run(_)) => return Err(refusal.failure(cx, arg)),
                Err(_) => continue,
            };
            let found = match is_goal {
                // What is copied may bring another `.git` along.
                true if relative != Path::new(".") => self.own_repository(&place.real),
                true => None,
                false => self.holds(cx, &place).map_err(|why| why.failure(cx, arg))?,
            };
            match found {
                Some(Kept::Repository) => {
                    return Err(security("git directory not allowed in argument", arg));
                }
                Some(Kept::Protected) => {
                    let text = b"Security error (protected_settings_file): ";
                    return Err([text.as_slice(), arg].concat().into());
                }
                None => {}
            }
        }
        Ok(())
    }

    fn own_repository(&self, relative: &Path) -> Option<Kept> {
        let git = self.seek(&relative.join(".git"), Last::Follow);
        matches!(git, Ok(Way::There(_))).then_some(Kept::Repository)
    }

    /// Looks through a folder, without following links.
    fn holds(&self, cx: &mut HostCx<'_>, place: &Place) -> Result<Option<Kept>, Refusal> {
        let mut looked_at = 0;
        let mut ways: Vec<PathBuf> = Vec::new();
        if place.metadata.is_dir() {
            ways.push(place.real.clone());
        }
        while let Some(way) = ways.pop() {
            cx.check()?;
            cx.charge(DIRECTORY + PART * way.components().count() as u64)?;
            for entry in self.find(&way)?.open_dir()?.entries()? {
                look_at(cx, &mut looked_at)?;
                let entry = entry?;
                let there = way.join(entry.file_name());
                if self.refuse_git(&there).is_err() {
                    return Ok(Some(Kept::Repository));
                }
                if self.rules.check_protected(&there).is_err() {
                    return Ok(Some(Kept::Protected));
                }
                if entry.file_type()?.is_dir() {
                    cx.reserve(there.as_os_str().len() + size_of::<PathBuf>())?;
                    ways.push(there);
                }
            }
        }
        Ok(None)
    }
}
