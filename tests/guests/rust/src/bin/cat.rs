//! stdin to stdout, and how much it was to stderr.

use std::io;

fn main() -> io::Result<()> {
    let n = io::copy(&mut io::stdin().lock(), &mut io::stdout().lock())?;

    eprintln!("cat: {n} bytes");
    Ok(())
}
