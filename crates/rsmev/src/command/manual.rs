//! `rsmev completions` and `rsmev man`: what the shell and the manual reader of a machine are given, made of the words
//! themselves, so that they never tell another story than `--help`.

use std::fs;
use std::path::Path;

use clap_complete::Shell;

use crate::cli;
use crate::failure::Failure;
use crate::language::said;
use crate::print;

/// Name of the program.
const NAME: &str = "rsmev";

/// The completion script of a shell, to stdout.
pub(crate) fn completions(shell: Shell) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut cli::command(), NAME, &mut script);
    print::octets(&script)
}

/// One page of the manual a command, in a directory.
pub(crate) fn man(directory: &Path) -> Result<(), Failure> {
    let trouble = |error| Failure::system(&format!("write manual pages into {}", directory.display()), error);
    fs::create_dir_all(directory).map_err(trouble)?;
    clap_mangen::generate_to(cli::command(), directory).map_err(trouble)?;
    let place = directory.display();
    print::talk(&said(
        || format!("страницы руководства лежат в {place}; смотреть: man -l {place}/{NAME}.1"),
        || format!("the pages are in {place}; look at one: man -l {place}/{NAME}.1"),
    ));
    Ok(())
}
