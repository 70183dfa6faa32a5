//! Lists of values: the arguments and the results of host functions.

use super::from_lua::FromLua;
use super::host_error::HostError;
use super::host_value::HostValue;
use super::into_lua::IntoLua;
use super::mismatch::Mismatch;
use std::ops::Deref;

/// What is made of a call's arguments: a type that is [`FromLua`] of the first one, a
/// tuple of up to eight, `()` of none. The last of a tuple may be [`Variadic`], which takes
/// all that are left. Arguments too many are ignored, as by Lua's functions.
///
/// ```
/// use moonfuel::{Session, Variadic};
///
/// let mut session = Session::builder()
///     .function("join", |(separator, words): (String, Variadic<String>)| Ok(words.join(&separator)))
///     .build()?;
/// assert_eq!(session.run("return join('-', 'a', 'b', 3)").json()?, r#"["a-b-3"]"#);
/// # Ok::<(), moonfuel::LuaError>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not made of the arguments of a Lua call",
    note = "take a type that is `FromLua`, a tuple of such types, or `Variadic`"
)]
pub trait FromLuaMulti: Sized {
    /// Makes it of arguments, which it may take out of their places.
    ///
    /// # Errors
    /// Which argument cannot be that, and why.
    fn from_lua_multi(args: &mut [HostValue]) -> Result<Self, Mismatch>;
}

/// What becomes a call's results: a type that is [`IntoLua`], a tuple of up to eight, `()`
/// for none, [`Variadic`] for any number. `Result<T, E>` becomes what `T` does, or nil and
/// `E`: how many functions of Lua's library report failure.
///
/// ```
/// use moonfuel::Session;
///
/// let mut session = Session::builder()
///     .function("divide", |(a, b): (i64, i64)| {
///         Ok(a.checked_div(b).ok_or("division by zero").map(|quotient| (quotient, a % b)))
///     })
///     .build()?;
/// assert_eq!(session.run("return divide(7, 2)").json()?, "[3,1]");
/// assert_eq!(session.run("return divide(7, 0)").json()?, r#"[null,"division by zero"]"#);
/// # Ok::<(), moonfuel::LuaError>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not become the results of a Lua call",
    note = "return a type that is `IntoLua`, a tuple of such types, or `Variadic`"
)]
pub trait IntoLuaMulti {
    /// Adds the values to the results.
    ///
    /// # Errors
    /// Why there are none: the script gets it.
    fn into_lua_multi(self, results: &mut Results) -> Result<(), HostError>;
}

/// Any number of arguments or results.
///
/// ```
/// use moonfuel::{Session, Variadic};
///
/// let mut session = Session::builder()
///     .function("sum", |numbers: Variadic<f64>| Ok(numbers.iter().sum::<f64>()))
///     .function("split", |text: String| {
///         Ok(text.split(',').map(str::to_owned).collect::<Variadic<_>>())
///     })
///     .build()?;
/// assert_eq!(session.run("return sum(1, 2, 3.5), split('a,b')").json()?, r#"[6.5,"a","b"]"#);
/// # Ok::<(), moonfuel::LuaError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variadic<T>(pub Vec<T>);

impl<T> Default for Variadic<T> {
    fn default() -> Self {
        Variadic(Vec::new())
    }
}

impl<T> Deref for Variadic<T> {
    type Target = Vec<T>;

    fn deref(&self) -> &Vec<T> {
        &self.0
    }
}

impl<T> FromIterator<T> for Variadic<T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        Variadic(items.into_iter().collect())
    }
}

impl<T> IntoIterator for Variadic<T> {
    type Item = T;
    type IntoIter = std::vec::IntoIter<T>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

/// The results of a call while they are made.
#[derive(Debug, Default)]
pub struct Results {
    /// The first one, if it takes no memory: most calls have no other.
    first: Option<Scalar>,
    /// Those that follow, or all of them.
    more: Vec<HostValue>,
}

/// A value that takes no memory.
#[derive(Clone, Copy, Debug)]
pub(in crate::session) enum Scalar {
    Nil,
    Boolean(bool),
    Integer(i64),
    Number(f64),
}

impl From<Scalar> for HostValue {
    fn from(scalar: Scalar) -> HostValue {
        match scalar {
            Scalar::Nil => HostValue::Nil,
            Scalar::Boolean(b) => HostValue::Boolean(b),
            Scalar::Integer(i) => HostValue::Integer(i),
            Scalar::Number(n) => HostValue::Number(n),
        }
    }
}

impl Results {
    /// Adds a value.
    #[inline(always)]
    pub fn push(&mut self, value: HostValue) {
        let scalar = match &value {
            HostValue::Nil => Scalar::Nil,
            HostValue::Boolean(b) => Scalar::Boolean(*b),
            HostValue::Integer(i) => Scalar::Integer(*i),
            HostValue::Number(n) => Scalar::Number(*n),
            _ => return self.push_behind(value),
        };
        // There is nothing in it to drop, which the compiler would ask at every call.
        std::mem::forget(value);
        if self.is_empty() {
            self.first = Some(scalar);
        } else {
            self.push_behind(scalar.into());
        }
    }

    #[inline(never)]
    fn push_behind(&mut self, value: HostValue) {
        self.more.push(value);
    }

    /// Returns the only value, if there is one alone and it takes no memory.
    #[inline]
    pub(in crate::session) fn scalar(&self) -> Option<Scalar> {
        self.first.filter(|_| self.more.is_empty())
    }

    /// Returns the only value, if it is a string alone.
    #[inline]
    pub(in crate::session) fn text(&self) -> Option<&[u8]> {
        match (self.first, self.more.as_slice()) {
            (None, [HostValue::String(text)]) => Some(text),
            _ => None,
        }
    }

    /// Tells whether there are none.
    #[inline]
    pub(in crate::session) fn is_empty(&self) -> bool {
        self.first.is_none() && self.more.is_empty()
    }

    /// Tells whether the values take memory.
    #[inline]
    pub(in crate::session) fn takes_memory(&self) -> bool {
        self.more.capacity() > 0
    }

    pub(in crate::session) fn to_vec(&self) -> Vec<HostValue> {
        let first = self.first.map(HostValue::from);
        first.into_iter().chain(self.more.iter().cloned()).collect()
    }

    pub(in crate::session) fn into_vec(mut self) -> Vec<HostValue> {
        if let Some(first) = self.first {
            self.more.insert(0, first.into());
        }
        self.more
    }
}

impl<T: FromLua> FromLuaMulti for T {
    #[inline]
    fn from_lua_multi(args: &mut [HostValue]) -> Result<Self, Mismatch> {
        match args.first_mut() {
            Some(arg) => T::from_slot(arg),
            None => T::from_lua(HostValue::Nil),
        }
    }
}

impl FromLuaMulti for () {
    #[inline]
    fn from_lua_multi(_args: &mut [HostValue]) -> Result<Self, Mismatch> {
        Ok(())
    }
}

impl<T: FromLua> FromLuaMulti for Variadic<T> {
    fn from_lua_multi(args: &mut [HostValue]) -> Result<Self, Mismatch> {
        let args = args.iter_mut().enumerate();
        args.map(|(at, arg)| T::from_slot(arg).map_err(|e| e.behind(at))).collect()
    }
}

impl<T: IntoLua> IntoLuaMulti for T {
    #[inline]
    fn into_lua_multi(self, results: &mut Results) -> Result<(), HostError> {
        results.push(self.into_lua()?);
        Ok(())
    }
}

impl IntoLuaMulti for () {
    #[inline]
    fn into_lua_multi(self, _results: &mut Results) -> Result<(), HostError> {
        Ok(())
    }
}

impl<T: IntoLua> IntoLuaMulti for Variadic<T> {
    fn into_lua_multi(self, results: &mut Results) -> Result<(), HostError> {
        self.0.into_iter().try_for_each(|value| value.into_lua_multi(results))
    }
}

impl<T: IntoLuaMulti, E: IntoLua> IntoLuaMulti for Result<T, E> {
    fn into_lua_multi(self, results: &mut Results) -> Result<(), HostError> {
        match self {
            Ok(value) => value.into_lua_multi(results),
            Err(error) => (HostValue::Nil, error).into_lua_multi(results),
        }
    }
}

macro_rules! tuples {
    ($(($($one:ident)* , $last:ident))*) => {$(
        #[allow(non_snake_case, unused_mut, reason = "values are named after their types")]
        impl<$($one: FromLua,)* $last: FromLuaMulti> FromLuaMulti for ($($one,)* $last,) {
            #[inline]
            fn from_lua_multi(args: &mut [HostValue]) -> Result<Self, Mismatch> {
                let mut at = 0;
                $(
                    let rest = args.get_mut(at..).unwrap_or_default();
                    let $one = <$one as FromLuaMulti>::from_lua_multi(rest)
                        .map_err(|e| e.behind(at))?;
                    at += 1;
                )*
                let rest = args.get_mut(at..).unwrap_or_default();
                let $last = $last::from_lua_multi(rest).map_err(|e| e.behind(at))?;
                Ok(($($one,)* $last,))
            }
        }

        #[allow(non_snake_case, reason = "values are named after their types")]
        impl<$($one: IntoLua,)* $last: IntoLuaMulti> IntoLuaMulti for ($($one,)* $last,) {
            #[inline]
            fn into_lua_multi(self, results: &mut Results) -> Result<(), HostError> {
                let ($($one,)* $last,) = self;
                $(results.push($one.into_lua()?);)*
                $last.into_lua_multi(results)
            }
        }
    )*};
}

tuples! {
    (, A) (A, B) (A B, C) (A B C, D) (A B C D, E) (A B C D E, F) (A B C D E F, G)
    (A B C D E F G, H)
}
