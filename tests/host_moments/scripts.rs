//! Random scripts that call their host from everywhere a script can stand.

use super::prng::Prng;

/// What a script may call.
#[derive(Clone, Copy, Debug)]
pub struct Words {
    /// Functions that wait, and `yield`.
    pub waits: bool,
    /// Functions with futures.
    pub futures: bool,
    /// Objects of the host's.
    pub things: bool,
}

/// What scripts show values with, and what they find and change.
const PREPARE: &str = r#"
function show(...)
  local function text(v, depth)
    local t = math.type(v) or type(v)
    if t == 'table' then
      if depth > 3 then return '{..}' end
      local parts = {}
      local ok, why = pcall(function()
        for k, x in next, v do parts[#parts + 1] = text(k, depth + 1) .. '=' .. text(x, depth + 1) end
      end)
      if not ok then return '!' .. tostring(why) end
      return '{' .. table.concat(parts, ',') .. '}'
    elseif t == 'string' then return #v > 60 and ('str' .. #v .. v:sub(1, 8)) or ('%q'):format(v)
    elseif t == 'float' or t == 'integer' then return t:sub(1, 1) .. ('%q'):format(v)
    elseif t == 'function' or t == 'thread' or t == 'userdata' then return t
    else return tostring(v) end
  end
  local parts = {}
  for i = 1, select('#', ...) do parts[i] = text((select(i, ...)), 0) end
  print(table.concat(parts, ' '))
  return ...
end
S = {n = 0, list = {}, big = {}}
for i = 1, 60 do S.big[i] = {i} end
CO = coroutine.wrap(function() local n = 0 while true do n = n + 1 S.n = n coroutine.yield(n) end end)
CO()
WEAK = setmetatable({}, {__mode = 'k'})
THING = host.thing(3)
BOX = setmetatable({}, {__index = function(_, k) return k end})
bus.on('b', function(v) S.seen = v end)
"#;

/// Returns what is run first.
pub fn prepare(words: Words) -> String {
    if words.things { PREPARE.to_owned() } else { PREPARE.replace("host.thing(3)", NO_THING) }
}

/// In the place of an object of the host's.
const NO_THING: &str = "setmetatable({number = function() return host.count() end, add = host.echo, each = function(_, f) return host.call(f, 1) end}, \
 {__add = function(a, b) return host.echo(a) end, __lt = function() return host.echo(true) end, __call = function(_, a) return host.echo(a) end, __close = function() host.echo() end})";

/// Run last: what is left.
pub const AFTERWARDS: &str = r#"
show(S.n, #S.list, S.seen, S.x, S.last, CO(), THING:number(), host.count(), math.random(1000))
for k in pairs(WEAK) do show(k) end
bus.emit('b', 1) bus.emit('c', 2)
collectgarbage() show(S)
local t = {} for i = 1, 200 do t[i] = {i, tostring(i)} end
return #t, S.kept and pcall(S.kept, 1)
"#;

/// Writes a script.
pub fn script(prng: &mut Prng, words: Words) -> String {
    let mut writer = Writer { prng, words, out: String::new(), locals: 0, depth: 0 };
    writer.out.push_str("local n = 0\n");
    for _ in 0..writer.prng.range(2, 9) {
        writer.statement();
    }
    let value = writer.value();
    writer.out.push_str(&format!("return n, {value}\n"));
    if words.things { writer.out } else { writer.out.replace("host.thing(", "host.echo(THING, ") }
}

struct Writer<'a> {
    prng: &'a mut Prng,
    words: Words,
    out: String,
    locals: usize,
    depth: usize,
}

impl Writer<'_> {
    fn value(&mut self) -> String {
        let plain = [
            "nil",
            "true",
            "1",
            "-0.0",
            "0/0",
            "1/0",
            "2^53",
            "math.mininteger",
            "'moon'",
            "''",
            "'\\xff\\xfe\\0'",
            "('long '):rep(300)",
            "json.null",
            "{}",
            "{1, 2, 3}",
            "{1, nil, 3}",
            "json.array({1, nil, {3}})",
            "json.object({})",
            "{a = {b = {c = 1}}}",
            "{[1.5] = 1, [true] = 2}",
            "S.list",
            "S.big",
            "S",
            "print",
            "show",
            "THING",
            "function(...) n = n + 1 return ... end",
            "function(a) error(a, 0) end",
            "function(a) S.x = n return a end",
            "host.echo",
            "coroutine.create(print)",
            "n",
            "BOX",
            "setmetatable({7}, {__index = host.echo})",
            "{host.thing(1), print}",
            "(function() local t = {} t.t = t return t end)()",
            "host.make(n)",
            "tostring(n)",
        ];
        match self.prng.below(10) {
            0 if self.locals > 0 => format!("v{}", self.prng.range(1, self.locals as i64)),
            1 if self.depth < 3 => self.call(),
            _ => self.prng.pick(&plain).to_owned(),
        }
    }

    fn values(&mut self) -> String {
        let count = self.prng.below(4);
        (0..count).map(|_| self.value()).collect::<Vec<_>>().join(", ")
    }

    fn function(&mut self) -> String {
        if self.depth >= 3 || self.prng.chance(300) {
            let plain = [
                "function(...) return ... end",
                "host.echo",
                "print",
                "show",
                "host.ask",
                "coroutine.wrap(function(...) local a = ... while true do a = coroutine.yield(a) end end)",
                "function() error({n}) end",
                "5",
            ];
            let picked = self.prng.pick(&plain);
            return if picked == "host.ask" && !self.words.waits {
                "host.echo".into()
            } else {
                picked.into()
            };
        }
        self.depth += 1;
        let before = std::mem::take(&mut self.out);
        let locals = self.locals;
        for _ in 0..self.prng.range(1, 2) {
            self.statement();
        }
        let back = self.value();
        let body = std::mem::replace(&mut self.out, before);
        self.locals = locals;
        self.depth -= 1;
        format!("function(...) {body} return {back} end")
    }

    /// One call of the host.
    fn call(&mut self) -> String {
        self.depth += 1;
        let call = self.call_within();
        self.depth -= 1;
        call
    }

    fn call_within(&mut self) -> String {
        let waits = self.words.waits;
        let (a, b) = (self.value(), self.values());
        let k = self.prng.below(40);
        match self.prng.below(27) {
            0 | 1 => format!("host.echo({b})"),
            2 => format!("host.make({k}, {a}, {})", self.function()),
            3 => format!("host.fail({k})"),
            4..=8 if waits => format!("host.ask({b})"),
            9 if waits => format!("net.get({a})"),
            10 if waits => format!("yield({b})"),
            11 => format!("host.call({}, {a})", self.function()),
            12 => format!("host.each({{{b}}}, {})", self.function()),
            13 if self.words.futures => format!("host.later({})", k % 4),
            14 | 15 => {
                let mut calls = Vec::new();
                for _ in 0..self.prng.below(4) {
                    let names = if waits {
                        [
                            "host.ask",
                            "host.echo",
                            "host.fail",
                            "net.get",
                            "host.make",
                            "host.ask",
                            "host.count",
                        ]
                    } else {
                        [
                            "host.echo",
                            "host.echo",
                            "host.fail",
                            "host.make",
                            "host.make",
                            "host.charge",
                            "host.count",
                        ]
                    };
                    let (name, value) = (self.prng.pick(&names), self.value());
                    calls.push(format!("{{{name}, {value}}}"));
                }
                format!("host.all{{{}}}", calls.join(", "))
            }
            16 => format!("THING:add({k})"),
            17 => "(THING + 1):number()".to_owned(),
            18 => format!("THING({a})"),
            19 => self
                .prng
                .pick(&[
                    "#THING",
                    "THING.some",
                    "tostring(THING)",
                    "THING < host.thing(2)",
                    "THING:each(print)",
                ])
                .to_owned(),
            20 => format!("host.charge({})", k * 50),
            21 => format!("host.reserve({})", k * 5000),
            22 => "host.count()".to_owned(),
            23 => "require('counter').next()".to_owned(),
            24 => format!("bus.emit('{}', {a})", self.prng.pick(&["b", "c"])),
            25 => format!("host.keep({})", self.function()),
            _ => format!("host.echo({a}, {b})").replace(", )", ")"),
        }
    }

    fn statement(&mut self) {
        let from = self.out.len();
        self.statement_of_any();
        if !self.words.things {
            let text = self.out.split_off(from);
            self.out.push_str(&text.replace("host.thing(", "host.echo(THING, "));
        }
    }

    /// Statements that are left by jumps, errors and yields, and libraries over proxies.
    fn winding(&mut self, call: &str, value: &str) -> String {
        match self.prng.below(10) {
            0 => format!(
                "for i = 1, 3 do local c <close> = setmetatable({{}}, {{__close = function(_, e) show('g', i, e) show({call}) end}}) S.f = function() return i end if i == 2 then goto out end end ::out:: show(S.f())"
            ),
            1 => format!(
                "local p = setmetatable({{}}, {{__index = function(_, i) show({call}) return i < 5 and i or nil end, __newindex = function(_, k, v) show(k, v, {call}) end, __len = function() return 4 end}}) {}",
                self.prng.pick(&[
                    "show(pcall(table.move, p, 1, 3, 2))",
                    "show(pcall(table.concat, p, ','))",
                    "show(pcall(table.unpack, p))",
                    "show(pcall(table.remove, p, 2))",
                    "show(pcall(table.insert, p, 1, n))",
                    "show(pcall(table.sort, p))",
                    "for i, v in ipairs(p) do show(i, v) end",
                ])
            ),
            2 => format!(
                "local f = load('local a = x y = a return x, ...', '=env', 't', setmetatable({{}}, {{__index = function(_, k) return {call} end, __newindex = function(_, k, v) show(k, v) show({call}) end}})) show(pcall(f, {value}))"
            ),
            3 => format!(
                "for k, v in pairs(setmetatable({{}}, {{__pairs = function(t) return function(_, k) k = (k or 0) + 1 if k < 3 then return k, {call} end end, t end}})) do show(k, v) end"
            ),
            4 => format!(
                "local function deep(k) if k == 0 then return {call} end local c <close> = k % 50 == 0 and setmetatable({{}}, {{__close = function() show('deep', k) end}}) or nil return k, deep(k - 1) end show(pcall(function() return select('#', deep({})) end))",
                self.prng.range(1, 180)
            ),
            5 => format!(
                "local e = setmetatable({{}}, {{__tostring = function() return tostring({call}) end}}) show(pcall(error, e)) if n > 2 then error(e) end"
            ),
            6 => format!(
                "local co co = coroutine.wrap(function() for i in function(_, i) i = (i or 0) + 1 coroutine.yield({call}) return i < 3 and i or nil end, nil, nil, setmetatable({{}}, {{__close = function() coroutine.yield('closing') show({call}) end}}) do show(i) if i == 2 then break end end return 'end' end) for _ = 1, 6 do show(pcall(co)) end"
            ),
            7 => format!(
                "show(xpcall(function() local c <close> = setmetatable({{}}, {{__close = function(_, e) error({{e}}) end}}) error({call}) end, function(e) show('handler', e) return xpcall(function() return {call} end, print) end))"
            ),
            8 => format!(
                "local cos = {{}} for i = 1, 3 do cos[i] = coroutine.create(function(...) local c <close> = setmetatable({{}}, {{__close = function() show('co', i, {call}) end}}) show(coroutine.yield(i), {call}) show(coroutine.resume(cos[i % 3 + 1], i)) error({value}) end) show(coroutine.resume(cos[i])) end for i = 3, 1, -1 do show(coroutine.resume(cos[i], {value})) show(coroutine.close(cos[i])) end"
            ),
            _ => format!(
                "show(pcall(string.format, '%s %d %q', setmetatable({{}}, {{__tostring = function() show({call}) return 'f' end}}), n, {value}))"
            ),
        }
    }

    fn statement_of_any(&mut self) {
        let call = self.call();
        let value = self.value();
        let text = match self.prng.below(39) {
            0 | 1 => format!("show({call})"),
            2 => format!("show(pcall(function() return {call} end))"),
            3 => {
                self.locals += 1;
                format!("v{} = {call}", self.locals)
            }
            4 => format!(
                "local co = coroutine.wrap(function(a) show(a) local x = {call} coroutine.yield(x) return {value} end) show(co(1)) show(pcall(co))"
            ),
            5 => format!(
                "local t = {{3, 1, 2}} show(pcall(table.sort, t, function(a, b) n = n + 1 if n < 9 then show({call}) end return a < b end)) show(t)"
            ),
            6 => format!(
                "show(pcall(string.gsub, 'abc', '%a', function(c) local x = {call} return type(x) == 'string' and x or nil end))"
            ),
            7 => format!(
                "local m = setmetatable({{}}, {{__index = function(_, k) return {call} end, __add = function(a, b) return {value} end}}) show(pcall(function() return m.x, m + 1 end))"
            ),
            8 => format!(
                "local m = setmetatable({{}}, {{__lt = function(a, b) return {call} end, __concat = function() return {value} end, __eq = function() return {call} end}}) show(pcall(function() return m < 1, m .. 'x', m == setmetatable({{}}, getmetatable(m)) end))"
            ),
            9 => format!(
                "for a, b in function(_, k) if not k then return 1, {call} end end do n = n + 1 show(a, b) end"
            ),
            10 => format!(
                "do local c <close> = setmetatable({{}}, {{__close = function(_, e) show('closing', e) show({call}) end}}) n = n + 1 end"
            ),
            11 => format!(
                "show(pcall(function() local c <close> = setmetatable({{}}, {{__close = function(_, e) show('c', e, pcall(function() return {call} end)) end}}) error({value}, 0) end))"
            ),
            12 => format!(
                "setmetatable({{}}, {{__gc = function() n = n + 1 show('gc', pcall(function() return {call} end)) end}}) collectgarbage() collectgarbage()"
            ),
            13 => format!(
                "show(xpcall(function() error({value}) end, function(e) return {call}, e end))"
            ),
            14 => format!(
                "show(pcall(load, function() local x = {call} n = n + 1 return n % 2 == 1 and 'return 1 ' or nil end))"
            ),
            15 => format!(
                "show(pcall(host.call, function(...) show(...) return {call} end, {value}))"
            ),
            16 => format!(
                "for i = 1, {} do S.list[#S.list + 1] = i show({call}) end",
                self.prng.range(1, 3)
            ),
            17 => format!("S.last = {value} WEAK[{{n}}] = true CO()"),
            18 => format!(
                "local g = {{}} for i = 1, {} do g[i] = {{i, tostring(i)}} end show(pcall(function() return {call} end))",
                self.prng.range(50, 2500)
            ),
            19 => format!(
                "local t = setmetatable({{}}, {{__tostring = function() show({call}) return 'named' end, __call = function(self, a) return {call} end, __len = function() return {value} end}}) show(pcall(tostring, t)) show(pcall(t, 1)) show(pcall(function() return #t end))"
            ),
            20 => format!("bus.on('{}', {})", self.prng.pick(&["b", "c"]), self.function()),
            21 => format!("S.kept = {}", self.function()),
            22 => format!(
                "local co = coroutine.create(function() local c <close> = setmetatable({{}}, {{__close = function() show('cc', pcall(function() return {call} end)) end}}) coroutine.yield(1) end) coroutine.resume(co) show(coroutine.close(co))"
            ),
            23 => format!(
                "show(pcall(host.each, {{1, 2, 3}}, function(i) show(i) return {call} end))"
            ),
            24 => format!("if {value} then error({value}) else show({call}) end"),
            25 => format!("show(pcall(THING.each, THING, function(i) return {call} end))"),
            26 => format!("show(math.random(100), os.time(), os.clock() >= 0, {call})"),
            27 => format!(
                "do local th <close> = host.thing({}) S.th = th show(th:number()) end show(pcall(function() return S.th:number() end))",
                self.prng.below(9)
            ),
            28..=37 => self.winding(&call, &value),
            _ => format!("n = n + 1 show(n, select('#', {call}))"),
        };
        // A statement that is not caught ends most scripts early.
        let wrapped = if self.depth == 0 && self.prng.chance(850) && !text.starts_with('v') {
            format!("show(pcall(function() {text} end))")
        } else {
            format!("do {text} end")
        };
        self.out.push_str(&wrapped);
        self.out.push('\n');
    }
}
