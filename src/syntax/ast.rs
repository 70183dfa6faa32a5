//! The syntax tree of a chunk as a flat tape.
//!
//! The parser appends one [`Node`] per event in the order in which a
//! single-pass compiler needs it; nested constructs are bracketed by opening
//! and closing nodes. Nothing is boxed, so depth in the source costs neither
//! Rust stack nor recursive `Drop`, and a consumer is one loop over a slice
//! with an explicit operand stack.
//!
//! Each expression leaves exactly one operand. The comment on a node says what
//! it takes from (`-`) and leaves on (`+`) the operand stack.

use std::sync::Arc;

/// Index of a byte string in [`Chunk::strings`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct StrId(pub u32);

/// Attribute of a local variable (manual §3.3.7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Attrib {
    /// A plain variable.
    Regular,
    /// `<const>`
    Const,
    /// `<close>`
    Close,
}

/// Unary operators (manual §3.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum UnOp {
    /// `-`
    Minus,
    /// `~`
    BNot,
    /// `not`
    Not,
    /// `#`
    Len,
}

/// Binary operators (manual §3.4), in PUC's order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BinOp {
    /// `+`
    Add,
    /// `-`
    Sub,
    /// `*`
    Mul,
    /// `%`
    Mod,
    /// `^`
    Pow,
    /// `/`
    Div,
    /// `//`
    IDiv,
    /// `&`
    BAnd,
    /// `|`
    BOr,
    /// `~`
    BXor,
    /// `<<`
    Shl,
    /// `>>`
    Shr,
    /// `..`
    Concat,
    /// `==`
    Eq,
    /// `<`
    Lt,
    /// `<=`
    Le,
    /// `~=`
    Ne,
    /// `>`
    Gt,
    /// `>=`
    Ge,
    /// `and`
    And,
    /// `or`
    Or,
}

/// What a tape entry says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Kind {
    // ---- simple expressions: + one operand ----
    /// `nil`
    Nil,
    /// `true`
    True,
    /// `false`
    False,
    /// An integer literal.
    Integer(i64),
    /// A float literal.
    Float(f64),
    /// A string literal.
    Str(StrId),
    /// `...`: the node's line is its own.
    Vararg {
        /// The line of the token before, which is its instruction's as in PUC.
        before: u32,
    },
    /// A variable name; local, upvalue or `_ENV.name` is the compiler's business.
    Name(StrId),
    // ---- suffixes ----
    /// `.name`: - table, + indexed expression.
    Field(StrId),
    /// `[`, after the table operand and before the key: fixes the table (no stack effect).
    IndexOpen,
    /// `]`: - key, - table, + indexed expression.
    Index,
    /// `:name` before call arguments: - object, + method call in preparation.
    /// The matching [`Kind::CallOpen`] follows at once.
    Method(StrId),
    /// Start of call arguments: the function (or method) operand is on top.
    /// The node's line is the line of the call, as PUC reports it.
    CallOpen,
    /// End of call arguments: - `args` operands (see [`Kind::Comma`]), - function, + call.
    Call {
        /// Number of argument expressions.
        args: u32,
    },
    /// `( e )`: truncates a multi-value operand to one value.
    Paren,
    /// - operand, + result. Emitted after the operand; line of the operator.
    Unary(UnOp),
    /// After the left operand, before the right one is parsed.
    Infix(BinOp),
    /// - right, - left, + result. Line of the operator.
    Binary(BinOp),
    // ---- table constructors ----
    /// `{`: + table under construction.
    TableOpen,
    /// A positional item's expression is complete on top: - operand.
    ItemPositional,
    /// `name =` read; the value expression follows, then [`Kind::ItemNamedEnd`].
    ItemNamed(StrId),
    /// - value of the named item.
    ItemNamedEnd,
    /// `[` of a keyed item read; the key expression follows.
    ItemKeyOpen,
    /// `] =` read: the key is on top; the value expression follows.
    ItemKey,
    /// - value, - key of the keyed item.
    ItemKeyEnd,
    /// `}`: the table under construction becomes an ordinary operand.
    TableClose,
    // ---- functions ----
    /// A function body begins: followed by `params` [`Kind::Param`] nodes, then
    /// its statements, then [`Kind::FunctionClose`]. Node line: line of `function`.
    FunctionOpen {
        /// Number of fixed parameters, `self` of a method included.
        params: u32,
        /// Whether the parameter list ends in `...`.
        vararg: bool,
    },
    /// One parameter name (`self` is first for `function a:b()`).
    Param(StrId),
    /// Body done: + closure. Node line: line of `end`.
    FunctionClose,
    // ---- lists ----
    /// Between two expressions of a list: the operand on top is complete and is
    /// not the last of its list. It stays counted in the list's number.
    Comma,
    // ---- statements ----
    /// A call used as a statement: - call.
    ExprStat,
    /// `local` names follow (`names` × [`Kind::LocalName`]), then the
    /// expressions, then [`Kind::LocalEnd`].
    LocalOpen {
        /// Number of names.
        names: u32,
    },
    /// One name of a `local` statement.
    LocalName(StrId, Attrib),
    /// - `exprs` operands; the names come into scope.
    LocalEnd {
        /// Number of names.
        names: u32,
        /// Number of expressions (0 without `=`).
        exprs: u32,
    },
    /// `local function name`: the name is in scope; a function follows.
    LocalFunction(StrId),
    /// - closure.
    LocalFunctionEnd,
    /// `function a.b.c:m` : the target variable operand is on top (method name
    /// already applied as [`Kind::Field`]); a function follows.
    FunctionStat,
    /// - closure, - target. Node line: line of the statement's start.
    FunctionStatEnd,
    /// One assignment target is complete on top.
    Target,
    /// `=` read; the expressions follow.
    AssignEq {
        /// Number of targets.
        targets: u32,
    },
    /// - `exprs` operands, - `targets` targets.
    AssignEnd {
        /// Number of targets.
        targets: u32,
        /// Number of expressions.
        exprs: u32,
    },
    /// `return`; expressions follow.
    Return,
    /// - `exprs` operands.
    ReturnEnd {
        /// Number of expressions.
        exprs: u32,
    },
    /// `break`
    Break,
    /// `goto name`
    Goto(StrId),
    /// `::name::`. `last` if only labels, `;` and the end of the block follow.
    Label(StrId, bool),
    /// `do`
    DoOpen,
    /// `end`
    DoClose,
    /// `while`; condition follows.
    While,
    /// `do`: - condition; the body follows.
    WhileDo,
    /// The body of `while` is complete; [`Kind::LoopClose`] follows.
    WhileEnd,
    /// `repeat`; the body follows.
    Repeat,
    /// `until`; the condition follows, still inside the body's scope.
    Until,
    /// - condition.
    RepeatEnd,
    /// `if`; condition follows.
    If,
    /// `then`: - condition; the block follows.
    Then,
    /// `elseif`; condition follows, then [`Kind::Then`].
    ElseIf,
    /// `else`; the block follows.
    Else,
    /// `end`
    IfEnd,
    /// `for name =`; two or three expressions with [`Kind::Comma`] between follow.
    ForNum(StrId),
    /// `do`: - `exprs` operands (2 or 3); the body follows. Node line: line of `for`.
    ForNumDo {
        /// Number of expressions.
        exprs: u32,
    },
    /// The body of a numeric loop is complete; [`Kind::LoopClose`] follows. Node line:
    /// line of `for`.
    ForNumEnd {
        /// The line on which the body ends.
        before: u32,
    },
    /// `for a, b in`; `names` × [`Kind::ForName`] follow, then the expressions.
    ForIn {
        /// Number of names.
        names: u32,
    },
    /// One name of a generic `for`.
    ForName(StrId),
    /// `do`: - `exprs` operands; the body follows. Node line: line of `for`.
    ForInDo {
        /// Number of names.
        names: u32,
        /// Number of expressions.
        exprs: u32,
    },
    /// The body of a generic loop is complete; [`Kind::LoopClose`] follows. Node line:
    /// line of the expressions.
    ForInEnd {
        /// The line on which the body ends.
        before: u32,
    },
    /// `end` of a loop: its variables go out of scope.
    LoopClose,
    /// End of the chunk.
    Eof,
}

/// One entry of the tape.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Node {
    /// What happened.
    pub kind: Kind,
    /// The source line, from 1, that code made for this node is attributed to.
    pub line: u32,
    /// Byte offset of the look-ahead token when the node was written: where a
    /// compiler error found at this node points (`near …`).
    pub at: u32,
}

/// A parsed chunk.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Chunk {
    /// The tape; the last node is [`Kind::Eof`].
    pub nodes: Vec<Node>,
    /// Byte strings by [`StrId`], each once: names and string literals alike.
    pub strings: Vec<Arc<[u8]>>,
}

impl Chunk {
    /// Returns the bytes of a name or string literal, for as many as want to keep them.
    pub(crate) fn shared(&self, id: StrId) -> &Arc<[u8]> {
        &self.strings[id.0 as usize]
    }
}
