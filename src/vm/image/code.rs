//! Code in an image: prototypes as precompiled chunks, each once with those in it.
//!
//! What is alive of a chunk may be functions in the middle of it. So a group is written where
//! some code is met that has no number yet: its prototype whole, then its code and the code in
//! it, outer ones first, of which some may have numbers already.

use super::fault::Fault;
use super::load::Loader;
use super::object::Object;
use super::save::{Purpose, Saver};
use super::texts::{Known, TextsAgain};
use crate::bytecode::dump::dump;
use crate::bytecode::proto::{Const, Proto};
use crate::bytecode::undump::Undumping;
use crate::bytecode::verify::verify;
use crate::gc::Gc;
use crate::syntax::meter::{Meter, Stopped};
use crate::vm::heap::closure::{Code, Texts};
use crate::vm::heap::string::{SHORT, Str};
use crate::vm::heap::value::Value;
use crate::vm::meters::account::{Account, Refused};
use std::rc::Rc;
use std::sync::Arc;

impl<'gc> Saver<'_, 'gc> {
    /// Writes code.
    pub(super) fn code(&mut self, code: Gc<'gc, Code<'gc>>) {
        if self.hidden(Gc::erase(code)) {
            return;
        }
        let texts = code.as_ref().texts();
        let (number, new) = self.texts.add(Rc::as_ptr(texts).addr());
        self.out.number(u64::from(number));
        if new {
            self.out.size(texts.charged());
        }
        match self.purpose {
            Purpose::Fork => {
                self.out.size(self.shared.len());
                self.shared.push(code.proto.clone());
            }
            Purpose::Reach => {}
            Purpose::Snapshot | Purpose::Digest => {
                self.out.text(&dump(&code.proto, &code.proto.source, false));
            }
        }
        self.value(code.as_ref().whole_name().map_or(Value::Nil, Value::String));
        self.made_ready(code);
        let mut inner: Vec<_> = code.protos.iter().rev().copied().collect();
        while let Some(code) = inner.pop() {
            if !self.hidden(Gc::erase(code)) {
                self.made_ready(code);
                inner.extend(code.protos.iter().rev());
            }
        }
    }

    /// Gives code its number, and writes what is not in its prototype.
    fn made_ready(&mut self, code: Gc<'gc, Code<'gc>>) {
        self.admit(Gc::erase(code), Object::Code(code));
        for constant in &code.as_ref().constants {
            match constant {
                Value::String(string) if string.is_short() => self.imply(*string),
                Value::String(string) => self.string(*string),
                _ => {}
            }
        }
    }
}

/// Takes memory from an account.
struct Space<'a> {
    account: &'a Account,
    taken: usize,
    refused: usize,
}

impl Meter for Space<'_> {
    fn reserve(&mut self, bytes: u64) -> Result<(), Stopped> {
        let bytes = usize::try_from(bytes).unwrap_or(usize::MAX);
        if let Err(refused) = self.account.reserve(bytes) {
            self.refused = refused.bytes;
            return Err(Stopped::Memory);
        }
        self.taken += bytes;
        Ok(())
    }

    fn release(&mut self, bytes: u64) {
        let bytes = usize::try_from(bytes).unwrap_or(usize::MAX).min(self.taken);
        self.account.release(bytes);
        self.taken -= bytes;
    }
}

impl Drop for Space<'_> {
    fn drop(&mut self) {
        self.account.release(self.taken);
    }
}

/// Code of a group, before it is made.
struct Part<'gc> {
    proto: Arc<Proto>,
    /// Where in the group the code in it is.
    inner: Vec<usize>,
    constants: Vec<Value<'gc>>,
    made: Option<Gc<'gc, Code<'gc>>>,
}

impl<'gc> Loader<'_, 'gc> {
    /// Reads code.
    pub(super) fn code(&mut self) -> Result<Gc<'gc, Code<'gc>>, Fault> {
        match self.hidden()? {
            Some(Object::Code(code)) => return Ok(code),
            Some(_) => return Err(Fault::Damaged("no code where it must be")),
            None => {}
        }
        let at = self.from.size()?;
        let charged = match at.checked_sub(self.texts.len()) {
            None => None,
            Some(0) => Some(self.from.size()?),
            Some(_) => return Err(Fault::Damaged("a number that no texts have")),
        };
        let known = match charged {
            None => std::mem::take(&mut self.texts[at].known),
            Some(_) => Known::new(),
        };
        let (proto, known) = self.proto(known)?;
        match charged {
            None => self.texts[at].known = known,
            Some(charged) => {
                self.ctx.state.account.reserve(charged)?;
                self.texts.push(TextsAgain { texts: Rc::new(Texts::new(charged)), known });
            }
        }
        let name = self.string_or_nil()?;
        let parts = self.parts(proto)?;
        self.make_code(parts, &Rc::clone(&self.texts[at].texts), name)
    }

    /// Reads a prototype, which is verified.
    fn proto(&mut self, known: Known) -> Result<(Arc<Proto>, Known), Fault> {
        if !self.shared.is_empty() {
            let shared = self.from.size().map(|number| self.shared.get(number).cloned())?;
            return Ok((shared.ok_or(Fault::Damaged("a number that no code has"))?, known));
        }
        let bytes = self.from.text()?;
        let mut space = Space { account: &self.ctx.state.account, taken: 0, refused: 0 };
        let mut undumping = Undumping::knowing(known);
        let proto = match undumping.go_on(bytes, b"=?", u64::MAX, &mut space) {
            Ok(Ok(proto)) => proto,
            Ok(Err(_)) | Err(Stopped::Piece) => return Err(Fault::Damaged("code that is none")),
            Err(Stopped::Memory) => return Err(Refused { bytes: space.refused }.into()),
        };
        verify(&proto).map_err(|_| Fault::Damaged("code that does not verify"))?;
        Ok((Arc::new(proto), undumping.into_known()))
    }

    /// Reads what belongs to the code of a group, outer ones first.
    fn parts(&mut self, proto: Arc<Proto>) -> Result<Vec<Part<'gc>>, Fault> {
        let mut parts: Vec<Part<'gc>> = Vec::new();
        // Those still to come, the next one last, with the place of the one around it.
        let mut pending = vec![(proto, None)];
        while let Some((proto, around)) = pending.pop() {
            let place = parts.len();
            let made = match around {
                None => None,
                Some(around) => {
                    let outer: &mut Part<'gc> = &mut parts[around];
                    outer.inner.push(place);
                    self.hidden()?
                }
            };
            let made = match made {
                None => None,
                Some(Object::Code(code)) if is_same(&code.proto, &proto) => Some(code),
                Some(_) => return Err(Fault::Damaged("other code than there must be")),
            };
            let mut constants = Vec::new();
            if made.is_none() {
                constants = self.constants(&proto)?;
                let inner = proto.protos.iter().rev();
                pending.extend(inner.map(|inner| (Arc::clone(inner), Some(place))));
            }
            parts.push(Part { proto, inner: Vec::new(), constants, made });
        }
        Ok(parts)
    }

    /// Makes the constants of a prototype values.
    fn constants(&mut self, proto: &Proto) -> Result<Vec<Value<'gc>>, Fault> {
        let mut values = Vec::with_capacity(proto.constants.len());
        for constant in &proto.constants {
            values.push(match constant {
                Const::Nil => Value::Nil,
                Const::Boolean(boolean) => Value::Boolean(*boolean),
                Const::Integer(integer) => Value::Integer(*integer),
                Const::Number(number) => Value::Number(*number),
                Const::String(text) if text.len() <= SHORT => {
                    Value::String(self.make_string(text)?)
                }
                Const::String(text) => match self.string_or_nil()? {
                    Some(string) if string.as_bytes() == &**text => Value::String(string),
                    _ => return Err(Fault::Damaged("another constant than there must be")),
                },
            });
        }
        Ok(values)
    }

    /// Makes the code of a group, inner ones first. Returns the outermost.
    fn make_code(
        &mut self,
        mut parts: Vec<Part<'gc>>,
        texts: &Rc<Texts>,
        name: Option<Str<'gc>>,
    ) -> Result<Gc<'gc, Code<'gc>>, Fault> {
        let mut made: Vec<Option<Gc<'gc, Code<'gc>>>> = vec![None; parts.len()];
        for (at, part) in parts.iter_mut().enumerate().rev() {
            let code = match part.made {
                Some(code) => code,
                None => {
                    let bytes = part.proto.bytes();
                    self.ctx.state.account.reserve(bytes)?;
                    let inner = part.inner.iter().filter_map(|inner| made[*inner]).collect();
                    let constants = std::mem::take(&mut part.constants).into_boxed_slice();
                    let proto = Arc::clone(&part.proto);
                    let code = Code::new(proto, constants, inner, bytes, texts.clone(), name);
                    Gc::new(self.ctx.mc, code)
                }
            };
            made[at] = Some(code);
        }
        for (part, code) in parts.iter().zip(&made) {
            if let (None, Some(code)) = (part.made, code) {
                self.objects.push(Object::Code(*code));
            }
        }
        let outermost = made.first().copied().flatten();
        outermost.ok_or(Fault::Damaged("code that is none"))
    }
}

/// Tells whether two prototypes are alike in everything.
fn is_same(a: &Arc<Proto>, b: &Arc<Proto>) -> bool {
    Arc::ptr_eq(a, b) || dump(a, &a.source, false) == dump(b, &b.source, false)
}
