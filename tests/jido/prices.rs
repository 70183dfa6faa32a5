//! What the page of the script API says of prices is what functions cost.

use super::{Place, everything, session, values};
use moonfuel::{Chunk, Limits, Outcome};

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

/// The system looks up each part of a way, and links may lead through thousands of them.
#[test]
fn deep_ways_cost_what_they_take() {
    let place = Place::new();
    let deep = "d/".repeat(200);
    place.write(&format!("{deep}a.txt"), "old\n");
    place.write("s/a.txt", "old\n");
    let link = |name: &str, to: &str| {
        std::os::unix::fs::symlink(to, place.root().join(name)).unwrap();
    };
    link("far", &deep);
    link("near", "s");
    let mut session = session(&place, everything());
    let mut used = |code: &str| {
        let report = session.run(code);
        report.json().unwrap_or_else(|error| panic!("{code}: {error}"));
        report.usage.fuel_used
    };
    // What has 200 parts more costs 64 for each of them, each time that it is looked up.
    for (near, far, looks) in [
        ("assert(jido.glob('*', 's'))", format!("assert(jido.glob('*', '{deep}'))"), 3),
        ("assert(jido.grep('o', 's'))", format!("assert(jido.grep('o', '{deep}'))"), 3),
        ("assert(jido.file_exists('near'))", "assert(jido.file_exists('far'))".to_owned(), 1),
        (
            "assert(jido.read_file('near/a.txt'))",
            "assert(jido.read_file('far/a.txt'))".to_owned(),
            1,
        ),
        ("assert(jido.glob('near'))", "assert(jido.glob('far'))".to_owned(), 1),
        ("assert(jido.list_dir('near'))", "assert(jido.list_dir('far'))".to_owned(), 1),
        ("assert(jido.shell('echo', {'near'}))", "assert(jido.shell('echo', {'far'}))".into(), 1),
        ("assert(jido.git('status', {'near'}))", "assert(jido.git('status', {'far'}))".into(), 1),
    ] {
        let more = used(&far) - used(near);
        let (least, most) = (looks * 180 * 64, looks * 220 * 64 + 2000);
        assert!((least..most).contains(&more), "{far}: {more}, not {least} to {most}");
    }
    // One that leads nowhere too, and one that leads round.
    link("nowhere", &format!("{deep}none"));
    assert!(used("assert(jido.file_exists('nowhere') == false)") > 180 * 64);
    // A run ends where its fuel does, on such a way as well.
    let limits = Limits { fuel: 5_000, ..Limits::unlimited() };
    let report = session.run_chunk(Chunk::new(b"return jido.list_dir('')").limits(limits));
    assert!(matches!(report.outcome, Outcome::OutOfFuel), "{:?}", report.outcome);
}

/// No path is gone for longer than what a run is allowed to take.
#[test]
fn ways_through_many_links_end() {
    let place = Place::new();
    place.write(&format!("{}a.txt", "d/".repeat(200)), "old\n");
    let round = format!("{}{}", "d/".repeat(200), "../".repeat(200));
    for number in 1..=35 {
        let next = if number == 1 { "d".to_owned() } else { format!("l{}", number - 1) };
        let link = place.root().join(format!("l{number}"));
        std::os::unix::fs::symlink(format!("{round}{next}"), link).unwrap();
    }
    let mut session = session(&place, everything());
    let code = "return jido.is_dir('l20'), {jido.is_dir('l35')}, {jido.list_dir('l35')}";
    let loops = serde_json::json!([
        true,
        {"2": "Security error (invalid_path): l35"},
        {"2": "File error (invalid_path): l35"},
    ]);
    assert_eq!(values(&mut session, code), loops);
    // Arguments are looked at while there is fuel, and no longer.
    let limits = Limits { fuel: 3_000_000, ..Limits::unlimited() };
    let code = b"local t = {} for i = 1, 1000 do t[i] = 'l20' end jido.shell('echo', t)";
    let report = session.run_chunk(Chunk::new(code).limits(limits));
    assert!(matches!(report.outcome, Outcome::OutOfFuel), "{:?}", report.outcome);
}

/// Lines are passed over in pieces of 64 KiB.
#[test]
fn lines_are_the_same_wherever_a_piece_ends() {
    let place = Place::new();
    // Eight bytes a line: pieces end where lines do, and one byte after that.
    let lines: String = (1..=20_000).map(|line| format!("{line:07}\n")).collect();
    place.write("even.txt", &lines);
    place.write("odd.txt", format!("x{}", &lines));
    place.write("short.txt", "\n".repeat(200_000));
    let mut session = session(&place, everything());
    let mut read = |file: &str, offset: i64, limit: i64| {
        let code = format!("return jido.read_file('{file}', {{offset={offset}, limit={limit}}})");
        let read: serde_json::Value = values(&mut session, &code);
        read[0].as_str().unwrap().to_owned()
    };
    for line in [1, 2, 8191, 8192, 8193, 8194, 16_384, 16_385, 19_999, 20_000] {
        let shown = format!("{line:>6}→{line:07}");
        assert_eq!(read("even.txt", line, 1), shown);
        let x = if line == 1 { "x" } else { "" };
        assert_eq!(read("odd.txt", line, 1), format!("{line:>6}→{x}{line:07}"));
        assert_eq!(read("even.txt", line, 2).lines().next(), Some(shown.as_str()));
    }
    assert_eq!(read("even.txt", 20_001, 5), " 20001→");
    assert_eq!(read("even.txt", 20_002, 5), "");
    assert_eq!(read("even.txt", 5, -2), " 20000→0020000\n 20001→");
    for line in [65_535, 65_536, 65_537, 65_538, 131_072, 131_073, 200_000, 200_001] {
        assert_eq!(read("short.txt", line, 1), format!("{line:>6}→"));
    }
    assert_eq!(read("short.txt", 200_002, 1), "");
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
