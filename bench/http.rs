//! A web server on the standard library alone: http PORT (of 127.0.0.1).

use std::io::{self, BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};

const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\nConnection: close\r\n\r\nhello\n";

fn main() -> io::Result<()> {
    let port = std::env::args().nth(1).unwrap_or_default();

    for connection in TcpListener::bind(format!("127.0.0.1:{port}"))?.incoming() {
        if let Err(e) = connection.and_then(answer) {
            eprintln!("http: {e}");
        }
    }
    Ok(())
}

fn answer(mut connection: TcpStream) -> io::Result<()> {
    for line in BufReader::new(&connection).lines() {
        if line?.is_empty() {
            break; // the end of the request's head
        }
    }
    connection.write_all(ANSWER)
}
