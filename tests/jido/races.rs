//! Whatever is swapped while functions look: nothing outside of the root is read, written or
//! removed. `MOONFUEL_RACES=100000` for as many calls in each test: some minutes, since those who
//! swap keep the directories busy.

use super::{Place, builder};
use moonfuel::Limits;
use moonfuel::host::jido::JidoOptions;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};

fn calls() -> usize {
    std::env::var("MOONFUEL_RACES").ok().and_then(|text| text.parse().ok()).unwrap_or(1200)
}

/// Renames back and forth until it is told to stop: what is at `at` is this or that.
fn swap(at: &Path, this: &Path, that: &Path, stop: &AtomicBool) {
    while !stop.load(Ordering::Relaxed) {
        for other in [this, that] {
            // It may be in use just now, or be written anew.
            let spare = at.with_extension("spare");
            let _ = fs::rename(at, &spare);
            let _ = fs::rename(other, at);
            let _ = fs::rename(at, other);
            let _ = fs::rename(&spare, at);
        }
    }
}

fn make_pipe(path: &Path) {
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
}

/// Runs code over and over while what is named `d` is a directory, a link to one outside, a
/// file, a pipe, or nothing. `each` is how many calls the code makes.
fn race(each: usize, code: &str) {
    let place = Place::new();
    let outside = place.outside().join("outside");
    fs::create_dir(&outside).unwrap();
    fs::write(outside.join("f"), "OUTSIDE").unwrap();
    fs::write(outside.join("g.txt"), "OUTSIDE").unwrap();
    place.write("d/f", "INSIDE");
    place.write("file", "INSIDE");
    std::os::unix::fs::symlink(&outside, place.root().join("link")).unwrap();
    make_pipe(&place.root().join("pipe"));
    std::os::unix::fs::symlink(outside.join("f"), place.root().join("filelink")).unwrap();
    let options = JidoOptions { allow_write: true, require_read: false, ..JidoOptions::default() };
    let limits = Limits { fuel: u64::MAX / 4, host_calls: u64::MAX, ..Limits::default() };
    let mut s = builder(&place.root(), options).limits(limits).build().unwrap();
    let stop = AtomicBool::new(false);
    let (root, stop) = (place.root(), &stop);
    let report = std::thread::scope(|scope| {
        let at = root.join("d");
        let (link, pipe) = (root.join("link"), root.join("pipe"));
        scope.spawn(move || swap(&at, &link, &pipe, stop));
        let (at, filelink, pipe) = (root.join("file"), root.join("filelink"), root.join("pipe2"));
        make_pipe(&pipe);
        scope.spawn(move || swap(&at, &filelink, &pipe, stop));
        let code = format!(
            "local seen = 0 for i = 1, {} do {code} end return seen",
            calls().div_ceil(each)
        );
        let report = s.run(code);
        stop.store(true, Ordering::Relaxed);
        report
    });
    report.json().unwrap();
    assert_eq!(fs::read(outside.join("f")).unwrap(), b"OUTSIDE", "{code}");
    let mut names: Vec<_> =
        fs::read_dir(&outside).unwrap().map(|e| e.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["f", "g.txt"], "{code}");
}

#[test]
fn row_34_nothing_outside_is_read() {
    race(
        4,
        "for _, p in ipairs{'d/f', 'file'} do
        local text = jido.read_file(p)
        if text then seen = seen + 1 assert(not text:find('OUTSIDE'), text) end
        local found = jido.grep('.', p)
        assert(not found or #found == 0 or found[1].content ~= 'OUTSIDE')
    end",
    );
}

#[test]
fn row_34_nothing_outside_is_written() {
    race(
        4,
        "jido.write_file('d/f', 'x') jido.write_file('file', 'x') jido.write_file('d/new', 'x')
        jido.mkdir_p('d/made/' .. i % 3)",
    );
}

#[test]
fn row_34_nothing_outside_is_edited() {
    race(
        3,
        "jido.edit_file('d/f', 'OUTSIDE', 'x') jido.edit_file('file', 'OUTSIDE', 'x')
        jido.multi_edit('d/f', {{old_string = 'OUTSIDE', new_string = 'x'}})",
    );
}

#[test]
fn row_34_nothing_outside_is_deleted() {
    race(
        2,
        "jido.delete_file('d/f') jido.delete_file('d/g.txt') if i % 10 == 0 then jido.write_file('d/f', 'x') end",
    );
}

#[test]
fn row_34_nothing_outside_is_listed() {
    race(
        3,
        "for _, p in ipairs(jido.glob('**/*.txt') or {}) do assert(p ~= 'd/g.txt', p) end
        for _, p in ipairs(jido.glob('d/*') or {}) do assert(p ~= 'd/g.txt', p) end
        for _, e in ipairs(jido.list_dir('d') or {}) do assert(e.name ~= 'g.txt', e.name) end",
    );
}

/// What a writer leaves who is killed at any moment: the old file or the new one, whole.
#[cfg(target_os = "linux")]
#[test]
fn row_34_whoever_is_killed_leaves_a_whole_file() {
    use std::process::{Command, Stdio};
    let place = Place::new();
    place.write("f", "a".repeat(200_000));
    if std::env::var("MOONFUEL_WRITER").is_ok() {
        // This process is the one that is killed, in the root of the other.
        let root = std::env::var("MOONFUEL_WRITER").unwrap();
        let options =
            JidoOptions { allow_write: true, require_read: false, ..JidoOptions::default() };
        let limits = Limits { fuel: u64::MAX / 4, host_calls: u64::MAX, ..Limits::default() };
        let mut s = builder(root.as_ref(), options).limits(limits).build().unwrap();
        let endless = s.run("for i = 1, math.huge do jido.write_file('f', (i % 2 == 0 and 'a' or 'b'):rep(200000)) end");
        panic!("{endless:?}");
    }
    let name = "races::row_34_whoever_is_killed_leaves_a_whole_file";
    for round in 0..12 {
        let mut writer = Command::new(std::env::current_exe().unwrap());
        writer.args(["--exact", name]).env("MOONFUEL_WRITER", place.root());
        let mut writer = writer.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(std::time::Duration::from_millis(150 + 13 * round));
        writer.kill().unwrap();
        writer.wait().unwrap();
        let content = place.read("f");
        let first = content.as_bytes()[0];
        assert!(content.len() == 200_000 && content.bytes().all(|byte| byte == first));
    }
    // The next one to come in clears up.
    drop(builder(&place.root(), JidoOptions { allow_write: true, ..JidoOptions::default() }));
    let names: Vec<_> =
        fs::read_dir(place.root()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(names, ["f"]);
}
