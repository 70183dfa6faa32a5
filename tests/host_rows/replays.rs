//! A recorded session of each host replays when the root, the programs and the extensions are
//! gone.

#[path = "../record/damage.rs"]
mod damage;

use super::sink::Sink;
use damage::every_damage_is_found;
use moonfuel::host::HostProfile;
use moonfuel::host::imp::{CallContext, CapabilityPolicy, Runtime};
use moonfuel::host::jido::{Jido, JidoOptions};
use moonfuel::{Session, SessionBuilder, Trace};
use serde_json::{Value, json};
use std::sync::Arc;

/// Replays a trace, and returns what its runs came to. Damage to any line of it is found.
fn replayed(sink: &Sink) -> Vec<String> {
    let trace = Trace::parse(sink.text()).unwrap();
    let replay = trace.replay().unwrap_or_else(|error| panic!("{error}\n{}", sink.text()));
    let text = |report: &moonfuel::Report| match report.json() {
        Ok(json) => json.to_owned(),
        Err(error) => error.to_string(),
    };
    every_damage_is_found(&sink.text(), true);
    replay.reports.iter().map(text).collect()
}

fn run(builder: SessionBuilder, sources: &[&str]) -> (Sink, Vec<String>) {
    let sink = Sink::default();
    let mut session = builder.record(sink.clone()).build().unwrap();
    let text = |source: &&str| match session.run(source).json() {
        Ok(json) => json.to_owned(),
        Err(error) => error.to_string(),
    };
    let came_to = sources.iter().map(text).collect();
    (sink, came_to)
}

#[test]
fn a_session_of_jido() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.txt"), "one\ntwo").unwrap();
    let options = JidoOptions {
        allow_write: true,
        allow_shell: true,
        allow_git: true,
        ..JidoOptions::default()
    };
    let jido = Arc::new(Jido::open(folder.path(), options).unwrap());
    let builder = Jido::register(&jido, HostProfile::Jido.apply(Session::builder()));
    let (sink, came_to) = run(
        builder,
        &[
            "return jido.read_file('a.txt')",
            "return jido.edit_file('a.txt', 'two', 'three'), jido.grep('thr', '.')",
            "return jido.shell('cat', {'a.txt'}).stdout, jido.git('status').exit_code",
            "local b = jido.shell_background('echo', {'hi'}).shell_id
             return jido.shell_output(b).output",
            "return host.all{{jido.shell, 'echo', {'1'}}, {jido.file_exists, 'a.txt'}}",
            "return jido.write_file('../a', 'x')",
            "jido.todo_write{{content = 'a', status = 'pending', active_form = 'b'}} error('no')",
            "return jido.todo_read(), args",
        ],
    );
    drop((jido, folder));
    assert_eq!(came_to[2], "[\"one\\nthree\",128]");
    assert_eq!(replayed(&sink), came_to);
}

#[test]
fn a_session_of_imp() {
    let sink = Sink::default();
    let policy = CapabilityPolicy {
        allow_shell_exec: true,
        allowed_env: vec!["X".to_owned()],
        ..CapabilityPolicy::default()
    };
    let mut runtime = Runtime::builder()
        .policy(policy)
        .environment(|name| Some(format!("value of {name}")))
        .session(HostProfile::Imp.apply(Session::builder()).record(sink.clone()))
        .build()
        .unwrap();
    let source = "
        imp.register_tool{name = 't', execute = function(id, params)
            imp.update('at work')
            return imp.exec('echo', {params.text}).stdout .. imp.env('X') end}
        imp.register_command('c', {handler = function(text) return text:upper() end})
        imp.on('after_tool_call', function(event)
            return {modified_content = event.result.content[1].text .. '!'} end)
        imp.on('before_tool_call', function(event) error('reported') end)";
    runtime.load("e.lua", source.as_bytes()).unwrap();
    let output = runtime.call_tool("t", json!({"text": "hi"}), "1", CallContext::new("/")).unwrap();
    assert_eq!(output.first_text(), Some("hi\nvalue of X!"));
    assert_eq!(runtime.execute_command("c", "it", None).unwrap().as_deref(), Some("IT"));
    assert!(runtime.load("bad.lua", b"imp.on('x', print) error('no')").is_err());
    drop(runtime);
    assert_eq!(replayed(&sink).len(), 6);
}

#[test]
fn a_session_of_codex() {
    let builder = HostProfile::Codex.apply(Session::builder());
    let (sink, came_to) = run(
        builder,
        &[
            "return require('codex.utils').validate_email('a@b.co')",
            "return {type(os), type(debug), pcall(require, 'os') == false}",
            "g = os return g == nil, 2",
            "error('no')",
        ],
    );
    assert_eq!(came_to[1], "[\"nil\",\"nil\",true]");
    assert_eq!(replayed(&sink), came_to);
    let header: Value = serde_json::from_str(sink.text().lines().next().unwrap()).unwrap();
    assert_eq!(header["without"], json!(["os", "debug"]));
}
