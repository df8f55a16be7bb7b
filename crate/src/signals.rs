//! The host's signals, for a component that wants them: `wasmrun:guest/signals`, whose meaning stands in
//! runtimes/python/wit/deps/guest.wit. A core module has the same in `wasmrun_net`.
//!
//! WASI 0.2 gives a component no descriptor of the host's that its library could wait for, but it can wait for
//! sockets: so a signal comes as a datagram, from a socket that only this process has.

use std::ffi::c_int;
use std::fs::File;
use std::io;
use std::net::{Ipv4Addr, UdpSocket};
use std::os::fd::FromRawFd;

use tokio::net::unix::pipe;
use wasmtime::Result;
use wasmtime::component::Linker;

/// Where signals come from.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct wasmrun_signals_t {
    fd: c_int, // the reading end of a pipe: a byte is the number of a signal
    catch: extern "C" fn(signal: c_int, is_caught: bool) -> c_int, // 0 is success
}

pub fn add_to_linker<T: 'static>(linker: &mut Linker<T>, signals: wasmrun_signals_t) -> Result<()> {
    let mut interface = linker.instance("wasmrun:guest/signals@0.1.0")?;
    interface.func_wrap("open", move |_, (port,): (u16,)| Ok((open(signals.fd, port).map_err(|_| ()),)))?;
    interface.func_wrap("catch", move |_, (signal, is_caught): (u8, bool)| {
        let result = (signals.catch)(signal.into(), is_caught);
        Ok((if result == 0 { Ok(()) } else { Err(()) },))
    })
}

fn open(fd: c_int, port: u16) -> io::Result<u16> {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
    socket.connect((Ipv4Addr::LOCALHOST, port))?;
    let own_port = socket.local_addr()?.port();
    // SAFETY: the descriptor is this process's from its start, and a copy is made of it.
    let pipe = unsafe { std::mem::ManuallyDrop::new(File::from_raw_fd(fd)) }.try_clone()?;
    tokio::spawn(pass_on(pipe::Receiver::from_file(pipe)?, socket));
    Ok(own_port)
}

/// Runs whenever the guest waits.
async fn pass_on(pipe: pipe::Receiver, socket: UdpSocket) {
    let mut signal = [0];
    while pipe.readable().await.is_ok() {
        match pipe.try_read(&mut signal) {
            Ok(1) => drop(socket.send(&signal)), // a guest that has closed its socket wants none
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            _ => return, // the supervisor has gone, and this process goes with it
        }
    }
}
