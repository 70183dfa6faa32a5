//! Secrets in requests and answers.

use super::*;

fn hidden(text: &str, secrets: &[&str]) -> String {
    let mut text = text.as_bytes().to_vec();
    let secrets: Vec<String> = secrets.iter().map(|&secret| secret.to_owned()).collect();
    hide_in(&mut text, &secrets);
    String::from_utf8(text).unwrap()
}

#[test]
fn no_part_of_a_secret_is_left() {
    for (text, secrets, want) in [
        ("a token here", &["token"][..], "a [REDACTED] here"),
        ("tokentoken", &["token"], "[REDACTED][REDACTED]"),
        ("none", &["token"], "none"),
        ("", &["token"], ""),
        // One begins like the other, in either order.
        ("key-and-more", &["key-", "key-and-more"], "[REDACTED]"),
        ("key-and-more", &["key-and-more", "key-"], "[REDACTED]"),
        ("the key-ring", &["key-and-more", "key-"], "the [REDACTED]ring"),
        // One ends like the other begins.
        ("<first-second>", &["first-", "t-second"], "<[REDACTED]>"),
        ("<ababab>", &["abab"], "<[REDACTED]>"),
        // What comes in a secret's place is not looked through.
        ("a token", &["token", "REDACTED", "[RED"], "a [REDACTED]"),
        ("a [REDACTED]", &["REDACTED"], "a [[REDACTED]]"),
        // Such texts are in any answer.
        ("a b", &["", "a", "b"], "a b"),
    ] {
        assert_eq!(hidden(text, secrets), want, "{text} {secrets:?}");
    }
}

#[test]
fn headers_have_a_size() {
    let with = |value: &str| {
        let headers = BTreeMap::from([("X".to_owned(), value.to_owned())]);
        Asked::get("http.get", ("http://localhost/".to_owned(), Some(headers)))
    };
    let long = "x".repeat(HEADERS);
    let asks = std::cell::Cell::new(0);
    let fill = |value: &str, _: &mut BTreeSet<String>| {
        asks.set(asks.get() + 1);
        Ok(value.replace('!', &long))
    };
    let why = "http.get: headers too large: http://localhost/";
    // Before anything is filled in, and then.
    assert_eq!(with(&long).fill(fill).err().unwrap().to_string(), why);
    assert_eq!(asks.get(), 0);
    let filled = with("!").fill(fill).unwrap();
    assert_eq!(filled.look_at_headers().unwrap_err().to_string(), why);
    assert!(with("x").fill(fill).unwrap().look_at_headers().is_ok());
}
