//! Many calls, and many at once.

use super::client::{Client, LEGACY, MODERN};
use serde_json::json;

fn calls() -> i64 {
    if std::env::var_os("MCP_LONG").is_some() { 10_000 } else { 300 }
}

#[test]
fn calls_go_on_and_on() {
    let mut client = Client::simple(MODERN);
    let fuel = client.run("return 0")["fuel_used"].clone();
    for n in 0..calls() {
        let digit = n % 10;
        let result = client.run(&format!("return {digit}"));
        assert_eq!(result["values"], json!([digit]));
        assert_eq!(result["fuel_used"], fuel, "{n}");
    }
}

#[test]
fn sixty_four_at_once_each_get_their_own_answer() {
    for revision in [LEGACY[1], MODERN] {
        let mut client = Client::simple(revision);
        let rounds = calls() / 100;
        for round in 0..rounds {
            let ids: Vec<(i64, i64)> = (0..64)
                .map(|n| {
                    let code = format!(
                        "local s = 0 for i = 1, {} do s = s + i end print({n}) return {n}",
                        n * 500
                    );
                    let arguments = json!({"script": code});
                    let id = client
                        .send("tools/call", json!({"name": "lua_execute", "arguments": arguments}));
                    (n, id)
                })
                .collect();
            for (n, id) in ids.into_iter().rev() {
                let answer = client.wait(id);
                let structured = &answer["result"]["structuredContent"];
                assert_eq!(structured["values"], json!([n]), "round {round}: {answer}");
                assert_eq!(structured["output"], format!("{n}\n"));
            }
        }
    }
}

#[test]
fn short_calls_are_answered_beside_long_ones() {
    let mut client = Client::simple(MODERN);
    let arguments = json!({"script": "while true do end", "limits": {"timeout_ms": 4000}});
    let long: Vec<i64> = (0..16)
        .map(|_| client.send("tools/call", json!({"name": "lua_execute", "arguments": arguments})))
        .collect();
    let begin = std::time::Instant::now();
    assert_eq!(client.run("return 1")["values"], json!([1]));
    assert!(begin.elapsed() < std::time::Duration::from_secs(3), "{:?}", begin.elapsed());
    for id in long {
        let answer = client.wait(id);
        assert_eq!(answer["result"]["structuredContent"]["error"]["kind"], "deadline");
    }
}

#[test]
fn no_more_scripts_are_at_work_than_there_may_be_sessions() {
    let mut client = Client::start(MODERN, json!({}), &["--sessions", "8", "--threads", "2"]);
    let arguments = json!({"script": "while true do end", "limits": {"timeout_ms": 3000}});
    let all: Vec<i64> = (0..20)
        .map(|_| client.send("tools/call", json!({"name": "lua_execute", "arguments": arguments})))
        .collect();
    let mut kinds = std::collections::BTreeMap::new();
    for id in all {
        let answer = client.wait(id);
        let kind = answer["result"]["structuredContent"]["error"]["kind"].to_string();
        *kinds.entry(kind).or_insert(0) += 1;
    }
    assert_eq!(json!(kinds), json!({"\"busy\"": 12, "\"deadline\"": 8}));
    // There is room again.
    assert_eq!(client.run("return 1")["values"], json!([1]));
}

/// What large scripts had goes back to the system when they have ended.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[test]
fn large_scripts_leave_no_memory_behind() {
    let mut client = Client::simple(MODERN);
    client.run("return 1");
    let before = client.resident();
    let mut after = Vec::new();
    for n in 0..6 {
        // Parts of tables of all sizes, too large for the lists of small blocks.
        let ids = [1, 2, 3, 4].map(|more| {
            let code = format!(
                "local all = {{}} for i = 1, 800 do all[i] = {{}} \
                 for k = 1, 100 + i * {} % 3000 do all[i][k] = k end end return #all",
                n * 7 + more
            );
            let arguments = json!({"script": code});
            client.send("tools/call", json!({"name": "lua_execute", "arguments": arguments}))
        });
        for id in ids {
            assert_eq!(client.wait(id)["result"]["structuredContent"]["values"], json!([800]));
        }
        after.push(client.resident());
    }
    let most = after.iter().max().unwrap() - before;
    assert!(most < 16 * 1024, "{before} KiB before, {after:?} after");
}
