use moonfuel::vm::{machine::*, native::*, value::*, call::*, executor};
static PRINT: NativeDef = NativeDef{name:"print",call:print,section:"",fuel:""};
static SETMT: NativeDef = NativeDef{name:"setmetatable",call:setmt,section:"",fuel:""};
static PCALL: NativeDef = NativeDef{name:"pcall",call:pcall,section:"",fuel:""};
static ERROR: NativeDef = NativeDef{name:"error",call:error,section:"",fuel:""};
static NEXT: NativeDef = NativeDef{name:"next",call:next,section:"",fuel:""};
static PAIRS: NativeDef = NativeDef{name:"pairs",call:pairs,section:"",fuel:""};
static FLOOR: NativeDef = NativeDef{name:"floor",call:floor,section:"",fuel:""};
static SQRT: NativeDef = NativeDef{name:"sqrt",call:sqrt,section:"",fuel:""};
static CREATE: NativeDef = NativeDef{name:"create",call:create,section:"",fuel:""};
static RESUME: NativeDef = NativeDef{name:"resume",call:resume,section:"",fuel:""};
static YIELD: NativeDef = NativeDef{name:"yield",call:yieldf,section:"",fuel:""};
fn create<'gc>(c:&mut Call<'_, 'gc>)->Step<'gc>{let f=c.check_function(0)?; let t=moonfuel::vm::thread::Thread::with_function(c.ctx,f)?; c.push(Value::Thread(t)); Ok(Flow::Return(1))}
fn resume<'gc>(c:&mut Call<'_, 'gc>)->Step<'gc>{ if c.step==0 {return Ok(Flow::Resume{at:0,args:c.top()-1,step:1})} Ok(Flow::Return(c.top()))}
fn yieldf<'gc>(c:&mut Call<'_, 'gc>)->Step<'gc>{ if c.step==0 {return Ok(Flow::Yield{n:c.top(),step:1})} Ok(Flow::Return(c.top()))}
fn print<'gc>(c:&mut Call<'_, 'gc>)->Step<'gc>{ let mut s=vec![]; for i in 0..c.top(){ if i>0{s.push(b'\t')} s.extend_from_slice(c.ctx.plain_to_string(&c.arg(i))?.as_bytes()); } s.push(b'\n'); c.ctx.write_output(&s)?; Ok(Flow::Return(0)) }
fn setmt<'gc>(c:&mut Call<'_, 'gc>)->Step<'gc>{ let t=c.check_table(0)?; let m=match c.arg(1){Value::Table(m)=>Some(m),_=>None}; t.set_metatable(c.ctx,m); c.set_top(1); Ok(Flow::Return(1)) }
fn pcall<'gc>(c:&mut Call<'_, 'gc>)->Step<'gc>{ match c.step {0=>Ok(Flow::ProtectedCall{at:0,args:c.top()-1,step:1,on_error:2,handler:None}), s=>{ c.push(Value::Boolean(s==1)); c.insert(0); Ok(Flow::Return(c.top())) }} }
fn error<'gc>(c:&mut Call<'_, 'gc>)->Step<'gc>{ let v=c.arg(0); if let Value::String(s)=v { Err(c.error(s.as_bytes())) } else {Err(Interrupt::Error(v))} }
fn next<'gc>(c:&mut Call<'_, 'gc>)->Step<'gc>{ let t=c.check_table(0)?; match t.next(c.arg(1)) { Some(Some((k,v)))=>{c.push(k);c.push(v);Ok(Flow::Return(2))}, Some(None)=>{c.push(Value::Nil);Ok(Flow::Return(1))}, None=>Err(c.error("invalid key to 'next'")) } }
fn pairs<'gc>(c:&mut Call<'_, 'gc>)->Step<'gc>{ let t=c.check_table(0)?; c.push(Value::Builtin(&NEXT)); c.push(Value::Table(t)); c.push(Value::Nil); Ok(Flow::Return(3)) }
fn floor<'gc>(c:&mut Call<'_, 'gc>)->Step<'gc>{ let f=c.check_float(0)?; c.push(Value::Integer(f.floor() as i64)); Ok(Flow::Return(1)) }
fn sqrt<'gc>(c:&mut Call<'_, 'gc>)->Step<'gc>{ let f=c.check_float(0)?; c.push(Value::Number(f.sqrt())); Ok(Flow::Return(1)) }
fn main() {
    let path = std::env::args().nth(1).unwrap();
    let fuel: u64 = std::env::args().nth(2).map_or(u64::MAX/2, |s| s.parse().unwrap());
    let src = std::fs::read(&path).unwrap();
    let mut lua = Lua::new(12345, 1<<30);
    let ok = lua.enter(|ctx| {
        ctx.state.output.borrow_mut().start(1<<30);
        ctx.state.fuel.give(fuel);
        for d in [&PRINT,&SETMT,&PCALL,&ERROR,&NEXT,&PAIRS] { ctx.set_global(d.name, Value::Builtin(d)).unwrap(); }
        let m = moonfuel::vm::table::Table::new(ctx,0,4).unwrap();
        for d in [&FLOOR,&SQRT] { m.set_str(ctx, ctx.string(d.name.as_bytes()).unwrap(), Value::Builtin(d)).unwrap(); }
        ctx.set_global("math", m).unwrap();
        let m = moonfuel::vm::table::Table::new(ctx,0,4).unwrap();
        for d in [&CREATE,&RESUME,&YIELD] { m.set_str(ctx, ctx.string(d.name.as_bytes()).unwrap(), Value::Builtin(d)).unwrap(); }
        ctx.set_global("coroutine", m).unwrap();
        ctx.state.next_function.set(Some(&NEXT));
        let name = format!("@{path}");
        match ctx.load_chunk(&src, name.as_bytes(), Value::Table(ctx.state.globals), true) {
            Ok(Ok(f)) => { executor::start(ctx, Value::Closure(f), &[]).unwrap(); true }
            Ok(Err(d)) => { eprintln!("{}", String::from_utf8_lossy(&d.message)); false }
            Err(e) => { eprintln!("{e:?}"); false }
        }
    });
    if !ok { return }
    let halt = lua.run();
    lua.enter(|ctx| { use std::io::Write; std::io::stdout().write_all(&ctx.state.output.borrow_mut().take()).unwrap(); eprintln!("{halt:?} used {} mem {} peak {}", ctx.state.fuel.used(), ctx.state.account.used(), ctx.state.account.peak()); });
}
