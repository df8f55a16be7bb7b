//! As `calls connect` (calls.c), on the standard library: connect PORT MS.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

const CONNECTS_MAX: usize = 4000;

fn main() -> io::Result<()> {
    let words: Vec<u64> = std::env::args().skip(1).map_while(|word| word.parse().ok()).collect();
    let &[port, ms] = words.as_slice() else {
        eprintln!("usage: connect PORT MS");
        std::process::exit(2);
    };
    let address = format!("127.0.0.1:{port}");
    let end = Instant::now() + Duration::from_millis(ms);
    let mut took = Vec::new();

    while took.is_empty() || (took.len() < CONNECTS_MAX && Instant::now() < end) {
        took.push(connect_once(&address)?);
    }
    took.sort();
    let median_us = took[took.len() / 2].as_nanos() as f64 / 1e3;
    println!("{{\"n\": {}, \"value\": {median_us:.3}}}", took.len());
    Ok(())
}

/// The server's answer is not timed; see calls.c.
fn connect_once(address: &str) -> io::Result<Duration> {
    let start = Instant::now();
    let mut connection = TcpStream::connect(address)?;
    let connected = start.elapsed();

    connection.write_all(b"?")?;
    connection.read_exact(&mut [0])?;
    let start = Instant::now();
    drop(connection);
    Ok(connected + start.elapsed())
}
