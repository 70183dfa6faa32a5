//! Metamethod events and where their handlers are looked up (manual §2.4).

use super::table::Table;
use super::value::{Type, Value};
use crate::vm::state::context::Context;

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

impl<'gc> Context<'gc> {
    /// Returns the metatable that governs a value.
    #[inline]
    pub fn metatable(self, value: &Value<'gc>) -> Option<Table<'gc>> {
        match value {
            Value::Table(table) => table.metatable(),
            Value::UserData(userdata) => userdata.metatable(),
            other => self.type_metatable(other.type_of()),
        }
    }

    /// Returns the metatable shared by all values of a basic type.
    pub fn type_metatable(self, of: Type) -> Option<Table<'gc>> {
        self.state.type_metatables[of as usize].get()
    }

    /// Sets the metatable shared by all values of a basic type.
    pub fn set_type_metatable(self, of: Type, metatable: Option<Table<'gc>>) {
        self.state.type_metatables[of as usize].set(metatable);
    }

    /// Returns the handler of `event` for a value, or nil.
    #[inline]
    pub fn metamethod(self, value: &Value<'gc>, event: Event) -> Value<'gc> {
        match self.metatable(value) {
            Some(metatable) => self.handler(metatable, event),
            None => Value::Nil,
        }
    }

    /// Returns a metatable's handler of `event`, or nil.
    #[inline]
    pub fn handler(self, metatable: Table<'gc>, event: Event) -> Value<'gc> {
        if metatable.lacks(event) {
            return Value::Nil;
        }
        let handler = metatable.get_str(self.state.event_names[event as usize]);
        if handler.is_nil() {
            metatable.remember_lack(event);
        }
        handler
    }
}
