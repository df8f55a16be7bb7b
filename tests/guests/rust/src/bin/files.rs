//! Files through the standard library, beneath the directory that the argument names. Any surprise is a panic.

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::Path;

fn main() {
    let root = std::env::args().nth(1).expect("a directory");
    let dir = Path::new(&root).join("work");

    fs::create_dir(&dir).expect("create_dir");
    assert_eq!(fs::create_dir(&dir).unwrap_err().kind(), ErrorKind::AlreadyExists);
    contents(&dir.join("a"));
    entries(&dir);
    sizes(&dir.join("a"));
    fs::remove_dir_all(&dir).expect("remove_dir_all");
    assert_eq!(fs::metadata(&dir).unwrap_err().kind(), ErrorKind::NotFound);
    println!("files: all is well");
}

fn contents(path: &Path) {
    fs::write(path, "one two three").expect("write");
    OpenOptions::new().append(true).open(path).and_then(|mut f| f.write_all(b" four")).expect("append");
    assert_eq!(fs::read_to_string(path).expect("read"), "one two three four");

    let mut file = OpenOptions::new().read(true).write(true).open(path).expect("open");
    let mut word = [0; 3];
    file.seek(SeekFrom::Start(4)).expect("seek");
    file.read_exact(&mut word).expect("read_exact");
    assert_eq!(&word, b"two");
    assert_eq!(file.stream_position().expect("tell"), 7);
    file.seek(SeekFrom::End(-4)).expect("seek from the end");
    file.write_all(b"FIVE").expect("write in the middle");
    file.sync_all().expect("sync");
    assert!(fs::read_to_string(path).expect("read again").ends_with("FIVE"));
    assert_eq!(File::open(path.with_extension("none")).unwrap_err().kind(), ErrorKind::NotFound);
}

fn entries(dir: &Path) {
    for i in 0..300 {
        fs::write(dir.join(format!("entry-{i}")), "").expect("many files");
    }
    fs::rename(dir.join("entry-0"), dir.join("moved")).expect("rename");
    fs::hard_link(dir.join("moved"), dir.join("linked")).expect("hard_link");
    fs::remove_file(dir.join("entry-1")).expect("remove_file");
    let mut names: Vec<_> = fs::read_dir(dir).expect("read_dir").map(|e| e.expect("entry").file_name()).collect();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), 301, "a, linked, moved and 298 entries, each once");
}

fn sizes(path: &Path) {
    let file = OpenOptions::new().write(true).open(path).expect("open");

    file.set_len(5).expect("set_len");
    let about = fs::metadata(path).expect("metadata");
    assert!(about.is_file());
    assert_eq!(about.len(), 5);
    assert!(about.modified().expect("modified").elapsed().expect("not in the future").as_secs() < 3600);
    assert!(fs::metadata(path.parent().unwrap()).expect("metadata of the folder").is_dir());
}
