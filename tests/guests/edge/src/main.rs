//! The crate wasmedge_wasi_socket 0.5 over both ends of a connection, datagrams and lookups. A failure ends it with
//! words; else the last line is "all is well".

use std::io::{ErrorKind, Read, Result, Write};
use wasmedge_wasi_socket::{nslookup, Shutdown, TcpListener, TcpStream, UdpSocket};

fn stream() -> Result<()> {
    let listener = TcpListener::bind("127.0.0.1:4000", false)?;
    let mut client = TcpStream::connect("127.0.0.1:4000")?;
    let (mut server, peer) = listener.accept(false)?;
    assert_eq!(peer, client.local_addr()?);
    assert_eq!(client.peer_addr()?.to_string(), "127.0.0.1:4000");
    client.write_all(b"ping")?;
    client.shutdown(Shutdown::Write)?;
    let mut heard = String::new();
    server.read_to_string(&mut heard)?;
    assert_eq!(heard, "ping");
    Ok(())
}

fn datagram() -> Result<()> {
    let receiver = UdpSocket::bind("127.0.0.1:4001")?;
    let sender = UdpSocket::bind("127.0.0.1:4002")?;
    let mut bytes = [0; 100];
    sender.send_to(b"datagram", "127.0.0.1:4001")?;
    let (n, from) = receiver.recv_from(&mut bytes)?;
    assert_eq!(&bytes[..n], b"datagram");
    assert_eq!(from.to_string(), "127.0.0.1:4002");
    Ok(())
}

fn main() -> Result<()> {
    stream()?;
    datagram()?;
    assert_eq!(nslookup("localhost", "http")?[0].to_string(), "127.0.0.1:80");
    let refused = TcpStream::connect("127.0.0.1:4009").unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
    let denied = nslookup("example.com", "http").unwrap_err();
    assert_eq!(denied.kind(), ErrorKind::PermissionDenied);
    println!("all is well");
    Ok(())
}
