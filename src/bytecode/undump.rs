//! Bytes to prototypes: the way back from [`super::dump`].
//!
//! Nothing in the bytes is trusted: every count is held against the bytes that are
//! left and paid for before anything is allocated, functions in functions wait on a
//! vector, and what comes out has still to pass [`super::verify`].

use super::format::{
    DATA, FLOAT, INSTR_BYTES, INTEGER, LUA_VERSION, PUC_FORMAT, SIGNATURE, SIZES, VERSION, tag,
};
use super::op::{Instr, Op};
use super::proto::{
    CODE_BYTES, CONST_BYTES, Const, LOC_VAR_BYTES, LocVar, PROTO_BYTES, Proto, UPVAL_DESC_BYTES,
    UpvalDesc, text_bytes,
};
use crate::base::c_string::c_string;
use crate::syntax::error::{Diagnostic, SyntaxError, near};
use crate::syntax::meter::{Meter, Stopped};
use std::collections::BTreeSet;
use std::sync::Arc;

/// The source of a function that was dumped without debug information.
const NO_SOURCE: &[u8] = b"=?";

/// Bytes of the shortest function.
const MIN_FUNCTION: usize = 13 + INSTR_BYTES;

/// Why the bytes are no chunk.
enum Fault {
    /// What PUC's message says in parentheses.
    Bad(&'static str),
    /// Another size than this type's was announced.
    Size(&'static str),
    /// The meter refused.
    Stopped(Stopped),
}

const TRUNCATED: Fault = Fault::Bad("truncated chunk");

type Read<T> = Result<T, Fault>;

/// Logical size of the place of a function in the one around it.
const PLACE: usize = 16;

/// Units of work for a function, beside its bytes.
const FUNCTION: u64 = 24;

/// Reads a precompiled chunk at once. Bytes after its end are not looked at, as in PUC.
/// Linear in `bytes`; memory is reserved before it is taken. The result has not been
/// verified.
///
/// # Errors
/// `name: bad binary format (why)`, or the meter's refusal.
#[cfg(test)]
pub(crate) fn undump(
    bytes: &[u8],
    chunk_name: &[u8],
    meter: &mut dyn Meter,
) -> Result<Proto, SyntaxError> {
    let mut undumping = Undumping::default();
    undumping.go_on(bytes, chunk_name, u64::MAX, meter)?
}

/// The reading of a precompiled chunk: it stops between any two functions.
#[derive(Debug, Default)]
pub(crate) struct Undumping {
    pos: usize,
    /// The functions whose inner ones are being read, outermost first.
    open: Vec<Open>,
    work: u64,
    /// Bytes reserved for functions, and for texts beside.
    taken: u64,
    texts: u64,
    /// Names and strings so far, each once, as the parser has them.
    known: BTreeSet<Arc<[u8]>>,
}

impl Undumping {
    /// Reads a chunk that shares texts with others that were read before.
    pub(crate) fn knowing(known: BTreeSet<Arc<[u8]>>) -> Undumping {
        Undumping { known, ..Undumping::default() }
    }

    /// Returns the texts that are known now.
    pub(crate) fn into_known(self) -> BTreeSet<Arc<[u8]>> {
        self.known
    }

    /// Goes on for about `units` units of work. `Ok`: it is over; the inner error is
    /// `name: bad binary format (why)`.
    ///
    /// # Errors
    /// If there is more to do, or memory is refused: to be called again.
    pub(crate) fn go_on(
        &mut self,
        bytes: &[u8],
        chunk_name: &[u8],
        units: u64,
        meter: &mut dyn Meter,
    ) -> Result<Result<Proto, SyntaxError>, Stopped> {
        let until = self.work.saturating_add(units);
        loop {
            let mut reader = Reader {
                bytes: &bytes[self.pos..],
                meter: &mut *meter,
                known: &mut self.known,
                taken: 0,
                texts: 0,
            };
            let read = match self.pos {
                0 => reader.header().map(|()| None),
                _ => reader.function(self.open.last()).map(Some),
            };
            let (taken, texts, left) = (reader.taken, reader.texts, reader.bytes.len());
            match read {
                Ok(function) => {
                    let pos = bytes.len() - left;
                    self.work += (pos - self.pos) as u64 + FUNCTION;
                    self.pos = pos;
                    // What was counted before it was known what it is.
                    let exact = function.as_ref().map_or(0, |open| open.bytes() as u64);
                    meter.release((taken - texts).saturating_sub(exact));
                    self.taken += exact;
                    self.texts += texts;
                    if let Some(proto) = function.and_then(|function| self.place(function)) {
                        return Ok(Ok(proto));
                    }
                }
                Err(Fault::Stopped(why)) => {
                    // The texts stay: they are known now.
                    meter.release(taken - texts);
                    self.texts += texts;
                    return Err(why);
                }
                Err(Fault::Bad(why)) => return Ok(Err(bad_format(chunk_name, why))),
                Err(Fault::Size(what)) => {
                    return Ok(Err(bad_format(chunk_name, &format!("{what} size mismatch"))));
                }
            }
            if self.work >= until {
                return Err(Stopped::Piece);
            }
        }
    }

    /// Puts a function into the one around it, and that, if it is complete, into the next.
    /// Returns the main function when all is there.
    fn place(&mut self, function: Open) -> Option<Proto> {
        let mut done = function;
        while done.missing == 0 {
            let Some(mut outer) = self.open.pop() else { return Some(done.proto) };
            outer.proto.protos.push(Arc::new(done.proto));
            outer.missing -= 1;
            done = outer;
        }
        self.open.push(done);
        None
    }

    /// Returns the units of work done so far.
    pub(crate) fn work(&self) -> u64 {
        self.work
    }

    /// Returns the bytes reserved for texts.
    pub(crate) fn texts(&self) -> u64 {
        self.texts
    }
}

/// Makes the error for bytes that are no chunk: `name: bad binary format (why)`.
pub(crate) fn bad_format(chunk_name: &[u8], why: &str) -> SyntaxError {
    let shown = match chunk_name {
        [b'@' | b'=', rest @ ..] => rest,
        [first, ..] if *first == SIGNATURE[0] => b"binary string",
        other => other,
    };
    let mut message = near::cut(c_string(near::window(shown)));
    message.extend_from_slice(format!(": bad binary format ({why})").as_bytes());
    SyntaxError::Rejected(Box::new(Diagnostic { message, line: 0, at: None, near: None }))
}

struct Reader<'a> {
    /// What has not been read yet.
    bytes: &'a [u8],
    meter: &'a mut dyn Meter,
    known: &'a mut BTreeSet<Arc<[u8]>>,
    /// Bytes reserved, and how many of them for texts.
    taken: u64,
    texts: u64,
}

/// A function whose inner functions are being read.
#[derive(Debug)]
struct Open {
    proto: Proto,
    missing: usize,
}

impl Open {
    /// Returns the logical size, with the places of the functions that are still missing.
    fn bytes(&self) -> usize {
        self.proto.bytes() + self.missing * PLACE
    }
}

impl<'a> Reader<'a> {
    fn take(&mut self, n: usize) -> Read<&'a [u8]> {
        let (taken, rest) = self.bytes.split_at_checked(n).ok_or(TRUNCATED)?;
        self.bytes = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Read<[u8; N]> {
        let (taken, rest) = self.bytes.split_first_chunk::<N>().ok_or(TRUNCATED)?;
        self.bytes = rest;
        Ok(*taken)
    }

    fn byte(&mut self) -> Read<u8> {
        self.array::<1>().map(|[byte]| byte)
    }

    fn flag(&mut self) -> Read<bool> {
        match self.byte()? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(Fault::Bad("corrupted chunk")),
        }
    }

    fn unsigned(&mut self) -> Read<u64> {
        let mut n = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x7f);
            if (bits << shift) >> shift != bits {
                break;
            }
            n |= bits << shift;
            if byte < 0x80 {
                return Ok(n);
            }
        }
        Err(Fault::Bad("integer overflow"))
    }

    fn unsigned_32(&mut self) -> Read<u32> {
        u32::try_from(self.unsigned()?).map_err(|_| Fault::Bad("integer overflow"))
    }

    /// Reads how many entries follow, of at least `least` bytes each, and pays for
    /// them: `cost` logical bytes each.
    fn count(&mut self, least: usize, cost: usize) -> Read<usize> {
        let n = usize::try_from(self.unsigned()?).map_err(|_| TRUNCATED)?;
        if n > self.bytes.len() / least {
            return Err(TRUNCATED);
        }
        self.pay(n * cost)?;
        Ok(n)
    }

    fn pay(&mut self, bytes: usize) -> Read<()> {
        self.meter.reserve(bytes as u64).map_err(Fault::Stopped)?;
        self.taken += bytes as u64;
        Ok(())
    }

    fn string(&mut self) -> Read<Arc<[u8]>> {
        let length = usize::try_from(self.unsigned()?).map_err(|_| TRUNCATED)?;
        self.text(length)
    }

    fn text(&mut self, length: usize) -> Read<Arc<[u8]>> {
        let text = self.take(length)?;
        if let Some(known) = self.known.get(text) {
            return Ok(known.clone());
        }
        self.pay(text_bytes(length))?;
        self.texts += text_bytes(length) as u64;
        let text: Arc<[u8]> = text.into();
        self.known.insert(text.clone());
        Ok(text)
    }

    fn literal(&mut self, expected: &[u8], otherwise: &'static str) -> Read<()> {
        if self.take(expected.len())? == expected { Ok(()) } else { Err(Fault::Bad(otherwise)) }
    }

    fn header(&mut self) -> Read<()> {
        self.literal(SIGNATURE, "not a binary chunk")?;
        self.literal(&[LUA_VERSION], "version mismatch")?;
        self.literal(&[PUC_FORMAT], "format mismatch")?;
        self.literal(DATA, "corrupted chunk")?;
        for (size, what) in SIZES {
            if self.byte()? != size {
                return Err(Fault::Size(what));
            }
        }
        self.literal(&INTEGER.to_le_bytes(), "integer format mismatch")?;
        self.literal(&FLOAT.to_le_bytes(), "float format mismatch")?;
        self.literal(&[VERSION], "version mismatch")
    }

    /// Reads a function up to the number of functions in it.
    fn function(&mut self, around: Option<&Open>) -> Read<Open> {
        self.pay(PROTO_BYTES)?;
        let mut proto = Proto::default();
        proto.source = match self.unsigned()? {
            0 => around.map_or_else(|| NO_SOURCE.into(), |outer| outer.proto.source.clone()),
            n => self.text(usize::try_from(n - 1).map_err(|_| TRUNCATED)?)?,
        };
        proto.line_defined = self.unsigned_32()?;
        proto.last_line_defined = self.unsigned_32()?;
        proto.num_params = self.byte()?;
        proto.is_vararg = self.flag()?;
        proto.max_stack = self.byte()?;
        self.code(&mut proto)?;
        let n = self.count(1, CONST_BYTES)?;
        proto.constants = self.list(n, Self::constant)?;
        let n = self.count(3, UPVAL_DESC_BYTES)?;
        let nameless: Arc<[u8]> = Arc::default();
        proto.upvalues = self.list(n, |reader| {
            let in_stack = reader.flag()?;
            let index = reader.byte()?;
            let read_only = reader.flag()?;
            Ok(UpvalDesc { name: nameless.clone(), in_stack, index, read_only })
        })?;
        self.debug_information(&mut proto)?;
        let missing = self.count(MIN_FUNCTION, PLACE)?;
        proto.protos.reserve_exact(missing);
        Ok(Open { proto, missing })
    }

    fn list<T>(&mut self, n: usize, mut read: impl FnMut(&mut Self) -> Read<T>) -> Read<Vec<T>> {
        let mut all = Vec::with_capacity(n);
        for _ in 0..n {
            all.push(read(self)?);
        }
        Ok(all)
    }

    fn code(&mut self, proto: &mut Proto) -> Read<()> {
        let n = self.count(INSTR_BYTES, CODE_BYTES)?;
        proto.code = self.list(n, |reader| {
            let [op, a, b, c, x @ ..] = reader.array::<INSTR_BYTES>()?;
            let op = *Op::ALL.get(usize::from(op)).ok_or(Fault::Bad("corrupted chunk"))?;
            Ok(Instr::new(op, a, b, c, u32::from_le_bytes(x)))
        })?;
        Ok(())
    }

    fn constant(&mut self) -> Read<Const> {
        Ok(match self.byte()? {
            tag::NIL => Const::Nil,
            tag::FALSE => Const::Boolean(false),
            tag::TRUE => Const::Boolean(true),
            tag::INTEGER => Const::Integer(i64::from_le_bytes(self.array()?)),
            tag::FLOAT => {
                let n = f64::from_le_bytes(self.array()?);
                // The compiler makes none, and the machine's is this one (`base::arithmetic::canonical`).
                Const::Number(if n.is_nan() { f64::from_bits(0xfff8 << 48) } else { n })
            }
            tag::STRING => Const::String(self.string()?),
            _ => return Err(Fault::Bad("corrupted chunk")),
        })
    }

    fn debug_information(&mut self, proto: &mut Proto) -> Read<()> {
        // That there are as many as instructions, or none, is the verifier's to check.
        let n = self.count(1, 4)?;
        let mut line = i64::from(proto.line_defined);
        proto.lines = self.list(n, |reader| {
            let step = reader.unsigned()?;
            line = line.wrapping_add((step >> 1) as i64 ^ -((step & 1) as i64));
            u32::try_from(line).map_err(|_| Fault::Bad("integer overflow"))
        })?;
        let n = self.count(4, LOC_VAR_BYTES)?;
        proto.loc_vars = self.list(n, |reader| {
            let name = reader.string()?;
            let start_pc = reader.unsigned_32()?;
            let end_pc = reader.unsigned_32()?;
            Ok(LocVar { name, start_pc, end_pc, reg: reader.byte()? })
        })?;
        let names = self.count(1, 0)?;
        if names != 0 && names != proto.upvalues.len() {
            return Err(Fault::Bad("corrupted chunk"));
        }
        for upvalue in proto.upvalues.iter_mut().take(names) {
            upvalue.name = self.string()?;
        }
        Ok(())
    }
}
