//! Expression descriptors: what is known of an expression whose code is not finished.

use crate::syntax::ast::StrId;

/// Where the value of an expression is, or how it is to be made.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Value {
    /// No expression (an empty list).
    Void,
    /// `nil`
    Nil,
    /// `true`
    True,
    /// `false`
    False,
    /// A constant of the prototype.
    Konst(u32),
    /// A float numeral.
    Float(f64),
    /// An integer numeral.
    Integer(i64),
    /// A string literal.
    Str(StrId),
    /// The value sits in a register and has to stay there.
    NonReloc(u8),
    /// A local variable: its register and its index among the function's variables.
    Local { reg: u8, var: u32 },
    /// An upvalue of the current function.
    Upvalue(u8),
    /// A compile-time constant: variable `var` of the function at depth `func`.
    Const { func: u32, var: u32 },
    /// Table and key in registers.
    Indexed { table: u8, key: u8 },
    /// Upvalue indexed by a short string constant.
    IndexUp { table: u8, key: u32 },
    /// Register indexed by a small integer.
    IndexInt { table: u8, key: i32 },
    /// Register indexed by a short string constant.
    IndexStr { table: u8, key: u32 },
    /// A comparison; its instruction jumps if the outcome is its condition.
    Jump(u32),
    /// An instruction whose target register is still open.
    Reloc(u32),
    /// A call instruction.
    Call(u32),
    /// A `Vararg` instruction.
    Vararg(u32),
}

/// Jumps linked through their offsets.
///
/// The tail is kept so that joining two takes constant time: a chain of a
/// hundred thousand `and` stays linear.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Links {
    pub head: u32,
    pub tail: u32,
}

impl Links {
    /// No jumps.
    const EMPTY: Links = Links { head: u32::MAX, tail: u32::MAX };

    /// Tells whether there are none.
    pub(super) fn is_empty(self) -> bool {
        self.head == u32::MAX
    }
}

/// A list of jumps waiting for their target.
///
/// Those that carry the value they tested stand apart, so that each of them is made a
/// plain one at most once: a hundred `not` before a hundred thousand `and` stay linear.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct PatchList {
    /// `TestSet`s.
    pub values: Links,
    /// All others.
    pub plain: Links,
}

impl PatchList {
    /// The empty list.
    pub(super) const EMPTY: PatchList = PatchList { values: Links::EMPTY, plain: Links::EMPTY };

    /// Makes the list of one jump that carries no value.
    pub(super) fn one(pc: u32) -> PatchList {
        PatchList { plain: Links { head: pc, tail: pc }, ..PatchList::EMPTY }
    }

    /// Makes the list of one jump that carries the value it tested.
    pub(super) fn one_value(pc: u32) -> PatchList {
        PatchList { values: Links { head: pc, tail: pc }, ..PatchList::EMPTY }
    }

    /// Tells whether no jump is in the list.
    pub(super) fn is_empty(self) -> bool {
        self.values.is_empty() && self.plain.is_empty()
    }
}

/// An expression: its value and the jumps that leave it early.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Exp {
    pub value: Value,
    /// Jumps taken when the expression is true.
    pub on_true: PatchList,
    /// Jumps taken when it is false.
    pub on_false: PatchList,
}

impl Exp {
    /// Makes an expression without jumps.
    pub(super) fn new(value: Value) -> Exp {
        Exp { value, on_true: PatchList::EMPTY, on_false: PatchList::EMPTY }
    }

    /// Tells whether some jump leaves the expression.
    pub(super) fn has_jumps(&self) -> bool {
        !(self.on_true.is_empty() && self.on_false.is_empty())
    }

    /// Tells whether the expression can give any number of values.
    pub(super) fn is_multi(&self) -> bool {
        matches!(self.value, Value::Call(_) | Value::Vararg(_))
    }

    /// Tells whether the expression is a numeral and nothing else.
    pub(super) fn is_numeral(&self) -> bool {
        !self.has_jumps() && matches!(self.value, Value::Integer(_) | Value::Float(_))
    }

    /// Returns the value of an integer numeral that fits the wide operand.
    pub(super) fn wide_integer(&self) -> Option<i32> {
        match self.value {
            Value::Integer(i) if !self.has_jumps() => i32::try_from(i).ok(),
            _ => None,
        }
    }

    /// Returns a numeral as byte immediate, and whether it was written as a float.
    pub(super) fn byte_number(&self) -> Option<(i8, bool)> {
        if self.has_jumps() {
            return None;
        }
        match self.value {
            Value::Integer(i) => i8::try_from(i).ok().map(|i| (i, false)),
            Value::Float(f) if f == f.trunc() && (-128.0..=127.0).contains(&f) => {
                Some((f as i8, true))
            }
            _ => None,
        }
    }
}
