//! Functions that hosts call, and that scripts reach at most through others.

use super::case::{Case, expect};
use super::fixture::{Fixture, items};
use super::lua;
use moonfuel::host::audit::{Audit, AuditEntry, Status};
use moonfuel::host::gate::{Gate, Permissions, RateLimiter, is_restricted, tool_tier};
use moonfuel::host::jido::{Jido, JidoOptions};
use moonfuel::host::net::{is_allowed_type, validate_url as validate_url_of};
use moonfuel::host::policy::{Rules, default_rate};
use moonfuel::host::redact::redact;
use moonfuel::{Denied, HostValue, Tier};
use serde_json::{Map, Value, json};

/// Calls the function of a case.
pub(crate) fn run(case: &Case) -> Result<(), String> {
    let call = case.field("call");
    let name = call["fn"].as_str().unwrap_or_default();
    let no_args = Vec::new();
    let args = call["args"].as_array().unwrap_or(&no_args);
    let got = match name {
        "sanitize" => sanitize(&args[0]),
        "tool_tier" => json!({ "ok": tool_tier(text(&args[0])).to_string() }),
        "default_rate_limit" => match text(&args[0]).parse() {
            Ok(tier) => {
                let (calls, window) = default_rate(tier);
                json!({ "ok": [calls, window] })
            }
            Err(_) => json!({ "error": "invalid_tier" }),
        },
        "restricted" => {
            let names: Vec<&str> = args[0].as_array().unwrap().iter().map(text).collect();
            json!({ "ok": is_restricted(&names.join(".")) })
        }
        "check_permission" => {
            let permissions = permissions(text(&args[1]), &args[2]);
            answer(permissions.check(text(&args[0]), tool_tier(text(&args[0])), false))
        }
        "grant_tier" => grant_tier(text(&args[0]), text(&args[1])),
        "record_consent" => consent(&args[0], |permissions| permissions.consent(text(&args[1]))),
        "revoke_consent" => consent(&args[0], |permissions| permissions.revoke(text(&args[1]))),
        "check_rate" => check_rate(call),
        "gate" => gate(call),
        "audit" => return audit(call, case.field("expect")),
        "audit_after" => return audit_after(case, call),
        "validate_url" => validate_url(args),
        "allowed_content_type" => json!({ "ok": is_allowed_type(text(&args[0])) }),
        "validate_path" => return validate_path(case, &args[0]),
        #[cfg(unix)]
        "parse_git_status" | "parse_git_log" | "parse_git_diff" | "parse_git_branch" => {
            parse_git(name, text(&args[0]))
        }
        _ => match case.get("lua") {
            Some(step) => return lua::steps(case, std::slice::from_ref(step)),
            None => return Err(format!("there is no function '{name}' yet")),
        },
    };
    compare(name, &got, case.field("expect"))
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// Asks where a path leads, and runs the snippet that comes with the case.
fn validate_path(case: &Case, path: &Value) -> Result<(), String> {
    let fixture = Fixture::of(case);
    let jido = Jido::open(&fixture.root(), JidoOptions::default()).unwrap();
    let got = match fixture.filled(path).as_str() {
        // What is no text is no path.
        None => json!({ "error": "invalid_path" }),
        Some(path) => match jido.validate_path(path.as_bytes()) {
            Ok(path) => json!({ "ok": path.to_str().unwrap() }),
            Err(problem) => json!({ "error": problem.name() }),
        },
    };
    expect("validate_path", &got, &fixture.filled(case.field("expect")))?;
    match case.get("lua") {
        Some(step) => lua::steps(case, std::slice::from_ref(step)),
        None => Ok(()),
    }
}

/// Jido's own list.
const DOMAINS: [&str; 5] = ["hexdocs.pm", "elixir-lang.org", "erlang.org", "github.com", "hex.pm"];

/// Looks at an address: from jido's own list of domains, or one that is given.
fn validate_url(args: &[Value]) -> Value {
    let given = args.get(1).and_then(|options| options["allowed_domains"].as_array());
    let domains: Vec<String> = match given {
        Some(domains) => domains.iter().map(|domain| text(domain).to_owned()).collect(),
        None => DOMAINS.map(str::to_owned).to_vec(),
    };
    match validate_url_of(text(&args[0]), &domains) {
        Ok(_) => json!({ "ok": args[0] }),
        Err(problem) => json!({ "error": problem.name() }),
    }
}

#[cfg(unix)]
fn parse_git(name: &str, output: &str) -> Value {
    use moonfuel::host::git::{parse_branch, parse_diff, parse_log, parse_status};
    let parsed = match name {
        "parse_git_status" => parse_status(output.as_bytes()),
        "parse_git_log" => parse_log(output.as_bytes()),
        "parse_git_diff" => parse_diff(output.as_bytes()),
        _ => parse_branch(output.as_bytes()),
    };
    parsed.to_json().unwrap()
}

/// Compares; of details, those that are named.
fn compare(name: &str, got: &Value, want: &Value) -> Result<(), String> {
    let mut got = got.clone();
    if want.get("details").is_none()
        && want.get("error").is_some()
        && let Some(got) = got.as_object_mut()
    {
        got.remove("details");
    }
    if let Some(last) = want.get("last") {
        return compare(name, &got["last"], last);
    }
    expect(name, &got, want)
}

fn sanitize(value: &Value) -> Value {
    let mut value = HostValue::from_json(value).unwrap();
    redact(&mut value);
    json!({ "ok": value.to_json().unwrap() })
}

fn permissions(tier: &str, consented: &Value) -> Permissions {
    let mut permissions = Permissions::new(tier.parse().unwrap());
    for tool in consented.as_array().into_iter().flatten() {
        permissions.consent(text(tool)).unwrap();
    }
    permissions
}

/// Writes an answer as the tables have it.
fn answer(checked: Result<(), Denied>) -> Value {
    match checked {
        Ok(()) => json!({ "ok": true }),
        Err(denied) => {
            let number = |value: &str| value.parse::<u64>().map_or(value.into(), Value::from);
            let details: Map<String, Value> =
                denied.details.iter().map(|(name, value)| (name.clone(), number(value))).collect();
            json!({ "error": denied.code(), "details": details })
        }
    }
}

fn grant_tier(from: &str, to: &str) -> Value {
    let Ok(tier) = to.parse::<Tier>() else { return json!({ "error": "invalid_tier" }) };
    let mut permissions = permissions(from, &Value::Null);
    match permissions.grant(tier) {
        Ok(()) => json!({ "ok": permissions.tier().to_string() }),
        Err(error) => json!({ "error": error.rule }),
    }
}

fn consent(before: &Value, change: impl FnOnce(&mut Permissions) -> Result<(), Denied>) -> Value {
    let mut permissions = permissions("read_only", before);
    match change(&mut permissions) {
        Ok(()) => json!({ "ok_set": permissions.consented().collect::<Vec<_>>() }),
        Err(error) => json!({ "error": error.rule }),
    }
}

/// Calls are session, tool, limit, window and time; what is expected stands beside.
fn check_rate(call: &Value) -> Value {
    let mut rate = RateLimiter::default();
    let results: Vec<Value> = items(call, "calls")
        .map(|call| {
            let number = |at: usize| call[at].as_u64().unwrap();
            let limit = number(2) as usize;
            let (window, now) = (number(3), number(4));
            match rate.check(text(&call[0]), text(&call[1]), limit, window, now) {
                Ok(()) => "ok".into(),
                Err(wait) => wait.into(),
            }
        })
        .collect();
    json!({ "results": results })
}

/// Calls are tool and time, under one policy.
fn gate(call: &Value) -> Value {
    let policy = &call["policy"];
    let permissions = permissions(text(&policy["granted"]), &policy["consented"]);
    let asks: Tier = text(&policy["tier"]).parse().unwrap();
    let needs_consent = policy["requires_consent"].as_bool().unwrap_or_default();
    let (mut calls, mut window) = default_rate(asks);
    if let Some(rate) = policy.get("rate").and_then(Value::as_array) {
        calls = rate[0].as_u64().unwrap() as usize;
        window = rate[1].as_u64().unwrap();
    }
    let mut rate = RateLimiter::default();
    let mut last = Value::Null;
    for call in items(call, "calls") {
        let (tool, now) = (text(&call[0]), call[1].as_u64().unwrap());
        last = match rate.check("s", tool, calls, window, now) {
            Err(wait) => json!({ "error": "rate_limited", "details": {
                "tool": tool, "limit": calls, "window_ms": window, "retry_after_ms": wait,
            }}),
            Ok(()) => answer(permissions.check(tool, asks, needs_consent)),
        };
    }
    json!({ "last": last })
}

fn audit(call: &Value, want: &Value) -> Result<(), String> {
    let audit = Audit::default();
    for one in items(call, "log") {
        let status = match text(&one[2]) {
            "ok" => Status::Ok,
            "error" => Status::Error,
            _ => Status::Blocked,
        };
        let args: Vec<HostValue> = match &one[4] {
            Value::Null => Vec::new(),
            args => vec![HostValue::from_json(args).unwrap()],
        };
        audit.add(AuditEntry::new(text(&one[0]), text(&one[1]), status, &args));
    }
    let query = &call["query"];
    let limit = query["limit"].as_u64().unwrap_or(1000) as usize;
    let mut entries = audit.latest(query["session"].as_str(), limit);
    if query["order"] == "asc" {
        entries.reverse();
    }
    let entries: Vec<Value> = entries.iter().map(AuditEntry::to_json).collect();
    let first = entries.first().unwrap_or(&Value::Null);
    let hashes: Vec<_> = entries.iter().map(|entry| &entry["args_hash"]).collect();
    for (field, want) in want.as_object().unwrap() {
        let got = match field.as_str() {
            "ok" => audit.room().into(),
            "count" => entries.len().into(),
            "ids" => entries.iter().map(|entry| entry["id"].clone()).collect(),
            "hashes_equal" => hashes.windows(2).all(|pair| pair[0] == pair[1]).into(),
            "hash_length" => first["args_hash"].as_str().map(str::len).into(),
            field => first[field].clone(),
        };
        expect(field, &got, want)?;
    }
    Ok(())
}

/// Runs a snippet behind a gate and looks at the last entry of its log.
fn audit_after(case: &Case, call: &Value) -> Result<(), String> {
    let fixture = Fixture::of(case);
    let mut rules = Rules::new(Tier::Execute);
    if call["options"]["log_violations"] == false {
        rules.log_violations = false;
    }
    let gate = Gate::new(rules, case.id());
    let mut session = lua::session(case, &fixture, Some(gate.clone()));
    let source = fixture.filled(&call["lua"]);
    session.run(text(&source)).json().map_err(|e| e.to_string())?;
    let entries = gate.audit().entries();
    let entry = entries.last().map(AuditEntry::to_json).unwrap_or_default();
    for (field, want) in case.field("expect").as_object().unwrap() {
        let got = match field.as_str() {
            "entries" => entries.len().into(),
            "reason" => entry["rule"].clone(),
            "path" => entry["about"].clone(),
            field => entry[field].clone(),
        };
        expect(field, &got, &fixture.filled(want))?;
    }
    Ok(())
}
