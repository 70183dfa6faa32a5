//! Objects of the host's in images of a session.

use super::parts::{get_work, parts_of, put_work, work_size};
use crate::session::functions::object_types::ObjectType;
use crate::session::functions::objects::{Owned, OwnedImage};
use crate::vm::image::fault::Fault;
use crate::vm::image::outside::Outside;
use crate::vm::image::wire::{Reader, Writer};
use crate::vm::state::context::Context;
use std::any::Any;
use std::borrow::Cow;
use std::rc::Rc;

/// What is known of a value: it was revoked, its bytes, or nothing.
const REVOKED: u8 = 0;
const SAVED: u8 = 1;
const UNKNOWN: u8 = 2;

/// Knows what userdata of a session hold.
pub(in crate::session) struct Keeper<'a> {
    types: &'a [ObjectType],
}

impl<'a> Keeper<'a> {
    /// `types` are those of the session.
    pub(in crate::session) fn new(types: &'a [ObjectType]) -> Keeper<'a> {
        Keeper { types }
    }
}

/// Returns how many bytes an object gives back when it is collected.
fn size_of(object: &Rc<dyn Any>) -> Option<usize> {
    let owned = object.downcast_ref::<Owned>().map(Owned::charged);
    owned.or_else(|| work_size(object))
}

impl Outside for Keeper<'_> {
    fn save(&mut self, object: &Rc<dyn Any>, out: &mut Writer) -> Result<(), String> {
        let Some(owned) = object.downcast_ref::<Owned>() else {
            let put = put_work(object, out);
            return put.unwrap_or_else(|| Err("what a host function keeps".to_owned()));
        };
        out.byte(0);
        out.text(owned.name.as_bytes());
        out.number(owned.serial);
        out.size(owned.charged());
        let kind = self.types.iter().find(|known| known.name == owned.name);
        let saved = owned.look(|value| match (value, kind) {
            (None, _) => Some(None),
            (Some(value), Some(kind)) => kind.save(value).map(Some),
            (Some(_), None) => None,
        });
        match saved.flatten() {
            Some(None) => out.byte(REVOKED),
            Some(Some(bytes)) => {
                out.byte(SAVED);
                out.text(&bytes);
            }
            None => {
                out.byte(UNKNOWN);
                return Err(format!(
                    "an object of type '{}', which has no way to be saved",
                    owned.name
                ));
            }
        }
        Ok(())
    }

    fn size(&self, object: &Rc<dyn Any>) -> Option<usize> {
        size_of(object)
    }

    fn load(&mut self, ctx: Context<'_>, from: &mut Reader<'_>) -> Result<Rc<dyn Any>, Fault> {
        match from.byte()? {
            0 => {}
            kind => {
                let names: Vec<Cow<'static, str>> =
                    self.types.iter().map(|kind| kind.name.clone()).collect();
                return get_work(&mut parts_of(ctx, from, &names), kind);
            }
        }
        let (name, serial, bytes) = (from.text()?, from.number()?, from.size()?);
        let Some(kind) = self.types.iter().find(|known| known.name.as_bytes() == name) else {
            let name = String::from_utf8_lossy(&name[..name.len().min(64)]).into_owned();
            return Err(Fault::Host(name, "no such type of objects".to_owned()));
        };
        if serial == 0 || serial >= ctx.state.objects.next() {
            return Err(Fault::Damaged("an object that was never made"));
        }
        let value = match from.byte()? {
            REVOKED => None,
            SAVED => match kind.restore(from.text()?) {
                Some(value) => Some(value),
                None => {
                    let why = "the type does not restore an object that it saved".to_owned();
                    return Err(Fault::Host(kind.name.to_string(), why));
                }
            },
            _ => return Err(Fault::Damaged("an object of no kind")),
        };
        let image = OwnedImage { value, name: kind.name.clone(), serial, bytes };
        let owned = Rc::new(Owned::again(&ctx.state.account, image)?);
        ctx.state.objects.note_again(&owned, serial);
        Ok(owned)
    }
}

/// Sees the host's objects from outside.
pub(in crate::session) struct Beholder;

impl Outside for Beholder {
    fn save(&mut self, object: &Rc<dyn Any>, out: &mut Writer) -> Result<(), String> {
        let Some(owned) = object.downcast_ref::<Owned>() else {
            return Err("what a host function keeps".to_owned());
        };
        out.text(owned.name.as_bytes());
        out.number(owned.serial);
        out.size(owned.charged());
        out.byte(if owned.is_revoked() { REVOKED } else { UNKNOWN });
        Ok(())
    }

    fn size(&self, object: &Rc<dyn Any>) -> Option<usize> {
        size_of(object)
    }

    fn load(&mut self, _: Context<'_>, _: &mut Reader<'_>) -> Result<Rc<dyn Any>, Fault> {
        Err(Fault::Damaged("an object that was only seen"))
    }
}
