//! What a line that begins with a colon asks for.

use super::super::options::RunOptions;
use super::super::source::Script;
use super::super::{Failure, Streams, outputs, whole};
use super::{NAME, Shell};
use crate::base::nearest::nearest;
use crate::base::one_line::path_text;
use crate::host::types;
use std::ffi::OsStr;
use std::path::Path;

/// The commands, and what they are for.
const COMMANDS: [(&str, &str, &str); 9] = [
    ("help", "[NAME]", "this list, or what a function of the host does"),
    ("type", "CODE", "the types of values"),
    ("fuel", "[on|off|CODE]", "show what each line uses, or what one does"),
    ("load", "FILE", "run a file in this session"),
    ("reset", "", "begin with a new session"),
    ("snapshot", "FILE", "save the session"),
    ("restore", "FILE", "go on with a session that was saved"),
    ("trace", "[FILE]", "save what this session did, for `moonfuel replay`"),
    ("quit", "", "leave (so does the end of the input)"),
];

/// Their names.
pub(super) const NAMES: [&str; 9] = {
    let mut names = [""; 9];
    let mut at = 0;
    while at < names.len() {
        names[at] = COMMANDS[at].0;
        at += 1;
    }
    names
};

/// Those that take the name of a file.
pub(super) const OF_FILES: [&str; 4] = ["load", "snapshot", "restore", "trace"];

/// What a prompt begins with.
pub(super) fn welcome(options: &RunOptions) -> String {
    let profile = match options.profile {
        crate::Profile::Strict => "strict",
        crate::Profile::Compat => "compat",
        crate::Profile::Full => "full",
    };
    let root = options.hosts.root.as_ref();
    let root = root.map_or(String::new(), |root| format!(", root {}", path_text(root)));
    format!(
        "Moonfuel {}, profile {profile}{root}; {} units of fuel and {} bytes for each line\n\
         :help lists commands; variables that are not `local` stay from line to line\n",
        env!("CARGO_PKG_VERSION"),
        options.limits().fuel,
        options.limits().memory,
    )
}

impl Shell<'_> {
    /// Carries out a command.
    pub(super) fn command(&mut self, line: &str, streams: &mut Streams<'_>) -> Result<(), Failure> {
        let (name, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        let rest = rest.trim();
        let file = || match rest {
            "" => Err(Failure::usage(format!(":{name} needs the name of a file"))),
            file => Ok(Path::new(file)),
        };
        if matches!(name, "reset" | "quit") && !rest.is_empty() {
            return Err(Failure::usage(format!(":{name} stands alone, without `{rest}`")));
        }
        let said = match name {
            "help" => self.help(rest)?,
            "type" => self.types(rest, streams)?,
            "fuel" => return self.fuel(rest, streams),
            "load" if rest == "-" => {
                let text = ":load reads a file; one that is called `-` is `./-`";
                return Err(Failure::usage(text.to_owned()));
            }
            "load" => return self.load(file()?.as_os_str(), streams),
            "reset" if self.options.run.record.is_some() => {
                let text = "with --record the session stays: a trace is of one session";
                return Err(Failure::usage(text.to_owned()));
            }
            "reset" => {
                self.reset(streams)?;
                "a new session\n".to_owned()
            }
            "snapshot" => self.snapshot(file()?)?,
            "restore" => {
                self.restore(file()?)?;
                format!("the session of {}\n", path_text(rest))
            }
            "trace" => {
                let end = self.session()?.trace_end().unwrap_or_default();
                let path = (!rest.is_empty()).then(|| Path::new(rest));
                path.map_or(Ok(()), |path| outputs::check_beside(&self.options.run, path))?;
                self.record.save(path, &end)? + "\n"
            }
            "quit" | "q" | "exit" => {
                self.is_over = true;
                return Ok(());
            }
            _ => {
                let near = nearest(&name.to_lowercase(), NAMES);
                let near = near.map_or(" (:help lists them)".to_owned(), |near| {
                    format!(" (did you mean :{near}?)")
                });
                return Err(Failure::usage(format!("there is no command :{name}{near}")));
            }
        };
        streams.print(said.as_bytes())
    }

    /// Says which command does what a word of other prompts is for, if it is no name here.
    pub(super) fn meant(&mut self, line: &[u8]) -> Option<String> {
        let line = std::str::from_utf8(line).ok()?;
        let word = line.strip_suffix("()").unwrap_or(line);
        let command = match word {
            "exit" | "quit" | "os.exit" => ":quit leaves, and so does Ctrl-D",
            "help" => ":help lists what there is",
            _ => return None,
        };
        let is_there = self.session.as_mut()?.names().kind(word).is_some();
        (!is_there).then(|| format!("there is no '{word}' here: {command}"))
    }

    /// Lists the commands, or says what a function does.
    fn help(&mut self, name: &str) -> Result<String, Failure> {
        if !name.is_empty() {
            let names = self.session()?.names();
            // Of a table, the names in it.
            if let Some(fields) = names.within(name).filter(|fields| !fields.is_empty()) {
                let fields: Vec<&str> = fields.keys().map(String::as_str).collect();
                return Ok(format!("{name} has {}\n", fields.join(", ")));
            }
            let is_known = names.kind(name).is_some();
            return about(name).or_else(|unknown| match is_known && is_in_manual(name) {
                true => Ok(format!("{name} is Lua's own: {MANUAL}{name}\n")),
                false => Err(Failure::usage(unknown)),
            });
        }
        let mut text = String::new();
        for (name, what, purpose) in COMMANDS {
            text.push_str(&format!("  :{:<24} {purpose}\n", format!("{name} {what}")));
        }
        text.push_str(
            "Anything else is Lua: an expression shows its values, what is not finished goes on\n\
             in the next line. Tab completes names, Ctrl-C gives up what is typed or stops what\n\
             runs.\n",
        );
        Ok(text)
    }

    /// Says of which types the values of an expression are.
    fn types(&mut self, code: &str, streams: &mut Streams<'_>) -> Result<String, Failure> {
        if code.is_empty() {
            return Err(Failure::usage(":type needs an expression".to_owned()));
        }
        let script = Script::typed(code.as_bytes().to_vec(), NAME);
        let (ran, view) = self.run(&script, streams)?;
        self.tell(&ran, &script, self.shows_figures, streams);
        let more = view.more_text();
        let all = view.types.iter().map(|name| (*name).to_owned()).chain(more);
        let mut text = all.collect::<Vec<String>>().join(", ");
        if !text.is_empty() {
            text.push('\n');
        }
        if let Ok(about) = about(code) {
            text.push_str(&about);
        }
        Ok(text)
    }

    /// Shows what lines use.
    fn fuel(&mut self, code: &str, streams: &mut Streams<'_>) -> Result<(), Failure> {
        let shows = match code {
            "" => !self.shows_figures,
            "on" => true,
            "off" => false,
            code => {
                let shows = std::mem::replace(&mut self.shows_figures, true);
                let done = self.code(code.as_bytes(), streams);
                self.shows_figures = shows;
                return done;
            }
        };
        self.shows_figures = shows;
        let what = if shows { "shown" } else { "not shown" };
        streams.print(format!("what each line uses is {what}\n").as_bytes())
    }

    /// Runs a file. What it returns is not shown.
    fn load(&mut self, file: &OsStr, streams: &mut Streams<'_>) -> Result<(), Failure> {
        let limit = self.options.run.limits().source;
        let script = Script::read(file, limit, &mut std::io::empty()).map_err(Failure::usage)?;
        let (ran, _) = self.run(&script, streams)?;
        self.tell(&ran, &script, self.shows_figures, streams);
        Ok(())
    }

    /// Saves the session.
    fn snapshot(&mut self, path: &Path) -> Result<String, Failure> {
        outputs::check_beside(&self.options.run, path)?;
        let bytes = self.session()?.snapshot();
        let bytes = bytes.map_err(|e| Failure::usage(e.to_string()))?;
        whole::write_file(path, &[&bytes])
            .map_err(|error| Failure::file("write the snapshot", path, &error))?;
        let (size, shown) = (bytes.len(), path_text(path));
        Ok(format!("{size} bytes are in {shown}; `:restore {shown}` goes on with it\n"))
    }
}

/// Where Lua's own functions are described.
const MANUAL: &str = "https://www.lua.org/manual/5.4/manual.html#pdf-";

/// Tells whether the manual describes what has this name.
fn is_in_manual(name: &str) -> bool {
    const MODULES: &str = "coroutine debug io math os package string table utf8";
    const GLOBALS: &str = "assert collectgarbage dofile error getmetatable ipairs load loadfile next \
         pairs pcall print rawequal rawget rawlen rawset require select setmetatable tonumber \
         tostring type warn xpcall";
    let (list, word) = match name.split_once('.') {
        Some((module, _)) => (MODULES, module),
        None => (GLOBALS, name),
    };
    list.split_whitespace().any(|known| known == word)
}

/// Says what a function of the host does.
fn about(name: &str) -> Result<String, String> {
    let declared = [types::library(), types::jido(), types::imp()].concat();
    types::help(&declared, Some(name))
}
