//! `moonfuel types`: what editors, checkers, models and people are told about the functions
//! that scripts have.

use super::{DONE, Failure, Streams};
use crate::Declaration;
use crate::host::types::{codex, help_of_all, imp, jido, library, write};
use clap::Args;

/// The options of `moonfuel types`.
#[derive(Debug, Args)]
pub(super) struct TypesOptions {
    /// How: `luacats`, `selene`, `luacheck`, `json-schema`, `prompt` or `markdown`.
    #[arg(long, value_name = "FORMAT", value_parser = parse_format, default_value = "luacats")]
    format: String,
    /// Whose: `jido`, `imp`, `codex`, or `library` for what every sandbox has; all unless given.
    #[arg(long, value_name = "HOST", value_parser = parse_family)]
    host: Option<Family>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Family {
    Jido,
    Imp,
    Codex,
    Library,
}

fn parse_format(text: &str) -> Result<String, String> {
    write(&[], text).map(|_| text.to_owned())
}

fn parse_family(text: &str) -> Result<Family, String> {
    match text {
        "jido" => Ok(Family::Jido),
        "imp" => Ok(Family::Imp),
        "codex" => Ok(Family::Codex),
        "library" => Ok(Family::Library),
        _ => Err("the hosts are `jido`, `imp`, `codex` and `library`".to_owned()),
    }
}

/// Prints what is asked for.
pub(super) fn types(options: &TypesOptions, streams: &mut Streams<'_>) -> Result<u8, Failure> {
    let mut declarations: Vec<Declaration> = Vec::new();
    for (family, declared) in [
        (Family::Library, library()),
        (Family::Jido, jido()),
        (Family::Imp, imp()),
        (Family::Codex, codex()),
    ] {
        if options.host.is_none_or(|asked| asked == family) {
            declarations.extend(declared);
        }
    }
    if options.host != Some(Family::Library) {
        declarations.push(help_of_all());
    }
    let text = write(&declarations, &options.format).map_err(Failure::usage)?;
    streams.print(text.as_bytes())?;
    Ok(DONE)
}
