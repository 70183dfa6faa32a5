//! Host calls that have functions called and make objects, with each request for memory
//! refused once.

use crate::{
    Chunk, Function, HostError, HostValue, Limits, Methods, Outcome, Reply, Session, UserData,
    Variadic,
};

struct Counter(i64);

impl UserData for Counter {
    const NAME: &'static str = "counter";

    fn add_methods(methods: &mut Methods<Self>) {
        methods.method("inc", |this, (by, list): (i64, Variadic<HostValue>)| {
            this.0 += by;
            Ok((this.0, list))
        });
        methods.index(|_, key: String| Ok(key + "?"));
        methods.method_with("each", |this, _, f: Function| {
            Reply::call(&f, this.0, |_, results: Result<Variadic<HostValue>, HostError>| results)
        });
    }
}

/// Calls the function until it says that it is enough.
fn often(f: Function) -> Result<Reply, HostError> {
    let args = (vec!["some text that is too long to be interned by the session"; 3], 1);
    Reply::call(&f.clone(), args, |_, result: Result<HostValue, HostError>| match result {
        Ok(HostValue::Boolean(true)) => often(f),
        Ok(value) => Ok(Reply::Now(vec![value])),
        Err(error) if error.to_string() == "again" => often(f),
        Err(error) => Err(error),
    })
}

fn session() -> Session {
    Session::builder()
        .limits(Limits { fuel: 10_000_000, ..Limits::default() })
        .hash_key(1)
        .object::<Counter>()
        .function_with("counter", |cx, n: i64| cx.object(Counter(n)))
        .function_with("often", |_, f: Function| often(f))
        .function("echo", |values: Variadic<HostValue>| Ok(values))
        .build()
        .unwrap()
}

/// Runs the script, or calls `main` in it, with the request number `refuse` refused.
fn run(source: &str, call: bool, refuse: u64) -> (Outcome, Vec<u8>, u64) {
    let mut session = session();
    let mut run = if call {
        session.run(source).json().unwrap();
        let function = session.function("main").unwrap();
        let text = "an argument that is longer than what is interned, and more";
        session.start_call("main", (vec![vec![text; 3]; 3], function))
    } else {
        session.start(Chunk::new(source.as_bytes()))
    };
    run.session.machine.0.enter(|ctx| {
        ctx.state.account.requests.set(0);
        ctx.state.account.refuse.set(refuse);
    });
    while !run.step(50_000).is_ended() {}
    let requests = run.session.machine.0.enter(|ctx| ctx.state.account.requests.get());
    let report = run.finish().1;
    (report.outcome, report.output, requests)
}

#[test]
fn every_request_of_a_callback_may_be_refused_once() {
    let programs = [
        (
            false,
            "local n = 0
             print(often(function(list, one)
               n = n + one
               if n == 2 then error('again', 0) end
               if n < 4 then return true end
               return {list, #list[3], function() return n end}
             end)[3]())
             print(#select(2, pcall(often, function() error({1, 2, 3}) end)))
             local f, g = function() return 'f' end, {print, {k = often}}
             local a, b, c = echo(f, g, f)
             print(a == f, b[2].k == often, c())",
        ),
        (
            false,
            "local all = {}
             for i = 1, 20 do all[i] = counter(i) end
             print(all[3], all[7]:inc(2, {1, all[3], 'x'}), all[9].colour, all[2]:each(function(n) return n, all[n] end))
             print(select(2, all[7]:inc(1, all[3], print)) == all[3], echo(all)[5] == all[5])
             print(pcall(all[1].inc, 7), tostring(counter(1)))",
        ),
        (
            true,
            "function main(list, f)
               print(#list, list[3][3], f == main, often(function() return counter(8) end):inc(1))
               return list, 'done'
             end",
        ),
    ];
    for (call, source) in programs {
        let (expected, output, requests) = run(source, call, 0);
        assert!(matches!(expected, Outcome::Done(Ok(_))), "{expected:?}");
        assert!(requests > 20, "{requests}");
        for refuse in 1..=requests {
            let (outcome, printed, _) = run(source, call, refuse);
            let shown = String::from_utf8_lossy(&printed);
            assert_eq!(outcome, expected, "request {refuse} of {requests}: {source}\n{shown}");
            assert_eq!(printed, output, "request {refuse} of {requests}: {source}\n{shown}");
        }
    }
}
