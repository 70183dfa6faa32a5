//! The hosts as their users know them: tables of cases, one JSON object a line, each a small
//! project, what is asked of it, and what the answer is.
//!
//! `cargo test --test hosts` runs `tests/hosts/*.jsonl`. `HOSTS_ORACLE=DIR cargo test --release
//! --test hosts` runs every file of that folder too; `HOSTS_ONLY=TEXT` those whose name holds
//! the text. What is not run says why in `tests/hosts/skips.toml`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::disallowed_types,
    clippy::cmp_owned,
    reason = "a test may stop, and says what it found"
)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

#[path = "hosts/api.rs"]
mod api;
#[path = "hosts/case.rs"]
mod case;
#[path = "hosts/execute.rs"]
mod execute;
#[path = "hosts/extension.rs"]
mod extension;
#[path = "hosts/fixture.rs"]
mod fixture;
#[path = "hosts/jido_api.rs"]
mod jido_api;
#[path = "hosts/lua.rs"]
mod lua;
#[path = "hosts/server.rs"]
mod server;
#[path = "hosts/session.rs"]
mod session;
#[path = "hosts/skips.rs"]
mod skips;
#[path = "hosts/tool.rs"]
mod tool;

use case::{Case, Verdict};
use skips::Skips;

/// Runs a case by its kind.
fn run(case: &Case) -> Result<(), String> {
    match case.kind() {
        "lua" => lua::run(case),
        "api" => jido_api::run(case).unwrap_or_else(|| api::run(case)),
        "session" => session::run(case),
        "execute" => execute::run(case),
        "extension" => extension::run(case),
        "tool" => tool::run(case),
        other => Err(format!("there is no kind '{other}'")),
    }
}

fn tables(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    let mut tables: Vec<PathBuf> = entries
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "jsonl"))
        .collect();
    tables.sort();
    tables
}

/// Runs this again with the variables that cases say are there, if any is missing: what a
/// program inherits is looked at by some.
fn again_with_variables<'a>(cases: impl Iterator<Item = &'a Case>) -> Option<ExitCode> {
    let variables: BTreeMap<&str, &str> = cases.flat_map(Case::variables).collect();
    if variables.iter().all(|(name, value)| std::env::var(name).is_ok_and(|is| is == *value)) {
        return None;
    }
    let mut own = Command::new(std::env::current_exe().unwrap());
    let status = own.args(std::env::args_os().skip(1)).envs(variables).status().unwrap();
    Some(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn main() -> ExitCode {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/hosts");
    let skips = Skips::read(&own.join("skips.toml"));
    let mut files = tables(&own);
    let own_tables = files.len();
    if let Some(folder) = std::env::var_os("HOSTS_ORACLE") {
        files.extend(tables(Path::new(&folder)));
        assert!(files.len() > own_tables, "HOSTS_ORACLE: no tables in {}", folder.display());
    }
    let only = std::env::var("HOSTS_ONLY").unwrap_or_default();
    let tables: Vec<(&PathBuf, Vec<Case>)> =
        files.iter().map(|file| (file, Case::read(file))).collect();
    let all = tables.iter().flat_map(|(_, cases)| cases);
    if let Some(status) = again_with_variables(all) {
        return status;
    }
    let mut passed_in_own = 0;
    let mut failed = 0;
    let mut unused = skips.names();
    for (number, (file, cases)) in tables.iter().enumerate() {
        let mut sums: BTreeMap<&str, usize> = BTreeMap::new();
        for case in cases.iter().filter(|case| case.id().contains(&only)) {
            let verdict = match skips.reason(case) {
                Some(name) => {
                    println!("{} - not run: {name}", case.id());
                    unused.remove(&name);
                    Verdict::Skipped
                }
                None => run(case).map_or_else(Verdict::Failed, |()| Verdict::Passed),
            };
            match &verdict {
                Verdict::Failed(why) => {
                    failed += 1;
                    println!("{} - {why}", case.id());
                }
                Verdict::Passed if number < own_tables => passed_in_own += 1,
                _ => {}
            }
            *sums.entry(verdict.name()).or_default() += 1;
        }
        let sums: Vec<String> =
            sums.iter().map(|(name, count)| format!("{count} {name}")).collect();
        println!("{}: {}", file.display(), sums.join(", "));
    }
    if only.is_empty() && passed_in_own == 0 {
        println!("no case of the project's own was run");
        failed += 1;
    }
    if only.is_empty() && std::env::var_os("HOSTS_ORACLE").is_some() {
        for name in unused {
            println!("skips.toml names {name}, which nothing is skipped for");
        }
    }
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
