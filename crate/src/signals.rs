//! The host's signals, for a component that wants them: `wasmrun:guest/signals`, whose meaning stands in
//! runtimes/python/wit/deps/guest.wit. A core module has the same in `wasmrun_net`.

use std::ffi::c_int;

use wasmtime::Result;
use wasmtime::component::Linker;

use crate::net::Sys;

pub type Catch = extern "C" fn(signal: c_int, is_caught: bool) -> c_int; // 0 is success

unsafe extern "C" {
    fn linux_signal_take(s: Sys, left: &mut i64) -> u32;
}

pub fn add_to_linker<T: 'static>(linker: &mut Linker<T>, s: Sys, catch: Catch) -> Result<()> {
    let mut interface = linker.instance("wasmrun:guest/signals@0.1.0")?;
    interface.func_wrap("take", move |_, (): ()| {
        let mut left = 0;
        let signal = unsafe { linux_signal_take(s, &mut left) };
        Ok(((signal as u8, left),))
    })?;
    interface.func_wrap("catch", move |_, (signal, is_caught): (u8, bool)| {
        Ok((if catch(signal.into(), is_caught) == 0 { Ok(()) } else { Err(()) },))
    })
}
