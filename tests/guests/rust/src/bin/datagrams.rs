//! Answers datagrams: "peer" with the sender's address, anything else with itself.
//! datagrams ADDRESS:PORT [later]; with "later" it binds once a line has come on stdin.

use std::io;
use std::net::UdpSocket;

fn main() -> io::Result<()> {
    let args: Vec<String> = std::env::args().collect();

    if args.get(2).is_some() {
        println!("waiting");
        io::stdin().read_line(&mut String::new())?;
    }
    let socket = UdpSocket::bind(&args[1])?;
    println!("ok");
    let mut datagram = vec![0; 1 << 16];
    loop {
        let (n, from) = socket.recv_from(&mut datagram)?;
        if &datagram[..n] == b"peer" {
            socket.send_to(from.to_string().as_bytes(), from)?;
        } else {
            socket.send_to(&datagram[..n], from)?;
        }
    }
}
