//! The kinds of objects there are: each has pages of its own.

/// What an object is, for the collector: see [`Object::KIND`](super::Object::KIND).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Kind {
    Table,
    String8,
    String24,
    String40,
    LongString,
    Closure1,
    Closure2,
    Closure4,
    Closure8,
    Closure16,
    Closure32,
    Closure64,
    Closure128,
    Closure255,
    NativeClosure,
    Upvalue,
    UserData,
    Buffer,
    Thread,
    Code,
    Loading,
    #[cfg(test)]
    TestNode,
    #[cfg(test)]
    TestLeaf,
    #[cfg(test)]
    TestOrdered,
}

#[cfg(not(test))]
const LAST: Kind = Kind::Loading;
#[cfg(test)]
const LAST: Kind = Kind::TestOrdered;

/// How many there are.
pub(super) const KINDS: usize = LAST as usize + 1;
