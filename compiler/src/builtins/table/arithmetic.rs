//! Arithmetic, rounding and number ranges.

use super::super::entry::{Builtin, guest, host};

pub(super) const TABLE: &[Builtin] = &[
    guest("abs", "(x: number) => y: number"),
    guest("ceil", "(x: number) => y: number"),
    guest("div", "(x: number, y: number) => z: number").infix("/"),
    guest("floor", "(x: number) => y: number"),
    guest("format_int", "(number: number, base: number) => output: string"),
    guest("minus", "(x: any<number, set[any]>, y: any<number, set[any]>) => z: any<number, set[any]>").infix("-"),
    guest("mul", "(x: number, y: number) => z: number").infix("*"),
    guest("numbers.range", "(a: number, b: number) => range: array[number]"),
    guest("numbers.range_step", "(a: number, b: number, step: number) => range: array[number]"),
    guest("plus", "(x: number, y: number) => z: number").infix("+"),
    host("rand.intn", "(str: string, n: number) => y: number").nondeterministic(),
    guest("rem", "(x: number, y: number) => z: number").infix("%"),
    guest("round", "(x: number) => y: number"),
    guest("to_number", "(value: any<null, boolean, number, string>) => num: number"),
];
