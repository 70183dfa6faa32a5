//! Runs files of programs with the reference and with Moonfuel and pairs up the outputs.

#![allow(
    clippy::disallowed_types,
    unreachable_pub,
    reason = "a test may stop, and may look at the clock"
)]

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Returns the name of the reference implementation's command.
pub fn reference() -> String {
    std::env::var("LUA_REFERENCE").unwrap_or_else(|_| "lua5.4".to_owned())
}

/// What every file begins with: `P` prints values, `D` prints what a table holds.
/// `N` keeps NaNs, whose sign differs, and addresses
/// from becoming text. Tables, functions and threads are printed as type names: their identities differ.
const PRELUDE: &str = r##"
local type, tostring, select, print, next, rawlen, rawget = type, tostring, select, print, next, rawlen, rawget
local format, concat, sort = string.format, table.concat, table.sort
local function show(v)
  if type(v) == "string" then return (format("%q", v)) end
  if type(v) == "number" then return v ~= v and "nan" or tostring(v) end
  if v == nil or type(v) == "boolean" then return tostring(v) end
  return type(v)
end
function P(...)
  local out = {}
  for i = 1, select("#", ...) do out[i] = show((select(i, ...))) end
  print(concat(out, " "))
end
function N(v)
  if v ~= v then return 0 end
  if type(v) == "table" or type(v) == "function" then return type(v) end
  return v
end
local function deep(v, depth)
  if type(v) ~= "table" or depth > 3 then return show(v) end
  local keys, items = {}, {}
  for k in next, v do if type(k) ~= "table" then keys[#keys + 1] = k end end
  sort(keys, function(a, b) return type(a) .. show(a) < type(b) .. show(b) end)
  for i, k in next, keys do
    if i > 40 then break end
    items[i] = show(k) .. "=" .. deep(rawget(v, k), depth + 1)
  end
  return "{" .. concat(items, ",") .. "}"
end
function D(name, v) print(name, deep(v, 0)) end
local function run(id, text)
  print("@@@ " .. id)
  local f, message = load(text, "=p" .. id)
  if not f then print("@syntax", message) return end
  local ok, err = pcall(f)
  print(ok and "@ok" or "@error", show(err))
end
"##;

/// Writes programs into a file, each a `load`ed text of its own.
///
/// # Errors
/// When the file cannot be written.
pub fn write_batch(path: &Path, programs: &[(u64, String)]) -> io::Result<()> {
    let mut text = PRELUDE.to_owned();
    for (id, source) in programs {
        text.push_str(&format!("run({id}, [========[\n{source}]========])\n"));
    }
    fs::write(path, text)
}

/// The outputs of one file by program, from the reference and from Moonfuel.
#[derive(Debug)]
pub struct Outputs {
    /// What the reference printed.
    pub expected: BTreeMap<u64, Vec<u8>>,
    /// What Moonfuel printed.
    pub actual: BTreeMap<u64, Vec<u8>>,
    /// What Moonfuel wrote on standard error.
    pub complaint: String,
    /// Whether the reference came to its end: 5.4.4 crashes now and then.
    pub reference_ended: bool,
}

/// Runs the file at `path` with both, Moonfuel in its full profile or as a sandbox.
///
/// # Errors
/// When a process cannot be started or a file not be read.
pub fn run_both(path: &Path, full: bool, limit: Duration) -> io::Result<Outputs> {
    let mut reference =
        start(Command::new(reference()).arg(path), &path.with_extension("expected"))?;
    let mut moonfuel = Command::new(env!("CARGO_BIN_EXE_moonfuel"));
    let mode: &[&str] =
        if full { &["lua"] } else { &["run", "--output", "64M", "--memory", "512M"] };
    moonfuel.args(mode).arg(path);
    let mut ours = start(&mut moonfuel, &path.with_extension("actual"))?;
    let deadline = Instant::now() + limit;
    finish(&mut ours, deadline)?;
    let reference_ended = finish(&mut reference, deadline)?;
    let complaint = fs::read(path.with_extension("actual.err"))?;
    Ok(Outputs {
        expected: split(&fs::read(path.with_extension("expected"))?),
        actual: split(&fs::read(path.with_extension("actual"))?),
        complaint: String::from_utf8_lossy(&complaint).into_owned(),
        reference_ended,
    })
}

fn start(command: &mut Command, out: &Path) -> io::Result<Child> {
    let mut err = PathBuf::from(out).into_os_string();
    err.push(".err");
    command.stdin(Stdio::null()).stdout(File::create(out)?).stderr(File::create(err)?).spawn()
}

/// Waits for the end, or ends it. Returns whether it was a regular one.
fn finish(child: &mut Child, deadline: Instant) -> io::Result<bool> {
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status.code().is_some());
        }
        if Instant::now() > deadline {
            child.kill()?;
        }
        std::thread::sleep(Duration::from_micros(500));
    }
}

fn split(output: &[u8]) -> BTreeMap<u64, Vec<u8>> {
    let mut programs: BTreeMap<u64, Vec<u8>> = BTreeMap::new();
    let mut current = u64::MAX;
    for line in output.split_inclusive(|byte| *byte == b'\n') {
        if let Some(id) = line.strip_prefix(b"@@@ ") {
            current = String::from_utf8_lossy(id).trim().parse().unwrap_or(u64::MAX);
            programs.entry(current).or_default();
        } else {
            programs.entry(current).or_default().extend_from_slice(line);
        }
    }
    programs
}
