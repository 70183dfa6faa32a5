//! Names that are there, and what other languages call them.

use super::idioms::{BITS, CATCH, EACH, MODULE, PRINT, REQUIRE, SUPER, SWITCH, WAIT};
use crate::base::nearest::{nearest, nearest_function};
use std::collections::{BTreeMap, BTreeSet};

/// As what a name is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum As {
    /// It is called.
    Function,
    /// It is indexed.
    Module,
    /// Anything else.
    Value,
}

/// The names that a chunk finds.
#[derive(Clone, Debug, Default)]
pub(crate) struct Names {
    /// All globals.
    pub globals: BTreeSet<String>,
    /// The fields of those that are modules: of the library and of the host.
    pub fields: BTreeMap<String, BTreeSet<String>>,
    /// The functions of the host among them, as paths.
    pub hosts: BTreeSet<String>,
    /// Those of them that answer nil and a text where they fail.
    pub answering: BTreeSet<String>,
    /// Names that there would be otherwise, `io` or `os.getenv`, and what would bring them.
    pub elsewhere: BTreeMap<String, String>,
}

impl Names {
    /// Adds a name of a module; globals are those of `_G`.
    pub(crate) fn add(&mut self, module: &str, name: &str) {
        if module == "_G" {
            self.globals.insert(name.to_owned());
        } else {
            self.fields.entry(module.to_owned()).or_default().insert(name.to_owned());
        }
    }

    /// Adds a function of the host and the tables it is in.
    pub(crate) fn add_path(&mut self, path: &str) {
        match path.rsplit_once('.') {
            Some((module, name)) => {
                self.add(module, name);
                self.add_path(module);
            }
            None => self.add("_G", path),
        }
    }

    /// Adds a name that would be there otherwise, unless it is there.
    pub(crate) fn add_elsewhere(&mut self, module: &str, name: &str, what: &str) {
        let (path, there) = match module {
            "_G" => (name.to_owned(), self.globals.contains(name)),
            _ => {
                let fields = self.fields.get(module);
                // What is said of the module is enough where that is missing.
                let there = fields.is_none_or(|fields| fields.contains(name));
                (format!("{module}.{name}"), there)
            }
        };
        if !there {
            self.elsewhere.entry(path).or_insert_with(|| what.to_owned());
        }
    }

    /// Returns what to write for a global that is not there.
    pub(crate) fn for_global(&self, name: &str, used: As) -> Option<String> {
        let mut known = GLOBALS.iter().filter(|(known, ..)| *known == name).peekable();
        if known.peek().is_some() {
            let fits =
                |as_what: As| as_what == used || as_what == As::Value && used != As::Function;
            return known
                .find(|(_, as_what, _)| fits(*as_what))
                .map(|(.., what)| (*what).to_owned());
        }
        if let Some(what) = self.elsewhere.get(name) {
            return Some(format!("`{name}` is not there: {what}"));
        }
        if name.len() >= 2 {
            let having = self.fields.iter().filter(|(_, fields)| fields.contains(name));
            if let [(module, _)] = having.collect::<Vec<_>>().as_slice() {
                return Some(format!("did you mean `{module}.{name}`?"));
            }
        }
        // One that is known was there, and something has taken it away.
        if name.len() < 3 || self.globals.contains(name) {
            return None;
        }
        let near = nearest(name, self.globals.iter().map(String::as_str))?;
        Some(format!("did you mean `{near}`?"))
    }

    /// Tells whether a global is one of another language, or would be there otherwise.
    pub(crate) fn is_known_elsewhere(&self, name: &str) -> bool {
        self.elsewhere.contains_key(name) || GLOBALS.iter().any(|(known, ..)| *known == name)
    }

    /// Returns what to write for a field that a module does not have.
    pub(crate) fn for_field(&self, module: &str, name: &str) -> Option<String> {
        let fields = self.fields.get(module)?;
        if fields.contains(name) {
            return None;
        }
        let path = format!("{module}.{name}");
        if let Some(what) = self.elsewhere.get(&path) {
            return Some(format!("`{path}` is not there: {what}"));
        }
        let idiom = match module {
            "string" => string_idiom(name, "s"),
            "table" => table_idiom(name, "t"),
            _ => None,
        };
        let idiom = idiom.or_else(|| {
            let known = FIELDS.iter().find(|(known, _)| *known == path)?;
            Some(format!("write {}", known.1))
        });
        idiom.or_else(|| {
            let near = nearest_function(name, fields.iter().map(String::as_str))?;
            Some(format!("did you mean `{module}.{near}`?"))
        })
    }

    /// Returns what to write for a method that strings do not have.
    pub(crate) fn for_string_method(&self, name: &str, object: &str) -> Option<String> {
        string_idiom(name, object).or_else(|| {
            let near = nearest(name, self.fields.get("string")?.iter().map(String::as_str))?;
            Some(format!("did you mean `{object}:{near}`?"))
        })
    }
}

/// What there is in place of a keyboard.
const GIVEN: &str = "a script asks nobody: what it is given is in `...` or in the host's `args`";

/// How functions without a name are written.
const FUNCTION: &str = "a function is `function(x) return ... end`";

/// What other languages' globals are, and as what they are used.
const GLOBALS: [(&str, As, &str); 114] = [
    ("null", As::Value, "Lua's word for no value is `nil`"),
    ("None", As::Value, "Lua's word for no value is `nil`"),
    ("undefined", As::Value, "Lua's word for no value is `nil`"),
    ("NULL", As::Value, "Lua's word for no value is `nil`"),
    ("nullptr", As::Value, "Lua's word for no value is `nil`"),
    ("NIL", As::Value, "Lua's word for no value is `nil`"),
    ("Nil", As::Value, "Lua's word for no value is `nil`"),
    ("True", As::Value, "Lua's word is `true`"),
    ("TRUE", As::Value, "Lua's word is `true`"),
    ("False", As::Value, "Lua's word is `false`"),
    ("FALSE", As::Value, "Lua's word is `false`"),
    ("this", As::Module, "an object's own name in Lua is `self`, in functions defined with `:`"),
    ("self", As::Module, "`self` is there in functions defined with `:`, as `function t:name()`"),
    ("console", As::Module, PRINT),
    ("println", As::Function, PRINT),
    ("echo", As::Function, PRINT),
    ("puts", As::Function, PRINT),
    ("printf", As::Function, "write `print(string.format(...))`"),
    ("sprintf", As::Function, "write `string.format(...)`"),
    ("len", As::Function, "the length of a string or list is `#x`"),
    ("strlen", As::Function, "the length of a string is `#s`"),
    ("sizeof", As::Function, "the length of a string or list is `#x`"),
    ("range", As::Function, "a loop over numbers is `for i = 1, 10 do`"),
    ("enumerate", As::Function, "write `for i, value in ipairs(list) do`"),
    ("str", As::Function, "write `tostring(x)`"),
    ("String", As::Function, "write `tostring(x)`"),
    ("int", As::Function, "write `math.tointeger(x)` or `math.floor(x)`"),
    ("parseInt", As::Function, "write `tonumber(text)`"),
    ("parseFloat", As::Function, "write `tonumber(text)`"),
    ("Number", As::Function, "write `tonumber(text)`"),
    ("float", As::Function, "write `tonumber(text)`"),
    ("typeof", As::Function, "write `type(x)`"),
    ("isinstance", As::Function, "write `type(x) == \"string\"`"),
    ("unpack", As::Function, "write `table.unpack(list)`"),
    ("loadstring", As::Function, "write `load(text)`"),
    ("setfenv", As::Function, "give `load` its environment as its fourth argument"),
    ("getfenv", As::Function, "a function's globals are its variable `_ENV`"),
    ("raise", As::Function, "write `error(message)`"),
    ("throw", As::Function, "write `error(message)`"),
    ("Error", As::Function, "write `error(message)`"),
    ("Exception", As::Function, "write `error(message)`"),
    ("Math", As::Module, "write `math`"),
    ("JSON", As::Module, "write `json.encode(x)` and `json.decode(text)`"),
    ("Array", As::Function, "a list is written `{1, 2, 3}`"),
    ("dict", As::Function, "a table is written `{key = value}`"),
    ("list", As::Function, "a list is written `{1, 2, 3}`"),
    ("NaN", As::Value, "write `0/0`"),
    ("Infinity", As::Value, "write `math.huge`"),
    ("inf", As::Value, "write `math.huge`"),
    ("try", As::Function, CATCH),
    ("catch", As::Function, CATCH),
    ("switch", As::Function, SWITCH),
    ("import", As::Function, REQUIRE),
    ("exit", As::Function, "a script ends at its end, or with `return`"),
    ("quit", As::Function, "a script ends at its end, or with `return`"),
    ("export", As::Function, "a module returns a table, as in `return {name = name}`"),
    ("module", As::Module, MODULE),
    ("module", As::Function, MODULE),
    ("include", As::Function, REQUIRE),
    ("exports", As::Module, MODULE),
    ("super", As::Function, SUPER),
    ("super", As::Module, SUPER),
    ("Object", As::Module, "go through a table with `for key, value in pairs(t) do`"),
    ("System", As::Module, PRINT),
    ("Console", As::Module, PRINT),
    ("fmt", As::Module, PRINT),
    ("alert", As::Function, PRINT),
    ("print_r", As::Function, PRINT),
    ("var_dump", As::Function, PRINT),
    ("round", As::Function, "write `math.floor(x + 0.5)`"),
    ("sorted", As::Function, "`table.sort(list)` sorts in place"),
    ("chr", As::Function, "write `string.char(code)`"),
    ("ord", As::Function, "write `string.byte(s)`"),
    ("set", As::Function, "a table is written `{key = true}`"),
    ("tuple", As::Function, "a list is written `{1, 2, 3}`"),
    ("bool", As::Function, "write `x ~= nil`, or `not not x`"),
    ("reversed", As::Function, "write `for i = #list, 1, -1 do`"),
    ("map", As::Function, EACH),
    ("filter", As::Function, EACH),
    ("foreach", As::Function, EACH),
    ("lambda", As::Function, FUNCTION),
    ("func", As::Function, FUNCTION),
    ("fn", As::Function, FUNCTION),
    ("def", As::Function, FUNCTION),
    ("fun", As::Function, FUNCTION),
    ("fs", As::Module, "files are a host's to give: `jido.read_file(path)`"),
    ("jit", As::Module, "this Lua has no `jit`: look for it with `if jit then`"),
    ("newproxy", As::Function, "write `setmetatable({}, {...})`"),
    ("fprintf", As::Function, "write `print(string.format(...))`"),
    ("append", As::Function, "write `table.insert(list, value)`"),
    ("sum", As::Function, EACH),
    ("any", As::Function, EACH),
    ("all", As::Function, EACH),
    ("zip", As::Function, EACH),
    ("reduce", As::Function, EACH),
    ("hex", As::Function, "write `string.format(\"%x\", n)`"),
    ("sleep", As::Function, WAIT),
    ("wait", As::Function, WAIT),
    ("setTimeout", As::Function, WAIT),
    ("time", As::Module, "write `os.time()` and `os.clock()`"),
    ("Array", As::Module, "a list is written `{1, 2, 3}`"),
    ("arg", As::Module, "what a script is given is `...`: `local arg = {...}`"),
    ("args", As::Module, "`args` is what the host gives, with `Chunk::args`"),
    ("array", As::Function, "a list is written `{1, 2, 3}`"),
    ("input", As::Function, GIVEN),
    ("prompt", As::Function, GIVEN),
    ("readline", As::Function, GIVEN),
    ("gets", As::Function, GIVEN),
    ("task", As::Module, WAIT),
    ("bit32", As::Module, BITS),
    ("bit", As::Module, BITS),
    ("getattr", As::Function, "write `t[name]`"),
    ("setattr", As::Function, "write `t[name] = value`"),
    ("hasattr", As::Function, "write `t[name] ~= nil`"),
];

/// What fields of modules are called elsewhere.
const FIELDS: [(&str, &str); 47] = [
    ("math.round", "`math.floor(x + 0.5)`"),
    ("math.pow", "`x ^ y`"),
    ("math.trunc", "`(math.modf(x))`"),
    ("math.mod", "`x % y`"),
    ("math.clamp", "`math.max(low, math.min(x, high))`"),
    ("math.rand", "`math.random(m, n)`"),
    ("math.randint", "`math.random(m, n)`"),
    ("math.sign", "`x > 0 and 1 or x < 0 and -1 or 0`"),
    ("math.isnan", "`x ~= x`"),
    ("math.log10", "`math.log(x, 10)`"),
    ("math.log2", "`math.log(x, 2)`"),
    ("math.inf", "`math.huge`"),
    ("math.infinity", "`math.huge`"),
    ("math.e", "`math.exp(1)`"),
    ("math.PI", "`math.pi`"),
    ("json.parse", "`json.decode(text)`"),
    ("json.loads", "`json.decode(text)`"),
    ("json.load", "`json.decode(text)`"),
    ("json.read", "`json.decode(text)`"),
    ("json.stringify", "`json.encode(x)`"),
    ("json.dumps", "`json.encode(x)`"),
    ("json.dump", "`json.encode(x)`"),
    ("json.serialize", "`json.encode(x)`"),
    ("string.gfind", "`string.gmatch(s, pattern)`"),
    ("string.fmt", "`string.format(...)`"),
    ("string.sprintf", "`string.format(...)`"),
    ("string.tonumber", "`tonumber(text)`"),
    ("string.join", "`table.concat(list, separator)`"),
    ("string.chr", "`string.char(code)`"),
    ("string.ord", "`string.byte(s)`"),
    ("table.create", "`{}`: tables grow by themselves"),
    ("table.clear", "`for key in pairs(t) do t[key] = nil end`"),
    ("table.slice", "`{table.unpack(list, first, last)}`"),
    ("table.copy", "`table.move(list, 1, #list, 1, {})`"),
    ("table.clone", "`table.move(list, 1, #list, 1, {})`"),
    ("table.foreach", "`for key, value in pairs(t) do`"),
    ("table.foreachi", "`for i, value in ipairs(t) do`"),
    ("table.maxn", "`#t`"),
    ("table.merge", "`for key, value in pairs(other) do t[key] = value end`"),
    ("table.isempty", "`next(t) == nil`"),
    ("table.is_empty", "`next(t) == nil`"),
    ("string.starts", "`s:sub(1, #start) == start`"),
    ("string.ends", "`s:sub(-#ending) == ending`"),
    ("utf8.length", "`utf8.len(s)`"),
    ("utf8.sub", "`s:sub(utf8.offset(s, first), utf8.offset(s, last + 1) - 1)`"),
    ("coroutine.start", "`coroutine.wrap(f)`"),
    ("coroutine.kill", "`coroutine.close(co)`"),
];

/// Returns how what other languages have as a method of strings is written.
pub(super) fn string_idiom(name: &str, s: &str) -> Option<String> {
    Some(match name {
        "trim" | "strip" => format!("write `{s}:match(\"^%s*(.-)%s*$\")`"),
        "ltrim" | "lstrip" | "trimStart" => format!("write `{s}:match(\"^%s*(.*)$\")`"),
        "rtrim" | "rstrip" | "trimEnd" => format!("write `{s}:match(\"^(.-)%s*$\")`"),
        "split" => format!("write `for part in {s}:gmatch(\"[^,]+\") do`"),
        "contains" | "includes" | "has" => format!("write `{s}:find(part, 1, true)`"),
        "indexOf" | "index" | "search" => format!("write `{s}:find(part, 1, true)`"),
        "startswith" | "startsWith" | "starts_with" | "hasPrefix" => {
            format!("write `{s}:sub(1, #start) == start`")
        }
        "endswith" | "endsWith" | "ends_with" | "hasSuffix" => {
            format!("write `{s}:sub(-#ending) == ending`")
        }
        "replace" | "replaceAll" => {
            format!("write `{s}:gsub(pattern, text)`; magic characters of patterns need a `%`")
        }
        "length" | "size" | "count" => format!("write `#{s}`"),
        "toUpperCase" | "toUpper" | "uppercase" | "upcase" => format!("write `{s}:upper()`"),
        "toLowerCase" | "toLower" | "lowercase" | "downcase" => format!("write `{s}:lower()`"),
        "substring" | "substr" | "slice" => format!("write `{s}:sub(first, last)`"),
        "charAt" | "at" => format!("write `{s}:sub(i, i)`"),
        "charCodeAt" => format!("write `{s}:byte(i)`"),
        "concat" | "append" => format!("write `{s} .. other`"),
        "join" => "write `table.concat(list, separator)`".to_owned(),
        "repeat" => format!("write `{s}:rep(n)`"),
        "chars" | "each_char" => format!("write `for c in {s}:gmatch(\".\") do`"),
        "padStart" | "rjust" | "ljust" | "padEnd" => {
            format!("write `string.format(\"%10s\", {s})`, or `%-10s`")
        }
        "isdigit" | "isnumeric" => format!("write `{s}:match(\"^%d+$\")`"),
        "toString" | "to_s" | "tostring" => format!("write `tostring({s})`"),
        _ => return None,
    })
}

/// Returns how what other languages have as a method of lists is written.
pub(super) fn table_idiom(name: &str, t: &str) -> Option<String> {
    Some(match name {
        "push" | "append" | "add" | "push_back" => format!("write `table.insert({t}, value)`"),
        "pop" | "pop_back" => format!("write `table.remove({t})`"),
        "shift" => format!("write `table.remove({t}, 1)`"),
        "unshift" => format!("write `table.insert({t}, 1, value)`"),
        "length" | "size" | "count" | "len" | "getn" => format!("write `#{t}`"),
        "join" => format!("write `table.concat({t}, separator)`"),
        "contains" | "includes" | "has" | "indexOf" | "index" | "find" => {
            format!("go through it with `for i, value in ipairs({t}) do`")
        }
        "forEach" | "foreach" | "each" | "map" | "filter" => {
            format!("go through it with `for i, value in ipairs({t}) do`")
        }
        "reverse" | "reversed" => format!("go through it with `for i = #{t}, 1, -1 do`"),
        "extend" | "addAll" => format!("write `table.move(other, 1, #other, #{t} + 1, {t})`"),
        "get" => format!("write `{t}[key]`"),
        "hasOwnProperty" | "has_key" | "hasKey" | "containsKey" => {
            format!("write `{t}[key] ~= nil`")
        }
        "isEmpty" | "is_empty" | "empty" => format!("write `next({t}) == nil`"),
        "pairs" | "ipairs" => format!("write `{name}({t})`"),
        "keys" | "values" | "items" | "entries" => {
            format!("go through it with `for key, value in pairs({t}) do`")
        }
        _ => return None,
    })
}

/// Tells whether a name is what another language calls nil or a boolean.
pub(crate) fn is_foreign_value(name: &str) -> bool {
    GLOBALS.iter().any(|(known, used, _)| *known == name && *used == As::Value)
}
