//! The command line of `lua` (manual §7), taken apart before anything runs.

/// One thing to do before the script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Action {
    /// `-e stat`
    Execute(Vec<u8>),
    /// `-l mod` and `-l g=mod`: the global and the module.
    Require {
        /// Name of the global variable.
        global: Vec<u8>,
        /// Name of the module.
        module: Vec<u8>,
    },
    /// `-W`
    Warnings,
}

/// What the command line asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Options {
    /// What to do first, in order.
    pub actions: Vec<Action>,
    /// `-i`
    pub interactive: bool,
    /// `-v` or `-i`
    pub version: bool,
    /// `-E`
    pub no_environment: bool,
    /// Index of the script's name among the words, if there is one.
    pub script: Option<usize>,
}

impl Options {
    /// Tells whether code is given with `-e`.
    pub(super) fn executes(&self) -> bool {
        self.actions.iter().any(|action| matches!(action, Action::Execute(_)))
    }

    /// Takes the words apart; the first is the program's own name.
    ///
    /// # Errors
    /// Says what is wrong.
    pub(super) fn parse(words: &[Vec<u8>]) -> Result<Options, String> {
        let mut options = Options::default();
        let mut at = 1;
        while let Some(word) = words.get(at) {
            let [b'-', letter @ ..] = word.as_slice() else {
                options.script = Some(at);
                return Ok(options);
            };
            match letter {
                [] => {
                    options.script = Some(at);
                    return Ok(options);
                }
                b"-" => {
                    options.script = (at + 1 < words.len()).then_some(at + 1);
                    return Ok(options);
                }
                b"E" => options.no_environment = true,
                b"W" => options.actions.push(Action::Warnings),
                b"i" => (options.interactive, options.version) = (true, true),
                b"v" => options.version = true,
                [kind @ (b'e' | b'l'), attached @ ..] => {
                    let argument = if attached.is_empty() {
                        at += 1;
                        match words.get(at) {
                            Some(next) if next.first() != Some(&b'-') => next.as_slice(),
                            _ => return Err(format!("'{}' needs argument", shown(word))),
                        }
                    } else {
                        attached
                    };
                    options.actions.push(action(*kind, argument));
                }
                _ => return Err(format!("unrecognized option '{}'", shown(word))),
            }
            at += 1;
        }
        Ok(options)
    }
}

fn shown(word: &[u8]) -> String {
    String::from_utf8_lossy(word).into_owned()
}

/// Makes the action of `-e` or `-l`. A module's name may end in a version behind `-`,
/// which is no part of the global's.
fn action(kind: u8, argument: &[u8]) -> Action {
    if kind == b'e' {
        return Action::Execute(argument.to_vec());
    }
    let cut = |mark: u8| memchr::memchr(mark, argument);
    let (global, module) = match (cut(b'='), cut(b'-')) {
        (Some(equals), _) => (&argument[..equals], &argument[equals + 1..]),
        (None, Some(version)) => (&argument[..version], argument),
        (None, None) => (argument, argument),
    };
    Action::Require { global: global.to_vec(), module: module.to_vec() }
}

#[cfg(test)]
mod tests;
