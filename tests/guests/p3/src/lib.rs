//! A WASI 0.3 command: echoes on 127.0.0.1:8080, one connection after the other.
//! What a connection receives is handed to its own send side as a stream.

use wasip3::sockets::types::{IpAddressFamily, IpSocketAddress, Ipv4SocketAddress, TcpSocket};

wasip3::cli::command::export!(Echo);

struct Echo;

impl wasip3::exports::cli::run::Guest for Echo {
    async fn run() -> Result<(), ()> {
        let socket = TcpSocket::create(IpAddressFamily::Ipv4).expect("create");
        let address = IpSocketAddress::Ipv4(Ipv4SocketAddress { port: 8080, address: (127, 0, 0, 1) });
        socket.bind(address).expect("bind");
        let mut connections = socket.listen().expect("listen");

        while let Some(connection) = connections.next().await {
            let (received, end) = connection.receive();
            let sent = connection.send(received).await;
            if let Err(e) = sent.and(end.await) {
                eprintln!("p3: {e:?}");
            }
        }
        Ok(())
    }
}
