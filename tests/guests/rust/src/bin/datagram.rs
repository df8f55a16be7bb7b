//! One UDP socket on command, through the standard library. The commands and answers are those of c/datagram.c.

use std::io;
use std::net::UdpSocket;

const WAIT: std::time::Duration = std::time::Duration::from_secs(5);

fn act(socket: &mut Option<UdpSocket>, words: &[&str]) -> io::Result<String> {
    let nothing = Ok(String::new());
    let port: u16 = words[2].parse().unwrap_or(0);
    if words[0] == "open" {
        let any = if words[1].contains(':') { "::" } else { "0.0.0.0" };
        *socket = Some(UdpSocket::bind((any, 0))?);
        return nothing;
    }
    let socket = socket.as_ref().ok_or(io::ErrorKind::NotConnected)?;
    match words[0] {
        "connect" => socket.connect((words[1], port))?,
        "sendto" => drop(socket.send_to(words[3].as_bytes(), (words[1], port))?),
        "send" => drop(socket.send(words[1].as_bytes())?),
        "recv" => {
            let mut bytes = vec![0; 65536];
            let _ = socket.set_read_timeout(Some(WAIT)); // not every target has it
            let (n, from) = socket.recv_from(&mut bytes)?;
            return Ok(format!("{from} {}", String::from_utf8_lossy(&bytes[..n])));
        }
        "local" => return Ok(socket.local_addr()?.to_string()),
        _ => return Ok("what?".to_string()),
    }
    nothing
}

fn main() {
    let mut socket = None;

    for line in io::stdin().lines().map_while(Result::ok) {
        let mut words: Vec<&str> = line.split(' ').collect();
        words.resize(8, "");
        match act(&mut socket, &words) {
            Ok(answer) if answer.is_empty() => println!("ok"),
            Ok(answer) => println!("ok {answer}"),
            Err(e) => println!("error {:?}", e.kind()),
        }
    }
}
