//! `jido.edit_file(path, old, new [, {replace_all = bool}])` and
//! `jido.multi_edit(path, edits)`: text in the place of other text, all edits or none.

use super::place::{Fare, Place};
use super::refusal::Refusal;
use super::seen::Stamp;
use super::write::Target;
use super::{Answer, Failure, Jido};
use crate::host::pace::{Room, Scratch};
use crate::{HostCx, HostError, HostValue};

mod strategy;

use strategy::{Found, replace};

/// Most edits of one call.
const MOST_EDITS: usize = 1000;

/// Why an edit is not made.
enum Problem {
    /// There are several places.
    Ambiguous(usize),
    Missing,
    Refused(Refusal),
}

impl From<HostError> for Problem {
    fn from(error: HostError) -> Self {
        Problem::Refused(error.into())
    }
}

/// Makes one edit.
pub(super) fn edit_file(jido: &Jido, cx: &mut HostCx<'_>, args: &[HostValue]) -> Answer {
    let requires =
        || Err(b"edit_file requires path, old_string, and new_string arguments".to_vec().into());
    let [HostValue::String(path), HostValue::String(old), HostValue::String(new), rest @ ..] = args
    else {
        return requires();
    };
    let all = match (rest.first(), super::read::options(rest.first())) {
        (Some(HostValue::Boolean(all)), _) => *all,
        (_, Some(options)) => options.field("replace_all") == Some(&HostValue::Boolean(true)),
        _ => return requires(),
    };
    jido.require_write("edit_file")?;
    let failed = |cx: &mut HostCx<'_>, refusal: Refusal| Err(refusal.failure(cx, path));
    let (place, content) = match jido.begin_edit(cx, path) {
        Ok(begun) => begun,
        Err(refusal) => return failed(cx, refusal),
    };
    if old.is_empty() {
        return Err(b"old_string cannot be empty".to_vec().into());
    }
    let mut desk = Desk::default();
    let edited = match desk.edit(cx, &content, old, new, all, jido.options.write_limit) {
        Ok(edited) => edited,
        Err(Problem::Refused(refusal)) => return failed(cx, refusal),
        Err(Problem::Ambiguous(count)) => {
            let found = format!("Found {count} occurrences of the string in ");
            let text = [
                found.as_bytes(),
                path,
                b". Use replace_all: true to replace all, or provide a more specific string.",
            ];
            return told(cx, &text.concat());
        }
        Err(Problem::Missing) => {
            let text = b"String not found in file (tried exact, line-trimmed, \
                         whitespace-normalized, and indentation-flexible matching): ";
            return told(cx, &[text.as_slice(), path].concat());
        }
    };
    match jido.end_edit(cx, place, &edited) {
        Ok(()) => Ok(HostValue::Boolean(true)),
        Err(refusal) => failed(cx, refusal),
    }
}

/// Makes edits one after the other, and writes the file if all could be made.
pub(super) fn multi_edit(jido: &Jido, cx: &mut HostCx<'_>, args: &[HostValue]) -> Answer {
    let [HostValue::String(path), HostValue::Array(edits), ..] = args else {
        // A table without items is both.
        if let [HostValue::String(_), HostValue::Object(fields), ..] = args
            && fields.is_empty()
        {
            return Err(b"edits array cannot be empty".to_vec().into());
        }
        return Err(b"multi_edit requires path and edits arguments".to_vec().into());
    };
    if edits.is_empty() {
        return Err(b"edits array cannot be empty".to_vec().into());
    }
    if edits.len() > MOST_EDITS {
        let text = format!("edits array is too long ({} edits, limit {MOST_EDITS})", edits.len());
        return Err(text.into_bytes().into());
    }
    let edits = edits.iter().enumerate().map(|(index, edit)| {
        one_of_many(edit).map_err(|why| format!("Edit {} invalid: {why}", index + 1).into_bytes())
    });
    let edits = edits.collect::<Result<Vec<_>, _>>()?;
    jido.require_write("multi_edit")?;
    let failed = |cx: &mut HostCx<'_>, refusal: Refusal| Err(refusal.failure(cx, path));
    let (place, mut content) = match jido.begin_edit(cx, path) {
        Ok(begun) => begun,
        Err(refusal) => return failed(cx, refusal),
    };
    let mut desk = Desk::default();
    for (index, (old, new, all)) in edits.into_iter().enumerate() {
        content = match desk.edit(cx, &content, old, new, all, jido.options.write_limit) {
            Ok(edited) => edited,
            Err(Problem::Refused(refusal)) => return failed(cx, refusal),
            Err(Problem::Ambiguous(count)) => {
                let text = format!(
                    "Edit {} failed: Found {count} occurrences - provide more specific old_string",
                    index + 1
                );
                return told(cx, text.as_bytes());
            }
            Err(Problem::Missing) => {
                let text = format!("Edit {} failed: String not found in file", index + 1);
                return told(cx, text.as_bytes());
            }
        };
    }
    match jido.end_edit(cx, place, &content) {
        Ok(()) => Ok(HostValue::Boolean(true)),
        Err(refusal) => failed(cx, refusal),
    }
}

/// Reads one of many edits: the old text, the new one, and whether all places are meant.
fn one_of_many(edit: &HostValue) -> Result<(&[u8], &[u8], bool), &'static str> {
    let field = |name| edit.field(name).and_then(HostValue::as_bytes);
    let (Some(old), Some(new)) = (field("old_string"), field("new_string")) else {
        return Err("must have old_string and new_string fields");
    };
    if old.is_empty() {
        return Err("old_string cannot be empty");
    }
    Ok((old, new, edit.field("replace_all") == Some(&HostValue::Boolean(true))))
}

fn told(cx: &mut HostCx<'_>, text: &[u8]) -> Answer {
    cx.reserve(text.len()).map_err(Failure::Raised)?;
    Err(text.to_vec().into())
}

/// What edits that are made one after the other take.
#[derive(Default)]
struct Desk {
    scratch: Scratch,
    /// For the content that an edit makes, and that which the next one makes of it.
    rooms: [Room; 2],
}

impl Desk {
    /// Makes an edit of a content.
    fn edit(
        &mut self,
        cx: &mut HostCx<'_>,
        content: &[u8],
        old: &[u8],
        new: &[u8],
        all: bool,
        limit: u64,
    ) -> Result<Vec<u8>, Problem> {
        self.scratch.clear();
        self.rooms.reverse();
        match strategy::find(cx, &mut self.scratch, content, old)? {
            Found::Nothing => Err(Problem::Missing),
            Found::Places(places) if places.len() > 1 && !all => {
                Err(Problem::Ambiguous(places.len()))
            }
            Found::Places(places) => {
                let taken: usize = places.iter().map(|place| place.len()).sum();
                let length =
                    (content.len() - taken).saturating_add(new.len().saturating_mul(places.len()));
                if length as u64 > limit {
                    return Err(Problem::Refused(Refusal::ContentTooLarge(limit)));
                }
                Ok(replace(cx, &mut self.rooms[0], content, &places, new, length)?)
            }
        }
    }
}

impl Jido {
    /// Reads a file that is to be edited.
    fn begin_edit(&self, cx: &mut HostCx<'_>, path: &[u8]) -> Result<(Place, Vec<u8>), Refusal> {
        let relative = self.check_path(path)?;
        self.refuse_git(&relative)?;
        let place = self.find_for(Fare::given(cx, &relative), &relative)?;
        self.require_writable(&place)?;
        self.require_seen(&place.real, &place.metadata, "editing")?;
        let (content, stamp) = self.read_content(cx, &place)?;
        // What was looked at may be another file by now, or have been written to.
        if self.options.require_read && stamp != Stamp::of(&place.metadata) {
            return Err(Refusal::Changed);
        }
        Ok((place, content))
    }

    fn end_edit(&self, cx: &mut HostCx<'_>, place: Place, content: &[u8]) -> Result<(), Refusal> {
        if content.len() as u64 > self.options.write_limit {
            return Err(Refusal::ContentTooLarge(self.options.write_limit));
        }
        self.replace(cx, &Target::replacing(place), content)
    }
}
