//! From source text or a precompiled chunk to a callable function: the front end or
//! the reader, metered, and the prototype's constants turned into values.

use super::account::{UPVALUE_BYTES, string_bytes};
use super::closure::{Code, LuaClosure, Upvalue};
use super::fuel::{LOAD, SOURCE_BYTES_PER_UNIT};
use super::lua::Context;
use super::native::Interrupt;
use super::string::Str;
use super::value::Value;
use crate::bytecode::SIGNATURE;
use crate::bytecode::proto::{
    CODE_BYTES, Const, LOC_VAR_BYTES, LocVar, PROTO_BYTES, Proto, UPVAL_DESC_BYTES, UpvalDesc,
};
use crate::bytecode::undump::{bad_format, undump};
use crate::bytecode::verify::verify;
use crate::compiler::compile_source;
use crate::gc::Gc;
use crate::syntax::error::{Diagnostic, SyntaxError};
use crate::syntax::meter::{Meter, Stopped};
use crate::syntax::{ParseOptions, file_prefix};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Logical size of the front end's work space per byte it reports.
const TAPE_FACTOR: u64 = 1;

/// Memory the front end takes while it works; given back when it is dropped.
struct Space<'a, 'gc> {
    ctx: &'a Context<'gc>,
    taken: usize,
    refused: Option<super::account::Refused>,
}

impl Meter for Space<'_, '_> {
    fn charge(&mut self, _source_bytes: u64, tape_bytes: u64) -> Result<(), Stopped> {
        let bytes = usize::try_from(tape_bytes.saturating_mul(TAPE_FACTOR)).unwrap_or(usize::MAX);
        match self.ctx.state.account.reserve(bytes) {
            Ok(()) => {
                self.taken += bytes;
                Ok(())
            }
            Err(refused) => {
                self.refused = Some(refused);
                Err(Stopped)
            }
        }
    }
}

impl Drop for Space<'_, '_> {
    fn drop(&mut self) {
        self.ctx.state.account.release(self.taken);
    }
}

impl<'gc> Context<'gc> {
    /// Makes a chunk (manual §6.1, `load`) a function whose first upvalue, in source
    /// text always `_ENV`, is `env`. `file`: it may begin as files may, with a byte
    /// order mark and a line that starts with `#`. Precompiled chunks are read where
    /// the profile has them (`State::binary_chunks`); elsewhere they are text.
    /// Fuel: one unit per [`SOURCE_BYTES_PER_UNIT`] bytes, charged before the work,
    /// which is linear in the source.
    ///
    /// # Errors
    /// The inner error is what is wrong with the source. Else fuel or memory is
    /// refused, and nothing was done.
    pub fn load_chunk(
        self,
        source: &[u8],
        chunk_name: &[u8],
        env: Value<'gc>,
        file: bool,
    ) -> Result<Result<LuaClosure<'gc>, Box<Diagnostic>>, Interrupt<'gc>> {
        self.charge(LOAD + (source.len() / SOURCE_BYTES_PER_UNIT) as u64)?;
        let mut space = Space { ctx: &self, taken: 0, refused: None };
        let binary = if file { &source[file_prefix(source)..] } else { source };
        let binary = Some(binary)
            .filter(|_| self.state.binary_chunks.get())
            .filter(|bytes| bytes.first() == SIGNATURE.first());
        let proto = match binary {
            Some(bytes) => undump(bytes, chunk_name, &mut space),
            None => {
                let options = ParseOptions { skip_file_prefix: file };
                compile_source(source, chunk_name, options, &mut space)
            }
        };
        let proto = match proto {
            Ok(proto) => proto,
            Err(SyntaxError::Rejected(diagnostic)) => return Ok(Err(diagnostic)),
            Err(SyntaxError::Stopped) => {
                let refused = space.refused.unwrap_or(super::account::Refused { bytes: 0 });
                return Err(refused.into());
            }
        };
        if verify(&proto).is_err() {
            return match bad_format(chunk_name, "corrupted chunk") {
                SyntaxError::Rejected(diagnostic) if binary.is_some() => Ok(Err(diagnostic)),
                _ => Err(self.error("internal error: the compiler made code that does not verify")),
            };
        }
        drop(space);
        let upvalues = proto.upvalues.len();
        let code = self.code(Arc::new(proto))?;
        self.state.account.reserve(UPVALUE_BYTES * upvalues + LuaClosure::bytes(upvalues))?;
        // Variables of their own, and the first of them the environment.
        let values = std::iter::once(env).chain(std::iter::repeat(Value::Nil));
        let upvalues: Vec<Upvalue<'gc>> =
            values.take(upvalues).map(|value| Upvalue::closed(self.mc, value)).collect();
        let id = self.state.fresh_id();
        Ok(Ok(LuaClosure::new(self.mc, id, code, &upvalues)))
    }

    /// Compiles a chunk; the inner error is the message.
    ///
    /// # Errors
    /// As [`Context::load_chunk`].
    pub fn load(
        self,
        source: &[u8],
        chunk_name: &[u8],
        env: Value<'gc>,
    ) -> Result<Result<Value<'gc>, Vec<u8>>, Interrupt<'gc>> {
        Ok(match self.load_chunk(source, chunk_name, env, false)? {
            Ok(closure) => Ok(Value::Closure(closure)),
            Err(diagnostic) => Err(diagnostic.message.clone()),
        })
    }

    /// Makes a prototype and all nested ones ready to run in this machine.
    ///
    /// # Errors
    /// When memory is refused.
    fn code(self, root: Arc<Proto>) -> Result<Gc<'gc, Code<'gc>>, Interrupt<'gc>> {
        // Children before parents, without recursion: visit in preorder, make in reverse.
        let mut order: Vec<Arc<Proto>> = vec![root];
        let mut at = 0;
        while at < order.len() {
            let children = order[at].protos.clone();
            order.extend(children);
            at += 1;
        }
        // All or nothing: one request for the whole chunk, strings by their worst case.
        let total: usize = order.iter().map(|proto| proto_bytes(proto)).sum();
        self.state.account.reserve(total)?;
        self.state.account.release(total);
        let mut made: Vec<Gc<'gc, Code<'gc>>> = Vec::with_capacity(order.len());
        // One object per long string of the chunk, as in PUC's scanner.
        let mut long = BTreeMap::new();
        // In preorder by level, the children of later prototypes come last: taking
        // prototypes from the end, finished children are at the front of what is made.
        let mut next_child = order.len();
        for proto in order.iter().rev() {
            let count = proto.protos.len();
            let first = next_child - count;
            next_child = first;
            let children: Box<[_]> =
                (first..first + count).map(|child| made[order.len() - 1 - child]).collect();
            let bytes = code_bytes(proto);
            let constants = self.constants(proto, &mut long)?;
            self.state.account.reserve(bytes)?;
            made.push(Gc::new(self.mc, Code::new(proto.clone(), constants, children, bytes)));
        }
        made.last().copied().ok_or_else(|| self.error("internal error: no prototype"))
    }

    fn constants<'a>(
        self,
        proto: &'a Proto,
        long: &mut BTreeMap<&'a [u8], Str<'gc>>,
    ) -> Result<Box<[Value<'gc>]>, Interrupt<'gc>> {
        proto
            .constants
            .iter()
            .map(|constant| {
                Ok(match constant {
                    Const::Nil => Value::Nil,
                    Const::Boolean(b) => Value::Boolean(*b),
                    Const::Integer(i) => Value::Integer(*i),
                    Const::Number(n) => Value::Number(*n),
                    Const::String(s) => Value::String(match long.get(&**s) {
                        Some(known) => *known,
                        None => {
                            let made = self.string(s)?;
                            if !made.is_short() {
                                long.insert(s, made);
                            }
                            made
                        }
                    }),
                })
            })
            .collect()
    }
}

/// Logical size of a prototype's code and tables, without its string objects.
fn code_bytes(proto: &Proto) -> usize {
    PROTO_BYTES
        + proto.code.len() * CODE_BYTES
        + proto.constants.len() * 16
        + proto.protos.len() * 8
        + proto.loc_vars.len() * LOC_VAR_BYTES
        + proto.upvalues.len() * UPVAL_DESC_BYTES
}

fn proto_bytes(proto: &Proto) -> usize {
    let strings: usize = proto
        .constants
        .iter()
        .map(|constant| match constant {
            Const::String(s) => string_bytes(s.len()),
            _ => 0,
        })
        .sum();
    // The constants are dropped only after the values are made.
    debug_assert!(
        size_of::<LocVar>() <= LOC_VAR_BYTES && size_of::<UpvalDesc>() <= UPVAL_DESC_BYTES
    );
    code_bytes(proto) + strings
}
