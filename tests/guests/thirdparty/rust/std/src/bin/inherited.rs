//! std::net on wasip1 cannot open a socket, but it serves a listener that it finds open: descriptor 3.
//! Answers every connection with its own bytes, and goes on.

#[cfg(all(target_os = "wasi", target_env = "p1"))]
fn main() -> std::io::Result<()> {
    use std::io::{copy, Write};
    use std::net::{Shutdown, TcpListener};
    use std::os::fd::FromRawFd;

    // SAFETY: nobody else in this program knows of the descriptor.
    let listener = unsafe { TcpListener::from_raw_fd(3) };

    println!(
        "{} listener",
        std::env::var("LISTEN_FDS").unwrap_or_default()
    );
    for connection in listener.incoming() {
        let connection = connection?;

        copy(&mut &connection, &mut &connection)?;
        (&connection).flush()?;
        connection.shutdown(Shutdown::Write)?;
    }
    Ok(())
}

#[cfg(not(all(target_os = "wasi", target_env = "p1")))]
fn main() {}
