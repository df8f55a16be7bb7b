//! Takes as much as it gets, on command: memory, disk, descriptors, connections. Each answer is what it got.

use std::fs::File;
use std::io::{self, Write};
use std::net::{TcpListener, TcpStream};

/// MiB that could be had of the `wanted` ones; kept.
fn memory(wanted: usize, kept: &mut Vec<Vec<u8>>) -> usize {
    for got in 0..wanted {
        let mut block = Vec::new();
        if block.try_reserve_exact(1 << 20).is_err() {
            return got;
        }
        block.resize(1 << 20, 1);
        kept.push(block);
    }
    wanted
}

/// KiB that could be written to a file in /tmp.
fn disk(wanted: usize) -> io::Result<usize> {
    let mut file = File::create("/tmp/consume")?;
    for got in 0..wanted {
        if file.write_all(&[1; 1024]).is_err() {
            return Ok(got);
        }
    }
    Ok(wanted)
}

/// Sockets that could be opened; they are closed again.
fn descriptors(wanted: usize) -> usize {
    let sockets: Vec<_> = (0..wanted).map_while(|_| TcpListener::bind("127.0.0.1:0").ok()).collect();
    sockets.len()
}

fn main() -> io::Result<()> {
    let mut kept = Vec::new();
    let mut listener = None;
    let mut connections: Vec<TcpStream> = Vec::new();

    for line in io::stdin().lines() {
        let line = line?;
        let (word, number) = line.split_once(' ').unwrap_or((&line, "0"));
        let number: usize = number.parse().unwrap_or(0);
        match word {
            "memory" => println!("ok {}", memory(number, &mut kept)),
            "disk" => println!("ok {}", disk(number)?),
            "descriptors" => println!("ok {}", descriptors(number)),
            "serve" => {
                listener = Some(TcpListener::bind(("127.0.0.1", number as u16))?);
                println!("ok");
            }
            "accept" => match listener.as_ref().expect("serve first").accept() {
                Ok((stream, _)) => {
                    connections.push(stream);
                    println!("ok {}", connections.len());
                }
                Err(e) => println!("error {:?}", e.kind()),
            },
            "hangup" => {
                connections.pop();
                println!("ok {}", connections.len());
            }
            "spin" => {
                println!("ok");
                loop {
                    std::hint::black_box(0);
                }
            }
            _ => println!("what?"),
        }
    }
    Ok(())
}
