//! Sockets on command, through the standard library: one listener, one connection. The commands and
//! answers are those of c/remote.c and c/command.h.

use std::fmt::Display;
use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};

#[derive(Default)]
struct Sockets {
    listener: Option<TcpListener>,
    connection: Option<TcpStream>,
}

fn missing() -> io::Error {
    io::Error::from(io::ErrorKind::NotConnected)
}

/// `address` may be IPv6; ADDRESS and PORT come as two words.
fn endpoint(words: &[&str]) -> (String, u16) {
    (words[1].to_string(), words[2].parse().unwrap_or(0))
}

impl Sockets {
    fn listener(&self) -> io::Result<&TcpListener> {
        self.listener.as_ref().ok_or_else(missing)
    }

    fn connection(&self) -> io::Result<&TcpStream> {
        self.connection.as_ref().ok_or_else(missing)
    }

    fn act(&mut self, words: &[&str]) -> io::Result<String> {
        let nothing = Ok(String::new());
        match words[0] {
            "serve" => self.listener = Some(TcpListener::bind(endpoint(words))?),
            "accept" => self.connection = Some(self.listener()?.accept()?.0),
            "connect" => self.connection = Some(TcpStream::connect(endpoint(words))?),
            "send" => self.connection()?.write_all(words[1].as_bytes())?,
            "finish" => self.connection()?.shutdown(Shutdown::Write)?,
            "hangup" => self.connection = None,
            "unserve" => self.listener = None,
            "address" => return text(self.listener()?.local_addr()?),
            "local" => return text(self.connection()?.local_addr()?),
            "peer" => return text(self.connection()?.peer_addr()?),
            "recv" => {
                let mut bytes = [0; 1023];
                let n = self.connection()?.read(&mut bytes)?;
                return text(String::from_utf8_lossy(&bytes[..n]));
            }
            "exit" => std::process::exit(words[1].parse().unwrap_or(99)),
            _ => return text("what?"),
        }
        nothing
    }
}

fn text(words: impl Display) -> io::Result<String> {
    Ok(words.to_string())
}

fn main() -> io::Result<()> {
    let mut sockets = Sockets::default();

    for line in io::stdin().lines() {
        let line = line?;
        let mut words: Vec<&str> = line.split(' ').collect();
        words.resize(8, "");
        match sockets.act(&words) {
            Ok(answer) if answer.is_empty() => println!("ok"),
            Ok(answer) => println!("ok {answer}"),
            Err(e) => println!("error {:?}", e.kind()),
        }
    }
    Ok(())
}
