//! What the build and the tests need from the system, and how Debian and Ubuntu call it.
//!
//! Nothing is installed that is there already: each need is looked for itself, not its package.
//! Other distributions are told what to install; nothing is tried there.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::apt;
use crate::failure::Failure;
use crate::process::succeeds;
use crate::referee;

/// What for the machine is being prepared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum For {
    /// Building and running the bus.
    Build,
    /// The tests too: the independent implementations that judge ours, where the system has them.
    Tests,
}

struct Need {
    what: &'static str,
    why: &'static str,
    /// A build cannot do without; the rest makes tests more telling.
    required: bool,
    present: fn() -> bool,
    /// Sets of package names, the best first: releases name things differently.
    packages: fn() -> Vec<Vec<String>>,
}

const NEEDS: [Need; 11] = [
    Need {
        what: "pkg-config",
        why: "tells the build where libxml2 and libxmlsec1 are",
        required: true,
        present: || succeeds("pkg-config", &["--version"]),
        packages: || vec![names(&["pkgconf"]), names(&["pkg-config"])],
    },
    Need {
        what: "libxml2 with headers",
        why: "parses and canonicalises signed XML",
        required: true,
        present: || succeeds("pkg-config", &["--exists", "libxml-2.0"]),
        packages: || vec![names(&["libxml2-dev"])],
    },
    Need {
        what: "libxmlsec1 with headers",
        why: "reads and checks XML signatures",
        required: true,
        present: || succeeds("pkg-config", &["--exists", "xmlsec1"]),
        packages: || vec![names(&["libxmlsec1-dev"])],
    },
    Need {
        what: "libclang",
        why: "reads those headers to make the bindings (bindgen)",
        required: true,
        present: || libclang_is_in(Path::new("/usr")),
        packages: libclang_packages,
    },
    Need {
        what: "C++ compiler",
        why: "builds libFuzzer, which tries the readers of this repository on octets nobody thought of",
        required: false,
        present: || succeeds("c++", &["--version"]),
        packages: || vec![names(&["g++"])],
    },
    Need {
        what: "openssl",
        why: "a second opinion on certificates in tests",
        required: false,
        present: || succeeds("openssl", &["version"]),
        packages: || vec![names(&["openssl"])],
    },
    Need {
        what: "GOST engine of OpenSSL",
        why: "a second opinion on GOST signatures in tests; Debian 13 has none, the tests say so and go on",
        required: false,
        present: gost_engine_is_there,
        packages: || vec![names(&["libengine-gost-openssl"])],
    },
    Need {
        what: "xmlsec1",
        why: "a second opinion on XML signatures in tests",
        required: false,
        present: || succeeds("xmlsec1", &["--version"]),
        packages: || vec![names(&["xmlsec1"])],
    },
    Need {
        what: "Python with lxml",
        why: "another canonicalization and another sender of messages in tests",
        required: false,
        present: referee::has_lxml,
        packages: || vec![names(&["python3-lxml"])],
    },
    Need {
        what: "pip",
        why: "fetches gostcrypto for that sender, into this repository's target directory",
        required: false,
        present: referee::has_pip,
        packages: || vec![names(&["python3-pip"])],
    },
    Need {
        what: "softhsm2",
        why: "a token in software, for the tests of keys on tokens",
        required: false,
        present: || succeeds("softhsm2-util", &["--version"]),
        packages: || vec![names(&["softhsm2"])],
    },
];

/// Installs what is missing; succeeds at once when nothing is.
pub(crate) fn ensure(purpose: For) -> Result<(), Failure> {
    let missing: Vec<&Need> =
        NEEDS.iter().filter(|need| (need.required || purpose == For::Tests) && !(need.present)()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let required = missing.iter().any(|need| need.required);
    if !succeeds("apt-get", &["--version"]) {
        return if required { Err(without_apt(&missing)) } else { Ok(()) };
    }
    let Some(user) = apt::User::find() else {
        // A second opinion alone is not worth a stop.
        return if required { Err(apt::ask_root(&wanted(&missing))) } else { Ok(()) };
    };
    let mut chosen = choose(&missing);
    let incomplete = chosen.iter().any(Choice::is_short);
    if incomplete && (required || apt::lists_are_empty()) {
        println!("setup: refreshing the package lists (apt-get update)");
        user.update()?;
        chosen = choose(&missing);
    }
    install(&user, &chosen, required)?;
    match NEEDS.iter().find(|need| need.required && !(need.present)()) {
        None => Ok(()),
        Some(need) => Err(Failure::with_hint(
            format!("still missing after the installation: {}", need.what),
            "is it installed in an unusual place? PKG_CONFIG_PATH and LIBCLANG_PATH name such places",
        )),
    }
}

/// A missing need and the packages that this release offers for it.
struct Choice<'a> {
    need: &'a Need,
    packages: Option<Vec<String>>,
}

impl Choice<'_> {
    fn is_short(&self) -> bool {
        self.packages.is_none()
    }
}

fn choose<'a>(missing: &[&'a Need]) -> Vec<Choice<'a>> {
    let choice = |need: &&'a Need| Choice {
        need,
        packages: (need.packages)().into_iter().find(|set| set.iter().all(|name| apt::offers(name))),
    };
    missing.iter().map(choice).collect()
}

fn install(user: &apt::User, chosen: &[Choice<'_>], required: bool) -> Result<(), Failure> {
    let mut packages = Vec::new();
    for Choice { need, packages: set } in chosen {
        match set {
            Some(set) => {
                println!("setup: {} for {}: {}", set.join(" "), need.what, need.why);
                packages.extend(set.iter().cloned());
            }
            None if need.required => {
                return Err(Failure::with_hint(
                    format!("no package of this release provides {}", need.what),
                    "install it by hand; `cargo xtask setup` looks for the thing itself, not for a package",
                ));
            }
            None => {}
        }
    }
    if packages.is_empty() {
        return Ok(());
    }
    match user.install(&packages) {
        // Lists of yesterday name packages that the mirror has replaced since.
        Err(_) => user.update().and_then(|()| user.install(&packages)),
        done => done,
    }
    .or_else(|failure| if required { Err(failure) } else { Ok(()) })
}

/// The first set of names of every need: for a person to type.
fn wanted(missing: &[&Need]) -> Vec<String> {
    missing
        .iter()
        .filter(|need| need.required)
        .filter_map(|need| {
            let sets = (need.packages)();
            let offered = sets.iter().find(|set| set.iter().all(|n| apt::offers(n)));
            offered.or(sets.last()).cloned()
        })
        .flatten()
        .collect()
}

fn without_apt(missing: &[&Need]) -> Failure {
    let mut what = "missing on this machine, which has no apt-get:".to_owned();
    for need in missing.iter().filter(|need| need.required) {
        what.push_str("\n  ");
        what.push_str(need.what);
        what.push_str(": ");
        what.push_str(need.why);
    }
    Failure::with_hint(what, "install them with the package manager of this system")
}

fn names(of: &[&str]) -> Vec<String> {
    of.iter().map(|&name| name.to_owned()).collect()
}

/// The library and the headers that belong to it are enough for bindgen: 47 MB to fetch on Debian 12
/// where `libclang-dev` takes 72 MB.
/// The release's preferred version is the one that `libclang-dev` stands for.
fn libclang_packages() -> Vec<Vec<String>> {
    let mut sets = Vec::new();
    if let Some(version) = apt::depends("libclang-dev").iter().find_map(|name| clang_version(name)) {
        sets.push(vec![format!("libclang1-{version}"), format!("libclang-common-{version}-dev")]);
    }
    sets.push(names(&["libclang-dev"]));
    sets
}

/// `14` of `libclang-14-dev`.
fn clang_version(package: &str) -> Option<&str> {
    let version = package.strip_prefix("libclang-")?.strip_suffix("-dev")?;
    let digits = !version.is_empty() && version.chars().all(|c| c.is_ascii_digit());
    digits.then_some(version)
}

/// Whether the library and its `stddef.h` are under `/usr` or where the environment says.
fn libclang_is_in(usr: &Path) -> bool {
    if std::env::var_os("LIBCLANG_PATH").is_some() {
        return true;
    }
    let llvms = children(&usr.join("lib"), |name| name.starts_with("llvm"));
    let library = |directory: &PathBuf| !children(directory, is_libclang).is_empty();
    let headers = |lib: &PathBuf| {
        children(&lib.join("clang"), |_| true).iter().any(|version| version.join("include/stddef.h").is_file())
    };
    let mut libs: Vec<PathBuf> = llvms.iter().map(|llvm| llvm.join("lib")).collect();
    libs.extend([usr.join("lib"), usr.join("lib64"), usr.join("local/lib")]);
    libs.iter().any(|lib| library(lib) && headers(lib))
}

/// `libclang.so`, `libclang.so.1`, `libclang-14.so.1`; not the C++ interface, `libclang-cpp.so.14`.
fn is_libclang(file: &str) -> bool {
    let Some(rest) = file.strip_prefix("libclang") else {
        return false;
    };
    let version = rest.strip_prefix('-').map_or(rest, |rest| rest.trim_start_matches(|c: char| c.is_ascii_digit()));
    version == ".so" || version.starts_with(".so.")
}

fn gost_engine_is_there() -> bool {
    children(Path::new("/usr/lib"), |name| name.ends_with("-linux-gnu"))
        .iter()
        .flat_map(|lib| children(lib, |name| name.starts_with("engines-")))
        .any(|engines| engines.join("gost.so").is_file())
}

fn children(directory: &Path, wanted: impl Fn(&str) -> bool) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(directory).into_iter().flatten();
    entries
        .filter_map(Result::ok)
        .filter(|entry| entry.file_name().to_str().is_some_and(&wanted))
        .map(|entry| entry.path())
        .collect()
}

/// The user id of this process; `None` where the system does not tell.
pub(crate) fn user_id() -> Option<u32> {
    std::fs::metadata("/proc/self").ok().map(|me| me.uid())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_release_says_which_clang() {
        assert_eq!(clang_version("libclang-14-dev"), Some("14"));
        for other in ["libclang-common-14-dev", "libclang-dev", "libclang--dev", "clang-14"] {
            assert_eq!(clang_version(other), None, "{other}");
        }
    }

    #[test]
    fn the_library_is_known_by_its_names() {
        for name in ["libclang.so", "libclang.so.1", "libclang-14.so.1", "libclang-19.so.19"] {
            assert!(is_libclang(name), "{name}");
        }
        for other in ["libclang-cpp.so.14", "libclang.a", "libclangAST.so", "libclang-14.sock"] {
            assert!(!is_libclang(other), "{other}");
        }
    }

    #[test]
    fn libclang_without_its_headers_is_not_enough() {
        let usr = std::env::temp_dir().join(format!("xtask-libclang-{}", std::process::id()));
        let lib = usr.join("lib/llvm-14/lib");
        let include = lib.join("clang/14.0.6/include");
        std::fs::create_dir_all(&include).expect("a temporary directory");
        std::fs::write(lib.join("libclang-14.so.1"), "").expect("a file");
        let without = libclang_is_in(&usr);
        std::fs::write(include.join("stddef.h"), "").expect("a file");
        let with = libclang_is_in(&usr);
        std::fs::remove_dir_all(&usr).expect("cleaning up");
        if std::env::var_os("LIBCLANG_PATH").is_none() {
            assert!(!without);
        }
        assert!(with);
    }

    #[test]
    fn every_need_says_what_it_is_for() {
        for need in &NEEDS {
            assert!(!need.what.is_empty() && !need.why.is_empty());
        }
        assert!(NEEDS.iter().any(|need| need.required));
    }
}
