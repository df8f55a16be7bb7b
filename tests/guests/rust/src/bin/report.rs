//! What a program can see of how it was started: arguments, environment, directory entries.
//! report [ARG]...; an argument "ls:PATH" lists a directory, "exit:N" ends with that code.

use std::{env, fs, process};

fn main() {
    for arg in env::args() {
        println!("arg {arg:?}");
    }
    for (name, value) in env::vars() {
        println!("env {name}={value}");
    }
    for path in env::args().filter_map(|a| a.strip_prefix("ls:").map(str::to_string)) {
        list(&path);
    }
    if let Some(code) = env::args().find_map(|a| a.strip_prefix("exit:")?.parse().ok()) {
        process::exit(code);
    }
}

fn list(path: &str) {
    match fs::read_dir(path) {
        Err(e) => println!("ls {path}: {:?}", e.kind()),
        Ok(entries) => {
            let mut names: Vec<String> =
                entries.flatten().map(|e| e.file_name().to_string_lossy().into_owned()).collect();
            names.sort();
            println!("ls {path}: {}", names.join(" "));
        }
    }
}
