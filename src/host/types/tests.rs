//! Help, schemas, and what is written for editors and checkers.

use super::luacats::luacats;
use super::prompt::prompt;
use super::schema::json_schema;
use super::standards::{luacheck, selene};
use super::{help, imp, jido, library, write};
use crate::host::types::kind::Kind;
use crate::{Chunk, Session};
use serde_json::json;

fn all() -> Vec<crate::Declaration> {
    let mut all = library();
    all.extend(jido());
    all.extend(imp());
    all
}

#[test]
fn help_lists_tells_and_guesses() {
    let all = all();
    let list = help(&all, None).unwrap();
    assert!(
        list.contains("jido.glob(pattern: string, path?: string): string[]\n    Finds paths"),
        "{list}"
    );
    let glob = help(&all, Some("jido.glob")).unwrap();
    assert!(glob.contains("pattern: string\n    The pattern.\n"), "{glob}");
    assert!(glob.contains("if it fails: nil and what is wrong\n  tier: read_only\n"), "{glob}");
    assert_eq!(help(&all, Some("glob")), Ok(glob));
    let error = help(&all, Some("jido.reed_file")).unwrap_err();
    assert_eq!(error, "there is no function 'jido.reed_file': did you mean 'jido.read_file'?");
}

#[test]
fn every_type_of_a_declaration_can_be_read() {
    for declaration in all() {
        let kinds = declaration.parameters.iter().map(|parameter| parameter.kind.as_str());
        for kind in kinds.chain([declaration.result.as_str()]).filter(|kind| !kind.is_empty()) {
            let known = ["any", "any[]", "table"].contains(&kind);
            assert!(known || Kind::read(kind) != Kind::Any, "{}: {kind}", declaration.path());
        }
    }
}

#[test]
fn schemas_say_what_types_say() {
    let schema = json_schema(&jido());
    let of = |name: &str| {
        schema.as_array().unwrap().iter().find(|one| one["name"] == name).unwrap().clone()
    };
    assert_eq!(
        of("jido.read_file")["parameters"]["properties"]["opts"],
        json!({
            "type": "object",
            "properties": { "offset": { "type": "integer" }, "limit": { "type": "integer" } },
            "required": [],
            "description": "The first line (1) and how many (2000)."
        })
    );
    assert_eq!(
        of("jido.list_dir")["returns"]["items"]["properties"]["type"],
        json!({ "enum": ["file", "directory"] })
    );
    assert_eq!(of("jido.shell")["parameters"]["required"], json!(["command"]));
    assert_eq!(of("jido.shell")["annotations"]["readOnlyHint"], false);
}

#[test]
fn types_nested_without_end_are_any() {
    assert_eq!(Kind::read(&"(".repeat(100_000)), Kind::Any);
    for end in ["[]", "?"] {
        assert_eq!(Kind::read(&format!("string{}", end.repeat(100_000))), Kind::Any);
    }
    assert_eq!(Kind::read("string[]?"), Kind::read("(string[])|nil"));
}

#[test]
fn what_is_written_for_lua_is_lua() {
    let mut session = Session::builder().build().unwrap();
    for text in [luacats(&all()), luacheck(&all())] {
        let checked = session.check(text.as_bytes(), "=types");
        assert!(checked.error.is_none(), "{:?}\n{text}", checked.error);
    }
    // luacheck reads its file as Lua, with `stds` there.
    let text = format!(
        "stds = {{}}\n{}return stds.moonfuel.read_globals.jido.fields.glob ~= nil",
        luacheck(&all())
    );
    assert_eq!(session.run_chunk(Chunk::new(text.as_bytes())).json().unwrap(), "[true]");
    let selene = selene(&all());
    assert!(selene.contains("  jido.glob:\n    args:\n      - type: string\n      - type: string\n        required: false\n"), "{selene}");
    assert!(prompt(&all()).len() < 12_000);
}

#[test]
fn formats_have_names() {
    assert_eq!(write(&jido(), "prompt"), Ok(prompt(&jido())));
    let error = write(&jido(), "html").unwrap_err();
    assert!(error.starts_with("the formats are luacats, selene, "), "{error}");
}
