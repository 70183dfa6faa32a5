//! The benchmark programs print what `lua5.4` prints, at a small size.

#![allow(clippy::unwrap_used, reason = "a test may stop")]

use moonfuel::{Chunk, Session};
use std::fs;
use std::path::Path;
use std::process::Command;

#[test]
#[expect(clippy::print_stderr, reason = "a skipped comparison must be seen")]
fn benchmark_programs_print_what_lua_prints() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/lua");
    let mut paths: Vec<_> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    assert!(paths.len() >= 12);
    for path in paths {
        let source = fs::read_to_string(&path).unwrap();
        let size = source.lines().find_map(|line| line.strip_prefix("-- small: ")).unwrap();
        let mut chunk = Chunk::new(source.as_bytes()).named("=bench");
        chunk.script_args = vec![size.into()];
        let report = Session::builder().build().unwrap().run_chunk(chunk);
        let name = path.file_name().unwrap().to_string_lossy();
        assert!(report.is_done(), "{name}: {:?}", report.outcome);
        match Command::new("lua5.4").arg(&path).arg(size).output() {
            Ok(expected) => assert_eq!(
                String::from_utf8_lossy(&report.output),
                String::from_utf8_lossy(&expected.stdout),
                "{name}"
            ),
            Err(_) => eprintln!("SKIPPED: no lua5.4 to compare {name} with"),
        }
    }
}
