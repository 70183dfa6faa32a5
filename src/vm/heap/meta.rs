//! Metamethod events (manual §2.4).

macro_rules! events {
    ($($name:ident $text:literal),* $(,)?) => {
        /// An event. The first ones, up to [`Event::Eq`], are remembered as absent
        /// in the metatable itself.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u8)]
        pub enum Event { $(#[doc = $text] $name),* }

        impl Event {
            /// All events in order.
            pub const ALL: &'static [Event] = &[$(Event::$name),*];

            /// Returns the field's name: `__index`.
            pub fn name(self) -> &'static str {
                match self { $(Event::$name => $text),* }
            }
        }
    };
}

events! {
    Index "__index", NewIndex "__newindex", Gc "__gc", Mode "__mode", Len "__len", Eq "__eq",
    Call "__call", Close "__close",
    Add "__add", Sub "__sub", Mul "__mul", Mod "__mod", Pow "__pow", Div "__div", IDiv "__idiv",
    BAnd "__band", BOr "__bor", BXor "__bxor", Shl "__shl", Shr "__shr",
    Unm "__unm", BNot "__bnot", Lt "__lt", Le "__le", Concat "__concat",
    ToString "__tostring", Name "__name", Metatable "__metatable", Pairs "__pairs",
}

/// Number of events.
pub(crate) const EVENTS: usize = Event::ALL.len();
