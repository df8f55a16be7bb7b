//! Ends badly, in the way that the first argument names.

use std::hint::black_box;

#[inline(never)]
fn panic_here() {
    panic!("on purpose");
}

#[inline(never)]
fn trap_here() {
    black_box(());
    core::arch::wasm32::unreachable()
}

#[inline(never)]
fn recurse_for_ever(depth: u64) -> u64 {
    if black_box(false) {
        return 0; // never: the compiler only must not know
    }
    let space = black_box([depth; 64]);
    recurse_for_ever(black_box(depth + 1)) + black_box(space)[0]
}

fn main() {
    match std::env::args().nth(1).as_deref() {
        Some("panic") => panic_here(),
        Some("trap") => trap_here(),
        Some("recurse") => println!("{}", recurse_for_ever(0)),
        other => println!("fail: what is {other:?}?"),
    }
}
