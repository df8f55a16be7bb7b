//! An echo server on tokio_wasi, a task a connection.

use std::io;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

#[tokio::main(flavor = "current_thread")]
async fn main() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:8080").await?;

    loop {
        let (connection, _) = listener.accept().await?;
        tokio::spawn(async move {
            if let Err(e) = echo(connection).await {
                eprintln!("tokio_echo: {e}");
            }
        });
    }
}

async fn echo(mut connection: TcpStream) -> io::Result<()> {
    let mut chunk = vec![0; 1 << 16];

    loop {
        let n = connection.read(&mut chunk).await?;
        if n == 0 {
            return Ok(());
        }
        connection.write_all(&chunk[..n]).await?;
    }
}
