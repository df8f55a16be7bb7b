//! std::net on wasip2 with both ends inside one guest, over IPv4 and IPv6. Panics at what is not as on Linux.

use std::io::{ErrorKind, Read, Write};
use std::net::{
    IpAddr, Ipv4Addr, Ipv6Addr, Shutdown, SocketAddr, TcpListener, TcpStream, ToSocketAddrs,
    UdpSocket,
};
use std::time::Duration;

fn stream(ip: IpAddr) {
    let listener = TcpListener::bind((ip, 0)).unwrap();
    let at = listener.local_addr().unwrap();
    let mut client = TcpStream::connect(at).unwrap();
    let (mut server, peer) = listener.accept().unwrap();

    assert_eq!(at.ip(), ip);
    assert_eq!(peer, client.local_addr().unwrap());
    assert_eq!(client.peer_addr().unwrap(), at);

    client.write_all(b"question").unwrap();
    client.shutdown(Shutdown::Write).unwrap();
    let mut question = String::new();
    server.read_to_string(&mut question).unwrap();
    assert_eq!(question, "question");

    server.write_all(b"answer").unwrap();
    drop(server);
    let mut answer = String::new();
    client.read_to_string(&mut answer).unwrap();
    assert_eq!(answer, "answer");

    drop(listener);
    assert_eq!(
        TcpStream::connect(at).unwrap_err().kind(),
        ErrorKind::ConnectionRefused
    );
}

fn nobody_answers(ip: IpAddr) {
    let listener = TcpListener::bind((ip, 0)).unwrap();
    let mut client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let (_server, _) = listener.accept().unwrap();

    client
        .set_read_timeout(Some(Duration::from_millis(20)))
        .unwrap();
    assert!(matches!(
        client.read(&mut [0; 8]).unwrap_err().kind(),
        ErrorKind::WouldBlock | ErrorKind::TimedOut
    ));
    client.set_nonblocking(true).unwrap();
    assert_eq!(
        client.read(&mut [0; 8]).unwrap_err().kind(),
        ErrorKind::WouldBlock
    );
    listener.set_nonblocking(true).unwrap();
    assert_eq!(listener.accept().unwrap_err().kind(), ErrorKind::WouldBlock);
}

fn datagrams(ip: IpAddr) {
    let [a, b] = [(); 2].map(|()| UdpSocket::bind((ip, 0)).unwrap());
    let [at_a, at_b] = [&a, &b].map(|s| s.local_addr().unwrap());
    let mut datagram = [0; 100];

    assert_eq!(a.send_to(b"question", at_b).unwrap(), 8);
    assert_eq!(b.recv_from(&mut datagram).unwrap(), (8, at_a));
    b.connect(at_a).unwrap();
    assert_eq!(b.peer_addr().unwrap(), at_a);
    assert_eq!(b.send(b"answer").unwrap(), 6);
    assert_eq!(a.recv_from(&mut datagram).unwrap(), (6, at_b));
    assert_eq!(&datagram[..6], b"answer");
}

fn names() {
    let literal = SocketAddr::from(([127, 0, 0, 1], 80));

    assert_eq!(
        "127.0.0.1:80"
            .to_socket_addrs()
            .unwrap()
            .collect::<Vec<_>>(),
        [literal]
    );
    assert!("localhost:80"
        .to_socket_addrs()
        .unwrap()
        .any(|found| found == literal));
    assert!("name.invalid:80".to_socket_addrs().is_err());
}

fn main() {
    for ip in [
        IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(Ipv6Addr::LOCALHOST),
    ] {
        stream(ip);
        nobody_answers(ip);
        datagrams(ip);
    }
    names();
    println!("within: all is well");
}
