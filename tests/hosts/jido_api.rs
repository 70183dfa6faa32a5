//! Functions about paths and git's output that hosts call.

use super::case::{Case, expect};
use super::fixture::Fixture;
use super::lua;
use moonfuel::HostValue;
use moonfuel::host::git;
use moonfuel::host::jido::{Jido, JidoOptions};
use moonfuel::host::net;
use serde_json::{Value, json};

/// Calls the function of a case, if it is one of these.
pub(crate) fn run(case: &Case) -> Option<Result<(), String>> {
    let call = case.field("call");
    let argument = &call["args"][0];
    let parse: fn(&[u8]) -> HostValue = match call["fn"].as_str()? {
        "validate_url" => return Some(validate_url(case, call)),
        "allowed_content_type" => {
            let got = json!({ "ok": net::is_allowed_type(argument.as_str()?) });
            return Some(expect("type", &got, case.field("expect")));
        }
        "validate_path" => return Some(validate_path(case, argument)),
        "parse_git_status" => git::parse_status,
        "parse_git_log" => git::parse_log,
        "parse_git_diff" => git::parse_diff,
        "parse_git_branch" => git::parse_branch,
        _ => return None,
    };
    let got = parse(argument.as_str()?.as_bytes()).to_json().unwrap();
    Some(expect("parsed", &got, case.field("expect")))
}

fn validate_url(case: &Case, call: &Value) -> Result<(), String> {
    let url = call["args"][0].as_str().unwrap_or_default();
    let given = call["args"][1]["allowed_domains"].as_array();
    let domains: Vec<String> = match given {
        Some(given) => given.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        None => net::DOMAINS.map(str::to_owned).to_vec(),
    };
    let got = match net::validate_url(url, &domains) {
        Ok(_) => json!({ "ok": url }),
        Err(problem) => json!({ "error": problem.name() }),
    };
    expect(url, &got, case.field("expect"))
}

fn validate_path(case: &Case, argument: &Value) -> Result<(), String> {
    let fixture = Fixture::of(case);
    let jido = Jido::open(&fixture.root(), JidoOptions::default()).unwrap();
    let got = match fixture.filled(argument).as_str() {
        None => json!({ "error": "invalid_path" }),
        Some(path) => match jido.validate_path(path.as_bytes()) {
            Ok(path) => json!({ "ok": path.display().to_string() }),
            Err(problem) => json!({ "error": problem.name() }),
        },
    };
    expect("validate_path", &got, &fixture.filled(case.field("expect")))?;
    match case.get("lua") {
        Some(step) => lua::steps(case, std::slice::from_ref(step)),
        None => Ok(()),
    }
}
