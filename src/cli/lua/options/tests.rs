//! Command lines of `lua`, right and wrong.

use super::*;

fn parse(words: &[&str]) -> Result<Options, String> {
    let words: Vec<Vec<u8>> =
        std::iter::once(&"lua").chain(words).map(|word| word.as_bytes().to_vec()).collect();
    Options::parse(&words)
}

#[test]
fn options_end_at_the_script() {
    let options = parse(&["-e", "a", "-lm=math", "-W", "x.lua", "-v"]).expect("options");
    assert_eq!(options.script, Some(5));
    assert!(!options.version && options.executes());
    assert_eq!(options.actions.len(), 3);
    assert_eq!(parse(&["-E", "-"]).expect("options").script, Some(2));
    assert_eq!(parse(&["-i", "--", "-"]).expect("options").script, Some(3));
    assert_eq!(parse(&["--"]).expect("options").script, None);
}

#[test]
fn modules_go_to_globals() {
    let cases = [("m", "m", "m"), ("g=m-1", "g", "m-1"), ("m-v2", "m", "m-v2")];
    for (argument, global, module) in cases {
        let (global, module) = (global.as_bytes().to_vec(), module.as_bytes().to_vec());
        let options = parse(&["-l", argument]).expect("options");
        assert_eq!(options.actions, [Action::Require { global, module }], "{argument}");
    }
}

#[test]
fn wrong_options_are_named() {
    for (words, message) in [
        (&["-h"][..], "unrecognized option '-h'"),
        (&["---"], "unrecognized option '---'"),
        (&["-Ex"], "unrecognized option '-Ex'"),
        (&["-iv"], "unrecognized option '-iv'"),
        (&["-e"], "'-e' needs argument"),
        (&["-e", "-v"], "'-e' needs argument"),
        (&["-l"], "'-l' needs argument"),
    ] {
        assert_eq!(parse(words), Err(message.to_owned()));
    }
}
