//! Rows that come back into the matrix with an old registry, after their applications gave no right any more.

use std::fs;

use super::{ACCESS, Office, told};

#[test]
fn a_revoked_right_that_an_old_registry_brings_back_is_told_and_goes_out_without_a_second_signature() {
    let office = Office::quiet();
    let (operator, owner) = (office.officer("Петрова А. А.", "operator"), office.officer("Инспекторов И. И.", "FNS0"));
    let (consumer, service) = ("SOCZ01641", "SID0003245");
    let of_another = format!("consumer = \"RPGU01641\"\nservice = \"{service}\"");
    office.region.edit(ACCESS, &format!("consumer = \"{consumer}\"\nservice = \"{service}\""), &of_another);
    let run = |words: &[&str]| office.region.run(words);
    let message = format!("services/{service}/1.00/control-example/request.xml");
    let explain = || run(&["explain", &message, "--service", service]);
    let number = office.request(consumer, service, &[]);
    office.signed(&["consent", &number], &owner).good();
    office.signed(&["approve", &number], &operator).good();
    explain().good();
    office.signed(&["revoke", &number, "--reason", "обращения прекращены"], &operator).good();
    told(&explain(), 1, "SMEV-100012");
    let (matrix, case) = (office.matrix(), office.case(&number));
    let path = office.region.path().join(format!("applications/{number}.jsonl"));
    let everywhere = |code: i32, said: &str, next: &str| {
        explain().good();
        let looks = [&["access", "list"][..], &["access", "why", consumer, service], &["access", "review"], &["check"]];
        for words in looks {
            let ran = run(words);
            let all = ran.text() + &ran.stderr;
            assert!(all.contains(said) && all.contains(next), "{words:?}: {all}");
            assert_eq!(ran.code, if words.ends_with(&["list"]) { code } else { 0 }, "{words:?}: {all}");
        }
    };
    let back = || run(&["registry", "rollback", "--reason", "ошибка в реестре"]).good();
    let (by_number, by_names) = (["revoke", &number], ["revoke", consumer, service]);
    let (expire, next) = (["expire", &number], format!("rsmev access revoke {number}"));
    for (words, said) in [
        (&by_number[..], format!("{number} is revoked, and its row {ACCESS}:")),
        (&by_names, "STILL IN FORCE".to_owned()),
        (&expire, "STILL IN FORCE".to_owned()),
        (&by_number, format!("{number}: its case file is missing")),
        (&by_names, "STILL IN FORCE".to_owned()),
    ] {
        back();
        if words == by_number && said.contains("missing") {
            fs::remove_file(&path).unwrap();
            let next = office.request("ZAGS01641", service, &[]);
            assert_ne!(next, number, "the row has the number still");
            fs::remove_file(office.region.path().join(format!("applications/{next}.jsonl"))).unwrap();
        }
        everywhere(0, &said, &next);
        office.access(&[words, &["--dry-run"]].concat()).good();
        explain().good();
        office.access(words).good();
        assert_eq!(office.matrix(), matrix);
        told(&explain(), 1, "SMEV-100012");
        told(&office.access(&["why", consumer, service]), 1, "has not been granted");
        let list = office.access(&["list"]).good();
        assert!(!list.stderr.contains("remark:"), "{}", list.stderr);
    }
    // Nothing is decided on a case that cannot be read; it is told.
    back();
    fs::write(&path, "damaged\n").unwrap();
    everywhere(1, "cannot be read", &format!("rsmev access show {number}"));
    told(&run(&["check"]), 0, &format!("remark: applications/{number}.jsonl:1: "));
    told(&office.access(&by_number), 1, &format!("applications/{number}.jsonl:1: "));
    fs::write(&path, &case).unwrap();
    office.access(&by_number).good();
    assert_eq!((office.matrix(), office.case(&number)), (matrix, case));
}
