//! Objects of Rust's as parts of an image: each says what it is made of.
//!
//! They hold no values of the machine's. What refers to some (handles) finds them by number.

use super::fault::Fault;
use super::wire::{Reader, Writer};
use crate::vm::state::context::Context;
use std::borrow::Cow;
use std::ops::Range;

/// What cannot be saved.
pub(crate) type Put = Result<(), String>;

/// Where parts are read from.
pub(crate) struct Parts<'a, 'b, 'gc> {
    /// The machine.
    pub(crate) ctx: Context<'gc>,
    /// The bytes.
    pub(crate) from: &'b mut Reader<'a>,
    /// Names of the host's types of objects.
    pub(crate) names: &'b [Cow<'static, str>],
    /// Bytes of memory that the work at hand holds, as far as no list of it has room for them.
    pub(crate) room: usize,
}

/// What can be written, and read again.
pub(crate) trait Part: Sized {
    /// Writes it.
    ///
    /// # Errors
    /// What cannot be saved.
    fn put(&self, to: &mut Writer) -> Put;

    /// Reads it.
    ///
    /// # Errors
    /// When it is none.
    fn get(from: &mut Parts<'_, '_, '_>) -> Result<Self, Fault>;
}

/// Says what a structure is made of, or an enumeration whose cases have numbers.
#[macro_export]
#[doc(hidden)]
macro_rules! parts {
    (struct $name:ident { $($field:ident),* $(,)? }) => {
        impl $crate::vm::image::parts::Part for $name {
            fn put(&self, to: &mut $crate::vm::image::wire::Writer) -> $crate::vm::image::parts::Put {
                $($crate::vm::image::parts::Part::put(&self.$field, to)?;)*
                Ok(())
            }

            fn get(
                from: &mut $crate::vm::image::parts::Parts<'_, '_, '_>,
            ) -> Result<Self, $crate::vm::image::fault::Fault> {
                Ok($name { $($field: $crate::vm::image::parts::Part::get(from)?),* })
            }
        }
    };
    (enum $name:ident { $($number:literal $case:ident $(($($part:ident),*))? $({$($field:ident),*})?),* $(,)? }) => {
        impl $crate::vm::image::parts::Part for $name {
            fn put(&self, to: &mut $crate::vm::image::wire::Writer) -> $crate::vm::image::parts::Put {
                match self {
                    $($name::$case $(($($part),*))? $({$($field),*})? => {
                        to.byte($number);
                        $($($crate::vm::image::parts::Part::put($part, to)?;)*)?
                        $($($crate::vm::image::parts::Part::put($field, to)?;)*)?
                    })*
                }
                Ok(())
            }

            fn get(
                from: &mut $crate::vm::image::parts::Parts<'_, '_, '_>,
            ) -> Result<Self, $crate::vm::image::fault::Fault> {
                Ok(match from.from.byte()? {
                    $($number => {
                        $($(let $part = $crate::vm::image::parts::Part::get(from)?;)*)?
                        $($(let $field = $crate::vm::image::parts::Part::get(from)?;)*)?
                        $name::$case $(($($part),*))? $({$($field),*})?
                    })*
                    _ => return Err($crate::vm::image::fault::Fault::NUMBER),
                })
            }
        }
    };
}

macro_rules! number {
    ($($kind:ty: $put:ident $get:ident as $wide:ty),*) => {
        $(impl Part for $kind {
            fn put(&self, to: &mut Writer) -> Put {
                to.$put(<$wide>::from(*self));
                Ok(())
            }

            fn get(from: &mut Parts<'_, '_, '_>) -> Result<Self, Fault> {
                <$kind>::try_from(from.from.$get()?).map_err(|_| Fault::NUMBER)
            }
        })*
    };
}
number!(u8: number number as u64, u32: number number as u64, u64: number number as u64);
number!(i64: signed signed as i64);

impl Part for usize {
    fn put(&self, to: &mut Writer) -> Put {
        to.size(*self);
        Ok(())
    }

    /// Places and sizes: sums of a few do not overflow.
    fn get(from: &mut Parts<'_, '_, '_>) -> Result<Self, Fault> {
        match from.from.size()? {
            size if size <= isize::MAX as usize / 16 => Ok(size),
            _ => Err(Fault::NUMBER),
        }
    }
}

/// Where a traversal of a table stands, as `Table::seek` has it: what comes behind the
/// items is counted from 2³¹ on, on every machine, which is no size where they are of 32
/// bits.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cursor(pub usize);

impl Part for Cursor {
    fn put(&self, to: &mut Writer) -> Put {
        to.size(self.0);
        Ok(())
    }

    fn get(from: &mut Parts<'_, '_, '_>) -> Result<Self, Fault> {
        match from.from.size()? {
            cursor if cursor <= isize::MAX as usize / 16 + (1 << 31) => Ok(Cursor(cursor)),
            _ => Err(Fault::NUMBER),
        }
    }
}

impl Part for u128 {
    fn put(&self, to: &mut Writer) -> Put {
        to.word(*self as u64);
        to.word((*self >> 64) as u64);
        Ok(())
    }

    fn get(from: &mut Parts<'_, '_, '_>) -> Result<Self, Fault> {
        Ok(u128::from(from.from.word()?) | u128::from(from.from.word()?) << 64)
    }
}

impl Part for f64 {
    fn put(&self, to: &mut Writer) -> Put {
        to.word(self.to_bits());
        Ok(())
    }

    fn get(from: &mut Parts<'_, '_, '_>) -> Result<Self, Fault> {
        Ok(f64::from_bits(from.from.word()?))
    }
}

impl Part for bool {
    fn put(&self, to: &mut Writer) -> Put {
        to.flag(*self);
        Ok(())
    }

    fn get(from: &mut Parts<'_, '_, '_>) -> Result<Self, Fault> {
        from.from.flag()
    }
}

impl Part for String {
    fn put(&self, to: &mut Writer) -> Put {
        to.text(self.as_bytes());
        Ok(())
    }

    fn get(from: &mut Parts<'_, '_, '_>) -> Result<Self, Fault> {
        let text = std::str::from_utf8(from.from.text()?);
        text.map(str::to_owned).map_err(|_| Fault::Damaged("text that is no text"))
    }
}

/// Bytes, where they are many.
impl Part for Vec<u8> {
    fn put(&self, to: &mut Writer) -> Put {
        to.text(self);
        Ok(())
    }

    fn get(from: &mut Parts<'_, '_, '_>) -> Result<Self, Fault> {
        Ok(from.from.text()?.to_vec())
    }
}

impl<T: Part> Part for Option<T> {
    fn put(&self, to: &mut Writer) -> Put {
        to.flag(self.is_some());
        self.as_ref().map_or(Ok(()), |part| part.put(to))
    }

    fn get(from: &mut Parts<'_, '_, '_>) -> Result<Self, Fault> {
        Ok(if from.from.flag()? { Some(T::get(from)?) } else { None })
    }
}

impl<T: Part, E: Part> Part for Result<T, E> {
    fn put(&self, to: &mut Writer) -> Put {
        to.flag(self.is_ok());
        match self {
            Ok(part) => part.put(to),
            Err(part) => part.put(to),
        }
    }

    fn get(from: &mut Parts<'_, '_, '_>) -> Result<Self, Fault> {
        Ok(if from.from.flag()? { Ok(T::get(from)?) } else { Err(E::get(from)?) })
    }
}

impl Part for () {
    fn put(&self, _: &mut Writer) -> Put {
        Ok(())
    }

    fn get(_: &mut Parts<'_, '_, '_>) -> Result<Self, Fault> {
        Ok(())
    }
}

impl<A: Part, B: Part> Part for (A, B) {
    fn put(&self, to: &mut Writer) -> Put {
        self.0.put(to)?;
        self.1.put(to)
    }

    fn get(from: &mut Parts<'_, '_, '_>) -> Result<Self, Fault> {
        Ok((A::get(from)?, B::get(from)?))
    }
}

impl Part for Range<usize> {
    fn put(&self, to: &mut Writer) -> Put {
        self.start.put(to)?;
        self.end.put(to)
    }

    fn get(from: &mut Parts<'_, '_, '_>) -> Result<Self, Fault> {
        let (start, end) = (usize::get(from)?, usize::get(from)?);
        if start <= end { Ok(start..end) } else { Err(Fault::NUMBER) }
    }
}

/// Writes a list.
///
/// # Errors
/// What cannot be saved.
pub(crate) fn put_list<T: Part>(list: &[T], to: &mut Writer) -> Put {
    to.size(list.len());
    list.iter().try_for_each(|part| part.put(to))
}

/// Reads a list.
///
/// # Errors
/// When it is none.
pub(crate) fn get_list<T: Part>(from: &mut Parts<'_, '_, '_>) -> Result<Vec<T>, Fault> {
    // Each is a byte at least; room is made as they come.
    let count = from.from.count(1)?;
    let mut list = Vec::new();
    for _ in 0..count {
        list.push(T::get(from)?);
    }
    Ok(list)
}

/// Says that lists of something are parts too: those of bytes are written as a whole.
#[macro_export]
#[doc(hidden)]
macro_rules! parts_in_lists {
    ($($name:ty),*) => {
        $(impl $crate::vm::image::parts::Part for Vec<$name> {
            fn put(&self, to: &mut $crate::vm::image::wire::Writer) -> $crate::vm::image::parts::Put {
                $crate::vm::image::parts::put_list(self, to)
            }

            fn get(
                from: &mut $crate::vm::image::parts::Parts<'_, '_, '_>,
            ) -> Result<Self, $crate::vm::image::fault::Fault> {
                $crate::vm::image::parts::get_list(from)
            }
        })*
    };
}
parts_in_lists!(u32);
