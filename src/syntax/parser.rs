//! Tokens to the syntax tape: a pushdown machine for Lua's grammar (manual §9).
//!
//! What a recursive-descent parser keeps on the native stack stands here on a
//! vector of `Frame`s. A step takes the top frame, reads tokens until it
//! needs a nested construct, and leaves behind a frame that says how to go on
//! after it. The order of tape nodes, the lines and the nesting limit are those
//! of PUC's single-pass parser.

use super::ast::{BinOp, Chunk, Kind, Node, StrId, UnOp};
use super::error::unplaced;
use super::lexer::{Lexer, LexerState};
use super::token::Tok;

pub(crate) use super::error::{SyntaxError, error_plain};
pub(crate) use super::meter::{Meter, Stopped};
pub(crate) use expression::is_binary;

mod expression;
mod statement;

/// Nested constructs allowed: what is left of PUC's 200 C calls for a parser
/// that `load` starts from a main chunk.
const MAX_LEVEL: u32 = 197;

/// Logical size of a tape node.
const NODE_COST: usize = 24;

/// Logical size of what stands for a construct under way.
const FRAME_COST: usize = 24;

/// Nodes the tape starts with.
const FIRST_NODES: usize = 32;

/// Constructs under way that there is room for at first.
const FIRST_FRAMES: usize = 16;

/// Most nodes and frames that a step appends.
const STEP_NODES: usize = 12;
const STEP_FRAMES: usize = 8;

const _: () = assert!(size_of::<Node>() <= NODE_COST && size_of::<Frame>() <= FRAME_COST);

/// Options of a parse.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct ParseOptions {
    /// Skips a byte order mark and a first line that starts with `#`, as is
    /// done for files.
    pub skip_file_prefix: bool,
}

/// Parses a chunk.
///
/// # Errors
///
/// The first error in the source that a parser can see, or
/// [`SyntaxError::Stopped`] if the meter refuses to go on. Scopes, labels and
/// limits of the machine are the compiler's to check.
#[cfg(test)]
pub(crate) fn parse(
    source: &[u8],
    chunk_name: &[u8],
    meter: &mut dyn Meter,
) -> Result<Chunk, SyntaxError> {
    parse_with(source, chunk_name, ParseOptions::default(), meter)
}

/// Parses a chunk with options.
///
/// # Errors
///
/// As [`parse`].
#[cfg(test)]
pub(crate) fn parse_with(
    source: &[u8],
    chunk_name: &[u8],
    options: ParseOptions,
    meter: &mut dyn Meter,
) -> Result<Chunk, SyntaxError> {
    match parse_prefix(source, chunk_name, options, meter) {
        (chunk, None) => Ok(chunk),
        (_, Some(error)) => Err(error),
    }
}

/// Parses a chunk up to its end or its first error. The tape then holds whatever
/// came before the error, so that the compiler can look for errors of its own there:
/// PUC, which parses and compiles at once, reports the one that comes first.
pub(crate) fn parse_prefix(
    source: &[u8],
    chunk_name: &[u8],
    options: ParseOptions,
    meter: &mut dyn Meter,
) -> (Chunk, Option<SyntaxError>) {
    if u32::try_from(source.len()).is_err() {
        let error = error_plain(chunk_name, 1, None, b"chunk is too large");
        return (Chunk { nodes: Vec::new(), strings: Vec::new() }, Some(error));
    }
    let mut state = ParserState::new(source, options);
    let error = match state.go_on(source, chunk_name, u64::MAX, meter) {
        Ok(()) => state.error.take(),
        Err(stopped) => Some(SyntaxError::Stopped(stopped)),
    };
    (state.take_chunk(), error)
}

/// Where a parser is: all it knows but the source.
#[derive(Debug)]
pub(crate) struct ParserState {
    lexer: LexerState,
    inner: Inner,
    /// The error that ended the parse.
    error: Option<SyntaxError>,
}

/// What a parser knows beside its lexer.
#[derive(Debug)]
struct Inner {
    nodes: Vec<Node>,
    frames: Vec<Frame>,
    /// How deep statements and expressions are nested.
    level: u32,
    /// Whether the function being read takes `...`.
    vararg: bool,
    /// What the suffixed expression just read is.
    shape: Shape,
    /// The length of the expression list just read.
    count: u32,
    /// The first token is read.
    begun: bool,
    /// Bytes reserved for nodes and frames.
    taken: u64,
}

impl ParserState {
    /// Makes the state of a parser that has read nothing.
    pub(crate) fn new(source: &[u8], options: ParseOptions) -> ParserState {
        let inner = Inner {
            nodes: Vec::new(),
            frames: vec![Frame::Block],
            level: 0,
            vararg: true,
            shape: Shape::Other,
            count: 0,
            begun: false,
            taken: 0,
        };
        let lexer = LexerState::new(source, options.skip_file_prefix);
        ParserState { lexer, inner, error: None }
    }

    /// Goes on with the parse of `source`, which is the same each time, for about
    /// `units` units of work. `Ok`: it is over, with an error or without.
    ///
    /// # Errors
    ///
    /// If there is more to do, or memory is refused: to be called again.
    pub(crate) fn go_on(
        &mut self,
        source: &[u8],
        chunk_name: &[u8],
        units: u64,
        meter: &mut dyn Meter,
    ) -> Result<(), Stopped> {
        self.lexer.allow(units);
        let lexer = Lexer::new(source, chunk_name, meter, &mut self.lexer);
        match (Parser { lexer, s: &mut self.inner }).run() {
            Ok(()) => Ok(()),
            Err(SyntaxError::Stopped(why)) => Err(why),
            Err(error) => {
                self.error = Some(error);
                Ok(())
            }
        }
    }

    /// Returns the units of work done so far.
    pub(crate) fn work(&self) -> u64 {
        self.lexer.work()
    }

    /// Takes the error that ended the parse.
    pub(crate) fn take_error(&mut self) -> Option<SyntaxError> {
        self.error.take()
    }

    /// Takes the tape and the strings, as far as the parse has come.
    pub(crate) fn take_chunk(&mut self) -> Chunk {
        self.inner.frames = Vec::new();
        Chunk { nodes: std::mem::take(&mut self.inner.nodes), strings: self.lexer.take_strings() }
    }
}

type Step = Result<(), SyntaxError>;

/// What a suffixed expression may be used as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    /// A target of an assignment.
    Variable,
    /// A statement.
    Call,
    /// Neither.
    Other,
}

/// What a table item waits for its value as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Item {
    Positional,
    Named,
    Keyed,
}

/// How to go on after a nested construct. Lines are those of the tokens that
/// opened the construct.
#[derive(Clone, Copy, Debug)]
enum Frame {
    // ---- statements ----
    /// The next statement of a block, or its end.
    Block,
    /// A statement is over.
    LeaveStatement,
    DoEnd {
        line: u32,
    },
    /// After the condition of `if` or `elseif`.
    Then {
        line: u32,
    },
    /// After the block of `if` or `elseif`.
    AfterThen {
        line: u32,
    },
    IfEnd {
        line: u32,
    },
    WhileDo {
        line: u32,
    },
    WhileEnd {
        line: u32,
    },
    Until {
        line: u32,
    },
    RepeatEnd,
    /// After the first, second, third expression of a numeric `for`.
    ForStart {
        line: u32,
    },
    ForLimit {
        line: u32,
    },
    ForStep {
        line: u32,
    },
    ForNumEnd {
        line: u32,
    },
    /// After name number `names` of a generic `for`, which began at node `open`.
    ForNames {
        line: u32,
        open: u32,
        names: u32,
    },
    ForInDo {
        line: u32,
        list_line: u32,
        names: u32,
    },
    ForInEnd {
        line: u32,
        list_line: u32,
    },
    /// Before name number `names` (from 0) of a local statement, which began at node `open`.
    LocalName {
        open: u32,
        names: u32,
    },
    LocalEnd {
        names: u32,
    },
    LocalFunctionEnd,
    /// Inside the name of a function statement.
    FunctionName {
        line: u32,
    },
    FunctionStatEnd {
        line: u32,
    },
    ReturnEnd,
    /// After the first expression of an expression statement.
    ExprStat,
    /// After a further target of an assignment.
    NextTarget {
        targets: u32,
    },
    AssignEnd {
        targets: u32,
    },
    /// Labels wait until the no-ops behind them are read.
    LabelEnd {
        name: StrId,
        line: u32,
    },
    /// A label's following no-op statement, if there is one.
    LabelFollow,
    // ---- expressions ----
    /// An operand and the operators behind it that bind tighter than `limit`.
    Sub {
        limit: u8,
    },
    UnaryEnd {
        op: UnOp,
        line: u32,
        limit: u8,
    },
    /// After an operand: operators that bind tighter than `limit`.
    Operators {
        limit: u8,
    },
    BinaryEnd {
        op: BinOp,
        line: u32,
        limit: u8,
    },
    /// Suffixes of a primary expression.
    Suffixes,
    ParenEnd {
        line: u32,
    },
    IndexEnd,
    CallEnd {
        line: u32,
    },
    /// After a table that is a call's only argument.
    CallTableEnd,
    /// After expression number `count` of a list.
    List {
        count: u32,
    },
    TableKey {
        line: u32,
    },
    TableItemEnd {
        line: u32,
        item: Item,
    },
    /// Before a parameter, after `params` others; the function began at node `open`.
    Param {
        line: u32,
        open: u32,
        params: u32,
    },
    FunctionEnd {
        line: u32,
        outer_vararg: bool,
    },
}

struct Parser<'a> {
    lexer: Lexer<'a>,
    s: &'a mut Inner,
}

impl Parser<'_> {
    fn run(&mut self) -> Step {
        if !self.s.begun {
            self.lexer.fill()?;
            self.lexer.advance()?;
            self.s.begun = true;
        }
        loop {
            // All that may be refused comes before a step: it has what it needs.
            self.lexer.fill()?;
            self.make_room()?;
            let Some(frame) = self.s.frames.pop() else { break };
            self.step(frame)?;
        }
        if self.tok() != Tok::Eof {
            return Err(self.expected(Tok::Eof));
        }
        self.emit(Kind::Eof)
    }

    /// Makes room for what a step may append.
    #[inline]
    fn make_room(&mut self) -> Result<(), Stopped> {
        if self.s.nodes.capacity() - self.s.nodes.len() < STEP_NODES
            || self.s.frames.capacity() - self.s.frames.len() < STEP_FRAMES
        {
            return self.grow();
        }
        Ok(())
    }

    #[cold]
    fn grow(&mut self) -> Result<(), Stopped> {
        let (nodes, frames) = (self.s.nodes.len(), self.s.frames.len());
        if self.s.nodes.capacity() - nodes < STEP_NODES {
            let more = nodes.max(FIRST_NODES);
            self.take((more * NODE_COST) as u64)?;
            self.s.nodes.reserve_exact(more);
        }
        if self.s.frames.capacity() - frames < STEP_FRAMES {
            let more = frames.max(FIRST_FRAMES);
            self.take((more * FRAME_COST) as u64)?;
            self.s.frames.reserve_exact(more);
        }
        Ok(())
    }

    fn take(&mut self, bytes: u64) -> Result<(), Stopped> {
        self.lexer.reserve(bytes)?;
        self.s.taken += bytes;
        Ok(())
    }

    fn step(&mut self, frame: Frame) -> Step {
        match frame {
            Frame::Sub { limit } => self.sub_expression(limit),
            Frame::Operators { limit } => self.operators(limit),
            Frame::UnaryEnd { op, line, limit } => {
                self.emit_at_line(Kind::Unary(op), line)?;
                self.operators(limit)
            }
            Frame::BinaryEnd { op, line, limit } => {
                self.emit_at_line(Kind::Binary(op), line)?;
                self.operators(limit)
            }
            Frame::Suffixes => self.suffixes(),
            Frame::ParenEnd { line } => self.paren_end(line),
            Frame::IndexEnd => self.index_end(),
            Frame::CallEnd { line } => self.call_end(line),
            Frame::CallTableEnd => {
                self.s.shape = Shape::Call;
                self.emit(Kind::Call { args: 1 })
            }
            Frame::List { count } => self.list_more(count),
            Frame::TableKey { line } => self.table_key(line),
            Frame::TableItemEnd { line, item } => self.table_item_end(line, item),
            Frame::Param { line, open, params } => self.param(line, open, params),
            Frame::FunctionEnd { line, outer_vararg } => self.function_end(line, outer_vararg),
            _ => self.statement_step(frame),
        }
    }

    fn tok(&self) -> Tok {
        self.lexer.token().tok
    }

    fn next(&mut self) -> Step {
        self.lexer.advance()
    }

    // ---- the tape ----

    /// Appends a node on the line of the last consumed token.
    fn emit(&mut self, kind: Kind) -> Step {
        self.emit_at_line(kind, self.lexer.last_line())
    }

    /// Appends a node on a given line.
    fn emit_at_line(&mut self, kind: Kind, line: u32) -> Step {
        self.emit_node(Node { kind, line, at: self.lexer.token().start })
    }

    fn emit_node(&mut self, node: Node) -> Step {
        self.s.nodes.push(node);
        Ok(())
    }

    /// Replaces a node whose numbers were not known when it was written.
    fn patch(&mut self, index: u32, kind: Kind) {
        if let Some(node) = self.s.nodes.get_mut(index as usize) {
            node.kind = kind;
        }
    }

    // ---- nesting ----

    fn enter_level(&mut self) -> Step {
        self.s.level += 1;
        if self.s.level > MAX_LEVEL {
            let at = self.lexer.token().start;
            return Err(unplaced(b"C stack overflow", self.lexer.line(), at));
        }
        Ok(())
    }

    fn leave_levels(&mut self, count: u32) {
        self.s.level = self.s.level.saturating_sub(count);
    }

    // ---- tokens ----

    fn expected(&mut self, tok: Tok) -> SyntaxError {
        let mut message = tok.display();
        message.extend_from_slice(b" expected");
        self.lexer.error(&message)
    }

    /// Consumes `tok` if it is the current token.
    fn accept(&mut self, tok: Tok) -> Result<bool, SyntaxError> {
        let found = self.tok() == tok;
        if found {
            self.next()?;
        }
        Ok(found)
    }

    /// Consumes `tok`, which has to be the current token.
    fn expect(&mut self, tok: Tok) -> Step {
        if self.accept(tok)? { Ok(()) } else { Err(self.expected(tok)) }
    }

    /// Consumes `close`, which has to end what `open` began on `line`.
    fn expect_match(&mut self, close: Tok, open: Tok, line: u32) -> Step {
        if self.accept(close)? {
            return Ok(());
        }
        if line == self.lexer.line() {
            return Err(self.expected(close));
        }
        let message = [
            &close.display()[..],
            b" expected (to close ",
            &open.display(),
            format!(" at line {line})").as_bytes(),
        ]
        .concat();
        Err(self.lexer.error(&message))
    }

    fn expect_name(&mut self) -> Result<StrId, SyntaxError> {
        match self.tok() {
            Tok::Name(name) => {
                self.next()?;
                Ok(name)
            }
            _ => Err(self.lexer.error(b"<name> expected")),
        }
    }

    /// Whether the current token ends a block; `until` does only if asked.
    fn block_follows(&self, until: bool) -> bool {
        match self.tok() {
            Tok::Else | Tok::ElseIf | Tok::End | Tok::Eof => true,
            Tok::Until => until,
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests;
