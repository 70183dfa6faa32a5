//! Snippets that call `jido.*`: one session, its runs one after another.

use super::case::{Case, expect};
use super::fixture::Fixture;
use moonfuel::host::gate::Gate;
use moonfuel::host::jido::{Jido, JidoOptions};
use moonfuel::host::policy::Rules;
use moonfuel::host::types;
use moonfuel::{Chunk, Session, Tier};
use serde_json::Value;

/// Opens a session over the case's root with what it grants.
pub(crate) fn session(case: &Case, fixture: &Fixture, gate: Option<Gate>) -> Session {
    let options = JidoOptions {
        allow_write: case.grants("write"),
        allow_shell: case.grants("exec"),
        allow_git: case.grants("git"),
        ..JidoOptions::default()
    };
    let jido = Jido::open(&fixture.root(), options).unwrap();
    let mut builder = Session::builder().host_functions("jido", jido.functions());
    for declaration in types::jido() {
        builder = builder.declare(declaration);
    }
    if let Some(gate) = gate {
        builder = builder.policy(gate);
    }
    builder.build().unwrap()
}

/// Runs the snippets of a case.
pub(crate) fn run(case: &Case) -> Result<(), String> {
    steps(case, case.steps())
}

/// Runs snippets over the case's root.
pub(crate) fn steps(case: &Case, steps: &[Value]) -> Result<(), String> {
    let fixture = Fixture::of(case);
    for step in steps {
        // Each is a run from the beginning, as the command's are.
        let gate = case
            .grants("policy")
            .then(|| Gate::new(Rules::new(Tier::ReadOnly).with_default_rates(), case.id()));
        let mut session = session(case, &fixture, gate);
        let step = fixture.filled(step);
        values(&mut session, &step)?;
    }
    fixture.check(case.field("after"))
}

/// Runs one snippet and compares its values.
fn values(session: &mut Session, step: &Value) -> Result<(), String> {
    let code = step["run"].as_str().unwrap();
    let mut chunk = Chunk::new(code.as_bytes()).named("=eval");
    chunk.args = step.get("args").cloned();
    let report = session.run_chunk(chunk);
    let values = report.json().map_err(|e| format!("{}: {e}", e.kind.name()))?;
    let mut values: Vec<Value> = serde_json::from_str(values).unwrap();
    let want = &step["values"];
    let count = want.as_array().map_or(0, Vec::len);
    // A nil at the end is as good as none.
    while values.len() < count {
        values.push(Value::Null);
    }
    expect(code, &values.into(), want)
}
