//! What the page of the script API says of prices is what functions cost.

use super::{Place, everything, session};

/// What a function costs at least, by the page.
fn said(name: &str) -> u64 {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/script-api.md");
    let page = std::fs::read_to_string(page).unwrap();
    let (_, rest) = page.split_once(&format!("### `jido.{name}`\n")).unwrap();
    let (_, price) = rest.split_once("; fuel: ").unwrap();
    let digits = price.find(|c: char| !c.is_ascii_digit()).unwrap();
    price[..digits].parse().unwrap()
}

#[test]
fn functions_cost_what_is_said() {
    let place = Place::new();
    place.write("a/b.txt", "old\n");
    let mut session = session(&place, everything());
    let mut used = |code: &str| {
        let report = session.run(code);
        report.json().unwrap_or_else(|error| panic!("{code}: {error}"));
        report.usage.fuel_used
    };
    let nothing = used("local f = jido.help");
    for (name, arguments) in [
        ("read_file", "'a/b.txt'"),
        ("write_file", "'a/c.txt', 'new'"),
        ("list_dir", "'a'"),
        ("file_exists", "'a'"),
        ("file_stat", "'a'"),
        ("is_file", "'a/b.txt'"),
        ("is_dir", "'a'"),
        ("edit_file", "'a/b.txt', 'old', 'new'"),
        ("multi_edit", "'a/b.txt', {{old_string = 'new', new_string = 'old'}}"),
        ("grep", "'o', 'a/b.txt'"),
        ("todo_read", ""),
        ("shell", "'echo'"),
        ("mkdir_p", "'d'"),
        ("delete_file", "'a/c.txt'"),
    ] {
        let (costs, said) =
            (used(&format!("assert(jido.{name}({arguments}))")) - nothing, said(name));
        // The rest is for what the call is given and returns, and one file, path or line.
        assert!(said <= costs && costs < said + said / 10 + 3500, "{name}: {costs}, not {said}");
    }
}

#[test]
fn patterns_that_repeat_a_class_cost_what_they_may_take() {
    let place = Place::new();
    place.write("a.txt", "old\n");
    let mut session = session(&place, everything());
    let mut used = |pattern: &str| {
        let code = format!("jido.grep([[{pattern}]], 'a.txt')");
        session.run(code.as_str()).usage.fuel_used
    };
    // A program of letters comes to the largest one by five bytes, after a millisecond.
    assert!(used(r"\pL{100}") > 30_000);
    assert!(used(r"[^a]{100}") > 30_000);
    assert!(used("a{100}") < 10_000 && used(r"\d+") < 10_000);
}
