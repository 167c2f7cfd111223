//! scratch
use std::path::Path;
fn main() {
    let mut args = std::env::args().skip(1);
    let dir = args.next().unwrap();
    let r = stand::init(Path::new(&dir), &stand::InitOptions{force:true, ..Default::default()}, &mut std::io::stderr()).unwrap();
    println!("{} files", r.files);
}
