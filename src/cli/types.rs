//! `moonfuel types`: what editors, checkers, models and people are told about the functions
//! that scripts have.

use super::{DONE, Failure, Streams};
use crate::Declaration;
use crate::host::types::{jido, library, write};
use clap::Args;

/// The options of `moonfuel types`.
#[derive(Debug, Args)]
pub(super) struct TypesOptions {
    /// How: `luacats`, `selene`, `luacheck`, `json-schema`, `prompt` or `markdown`.
    #[arg(long, value_name = "FORMAT", value_parser = parse_format, default_value = "luacats")]
    format: String,
    /// Whose: `jido`, or `library` for what every sandbox has; both unless given.
    #[arg(long, value_name = "HOST", value_parser = parse_family)]
    host: Option<Family>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Family {
    Jido,
    Library,
}

fn parse_format(text: &str) -> Result<String, String> {
    write(&[], text).map(|_| text.to_owned())
}

fn parse_family(text: &str) -> Result<Family, String> {
    match text {
        "jido" => Ok(Family::Jido),
        "library" => Ok(Family::Library),
        _ => Err("the hosts are `jido` and `library`".to_owned()),
    }
}

/// Prints what is asked for.
pub(super) fn types(options: &TypesOptions, streams: &mut Streams<'_>) -> Result<u8, Failure> {
    let mut declarations: Vec<Declaration> = Vec::new();
    if options.host != Some(Family::Jido) {
        declarations.extend(library());
    }
    if options.host != Some(Family::Library) {
        declarations.extend(jido());
    }
    let text = write(&declarations, &options.format).map_err(Failure::usage)?;
    streams.print(text.as_bytes())?;
    Ok(DONE)
}
