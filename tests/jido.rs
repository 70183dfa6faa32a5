//! `jido.*` at work over real folders, programs and repositories.

#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_types,
    unreachable_pub,
    clippy::print_stderr,
    reason = "a test may stop, and looks at the clock"
)]

use moonfuel::host::jido::{Jido, JidoOptions};
use moonfuel::{Session, SessionBuilder};
use serde_json::Value;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

#[path = "jido/edits.rs"]
mod edits;
#[path = "jido/ends.rs"]
mod ends;
#[path = "jido/foreign.rs"]
mod foreign;
#[path = "jido/guards.rs"]
mod guards;
#[path = "jido/patterns.rs"]
mod patterns;
#[path = "jido/prices.rs"]
mod prices;
#[path = "jido/programs.rs"]
mod programs;
#[path = "jido/races.rs"]
mod races;
#[path = "jido/sessions.rs"]
mod sessions;
#[path = "record/sink.rs"]
mod sink;
#[path = "jido/soak.rs"]
mod soak;

/// A folder with a root `P` in it.
struct Place(TempDir);

impl Place {
    fn new() -> Place {
        let place = Place(tempfile::tempdir().unwrap());
        std::fs::create_dir(place.root()).unwrap();
        place
    }

    fn root(&self) -> PathBuf {
        self.0.path().canonicalize().unwrap().join("P")
    }

    fn outside(&self) -> PathBuf {
        self.0.path().canonicalize().unwrap()
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.root().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.root().join(name)).unwrap()
    }

    /// Runs git as the user, outside of all guards.
    fn git(&self, args: &[&str]) {
        let mut git = std::process::Command::new("git");
        git.args(args).current_dir(self.root());
        for (name, value) in [
            ("GIT_CONFIG_GLOBAL", "/dev/null"),
            ("GIT_AUTHOR_NAME", "T"),
            ("GIT_AUTHOR_EMAIL", "t@example.org"),
            ("GIT_COMMITTER_NAME", "T"),
            ("GIT_COMMITTER_EMAIL", "t@example.org"),
        ] {
            git.env(name, value);
        }
        let done = git.output().unwrap();
        assert!(done.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&done.stderr));
    }
}

/// Everything that can be allowed.
fn everything() -> JidoOptions {
    JidoOptions { allow_write: true, allow_shell: true, allow_git: true, ..JidoOptions::default() }
}

fn builder(root: &Path, options: JidoOptions) -> SessionBuilder {
    let jido = Jido::open(root, options).unwrap().into();
    Jido::register(&jido, Session::builder())
}

fn session(place: &Place, options: JidoOptions) -> Session {
    builder(&place.root(), options).build().unwrap()
}

/// Runs code and returns its values.
fn values(session: &mut Session, code: &str) -> Value {
    let report = session.run(code);
    let values = report.json().unwrap_or_else(|error| panic!("{code}: {error}"));
    serde_json::from_str(values).unwrap()
}
