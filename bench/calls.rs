//! As calls.c, on the standard library: calls connect|round-trip|bulk PORT MS.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

const CONNECTS_MAX: usize = 4000;
const CALLS_A_SLICE: u32 = 32;
const MESSAGE: usize = 64;
const CHUNK: usize = 1 << 16;

fn main() -> io::Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let &[what, port, ms] = words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() else {
        usage();
    };
    let (Ok(port), Ok(ms)) = (port.parse::<u16>(), ms.parse()) else {
        usage();
    };
    let address = format!("127.0.0.1:{port}");
    let time = Duration::from_millis(ms);

    match what {
        "connect" => {
            let (n, took) = median(time, CONNECTS_MAX, || connect_once(&address))?;
            print(n, took.as_secs_f64() * 1e6);
        }
        "round-trip" => {
            let (n, took) = median_echo(&address, time, MESSAGE, CALLS_A_SLICE)?;
            print(n, took.as_secs_f64() * 1e6 / f64::from(CALLS_A_SLICE));
        }
        "bulk" => {
            let (n, took) = median_echo(&address, time, CHUNK, 1)?;
            print(n, CHUNK as f64 / 1e6 / took.as_secs_f64());
        }
        _ => usage(),
    }
    Ok(())
}

fn usage() -> ! {
    eprintln!("usage: calls connect|round-trip|bulk PORT MS");
    std::process::exit(2);
}

fn print(n: usize, value: f64) {
    println!("{{\"n\": {n}, \"value\": {value:.3}}}");
}

/// How many there were, and the median of what they took.
fn median(
    time: Duration,
    n_max: usize,
    mut once: impl FnMut() -> io::Result<Duration>,
) -> io::Result<(usize, Duration)> {
    let end = Instant::now() + time;
    let mut took = Vec::new();

    while took.is_empty() || (took.len() < n_max && Instant::now() < end) {
        took.push(once()?);
    }
    took.sort();
    Ok((took.len(), took[took.len() / 2]))
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

fn median_echo(address: &str, time: Duration, len: usize, n_calls: u32) -> io::Result<(usize, Duration)> {
    let mut connection = TcpStream::connect(address)?;
    let (mut sent, mut received) = (vec![0u8; len], vec![0u8; len]);

    median(time, usize::MAX, || {
        let start = Instant::now();
        for _ in 0..n_calls {
            sent[0] = sent[0].wrapping_add(1);
            sent[len - 1] = sent[len - 1].wrapping_add(1);
            connection.write_all(&sent)?;
            connection.read_exact(&mut received)?;
            if sent[0] != received[0] || sent[len - 1] != received[len - 1] {
                return Err(io::Error::other("the server's answer is not an echo"));
            }
        }
        Ok(start.elapsed())
    })
}
