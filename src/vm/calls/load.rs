//! From source text or a precompiled chunk to a callable function: the front end or
//! the reader, in pieces, and the prototype's constants turned into values.
//!
//! A [`Loading`] lives in the window of the native function that loads, beside the
//! source. Each of its steps first pays for the piece before, then does the next.

use crate::vm::heap::loading::{Loaded, Loading, Terms};
use crate::vm::heap::native::Interrupt;
use crate::vm::heap::string::Str;
use crate::vm::heap::value::Value;
use crate::vm::meters::fuel::LOAD;
use crate::vm::state::context::Context;

impl<'gc> Context<'gc> {
    /// Begins to make a chunk (manual §6.1, `load`) a function whose first upvalue, in
    /// source text always `_ENV`, is `env`. `file`: it may begin as files may, with a byte
    /// order mark and a line that starts with `#`. Precompiled chunks are read where
    /// the profile has them (`State::binary_chunks`); elsewhere they are text.
    ///
    /// Fuel: [`LOAD`], and for each piece its work: a unit for each byte and token, more
    /// for what is made of them.
    ///
    /// # Errors
    /// Fuel or memory is refused, and nothing was done.
    pub fn begin_load(
        self,
        source: &[u8],
        chunk_name: Str<'gc>,
        env: Value<'gc>,
        file: bool,
    ) -> Result<Loading<'gc>, Interrupt<'gc>> {
        // The end of a long file name is shown, else its beginning.
        let looked_at =
            if chunk_name.as_bytes().first() == Some(&b'@') { chunk_name.len() } else { 0 };
        self.charge(LOAD + crate::vm::meters::fuel::bytes_price(looked_at))?;
        let terms = Terms {
            file,
            binary: self.state.binary_chunks.get(),
            whole_name: self.state.whole_names.get(),
        };
        Loading::new(self.heap(), source, chunk_name, env, terms)
    }

    /// As [`Context::begin_load`], to its end. For trusted code: it cannot be stopped in
    /// between, and begins again where fuel or memory is refused.
    ///
    /// # Errors
    /// The inner error is what is wrong with the source. Else fuel or memory is refused.
    pub fn load_now(
        self,
        source: &[u8],
        chunk_name: &[u8],
        env: Value<'gc>,
        file: bool,
    ) -> Result<Loaded<'gc>, Interrupt<'gc>> {
        let name = self.string(chunk_name)?;
        let loading = self.begin_load(source, name, env, file)?;
        loop {
            if let Some(loaded) = loading.go_on(self.heap(), source)? {
                return Ok(loaded);
            }
        }
    }

    /// Compiles a chunk at once; the inner error is the message.
    ///
    /// # Errors
    /// As [`Context::load_now`].
    pub fn load(
        self,
        source: &[u8],
        chunk_name: &[u8],
        env: Value<'gc>,
    ) -> Result<Result<Value<'gc>, Vec<u8>>, Interrupt<'gc>> {
        Ok(match self.load_now(source, chunk_name, env, false)? {
            Ok(closure) => Ok(Value::Closure(closure)),
            Err(diagnostic) => Err(diagnostic.message.clone()),
        })
    }
}
