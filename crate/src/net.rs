//! `wasmrun:net/sockets`: Linux's sockets for our language runtimes. What is passed is in
//! runtimes/python/wit/deps/net.wit; what is done, in src/wasi/linux_sock.h and linux_wait.h, in C. This
//! only hands over the bytes.

use std::ffi::{CStr, c_char, c_void};
use std::ptr::{null, null_mut};

use wasmtime::component::{Linker, WasmList, WasmStr};
use wasmtime::{Engine, Result};

pub const INTERFACE: &str = "wasmrun:net/sockets@0.1.0";

const ADDRESS_MAX: usize = 128; // a sockaddr_storage
const OPTION_MAX: usize = 32;
const RECEIVE_MAX: usize = 4 << 20; // what is read at once; a guest that asks for more gets a part
const LOOKUP_MAX: usize = 64 * 36; // results, and their types and lengths
const NAME_MAX: usize = 256;
const POLL_MAX: usize = 65536; // as in linux_wait.h, and this too
const EPOLL_MAX: u32 = 4096;

/// The guest's descriptors: a `struct sys` of the caller's.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub struct Sys(pub *mut c_void);

// SAFETY: one thread runs the guest, and it alone calls the functions below.
unsafe impl Send for Sys {}
unsafe impl Sync for Sys {}

#[repr(C)]
struct Bytes {
    at: *mut u8,
    size: usize,
    len: usize,
}

unsafe extern "C" {
    fn linux_open(s: Sys, family: u32, kind: u32, protocol: u32) -> i32;
    fn linux_pair(s: Sys, family: u32, kind: u32, second: &mut i32) -> i32;
    fn linux_pipe(s: Sys, second: &mut i32) -> i32;
    fn linux_close(s: Sys, fd: u32) -> i32;
    fn linux_duplicate(s: Sys, fd: u32) -> i32;
    fn linux_bind(s: Sys, fd: u32, address: *const u8, len: usize) -> i32;
    fn linux_listen(s: Sys, fd: u32, backlog: i32) -> i32;
    fn linux_connect(s: Sys, fd: u32, address: *const u8, len: usize, wait: i64) -> i32;
    fn linux_accept(s: Sys, fd: u32, wait: i64, peer: &mut Bytes) -> i32;
    fn linux_shutdown(s: Sys, fd: u32, how: u32) -> i32;
    fn linux_receive(
        s: Sys,
        fd: u32,
        options: u32,
        wait: i64,
        content: &mut Bytes,
        flags: &mut u32,
        from: *mut Bytes,
    ) -> i32;
    fn linux_send(
        s: Sys,
        fd: u32,
        content: *const u8,
        len: usize,
        options: u32,
        address: *const u8,
        address_len: usize,
        wait: i64,
    ) -> i32;
    fn linux_own_name(s: Sys, fd: u32, name: &mut Bytes) -> i32;
    fn linux_peer_name(s: Sys, fd: u32, name: &mut Bytes) -> i32;
    fn linux_get_option(s: Sys, fd: u32, level: i32, name: i32, value: &mut Bytes) -> i32;
    fn linux_set_option(s: Sys, fd: u32, level: i32, name: i32, value: *const u8, len: usize) -> i32;
    fn linux_poll(s: Sys, fds: *mut PollFd, n: usize, wait: i64) -> i32;
    fn linux_epoll_open(s: Sys) -> i32;
    fn linux_epoll_control(s: Sys, epoll: u32, operation: i32, fd: u32, events: u32) -> i32;
    fn linux_epoll_wait(s: Sys, epoll: u32, events: *mut Event, n: usize, wait: i64) -> i32;
    fn linux_look_up(
        s: Sys,
        node: *const u8,
        node_len: usize,
        service: *const u8,
        service_len: usize,
        hints: &[i32; 3],
        results: &mut Bytes,
        error: &mut i32,
        canonical: *mut c_char,
    ) -> i32;
    fn linux_interface_after(after: u32, name: *mut c_char) -> u32;
    fn linux_host_name(name: *mut c_char);
}

#[repr(C)]
#[derive(Clone, Copy, Default)]
struct PollFd {
    fd: u32,
    events: u16,
    revents: u16,
}

#[repr(C)]
#[derive(Clone, Copy, Default)]
struct Event {
    fd: u32,
    events: u32,
}

/// What C writes into `size` bytes, and what it returns.
fn filled<R>(size: usize, fill: impl FnOnce(&mut Bytes) -> R) -> (R, Vec<u8>) {
    let mut buffer = Vec::<u8>::with_capacity(size);
    let mut bytes = Bytes { at: buffer.as_mut_ptr(), size, len: 0 };
    let result = fill(&mut bytes);
    assert!(bytes.len <= size);
    // SAFETY: C has written that many.
    unsafe { buffer.set_len(bytes.len) };
    // A large buffer for few bytes would be kept until they have been copied.
    if size > 4096 {
        buffer = buffer.as_slice().to_vec();
    }
    (result, buffer)
}

/// The same for a name that ends in a NUL.
fn named<R>(fill: impl FnOnce(*mut c_char) -> R) -> (R, String) {
    let mut name = [0 as c_char; NAME_MAX];
    let result = fill(name.as_mut_ptr());
    // SAFETY: it was filled with NULs, and C ends what it writes with one.
    let text = unsafe { CStr::from_ptr(name.as_ptr()) };
    (result, text.to_string_lossy().into_owned())
}

fn poll(s: Sys, fds: &[u8], wait: i64) -> (i32, Vec<u8>) {
    let mut fds: Vec<PollFd> = fds
        .chunks_exact(size_of::<PollFd>())
        .take(POLL_MAX)
        .map(|c| PollFd {
            fd: u32::from_le_bytes([c[0], c[1], c[2], c[3]]),
            events: u16::from_le_bytes([c[4], c[5]]),
            revents: 0,
        })
        .collect();
    let n = unsafe { linux_poll(s, fds.as_mut_ptr(), fds.len(), wait) };
    let found = fds.iter().take(n.max(0) as usize);
    (
        n,
        found
            .flat_map(|p| {
                (u64::from(p.fd) | u64::from(p.events) << 32 | u64::from(p.revents) << 48).to_le_bytes()
            })
            .collect(),
    )
}

fn epoll_wait(s: Sys, epoll: u32, n_max: u32, wait: i64) -> (i32, Vec<u8>) {
    let mut events = vec![Event::default(); n_max.min(EPOLL_MAX) as usize];
    let n = unsafe { linux_epoll_wait(s, epoll, events.as_mut_ptr(), events.len(), wait) };
    let found = events.iter().take(n.max(0) as usize);
    (n, found.flat_map(|e| (u64::from(e.fd) | u64::from(e.events) << 32).to_le_bytes()).collect())
}

/// Whether the component asks for it.
pub fn is_used(engine: &Engine, component: &wasmtime::component::Component) -> bool {
    component.component_type().imports(engine).any(|(name, _)| name == INTERFACE)
}

// SAFETY, for all calls below: pointers and lengths are those of what they were taken from, which
// lives until the call returns, and no call keeps them.
pub fn add_to_linker<T: 'static>(linker: &mut Linker<T>, s: Sys) -> Result<()> {
    let mut i = linker.instance(INTERFACE)?;
    add_life(&mut i, s)?;
    add_transfer(&mut i, s)?;
    add_options(&mut i, s)?;
    add_waiting(&mut i, s)?;
    add_names(&mut i, s)
}

type Instance<'a, T> = wasmtime::component::LinkerInstance<'a, T>;

fn add_life<T: 'static>(i: &mut Instance<'_, T>, s: Sys) -> Result<()> {
    i.func_wrap("open", move |_, (family, kind, protocol): (u32, u32, u32)| {
        Ok((unsafe { linux_open(s, family, kind, protocol) },))
    })?;
    i.func_wrap("pair", move |_, (family, kind): (u32, u32)| {
        let mut second = 0;
        let first = unsafe { linux_pair(s, family, kind, &mut second) };
        Ok(((first, second),))
    })?;
    i.func_wrap("pipe", move |_, (): ()| {
        let mut second = 0;
        let first = unsafe { linux_pipe(s, &mut second) };
        Ok(((first, second),))
    })?;
    i.func_wrap("close", move |_, (fd,): (u32,)| Ok((unsafe { linux_close(s, fd) },)))?;
    i.func_wrap("duplicate", move |_, (fd,): (u32,)| Ok((unsafe { linux_duplicate(s, fd) },)))?;
    i.func_wrap("bind", move |store, (fd, address): (u32, WasmList<u8>)| {
        let address = address.as_le_slice(&store);
        Ok((unsafe { linux_bind(s, fd, address.as_ptr(), address.len()) },))
    })?;
    i.func_wrap("listen", move |_, (fd, backlog): (u32, i32)| {
        Ok((unsafe { linux_listen(s, fd, backlog) },))
    })?;
    i.func_wrap("connect", move |store, (fd, address, wait): (u32, WasmList<u8>, i64)| {
        let address = address.as_le_slice(&store);
        Ok((unsafe { linux_connect(s, fd, address.as_ptr(), address.len(), wait) },))
    })?;
    i.func_wrap("accept", move |_, (fd, wait): (u32, i64)| {
        Ok((filled(ADDRESS_MAX, |peer| unsafe { linux_accept(s, fd, wait, peer) }),))
    })?;
    i.func_wrap("shutdown", move |_, (fd, how): (u32, u32)| Ok((unsafe { linux_shutdown(s, fd, how) },)))
}

fn add_transfer<T: 'static>(i: &mut Instance<'_, T>, s: Sys) -> Result<()> {
    i.func_wrap("receive", move |_, (fd, size, options, wait): (u32, u32, u32, i64)| {
        let size = RECEIVE_MAX.min(size as usize);
        let mut flags = 0;
        let receive =
            |b: &mut Bytes| unsafe { linux_receive(s, fd, options, wait, b, &mut flags, null_mut()) };
        Ok((filled(size, receive),))
    })?;
    i.func_wrap("receive-from", move |_, (fd, size, options, wait): (u32, u32, u32, i64)| {
        let size = RECEIVE_MAX.min(size as usize);
        let mut flags = 0;
        let ((n, content), from) = filled(ADDRESS_MAX, |from| {
            filled(size, |b| unsafe { linux_receive(s, fd, options, wait, b, &mut flags, from) })
        });
        Ok(((n, content, flags, from),))
    })?;
    i.func_wrap("send", move |store, (fd, content, options, wait): (u32, WasmList<u8>, u32, i64)| {
        let content = content.as_le_slice(&store);
        Ok((unsafe { linux_send(s, fd, content.as_ptr(), content.len(), options, null(), 0, wait) },))
    })?;
    i.func_wrap(
        "send-to",
        move |store, (fd, content, options, address, wait): (u32, WasmList<u8>, u32, WasmList<u8>, i64)| {
            let (content, address) = (content.as_le_slice(&store), address.as_le_slice(&store));
            let n = unsafe {
                linux_send(
                    s,
                    fd,
                    content.as_ptr(),
                    content.len(),
                    options,
                    address.as_ptr(),
                    address.len(),
                    wait,
                )
            };
            Ok((n,))
        },
    )
}

fn add_options<T: 'static>(i: &mut Instance<'_, T>, s: Sys) -> Result<()> {
    i.func_wrap("own-name", move |_, (fd,): (u32,)| {
        Ok((filled(ADDRESS_MAX, |name| unsafe { linux_own_name(s, fd, name) }),))
    })?;
    i.func_wrap("peer-name", move |_, (fd,): (u32,)| {
        Ok((filled(ADDRESS_MAX, |name| unsafe { linux_peer_name(s, fd, name) }),))
    })?;
    i.func_wrap("get-option", move |_, (fd, level, name, size): (u32, i32, i32, u32)| {
        let size = OPTION_MAX.min(size as usize);
        Ok((filled(size, |value| unsafe { linux_get_option(s, fd, level, name, value) }),))
    })?;
    i.func_wrap("set-option", move |store, (fd, level, name, value): (u32, i32, i32, WasmList<u8>)| {
        let value = value.as_le_slice(&store);
        Ok((unsafe { linux_set_option(s, fd, level, name, value.as_ptr(), value.len()) },))
    })
}

fn add_waiting<T: 'static>(i: &mut Instance<'_, T>, s: Sys) -> Result<()> {
    i.func_wrap("poll", move |store, (fds, wait): (WasmList<u8>, i64)| {
        Ok((poll(s, fds.as_le_slice(&store), wait),))
    })?;
    i.func_wrap("epoll-open", move |_, (): ()| Ok((unsafe { linux_epoll_open(s) },)))?;
    i.func_wrap("epoll-control", move |_, (epoll, operation, fd, events): (u32, i32, u32, u32)| {
        Ok((unsafe { linux_epoll_control(s, epoll, operation, fd, events) },))
    })?;
    i.func_wrap("epoll-wait", move |_, (epoll, n_max, wait): (u32, u32, i64)| {
        Ok((epoll_wait(s, epoll, n_max, wait),))
    })
}

fn add_names<T: 'static>(i: &mut Instance<'_, T>, s: Sys) -> Result<()> {
    type Question = (WasmStr, WasmStr, i32, i32, i32);
    i.func_wrap("look-up", move |store, (node, service, family, kind, options): Question| {
        let (node, service) = (node.to_str(&store)?, service.to_str(&store)?);
        let mut error = 0;
        let ((result, results), canonical) = named(|canonical| {
            filled(LOOKUP_MAX, |results| unsafe {
                linux_look_up(
                    s,
                    node.as_ptr(),
                    node.len(),
                    service.as_ptr(),
                    service.len(),
                    &[family, kind, options],
                    results,
                    &mut error,
                    canonical,
                )
            })
        });
        Ok(((result, error, results, canonical),))
    })?;
    i.func_wrap("interface-after", move |_, (after,): (u32,)| {
        Ok((named(|name| unsafe { linux_interface_after(after, name) }),))
    })?;
    i.func_wrap("host-name", move |_, (): ()| Ok((named(|name| unsafe { linux_host_name(name) }).1,)))
}
