//! Fuel and ways on: what was executed is paid at jumps and before slow paths, which go on,
//! call something, or fail.

/// Defines the macros of this family over the variables of the loop. `$d` is a dollar sign:
/// what follows one belongs to the macro that is defined.
// The formatter moves macros in macros further to the right each time.
#[rustfmt::skip]
macro_rules! spending {
    ($d:tt $frame:lifetime $th:ident $fuel:ident $account:ident $hooked:ident $closure:ident
     $need:ident $base:ident $ip:ident $mark:ident) => {
        /// Units executed since `mark`; -1 right after a prepaid instruction was set up.
        macro_rules! executed {
            () => {
                // A shift: the distance is whole instructions, also when it is negative.
                (($ip as usize).wrapping_sub($mark) as isize) >> size_of::<Instr>().trailing_zeros()
            };
        }
        /// The index of the next instruction in the code of the running frame.
        macro_rules! pc {
            ($d running:expr) => {
                {
                    let next = $ip.wrapping_add(1) as usize;
                    (next.wrapping_sub($d running.entry as usize) / size_of::<Instr>()) as u32
                }
            };
        }
        /// Writes the index of the next instruction into the running frame.
        macro_rules! save_pc {
            () => {{
                let running = current!();
                running.pc = pc!(running);
            }};
        }
        /// Pays for what was executed, the current instruction included, and saves the pc.
        macro_rules! sync {
            () => {
                $fuel.settle(executed!() as u64);
                $mark = $ip as usize;
                save_pc!();
            };
        }
        /// Leaves with an interrupt raised by the current instruction, after `sync!`.
        macro_rules! fail {
            ($d interrupt:expr) => {{
                let interrupt = $d interrupt;
                if matches!(interrupt, Interrupt::Fuel | Interrupt::Memory(_)) {
                    current!().pc -= 1;
                    $fuel.prepay();
                }
                return Err(interrupt);
            }};
        }
        /// Goes on after a slow path that charged.
        macro_rules! after {
            () => {
                $fuel.done();
                if !EXACT && $fuel.left() < $need {
                    continue $frame;
                }
            };
        }
        /// Tells whether nothing is to be done before the next instruction, but to look whether
        /// the fuel is short.
        macro_rules! is_quiet {
            () => {
                !(EXACT && $hooked) && !$account.collection_due() && !$fuel.in_debt()
            };
        }
        /// Goes on after what may have moved the running function's registers.
        macro_rules! after_move {
            () => {
                if is_quiet!() && (EXACT || $fuel.left() >= $need) {
                    $base = $th.stack.at(current!().base as usize);
                    continue;
                }
                continue $frame;
            };
        }
        /// Runs a slow path.
        macro_rules! slow {
            ($d e:expr) => {{
                sync!();
                match $d e {
                    Ok(Slow::Done) => {
                        after!();
                    }
                    Ok(Slow::Called) => {
                        $fuel.done();
                        enter!();
                    }
                    Err(interrupt) => fail!(interrupt),
                }
            }};
        }
        /// Runs a slow path that may make garbage.
        macro_rules! slow_alloc {
            ($d e:expr) => {{
                slow!($d e);
                if $account.collection_due() {
                    continue $frame;
                }
            }};
        }
        /// Jumps so many instructions. What was executed is settled when it goes back, and the
        /// way forward is not executed.
        macro_rules! jump {
            ($d distance:expr) => {{
                let distance = $d distance as isize;
                if COVER {
                    let next = pc!(current!()) as usize;
                    cover::jumped($closure, next - 1);
                }
                if distance >= 0 {
                    $ip = $ip.wrapping_offset(distance);
                    $mark = $mark.wrapping_add_signed(distance * size_of::<Instr>() as isize);
                } else {
                    $fuel.settle(executed!() as u64);
                    $ip = $ip.wrapping_offset(distance);
                    $mark = $ip as usize;
                    if !EXACT && $fuel.left() < $need {
                        sync!();
                        continue $frame;
                    }
                }
            }};
        }
        /// Jumps as a compare instruction says, if its condition is what it waits for.
        macro_rules! branch {
            ($d cond:expr, $d i:expr) => {
                if u8::from($d cond) == $d i.c & 1 {
                    jump!($d i.sx());
                }
            };
        }
        /// Goes on as a comparison says that needs metamethods or errors.
        macro_rules! compared {
            ($d i:expr, $d e:expr) => {{
                sync!();
                match $d e {
                    Ok(Some(result)) => {
                        $fuel.done();
                        branch!(result, $d i);
                        // The charge may have left too little for this instance.
                        if !EXACT && $fuel.left() < $need {
                            sync!();
                            continue $frame;
                        }
                    }
                    Ok(None) => {
                        $fuel.done();
                        enter!();
                    }
                    Err(interrupt) => fail!(interrupt),
                }
            }};
        }
    };
}

pub(super) use spending;
