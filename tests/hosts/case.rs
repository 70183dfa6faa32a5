//! A case: its line of the table.

use serde_json::Value;
use std::path::Path;

/// One line of a table.
#[derive(Debug)]
pub(crate) struct Case(Value);

/// What came of a case.
#[derive(Debug)]
pub(crate) enum Verdict {
    Passed,
    Failed(String),
    Skipped,
}

impl Verdict {
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Verdict::Passed => "passed",
            Verdict::Failed(_) => "failed",
            Verdict::Skipped => "skipped",
        }
    }
}

impl Case {
    /// Reads the cases of a table.
    pub(crate) fn read(file: &Path) -> Vec<Case> {
        let text =
            std::fs::read_to_string(file).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
        let line = |(number, line): (usize, &str)| {
            let case = serde_json::from_str(line);
            Case(case.unwrap_or_else(|e| panic!("{}:{}: {e}", file.display(), number + 1)))
        };
        text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()).map(line).collect()
    }

    fn text(&self, field: &str) -> &str {
        self.0.get(field).and_then(Value::as_str).unwrap_or_default()
    }

    pub(crate) fn id(&self) -> &str {
        self.text("id")
    }

    pub(crate) fn kind(&self) -> &str {
        self.text("kind")
    }

    pub(crate) fn get(&self, field: &str) -> Option<&Value> {
        self.0.get(field)
    }

    /// Returns a field as an object; what is not there is null.
    pub(crate) fn field(&self, field: &str) -> &Value {
        self.0.get(field).unwrap_or(&Value::Null)
    }

    pub(crate) fn steps(&self) -> &[Value] {
        self.0.get("steps").and_then(Value::as_array).map_or(&[], Vec::as_slice)
    }

    /// Returns the variables of the environment that are there.
    pub(crate) fn variables(&self) -> impl Iterator<Item = (&str, &str)> {
        let fixture = self.0.get("fixture").and_then(|fixture| fixture.get("env"));
        let variables = fixture.and_then(Value::as_object).into_iter().flatten();
        variables.filter_map(|(name, value)| Some((name.as_str(), value.as_str()?)))
    }

    /// Tells whether a permission or a condition is named.
    pub(crate) fn grants(&self, name: &str) -> bool {
        let grants = self.0.get("grants").and_then(Value::as_array);
        grants.is_some_and(|grants| grants.iter().any(|grant| grant == name))
    }
}

/// Tells whether two values are the same, order of members and kinds of numbers included.
pub(crate) fn same(a: &Value, b: &Value) -> bool {
    a.to_string() == b.to_string()
}

/// Compares, and says what is different.
pub(crate) fn expect(what: &str, got: &Value, want: &Value) -> Result<(), String> {
    if same(got, want) {
        return Ok(());
    }
    Err(format!("{what}: got {}, want {}", shown(got), shown(want)))
}

/// Shows a value, not too long.
pub(crate) fn shown(value: &Value) -> String {
    value.to_string().chars().take(300).collect()
}
