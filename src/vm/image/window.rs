//! What native functions at work keep in their windows: buffers, and chunks that are loaded.
//!
//! The front end of a chunk is not written: it is a machine that does the same again, so as
//! many pieces are done again as there were. What work in pieces keeps (`calls::kept`) is an
//! object of Rust's in a userdata, and so the business of who knows these.

use super::fault::Fault;
use super::load::Loader;
use super::object::Object;
use super::save::Saver;
use super::tag;
use crate::vm::heap::loading::{Loading, Terms};
use crate::vm::heap::native::Interrupt;
use crate::vm::heap::userdata::Buffer;
use crate::vm::heap::value::Value;

impl<'gc> Saver<'_, 'gc> {
    /// Mentions a buffer, whole.
    pub(super) fn buffer(&mut self, buffer: Buffer<'gc>) {
        self.admit(buffer.erase(), Object::Buffer(buffer));
        self.out.byte(tag::BUFFER);
        self.out.size(buffer.charged());
        buffer.with(|bytes| self.out.text(bytes));
    }

    /// Mentions a chunk that is loaded.
    pub(super) fn loading(&mut self, loading: Loading<'gc>) {
        self.out.byte(tag::LOADING);
        let Some(progress) = loading.progress() else {
            self.refuse("a chunk whose loading was refused memory");
            return;
        };
        self.value(Value::String(progress.name));
        self.value(progress.env);
        self.value(progress.source);
        let Terms { file, binary, whole_name } = progress.terms;
        for flag in [file, binary, whole_name, progress.told, progress.over] {
            self.out.flag(flag);
        }
        self.out.number(u64::from(progress.pieces));
        self.admit(loading.erase(), Object::Loading(loading));
    }
}

impl<'gc> Loader<'_, 'gc> {
    pub(super) fn buffer(&mut self) -> Result<Buffer<'gc>, Fault> {
        let charged = self.from.size()?;
        let bytes = self.from.text()?;
        if charged < bytes.len() {
            return Err(Fault::Damaged("a buffer that is too small"));
        }
        let buffer = Buffer::again(self.heap(), bytes, charged)?;
        self.objects.push(Object::Buffer(buffer));
        Ok(buffer)
    }

    pub(super) fn loading(&mut self) -> Result<Loading<'gc>, Fault> {
        let Some(name) = self.string_or_nil()? else {
            return Err(Fault::Damaged("no name where one must be"));
        };
        let (env, source) = (self.value_in_loading()?, self.value_in_loading()?);
        let mut flags = [false; 5];
        for flag in &mut flags {
            *flag = self.from.flag()?;
        }
        let [file, binary, whole_name, told, over] = flags;
        let pieces = self.from.small()?;
        let terms = Terms { file, binary, whole_name };
        let loading = match source {
            Value::String(text) => Loading::new(self.heap(), text.as_bytes(), name, env, terms),
            Value::Buffer(text) => {
                text.with(|text| Loading::new(self.heap(), text, name, env, terms))
            }
            _ => return Err(Fault::Damaged("no chunk where one must be")),
        };
        let loading = loading.map_err(refused)?;
        loading.comes_from(self.heap(), source);
        if binary && !self.ctx.state.binary_chunks.get() {
            return Err(Fault::Damaged("a chunk that is not loaded here"));
        }
        match loading.go_on_again(self.heap(), pieces, told, over) {
            Ok(true) => {}
            Ok(false) => return Err(Fault::Damaged("a chunk that is loaded sooner")),
            Err(interrupt) => return Err(refused(interrupt)),
        }
        self.objects.push(Object::Loading(loading));
        Ok(loading)
    }
}

fn refused(interrupt: Interrupt<'_>) -> Fault {
    match interrupt {
        Interrupt::Memory(refused) => refused.into(),
        _ => Fault::Damaged("a chunk that cannot be loaded"),
    }
}
