//! What clients can read: the script API in two forms, and the traces of the last runs.

use super::options::Options;
use super::traces::{Traces, URI};
use crate::host::types::{library, write};
use rmcp::model::{Resource, ResourceContents, ResourceTemplate};

/// The script API as text for a model.
const API: &str = "moonfuel://api";
/// The script API as definitions for editors.
const LUACATS: &str = "moonfuel://api.d.lua";

const TEXT: &str = "text/plain";
const LUA: &str = "text/x-lua";
const LINES: &str = "application/jsonl";

/// Lists what there is.
pub(super) fn list(traces: &Traces) -> Vec<Resource> {
    let mut all = vec![
        Resource::new(API, "api")
            .with_title("Functions that scripts have")
            .with_description("Beside Lua's own library: signatures, and what each does.")
            .with_mime_type(TEXT),
        Resource::new(LUACATS, "api.d.lua")
            .with_title("Functions that scripts have, for editors")
            .with_description("Definitions for lua-language-server (LuaCATS).")
            .with_mime_type(LUA),
    ];
    all.extend(traces.list().into_iter().map(|(uri, size)| {
        let name = format!("trace-{}", uri.trim_start_matches(URI));
        Resource::new(uri, name)
            .with_description("The trace of a run: lua_replay does it again.")
            .with_mime_type(LINES)
            .with_size(size as u64)
    }));
    all
}

/// Lists how resources are named.
pub(super) fn templates() -> Vec<ResourceTemplate> {
    vec![
        ResourceTemplate::new(format!("{URI}{{number}}"), "trace")
            .with_description("The trace of a run, as its result named it.")
            .with_mime_type(LINES),
    ]
}

/// Reads one; nothing if there is none of this name.
pub(super) fn read(uri: &str, options: &Options, traces: &Traces) -> Option<ResourceContents> {
    let format = |format: &str| {
        let mut declared = library();
        declared.extend(options.declared.iter().cloned());
        write(&declared, format).unwrap_or_default()
    };
    let (text, kind) = match uri {
        API => (format("prompt"), TEXT),
        LUACATS => (format("luacats"), LUA),
        _ => (String::from_utf8_lossy(&traces.get(uri)?).into_owned(), LINES),
    };
    Some(ResourceContents::text(text, uri).with_mime_type(kind))
}
