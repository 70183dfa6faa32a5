//! The part of loading that knows nothing of the machine: from bytes to verified
//! prototypes, in pieces.

use super::PIECE;
use crate::bytecode::SIGNATURE;
use crate::bytecode::proto::Proto;
use crate::bytecode::undump::{Undumping, bad_format};
use crate::bytecode::verify::Verifying;
use crate::compiler::Compiler;
use crate::gc;
use crate::syntax::error::{Diagnostic, SyntaxError, error_plain};
use crate::syntax::meter::{Meter, Stopped};
use crate::syntax::{ParseOptions, ParserState, file_prefix};
use crate::vm::meters::account::{Account, Refused};
use std::sync::Arc;

/// What has been done so far.
enum Stage {
    Parse(ParserState),
    /// With the error that ended the tape.
    Compile(Compiler, Option<SyntaxError>),
    /// With the length of what stands before the chunk.
    Read(Undumping, usize),
    /// The prototypes that are known, outer ones first; the first `at` are verified.
    Verify {
        order: Vec<Arc<Proto>>,
        at: usize,
        verifying: Verifying,
        binary: bool,
        texts: u64,
    },
    Over,
}

/// What came of a chunk.
pub(super) enum End {
    /// Its prototypes, outer ones first, and the bytes of their texts.
    Made(Vec<Arc<Proto>>, u64),
    /// What is wrong with it.
    Rejected(Box<Diagnostic>),
    /// The compiler made code that does not verify.
    Broken,
}

/// The front end at work on a chunk.
pub(super) struct Front {
    stage: Stage,
    /// The chunk's name, as far as it is ever shown.
    name: Arc<[u8]>,
    /// Logical bytes reserved.
    taken: usize,
    /// Units of work done and not paid.
    owed: u64,
    end: Option<End>,
}

impl Drop for Front {
    fn drop(&mut self) {
        gc::freed(self.taken);
    }
}

/// Takes memory from the account for a front end.
struct Space<'a> {
    account: &'a Account,
    taken: &'a mut usize,
    refused: Refused,
}

impl Meter for Space<'_> {
    fn reserve(&mut self, bytes: u64) -> Result<(), Stopped> {
        let bytes = usize::try_from(bytes).unwrap_or(usize::MAX);
        match self.account.reserve(bytes) {
            Ok(()) => {
                *self.taken += bytes;
                Ok(())
            }
            Err(refused) => {
                self.refused = refused;
                Err(Stopped::Memory)
            }
        }
    }

    fn release(&mut self, bytes: u64) {
        let bytes = usize::try_from(bytes).unwrap_or(usize::MAX).min(*self.taken);
        self.account.release(bytes);
        *self.taken -= bytes;
    }
}

impl Front {
    /// Begins with a chunk. `file`: it may begin as files may. `binary`: it may be
    /// precompiled.
    pub(super) fn new(source: &[u8], name: Arc<[u8]>, file: bool, binary: bool) -> Front {
        let prefix = if file { file_prefix(source).min(source.len()) } else { 0 };
        let stage = if binary && source[prefix..].first() == SIGNATURE.first() {
            Stage::Read(Undumping::default(), prefix)
        } else {
            Stage::Parse(ParserState::new(source, ParseOptions { skip_file_prefix: file }))
        };
        Front { stage, name, taken: 0, owed: (prefix / 64) as u64, end: None }
    }

    /// Tells whether the chunk is precompiled.
    pub(super) fn is_binary(&self) -> bool {
        matches!(self.stage, Stage::Read(..))
    }

    /// Returns the units of work done and not paid.
    pub(super) fn owed(&self) -> u64 {
        self.owed
    }

    /// Notes that all work done is paid.
    pub(super) fn paid(&mut self) {
        self.owed = 0;
    }

    /// Notes work done with what came of the chunk.
    pub(super) fn owe(&mut self, units: u64) {
        self.owed += units;
    }

    /// Takes the prototypes, if they are all there.
    pub(super) fn take_made(&mut self) -> Option<(Vec<Arc<Proto>>, u64)> {
        match self.end.take() {
            Some(End::Made(order, texts)) => Some((order, texts)),
            other => {
                self.end = other;
                None
            }
        }
    }

    /// Says why there will be none, if so; as often as it is asked.
    pub(super) fn failure(&self) -> Option<&End> {
        self.end.as_ref()
    }

    /// Does the next piece.
    ///
    /// # Errors
    /// When memory is refused: to be tried again.
    pub(super) fn piece(&mut self, source: &[u8], account: &Account) -> Result<(), Refused> {
        self.end = self.next(source, account)?;
        Ok(())
    }

    fn next(&mut self, source: &[u8], account: &Account) -> Result<Option<End>, Refused> {
        let refused = Refused { bytes: 0 };
        let mut space = Space { account, taken: &mut self.taken, refused };
        let (name, owed) = (&self.name, &mut self.owed);
        let (stage, end) = match &mut self.stage {
            Stage::Parse(parser) => {
                if u32::try_from(source.len()).is_err() {
                    let error = error_plain(name, 1, None, b"chunk is too large");
                    return Ok(Some(rejected(error)));
                }
                let before = parser.work();
                let parsed = parser.go_on(source, name, PIECE, &mut space);
                *owed += parser.work() - before;
                match parsed {
                    Err(Stopped::Piece) => return Ok(None),
                    Err(Stopped::Memory) => return Err(space.refused),
                    Ok(()) => {}
                }
                let error = parser.take_error();
                let chunk = parser.take_chunk();
                let compiler = Compiler::new(chunk, name.clone(), error.is_none());
                (Stage::Compile(compiler, error), None)
            }
            Stage::Compile(compiler, error) => {
                let before = compiler.work();
                let compiled = compiler.go_on(PIECE, &mut space);
                *owed += compiler.work() - before;
                match (compiled, error.take()) {
                    (Err(stopped), later) => {
                        *error = later;
                        return match stopped {
                            Stopped::Piece => Ok(None),
                            Stopped::Memory => Err(space.refused),
                        };
                    }
                    (Ok(Err(fault)), _) => {
                        (Stage::Over, Some(rejected(fault.in_source(source, name))))
                    }
                    (Ok(Ok(())), Some(later)) => (Stage::Over, Some(rejected(later))),
                    (Ok(Ok(())), None) => {
                        let texts = compiler.texts();
                        let kept = compiler.taken() + texts;
                        let order = vec![Arc::new(compiler.take_proto())];
                        space.release((*space.taken as u64).saturating_sub(kept));
                        (verify(order, false, texts), None)
                    }
                }
            }
            Stage::Read(undumping, prefix) => {
                let before = undumping.work();
                let read = undumping.go_on(&source[*prefix..], name, PIECE, &mut space);
                *owed += undumping.work() - before;
                match read {
                    Err(Stopped::Piece) => return Ok(None),
                    Err(Stopped::Memory) => return Err(space.refused),
                    Ok(Err(error)) => (Stage::Over, Some(rejected(error))),
                    Ok(Ok(proto)) => (verify(vec![Arc::new(proto)], true, undumping.texts()), None),
                }
            }
            Stage::Verify { order, at, verifying, binary, texts } => {
                let mut left = PIECE;
                while let Some(proto) = order.get(*at) {
                    if left == 0 {
                        return Ok(None);
                    }
                    if verifying.work() == 0 {
                        space.reserve(Verifying::bytes(proto) as u64).map_err(|_| space.refused)?;
                    }
                    let before = verifying.work();
                    let verified = verifying.go_on(proto, left);
                    let work = verifying.work() - before;
                    *owed += work;
                    left = left.saturating_sub(work);
                    match verified {
                        Ok(false) => continue,
                        Ok(true) => {}
                        Err(_) if *binary => {
                            let error = bad_format(name, "corrupted chunk");
                            return Ok(Some(rejected(error)));
                        }
                        Err(_) => return Ok(Some(End::Broken)),
                    }
                    space.release(Verifying::bytes(proto) as u64);
                    *verifying = Verifying::default();
                    let inner = proto.protos.clone();
                    order.extend(inner);
                    *at += 1;
                }
                (Stage::Over, Some(End::Made(std::mem::take(order), *texts)))
            }
            Stage::Over => (Stage::Over, Some(End::Broken)),
        };
        self.stage = stage;
        Ok(end)
    }

    /// Hands `bytes` of what is reserved over to whoever takes the prototypes.
    pub(super) fn hand_over(&mut self, bytes: usize) {
        self.taken = self.taken.saturating_sub(bytes);
    }

    /// Gives all that is still reserved back.
    pub(super) fn give_back(&mut self, account: &Account) {
        self.stage = Stage::Over;
        account.release(std::mem::take(&mut self.taken));
    }
}

fn verify(order: Vec<Arc<Proto>>, binary: bool, texts: u64) -> Stage {
    Stage::Verify { order, at: 0, verifying: Verifying::default(), binary, texts }
}

fn rejected(error: SyntaxError) -> End {
    match error {
        SyntaxError::Rejected(diagnostic) => End::Rejected(diagnostic),
        SyntaxError::Stopped(_) => End::Broken,
    }
}
