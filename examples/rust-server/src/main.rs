//! A web server on the standard library alone. Nothing in it knows of WebAssembly.

use std::env;
use std::io::{self, BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};

fn main() -> io::Result<()> {
    let name = env::var("NAME").unwrap_or_else(|_| "rust-server".to_string());
    let listener = TcpListener::bind("127.0.0.1:8080")?;

    for connection in listener.incoming() {
        // A client that goes away early is its own affair; the server goes on.
        if let Err(e) = connection.and_then(|c| answer(&c, &name)) {
            eprintln!("{name}: {e}");
        }
    }
    Ok(())
}

fn answer(connection: &TcpStream, name: &str) -> io::Result<()> {
    let peer = connection.peer_addr()?;

    for line in BufReader::new(connection).lines() {
        if line?.is_empty() {
            break; // the end of the request's head
        }
    }
    let body = format!("hello from {name}, you are {peer}\n");
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    (&*connection).write_all((head + &body).as_bytes())
}
