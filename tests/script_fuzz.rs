//! Inputs that make scripts fail are found, and the same ones each time.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may stop")]

use moonfuel::fuzz::{Attempt, FailureKind, Finding, Fuzzer, Input, Inputs, Schema, Target};
use moonfuel::{Chunk, HostError, Limits, Outcome, Report, Session, SessionBuilder};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Attempts after which something that is found in a few hundred is taken for lost.
const MANY: u64 = 20_000;

fn builder() -> SessionBuilder {
    let limits = Limits { fuel: 200_000, memory: 4 << 20, ..Limits::default() };
    Session::builder().limits(limits)
}

fn fuzzer(builder: SessionBuilder, source: &str, inputs: Inputs) -> Fuzzer {
    let chunk = Chunk::new(source.as_bytes()).named("@s.lua");
    Fuzzer::new(Target::new(builder, chunk).unwrap(), inputs).seed(7)
}

fn like(example: Value) -> Inputs {
    Inputs::Json(Schema::of_example(&example))
}

/// What a finding is, to be compared.
fn shown(finding: &Finding) -> String {
    format!("{} of {} (attempt {})", finding.failure, finding.input, finding.attempt)
}

/// Looks for one failure of a kind at a place; twice, to the same end.
fn finds(source: &str, inputs: &Inputs, kind: FailureKind, place: &str) -> Finding {
    let search = || {
        let mut fuzzer = fuzzer(builder(), source, inputs.clone());
        loop {
            let found = fuzzer
                .findings()
                .iter()
                .find(|finding| finding.failure.kind == kind && finding.failure.place == place);
            if let Some(found) = found {
                return found.clone();
            }
            assert!(fuzzer.attempts() < MANY, "{kind:?} was not found: {:?}", fuzzer.findings());
            fuzzer.run(100);
        }
    };
    let found = search();
    assert_eq!(shown(&found), shown(&search()));
    found
}

#[test]
fn four_nested_compares_of_bytes() {
    let source = "\
local s = ...
if s:byte(1) == 0x4d then
  if s:byte(2) == 0x6f then
    if s:byte(3) == 0xff then
      if s:byte(4) == 0x21 then error('all four') end
    end
  end
end";
    let found = finds(source, &Inputs::Bytes { max: 64 }, FailureKind::Error, "s.lua:5");
    assert_eq!(found.input, Input::Bytes(b"Mo\xff!".to_vec()));
}

#[test]
fn four_nested_compares_of_characters_in_json() {
    let source = "\
local s = args.word
if s:sub(1, 1) == 'M' then
  if s:byte(2) == 111 then
    if s:sub(3, 3) == 'o' and s:byte(4) == string.byte('n') then error('all four') end
  end
end";
    let found = finds(source, &like(json!({"word": "aa"})), FailureKind::Error, "s.lua:4");
    assert_eq!(found.input, Input::Json(json!({"word": "Moon"})));
}

#[test]
fn a_magic_word() {
    let source = "\
local at = args.text:find('xyzzy-42', 1, true)
if at and at > 3 then error('found') end
if args.text:match('^%d%d%-key$') then error('key') end";
    let inputs = like(json!({"text": "hello"}));
    finds(source, &inputs, FailureKind::Error, "s.lua:2");
    finds(source, &inputs, FailureKind::Error, "s.lua:3");
}

#[test]
fn texts_that_were_changed_before_they_are_compared() {
    let source = "\
local s = args.text
if s:upper() == 'OPEN SESAME' then error('upper') end
if s:reverse() == 'drowssap' then error('reversed') end
if 'data/' .. s .. '.txt' == 'data/passwords.txt' then error('within') end
if tonumber(s) == 90210 then error('number') end";
    let inputs = like(json!({"text": "hello"}));
    for line in 2..=5 {
        finds(source, &inputs, FailureKind::Error, &format!("s.lua:{line}"));
    }
}

#[test]
fn what_a_script_loads_of_its_input_does_not_slow_it_down() {
    // Each attempt has functions of its own.
    let source = "local f = load('local a = ' .. args.n .. ' return function() return a end') \
                  if f then return f()() end";
    let mut fuzzer = fuzzer(builder(), source, like(json!({"n": 1})));
    fuzzer.run(10_000);
    assert!(fuzzer.findings().is_empty(), "{:?}", fuzzer.findings());
    assert_eq!(fuzzer.coverage().left_out, 0);
}

#[test]
fn three_fields_with_a_sum() {
    let source = "\
local a = args
if a.x > 100 and a.y < -5 and a.x + a.y + a.z == 4242 then
  error('the sum')
end";
    let found =
        finds(source, &like(json!({"x": 1, "y": 2, "z": 3})), FailureKind::Error, "s.lua:3");
    let Input::Json(input) = &found.input else { panic!("{found:?}") };
    let of = |name: &str| input[name].as_i64().unwrap();
    assert_eq!(of("x") + of("y") + of("z"), 4242);
}

#[test]
fn an_endless_loop_and_a_memory_bomb() {
    let source = "\
local n = args.n
while n > 60 do
  n = n + 0
end
local s = 'x'
if n < -20 then
  while true do s = s .. s end
end";
    let inputs = like(json!({"n": 1}));
    let found = finds(source, &inputs, FailureKind::Fuel, "s.lua:2");
    assert_eq!(found.input, Input::Json(json!({"n": 61})));
    let found = finds(source, &inputs, FailureKind::Memory, "s.lua:7");
    assert_eq!(found.input, Input::Json(json!({"n": -21})));
}

#[test]
fn a_key_of_a_table_and_a_panic_of_the_host() {
    let source = "\
local commands = {list = function() end, show = function() end}
function commands.crash(n) pcall(host.divide, n) end
local command = commands[args.command]
if command then command(args.n) end";
    let open = || {
        builder().function("host.divide", |n: i64| {
            10_i64
                .checked_div(n - 77)
                .map_or_else(|| panic!("division by zero"), Ok::<_, HostError>)
        })
    };
    // What the host panics with goes to standard error.
    std::panic::set_hook(Box::new(|_| ()));
    let mut fuzzer = fuzzer(open(), source, like(json!({"command": "x", "n": 1})));
    while fuzzer.findings().is_empty() && fuzzer.attempts() < MANY {
        fuzzer.run(100);
    }
    let _ = std::panic::take_hook();
    let found = &fuzzer.findings()[0];
    assert_eq!(found.failure.kind, FailureKind::Panic);
    assert_eq!(found.input, Input::Json(json!({"command": "crash", "n": 77})));
}

#[test]
fn nothing_in_a_correct_script() {
    let source = "\
local counts, total = {}, 0
for word in args.text:gmatch('%a+') do counts[word] = (counts[word] or 0) + 1 end
local list = {}
for word in pairs(counts) do list[#list + 1] = word end
table.sort(list)
for _, word in ipairs(list) do total = total + counts[word] end
for i = 1, math.min(#args.numbers, 100) do
  local n = args.numbers[i]
  if n == 42 then total = total // 1 else total = total + n % 7 end
end
return total, list";
    let inputs = like(json!({"text": "to be or not", "numbers": [1, 2]}));
    let mut fuzzer = fuzzer(builder(), source, inputs);
    fuzzer.run(5_000);
    assert!(fuzzer.findings().is_empty(), "{:?}", fuzzer.findings());
    let coverage = fuzzer.coverage();
    let (executed, lines) = coverage.chunks[0].line_totals();
    assert_eq!((executed, lines, fuzzer.unstable()), (10, 10, 0), "{coverage}");
}

#[test]
fn failures_of_one_place_are_one_and_all_are_made_small() {
    let source = "\
local list = args.list
for i, item in ipairs(list) do
  if item.name == 'bad' then error('bad at ' .. i) end
  local _ = item.size < 10 or item.size.x
end";
    let schema = json!({
        "type": "object",
        "properties": {"list": {"type": "array", "items": {
            "type": "object",
            "properties": {"name": {"type": "string"}, "size": {"type": ["integer", "null"]}},
            "required": ["name"],
        }}},
        "required": ["list"],
    });
    let mut fuzzer = fuzzer(builder(), source, Inputs::Json(Schema::new(&schema).unwrap()));
    fuzzer.run(MANY);
    let found: BTreeSet<String> = fuzzer
        .findings()
        .iter()
        .map(|finding| format!("{} of {}", finding.failure.place, finding.input))
        .collect();
    let expected = [
        r#"s.lua:3 of {"list":[{"name":"bad"}]}"#,
        r#"s.lua:4 of {"list":[{"name":"","size":10}]}"#,
        r#"s.lua:4 of {"list":[{"name":""}]}"#,
    ];
    assert_eq!(found.iter().map(String::as_str).collect::<Vec<_>>(), expected);
    assert!(fuzzer.findings().iter().all(|finding| finding.times > 1));
}

#[test]
fn a_campaign_is_the_same_each_time_and_in_pieces() {
    let source = "if args.a > 10 and args.b == 'x' then return args.a % 3 == 1 or args.c[1] end";
    let example = json!({"a": 1, "b": "y", "c": [1]});
    let campaign = |seed: u64, piece: u64| {
        let mut fuzzer = fuzzer(builder(), source, like(example.clone())).seed(seed);
        while fuzzer.attempts() < 3_000 {
            fuzzer.run(piece.min(3_000 - fuzzer.attempts()));
        }
        let findings: Vec<String> = fuzzer.findings().iter().map(shown).collect();
        let corpus: Vec<String> = fuzzer.corpus().map(ToString::to_string).collect();
        (findings, corpus, fuzzer.attempts(), fuzzer.edges())
    };
    let first = campaign(1, 3_000);
    assert_eq!(first, campaign(1, 7));
    assert_ne!(first.1, campaign(2, 3_000).1);
}

#[test]
fn an_expectation_is_a_failure_too() {
    let source = "local n = args.n if n > 1000 then n = n - 5000 end return n";
    let holds = |report: &Report| match report.to::<i64>() {
        Ok(n) if n < -100 => Err("too low".to_owned()),
        _ => Ok(()),
    };
    let target = Target::new(builder(), Chunk::new(source.as_bytes())).unwrap().expect(holds);
    let schema = json!({"properties": {"n": {"type": "integer", "minimum": 0}}, "required": ["n"]});
    let mut fuzzer = Fuzzer::new(target, Inputs::Json(Schema::new(&schema).unwrap()));
    while fuzzer.findings().is_empty() && fuzzer.attempts() < MANY {
        fuzzer.run(100);
    }
    let found = &fuzzer.findings()[0];
    assert_eq!(found.failure.to_string(), "expectation: too low");
    assert_eq!(found.input, Input::Json(json!({"n": 1001})));
}

/// Returns the outcome without what attempts have no time to find out.
fn without_column(attempt: &Attempt) -> String {
    let mut outcome = attempt.report.outcome.clone();
    if let Outcome::Failed(error) = &mut outcome {
        (error.column, error.hint) = (None, None);
    }
    // All that can be seen of it.
    format!("{outcome:?}")
}

#[test]
fn attempts_end_as_executed_runs_do() {
    let source = "\
local t = setmetatable({}, {__close = function() print('closed') end})
local guard <close> = t
local n = #args.list
seen = (seen or 0) + 1
for i = 1, n do print(i, args.list[i], seen) end
local co = coroutine.wrap(function() for _, v in ipairs(args.list) do coroutine.yield(v) end end)
if n > 2 then string.rep('x', n)() end
return co(), n";
    let mut target = Target::new(builder(), Chunk::new(source.as_bytes()).named("@s.lua")).unwrap();
    for list in [json!([]), json!([1]), json!(["a", null, 2.5]), json!([true, {"x": []}])] {
        let input = Input::Json(json!({"list": list}));
        let (attempt, whole) = (target.attempt(&input), target.execute(&input));
        assert_eq!(without_column(&attempt), without_column(&whole), "{input}");
        assert_eq!(attempt.report.output, whole.report.output, "{input}");
        assert_eq!(attempt.failure, whole.failure, "{input}");
        assert!(attempt.report.usage.fuel_used < whole.report.usage.fuel_used);
        // Nothing is left of it: the next is the same to the byte.
        assert_eq!(target.attempt(&input).report, attempt.report);
    }
}

#[test]
fn what_does_not_compile_is_no_target() {
    let error = Target::new(builder(), Chunk::new(b"return 1 +").named("@s.lua")).unwrap_err();
    assert_eq!(error.to_string(), "s.lua:1: unexpected symbol near <eof>");
    let limits = Limits { source: 3, ..Limits::default() };
    assert!(Target::new(Session::builder().limits(limits), Chunk::new(b"return 1")).is_err());
}

fn schemas() -> Vec<Schema> {
    let schema = |value: Value| Schema::new(&value).unwrap();
    vec![
        Schema::any(),
        schema(json!({"type": "integer", "minimum": -3, "maximum": 1000, "multipleOf": 3})),
        schema(json!({"type": "integer", "minimum": -8, "exclusiveMaximum": 41, "multipleOf": 10})),
        schema(json!({"type": "number", "exclusiveMinimum": 0, "maximum": 1})),
        // What no value meets is no alternative, and in no object or array.
        schema(json!({
            "properties": {"never": false, "x": {"anyOf": [false, {"type": "integer"}]}},
            "additionalProperties": {"type": "integer", "minimum": 0},
            "required": ["x"],
        })),
        schema(json!({"items": {"anyOf": [{"$ref": "#/$defs/endless"}, {"type": "integer"}]},
            "$defs": {"endless": {"required": ["in"], "properties": {"in": {"$ref": "#/$defs/endless"}}}}})),
        schema(
            json!({"prefixItems": [{"type": "integer"}, {"enum": [1, "a"]}, false], "items": true}),
        ),
        schema(json!({"type": ["string", "null"], "minLength": 2, "maxLength": 5})),
        schema(json!({"enum": ["a", 1, null, {"x": []}]})),
        schema(json!({
            "type": "object",
            "properties": {
                "kind": {"const": "tree"},
                "children": {"type": "array", "items": {"$ref": "#"}, "maxItems": 3},
                "pair": {"prefixItems": [{"type": "boolean"}, {"type": "integer"}], "minItems": 2},
            },
            "required": ["kind", "children"],
        })),
        schema(json!({
            "$defs": {"id": {"anyOf": [{"type": "integer", "minimum": 1}, {"type": "string"}]}},
            "type": "object",
            "additionalProperties": {"$ref": "#/$defs/id"},
            "required": ["first"],
        })),
        Schema::of_example(
            &json!({"name": "x", "n": 1, "f": 1.5, "list": [1, "a", {"k": true}], "o": {}}),
        ),
    ]
}

#[test]
fn what_is_made_and_changed_fits() {
    for (n, schema) in schemas().iter().enumerate() {
        let mut shapes = BTreeSet::new();
        for round in 0..30 {
            let mut value = schema.make(round);
            assert!(schema.accepts(&value), "{n}: made {value}");
            for seed in 0..30 {
                let before = value.clone();
                schema.change(&mut value, 1_000 * round + seed);
                assert!(schema.accepts(&value), "{n}: {before} became {value}");
                shapes.insert(value.to_string());
            }
        }
        assert!(shapes.len() > 3, "{n}: {shapes:?}");
    }
}

#[test]
fn bounds_are_those_of_the_numbers_within_them() {
    let accepts = |bounds: Value, number: i64| {
        let mut schema = json!({"type": "integer"});
        schema.as_object_mut().unwrap().extend(bounds.as_object().unwrap().clone());
        Schema::new(&schema).map(|schema| schema.accepts(&json!(number)))
    };
    const LARGE: i64 = (1 << 53) + 1;
    for (bounds, number, accepted) in [
        (json!({"exclusiveMinimum": LARGE}), LARGE, false),
        (json!({"exclusiveMinimum": LARGE}), LARGE + 1, true),
        (json!({"exclusiveMaximum": LARGE}), LARGE, false),
        (json!({"exclusiveMaximum": LARGE}), LARGE - 1, true),
        (json!({"exclusiveMaximum": 1e19}), i64::MAX, true),
        (json!({"exclusiveMinimum": -1e19}), i64::MIN, true),
        (json!({"maximum": 1e300, "minimum": -1e300}), i64::MAX, true),
        (json!({"exclusiveMinimum": 0.5, "exclusiveMaximum": 1.5}), 1, true),
        (json!({"minimum": i64::MIN, "multipleOf": i64::MAX}), -i64::MAX, true),
    ] {
        assert_eq!(accepts(bounds.clone(), number), Ok(accepted), "{bounds} {number}");
    }
    for bounds in [
        json!({"minimum": 1e19}),
        json!({"maximum": -1e19}),
        json!({"exclusiveMinimum": i64::MAX}),
        json!({"exclusiveMaximum": i64::MIN}),
        json!({"minimum": 11, "maximum": 19, "multipleOf": 10}),
        json!({"exclusiveMinimum": 0, "exclusiveMaximum": 1}),
    ] {
        let error = accepts(bounds.clone(), 0).unwrap_err().to_string();
        assert!(error.contains("no number is within its bounds"), "{bounds}: {error}");
    }
}

#[test]
fn what_cannot_be_followed_is_refused_with_its_place() {
    let refused = |schema: Value| Schema::new(&schema).unwrap_err().to_string();
    assert_eq!(
        refused(json!({"properties": {"a/b": {"type": "string", "pattern": "^x"}}})),
        "the schema cannot be followed: the keyword `pattern` is not supported here \
         (at #/properties/a~1b)"
    );
    for (schema, what) in [
        (json!({"type": "integer", "minimum": 2, "maximum": 1}), "no number is within"),
        (json!({"type": "thing"}), "there is no type `thing`"),
        (json!({"$ref": "#/$defs/none"}), "`#/$defs/none` is not there"),
        (json!({"not": {}}), "`not`"),
        (json!({"enum": []}), "`enum`"),
        (json!(1), "an object or a boolean"),
    ] {
        assert!(refused(schema.clone()).contains(what), "{schema}");
    }
    // What nothing fits is no description: one that refers to itself, too.
    for schema in [
        json!({"$ref": "#"}),
        json!(false),
        json!({"properties": {"a": false}, "required": ["a"]}),
        json!({"properties": {"a": {"$ref": "#"}}, "required": ["a"]}),
        json!({"items": {"$ref": "#"}, "minItems": 1}),
        json!({"minLength": 3, "maxLength": 2}),
        json!({"prefixItems": [true], "minItems": 2}),
    ] {
        assert!(refused(schema.clone()).contains("no value is as it asks"), "{schema}");
    }
    for (schema, what) in [
        (json!({"anyOf": []}), "`anyOf` is a list of schemas, and not empty"),
        (json!({"minLength": "3"}), "`minLength` is a whole number from 0"),
        (json!({"properties": []}), "`properties` is an object of schemas"),
        (json!({"required": "a"}), "`required` is a list of names"),
        (json!({"minimum": "0"}), "`minimum` is a number"),
        (json!({"items": 7}), "`items` is a schema"),
        (json!({"$ref": 7}), "`$ref` is a text"),
    ] {
        assert!(refused(schema.clone()).contains(what), "{schema}: {}", refused(schema.clone()));
    }
    let chain = Schema::new(&json!({"properties": {"next": {"$ref": "#"}}})).unwrap();
    assert!(chain.accepts(&json!({"next": {"next": {}}})));
}
