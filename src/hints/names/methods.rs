//! What other languages have as methods of strings and lists.

/// Returns how what other languages have as a method of strings is written.
pub(in super::super) fn string_idiom(name: &str, s: &str) -> Option<String> {
    Some(match plain(name).as_str() {
        "trim" | "strip" => format!("write `{s}:match(\"^%s*(.-)%s*$\")`"),
        "ltrim" | "lstrip" | "trimstart" | "trimleft" => {
            format!("write `{s}:match(\"^%s*(.*)$\")`")
        }
        "rtrim" | "rstrip" | "trimend" | "trimright" => {
            format!("write `{s}:match(\"^(.-)%s*$\")`")
        }
        "split" => format!("write `for part in {s}:gmatch(\"[^,]+\") do`"),
        "contains" | "includes" | "has" | "indexof" | "index" | "search" => {
            format!("write `{s}:find(part, 1, true)`")
        }
        "startswith" | "hasprefix" => format!("write `{s}:sub(1, #start) == start`"),
        "endswith" | "hassuffix" => format!("write `{s}:sub(-#ending) == ending`"),
        "replace" | "replaceall" => {
            format!("write `{s}:gsub(pattern, text)`; magic characters of patterns need a `%`")
        }
        "length" | "size" | "count" => format!("write `#{s}`"),
        "touppercase" | "toupper" | "uppercase" | "upcase" => format!("write `{s}:upper()`"),
        "tolowercase" | "tolower" | "lowercase" | "downcase" => format!("write `{s}:lower()`"),
        "substring" | "substr" | "slice" => format!("write `{s}:sub(first, last)`"),
        "charat" | "at" => format!("write `{s}:sub(i, i)`"),
        "charcodeat" => format!("write `{s}:byte(i)`"),
        "concat" | "append" => format!("write `{s} .. other`"),
        "join" => "write `table.concat(list, separator)`".to_owned(),
        "repeat" => format!("write `{s}:rep(n)`"),
        "chars" | "eachchar" => format!("write `for c in {s}:gmatch(\".\") do`"),
        "padstart" | "rjust" | "ljust" | "padend" => {
            format!("write `string.format(\"%10s\", {s})`, or `%-10s`")
        }
        "isdigit" | "isnumeric" => format!("write `{s}:match(\"^%d+$\")`"),
        "tostring" | "tos" => format!("write `tostring({s})`"),
        _ => return None,
    })
}

/// Returns the same of what is known to be called on a string: other things may have methods of
/// these names.
pub(super) fn of_strings(name: &str, s: &str) -> Option<String> {
    string_idiom(name, s).or_else(|| {
        Some(match plain(name).as_str() {
            "isempty" | "empty" => format!("write `{s} == \"\"`"),
            "isblank" | "isspace" => format!("write `{s}:match(\"^%s*$\")`"),
            "isalpha" => format!("write `{s}:match(\"^%a+$\")`"),
            "isalnum" => format!("write `{s}:match(\"^%w+$\")`"),
            "equals" | "equal" | "eq" => format!("write `{s} == other`"),
            "push" | "add" => format!("write `{s} .. other`"),
            "lines" | "splitlines" => format!("write `for line in {s}:gmatch(\"[^\\n]+\") do`"),
            "each" | "foreach" => format!("write `for c in {s}:gmatch(\".\") do`"),
            "matchall" | "findall" | "scan" => {
                format!("write `for part in {s}:gmatch(pattern) do`")
            }
            "test" | "ismatch" => format!("write `{s}:match(pattern)`"),
            "get" => format!("write `{s}:sub(i, i)`"),
            "ord" | "codepointat" => format!("write `{s}:byte(i)`, or `utf8.codepoint({s}, i)`"),
            "zfill" => "write `string.format(\"%05d\", n)`".to_owned(),
            "center" | "pad" | "padleft" | "padright" => {
                format!("write `string.format(\"%10s\", {s})`, or `%-10s`")
            }
            "capitalize" | "capitalise" | "title" => {
                format!("write `({s}:gsub(\"^%l\", string.upper))`")
            }
            "tonumber" | "tointeger" | "toint" | "toi" | "tofloat" | "tof" | "int" | "float"
            | "number" | "parseint" => format!("write `tonumber({s})`"),
            _ => return None,
        })
    })
}

/// Returns a name without what tells apart the ways to write it: `starts_with`, `startsWith`.
fn plain(name: &str) -> String {
    name.replace('_', "").to_ascii_lowercase()
}

/// Returns how what other languages have as a method of lists is written.
pub(in super::super) fn table_idiom(name: &str, t: &str) -> Option<String> {
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
        "splice" | "removeAt" | "remove_at" => format!("write `table.remove({t}, i)`"),
        "copy" | "clone" => {
            format!("copy it with `for key, value in pairs({t}) do copy[key] = value end`")
        }
        "setdefault" => format!("write `{t}[key] = {t}[key] or value`"),
        "slice" => format!("write `{{table.unpack({t}, first, last)}}`"),
        "first" => format!("write `{t}[1]`"),
        "last" => format!("write `{t}[#{t}]`"),
        "some" | "every" | "any" | "all" | "reduce" => {
            format!("go through it with `for i, value in ipairs({t}) do`")
        }
        "sortBy" | "sort_by" => {
            format!("write `table.sort({t}, function(a, b) return a.key < b.key end)`")
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
