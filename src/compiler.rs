//! From the syntax tape to prototypes, in one pass.
//!
//! The structure is that of PUC-Rio's code generator: expressions are
//! descriptors whose code is delayed until it is known where the value has to
//! go, and forward jumps wait in lists threaded through the code. What PUC
//! keeps on the C stack stands here on explicit stacks, so nesting in the
//! source costs no Rust stack.

mod constants;
mod discharge;
mod exp;
mod expressions;
mod fault;
mod fold;
mod func;
mod gotos;
mod loops;
mod operators;
mod scope;
mod statements;
mod tables;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use crate::bytecode::op::{Instr, Op};
use crate::bytecode::proto::{CODE_BYTES, Proto, UpvalDesc, text_bytes};
use crate::syntax::ast::{Attrib, Chunk, Kind, Node, StrId};
use crate::syntax::error::SyntaxError;
use crate::syntax::meter::{Meter, Stopped};
use crate::syntax::{ParseOptions, parse_prefix};
use exp::Exp;
pub(crate) use fault::Fault;
use func::{Binding, FUNCTION_BYTES, FuncState};
use statements::Open;
use tables::TableState;

/// Name of the variable that holds a chunk's globals (§2.2).
const ENV: &[u8] = b"_ENV";
/// Name id of a `for` loop's hidden variables.
const FOR_STATE: StrId = StrId(u32::MAX);
/// Name id of the label that ends a loop.
const BREAK: StrId = StrId(u32::MAX - 1);
/// Function depth of the variable that the main function's `_ENV` stands for.
const OUTSIDE: u32 = u32::MAX;
/// What a name stands for that is no variable's.
const NOT_BOUND: Binding = Binding { func: u32::MAX - 1, var: 0 };

/// Nodes compiled between two requests for memory.
const BATCH: usize = 32;
/// Logical bytes that are asked for before each node, for what it makes beside functions.
const NODE_BYTES: u64 = 192;

/// Units of work for a node.
const NODE: u64 = 2;
/// Units of work for a constant that is new in its function.
const CONSTANT: u64 = 4;
/// Units of work for a function.
const FUNCTION: u64 = 24;

type Result<T> = std::result::Result<T, Box<Fault>>;

/// Parses and compiles a chunk (§3.3.2) at once. Of the errors the two find, the one that
/// comes first in the source is reported.
///
/// # Errors
/// What is wrong with the chunk, and the meter's refusal.
pub(crate) fn compile_source(
    source: &[u8],
    chunk_name: &[u8],
    options: ParseOptions,
    meter: &mut dyn Meter,
) -> std::result::Result<Proto, SyntaxError> {
    let (chunk, error) = parse_prefix(source, chunk_name, options, meter);
    if let Some(SyntaxError::Stopped(why)) = error {
        return Err(SyntaxError::Stopped(why));
    }
    let mut compiler = Compiler::new(chunk, chunk_name.into(), error.is_none());
    match compiler.go_on(u64::MAX, meter) {
        Ok(Ok(())) => error.map_or_else(|| Ok(compiler.take_proto()), Err),
        Ok(Err(fault)) => Err(fault.in_source(source, chunk_name)),
        Err(stopped) => Err(SyntaxError::Stopped(stopped)),
    }
}

/// Compiles a parsed chunk to the prototype of its main function (§3.3.2).
///
/// # Errors
/// Errors that only name resolution or code generation can see (assignments to
/// constants, unmatched `goto`s, too many variables or registers), and the
/// meter's refusal.
#[cfg(test)]
pub(crate) fn compile(
    chunk: &Chunk,
    source: &[u8],
    chunk_name: &[u8],
    meter: &mut dyn Meter,
) -> std::result::Result<Proto, SyntaxError> {
    let mut compiler = Compiler::new(chunk.clone(), chunk_name.into(), true);
    match compiler.go_on(u64::MAX, meter)? {
        Ok(()) => Ok(compiler.take_proto()),
        Err(fault) => Err(fault.in_source(source, chunk_name)),
    }
}

impl Kind {
    /// Tells whether a node's line is only that of the instruction that ends
    /// the construct, while pending operands belong to the line before.
    pub(crate) fn keeps_line(self) -> bool {
        matches!(
            self,
            Kind::Unary(_)
                | Kind::Binary(_)
                | Kind::CallOpen
                | Kind::ForNumDo { .. }
                | Kind::ForNumEnd { .. }
                | Kind::ForInDo { .. }
                | Kind::ForInEnd { .. }
                | Kind::FunctionStatEnd
        )
    }

    /// Tells whether a node's line is that of what comes behind it: its operands were read
    /// before its last token.
    pub(crate) fn begins_line(self) -> bool {
        matches!(self, Kind::Field(_) | Kind::Index)
    }
}

/// A compilation: it owns its tape and borrows nothing, so that it can stop between any
/// two nodes.
pub(crate) struct Compiler {
    chunk: Chunk,
    /// The tape is that of a whole chunk.
    whole: bool,
    /// Source name that all prototypes share.
    source_name: Arc<[u8]>,
    /// The function being compiled.
    fs: FuncState,
    /// The functions around it, outermost first.
    outer: Vec<FuncState>,
    /// What each name stands for.
    bindings: Vec<Binding>,
    /// The name id of `_ENV`, which need not occur in the chunk.
    env: StrId,
    /// `_ENV` and the name of hidden variables, once they are needed.
    env_name: Arc<[u8]>,
    for_state_name: Option<Arc<[u8]>>,
    /// Operands not used yet.
    exps: Vec<Exp>,
    /// Lines of the calls whose arguments are being compiled.
    call_lines: Vec<u32>,
    /// Table constructors under way.
    tables: Vec<TableState>,
    /// Statements under way.
    open: Vec<Open>,
    /// Position on the tape.
    index: usize,
    /// Line that new code is attributed to.
    line: u32,
    /// Position in the source where errors point.
    at: u32,
    /// The function that ends here, and how far its code is finished.
    closing: Option<usize>,
    /// The prototype of the main function is finished, and still there.
    made: bool,
    /// Units of work done.
    work: u64,
    /// Logical bytes of what is made and under way.
    bytes: u64,
    /// Logical bytes reserved for it.
    taken: u64,
    begun: bool,
}

impl Compiler {
    /// Makes a compilation that has done nothing. The tape ends anywhere unless it is
    /// that of a `whole` chunk: then only errors are looked for.
    pub(crate) fn new(chunk: Chunk, source_name: Arc<[u8]>, whole: bool) -> Compiler {
        let fs = FuncState::new(&source_name);
        let env = StrId(chunk.strings.len() as u32);
        Compiler {
            chunk,
            whole,
            fs,
            source_name,
            outer: Vec::new(),
            bindings: Vec::new(),
            env,
            env_name: Arc::default(),
            for_state_name: None,
            exps: Vec::new(),
            call_lines: Vec::new(),
            tables: Vec::new(),
            open: Vec::new(),
            index: 0,
            line: 1,
            at: 0,
            closing: None,
            made: false,
            work: 0,
            bytes: FUNCTION_BYTES,
            taken: 0,
            begun: false,
        }
    }

    /// Goes on for about `units` units of work. `Ok`: it is over, and if there is no
    /// error in a whole chunk, [`Compiler::take_proto`] has something to take.
    ///
    /// # Errors
    /// If there is more to do, or memory is refused: to be called again.
    pub(crate) fn go_on(
        &mut self,
        units: u64,
        meter: &mut dyn Meter,
    ) -> std::result::Result<Result<()>, Stopped> {
        let until = self.work.saturating_add(units);
        if !self.begun {
            self.begun = true;
            self.open_main();
        }
        loop {
            let batch = BATCH.min(self.chunk.nodes.len() - self.index);
            self.provide(NODE_BYTES * batch as u64, meter)?;
            if self.work >= until {
                return Err(Stopped::Piece);
            }
            if let Some(at) = self.closing {
                let (at, work) = self.fs.finish(at, until - self.work);
                self.work += work;
                self.closing = Some(at);
                if at < self.fs.proto.code.len() {
                    return Err(Stopped::Piece);
                }
                self.closing = None;
                if self.outer.is_empty() {
                    self.finish_proto();
                    self.made = true;
                    self.provide(0, meter)?;
                    return Ok(Ok(()));
                }
                if let Err(fault) = self.end_function() {
                    return Ok(Err(fault));
                }
                continue;
            }
            if batch == 0 {
                if !self.whole {
                    return Ok(Ok(()));
                }
                if let Err(fault) = self.begin_close() {
                    return Ok(Err(fault));
                }
                continue;
            }
            if let Err(fault) = self.batch(self.index + batch) {
                return Ok(Err(fault));
            }
        }
    }

    /// Compiles nodes up to position `end`, or to where a function begins or ends.
    fn batch(&mut self, end: usize) -> Result<()> {
        while self.index < end {
            let node = self.chunk.nodes[self.index];
            self.at = node.at;
            let begins = node.kind.begins_line();
            if !begins && !node.kind.keeps_line() {
                self.line = node.line;
            }
            self.work += NODE;
            self.node(node)?;
            if begins {
                self.line = node.line;
            }
            self.index += 1;
            if matches!(node.kind, Kind::FunctionOpen { .. } | Kind::FunctionClose) {
                break;
            }
        }
        Ok(())
    }

    /// Brings what is reserved to what is made, and `more` for what will be.
    fn provide(&mut self, more: u64, meter: &mut dyn Meter) -> std::result::Result<(), Stopped> {
        let wanted = self.bytes + more;
        match wanted.checked_sub(self.taken) {
            Some(more) => meter.reserve(more)?,
            None => meter.release(self.taken - wanted),
        }
        self.taken = wanted;
        Ok(())
    }

    /// Notes bytes of what was made for the function being compiled.
    fn grow(&mut self, bytes: u64) {
        self.bytes += bytes;
        self.fs.bytes += bytes;
    }

    /// Returns the units of work done so far.
    pub(crate) fn work(&self) -> u64 {
        self.work
    }

    /// Returns the logical bytes of the prototypes, when all are made.
    pub(crate) fn taken(&self) -> u64 {
        self.taken
    }

    /// Returns the logical bytes of the texts that the prototypes share, when all are made:
    /// those that somebody beside the tape keeps.
    pub(crate) fn texts(&self) -> u64 {
        let tables = &self.chunk.strings;
        let kept = tables.iter().filter(|text| Arc::strong_count(text) > 1);
        let own = (self.env.0 as usize >= tables.len()).then_some(&self.env_name);
        let all = kept.chain(own).chain(&self.for_state_name).chain([&self.source_name]);
        all.map(|text| text_bytes(text.len()) as u64).sum()
    }

    /// Takes the prototype of the main function; an empty one if there is none.
    pub(crate) fn take_proto(&mut self) -> Proto {
        let made = std::mem::take(&mut self.made);
        let proto = if made { std::mem::take(&mut self.fs.proto) } else { Proto::default() };
        debug_assert_eq!(crate::bytecode::verify::verify(&proto), Ok(()));
        proto
    }

    /// Starts the main function: vararg, with `_ENV` as its upvalue.
    fn open_main(&mut self) {
        let found = self.chunk.strings.iter().position(|s| **s == *ENV);
        self.env = StrId(found.unwrap_or(self.chunk.strings.len()) as u32);
        self.env_name = found.map_or_else(|| ENV.into(), |at| self.chunk.strings[at].clone());
        self.bindings = vec![NOT_BOUND; self.chunk.strings.len() + 1];
        let outside = Binding { func: OUTSIDE, var: 0 };
        self.bindings[self.env.0 as usize] = outside;
        self.fs.upvalues.push((outside, Attrib::Regular));
        self.fs.proto.upvalues.push(UpvalDesc {
            name: self.env_name.clone(),
            in_stack: true,
            index: 0,
            read_only: false,
        });
        self.fs.proto.is_vararg = true;
        self.enter_block(false);
        self.emit(Op::VarargPrep, 0, 0, 0, 0);
    }

    /// Compiles one node.
    fn node(&mut self, node: Node) -> Result<()> {
        use Kind as K;
        match node.kind {
            K::Nil
            | K::True
            | K::False
            | K::Integer(_)
            | K::Float(_)
            | K::Str(_)
            | K::Vararg { .. } => self.simple(node),
            K::Name(_)
            | K::Field(_)
            | K::IndexOpen
            | K::Index
            | K::Method(_)
            | K::CallOpen
            | K::Call { .. }
            | K::Paren => self.suffix(node),
            K::Unary(op) => self.unary_node(op, node.line),
            K::Infix(op) => self.infix_node(op),
            K::Binary(op) => self.binary_node(op, node.line),
            K::TableOpen
            | K::ItemPositional
            | K::ItemNamed(_)
            | K::ItemNamedEnd
            | K::ItemKeyOpen
            | K::ItemKey
            | K::ItemKeyEnd
            | K::TableClose => self.table_node(node.kind),
            K::FunctionOpen { params, vararg } => self.open_function(params, vararg, node.line),
            K::Param(name) => self.param(name),
            K::FunctionClose => {
                self.fs.proto.last_line_defined = node.line;
                self.begin_close()
            }
            K::Comma => {
                let mut e = self.pop();
                self.put_in_next_reg(&mut e)
            }
            _ => self.statement(node),
        }
    }

    /// Takes an operand. A malformed tape gives void operands, not a panic.
    fn pop(&mut self) -> Exp {
        self.exps.pop().unwrap_or(Exp::new(exp::Value::Void))
    }

    /// Appends an instruction for the current line and returns its position.
    fn emit(&mut self, op: Op, a: u8, b: u8, c: u8, x: u32) -> u32 {
        let pc = self.fs.pc();
        self.fs.proto.code.push(Instr::new(op, a, b, c, x));
        self.fs.proto.lines.push(self.line);
        self.grow(2 * CODE_BYTES as u64);
        self.work += 1;
        pc
    }

    /// Attributes the last instruction to a line.
    fn fix_line(&mut self, line: u32) {
        if let Some(last) = self.fs.proto.lines.last_mut() {
            *last = line;
        }
    }

    /// Appends a jump whose target is still open.
    fn jump(&mut self) -> u32 {
        self.emit(Op::Jmp, 0, 0, 0, u32::MAX)
    }

    /// Returns the bytes of a name.
    fn name(&self, id: StrId) -> &[u8] {
        match id {
            FOR_STATE => b"(for state)",
            id if id == self.env => ENV,
            id => self.chunk.strings.get(id.0 as usize).map_or(&[], |s| s),
        }
    }

    /// Returns the bytes of a name, for as many as want to keep them.
    fn shared_name(&mut self, id: StrId) -> Arc<[u8]> {
        match id {
            FOR_STATE => {
                self.for_state_name.get_or_insert_with(|| b"(for state)"[..].into()).clone()
            }
            id if id == self.env => self.env_name.clone(),
            id => self.chunk.shared(id).clone(),
        }
    }

    /// Makes an error that names the token where it was found.
    fn error_near(&self, message: &str) -> Box<Fault> {
        Fault::new(self.at, message.as_bytes().to_vec(), true)
    }

    /// Makes an error about meaning, which names no token.
    fn error_plain(&self, message: Vec<u8>) -> Box<Fault> {
        Fault::new(self.at, message, false)
    }

    /// Makes the error for a structural limit of a function.
    fn limit_error(&self, what: &str, limit: usize) -> Box<Fault> {
        self.limit_error_in(what, limit, self.fs.proto.line_defined)
    }

    /// Makes the error for a structural limit of the function defined at a line.
    fn limit_error_in(&self, what: &str, limit: usize, line: u32) -> Box<Fault> {
        let place = match line {
            0 => "main function".to_owned(),
            line => format!("function at line {line}"),
        };
        self.error_near(&format!("too many {what} (limit is {limit}) in {place}"))
    }
}
