//! Every native function has one name in images.

use crate::session::natives::named::natives;
use crate::{Profile, stdlib};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

#[test]
fn what_a_profile_shows_is_named_once() {
    for profile in [Profile::Strict, Profile::Compat, Profile::Full] {
        let natives = natives(profile);
        for def in stdlib::functions(profile) {
            assert_eq!(natives.name_of(def), Some(def.name));
        }
        let mut addresses = BTreeSet::new();
        for (name, def) in natives.iter() {
            assert!(addresses.insert(std::ptr::from_ref(def).addr()), "{name} has two names");
            assert!(std::ptr::eq(natives.find(name).unwrap(), def), "{name}");
        }
    }
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true if !path.ends_with("tests") && !path.ends_with("cli") => sources(&path, found),
            true => {}
            false => found.push(path),
        }
    }
}

/// Statics of the source that are native functions or lists of them are all in the table.
#[test]
fn all_that_there_are_are_in_the_table() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&root, &mut files);
    let text = |path: &Path| std::fs::read_to_string(path).unwrap();
    let tables: String = files
        .iter()
        .map(|path| text(path))
        .filter(|text| text.contains("fn add_natives(") || text.contains("-> Natives {"))
        .collect();
    let mut statics = 0;
    for path in files.iter().filter(|path| !path.ends_with("tests.rs")) {
        let text = text(path);
        for line in text.lines().filter(|line| line.contains("static ")) {
            let Some((before, after)) = line.split_once(": ") else { continue };
            if !after.starts_with("NativeDef") && !after.starts_with("&[NativeDef]") {
                continue;
            }
            statics += 1;
            let name = before.rsplit(' ').next().unwrap();
            let named = tables.split(|c: char| !c.is_alphanumeric() && c != '_');
            let times = named.filter(|word| *word == name).count();
            let own = text.contains("fn add_natives(");
            assert!(times > usize::from(own), "{}: {name} is not in the table", path.display());
        }
    }
    assert!(statics > 30, "{statics}");
}
