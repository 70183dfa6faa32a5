//! What is said of what other languages have, wherever it is met: in code, or where a script
//! failed.

pub(super) const CATCH: &str = "Lua catches errors with `local ok, err = pcall(f, ...)`";
pub(super) const SWITCH: &str =
    "Lua has no `switch`: use `if` and `elseif`, or a table of functions";
pub(super) const REQUIRE: &str = "Lua loads modules with `local name = require(\"name\")`";
pub(super) const MODULE: &str =
    "a module is a file that returns a table, as in `return {name = name}`";
pub(super) const SUPER: &str =
    "Lua has no `super`: call the function of the parent, as in `Parent.new(self)`";
pub(super) const ALONE: &str = "a value alone is no statement: call it, assign it or `return` it";
pub(super) const PRINT: &str = "write `print(...)`";
pub(super) const EACH: &str = "go through a list with `for i, value in ipairs(list) do`";
pub(super) const LIST_LOOP: &str = "a loop over a list is `for i, value in ipairs(list) do`";
pub(super) const COUNTING_LOOP: &str = "a loop over numbers is `for i = 1, 10 do`";
pub(super) const ENDLESS_LOOP: &str = "a loop without an end is `while true do ... end`";
pub(super) const UNLESS: &str = "Lua writes `if not ... then`";
pub(super) const BITS: &str = "Lua has operators for bits: `&`, `|`, `~`, `<<`, `>>`";
pub(super) const WAIT: &str = "no function here waits: a script goes on at once";
pub(super) const ARROW: &str = "Lua has no arrows: a function is `function(x) return ... end`";
pub(super) const END: &str = "blocks of all kinds end with `end` alone";
pub(super) const ITEMS: &str = "`table.unpack(list)` gives the items of a list";
pub(super) const NO_BRACKETS: &str = "variables stand without brackets: `a, b = ...`";
pub(super) const NO_PARENTHESES: &str = "variables stand without parentheses: `a, b = ...`";
pub(super) const NO_TYPES: &str =
    "Lua has no types to write: leave out the `:` and what is behind it";
