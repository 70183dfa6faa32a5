//! Where two traces part.

use super::replay::Trace;
use crate::session::tapes::json::{parting, show};
use crate::session::tapes::notes::REMEMBER;
use crate::session::tapes::player::what;
use crate::session::values::host_value::HostValue;
use std::fmt;

/// The first difference between two traces: see [`Trace::difference`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TraceDifference {
    /// The number of the entry, in both.
    pub entry: u64,
    /// What the entry is in each; empty where one has ended.
    pub what: [String; 2],
    /// The field that differs, and the way to the place in it; empty where one has ended.
    pub field: String,
    /// What is there in each, as JSON; empty for nothing.
    pub values: [String; 2],
}

impl fmt::Display for TraceDifference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let or = |text: &str, other: &str| {
            if text.is_empty() { other.to_owned() } else { text.to_owned() }
        };
        let [one, other] = &self.what;
        write!(f, "entry {}: {}", self.entry, or(one, "no entry"))?;
        if one != other {
            write!(f, " and {}", or(other, "no entry"))?;
        }
        if self.field.is_empty() {
            return Ok(());
        }
        writeln!(f, " differ in `{}`", self.field)?;
        writeln!(f, "  first:  {}", or(&self.values[0], "nothing"))?;
        write!(f, "  second: {}", or(&self.values[1], "nothing"))
    }
}

/// Takes out what functions noted for themselves: the times of files, such as these, are
/// never the same, and no script knows of them.
fn forget(entry: &mut HostValue) {
    let HostValue::Object(fields) = entry else { return };
    fields.retain_mut(|(name, took)| match took {
        HostValue::Array(notes) if name.as_str() == Some("took") => {
            let remember = HostValue::from(REMEMBER);
            let own = Some(&remember);
            notes.retain(|note| !matches!(note, HostValue::Array(parts) if parts.first() == own));
            !notes.is_empty()
        }
        _ => true,
    });
}

impl Trace {
    /// Returns where two traces part, if they do. Their hashes are of no account.
    pub fn difference(&self, other: &Trace) -> Option<TraceDifference> {
        let (ours, theirs) = (self.0.entries.len(), other.0.entries.len());
        let fields = |trace: &Trace, at| {
            let mut fields = trace.0.fields(at);
            forget(&mut fields);
            fields
        };
        let at = (0..ours.max(theirs)).find(|at| {
            *at >= ours.min(theirs)
                || (self.0.body(*at) != other.0.body(*at)
                    && parting(&fields(self, *at), &fields(other, *at)).is_some())
        })?;
        let (one, another) = (fields(self, at), fields(other, at));
        let name = |fields: &HostValue, there: bool| match there {
            true => what(fields),
            false => String::new(),
        };
        let mut difference = TraceDifference {
            entry: at as u64 + 1,
            what: [name(&one, at < ours), name(&another, at < theirs)],
            field: String::new(),
            values: [String::new(), String::new()],
        };
        if at < ours.min(theirs)
            && let Some((way, here, there)) = parting(&one, &another)
        {
            let shown = |value: Option<&HostValue>| value.map_or_else(String::new, show);
            difference.field = way.trim_start_matches('.').to_owned();
            difference.values = [shown(here), shown(there)];
        }
        Some(difference)
    }
}
