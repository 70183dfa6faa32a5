//! The small project of a case.

use super::case::Case;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, SystemTime};

/// A folder with the root, its sibling and whatever else a case has.
#[derive(Debug)]
pub(crate) struct Fixture {
    folder: tempfile::TempDir,
}

/// What git is told of its world.
const GIT: [(&str, &str); 6] = [
    ("GIT_CONFIG_GLOBAL", "/dev/null"),
    ("GIT_CONFIG_SYSTEM", "/dev/null"),
    ("GIT_AUTHOR_NAME", "T"),
    ("GIT_AUTHOR_EMAIL", "t@example.org"),
    ("GIT_COMMITTER_NAME", "T"),
    ("GIT_COMMITTER_EMAIL", "t@example.org"),
];

impl Fixture {
    /// Builds what the case describes.
    pub(crate) fn of(case: &Case) -> Fixture {
        let folder = tempfile::tempdir().unwrap();
        let fixture = Fixture { folder };
        fs::create_dir_all(fixture.root()).unwrap();
        fs::create_dir_all(fixture.twin()).unwrap();
        fixture.build(case.field("fixture"));
        fixture
    }

    pub(crate) fn root(&self) -> PathBuf {
        self.path("P")
    }

    /// The folder whose name begins with the root's.
    pub(crate) fn twin(&self) -> PathBuf {
        self.path("P2")
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Puts the folders' names in the places of `$ROOT` and its kin.
    pub(crate) fn filled(&self, value: &Value) -> Value {
        let fill = |text: &str| {
            let mut text = text.to_owned();
            let folders = [
                ("$ROOT2", self.twin()),
                ("$ROOT", self.root()),
                ("$PARENT", self.folder.path().to_owned()),
                ("$SCRIPTS", self.path("scripts")),
                ("$USER", self.path("user")),
            ];
            for (name, folder) in folders {
                text = text.replace(name, folder.to_str().unwrap());
            }
            text
        };
        match value {
            Value::String(text) => fill(text).into(),
            Value::Array(items) => items.iter().map(|item| self.filled(item)).collect(),
            Value::Object(members) => Value::Object(
                members.iter().map(|(name, value)| (fill(name), self.filled(value))).collect(),
            ),
            other => other.clone(),
        }
    }

    fn put(&self, path: &str, bytes: &[u8]) {
        let path = self.root().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    fn build(&self, described: &Value) {
        let root = self.root();
        for folder in items(described, "dirs") {
            fs::create_dir_all(root.join(folder.as_str().unwrap())).unwrap();
        }
        for group in ["files", "extra_files"] {
            for (path, text) in members(described, group) {
                self.put(path, text.as_str().unwrap().as_bytes());
            }
        }
        for (path, hex) in members(described, "hex") {
            self.put(path, &unhex(hex.as_str().unwrap()));
        }
        for (path, parts) in members(described, "repeat") {
            self.put(path, &repeated(parts, |unit| unit.as_bytes().to_vec()));
        }
        for (path, parts) in members(described, "repeat_hex") {
            self.put(path, &repeated(parts, unhex));
        }
        for (path, lines) in members(described, "count") {
            let lines: Vec<String> =
                (1..=lines.as_u64().unwrap()).map(|number| number.to_string()).collect();
            self.put(path, lines.join("\n").as_bytes());
        }
        for (path, text) in members(described, "sibling") {
            fs::write(self.twin().join(path), text.as_str().unwrap()).unwrap();
        }
        for (group, folder) in [("scripts", "scripts"), ("user", "user")] {
            if described.get(group).is_some() {
                fs::create_dir_all(self.path(folder)).unwrap();
            }
            for (path, text) in members(described, group) {
                let path = self.path(folder).join(path);
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(path, text.as_str().unwrap()).unwrap();
            }
        }
        self.link(described);
        for words in items(described, "git") {
            let words = self.filled(words);
            let words = words.as_array().unwrap().iter().map(|word| word.as_str().unwrap());
            let mut git = Command::new("git");
            // What fails is a part of the case.
            let _ = git.args(words).current_dir(&root).envs(GIT).output();
        }
        for (path, seconds) in members(described, "mtime") {
            let time = SystemTime::UNIX_EPOCH + Duration::from_secs(seconds.as_u64().unwrap());
            let file = fs::File::open(root.join(path)).unwrap();
            file.set_modified(time).unwrap();
        }
        for (path, mode) in members(described, "mode") {
            set_mode(&root.join(path), mode.as_str().unwrap());
        }
    }

    #[cfg(unix)]
    fn link(&self, described: &Value) {
        let root = self.root();
        for (path, target) in members(described, "links") {
            let path = root.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::os::unix::fs::symlink(self.filled(target).as_str().unwrap(), path).unwrap();
        }
        for (path, target) in members(described, "hardlinks") {
            fs::hard_link(root.join(target.as_str().unwrap()), root.join(path)).unwrap();
        }
    }

    #[cfg(not(unix))]
    fn link(&self, _: &Value) {}

    /// Looks whether everything is as the case says it is afterwards.
    pub(crate) fn check(&self, after: &Value) -> Result<(), String> {
        let after = self.filled(after);
        let root = self.root();
        let read = |path: &str| fs::read(root.join(path)).map_err(|e| format!("{path}: {e}"));
        for (path, text) in members(&after, "files") {
            if read(path)? != text.as_str().unwrap().as_bytes() {
                let got = String::from_utf8_lossy(&read(path)?).into_owned();
                return Err(format!("{path} holds {got:?}, want {text}"));
            }
        }
        for (path, hex) in members(&after, "hex") {
            if read(path)? != unhex(hex.as_str().unwrap()) {
                return Err(format!("{path} holds other bytes"));
            }
        }
        for path in items(&after, "absent") {
            if root.join(path.as_str().unwrap()).symlink_metadata().is_ok() {
                return Err(format!("{path} is there"));
            }
        }
        for path in items(&after, "dirs") {
            if !root.join(path.as_str().unwrap()).is_dir() {
                return Err(format!("{path} is no folder"));
            }
        }
        for (path, mode) in members(&after, "mode") {
            let is = mode_of(&root.join(path));
            if mode.as_str().map(|mode| format!("{mode:0>4}")) != Some(is.clone()) {
                return Err(format!("{path} has the mode {is}, want {mode}"));
            }
        }
        Ok(())
    }
}

#[cfg(unix)]
fn set_mode(path: &Path, octal: &str) {
    use std::os::unix::fs::PermissionsExt;
    let mode = u32::from_str_radix(octal, 8).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[cfg(unix)]
fn mode_of(path: &Path) -> String {
    use std::os::unix::fs::PermissionsExt;
    let mode = fs::metadata(path).map_or(0, |metadata| metadata.permissions().mode());
    format!("{:04o}", mode & 0o7777)
}

#[cfg(not(unix))]
fn set_mode(_: &Path, _: &str) {}

#[cfg(not(unix))]
fn mode_of(_: &Path) -> String {
    String::new()
}

/// Returns the items of an array in a field, or none.
pub(crate) fn items<'a>(value: &'a Value, field: &str) -> impl Iterator<Item = &'a Value> {
    value.get(field).and_then(Value::as_array).into_iter().flatten()
}

/// Returns the members of an object in a field, or none.
pub(crate) fn members<'a>(
    value: &'a Value,
    field: &str,
) -> impl Iterator<Item = (&'a str, &'a Value)> {
    let members = value.get(field).and_then(Value::as_object).into_iter().flatten();
    members.map(|(name, value)| (name.as_str(), value))
}

fn unhex(hex: &str) -> Vec<u8> {
    let byte = |at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap();
    (0..hex.len()).step_by(2).map(byte).collect()
}

fn repeated(parts: &Value, bytes: impl Fn(&str) -> Vec<u8>) -> Vec<u8> {
    let part =
        |part: &Value| bytes(part[0].as_str().unwrap()).repeat(part[1].as_u64().unwrap() as usize);
    parts.as_array().unwrap().iter().flat_map(part).collect()
}
