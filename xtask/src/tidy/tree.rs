//! Reads the text files of the repository; what `.gitignore` leaves out at the top is left out here.

use std::fs;
use std::path::Path;

use crate::failure::Failure;

/// A text file: its path from the root of the repository, with `/`, and its content.
pub(crate) struct Text {
    pub(crate) path: String,
    pub(crate) content: String,
}

impl Text {
    /// Whether it is Rust.
    pub(crate) fn is_rust(&self) -> bool {
        self.extension() == Some("rs")
    }

    /// Whether it is prose for people.
    pub(crate) fn is_document(&self) -> bool {
        self.extension() == Some("md")
    }

    /// The crate a file belongs to: `gost` of `crates/gost/src/lib.rs`, `xtask` of `xtask/…`.
    pub(crate) fn package(&self) -> Option<&str> {
        let mut parts = self.path.split('/');
        match parts.next() {
            Some("crates") => parts.next(),
            Some("xtask") => Some("xtask"),
            _ => None,
        }
    }

    fn extension(&self) -> Option<&str> {
        Path::new(&self.path).extension()?.to_str()
    }
}

/// Every text file under the root, in the order of their paths.
pub(crate) fn read(root: &Path) -> Result<Vec<Text>, Failure> {
    let ignored = fs::read_to_string(root.join(".gitignore")).unwrap_or_default();
    let ignored = ignored_at_the_top(&ignored);
    let mut texts = Vec::new();
    walk(root, "", &ignored, &mut texts)
        .map_err(|error| Failure::new(format!("the repository cannot be read: {error}")))?;
    texts.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(texts)
}

/// `/target` and the like; other patterns of `.gitignore` are not needed here.
fn ignored_at_the_top(gitignore: &str) -> Vec<&str> {
    let mut names = vec![".git"];
    names.extend(
        gitignore.lines().filter_map(|line| line.trim().strip_prefix('/')).map(|name| name.trim_end_matches('/')),
    );
    names
}

fn walk(directory: &Path, prefix: &str, ignored: &[&str], texts: &mut Vec<Text>) -> std::io::Result<()> {
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = format!("{prefix}{name}");
        if prefix.is_empty() && ignored.contains(&name.as_str()) {
            continue;
        }
        let kind = entry.file_type()?;
        if kind.is_dir() {
            walk(&entry.path(), &format!("{path}/"), ignored, texts)?;
        } else if kind.is_file()
            // What is not UTF-8 is nobody's prose and nobody's program.
            && let Ok(content) = String::from_utf8(fs::read(entry.path())?)
        {
            texts.push(Text { path, content });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn generated_trees_are_not_read() {
        let names = ignored_at_the_top("/target\n/demo/\n*.tmp\n");
        assert_eq!(names, [".git", "target", "demo"]);
    }

    #[test]
    fn a_file_knows_its_crate() {
        let text = |path: &str| Text { path: path.to_owned(), content: String::new() };
        assert_eq!(text("crates/gost/src/lib.rs").package(), Some("gost"));
        assert_eq!(text("xtask/src/main.rs").package(), Some("xtask"));
        assert_eq!(text("tests/whole_way.rs").package(), None);
    }
}
