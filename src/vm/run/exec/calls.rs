//! Calls and returns between Lua functions, inside the loop.
//!
//! The four facts of [`super`] hold here.

/// Defines the macros of this family over the variables of the loop. `$d` is a dollar sign:
/// what follows one belongs to the macro that is defined.
// The formatter moves macros in macros further to the right each time.
#[rustfmt::skip]
macro_rules! calls {
    ($d:tt $frame:lifetime $ctx:ident $thread:ident $th:ident $fuel:ident
     $account:ident $hooked:ident $closure:ident $need:ident
     $constants:ident $base:ident $ip:ident $mark:ident) => {
        /// Goes on in a Lua function, at an index of its code; in the exact instance, if the fuel
        /// is short.
        macro_rules! go_on_in {
            ($d closure:expr, $d code:expr, $d entry:expr, $d base:expr, $d pc:expr) => {
                $closure = $d closure;
                let code: &Code<'gc> = $d code;
                let entry: *const Instr = $d entry;
                debug_assert!(std::ptr::eq(entry, code.entry));
                $need = u64::from(code.code_len);
                $constants = code.constants.as_ptr();
                $base = $d base;
                $ip = entry.wrapping_add($d pc as usize).wrapping_sub(1);
                $mark = $ip as usize;
                if !EXACT && $fuel.left() < $need {
                    continue $frame;
                }
                continue;
            };
        }
        /// Goes on in the function whose frame was just pushed, without looking at it anew where
        /// nothing else is to be done first.
        macro_rules! enter {
            () => {{
                let frame = current!();
                if let Callee::Lua(called) = frame.callee
                    && is_quiet!()
                {
                    go_on_in!(called, called.code().as_ref(), frame.entry, $th.stack.at(frame.base as usize), frame.pc);
                }
                continue $frame;
            }};
        }
        /// Calls the hook before the running function returns, after `sync!`.
        macro_rules! hook_return {
            ($d first:expr, $d n:expr) => {
                match hooks::before_return($ctx, $th, $d first, $d n) {
                    Ok(false) => {}
                    Ok(true) => continue $frame,
                    Err(interrupt) => fail!(interrupt),
                }
            };
        }
        /// Returns the `n` values at stack index `first` through [`returns::return_from`].
        macro_rules! return_values {
            ($d first:expr, $d n:expr) => {
                match returns::return_from($ctx, $th, $d first, $d n) {
                    Err(interrupt) => fail!(interrupt),
                    next => follow!(next),
                }
            };
        }
        /// Returns the `n` values from register `first` on straight to a Lua caller that
        /// waits for results or for what a metamethod says. Goes on below in all other cases.
        macro_rules! quick_return {
            ($d first:expr, $d n:expr) => {
                let depth = $th.frames.len();
                // SAFETY: the running frame is the last one.
                let last = unsafe { $th.frames.as_ptr().add(depth.wrapping_sub(1)) };
                // SAFETY: likewise; the reference ends before frames change. It is to this frame
                // alone: the one below is reached by the pointer.
                let done = unsafe { &*last };
                if EXACT && $hooked {
                    sync!();
                    hook_return!(base_index!() + usize::from($d first), $d n);
                } else if done.then == Then::Results && done.flags & !TAIL == 0 && depth >= 2 {
                    // SAFETY: `depth - 2` is in range.
                    let caller = unsafe { &*last.sub(1) };
                    if let Callee::Lua(below) = caller.callee {
                        $fuel.settle(executed!() as u64);
                        let (func, wanted) = (done.func as usize, done.results);
                        let (entry, at, pc) = (caller.entry, caller.base as usize, caller.pc);
                        let to = $th.stack.at(func);
                        // SAFETY: registers, see `r!`.
                        let from = unsafe { $base.add($d first as usize).cast_const() };
                        let n: usize = $d n;
                        let count = if wanted < 0 { n } else { wanted as usize };
                        debug_assert!(func + count <= $th.stack.capacity());
                        // SAFETY: results lie in the stack (second fact), and the caller's
                        // frame has room for those it wants: copied to lower addresses in
                        // rising order, so none is overwritten before it is read.
                        unsafe {
                            if n == 1 && count == 1 {
                                *to = Value::load(from);
                            } else {
                                for offset in 0..n.min(count) {
                                    *to.add(offset) = Value::load(from.add(offset));
                                }
                                for offset in n..count {
                                    *to.add(offset) = Value::Nil;
                                }
                                if n > MANY || (count != n && count > MANY) {
                                    $fuel.owe(items_price(n.max(count)));
                                }
                            }
                        }
                        $th.top = func + count;
                        // SAFETY: `depth - 1` frames remain; frames need no drop.
                        unsafe { $th.frames.set_len(depth - 1) };
                        go_on_in!(below, below.code().as_ref(), entry, $th.stack.at(at), pc);
                    }
                } else if done.then == Then::Native {
                    $fuel.settle(executed!() as u64);
                    let first = base_index!() + usize::from($d first);
                    follow!(natives::return_to_native($ctx, $thread, $th, first, $d n));
                } else if !COVER && done.flags & !(TAIL | COUNTED) == 0 {
                    $fuel.settle(executed!() as u64);
                    $mark = $ip as usize;
                    if let Then::Store(register) = done.then
                        // SAFETY: who waits for this lies below; the reference ends with frames.
                        && let caller = unsafe { &*last.sub(1) }
                        && let Callee::Lua(below) = caller.callee
                    {
                        let (entry, at, pc) = (caller.entry, caller.base as usize, caller.pc);
                        let base = $th.stack.at(at);
                        let n: usize = $d n;
                        // SAFETY: registers of both functions.
                        unsafe {
                            let value = if n > 0 { Value::load($base.add($d first as usize)) } else { Value::Nil };
                            value.store(base.add(register as usize));
                        }
                        if done.flags & COUNTED != 0 {
                            $th.c_calls -= 1;
                        }
                        // SAFETY: `depth - 1` frames remain; frames need no drop.
                        unsafe { $th.frames.set_len(depth - 1) };
                        go_on_in!(below, below.code().as_ref(), entry, base, pc);
                    }
                    // SAFETY: registers, see `r!`.
                    let first = unsafe { $base.add($d first as usize).cast_const() };
                    if let Some(caller) = frames::return_to_lua($th, first, $d n) {
                        let frame = current!();
                        go_on_in!(caller, caller.code().as_ref(), frame.entry, $th.stack.at(frame.base as usize), frame.pc);
                    }
                }
            };
        }
        /// What a call without a frame must leave of the fuel, so that nobody need look at the
        /// meter after it: what is executed is paid later.
        macro_rules! reserve {
            () => {
                if EXACT { u64::MAX } else { $need }
            };
        }
        /// Goes on after a call without a frame that may have taken memory.
        macro_rules! after_whole {
            () => {{
                if $account.collection_due() {
                    sync!();
                    continue $frame;
                }
                continue;
            }};
        }
        /// Calls a function of the library and goes on, if it needs no frame. Goes on below in
        /// all other cases, having done nothing that shows.
        macro_rules! at_once {
            ($d def:expr, $d func:expr, $d args:expr, $d results:expr) => {
                match $d def.at_once {
                    // Calls are counted where frames are.
                    None => {}
                    Some(_) if COVER => {}
                    Some(AtOnce::Whole(function) | AtOnce::Next(function)) => {
                        let request = ($d func, $d args, $d results);
                        if in_place::call_whole($ctx, $th, function, request, reserve!()) {
                            after_whole!();
                        }
                    }
                    Some(function) if $d results == 1 || $d results == -1 => {
                        let all = $d results < 0;
                        if in_place::call_at_once($ctx, $th, function, $d func, $d args, all) {
                            continue;
                        }
                    }
                    Some(_) => {}
                }
            };
        }
        /// Calls a native function with its first step. A collection that is due comes before
        /// that step if it is one of the functions whose calls `look`.
        macro_rules! call_native {
            ($d def:expr, $d request:expr, $d look:expr) => {{
                let (def, request, look): (&'static _, Request, bool) = ($d def, $d request, $d look);
                sync!();
                let depth = $th.frames.len();
                let base_index = base_index!();
                match frames::push_native($ctx, $th, def, request) {
                    Err(interrupt) => fail!(interrupt),
                    Ok(()) if $ctx.state.collect_now.get() => continue $frame,
                    Ok(()) if look && ($account.collection_due() || $fuel.in_debt()) => {
                        $fuel.done();
                        continue $frame;
                    }
                    Ok(()) => {}
                }
                if look {
                    $fuel.done();
                }
                match natives::run_step($ctx, $thread, $th, def, request.func + 1, 0) {
                    Ok(Next::Continue) => {
                        let going = EXACT || $fuel.left() >= $need;
                        if $th.frames.len() == depth && going && !$account.collection_due() {
                            $base = $th.stack.at(base_index);
                            continue;
                        }
                        continue $frame;
                    }
                    other => follow!(other),
                }
            }};
        }
        /// A call of a Lua function without leaving the loop, where its frame has room. Goes on
        /// below in all other cases, having done nothing.
        macro_rules! quick_call {
            ($d i:ident, $d callee:ident) => {
                // SAFETY: a register; the reference ends with the pattern.
                if let Value::Closure(called) = *unsafe { &*$d callee }
                    && !(EXACT && $hooked)
                {
                    let code = called.code().as_ref();
                    let depth = $th.frames.len();
                    // SAFETY: the running frame is the last one, and what follows it is
                    // written below if it is there.
                    let pushed = unsafe { $th.frames.as_mut_ptr().add(depth) };
                    // SAFETY: as above; the reference ends before frames change.
                    let running = unsafe { &mut *pushed.sub(1) };
                    let func = running.base as usize + usize::from($d i.a);
                    let args = match $d i.b {
                        0 => $th.top - func - 1,
                        b => usize::from(b) - 1,
                    };
                    let room = usize::from(code.max_stack);
                    let top = func + 1 + room.max(args);
                    if top + EXTRA_STACK <= $th.stack.capacity() && depth < $th.frames_charged {
                        debug_assert_eq!(func, base_index!() + usize::from($d i.a));
                        debug_assert!(depth < $th.frames.capacity());
                        $fuel.settle(executed!() as u64);
                        running.pc = pc!(running);
                        if top > $th.high_water {
                            $th.high_water = top;
                        }
                        let params = usize::from(code.num_params);
                        if args < params {
                            for missing in args..params {
                                // SAFETY: parameters are among the slots just checked.
                                unsafe { *$d callee.add(1 + missing) = Value::Nil };
                            }
                            if params - args > MANY {
                                $fuel.owe(items_price(params - args));
                            }
                        }
                        // SAFETY: there is room for every frame that is charged.
                        unsafe {
                            let entered = Entered {
                                func: func as u32,
                                top: (func + 1 + room) as u32,
                                results: i32::from($d i.c) - 1,
                                args: args as u32,
                            };
                            let callee = (Callee::Lua(called), code.entry);
                            Frame::write(pushed, callee, entered, (Then::Results, 0));
                            $th.frames.set_len(depth + 1);
                        }
                        // SAFETY: the slot after the function exists, as just checked.
                        go_on_in!(called, code, code.entry, unsafe { $d callee.add(1) }, 0);
                    }
                }
            };
        }
        /// A call: of a Lua function by [`quick_call!`] or by making room first, of a native
        /// one with its first step.
        macro_rules! call {
            ($d instr:expr) => {{
                let i = $d instr;
                // SAFETY: first and second fact.
                let callee = unsafe { $base.add(usize::from(i.a)) };
                quick_call!(i, callee);
                let func = base_index!() + usize::from(i.a);
                let args = match i.b {
                    0 => $th.top - func - 1,
                    b => usize::from(b) - 1,
                };
                let results = i32::from(i.c) - 1;
                let request = Request { func, args, results, then: Then::Results, flags: 0 };
                // SAFETY: as above; the reference ends with the match.
                let called = match *unsafe { &*callee } {
                    Value::Native(closure)
                        if !(EXACT && $hooked) && in_place::is_host($ctx, closure) =>
                    {
                        sync!();
                        let quick = match (args, results) {
                            (1, 0 | 1) => {
                                let wanted = results as usize;
                                in_place::call_host_quickly($ctx, $th, closure, func, wanted)
                            }
                            _ => Quick::No,
                        };
                        if quick == Quick::One
                            && (EXACT || $fuel.left() >= $need)
                            && !$account.collection_due()
                        {
                            continue;
                        }
                        let base_index = base_index!();
                        match in_place::call_host($ctx, $th, closure, request, quick) {
                            Err(interrupt) => fail!(interrupt),
                            Ok(true)
                                if (EXACT || $fuel.left() >= $need)
                                    && !$account.collection_due() =>
                            {
                                $base = $th.stack.at(base_index);
                                continue;
                            }
                            Ok(_) => continue $frame,
                        }
                    }
                    Value::Builtin(def) if !(EXACT && $hooked) => {
                        at_once!(def, func, args, results);
                        call_native!(def, request, false)
                    }
                    Value::Native(closure) if !(EXACT && $hooked) => {
                        call_native!(closure.def(), request, true)
                    }
                    Value::Closure(called) => {
                        sync!();
                        frames::push_lua($ctx, $th, called, request)
                    }
                    Value::Table(table) => {
                        sync!();
                        if handlers::call_object($ctx, $th, table, func, args, results) {
                            $fuel.done();
                            enter!();
                        }
                        frames::call_value($ctx, $th, request)
                    }
                    _ => {
                        sync!();
                        frames::call_value($ctx, $th, request)
                    }
                };
                if let Err(interrupt) = called {
                    fail!(interrupt);
                }
                $fuel.done();
                continue $frame;
            }};
        }
        /// A tail call: of a Lua function in place of the running frame where that has room.
        macro_rules! tail_call {
            ($d instr:expr) => {{
                let i = $d instr;
                let from = base_index!() + usize::from(i.a);
                let args = match i.b {
                    0 => $th.top - from - 1,
                    b => usize::from(b) - 1,
                };
                if let Value::Closure(called) = r!(i.a)
                    && i.c == 0
                    && args <= MANY
                    && !(EXACT && $hooked)
                {
                    let called = *called;
                    let code = called.code().as_ref();
                    let room = usize::from(code.max_stack);
                    let frame = current!();
                    let func = frame.func as usize;
                    let top = func + 1 + room.max(args);
                    if top + EXTRA_STACK <= $th.stack.capacity() {
                        $fuel.settle(executed!() as u64);
                        if top > $th.high_water {
                            $th.high_water = top;
                        }
                        let to = $th.stack.at(func);
                        for offset in 0..=args {
                            // SAFETY: both ranges lie in the stack; copied to lower
                            // addresses in rising order.
                            unsafe {
                                let value = Value::load($base.add(usize::from(i.a) + offset));
                                *to.add(offset) = value;
                            }
                        }
                        for missing in args..usize::from(code.num_params) {
                            // SAFETY: parameters are among the slots just checked.
                            unsafe { *to.add(1 + missing) = Value::Nil };
                        }
                        *frame = Frame {
                            callee: Callee::Lua(called),
                            entry: code.entry,
                            func: func as u32,
                            base: func as u32 + 1,
                            top: (func + 1 + room) as u32,
                            pc: 0,
                            results: frame.results,
                            varargs: args as u32,
                            saved: 0,
                            aux: 0,
                            then: frame.then,
                            flags: (frame.flags & COUNTED) | TAIL,
                            handler: 0,
                        };
                        $th.top = func + 1 + args;
                        // SAFETY: the slot after the function exists, as just checked.
                        go_on_in!(called, code, code.entry, unsafe { to.add(1) }, 0);
                    }
                }
                // The return that follows hands the result on.
                if let Value::Builtin(def) = r!(i.a)
                    && !(EXACT && $hooked)
                {
                    at_once!(def, from, args, -1);
                }
                sync!();
                match slow::tail_call($ctx, $th, i) {
                    Ok(()) => {
                        $fuel.done();
                        continue $frame;
                    }
                    Err(interrupt) => fail!(interrupt),
                }
            }};
        }
        /// A return of any number of values, variables to be closed included.
        macro_rules! return_open {
            ($d instr:expr) => {{
                let i = $d instr;
                let first = base_index!() + usize::from(i.a);
                let n = match i.b {
                    0 => $th.top - first,
                    b => usize::from(b) - 1,
                };
                if i.c == 0 {
                    quick_return!(i.a, n);
                }
                sync!();
                if i.c != 0 {
                    match closing::close_for_return($ctx, $th, first, n) {
                        Ok(Some(n)) => {
                            if EXACT && $hooked {
                                hook_return!(first, n);
                            }
                            return_values!(first, n)
                        }
                        Ok(None) => continue $frame,
                        Err(interrupt) => fail!(interrupt),
                    }
                }
                return_values!(first, n)
            }};
        }
    };
}

pub(super) use calls;
