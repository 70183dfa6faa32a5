//! What hints call that which a host sets: the library's name for it, which whoever embeds it
//! reads, or the command's option.

/// Names of the library, as hints write them, and the options of the command that set the same.
const OPTIONS: [(&str, &str); 7] = [
    ("`Limits::output`", "`--output SIZE`"),
    ("`Chunk::args`", "`--args JSON`"),
    ("`SessionBuilder::module`", "`--lib DIR`"),
    ("`Profile::Compat`", "`--profile compat`"),
    ("`Profile::Full`", "`moonfuel lua`"),
    ("`HostProfile::Jido`", "`--root DIR`"),
    ("`HostProfile::Imp`", "`--host imp`"),
];

/// Returns a hint as the command gives it.
pub(crate) fn in_options(hint: &str) -> String {
    OPTIONS.iter().fold(hint.to_owned(), |hint, (name, option)| hint.replace(name, option))
}
