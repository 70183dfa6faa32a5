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
    /// The first one, so that a single result takes no memory.
    first: HostValue,
    more: Vec<HostValue>,
    any: bool,
}

impl Results {
    /// Adds a value.
    #[inline]
    pub fn push(&mut self, value: HostValue) {
        if self.any {
            self.more.push(value);
        } else {
            self.first = value;
            self.any = true;
        }
    }

    /// Returns the only value, if there is one alone.
    #[inline]
    pub(super) fn single(&self) -> Option<&HostValue> {
        (self.any && self.more.is_empty()).then_some(&self.first)
    }

    /// Goes through the values.
    #[inline]
    pub(super) fn iter(&self) -> impl Iterator<Item = &HostValue> {
        self.any.then_some(&self.first).into_iter().chain(&self.more)
    }

    pub(super) fn into_vec(mut self) -> Vec<HostValue> {
        if self.any {
            self.more.insert(0, self.first);
        }
        self.more
    }
}

impl<T: FromLua> FromLuaMulti for T {
    #[inline]
    fn from_lua_multi(args: &mut [HostValue]) -> Result<Self, Mismatch> {
        T::from_lua(args.first_mut().map(std::mem::take).unwrap_or_default())
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
        args.map(|(at, arg)| T::from_lua(std::mem::take(arg)).map_err(|e| e.behind(at))).collect()
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
                    let value = args.get_mut(at).map(std::mem::take).unwrap_or_default();
                    let $one = $one::from_lua(value).map_err(|e| e.behind(at))?;
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
