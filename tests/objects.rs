//! Objects of the host's in the hands of scripts.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may stop")]

#[path = "record/sink.rs"]
mod sink;

use moonfuel::{
    Chunk, ErrorKind, Function, HostCx, HostError, HostKey, HostValue, Limits, Methods, Object,
    ObjectRef, Outcome, Reply, Report, Session, SessionBuilder, UserData, Variadic,
};
use sink::Sink;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

/// Counts itself.
struct Counter {
    count: i64,
    alive: Arc<AtomicI64>,
}

impl Drop for Counter {
    fn drop(&mut self) {
        self.alive.fetch_sub(1, Ordering::Relaxed);
    }
}

impl UserData for Counter {
    const NAME: &'static str = "counter";

    fn add_methods(methods: &mut Methods<Self>) {
        methods.method("inc", |this, by: Option<i64>| {
            this.count += by.unwrap_or(1);
            Ok(this.count)
        });
        methods.method("swap", |this, (a, b): (HostValue, HostValue)| {
            this.count += 1;
            Ok((b, a))
        });
        methods.method("fail", |_, code: i64| -> Result<(), HostError> {
            Err(HostError::value(HostValue::object([("code", HostValue::Integer(code))])))
        });
        methods.method("panic", |this, ()| -> Result<(), HostError> {
            this.count = 1000;
            panic!("never mind")
        });
        methods.method_with("each", |this, _, f: Function| times(f, this.count));
        methods.method_with("add", |this, cx, other: Object<Counter>| {
            this.count += cx.with(&other, |other| other.count)?;
            Ok(this.count)
        });
        methods.method_with("twin", |this, cx, ()| {
            this.alive.fetch_add(1, Ordering::Relaxed);
            cx.object(Counter { count: this.count, alive: Arc::clone(&this.alive) })
        });
        methods.method_with("burn", |_, cx, units: u64| cx.charge(units));
    }

    fn size_hint(&self) -> usize {
        self.count.unsigned_abs() as usize
    }
}

/// Calls a function so many times.
fn times(f: Function, count: i64) -> Result<Reply, HostError> {
    if count <= 0 {
        return Ok(Reply::Now(vec![]));
    }
    Reply::call(&f.clone(), count, move |_, result: Result<(), HostError>| {
        result?;
        times(f, count - 1)
    })
}

/// Says what happens to it.
struct Door(Arc<Mutex<Vec<String>>>);

impl UserData for Door {
    const NAME: &'static str = "door";

    fn add_methods(methods: &mut Methods<Self>) {
        methods.method("knock", |_, ()| Ok("knock"));
        methods.index(|_, key: HostValue| Ok(format!("no {}", key.as_str().unwrap_or("name"))));
        methods.new_index(|this, (key, value): (String, HostValue)| {
            this.0.lock().unwrap().push(format!("{key} = {}", value.type_name()));
            Ok(())
        });
        methods.call(|_, values: Variadic<i64>| Ok((values.iter().sum::<i64>(), values.len())));
        methods.len(|this| Ok(this.0.lock().unwrap().len()));
        methods.to_string(|_| Ok("a door"));
        methods.close(|this| {
            this.0.lock().unwrap().push("closed".to_owned());
            Ok(())
        });
    }
}

struct Host {
    session: Session,
    alive: Arc<AtomicI64>,
    log: Arc<Mutex<Vec<String>>>,
    kept: Arc<Mutex<Vec<ObjectRef>>>,
}

fn host(builder: SessionBuilder) -> Host {
    let alive = Arc::new(AtomicI64::new(0));
    let log = Arc::default();
    let kept = Arc::<Mutex<Vec<ObjectRef>>>::default();
    let (counts, doors) = (Arc::clone(&alive), Arc::clone(&log));
    let (keeps, gives, revokes) = (Arc::clone(&kept), Arc::clone(&kept), Arc::clone(&kept));
    let session = builder
        .object::<Counter>()
        .object::<Door>()
        .function_with("counter", move |cx, count: Option<i64>| {
            counts.fetch_add(1, Ordering::Relaxed);
            cx.object(Counter { count: count.unwrap_or(0), alive: Arc::clone(&counts) })
        })
        .function_with("door", move |cx, ()| cx.object(Door(Arc::clone(&doors))))
        .function("keep", move |object: ObjectRef| {
            keeps.lock().unwrap().push(object);
            Ok(())
        })
        .function("kept", move |()| Ok(gives.lock().unwrap().clone()))
        .function_with("revoke", move |cx, object: Option<ObjectRef>| match object {
            Some(object) => cx.revoke(&object),
            None => revokes.lock().unwrap().iter().try_for_each(|object| cx.revoke(object)),
        })
        .function_with("peek", |cx, counter: Object<Counter>| cx.with(&counter, |it| it.count))
        .build()
        .unwrap();
    Host { session, alive, log, kept }
}

impl Host {
    fn run(&mut self, source: &str) -> Report {
        self.session.run(source)
    }

    fn json(&mut self, source: &str) -> String {
        let report = self.run(source);
        match report.outcome {
            Outcome::Done(Ok(json)) => json,
            other => panic!("{source}: {other:?}"),
        }
    }

    fn error(&mut self, source: &str) -> String {
        self.run(source).json().unwrap_err().to_string()
    }

    fn alive(&self) -> i64 {
        self.alive.load(Ordering::Relaxed)
    }
}

#[test]
fn methods_work_on_the_value() {
    let mut host = host(Session::builder());
    let json = host.json(
        "local c = counter(40)
         local a, b = c:swap('x', {1, 2})
         return c:inc(), c.inc(c, 2), a, b, c:add(counter(100)), peek(c), c:twin():inc()",
    );
    assert_eq!(json, r#"[42,44,[1,2],"x",144,144,145]"#);
    let json = host.json(
        "local c, seen = counter(3), {}
         c:each(function(n) seen[#seen + 1] = n + c:inc(10) end)
         local co = coroutine.wrap(function() c:each(coroutine.yield) return 'end' end)
         return seen, co(), co(), c == c, rawequal(c, c), counter() == counter()",
    );
    assert_eq!(json, "[[16,25,34],33,32,true,true,false]");
}

#[test]
fn scripts_see_an_opaque_object() {
    let mut host = host(Session::builder());
    let json = host.json(
        "local c, d = counter(), door()
         local t = {[c] = 'key'}
         return type(c), tostring(c), tostring(counter()), getmetatable(c), t[c], c.nothing, c.inc ~= nil,
                select(2, pcall(setmetatable, c, {})), math.type(c), #tostring(c.inc) > 0,
                select(2, pcall(function() c.x = 1 end)), select(2, pcall(function() return c + 1 end)),
                select(2, pcall(function() return #c end)), select(2, pcall(function() c.inc = 1 end)),
                select(2, pcall(next, c)), select(2, pcall(json.encode, c))",
    );
    for part in [
        r#"["userdata","counter: 1","counter: 3",false,"key",null,true,"#,
        r#"bad argument #1 to 'setmetatable' (table expected, got counter)"#,
        "attempt to index a counter value (upvalue 'c')",
        "attempt to perform arithmetic on a counter value (upvalue 'c')",
        "attempt to get length of a counter value (upvalue 'c')",
        "bad argument #1 to 'next' (table expected, got counter)",
    ] {
        assert!(json.contains(part), "{part}\n{json}");
    }
    let report = host.run("return counter()");
    assert!(
        matches!(&report.outcome, Outcome::Done(Err(error)) if error.kind == ErrorKind::Conversion)
    );
}

#[test]
fn events_are_the_hosts() {
    let mut host = host(Session::builder());
    let json = host.json(
        "local d = door()
         d.colour = 'red'
         d[1.5] = {}
         do local open <close> = d end
         return d:knock(), d.size, d(1, 2, 3), #d, tostring(d), string.format('%s', d)",
    );
    assert_eq!(json, r#"["knock","no size",6,3,"a door","a door"]"#);
    let log = std::mem::take(&mut *host.log.lock().unwrap());
    assert_eq!(log, ["colour = string", "1.5 = table", "closed"]);
    let text = host.error("local c <close> = counter()");
    assert!(text.ends_with("variable 'c' got a non-closable value"), "{text}");
    host.run("local ok = pcall(function() local d <close> = door() error('x') end) assert(not ok)")
        .json()
        .unwrap();
    assert_eq!(*host.log.lock().unwrap(), ["closed"]);
}

#[test]
fn wrong_receivers_and_arguments_are_luas_errors() {
    let mut host = host(Session::builder());
    for (source, text) in [
        ("counter().inc(5)", "bad argument #1 to 'inc' (counter expected, got number)"),
        ("counter().inc()", "bad argument #1 to 'inc' (counter expected, got no value)"),
        ("counter().inc(door())", "bad argument #1 to 'inc' (counter expected, got door)"),
        ("counter():inc('x')", "bad argument #1 to 'inc' (number expected, got string)"),
        (
            "local c = counter() c.inc(c, 'x')",
            "bad argument #2 to 'inc' (number expected, got string)",
        ),
        ("counter():add(door())", "bad argument #1 to 'add' (counter expected, got door)"),
        ("counter():add(io)", "bad argument #1 to 'add' (counter expected, got nil)"),
        ("peek({})", "bad argument #1 to 'peek' (counter expected, got table)"),
        ("peek(door())", "bad argument #1 to 'peek' (counter expected, got door)"),
        ("keep(print)", "bad argument #1 to 'keep' (object expected, got function)"),
        ("counter():nothing()", "attempt to call a nil value (method 'nothing')"),
    ] {
        let error = host.error(source);
        assert!(error.ends_with(text), "{source}: {error}");
    }
    assert_eq!(host.json("return select(2, pcall(counter().fail, counter(), 7)).code"), "[7]");
}

#[test]
fn a_value_in_use_is_an_error() {
    let mut host = host(Session::builder());
    let error = host.error("local c = counter() c:add(c)");
    assert!(error.ends_with("counter is in use"), "{error}");
}

#[test]
fn a_method_that_panics_leaves_the_object_usable() {
    let mut host = host(Session::builder());
    std::panic::set_hook(Box::new(|_| {}));
    let json = host.json("c = counter() return pcall(c.panic, c)");
    let _ = std::panic::take_hook();
    assert!(json.contains("counter.panic: the host function panicked"), "{json}");
    assert_eq!(host.json("return c:inc()"), "[1001]");
}

#[test]
fn revoked_objects_are_errors() {
    let mut host = host(Session::builder());
    let text = "counter has been revoked";
    assert_eq!(host.json("c = counter(7) keep(c) return c:inc()"), "[8]");
    let object = host.kept.lock().unwrap()[0].clone();
    assert_eq!(
        host.session.with(&object.typed().unwrap(), |counter: &mut Counter| counter.count).unwrap(),
        8
    );
    host.session.revoke(&object).unwrap();
    assert_eq!(host.alive(), 0, "its value is gone");
    for source in ["c:inc()", "peek(c)", "counter():add(c)", "kept()[1]:inc()", "c.inc(c, 'x')"] {
        let error = host.error(source);
        assert!(error.ends_with(text), "{source}: {error}");
    }
    assert_eq!(host.json("return tostring(c), c == kept()[1]"), r#"["counter: 1",true]"#);
    assert!(host.session.with(&object.typed::<Counter>().unwrap(), |_| ()).is_err());
    host.session.revoke(&object).unwrap();
    let error = host.error("local c = counter() c:each(print) revoke(c) c:each(print)");
    assert!(error.ends_with(text), "{error}");
    // While a callback runs, whose object is revoked.
    assert_eq!(
        host.json("local c = counter(2) c:each(function() revoke(c) end) return pcall(c.inc, c)")
            .as_str()
            .get(..7),
        Some("[false,")
    );
}

#[test]
fn objects_of_other_sessions_are_errors() {
    let mut one = host(Session::builder());
    one.run("keep(counter(1))").json().unwrap();
    let object = one.kept.lock().unwrap()[0].clone();
    let mut other = host(Session::builder());
    other.run("keep(counter(2))").json().unwrap();
    let text = "the counter is of another session";
    let theirs = other.session.call("peek", object.clone());
    assert!(theirs.json().unwrap_err().to_string().ends_with(text), "{theirs:?}");
    let error = other.session.with(&object.typed::<Counter>().unwrap(), |_| ()).unwrap_err();
    assert_eq!(error.to_string(), text);
    assert_eq!(other.session.revoke(&object).unwrap_err().to_string(), text);
    assert_eq!(one.session.call("peek", object).json().unwrap(), "[1]");
    assert!(one.kept.lock().unwrap()[0].typed::<Door>().is_none());
}

#[test]
fn a_host_makes_objects_between_runs() {
    let mut host = host(Session::builder());
    host.alive.fetch_add(1, Ordering::Relaxed);
    let counter = Counter { count: 5, alive: Arc::clone(&host.alive) };
    let object = host.session.object(counter).unwrap();
    host.run("function take(c) mine = c return c:inc() end").json().unwrap();
    assert_eq!(host.session.call("take", object.clone()).json().unwrap(), "[6]");
    assert_eq!(host.session.with(&object, |counter| counter.count).unwrap(), 6);
    drop(object);
    assert_eq!(host.json("collectgarbage() return mine:inc()"), "[7]");
    // What the run may have to put back lives until it has ended.
    assert_eq!(host.json("mine = nil collectgarbage() return 1"), "[1]");
    assert_eq!(host.alive(), 1);
    host.run("collectgarbage()").json().unwrap();
    assert_eq!(host.alive(), 0);
    struct Unknown;
    impl UserData for Unknown {
        const NAME: &'static str = "unknown";
        fn add_methods(_: &mut Methods<Self>) {}
    }
    let error = host.session.object(Unknown).unwrap_err();
    assert_eq!(error.to_string(), "objects of type 'unknown' are not registered");
}

#[test]
fn names_of_types_are_taken_once() {
    struct Other;
    impl UserData for Other {
        const NAME: &'static str = "counter";
        fn add_methods(_: &mut Methods<Self>) {}
    }
    let error = Session::builder().object::<Counter>().object::<Other>().build().unwrap_err();
    assert_eq!(error.kind, ErrorKind::Usage);
    assert_eq!(error.to_string(), "two types of objects are called 'counter'");
}

#[test]
fn names_that_mislead_are_refused() {
    struct Nameless;
    impl UserData for Nameless {
        const NAME: &'static str = "";
        fn add_methods(_: &mut Methods<Self>) {}
    }
    struct Text;
    impl UserData for Text {
        const NAME: &'static str = "string";
        fn add_methods(_: &mut Methods<Self>) {}
    }
    struct Indexed;
    impl UserData for Indexed {
        const NAME: &'static str = "indexed";
        fn add_methods(methods: &mut Methods<Self>) {
            methods.method("__index", |_, key: String| Ok(key));
        }
    }
    let tried = [
        (Session::builder().object::<Nameless>(), "a type of objects has no name"),
        (
            Session::builder().object::<Text>(),
            "type of objects 'string': Lua's own type is called so",
        ),
        (
            Session::builder().object::<Indexed>(),
            "type of objects 'indexed': a method called '__index' would be no metamethod; `Methods` has a function for each that there can be",
        ),
    ];
    for (builder, expected) in tried {
        let error = builder.build().unwrap_err();
        assert_eq!((error.kind, error.to_string().as_str()), (ErrorKind::Usage, expected));
    }
}

#[test]
fn values_are_dropped_when_the_collector_finds_out() {
    let mut host = host(Session::builder());
    host.run("for i = 1, 10 do c = counter() end").json().unwrap();
    assert_eq!(host.alive(), 10);
    host.run("collectgarbage()").json().unwrap();
    assert_eq!(host.alive(), 1, "what a global has");
    host.run("keep(c) c = nil collectgarbage()").json().unwrap();
    assert_eq!(host.alive(), 1, "what the host has");
    host.kept.lock().unwrap().clear();
    assert_eq!(host.alive(), 1);
    host.run("collectgarbage()").json().unwrap();
    assert_eq!(host.alive(), 0);
    host.run("c = {counter(), setmetatable({counter()}, {__gc = print})} keep(c[1])")
        .json()
        .unwrap();
    let Host { session, alive, kept, .. } = host;
    drop(session);
    assert_eq!(alive.load(Ordering::Relaxed), 0, "a session's end drops all");
    assert_eq!(kept.lock().unwrap().len(), 1);
}

#[test]
fn objects_of_a_failed_run_are_dropped() {
    let mut host = host(Session::builder());
    host.run("c = counter(1) keep(c)").json().unwrap();
    assert!(!host.run("d = counter(2) c:inc(10) keep(d) error('x')").is_done());
    assert_eq!(host.alive(), 1);
    let handles = std::mem::take(&mut *host.kept.lock().unwrap());
    let (old, new) =
        (handles[0].typed::<Counter>().unwrap(), handles[1].typed::<Counter>().unwrap());
    let error = host.session.with(&new, |_| ()).unwrap_err();
    assert_eq!(error.to_string(), "the counter is stale: the run that made it was undone");
    let report = host.session.call("peek", new.clone());
    assert!(report.json().unwrap_err().to_string().ends_with("the run that made it was undone"));
    // What is in a value of the host's is the host's: it stays.
    assert_eq!(host.session.with(&old, |counter| counter.count).unwrap(), 11);
    assert_eq!(host.json("return d, tostring(counter()), c:inc()"), r#"[null,"counter: 2",12]"#);
    drop((old, new, handles));
    assert!(!host.run("c = nil collectgarbage() error('x')").is_done());
    assert_eq!(host.json("return c:inc()"), "[13]");
}

#[test]
fn a_value_whose_drop_panics_harms_nobody() {
    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("boom");
        }
    }
    impl UserData for Bomb {
        const NAME: &'static str = "bomb";
        fn add_methods(_: &mut Methods<Self>) {}
    }
    std::panic::set_hook(Box::new(|_| {}));
    let mut session = Session::builder()
        .object::<Bomb>()
        .function_with("bomb", |cx, ()| cx.object(Bomb))
        .function_with("revoke", |cx, object: ObjectRef| cx.revoke(&object))
        .build()
        .unwrap();
    let report = session.run(
        "local b = bomb() revoke(b) for i = 1, 100 do bomb() end collectgarbage()
         last = bomb() return collectgarbage('count') < 100",
    );
    assert_eq!(report.json().unwrap(), "[true]");
    drop(session);
    let _ = std::panic::take_hook();
}

fn many_calls() -> Limits {
    Limits { host_calls: u64::MAX, fuel: 1_000_000_000, ..Limits::default() }
}

#[test]
fn objects_that_nobody_has_take_no_memory() {
    let peak = |count: u32| {
        let mut host = host(Session::builder().limits(many_calls()));
        let report = host.run(&format!(
            "for i = 1, {count} do
               local c = counter(i % 100)
               c:add(counter(3)) c:each(c.inc and function() end) peek(c)
             end"
        ));
        assert!(report.is_done(), "{report:?}");
        report.usage.memory_peak
    };
    let (few, many) = (peak(3000), peak(30_000));
    assert!(many < few + few / 4, "{few} {many}");
}

#[test]
fn what_an_object_takes_is_the_sessions() {
    let limits = Limits { memory: 2 << 20, ..many_calls() };
    let mut host = host(Session::builder().limits(limits));
    let json = host.json(
        "local all = {}
         local ok, message = pcall(function() for i = 1, 100 do all[i] = counter(100000) end end)
         local count = #all
         all = nil
         for i = 1, 100 do counter(100000) end
         return ok, message, count",
    );
    let (start, count) = json.trim_end_matches(']').rsplit_once(',').unwrap();
    assert_eq!(start, r#"[false,"not enough memory""#);
    assert!((15..=20).contains(&count.parse::<i64>().unwrap()), "{json}");
    let report = host.run("local all = {} for i = 1, 100 do all[i] = counter(100000) end");
    assert_eq!(report.outcome, Outcome::OutOfMemory);
    assert_eq!(host.json("return counter(1000000):inc()"), "[1000001]");
}

#[test]
fn everything_is_the_same_in_slices() {
    let source = "local log = {}
         for i = 1, 500 do
           local c = counter(i)
           c:inc() c:burn(i % 50)
           if i % 100 == 0 then keep(c) keep(c:twin()) end
           if i % 50 == 0 then c:each(function(n) log[n % 10] = n end) end
           local ok, message = pcall(c.inc, i)
           log[i % 20] = tostring(c) .. #message
           do local d <close> = door() d.x = i end
         end
         return log, collectgarbage('count'), tostring(counter())";
    let run = |slice: u64| {
        let Host { session, alive, log, .. } = host(Session::builder().limits(many_calls()));
        let mut run = session.start(Chunk::new(source.as_bytes()));
        let mut most = 0;
        while !run.step(slice).is_ended() {
            most = most.max(alive.load(Ordering::Relaxed));
        }
        let (session, report) = run.finish();
        let left = alive.load(Ordering::Relaxed);
        drop(session);
        let log = std::mem::take(&mut *log.lock().unwrap());
        (report, left, log)
    };
    let whole = run(u64::MAX);
    assert!(whole.0.is_done(), "{:?}", whole.0);
    for slice in [1, 17, 1000] {
        assert!(run(slice) == whole, "{slice}");
    }
}

/// An amount, which operators work with.
struct Amount(i64);

impl UserData for Amount {
    const NAME: &'static str = "amount";

    fn add_methods(methods: &mut Methods<Self>) {
        methods.method("number", |this, ()| Ok(this.0));
        let mut binary = |name: &str, compute: fn(i64, i64) -> i64| {
            methods.operator(name, move |cx, (a, b): (HostValue, HostValue)| {
                let (a, b) = (number_of(cx, a)?, number_of(cx, b)?);
                cx.object(Amount(compute(a, b)))
            });
        };
        binary("__add", |a, b| a + b);
        binary("__sub", |a, b| a - b);
        binary("__mul", |a, b| a * b);
        binary("__div", |a, b| a / b);
        binary("__mod", |a, b| a % b);
        binary("__pow", |a, b| a.pow(b as u32));
        binary("__idiv", |a, b| a / b * 100);
        binary("__band", |a, b| a & b);
        binary("__bor", |a, b| a | b);
        binary("__bxor", |a, b| a ^ b);
        binary("__shl", |a, b| a << b);
        binary("__shr", |a, b| a >> b);
        methods.operator("__unm", |cx, of: HostValue| {
            let of = number_of(cx, of)?;
            cx.object(Amount(-of))
        });
        methods.operator("__bnot", |cx, of: HostValue| {
            let of = number_of(cx, of)?;
            cx.object(Amount(!of))
        });
        methods.operator("__concat", |cx, (a, b): (HostValue, HostValue)| {
            Ok(format!("<{}|{}>", number_of(cx, a)?, number_of(cx, b)?))
        });
        let mut comparison = |name: &str, compare: fn(&i64, &i64) -> bool| {
            methods.operator(name, move |cx, (a, b): (HostValue, HostValue)| {
                Ok(compare(&number_of(cx, a)?, &number_of(cx, b)?))
            });
        };
        comparison("__eq", i64::eq);
        comparison("__lt", i64::lt);
        comparison("__le", i64::le);
    }

    fn save(&self) -> Option<Vec<u8>> {
        Some(self.0.to_le_bytes().to_vec())
    }

    fn restore(bytes: &[u8]) -> Option<Self> {
        Some(Amount(i64::from_le_bytes(bytes.try_into().ok()?)))
    }
}

/// Returns the number that an operand stands for.
fn number_of(cx: &mut HostCx<'_>, operand: HostValue) -> Result<i64, HostError> {
    match operand {
        HostValue::Integer(number) => Ok(number),
        HostValue::UserData(object) => match object.typed::<Amount>() {
            Some(amount) => cx.with(&amount, |amount| amount.0),
            None => Err(format!("a {} is no amount", object.type_name()).into()),
        },
        other => Err(format!("a {} is no amount", other.type_name()).into()),
    }
}

fn amounts() -> SessionBuilder {
    Session::builder()
        .object::<Amount>()
        .function_with("amount", |cx, number: i64| cx.object(Amount(number)))
}

/// What operators come to, with an object on either side and on both.
const OPERATORS: &str = "
    local a, b = amount(12), amount(5)
    local function n(...)
        local all = {...}
        for i, one in ipairs(all) do all[i] = type(one) == 'userdata' and one:number() or one end
        return table.concat(all, ' ')
    end
    local list = {amount(3), amount(1), amount(2)}
    table.sort(list)
    local thread = coroutine.wrap(function() return a + b end)
    return n(a + b, a - b, a * b, a / b, a % b, a ^ b, a // b, a & b, a | b, a ~ b, a << b, a >> b),
        n(12 + b, 12 - b, 12 * b, 12 / b, 12 % b, 12 ^ b, 12 // b, 12 & b, 12 | b, 12 ~ b, 12 << b, 12 >> b),
        n(a + 5, a - 5, a * 5, a / 5, a % 5, a ^ 5, a // 5, a & 5, a | 5, a ~ 5, a << 5, a >> 5),
        n(a + a, -a, ~a, a .. b, 1 .. b, a .. 2, thread()),
        {a == b, a == amount(12), a ~= amount(12), a == 12, a < b, a <= 12, 12 <= a, 12 < a, a > b, a >= b},
        n(table.unpack(list)),
        rawequal(a, amount(12))";

#[test]
fn operators_are_the_hosts() {
    let all = "17 7 60 2 2 248832 200 4 13 9 384 0";
    let expected = serde_json::json!([
        all,
        all,
        all,
        "24 -12 -13 <12|5> <1|5> <12|2> 17",
        [false, true, false, false, false, true, true, false, true, true],
        "1 2 3",
        false
    ]);
    let mut session = amounts().build().unwrap();
    let json = |report: Report| -> serde_json::Value {
        serde_json::from_str(report.json().unwrap()).unwrap()
    };
    let whole = session.run(OPERATORS);
    let usage = whole.usage;
    assert_eq!(json(whole), expected);
    for slice in [1, 40] {
        let mut run = amounts().build().unwrap().start(Chunk::new(OPERATORS.as_bytes()));
        while !run.step(slice).is_ended() {}
        let (_, report) = run.finish();
        assert_eq!(report.usage, usage);
        assert_eq!(json(report), expected);
    }
    for (source, why) in [
        ("return amount(1) + 'x'", "a string is no amount"),
        ("return {} < amount(1)", "a table is no amount"),
        ("return #amount(1)", "attempt to get length of a amount value"),
        ("return amount(1)()", "attempt to call a amount value"),
    ] {
        let error = session.run(source).json().unwrap_err().to_string();
        assert!(error.contains(why), "{source}: {error}");
    }
}

#[test]
fn operators_are_restored_and_replayed() {
    let mut session = amounts().build().unwrap();
    session.run("a = amount(40)").json().unwrap();
    let bytes = session.snapshot().unwrap();
    let mut restored = amounts().restore(&bytes).unwrap();
    let sum = "return (a + 2):number(), a == amount(40), 1 .. a";
    assert_eq!(restored.run(sum).json().unwrap(), r#"[42,true,"<1|40>"]"#);
    let sink = Sink::default();
    let mut session = amounts().record(sink.clone()).build().unwrap();
    let report = session.run(OPERATORS);
    assert!(session.run("amount(1) .. {}").json().is_err());
    drop(session);
    let text = sink.text();
    let replay = moonfuel::Trace::parse(text).unwrap().replay().unwrap();
    assert_eq!(replay.reports[0].outcome, report.outcome);
    assert_eq!(replay.reports[0].usage, report.usage);
}

/// What stands in it has names or numbers.
struct Shelf(Vec<(HostKey, i64)>);

impl UserData for Shelf {
    const NAME: &'static str = "shelf";

    fn add_methods(methods: &mut Methods<Self>) {
        methods.method("put", |this, (name, count): (String, i64)| {
            this.0.push((name.into(), count));
            Ok(())
        });
        methods.pairs(|this| match this.0.len() {
            0 => Err("the shelf is empty".into()),
            _ => Ok(this.0.clone()),
        });
    }

    fn save(&self) -> Option<Vec<u8>> {
        Some(Vec::new())
    }

    fn restore(_: &[u8]) -> Option<Self> {
        Some(Shelf(vec![("again".into(), 1)]))
    }
}

fn shelves() -> SessionBuilder {
    Session::builder().object::<Shelf>().function_with("shelf", |cx, filled: bool| {
        let all = [("plums".into(), 3), (2.into(), 5), ("figs".into(), 0), (1.into(), 4)];
        cx.object(Shelf(if filled { all.to_vec() } else { Vec::new() }))
    })
}

const PAIRS: &str = "
    local shelf, seen = shelf(true), {}
    for key, value in pairs(shelf) do
        if value == 3 then shelf:put('late', 1) end
        seen[#seen + 1] = tostring(key) .. '=' .. value
    end
    local step, state, first = pairs(shelf)
    return table.concat(seen, ' '), step == next, type(state), first, #seen, state.late";

#[test]
fn pairs_are_the_hosts() {
    let expected = r#"["1=4 2=5 plums=3 figs=0",true,"table",null,4,1]"#;
    let mut session = shelves().build().unwrap();
    let whole = session.run(PAIRS);
    let usage = whole.usage;
    assert_eq!(whole.json().unwrap(), expected);
    for slice in [1, 40] {
        let mut run = shelves().build().unwrap().start(Chunk::new(PAIRS.as_bytes()));
        while !run.step(slice).is_ended() {}
        let (_, report) = run.finish();
        assert_eq!(report.usage, usage);
        assert_eq!(report.json().unwrap(), expected);
    }
    let error = session.run("for key in pairs(shelf(false)) do end").json().unwrap_err();
    assert_eq!(error.to_string(), "the shelf is empty");

    session.run("kept = shelf(true)").json().unwrap();
    let mut restored = shelves().restore(&session.snapshot().unwrap()).unwrap();
    let report = restored.run("for key, value in pairs(kept) do return key, value end");
    assert_eq!(report.json().unwrap(), r#"["again",1]"#);

    let sink = Sink::default();
    let report = shelves().record(sink.clone()).build().unwrap().run(PAIRS);
    let text = sink.text();
    let replay = moonfuel::Trace::parse(text).unwrap().replay().unwrap();
    assert_eq!(replay.reports[0].outcome, report.outcome);
    assert_eq!(replay.reports[0].usage, report.usage);
}

#[test]
fn an_operator_that_there_is_not_is_an_error() {
    struct Odd;
    impl UserData for Odd {
        const NAME: &'static str = "odd";
        fn add_methods(methods: &mut Methods<Self>) {
            methods.operator("__plus", |_, _: (HostValue, HostValue)| Ok(1));
        }
    }
    let error = Session::builder().object::<Odd>().build().unwrap_err().to_string();
    assert!(error.contains("'odd': there is no operator '__plus' (there are __add, "), "{error}");
}
