//! From the syntax tape to prototypes, in one pass.
//!
//! The structure is that of PUC-Rio's code generator: expressions are
//! descriptors whose code is delayed until it is known where the value has to
//! go, and forward jumps wait in lists threaded through the code. What PUC
//! keeps on the C stack stands here on explicit stacks, so nesting in the
//! source costs no Rust stack.

mod discharge;
mod exp;
mod expressions;
mod fold;
mod func;
mod loops;
mod operators;
mod scope;
mod statements;
mod tables;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use crate::bytecode::op::{Instr, Op};
use crate::bytecode::proto::{Proto, UpvalDesc};
use crate::syntax::ast::{Attrib, Chunk, Kind, Node, StrId};
use crate::syntax::error::{SyntaxError, error_at, error_plain, line_at};
use crate::syntax::meter::Meter;
use crate::syntax::{ParseOptions, parse_prefix};
use exp::Exp;
use func::{Binding, FuncState};
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
/// Nodes between two reports to the meter.
const METER_STEP: usize = 256;

type Result<T> = std::result::Result<T, SyntaxError>;

/// Parses and compiles a chunk (§3.3.2). Of the errors the two find, the one that
/// comes first in the source is reported.
///
/// # Errors
/// What is wrong with the chunk, and the meter's refusal.
pub fn compile_source(
    source: &[u8],
    chunk_name: &[u8],
    options: ParseOptions,
    meter: &mut dyn Meter,
) -> std::result::Result<Proto, SyntaxError> {
    let (chunk, error) = parse_prefix(source, chunk_name, options, meter);
    match error {
        None => compile(&chunk, source, chunk_name, meter),
        Some(SyntaxError::Stopped) => Err(SyntaxError::Stopped),
        Some(later) => {
            let earlier = nodes(&chunk, source, chunk_name, meter).err();
            Err(earlier.unwrap_or(later))
        }
    }
}

/// Compiles a parsed chunk to the prototype of its main function (§3.3.2).
///
/// # Errors
/// Errors that only name resolution or code generation can see (assignments to
/// constants, unmatched `goto`s, too many variables or registers), and the
/// meter's refusal.
pub fn compile(
    chunk: &Chunk,
    source: &[u8],
    chunk_name: &[u8],
    meter: &mut dyn Meter,
) -> std::result::Result<Proto, SyntaxError> {
    nodes(chunk, source, chunk_name, meter)?.close_main()
}

/// Compiles the nodes of a tape, which may end anywhere.
fn nodes<'a>(
    chunk: &'a Chunk,
    source: &'a [u8],
    chunk_name: &'a [u8],
    meter: &mut dyn Meter,
) -> Result<Compiler<'a>> {
    let names = chunk.strings.len();
    meter.charge(0, 24 * names as u64)?;
    let mut compiler = Compiler::new(chunk, source, chunk_name);
    compiler.open_main();
    let mut index = 0;
    let mut next_report = METER_STEP;
    while let Some(&node) = chunk.nodes.get(index) {
        if index >= next_report {
            next_report = index + METER_STEP;
            meter.charge(0, std::mem::take(&mut compiler.bytes))?;
        }
        compiler.at = node.at;
        compiler.index = index;
        if !node.kind.keeps_line() {
            compiler.line = node.line;
        }
        compiler.node(node)?;
        index = compiler.index + 1;
    }
    meter.charge(0, compiler.bytes)?;
    Ok(compiler)
}

impl Kind {
    /// Tells whether a node's line is only that of the instruction that ends
    /// the construct, while pending operands belong to the line before.
    fn keeps_line(self) -> bool {
        matches!(
            self,
            Kind::Unary(_)
                | Kind::Binary(_)
                | Kind::CallOpen
                | Kind::ForNumDo { .. }
                | Kind::ForNumEnd
                | Kind::ForInDo { .. }
                | Kind::ForInEnd
                | Kind::FunctionStatEnd
        )
    }
}

/// The state of a compilation.
struct Compiler<'a> {
    chunk: &'a Chunk,
    source: &'a [u8],
    chunk_name: &'a [u8],
    /// Source name that all prototypes share.
    shared_name: Arc<[u8]>,
    /// The function being compiled.
    fs: FuncState,
    /// The functions around it, outermost first.
    outer: Vec<FuncState>,
    /// Per name, the active local variables that carry it, innermost last.
    bindings: Vec<Vec<Binding>>,
    /// The name id of `_ENV`, which need not occur in the chunk.
    env: StrId,
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
    /// Bytes of prototype made since the last report to the meter.
    bytes: u64,
}

impl<'a> Compiler<'a> {
    fn new(chunk: &'a Chunk, source: &'a [u8], chunk_name: &'a [u8]) -> Compiler<'a> {
        let found = chunk.strings.iter().position(|s| **s == *ENV);
        let shared_name: Arc<[u8]> = chunk_name.into();
        Compiler {
            chunk,
            source,
            chunk_name,
            fs: FuncState::new(&shared_name),
            shared_name,
            outer: Vec::new(),
            bindings: vec![Vec::new(); chunk.strings.len() + 1],
            env: StrId(found.unwrap_or(chunk.strings.len()) as u32),
            exps: Vec::new(),
            call_lines: Vec::new(),
            tables: Vec::new(),
            open: Vec::new(),
            index: 0,
            line: 1,
            at: 0,
            bytes: 0,
        }
    }

    /// Starts the main function: vararg, with `_ENV` as its upvalue.
    fn open_main(&mut self) {
        let outside = Binding { func: OUTSIDE, var: 0 };
        self.bindings[self.env.0 as usize].push(outside);
        self.fs.upvalues.push((outside, Attrib::Regular));
        self.fs.proto.upvalues.push(UpvalDesc {
            name: ENV.into(),
            in_stack: true,
            index: 0,
            read_only: false,
        });
        self.fs.proto.is_vararg = true;
        self.enter_block(false);
        self.emit(Op::VarargPrep, 0, 0, 0, 0);
    }

    /// Finishes the main function.
    fn close_main(mut self) -> Result<Proto> {
        self.close_function()?;
        let proto = std::mem::take(&mut self.fs.proto);
        debug_assert!(
            self.exps.is_empty() && self.open.is_empty() && self.tables.is_empty(),
            "operands left over"
        );
        debug_assert_eq!(crate::bytecode::verify::verify(&proto), Ok(()));
        Ok(proto)
    }

    /// Compiles one node.
    fn node(&mut self, node: Node) -> Result<()> {
        use Kind as K;
        match node.kind {
            K::Nil | K::True | K::False | K::Integer(_) | K::Float(_) | K::Str(_) | K::Vararg => {
                self.simple(node)
            }
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
            K::FunctionClose => self.function_close(node.line),
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
        self.bytes += 12;
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
    fn name(&self, id: StrId) -> &'a [u8] {
        match id {
            FOR_STATE => b"(for state)",
            id if id == self.env => ENV,
            id => self.chunk.strings.get(id.0 as usize).map_or(&[], |s| s),
        }
    }

    /// Makes an error that names the token where it was found.
    fn error_near(&self, message: &str) -> SyntaxError {
        error_at(self.source, self.chunk_name, self.at, message.as_bytes())
    }

    /// Makes an error about meaning, which names no token.
    fn error_plain(&self, message: &[u8]) -> SyntaxError {
        let line = line_at(self.source, self.at);
        error_plain(self.chunk_name, line, message)
    }

    /// Makes the error for a structural limit of a function.
    fn limit_error(&self, what: &str, limit: usize) -> SyntaxError {
        self.limit_error_in(what, limit, self.fs.proto.line_defined)
    }

    /// Makes the error for a structural limit of the function defined at a line.
    fn limit_error_in(&self, what: &str, limit: usize, line: u32) -> SyntaxError {
        let place = match line {
            0 => "main function".to_owned(),
            line => format!("function at line {line}"),
        };
        self.error_near(&format!("too many {what} (limit is {limit}) in {place}"))
    }
}
