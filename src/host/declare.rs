//! The declarations of the functions that come with the hosts: one table for each family,
//! from which everything else about them follows.
//!
//! Prices of programs and requests are made of what is charged; `tests/jido/prices.rs` holds
//! the other prices of jido's functions to what they cost.

use super::pace;
use crate::{Declaration, Effect, Tier};

/// The options of `read_file`.
const LINES: &str = "{offset?: integer, limit?: integer}";
/// What `list_dir` lists.
const ENTRIES: &str = "{name: string, type: \"file\"|\"directory\"}[]";
/// What `file_stat` knows.
const STAT: &str = "{size: integer, type: \"regular\"|\"directory\"|\"symlink\"|\"device\"|\"other\", \
                    access: \"read\"|\"write\"|\"read_write\"|\"none\", mtime: string}";
/// What a program that ended leaves.
const ENDED: &str = "{exit_code: integer, stdout: string, stderr: string}";
/// What git says.
const GIT: &str = "{output: string, parsed?: table, exit_code: integer}";
/// An item of the list of things to do.
const TODO: &str = "{content: string, status: \"pending\"|\"in_progress\"|\"completed\", \
                    active_form: string}[]";
/// What a program in the background has said so far.
const SHELL: &str = "{output: string, status: \"running\"|\"completed\"|\"failed\"|\"killed\", \
                     exit_code?: integer}";
/// What is asked of somebody.
const QUESTION: &str = "{kind?: \"confirm\"|\"select\"|\"multi_select\"|\"input\"|\"custom\", \
                        title?: string, message?: string, options?: any[], placeholder?: string, \
                        default?: string, component?: any}";
const ANSWER: &str = "The answer; its `value` is a boolean, the option `{index, label}`, a list of \
                      such, or a text.";

/// What a call costs that does nothing but what it is declared to return.
const CALL: &str = "as a call of a host function";
/// What a call costs that looks at one path.
const LOOK: &str = "512 + 64 for each part of the path";
/// What a call costs that reads.
const READ: &str = "512 + 64 for each part of the path + bytes/64 + 4 for each line";
/// What a call costs that writes.
const WRITE: &str = "8704 + 64 for each part of the path + bytes/64";
/// Returns what a call of jido's costs that runs a program.
fn run_price() -> String {
    let program = pace::CALL + pace::PROGRAM;
    format!("{program} + 512 for each argument + bytes/64 of what it says")
}

/// Returns what a request costs, after what the call itself does.
fn request_price(call: u64) -> String {
    format!("{} + bytes of the address", call + pace::REQUEST)
}

/// What a call costs that is about a program which runs.
const ABOUT: &str = "512 + bytes/64 of what it says";

/// Begins the declaration of a function of jido's.
fn jido_function(name: &str, tier: Tier, doc: &str) -> Declaration {
    Declaration::new(format!("jido.{name}")).tier(tier).doc(doc).answers_nil()
}

/// Returns the declarations of `jido.*`, in the order in which they are registered.
pub(crate) fn jido() -> Vec<Declaration> {
    let mut all = jido_looking();
    all.extend(jido_running());
    all.extend(jido_editing());
    all.extend(jido_talking());
    all
}

fn path(declaration: Declaration, doc: &str) -> Declaration {
    declaration.parameter("path", "string", doc)
}

fn jido_looking() -> Vec<Declaration> {
    let look = |name, doc| {
        jido_function(name, Tier::ReadOnly, doc).effect(Effect::Read).idempotent().price(LOOK)
    };
    let write =
        |name, doc| jido_function(name, Tier::Write, doc).effect(Effect::Write).price(WRITE);
    vec![
        path(look("read_file", "Reads lines of a text file, each behind its number."), "The file.")
            .parameter("opts?", LINES, "The first line (1) and how many (2000).")
            .result("string", "The lines: `     1→text`.")
            .price(READ),
        path(write("write_file", "Writes a file whole; folders on the way are made."), "The file.")
            .parameter("content", "string", "What it holds then.")
            .result("true", "")
            .idempotent(),
        look("list_dir", "Lists a folder: folders first, then by name.")
            .parameter("path?", "string", "The folder; the root if absent.")
            .parameter("opts?", "{ignore_patterns?: string[]}", "Names that are left out.")
            .result(ENTRIES, "What is in it.")
            .price("512 + 64 for each part of the path + 32 for each entry"),
        look("glob", "Finds paths by a pattern of `*`, `**`, `?`, `{a,b}` and `[abc]`.")
            .parameter("pattern", "string", "The pattern.")
            .parameter("path?", "string", "The folder it begins at; the root if absent.")
            .result("string[]", "Paths from the root, the newest first.")
            .price(
                "512 + 512 for each folder + 32 for each entry + 256 for each path found + 64 for \
                 each part of these beyond eight",
            ),
        path(look("file_exists", "Tells whether there is something at a path."), "The path.")
            .result("boolean", ""),
        path(look("file_stat", "Tells a file's size, type, access and time."), "The path.")
            .result(STAT, "`mtime` is UTC: `2026-01-31T12:00:00`."),
        path(look("is_file", "Tells whether a path leads to a file."), "The path.")
            .result("boolean", ""),
        path(look("is_dir", "Tells whether a path leads to a folder."), "The path.")
            .result("boolean", ""),
        path(write("delete_file", "Removes a file, or a link itself."), "The file.")
            .result("true", "")
            .price("2560 + 64 for each part of the path"),
        path(write("mkdir_p", "Makes a folder and those on the way."), "The folder.")
            .result("true", "")
            .price("512 + 64 for each part of the path + 128 for each folder it makes")
            .idempotent(),
    ]
}

fn jido_running() -> Vec<Declaration> {
    let run = |name, doc| {
        jido_function(name, Tier::Execute, doc)
            .effect(Effect::Exec)
            .effect(Effect::Read)
            .effect(Effect::Write)
            .price(run_price())
    };
    vec![
        run("shell", "Runs a program from the list of allowed ones, without a shell.")
            .parameter("command", "string", "Its name, without a path.")
            .parameter("args?", "(string|number|boolean)[]", "Its arguments: absent, but not nil.")
            .parameter("opts?", "{timeout?: integer}", "The milliseconds it may take (60000).")
            .result(ENDED, "An exit code that is not 0 is no error."),
        run("git", "Runs a subcommand of git.")
            .parameter("subcommand", "string", "Such as `status`.")
            .parameter("args?", "(string|number|boolean)[]", "Its arguments.")
            .parameter(
                "opts?",
                "{allow_destructive?: boolean, timeout?: integer}",
                "Whether it may destroy work; the milliseconds it may take (60000).",
            )
            .result(GIT, "`parsed` is there for status, log, diff and branch."),
    ]
}

/// What a call costs that reads or writes the list of things to do.
const ITEMS: &str = "512 + 64 for each item";

fn jido_editing() -> Vec<Declaration> {
    let look =
        |name, doc| jido_function(name, Tier::ReadOnly, doc).effect(Effect::Read).idempotent();
    let write = |name, doc| {
        jido_function(name, Tier::Write, doc).effect(Effect::Read).effect(Effect::Write).price(
            "8704 + 64 for each part of the path + bytes/32 + 8 for each line looked through",
        )
    };
    vec![
        path(write("edit_file", "Replaces a text in a file that was read before."), "The file.")
            .parameter("old_string", "string", "The text, which must be there once.")
            .parameter("new_string", "string", "What comes in its place.")
            .parameter("replace_all?", "boolean", "Whether it may be there several times.")
            .result("true", ""),
        path(
            write("multi_edit", "Makes several replacements in a file, all or none."),
            "The file.",
        )
        .parameter("edits", "{old_string: string, new_string: string}[]", "In their order.")
        .result("true", ""),
        look("grep", "Finds lines by a regular expression.")
            .parameter("pattern", "string", "The expression, in the dialect of Rust's regex.")
            .parameter("path", "string", "The file or folder.")
            .parameter(
                "opts?",
                "{recursive?: boolean, max_results?: integer}",
                "Whether folders below are searched (they are), and the most lines (100).",
            )
            .result("{file: string, line: integer, content: string}[]", "The lines.")
            .price(
                "4608 + 256 for each byte of the pattern + 32768 for one that may repeat a class \
                 + 2048 for each file + 64 for each entry and result + 8 for each line + bytes by \
                 the pattern + 64 for each part of a path beyond eight + 1 for two bytes of the \
                 pattern's states beyond 512 KiB",
            ),
        jido_function("todo_read", Tier::ReadOnly, "Returns the list of things to do.")
            .idempotent()
            .price(ITEMS)
            .result(TODO, "The list."),
        jido_function("todo_write", Tier::Write, "Replaces the list of things to do.")
            .idempotent()
            .price(ITEMS)
            .parameter("todos", TODO, "The list.")
            .result("string", "How many there are."),
    ]
}

fn jido_talking() -> Vec<Declaration> {
    let shell =
        |name, doc| jido_function(name, Tier::Execute, doc).effect(Effect::Exec).price(run_price());
    vec![
        shell("shell_background", "Starts a program and does not wait for it.")
            .parameter("command", "string", "Its name, without a path.")
            .parameter("args?", "(string|number|boolean)[]", "Its arguments.")
            .parameter("opts?", "{description?: string}", "What it is for.")
            .result("{shell_id: string, description: string}", "By which it is asked for."),
        shell("shell_output", "Returns what a program in the background has said.")
            .parameter("shell_id", "string", "Which.")
            .parameter(
                "opts?",
                "{block?: boolean, timeout?: integer}",
                "Whether to wait for its end (it does, unless this is false), and how many \
                 milliseconds: 30,000 at most, and if absent.",
            )
            .result(SHELL, "")
            .price(ABOUT),
        shell("shell_kill", "Ends a program in the background.")
            .parameter("shell_id", "string", "Which.")
            .result("string", "What was done.")
            .price(ABOUT),
        jido_function("web_fetch", Tier::ReadOnly, "Fetches a page from an allowed domain.")
            .effect(Effect::Net)
            .price(request_price(pace::CALL) + " + bytes/64 of the page")
            .parameter("url", "string", "Its address.")
            .parameter(
                "opts?",
                "{timeout?: integer}",
                "The milliseconds it may take: 30000 at most, and if absent.",
            )
            .result("{title: string, content: string, content_type: string}", "The page."),
        jido_function("ask_user", Tier::ReadOnly, "Asks the person in front of the host.")
            .price(pace::CALL.to_string())
            .parameter("question", QUESTION, "What is asked.")
            .result("{ok: boolean, value?: any, reason?: string, message?: string}", ANSWER),
    ]
}

/// Returns the declarations of `imp.*`.
pub(crate) fn imp() -> Vec<Declaration> {
    let own = |name: &str, doc: &str| {
        Declaration::new(format!("imp.{name}")).tier(Tier::ReadOnly).doc(doc).price(CALL)
    };
    let mut all = imp_registering(&own);
    all.extend(imp_reaching(&own));
    all
}

/// Makes the declaration of a function of imp's.
type Own<'a> = &'a dyn Fn(&str, &str) -> Declaration;

fn imp_registering(own: Own<'_>) -> Vec<Declaration> {
    vec![
        own("on", "Has a function called at an event, such as `before_tool_call`.")
            .parameter("event", "string", "Which.")
            .parameter("handler", "function", "It gets a table about the event."),
        own("register_tool", "Offers a tool to the model.").parameter(
            "tool",
            "{name: string, label?: string, description?: string, readonly?: boolean, \
                 params?: table, execute: function}",
            "`execute(call_id, params, context)` answers with text, or with \
                 `{content=, details=, is_error=}`.",
        ),
        own("register_command", "Offers a command to the person.")
            .parameter("name", "string", "What it is called by.")
            .parameter(
                "command",
                "{description?: string, handler: function}",
                "`handler(text)` gets what stands behind the name.",
            ),
        own("events.on", "Has a function called when an extension emits an event.")
            .parameter("name", "string", "Which.")
            .parameter("handler", "function", "It gets what was emitted."),
        own("events.emit", "Calls the functions that wait for an event, in their order.")
            .parameter("name", "string", "Which.")
            .parameter("data?", "any", "What they get."),
        own("update", "Tells the person how far a tool is.").parameter("text", "string", ""),
    ]
}

/// Returns the declarations of codex's `http.*`.
pub(crate) fn codex() -> Vec<Declaration> {
    http(&|name, doc| Declaration::new(name).doc(doc)).to_vec()
}

/// Makes the declarations of `http.get` and `http.post`.
fn http(own: Own<'_>) -> [Declaration; 2] {
    let request = |name, doc| {
        own(name, doc).tier(Tier::Privileged).effect(Effect::Net).price(request_price(0))
    };
    let page = "{status: integer, body: string}";
    [
        request("http.get", "Fetches an address.")
            .parameter("url", "string", "")
            .parameter("headers?", "table", "")
            .result(page, "Every status is an answer."),
        request("http.post", "Sends a text to an address.")
            .parameter("url", "string", "")
            .parameter("body?", "string", "")
            .parameter("headers?", "table", "")
            .result(page, "Every status is an answer."),
    ]
}

fn imp_reaching(own: Own<'_>) -> Vec<Declaration> {
    let [get, post] = http(own);
    vec![
        own("exec", "Runs a program: with arguments without a shell, else by `sh -c`.")
            .tier(Tier::Execute)
            .effect(Effect::Exec)
            .parameter("command", "string", "The program, or the line for the shell.")
            .parameter("args?", "string[]", "Its arguments.")
            .parameter("opts?", "{cwd?: string, env?: table}", "Where, and with which variables.")
            .result("{stdout: string, stderr: string, exit_code: integer}", "")
            .price(format!("{} + bytes/64 of what it says", pace::PROGRAM)),
        own("tool", "Calls a tool of the host's. If the tool fails: nil and why; if there is none, it raises.")
            .tier(Tier::Privileged)
            .parameter("name", "string", "Which.")
            .parameter("params?", "table", "Its parameters.")
            .result("string?", "The first text of its answer."),
        own("ui.request", "Asks the person.")
            .parameter("question", QUESTION, "What is asked.")
            .result("{ok: boolean, value?: any, reason?: string, message?: string}", ANSWER),
        own("ui.confirm", "Asks the person whether to go on.")
            .parameter("title", "string", "")
            .parameter("message?", "string", "")
            .result("boolean?", "nil if nobody can be asked."),
        own("secret", "Returns a secret of a provider.")
            .tier(Tier::Privileged)
            .effect(Effect::Secret)
            .parameter("provider", "string", "Whose.")
            .parameter("field?", "string", "`api_key` if absent.")
            .result("string", ""),
        own("secret_fields", "Returns the secrets of a provider by their names.")
            .tier(Tier::Privileged)
            .effect(Effect::Secret)
            .parameter("provider", "string", "Whose.")
            .result("table", ""),
        own("env", "Returns a variable of the environment that is listed.")
            .hides("grants.env")
            .parameter("variable", "string", "Which.")
            .result("string?", "nil if it is not listed or not set."),
        get,
        post,
    ]
}

/// Returns the declaration of the function that tells a script about the others of a table,
/// or, with no table, about all there are.
pub(crate) fn help(table: &str) -> Declaration {
    let (path, doc) = match table {
        "" => ("help".to_owned(), "Tells about the host's functions, or about one of them."),
        table => (
            format!("{table}.help"),
            "Tells about the functions of this table, or about one of them.",
        ),
    };
    Declaration::new(path)
        .doc(doc)
        .parameter("name?", "string", "Which, with or without the table's name.")
        .result("string", "The text.")
        .tier(Tier::ReadOnly)
        .answers_nil()
        .idempotent()
        .price("64 for each function")
}

/// Returns the declarations of what scripts of every sandbox have beside Lua's own library.
pub(crate) fn library() -> Vec<Declaration> {
    let plain = |name: &str, doc: &str| Declaration::new(name).tier(Tier::ReadOnly).doc(doc);
    vec![
        plain("json.encode", "Makes JSON of a value. Functions, cycles and NaN are errors.")
            .parameter("value", "any", "The value.")
            .parameter(
                "options?",
                "{empty_object?: boolean, max_bytes?: integer}",
                "Whether an empty table without a mark is `{}`, not `[]`; the longest text.",
            )
            .result("string", "The text.")
            .price("3 + 2 values + 3 tables + bytes/16"),
        plain("json.decode", "Makes a value of JSON.")
            .parameter("text", "string", "The text.")
            .parameter(
                "options?",
                "{null?: boolean, max_bytes?: integer}",
                "Whether null is `json.null`, not nil; the longest text.",
            )
            .result("any", "The value.")
            .price("3 + values + 3 strings + 8 tables + bytes/12"),
        plain("json.array", "Marks a table as an array, even if it is empty or has holes.")
            .parameter("t?", "table", "The table; a new one if absent.")
            .result("table", "The same table.")
            .price("1"),
        plain("json.object", "Marks a table as an object, whatever its keys.")
            .parameter("t?", "table", "The table; a new one if absent.")
            .result("table", "The same table.")
            .price("1"),
        plain("yield", "Hands values to the host, as progress, and goes on when it wants.")
            .parameter("value?", "any", "What the host gets.")
            .result("any", "What the host answers, if anything.")
            .price("as a call of a host function"),
        plain("host.all", "Makes calls of host functions at once and waits for all. A program takes 2 MiB of the script's memory for its output meanwhile.")
            .parameter("calls", "table[]", "Each is a list: the function, then its arguments.")
            .result(
                "table[]",
                "In their order: `{ok = true, n = 1, result}` or `{ok = false, error = text}`.",
            )
            .price("as the calls"),
    ]
}

#[cfg(test)]
mod tests;
