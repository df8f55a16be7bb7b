//! What Rust brings to wasmrun-engine: Wasmtime's C API as it is, the one configuration that modules
//! are compiled and run with, and a runner for components, which the C API cannot give sockets.

mod component;
mod limits;
mod missing;
mod net;
mod signals;

pub use wasmtime_c_api::*;

use wasmtime::{Config, Engine, WasmBacktraceDetails};

/// Stack for guest code. Wasmtime's 512 KiB ends deep recursion in a JavaScript or Python guest with a
/// trap, before the language raises its own error.
const WASM_STACK: usize = 32 << 20;
/// A component runs on a stack of its own: the guest's part, and room for our host functions.
const ASYNC_STACK: usize = WASM_STACK + (8 << 20);

/// A compiled module is only valid for the configuration that it was compiled with.
fn config() -> Config {
    let mut config = Config::new();
    config.max_wasm_stack(WASM_STACK);
    config.async_stack_size(ASYNC_STACK);
    config.wasm_component_model_async(true); // WASI 0.3
    config.wasm_backtrace_details(WasmBacktraceDetails::Enable); // file and line, where the module has them
    config
}

// The C API keeps its engine in a private field: this is the only way to hand it one of ours.
const _: () = assert!(size_of::<wasm_engine_t>() == size_of::<Engine>());
const _: () = assert!(align_of::<wasm_engine_t>() == align_of::<Engine>());

/// The engine for compiling and running, to be freed by `wasm_engine_delete`. NULL and words on failure.
#[unsafe(no_mangle)]
pub extern "C" fn wasmrun_engine_new(ret_text: &mut wasm_byte_vec_t) -> *mut wasm_engine_t {
    match Engine::new(&config()) {
        // SAFETY: wasm_engine_t is repr(C) with an Engine as its only field.
        Ok(engine) => Box::into_raw(Box::new(engine)).cast(),
        Err(error) => {
            ret_text.set_buffer(format!("{error:#}").into_bytes());
            std::ptr::null_mut()
        }
    }
}

fn engine(engine: &wasm_engine_t) -> &Engine {
    // SAFETY: as above.
    unsafe { &*std::ptr::from_ref(engine).cast() }
}
