//! An echo server on the standard library: one connection after the other.
//! echo [ADDRESS:PORT]; 127.0.0.1:8080 unless given.

use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};

fn main() -> io::Result<()> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8080".to_string());

    for connection in TcpListener::bind(&address)?.incoming() {
        if let Err(e) = connection.and_then(echo) {
            eprintln!("echo: {e}");
        }
    }
    Ok(())
}

fn echo(mut connection: TcpStream) -> io::Result<()> {
    let mut chunk = vec![0; 1 << 16];

    loop {
        let n = connection.read(&mut chunk)?;
        if n == 0 {
            return Ok(());
        }
        connection.write_all(&chunk[..n])?;
    }
}
