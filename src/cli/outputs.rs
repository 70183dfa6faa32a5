//! Files that the command writes: none of them is one that it reads, or another of them,
//! whatever it is called.

use super::options::RunOptions;
use super::{Failure, whole};
use crate::base::one_line::path_text;
use crate::host::policy::Rules;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// What makes a file that file.
#[derive(PartialEq, Eq)]
enum Identity {
    /// Its device and its number there.
    Of(u64, u64),
    /// It is not there yet: where it will be.
    New(PathBuf),
}

impl Identity {
    /// Returns the identity of a file; nothing for terminals, pipes and devices, which any
    /// number of streams may go to.
    fn of(path: &Path) -> Option<Identity> {
        if let Ok(found) = fs::metadata(path) {
            return found.is_file().then(|| Identity::Of(found.dev(), found.ino()));
        }
        to_be(path).map(Identity::New)
    }
}

/// Returns where a file will be that is not there yet, links resolved.
pub(super) fn to_be(path: &Path) -> Option<PathBuf> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = fs::canonicalize(folder.unwrap_or(Path::new("."))).ok()?;
    Some(folder.join(path.file_name()?))
}

/// Looks that no file is written that is also read, or written by another option.
///
/// # Errors
/// Which two are the same.
pub(super) fn check(options: &RunOptions, script: Option<&Path>) -> Result<(), Failure> {
    let log = options.hosts.policy.as_deref().and_then(log_of_policy);
    // What the options and the policy name may be one log, of which there is one.
    let is_audit = |(option, _): &(&str, Option<&Path>)| *option == "--audit";
    let is_one = written(options).into_iter().find(is_audit).is_some_and(|(_, audit)| {
        audit.and_then(Identity::of) == log.as_deref().and_then(Identity::of)
    });
    let log = ("audit.file of the policy", log.as_deref().filter(|_| !is_one));
    let written: Vec<_> = written(options).into_iter().chain([log]).collect();
    let read = read(options, script);
    let all: Vec<_> = written.iter().chain(&read).collect();
    for (at, (option, path)) in written.iter().enumerate() {
        let Some(path) = path else { continue };
        let Some(identity) = Identity::of(path) else { continue };
        let others = all.iter().enumerate().filter(|(other, _)| *other != at);
        for (_, (other, its)) in others {
            if its.and_then(Identity::of).is_some_and(|its| its == identity) {
                let text = format!("{option} and {other} are the same file: {}", path_text(path));
                return Err(Failure::usage(text));
            }
        }
        if let Some(folder) = code(options).find(|folder| is_code_in(folder, path)) {
            let (path, folder) = (path_text(path), path_text(folder));
            let text = format!("{option} would overwrite {path}, which is code in {folder}");
            return Err(Failure::usage(text));
        }
    }
    Ok(())
}

/// Looks that a file which is about to be written is none that the options name.
///
/// # Errors
/// Which option names it.
pub(super) fn check_beside(options: &RunOptions, path: &Path) -> Result<(), Failure> {
    let Some(identity) = Identity::of(path) else { return Ok(()) };
    let is_it = |its: &Path| Identity::of(its).is_some_and(|its| its == identity);
    let all = written(options).into_iter().chain(read(options, None));
    let mut of_options = all.filter_map(|(option, its)| Some((option, its?)));
    let shown = path_text(path);
    if let Some((option, _)) = of_options.find(|(_, its)| is_it(its)) {
        return Err(Failure::usage(format!("{shown} is {option} already")));
    }
    match code(options).find(|folder| is_code_in(folder, path)) {
        Some(folder) => Err(Failure::usage(format!("{shown} is code in {}", path_text(folder)))),
        None => Ok(()),
    }
}

/// Returns where a policy has calls written to. That it cannot be read is told where it is needed.
fn log_of_policy(policy: &Path) -> Option<PathBuf> {
    let text = whole::text(whole::read_file(policy)).ok()?;
    Rules::from_toml(&text).ok()?.audit_file
}

/// Returns the files that are written, by the options that name them.
fn written(options: &RunOptions) -> [(&'static str, Option<&Path>); 4] {
    [
        ("--record", options.record.as_deref()),
        ("--cover", options.cover.as_ref().and_then(|file| file.as_deref())),
        ("--profile-out", options.profile_out.as_deref()),
        ("--audit", options.hosts.audit.as_deref()),
    ]
}

/// Returns the files that are read.
fn read<'a>(
    options: &'a RunOptions,
    script: Option<&'a Path>,
) -> [(&'static str, Option<&'a Path>); 3] {
    let args = options.args_text.as_deref().and_then(|text| text.strip_prefix('@'));
    [
        ("the script", script),
        ("the file of --args", args.map(Path::new)),
        ("--policy", options.hosts.policy.as_deref()),
    ]
}

/// Returns the folders that scripts are read from.
fn code(options: &RunOptions) -> impl Iterator<Item = &PathBuf> {
    options.lib.iter().chain(&options.hosts.extensions)
}

/// Tells whether a file is one of those that scripts are read from in a folder.
fn is_code_in(folder: &Path, path: &Path) -> bool {
    let (Ok(folder), Ok(path)) = (fs::canonicalize(folder), fs::canonicalize(path)) else {
        return false;
    };
    path.starts_with(folder) && path.extension().is_some_and(|extension| extension == "lua")
}
