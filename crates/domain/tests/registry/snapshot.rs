//! What a snapshot holds, what it is made of, and what becomes of files that are no registry at all.

use std::path::Path;

use domain::registry::{Format, Registry, Signing, Target};
use domain::{Limits, Mnemonic, ParticipantCode, Sid};
use proptest::prelude::*;

use crate::demo::{ENTRY, Memory};

#[test]
fn the_demo_region_loads_whole() {
    let registry = Memory::demo().loaded();
    assert_eq!(registry.node().id, "64");
    assert_eq!(registry.listen().public_url, "http://127.0.0.1:8080");
    assert_eq!(registry.journal().directory, Path::new("/region/data"));
    assert_eq!(registry.trust().anchors.len(), 1);
    assert_eq!(
        registry.federal().unwrap().tls.as_ref().unwrap().client.as_ref().unwrap().key.octets(),
        *b"octets of certs/node/tls.key.pem"
    );
    assert_eq!(registry.limits().message_bytes, 5 << 20);
    assert_eq!(registry.limits().answer_deadline_ms, 45_000);
    assert_eq!(registry.limits().connections, Limits::default().connections);

    let social = registry.system(&Mnemonic::new("SOCZ01641").unwrap()).unwrap();
    assert_eq!(social.certificates.len(), 2);
    assert!(social.is_called("SOC") && social.is_called("SOCZ01641") && !social.is_called("ZAGS01641"));
    let hosted = registry.system(&Mnemonic::new("ADMS01641").unwrap()).unwrap();
    assert!(matches!(&hosted.signature, Signing::Hosted { token_sha256, .. } if token_sha256[0] == 0x9f));
    let stores: Vec<_> =
        registry.participants().iter().filter(|one| one.keeps_store()).map(|one| one.code.as_str()).collect();
    assert_eq!(stores, ["SOCZ", "ZAGS", "ADMS", "RPGU"]);
    assert!(registry.participant(&ParticipantCode::new("FNS0").unwrap()).is_some());

    let versions: Vec<_> = registry.service_versions(&Sid::new("SID6400001").unwrap()).collect();
    assert_eq!(versions.iter().map(|one| one.version.as_str()).collect::<Vec<_>>(), ["1.00", "2.00"]);
    assert_eq!((versions[0].format, versions[1].format), (Format::Strict, Format::Lenient));
    let taxes = registry.services().first().unwrap();
    assert_eq!(taxes.answer_deadline(registry.limits()).as_secs(), 30);
    assert_eq!(versions[1].answer_deadline(registry.limits()).as_secs(), 45);
    assert_eq!(
        (taxes.message_bytes(registry.limits()), versions[1].message_bytes(registry.limits())),
        (1 << 20, 5 << 20)
    );
    assert_eq!(registry.routes()[0].to, Target::Federal);
    assert_eq!(registry.access_rows().len(), 3);
    assert_eq!(registry.access_rows()[1].place.to_string(), "routes.d/access.toml:9");
    assert!(registry.remarks().is_empty());
}

#[test]
fn the_manifest_is_that_of_sha256sum_and_every_file_counts() {
    let region = Memory::demo();
    let whole = region.loaded();
    // printf %s 'octets of certs/is/zags.pem' | sha256sum
    let line = "07dac16d196aa6e7dd8c5a9b024ce25957543928391d0f40bcb4beaf24fcc2d8  certs/is/zags.pem\n";
    assert!(whole.manifest().contains(line), "{}", whole.manifest());
    assert_eq!(whole.manifest().lines().count(), region.0.len(), "every file of the region is used");
    assert_eq!(whole.digest(), region.loaded().digest());
    for path in region.0.keys() {
        let mut changed = region.clone();
        changed.0.get_mut(path).unwrap().push(b'\n');
        assert_ne!(changed.loaded().digest(), whole.digest(), "{}", path.display());
    }
}

#[test]
fn debug_output_shows_no_private_key() {
    let shown = format!("{:?}", Memory::demo().loaded());
    assert!(shown.contains("certs/node/node.key.pem"));
    assert!(!shown.contains("octets of") && !shown.contains(&format!("{:?}", b"octets").replace(['[', ']'], "")));
}

#[test]
fn what_is_no_error_but_odd_is_remarked() {
    let region = Memory::demo()
        .edited("routes.toml", "admin = \"127.0.0.1:8081\"", "admin = \"0.0.0.0:8081\"")
        .edited("routes.toml", "[[route]]\nservice = \"SID6400001\"\nto = \"http://10.64.1.7:8080/zags\"\n", "")
        .edited("routes.toml", "[\"routes.d/*.toml\"]", "[\"routes.d/*.toml\", \"rotues.d/*.toml\"]");
    let remarks: Vec<_> = region.loaded().remarks().iter().map(ToString::to_string).collect();
    assert_eq!(
        remarks,
        [
            "routes.toml:3:31: include: \"rotues.d/*.toml\" finds no file\n  \
             hint: mend the path, unless nothing is registered yet",
            "routes.toml:14:1: listen.admin: the admin plane can be reached from other machines at 0.0.0.0:8081\n  \
             hint: bind it to 127.0.0.1 unless a firewall guards it",
            "routes.toml:127:1: service: SID6400001 2.00 has no route: every request for it is refused\n  \
             hint: add [[route]] with service = \"SID6400001\"",
        ]
    );
}

fn said(region: &Memory) -> Vec<String> {
    region.load().err().unwrap_or_default().iter().map(ToString::to_string).collect()
}

#[test]
fn a_file_that_cannot_be_read_does_not_make_its_names_unknown() {
    let mut region = Memory::demo();
    region.0.remove(Path::new(ENTRY));
    assert_eq!(
        said(&region),
        [
            "routes.toml:1:1: cannot read routes.toml: no such file\n  hint: paths are relative to the directory of the file they are written in"
        ]
    );

    let mut region = Memory::demo();
    region.0.insert("/region/routes.d/access.toml".into(), b"# \xd0\x9f\n\xcf\xf0\xe8".to_vec());
    assert_eq!(said(&region), ["routes.d/access.toml:2:1: is not UTF-8 from here on\n  hint: save the file as UTF-8"]);

    let moved = Memory::demo()
        .edited("routes.toml", "include = [\"routes.d/*.toml\"]", "include = [\"routes.d/*.toml\", \"systems.toml\"]")
        .edited("routes.toml", "[[system]]\nmnemonic = \"ZAGS01641\"\nparticipant = \"ZAGS\"\ncertificates = [\"certs/is/zags.pem\"]\nsignature = \"own\"\n", "");
    assert_eq!(
        said(&moved),
        [
            "routes.toml:3:31: include: cannot read systems.toml: no such file\n  hint: paths are relative to the directory of the file they are written in"
        ]
    );
}

#[test]
fn included_files_name_paths_from_their_own_directory() {
    let system = "[[system]]\nmnemonic = \"ZAGS01641\"\nparticipant = \"ZAGS\"\ncertificates = [\"certs/is/zags.pem\"]\nsignature = \"own\"\n";
    let mut region = Memory::demo().edited("routes.toml", system, "");
    region.0.insert("/region/routes.d/zags.toml".into(), system.replace("certs", "../certs").into_bytes());
    let zags = Mnemonic::new("ZAGS01641").unwrap();
    let registry = region.loaded();
    let found = registry.system(&zags).unwrap();
    assert_eq!(found.certificates[0].path, Path::new("/region/certs/is/zags.pem"));
    assert_eq!(found.place.to_string(), "routes.d/zags.toml:1");
    // An editor's lock file and a backup are not part of the registry.
    region.0.insert("/region/routes.d/.#zags.toml".into(), b"]".to_vec());
    region.0.insert("/region/routes.d/zags.toml~".into(), b"]".to_vec());
    assert_eq!(region.loaded().digest(), registry.digest());
}

#[test]
fn a_registry_of_unreasonable_size_is_refused() {
    let mut region = Memory::demo().edited("routes.toml", "depth = 80", "registry_files_bytes = \"64 KiB\"");
    region.0.insert("/region/certs/is/zags.pem".into(), vec![b'x'; 65 << 10]);
    let said = said(&region).join("\n");
    assert!(said.contains("limits.registry_files_bytes: the files of the registry hold"), "{said}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// Loading ends with a snapshot or with problems, whatever the text.
    #[test]
    fn no_text_breaks_the_loader(at in 0.0..1.0f64, length in 0usize..40, put in "[\\[\\]\"'={}#\\\\ \na-zЯ0-9.]{0,20}") {
        let mut region = Memory::demo();
        let text = String::from_utf8(region.0[Path::new(ENTRY)].clone()).unwrap();
        let characters: Vec<char> = text.chars().collect();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "a position for a test")]
        let at = (at * characters.len() as f64) as usize;
        let after = characters.iter().skip(at + length);
        let broken: String = characters.iter().take(at).copied().chain(put.chars()).chain(after.copied()).collect();
        region.0.insert(ENTRY.into(), broken.into_bytes());
        if let Err(problems) = Registry::load(Path::new(ENTRY), &region) {
            prop_assert!(!problems.is_empty());
        }
    }
}

#[test]
fn two_contours_share_neither_keys_nor_journal() {
    let one = Memory::demo().loaded();
    let production = Memory::demo()
        .edited("routes.toml", "contour = \"test\"\nalgorithms = \"gost-and-test\"", "contour = \"production\"")
        .edited("routes.toml", "directory = \"data\"", "directory = \"data-production\"");
    let mut apart = production.clone();
    for (path, octets) in &mut apart.0 {
        if path.extension().is_some_and(|extension| extension == "pem") {
            octets.extend(b" of production");
        }
    }
    assert_eq!(one.shared_with(&apart.loaded()), []);
    let shared = one.shared_with(&production.loaded());
    let told: Vec<_> = shared.iter().map(|problem| format!("{}: {}", problem.key, problem.what)).collect();
    assert!(
        told.contains(&"node.certificate: the node has the same certificate in both contours".to_owned()),
        "{told:#?}"
    );
    let system = "system.certificates: socz-2026.pem is registered in the other contour too, for SOCZ01641";
    assert!(told.contains(&system.to_owned()), "{told:#?}");
    let itself: Vec<_> = one.shared_with(&one).into_iter().map(|problem| problem.key).collect();
    assert!(itself.starts_with(&["node.contour".to_owned(), "journal.directory".to_owned()]), "{itself:?}");
}
