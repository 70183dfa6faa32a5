//! What a session's scripts executed, by lines, branches and functions.

use crate::base::chunk_id::chunk_id;
use crate::bytecode::op::{Instr, Op};
use crate::bytecode::proto::Proto;
use crate::session::making::session::Session;
use crate::vm::machine::Lua;
use crate::vm::state::coverage::Counted;
use std::collections::BTreeMap;
use std::fmt::{self, Write};
use std::sync::Arc;

#[cfg(test)]
mod tests;

/// How often the lines, branches and functions of chunks were executed: see
/// [`Session::coverage`].
///
/// It shows as a report: a line for each chunk, with the lines that were not executed.
///
/// ```
/// use moonfuel::{Chunk, Session};
///
/// let mut session = Session::builder().coverage(true).build()?;
/// let source = b"local x = ...\nif x then\n  print(x)\nend";
/// session.run_chunk(Chunk::new(source).named("@show.lua"));
/// let coverage = session.coverage();
/// let show = &coverage.chunks[0];
/// let lines: Vec<_> = show.lines.iter().map(|line| (line.line, line.count)).collect();
/// assert_eq!(lines, [(1, 1), (2, 1), (3, 0)]);
/// assert_eq!((show.branches[0].went_on, show.branches[0].jumped), (0, 1));
/// assert_eq!(coverage.to_string(), "show.lua: 2 of 3 lines, 1 of 2 branches (not: 3)\n");
/// # Ok::<(), moonfuel::LuaError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Coverage {
    /// The chunks, by name.
    pub chunks: Vec<ChunkCoverage>,
    /// Functions that were not counted, since a session counts 4 Mi instructions at most, and
    /// fewer if their functions hold long texts: each 32 bytes count as one.
    pub left_out: u64,
}

/// A chunk's part of a [`Coverage`]. Chunks of one name are one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ChunkCoverage {
    /// The chunk's name, as messages show it.
    pub name: String,
    /// The lines that have code that can be reached, in order. The end of a function that
    /// returns nothing is not among them.
    pub lines: Vec<LineCount>,
    /// The branches, by line.
    pub branches: Vec<BranchCount>,
    /// The functions, by line: the main function, whose line is 0, first.
    pub functions: Vec<FunctionCount>,
}

/// How often a line was executed. Counts end at `u32::MAX`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LineCount {
    /// The line, from 1.
    pub line: u32,
    /// How often: that of its instruction that was executed most often.
    pub count: u32,
}

/// How often the program took the two ways at a condition, or at the head of a loop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct BranchCount {
    /// The line, from 1.
    pub line: u32,
    /// How often the program went on with what follows: into the block of an `if`, into a
    /// numeric `for`, out of a generic `for` that had ended.
    pub went_on: u32,
    /// How often it jumped: past the block, past the loop, back into the generic `for`.
    pub jumped: u32,
}

/// How often a function was called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FunctionCount {
    /// The line where it begins; 0 for the main function.
    pub line: u32,
    /// The line where it ends; 0 for the main function.
    pub last_line: u32,
    /// How often it was called.
    pub calls: u32,
}

impl Session {
    /// Returns how often each line, branch and function was executed: in all runs since the
    /// session was made, those that were undone included, if it was built with
    /// [`coverage`](crate::SessionBuilder::coverage); else nothing. No snapshot has the counts: a
    /// session that is made of one begins anew.
    pub fn coverage(&mut self) -> Coverage {
        let mut all = Vec::new();
        let mut left_out = 0;
        let machines = std::iter::once(&mut self.machine);
        for machine in machines.chain(self.template.as_deref_mut()) {
            left_out += gather(&mut machine.0, &mut all);
        }
        Coverage { chunks: chunks(&all), left_out }
    }

    /// Forgets what was counted until now; the chunks stay known.
    pub fn clear_coverage(&mut self) {
        let machines = std::iter::once(&mut self.machine);
        for machine in machines.chain(self.template.as_deref_mut()) {
            machine.0.enter(|ctx| ctx.state.coverage.clear());
        }
    }
}

impl Coverage {
    /// Returns the coverage in the format of LCOV, which `genhtml` and editors read: a record
    /// for each chunk, whose name is taken for a path.
    ///
    /// ```
    /// use moonfuel::{Chunk, Session};
    ///
    /// let mut session = Session::builder().coverage(true).build()?;
    /// session.run_chunk(Chunk::new(b"local x = 1\nreturn x").named("@one.lua"));
    /// assert_eq!(
    ///     session.coverage().lcov(),
    ///     "TN:\nSF:one.lua\nFN:1,main chunk\nFNDA:1,main chunk\nFNF:1\nFNH:1\n\
    ///      BRF:0\nBRH:0\nDA:1,1\nDA:2,1\nLF:2\nLH:2\nend_of_record\n"
    /// );
    /// # Ok::<(), moonfuel::LuaError>(())
    /// ```
    pub fn lcov(&self) -> String {
        let mut text = String::new();
        for chunk in &self.chunks {
            // Writing to a string does not fail.
            let _ = chunk.write_lcov(&mut text);
        }
        text
    }
}

impl ChunkCoverage {
    /// Returns how many lines were executed, and how many there are.
    pub fn line_totals(&self) -> (usize, usize) {
        (self.lines.iter().filter(|line| line.count > 0).count(), self.lines.len())
    }

    /// Returns how many ways were taken at branches, and how many there are: two at each.
    pub fn branch_totals(&self) -> (usize, usize) {
        let taken =
            |branch: &BranchCount| usize::from(branch.went_on > 0) + usize::from(branch.jumped > 0);
        (self.branches.iter().map(taken).sum(), 2 * self.branches.len())
    }

    fn write_lcov(&self, text: &mut String) -> fmt::Result {
        // A name in one line.
        let name: String =
            self.name.chars().map(|c| if c.is_control() { '?' } else { c }).collect();
        writeln!(text, "TN:\nSF:{name}")?;
        let mut names = BTreeMap::new();
        let named: Vec<(String, &FunctionCount)> = self
            .functions
            .iter()
            .map(|function| {
                let nth = names.entry(function.line).or_insert(0);
                *nth += 1;
                (function_name(function.line, *nth), function)
            })
            .collect();
        for (name, function) in &named {
            writeln!(text, "FN:{},{name}", function.line.max(1))?;
        }
        for (name, function) in &named {
            writeln!(text, "FNDA:{},{name}", function.calls)?;
        }
        let called = self.functions.iter().filter(|function| function.calls > 0).count();
        writeln!(text, "FNF:{}\nFNH:{called}", self.functions.len())?;
        for (block, branch) in self.branches.iter().enumerate() {
            let line = branch.line;
            if branch.went_on == 0 && branch.jumped == 0 {
                writeln!(text, "BRDA:{line},{block},0,-\nBRDA:{line},{block},1,-")?;
            } else {
                writeln!(text, "BRDA:{line},{block},0,{}", branch.went_on)?;
                writeln!(text, "BRDA:{line},{block},1,{}", branch.jumped)?;
            }
        }
        let (taken, ways) = self.branch_totals();
        writeln!(text, "BRF:{ways}\nBRH:{taken}")?;
        for line in &self.lines {
            writeln!(text, "DA:{},{}", line.line, line.count)?;
        }
        let (executed, lines) = self.line_totals();
        writeln!(text, "LF:{lines}\nLH:{executed}\nend_of_record")
    }
}

/// Names a function, the `nth` that begins in its line.
fn function_name(line: u32, nth: u32) -> String {
    match (line, nth) {
        (0, 1) => "main chunk".to_owned(),
        (0, nth) => format!("main chunk #{nth}"),
        (line, 1) => format!("function:{line}"),
        (line, nth) => format!("function:{line} #{nth}"),
    }
}

impl fmt::Display for Coverage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for chunk in &self.chunks {
            let (executed, lines) = chunk.line_totals();
            let (taken, ways) = chunk.branch_totals();
            write!(f, "{}: {executed} of {lines} lines", chunk.name)?;
            if ways > 0 {
                write!(f, ", {taken} of {ways} branches")?;
            }
            if executed < lines {
                write!(f, " (not: {})", missing(&chunk.lines))?;
            }
            writeln!(f)?;
        }
        if self.left_out > 0 {
            writeln!(f, "{} functions were not counted: there are too many", self.left_out)?;
        }
        Ok(())
    }
}

/// Lists the lines that were not executed: `3, 5-9`. Lines without code between two of them
/// part nothing.
fn missing(lines: &[LineCount]) -> String {
    let mut ranges: Vec<(u32, u32)> = Vec::new();
    let mut open = false;
    for line in lines {
        match ranges.last_mut() {
            Some(last) if open && line.count == 0 => last.1 = line.line,
            _ if line.count == 0 => ranges.push((line.line, line.line)),
            _ => {}
        }
        open = line.count == 0;
    }
    let shown: Vec<String> = ranges
        .iter()
        .map(|(from, to)| if from == to { from.to_string() } else { format!("{from}-{to}") })
        .collect();
    shown.join(", ")
}

/// A function and the sums of its counts.
struct Summed {
    proto: Arc<Proto>,
    /// Executed, and jumped.
    counts: Vec<(u32, u32)>,
}

/// Adds what a machine has counted; returns how many functions were left out there.
fn gather(lua: &mut Lua, all: &mut Vec<Summed>) -> u64 {
    let (functions, left_out) = lua.enter(|ctx| ctx.state.coverage.all());
    // Those of the first machine, which are different from one another.
    let known: BTreeMap<(Arc<[u8]>, u32), Vec<usize>> =
        all.iter().enumerate().fold(BTreeMap::new(), |mut known, (at, summed)| {
            let key = (summed.proto.source.clone(), summed.proto.line_defined);
            known.entry(key).or_insert_with(Vec::new).push(at);
            known
        });
    for Counted { proto, counts } in functions {
        let counts: Vec<(u32, u32)> =
            counts.list.iter().map(|count| (count.hits.get(), count.jumps.get())).collect();
        let same = known.get(&(proto.source.clone(), proto.line_defined)).and_then(|candidates| {
            let is_same = |at: &usize| all[*at].proto.code == proto.code;
            candidates.iter().copied().find(is_same)
        });
        match same {
            Some(at) => {
                for (sum, count) in all[at].counts.iter_mut().zip(counts) {
                    sum.0 = sum.0.saturating_add(count.0);
                    sum.1 = sum.1.saturating_add(count.1);
                }
            }
            None => all.push(Summed { proto, counts }),
        }
    }
    left_out
}

/// Puts what was counted in the order of the report.
fn chunks(all: &[Summed]) -> Vec<ChunkCoverage> {
    let mut chunks: BTreeMap<String, ChunkCoverage> = BTreeMap::new();
    let mut lines: BTreeMap<(String, u32), u32> = BTreeMap::new();
    for summed in all {
        let name = String::from_utf8_lossy(&chunk_id(&summed.proto.source)).into_owned();
        let chunk = chunks
            .entry(name.clone())
            .or_insert_with(|| ChunkCoverage { name: name.clone(), ..ChunkCoverage::default() });
        let calls = summed.counts.first().map_or(0, |count| count.0);
        let (line, last_line) = (summed.proto.line_defined, summed.proto.last_line_defined);
        chunk.functions.push(FunctionCount { line, last_line, calls });
        let reached = reached(&summed.proto.code);
        let last = summed.proto.code.len().saturating_sub(1);
        let whole = summed.proto.code.iter().zip(&summed.proto.lines).zip(&summed.counts);
        for (pc, ((instr, line), (hits, jumps))) in whole.enumerate() {
            if !reached[pc] && *hits == 0 {
                continue;
            }
            let ends =
                pc == last && (instr.op == Op::Return0 || (instr.op == Op::Return && instr.b == 1));
            if instr.op != Op::VarargPrep && !ends {
                let count = lines.entry((name.clone(), *line)).or_insert(0);
                *count = (*count).max(*hits);
            }
            if is_branch(*instr) {
                let went_on = hits.saturating_sub(*jumps);
                chunk.branches.push(BranchCount { line: *line, went_on, jumped: *jumps });
            }
        }
    }
    for ((name, line), count) in lines {
        if let Some(chunk) = chunks.get_mut(&name) {
            chunk.lines.push(LineCount { line, count });
        }
    }
    let mut chunks: Vec<ChunkCoverage> = chunks.into_values().collect();
    for chunk in &mut chunks {
        // Stable: those of one line stay in the order of the code.
        chunk.branches.sort_by_key(|branch| branch.line);
        chunk.functions.sort_by_key(|function| function.line);
    }
    chunks
}

fn is_branch(instr: Instr) -> bool {
    // One that jumps nowhere decides nothing.
    (instr.op.is_condition() || matches!(instr.op, Op::ForPrep | Op::TForLoop)) && instr.sx() != 0
}

/// Tells of each instruction whether there is a way to it.
fn reached(code: &[Instr]) -> Vec<bool> {
    let mut reached = vec![false; code.len()];
    let mut waiting = vec![0];
    while let Some(pc) = waiting.pop() {
        let Some(instr) = code.get(pc) else { continue };
        if std::mem::replace(&mut reached[pc], true) {
            continue;
        }
        let target = (pc + 1).wrapping_add_signed(instr.sx() as isize);
        match instr.op {
            Op::Return | Op::Return0 | Op::Return1 | Op::TailCall => {}
            Op::Jmp | Op::TForPrep => waiting.push(target),
            Op::LFalseSkip => waiting.push(pc + 2),
            Op::ForPrep | Op::ForLoop | Op::TForLoop => waiting.extend([pc + 1, target]),
            op if op.is_condition() => waiting.extend([pc + 1, target]),
            _ => waiting.push(pc + 1),
        }
    }
    reached
}
