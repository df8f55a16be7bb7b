//! Runs a `wasi:cli/command` component of WASI 0.2 or 0.3 to its end.
//!
//! It may use TCP and UDP with any address: the network namespace that the engine lives in is the
//! wall. Names are not looked up, for no resolver is reachable from there.

use std::ffi::{CStr, c_char};
use std::io::Write;
use std::slice;

use crate::limits::Limits;
use tokio::runtime::{Builder, Runtime};
use wasmtime::component::{Component, Linker, ResourceTable};
use wasmtime::error::Context;
use wasmtime::{Engine, Result, Store, bail, format_err};
use wasmtime_c_api::{wasm_byte_vec_t, wasm_engine_t};
use wasmtime_wasi::{FsPerms, I32Exit, WasiCtx, WasiCtxView, WasiView, p2, p3};

use crate::{net, signals};

/// A directory that the guest finds open.
#[repr(C)]
pub struct wasmrun_dir_t {
    path: *const c_char,
    guest: *const c_char,
    writable: bool,
}

/// What to run; borrowed for the call.
#[repr(C)]
pub struct wasmrun_command_t {
    path: *const c_char, // of the compiled component
    args: *const *const c_char,
    n_args: usize,
    env: *const *const c_char, // "NAME=VALUE"
    n_env: usize,
    dirs: *const wasmrun_dir_t,
    n_dirs: usize,
    memory_max: usize, // bytes, or 0 for no bound
    /// Told when the guest is refused more memory.
    memory_reached: extern "C" fn(),
    /// Told "module-loaded" and "instantiated" when that is done, before the guest runs.
    reached: extern "C" fn(stage: *const c_char),
    /// Told if the guest's sockets are not those of wasmrun:net.
    has_wasi_sockets: extern "C" fn(),
    signal_catch: signals::Catch,
    sys: net::Sys,
}

/// How it went. All but `Exited` come with words.
#[repr(C)]
#[derive(PartialEq)]
pub enum wasmrun_outcome_t {
    Exited,
    Trapped,
    CannotRun, // the component asks for something that is not there
    Failed,    // our own failure
}

struct State {
    ctx: WasiCtx,
    table: ResourceTable,
    limits: Limits,
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.ctx, table: &mut self.table }
    }
}

/// The component, ready to be instantiated, by the `wasi:cli/run` that it exports.
enum Program {
    P2(p2::bindings::CommandPre<State>),
    P3(p3::bindings::CommandPre<State>),
}

/// Runs the component. `ret_exit` is written for `Exited`, `ret_text` otherwise.
///
/// # Safety
/// All pointers of `command` must be valid, its strings NUL-ended.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmrun_component_run(
    engine: &wasm_engine_t,
    command: &wasmrun_command_t,
    ret_exit: &mut i32,
    ret_text: &mut wasm_byte_vec_t,
) -> wasmrun_outcome_t {
    let (outcome, text) = match unsafe { prepare(crate::engine(engine), command) } {
        Err((outcome, error)) => (outcome, format!("{error:#}")),
        Ok(run) => match run.to_end(command.reached) {
            Ok(code) => {
                *ret_exit = code;
                (wasmrun_outcome_t::Exited, String::new())
            }
            Err(error) => (wasmrun_outcome_t::Trapped, format!("{error:?}")),
        },
    };
    // Nothing else flushes it: Rust's own start and end are not part of a C program.
    let _ = std::io::stdout().flush();
    if outcome != wasmrun_outcome_t::Exited {
        ret_text.set_buffer(text.into_bytes());
    }
    outcome
}

/// Everything that is ready before the first instruction of the guest.
struct Run {
    program: Program,
    store: Store<State>,
    runtime: Runtime,
}

unsafe fn prepare(
    engine: &Engine,
    command: &wasmrun_command_t,
) -> Result<Run, (wasmrun_outcome_t, wasmtime::Error)> {
    let failed = |e| (wasmrun_outcome_t::Failed, e);
    let cannot_run = |e| (wasmrun_outcome_t::CannotRun, e);

    let path = unsafe { text(command.path) }.map_err(failed)?;
    // SAFETY: the supervisor has checked that the file is its own and whole.
    let component = unsafe { Component::deserialize_file(engine, path) }.map_err(failed)?;
    (command.reached)(c"module-loaded".as_ptr());

    let world = world(engine, &component).map_err(cannot_run)?;
    let linker = linker(engine, &component, command).map_err(failed)?;
    let pre = linker
        .instantiate_pre(&component)
        .map_err(|e| cannot_run(crate::missing::explain(engine, &component, e)))?;
    let program = match world {
        World::P2 => p2::bindings::CommandPre::new(pre).map(Program::P2),
        World::P3 => p3::bindings::CommandPre::new(pre).map(Program::P3),
    };
    let program = program.map_err(cannot_run)?;
    let ctx = unsafe { context(command) }.map_err(failed)?;
    let limits = Limits::new(command.memory_max, command.memory_reached);
    let mut store = Store::new(engine, State { ctx, table: ResourceTable::new(), limits });
    if command.memory_max != 0 {
        store.limiter(|state| &mut state.limits);
    }
    let runtime = Builder::new_current_thread().enable_io().enable_time().build();
    let runtime = runtime.map_err(|e| failed(e.into()))?;
    Ok(Run { program, store, runtime })
}

impl Run {
    /// The guest's exit code, or the trap.
    fn to_end(mut self, reached: extern "C" fn(*const c_char)) -> Result<i32> {
        let result = self.runtime.block_on(call(&self.program, &mut self.store, reached));
        // A worker may be waiting for standard input: do not wait for it.
        self.runtime.shutdown_background();
        match result {
            Ok(Ok(())) => Ok(0),
            Ok(Err(())) => Ok(1),
            Err(error) => match error.downcast_ref::<I32Exit>() {
                Some(exit) => Ok(exit.0),
                None => Err(error),
            },
        }
    }
}

async fn call(
    program: &Program,
    store: &mut Store<State>,
    reached: extern "C" fn(*const c_char),
) -> Result<Result<(), ()>> {
    match program {
        Program::P2(pre) => {
            let command = pre.instantiate_async(&mut *store).await?;
            reached(c"instantiated".as_ptr());
            command.wasi_cli_run().call_run(store).await
        }
        Program::P3(pre) => {
            let command = pre.instantiate_async(&mut *store).await?;
            reached(c"instantiated".as_ptr());
            store.run_concurrent(async |store| command.wasi_cli_run().call_run(store).await).await?
        }
    }
}

enum World {
    P2,
    P3,
}

fn world(engine: &Engine, component: &Component) -> Result<World> {
    let ty = component.component_type();
    let exports: Vec<&str> = ty.exports(engine).map(|(name, _)| name).collect();
    let has = |prefix| exports.iter().any(|name| name.starts_with(prefix));
    if has("wasi:cli/run@0.3.") {
        return Ok(World::P3);
    }
    if has("wasi:cli/run@0.2.") {
        return Ok(World::P2);
    }
    let found = if exports.is_empty() { "nothing".to_string() } else { exports.join(", ") };
    bail!("it is not a program: it should export 'wasi:cli/run' 0.2 or 0.3, but exports {found}")
}

fn linker(engine: &Engine, component: &Component, command: &wasmrun_command_t) -> Result<Linker<State>> {
    let mut linker = Linker::new(engine);
    p2::add_to_linker_async(&mut linker)?;
    if net::is_used(engine, component) {
        net::add_to_linker(&mut linker, command.sys)?;
    } else {
        (command.has_wasi_sockets)();
    }
    signals::add_to_linker(&mut linker, command.sys, command.signal_catch)?;
    if uses_p3(engine, component) {
        p3::add_to_linker(&mut linker)?;
    }
    Ok(linker)
}

/// Most components do not, and are spared the time that its definitions take.
fn uses_p3(engine: &Engine, component: &Component) -> bool {
    let ty = component.component_type();
    ty.imports(engine).any(|(name, _)| name.starts_with("wasi:") && name.contains("@0.3."))
}

unsafe fn context(command: &wasmrun_command_t) -> Result<WasiCtx> {
    let mut builder = WasiCtx::builder();
    builder.inherit_stdio().inherit_network().allow_tcp(true).allow_udp(true);
    builder.allow_ip_name_lookup(true); // getaddrinfo is src/engine/resolve.c's
    // There is one guest, and it waits for its own files either way.
    builder.allow_blocking_current_thread(true);
    for &arg in unsafe { list(command.args, command.n_args) } {
        builder.arg(unsafe { text(arg) }.context("an argument")?);
    }
    for &assignment in unsafe { list(command.env, command.n_env) } {
        let assignment = unsafe { text(assignment) }.context("an environment variable")?;
        let (name, value) = assignment
            .split_once('=')
            .ok_or_else(|| format_err!("the environment variable '{assignment}' has no '='"))?;
        builder.env(name, value);
    }
    for dir in unsafe { list(command.dirs, command.n_dirs) } {
        let path = unsafe { text(dir.path) }.context("a directory's path")?;
        let guest = unsafe { text(dir.guest) }.context("a directory's name")?;
        let perms = if dir.writable { FsPerms::ReadWrite } else { FsPerms::ReadOnly };
        builder.preopened_dir(path, guest, perms).with_context(|| format!("open the directory '{path}'"))?;
    }
    Ok(builder.build())
}

unsafe fn text<'a>(string: *const c_char) -> Result<&'a str> {
    unsafe { CStr::from_ptr(string) }.to_str().context("not valid UTF-8, which components require")
}

unsafe fn list<'a, T>(items: *const T, n: usize) -> &'a [T] {
    if n == 0 { &[] } else { unsafe { slice::from_raw_parts(items, n) } }
}
