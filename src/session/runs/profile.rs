//! Where the fuel of a session's runs went, by calls.

use crate::session::making::session::Session;
use crate::vm::state::profile::{Shown, Tree};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Where fuel went: which functions used how much of it, called by whom. Exact, and the same
/// each time: see [`Session::fuel_profile`].
///
/// ```
/// use moonfuel::{Chunk, Session};
///
/// let mut session = Session::builder().profile_fuel(true).build()?;
/// let source = b"local function work(n)\n  for i = 1, n do end\nend\nwork(100)";
/// let report = session.run_chunk(Chunk::new(source).named("@job.lua"));
/// let profile = session.fuel_profile();
/// assert_eq!(profile.total(), report.usage.fuel_used);
/// assert!(profile.folded().contains("run;main chunk (job.lua);work (job.lua:1) 10"));
/// # Ok::<(), moonfuel::LuaError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FuelProfile {
    /// Units by the calls that lead to where they were used, outermost first.
    stacks: BTreeMap<Vec<Shown>, u64>,
}

impl FuelProfile {
    /// Returns all units that were used.
    pub fn total(&self) -> u64 {
        self.stacks.values().sum()
    }

    /// Returns the profile in the folded format that flame graphs are drawn from: a line for
    /// each stack, calls parted by `;`, then the units.
    pub fn folded(&self) -> String {
        let line = |(stack, units): (&Vec<Shown>, &u64)| {
            let names: Vec<String> = stack.iter().map(label).collect();
            format!("{} {units}\n", names.join(";"))
        };
        self.stacks.iter().map(line).collect()
    }

    /// Returns the profile as JSON text in the format of speedscope, a page that shows flame
    /// graphs.
    pub fn speedscope(&self) -> String {
        let mut numbers = BTreeMap::new();
        let mut frames: Vec<Value> = Vec::new();
        let mut samples: Vec<Vec<usize>> = Vec::new();
        for stack in self.stacks.keys() {
            let sample = stack.iter().map(|shown| {
                *numbers.entry(shown).or_insert_with(|| {
                    frames.push(match &shown.place {
                        Some((file, line)) => {
                            json!({"name": shown.name, "file": file, "line": (*line).max(1)})
                        }
                        None => json!({"name": shown.name}),
                    });
                    frames.len() - 1
                })
            });
            samples.push(sample.collect());
        }
        let weights: Vec<u64> = self.stacks.values().copied().collect();
        let text = json!({
            "$schema": "https://www.speedscope.app/file-format-schema.json",
            "exporter": "moonfuel",
            "name": "fuel",
            "shared": {"frames": frames},
            "profiles": [{
                "type": "sampled",
                "name": "fuel",
                "unit": "none",
                "startValue": 0,
                "endValue": self.total(),
                "samples": samples,
                "weights": weights,
            }],
        });
        format!("{text}\n")
    }

    fn add(&mut self, tree: &Tree) {
        for node in &tree.nodes {
            if node.fuel == 0 {
                continue;
            }
            let mut stack = Vec::new();
            let mut at = node;
            loop {
                stack.extend(tree.functions.get(at.function as usize).cloned());
                match tree.nodes.get(at.parent as usize) {
                    Some(parent) if !std::ptr::eq(parent, at) => at = parent,
                    _ => break,
                }
            }
            stack.reverse();
            *self.stacks.entry(stack).or_insert(0) += node.fuel;
        }
    }
}

/// Names a function in one line without what parts calls.
fn label(shown: &Shown) -> String {
    let label = match &shown.place {
        Some((chunk, 0)) => format!("{} ({chunk})", shown.name),
        Some((chunk, line)) => format!("{} ({chunk}:{line})", shown.name),
        None => shown.name.clone(),
    };
    label.chars().map(|c| if c == ';' || c.is_control() { '?' } else { c }).collect()
}

impl Session {
    /// Returns where fuel went: in all runs since the session was made, those that were undone
    /// included, if it was built with
    /// [`profile_fuel`](crate::SessionBuilder::profile_fuel); else nothing.
    pub fn fuel_profile(&mut self) -> FuelProfile {
        let mut profile = FuelProfile::default();
        let machines = std::iter::once(&mut self.machine);
        for machine in machines.chain(self.template.as_deref_mut()) {
            machine.0.enter(|ctx| ctx.state.profile.with(|tree| profile.add(tree)));
        }
        profile
    }
}
