//! The opcode table: every instruction is written here once.
//!
//! An [`Instr`] is eight bytes: the operation, three byte operands `a b c` and
//! one 32-bit operand `x` (`sx` when read as signed). `R[n]` is register `n`,
//! `K[n]` constant `n`, `U[n]` upvalue `n`. Jumps are relative to the next
//! instruction. One executed instruction is one unit of fuel; `fuel` notes what
//! an instruction charges beyond that.

/// Calls `$then!` with the whole table: `(Name, "operands", "effect")`.
#[macro_export]
#[doc(hidden)]
macro_rules! for_each_op {
    ($then:ident) => {
        $then! {
            (Move, "A B", "R[A] := R[B]")
            (LoadI, "A sX", "R[A] := integer sX")
            (LoadF, "A sX", "R[A] := float sX")
            (LoadK, "A X", "R[A] := K[X]")
            (LoadFalse, "A", "R[A] := false")
            (LFalseSkip, "A", "R[A] := false; pc++")
            (LoadTrue, "A", "R[A] := true")
            (LoadNil, "A B", "R[A], ..., R[A+B] := nil")
            (GetUpval, "A B", "R[A] := U[B]")
            (SetUpval, "A B", "U[B] := R[A]")
            (GetTabUp, "A B X", "R[A] := U[B][K[X]] (short string key)")
            (GetTable, "A B C", "R[A] := R[B][R[C]]")
            (GetI, "A B sX", "R[A] := R[B][sX]")
            (GetField, "A B X", "R[A] := R[B][K[X]] (short string key)")
            (SetTabUp, "A B C X", "U[A][K[X]] := C ? K[B] : R[B] (short string key)")
            (SetTable, "A B C X", "R[A][R[B]] := X ? K[X-1] : R[C]")
            (SetI, "A B C sX", "R[A][sX] := C ? K[B] : R[B]")
            (SetField, "A B C X", "R[A][K[X]] := C ? K[B] : R[B] (short string key)")
            (NewTable, "A B X", "R[A] := {} with room for X array items and, if B > 0, 2^(B-1) others")
            (SelfOp, "A B X", "R[A+1] := R[B]; R[A] := R[B][K[X]] (string key, of any length)")
            (AddI, "A B C sX", "R[A] := R[B] + sX (C: written as a subtraction of -sX)")
            (AddK, "A B C X", "R[A] := R[B] + K[X] (C: operands were swapped)")
            (SubK, "A B X", "R[A] := R[B] - K[X]")
            (MulK, "A B C X", "R[A] := R[B] * K[X] (C: operands were swapped)")
            (ModK, "A B X", "R[A] := R[B] % K[X]")
            (PowK, "A B X", "R[A] := R[B] ^ K[X]")
            (DivK, "A B X", "R[A] := R[B] / K[X]")
            (IDivK, "A B X", "R[A] := R[B] // K[X]")
            (BAndK, "A B C X", "R[A] := R[B] & K[X] (integer constant; C: swapped)")
            (BOrK, "A B C X", "R[A] := R[B] | K[X] (integer constant; C: swapped)")
            (BXorK, "A B C X", "R[A] := R[B] ~ K[X] (integer constant; C: swapped)")
            (ShrI, "A B C sX", "R[A] := R[B] >> sX (C: written as R[B] << -sX)")
            (ShlI, "A B sX", "R[A] := sX << R[B]")
            (Add, "A B C", "R[A] := R[B] + R[C]")
            (Sub, "A B C", "R[A] := R[B] - R[C]")
            (Mul, "A B C", "R[A] := R[B] * R[C]")
            (Mod, "A B C", "R[A] := R[B] % R[C]")
            (Pow, "A B C", "R[A] := R[B] ^ R[C]")
            (Div, "A B C", "R[A] := R[B] / R[C]")
            (IDiv, "A B C", "R[A] := R[B] // R[C]")
            (BAnd, "A B C", "R[A] := R[B] & R[C]")
            (BOr, "A B C", "R[A] := R[B] | R[C]")
            (BXor, "A B C", "R[A] := R[B] ~ R[C]")
            (Shl, "A B C", "R[A] := R[B] << R[C]")
            (Shr, "A B C", "R[A] := R[B] >> R[C]")
            (Unm, "A B", "R[A] := -R[B]")
            (BNot, "A B", "R[A] := ~R[B]")
            (Not, "A B", "R[A] := not R[B]")
            (Len, "A B", "R[A] := #R[B]")
            (Concat, "A B", "R[A] := R[A] .. ... .. R[A+B-1]; fuel: by bytes of the result")
            (Close, "A", "close all upvalues and to-be-closed variables >= R[A]")
            (Tbc, "A", "mark R[A] as to-be-closed")
            (Jmp, "sX", "pc += sX")
            (Eq, "A B C sX", "if (R[A] == R[B]) == C then pc += sX")
            (Lt, "A B C sX", "if (R[A] < R[B]) == C then pc += sX")
            (Le, "A B C sX", "if (R[A] <= R[B]) == C then pc += sX")
            (EqK, "A B C sX", "if (R[A] == K[B]) == C then pc += sX")
            (EqI, "A sB C sX", "if (R[A] == sB) == (C & 1) then pc += sX (C & 2: sB was a float)")
            (LtI, "A sB C sX", "if (R[A] < sB) == (C & 1) then pc += sX (C & 2: sB was a float)")
            (LeI, "A sB C sX", "if (R[A] <= sB) == (C & 1) then pc += sX (C & 2: sB was a float)")
            (GtI, "A sB C sX", "if (R[A] > sB) == (C & 1) then pc += sX (C & 2: sB was a float)")
            (GeI, "A sB C sX", "if (R[A] >= sB) == (C & 1) then pc += sX (C & 2: sB was a float)")
            (Test, "A C sX", "if truthy(R[A]) == C then pc += sX")
            (TestSet, "A B C sX", "if truthy(R[B]) == C then R[A] := R[B]; pc += sX")
            (Call, "A B C", "R[A], ..., R[A+C-2] := R[A](R[A+1], ..., R[A+B-1]) (B = 0: up to top; C = 0: sets top)")
            (TailCall, "A B C", "return R[A](R[A+1], ..., R[A+B-1]) (C: needs upvalues closed)")
            (Return, "A B C", "return R[A], ..., R[A+B-2] (B = 0: up to top; C: needs closing)")
            (Return0, "", "return")
            (Return1, "A", "return R[A]")
            (ForLoop, "A sX", "update counters; if loop continues then R[A+3] := index; pc += sX")
            (ForPrep, "A sX", "check values and prepare counters; if not to run then pc += sX, else R[A+3] := index")
            (TForPrep, "A sX", "mark R[A+3] as to-be-closed; pc += sX (to the TForCall)")
            (TForCall, "A C", "R[A+4], ..., R[A+3+C] := R[A](R[A+1], R[A+2])")
            (TForLoop, "A sX", "if R[A+4] ~= nil then { R[A+2] := R[A+4]; pc += sX }")
            (SetList, "A B X", "R[A][X+i] := R[A+i], 1 <= i <= B (B = 0: up to top); fuel: by items")
            (Closure, "A X", "R[A] := closure(P[X])")
            (Vararg, "A C", "R[A], ..., R[A+C-2] := varargs (C = 0: all, sets top); fuel: by values")
            (VarargPrep, "A", "adjust varargs; A is the number of fixed parameters")
        }
    };
}

macro_rules! define_op {
    ($(($name:ident, $operands:literal, $doc:literal))*) => {
        /// An operation; see the module's table.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr(u8)]
        #[allow(clippy::enum_variant_names, reason = "`Op` stands for PUC's prefix")]
        pub enum Op { $(#[doc = concat!("`", $doc, "`")] $name),* }

        impl Op {
            /// All operations in order.
            pub const ALL: &'static [Op] = &[$(Op::$name),*];

            /// Returns the operation's name as the table writes it.
            pub fn name(self) -> &'static str {
                match self { $(Op::$name => stringify!($name)),* }
            }

            /// Returns the operands it uses: `"A B sX"`.
            pub fn operands(self) -> &'static str {
                match self { $(Op::$name => $operands),* }
            }

            /// Tells whether it has the operands a, b and c and no other.
            #[inline]
            pub fn is_abc(self) -> bool {
                match self { $(Op::$name => matches!($operands.as_bytes(), b"A B C")),* }
            }

            /// Returns its effect in register notation.
            pub fn effect(self) -> &'static str {
                match self { $(Op::$name => $doc),* }
            }
        }
    };
}
for_each_op!(define_op);

/// One instruction word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C, align(8))]
pub struct Instr {
    /// The operation.
    pub op: Op,
    /// First operand.
    pub a: u8,
    /// Second operand.
    pub b: u8,
    /// Third operand.
    pub c: u8,
    /// Wide operand.
    pub x: u32,
}

const _: () = assert!(size_of::<Instr>() == 8);

impl Instr {
    /// Makes an instruction.
    pub fn new(op: Op, a: u8, b: u8, c: u8, x: u32) -> Instr {
        Instr { op, a, b, c, x }
    }

    /// Returns the wide operand as a signed number.
    #[inline(always)]
    pub fn sx(self) -> i32 {
        self.x as i32
    }

    /// Returns operand `b` as a signed immediate.
    #[inline(always)]
    pub fn sb(self) -> i8 {
        self.b as i8
    }
}

impl Op {
    /// Tells whether the instruction jumps on a condition it tests itself.
    pub fn is_condition(self) -> bool {
        matches!(
            self,
            Op::Eq
                | Op::Lt
                | Op::Le
                | Op::EqK
                | Op::EqI
                | Op::LtI
                | Op::LeI
                | Op::GtI
                | Op::GeI
                | Op::Test
                | Op::TestSet
        )
    }
}

#[cfg(test)]
mod tests;
