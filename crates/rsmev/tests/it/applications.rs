//! Applications for access on their way through the command line: who may decide, what stands where afterwards, what an
//! interruption leaves, and what tampering with a case file comes to.

use std::fs;

use crate::golden;
use crate::issue::{Wanted, issue};
use crate::region::{Ran, Region};

mod old_registry;

const ACCESS: &str = "routes.d/access.toml";

/// A region with officers: two of the operator and a clerk, one of the tax service, one of the archive.
struct Office {
    region: Region,
    until: String,
}

/// An officer's certificate and key.
type Pair = [String; 2];

impl Office {
    fn new(region: Region) -> Office {
        let text = fs::read_to_string(region.path().join(ACCESS)).unwrap();
        let until = text.split_once("until = ").unwrap().1[..10].to_owned();
        Office { region, until }
    }

    fn quiet() -> Office {
        let region = Region::written();
        region.nobody_at_home();
        Office::new(region)
    }

    fn officer(&self, name: &str, side: &str) -> Pair {
        let pair = issue(&self.region, &Wanted { common_name: name, ..Wanted::default() });
        self.register(name, side, &pair, "");
        pair
    }

    fn register(&self, name: &str, side: &str, pair: &Pair, more: &str) {
        let row = format!("\n[[officer]]\nname = \"{name}\"\nside = \"{side}\"\ncertificate = \"{}\"\n{more}", pair[0]);
        self.region.append("routes.toml", &row);
    }

    fn access(&self, words: &[&str]) -> Ran {
        self.region.run(&[&["access"], words].concat())
    }

    fn signed(&self, words: &[&str], [certificate, key]: &Pair) -> Ran {
        self.access(&[words, &["--certificate", certificate, "--key", key]].concat())
    }

    fn request(&self, consumer: &str, service: &str, more: &[&str]) -> String {
        let words = ["--purpose", "назначение пособий", "--ground", "ст. 7 210-ФЗ", "--volume", "300"];
        let until = ["--until", &self.until, "--json"];
        let ran = self.access(&[&["request", consumer, service], &words[..], &until[..], more].concat());
        ran.good().json()["number"].as_str().unwrap().to_owned()
    }

    fn matrix(&self) -> String {
        fs::read_to_string(self.region.path().join(ACCESS)).unwrap()
    }

    fn case(&self, number: &str) -> String {
        fs::read_to_string(self.region.path().join(format!("applications/{number}.jsonl"))).unwrap()
    }

    fn state(&self, number: &str) -> String {
        self.access(&["show", number, "--json"]).good().json()["state"].as_str().unwrap().to_owned()
    }

    /// What a person reads, without what changes from run to run.
    fn shown(&self, words: &[&str], number: &str) -> String {
        let words = [&["access"], words].concat();
        let text = golden::shown(&format!("rsmev {}", words.join(" ")), &self.region.run(&words));
        let by = self.access(&["show", number, "--json"]).good().json()["history"][0]["by"].clone();
        text.replace(by.as_str().unwrap(), "<user>").replace(number, "<number>")
    }
}

fn told(ran: &Ran, code: i32, said: &str) {
    assert!(
        ran.code == code && ran.stderr.contains(said),
        "{code} {said:?}: {} {}{}",
        ran.code,
        ran.stderr,
        ran.text()
    );
}

#[test]
fn an_application_comes_over_the_owner_to_the_operator_into_the_matrix_and_out_again() {
    let office = Office::quiet();
    let (operator, owner) = (office.officer("Петрова А. А.", "operator"), office.officer("Инспекторов И. И.", "FNS0"));
    let other = office.officer("Архивова Р. Р.", "ARHV");
    let (consumer, service) = ("ZAGS01641", "SID0003245");
    let before = office.matrix();
    let number = office.request(consumer, service, &["--operations", "queryINN", "--contact", "отдел, 22-33-44"]);
    let why = ["why", consumer, service, "--lang", "ru"];
    let mut story = office.shown(&why, &number);
    for (ran, said) in [
        (office.signed(&["approve", &number], &operator), "FNS0, the owner of the service, has not agreed yet"),
        (office.signed(&["consent", &number], &other), "an officer of ARHV; consent needs one of FNS0"),
        (office.signed(&["consent", &number], &operator), "an officer of operator; consent needs one of FNS0"),
        (office.access(&["consent", &number]), "a decision is signed by a registered officer"),
    ] {
        assert!(ran.code != 0 && ran.stderr.contains(said) && ran.stderr.contains("hint:"), "{said}: {}", ran.stderr);
    }
    office.signed(&["consent", &number], &owner).good();
    story += &office.shown(&why, &number);
    story += &office.shown(&["list", "--lang", "en"], &number);
    told(&office.signed(&["approve", &number], &owner), 1, "grant needs one of operator");
    assert_eq!(office.matrix(), before);
    let russian = office.signed(&["approve", &number, "--lang", "ru"], &owner);
    assert!(russian.stderr.contains("сторона FNS0; для grant нужна сторона operator"), "{}", russian.stderr);
    office.signed(&["approve", &number], &operator).good();
    let row = format!(
        "\n[[access]]\nconsumer = \"{consumer}\"\nservice = \"{service}\"\noperations = [\"queryINN\"]\nuntil = {}\n\
         ground = \"ст. 7 210-ФЗ\"\napplication = \"{number}\"\n",
        office.until
    );
    let after = office.matrix();
    assert!(after.contains(&row), "{after}");
    assert_eq!(after.replace(&row, ""), before);
    office.region.run(&["check"]).good();
    story += &office.shown(&why, &number);
    story += &office.shown(&["show", &number, "--lang", "ru"], &number);
    told(&office.signed(&["approve", &number], &operator), 1, "grant is not possible: the application is granted");
    told(&office.signed(&["revoke", &number], &operator), 2, "a reason is needed");
    let revoke = ["revoke", consumer, service, "--reason", "обращения прекращены"];
    office.signed(&revoke, &operator).good();
    assert_eq!(office.matrix(), before, "all but the row stays as it was written");
    story += &office.shown(&["why", consumer, service, "--lang", "en"], &number);
    story += &office.shown(&["list", "--lang", "ru"], &number);
    golden::compare("access/way.txt", &story);
    told(&office.signed(&revoke, &operator), 1, "no granted application gives");
    told(
        &office.signed(&["revoke", "SOCZ01641", service, "--reason", "x"], &operator),
        1,
        "given without an application",
    );
}

#[test]
fn what_needs_no_consent_is_granted_in_one_step_and_never_without_an_application() {
    let office = Office::quiet();
    let operator = office.officer("Петрова А. А.", "operator");
    // A base resource, and an open service.
    for (consumer, service, operation) in
        [("ZAGS01641", "SID0064002", "GetBenefits"), ("MFCS01641", "SID0064004", "setStatus")]
    {
        let why = office.access(&["why", consumer, service, "--json"]);
        assert_eq!((why.code, &why.json()["allowed"]), (1, &false.into()));
        told(&office.signed(&["approve", "2026-999"], &operator), 1, "there is no application 2026-999");
        let number = office.request(consumer, service, &[]);
        assert_eq!(office.state(&number), "submitted");
        office.signed(&["approve", &number], &operator).good();
        let why = office.access(&["why", consumer, service, "--json"]).good().json();
        assert_eq!((&why["operation"], &why["application"]["number"]), (&operation.into(), &number.clone().into()));
        assert_eq!(why["application"]["decisions"][0]["officer"], "Петрова А. А.");
        // What it has already needs no second row; what is longer or wider does.
        let words = ["request", consumer, service, "--purpose", "п", "--ground", "о", "--volume", "1", "--until"];
        let same = [&words[..], &[&office.until, "--operations", operation]].concat();
        let already = format!("{consumer} has this right until {} already: row {ACCESS}:", office.until);
        told(&office.access(&same), 1, &already);
        told(&office.access(&same), 1, &format!("application {number}"));
        let later = office.until.parse::<jiff::civil::Date>().unwrap().tomorrow().unwrap().to_string();
        office.access(&[&words[..], &[&later, "--dry-run"]].concat()).good();
    }
    let number = office.request("RPGU01641", "SID0064005", &["--messages", "test"]);
    told(&office.signed(&["approve", &number], &operator), 1, "ARHV, the owner of the service, has not agreed yet");
    // An open service that is not in full use yet, and one that became so after the application.
    let number = office.request("ZAGS01641", "SID0064004", &[]);
    office.region.edit("routes.d/services.toml", "access = \"open\"", "access = \"open\"\nstage = \"trial\"");
    told(&office.signed(&["approve", &number], &operator), 1, "SID0064004 needs the consent of RPGU now");
    office.access(&["withdraw", &number, "--reason", "опытная эксплуатация"]).good();
    assert_eq!(office.state(&office.request("ZAGS01641", "SID0064004", &[])), "consent-asked");
}

#[test]
fn decisions_are_signed_by_registered_officers_in_office_only() {
    let office = Office::quiet();
    let made = |name, days| issue(&office.region, &Wanted { common_name: name, days, ..Wanted::default() });
    let number = office.request("ZAGS01641", "SID0064002", &[]);
    let stranger = made("Никто Н. Н.", (-1, 400));
    let ran = office.signed(&["approve", &number], &stranger);
    told(&ran, 1, "no officer is registered");
    assert!(
        ran.stderr.contains("hint: register one: `rsmev participant officer add --side operator|CODE"),
        "{}",
        ran.stderr
    );
    let (retired, ended) = (made("Бывший Б. Б.", (-30, 400)), made("Просроченный П. П.", (-30, -1)));
    office.register("Бывший Б. Б.", "operator", &retired, "until = 2026-01-31\n");
    office.register("Просроченный П. П.", "operator", &ended, "");
    let operator = office.officer("Петрова А. А.", "operator");
    let before = (office.matrix(), office.case(&number));
    told(&office.signed(&["approve", &number], &stranger), 1, "no officer has the certificate");
    told(&office.signed(&["approve", &number], &retired), 1, "was an officer until 2026-01-31");
    told(&office.signed(&["approve", &number], &ended), 1, "the officer needs a certificate in force");
    let mixed = [operator[0].clone(), stranger[1].clone()];
    told(&office.signed(&["approve", &number], &mixed), 1, "does not belong to");
    told(&office.access(&["approve", &number, "--certificate", &operator[0]]), 2, "--key");
    office.signed(&["approve", &number, "--dry-run"], &operator).good();
    assert_eq!((office.matrix(), office.case(&number)), before, "nothing of it is written");
    office.signed(&["approve", &number], &operator).good();
}

#[test]
fn where_two_persons_decide_one_is_not_enough_and_who_asked_is_none_of_them() {
    let office = Office::quiet();
    let [petrova, sidorov, clerk] =
        ["Петрова А. А.", "Сидоров С. С.", "Заявкина З. З."].map(|name| office.officer(name, "operator"));
    office.region.append("routes.toml", "\n[approval]\ntwo_persons = true\n");
    let request = ["request", "ZAGS01641", "SID0064002", "--purpose", "п", "--ground", "о", "--volume", "1", "--until"];
    let request = [&request[..], &[&office.until, "--json"]].concat();
    told(&office.access(&request), 1, "an application that two persons are to decide is not signed");
    let number = office.signed(&request, &clerk).good().json()["number"].as_str().unwrap().to_owned();
    let before = office.matrix();
    told(&office.signed(&["approve", &number], &clerk), 1, "Заявкина З. З. made the application");
    let first = office.signed(&["approve", &number], &petrova).good();
    assert!(first.text().contains("one of two approvals"), "{}", first.text());
    told(&office.signed(&["approve", &number], &petrova), 1, "Петрова А. А. has signed already");
    assert_eq!((office.matrix(), office.state(&number).as_str()), (before.clone(), "submitted"));
    office.signed(&["approve", &number], &sidorov).good();
    assert!(office.access(&["why", "ZAGS01641", "SID0064002"]).code == 0);
    assert_eq!(office.access(&["list"]).good().stderr, "");
    let revoke = ["revoke", &number, "--reason", "проверка"];
    office.signed(&revoke, &sidorov).good();
    told(&office.signed(&revoke, &sidorov), 1, "has signed already");
    assert_eq!(office.state(&number), "granted");
    office.signed(&revoke, &petrova).good();
    assert_eq!((office.matrix(), office.state(&number).as_str()), (before, "revoked"));
}

#[test]
fn an_interruption_between_case_and_registry_is_told_and_completed_without_a_second_signature() {
    let office = Office::quiet();
    let operator = office.officer("Петрова А. А.", "operator");
    let number = office.request("ZAGS01641", "SID0064002", &[]);
    let before = office.matrix();
    // What stops the writer exactly between the case file and the registry.
    let stone = office.region.path().join("routes.d/.access.toml.new");
    fs::create_dir(&stone).unwrap();
    told(&office.signed(&["approve", &number], &operator), 3, "replace");
    fs::remove_dir(&stone).unwrap();
    assert_eq!((office.matrix(), office.state(&number).as_str()), (before.clone(), "granted"));
    let list = office.access(&["list"]).good();
    assert!(list.text().contains("granted, row missing"), "{}", list.text());
    let completes = format!("`rsmev access approve {number}` completes it");
    assert!(list.stderr.contains(&completes), "{}", list.stderr);
    told(&office.access(&["why", "ZAGS01641", "SID0064002"]), 1, &completes);
    office.access(&["approve", &number]).good();
    office.region.append("routes.toml", "\n[approval]\ntwo_persons = true\n");
    told(&office.access(&["list"]), 0, "was granted by one officer; two decide here now");
    office.region.edit("routes.toml", "two_persons = true", "two_persons = false");
    assert!(office.matrix().contains(&format!("application = \"{number}\"")));
    assert_eq!(office.case(&number).matches("\"grant\"").count(), 1, "it is decided once");
    let with_row = office.matrix();

    fs::create_dir(&stone).unwrap();
    told(&office.signed(&["revoke", &number, "--reason", "проверка"], &operator), 3, "replace");
    fs::remove_dir(&stone).unwrap();
    assert_eq!(office.matrix(), with_row);
    let list = office.access(&["list"]).good();
    assert!(list.text().contains("revoked, row STILL IN FORCE"), "{}", list.text());
    office.access(&["revoke", &number]).good();
    assert_eq!(office.matrix(), before);
    assert_eq!(office.access(&["list"]).good().stderr, "");

    // The other moment: the registry has the row, the case does not say so yet.
    let number = office.request("ZAGS01641", "SID0064002", &[]);
    office.signed(&["approve", &number], &operator).good();
    let (case, matrix) = (office.case(&number), office.matrix());
    let cut: String = case.lines().take(2).flat_map(|line| [line, "\n"]).collect();
    fs::write(office.region.path().join(format!("applications/{number}.jsonl")), &cut).unwrap();
    assert!(office.access(&["list"]).good().stderr.contains("entered but not noted"));
    office.access(&["approve", &number]).good();
    assert_eq!(office.matrix(), matrix, "the row is not entered twice");
    assert_eq!(office.case(&number).lines().count(), 3);
    assert_eq!(office.access(&["list"]).good().stderr, "");
}

#[test]
fn a_row_taken_out_by_hand_does_not_come_back_by_itself() {
    let office = Office::quiet();
    let operator = office.officer("Петрова А. А.", "operator");
    let before = office.matrix();
    let number = office.request("ZAGS01641", "SID0064002", &[]);
    office.signed(&["approve", &number], &operator).good();
    let with_row = office.matrix();
    fs::write(office.region.path().join(ACCESS), &before).unwrap();
    assert!(office.access(&["list"]).good().text().contains("granted, row taken out by hand"));
    office.access(&["approve", &number]).code.checked_sub(1).unwrap();
    assert_eq!(office.matrix(), before);
    // Nor does a row that no application stands for pass unseen.
    fs::write(office.region.path().join(ACCESS), with_row.replace(&office.until, "2099-12-31")).unwrap();
    told(&office.access(&["list"]), 0, &format!("the row does not say what application {number} does"));
    office.signed(&["revoke", &number, "--reason", "проверка"], &operator).good();
    fs::write(office.region.path().join(ACCESS), with_row).unwrap();
    told(&office.access(&["list"]), 0, &format!("{number} is revoked, and its row {ACCESS}:"));
}

#[test]
fn tampering_with_a_case_is_found_with_file_and_line_and_nothing_is_decided_on_it() {
    let office = Office::quiet();
    let (operator, owner) = (office.officer("Петрова А. А.", "operator"), office.officer("Инспекторов И. И.", "FNS0"));
    let number = office.request("ZAGS01641", "SID0003245", &[]);
    office.signed(&["consent", &number], &owner).good();
    let whole = office.case(&number);
    let path = office.region.path().join(format!("applications/{number}.jsonl"));
    let lines: Vec<&str> = whole.lines().collect();
    for (text, line, what) in [
        (whole.replace("\"volume\":300", "\"volume\":900000"), 2, "it does not continue the line before"),
        (
            whole.replacen("\"consent_of\":\"FNS0\"", "\"consent_of\":\"ARHV\"", 1),
            2,
            "it does not continue the line before",
        ),
        (format!("{}\n", lines[1]), 1, "a case begins with its application"),
        (whole.trim_end().to_owned(), 2, "the file ends within it"),
        ("{\"\\u001b[2J\":1}\n".to_owned(), 1, "unknown field `\\u001b[2J`"),
        (whole.replacen("\"event\":\"consent\"", "\"event\":{\"grant\":{\"persons\":1}}", 1), 2, "does not hold"),
    ] {
        assert_ne!(text, whole);
        fs::write(&path, &text).unwrap();
        let place = format!("applications/{number}.jsonl:{line}: ");
        for ran in [
            office.access(&["list"]),
            office.access(&["show", &number]),
            office.signed(&["approve", &number], &operator),
        ] {
            told(&ran, 1, &place);
            assert!(ran.stderr.contains(what) && !ran.stderr.contains('\u{1b}'), "{what}: {:?}", ran.stderr);
        }
        assert_eq!(fs::read_to_string(&path).unwrap(), text, "nothing is written over it");
    }
    assert_ne!(office.request("ZAGS01641", "SID0003564", &[]), number, "its number stays taken");
    fs::write(&path, &whole).unwrap();
    office.signed(&["approve", &number], &operator).good();
}

#[test]
fn what_does_not_fit_the_registry_is_refused_with_the_near_name() {
    let office = Office::quiet();
    let until = office.until.clone();
    let ask = |more: &[&str]| {
        office.access(&[&["request"], more, &["--purpose", "п", "--ground", "о", "--volume", "1"]].concat())
    };
    for (code, words, said) in [
        (1, &["ZAGS0164", "SID0003245", "--until", &until][..], "did you mean ZAGS01641?"),
        (1, &["ZAGS01641", "SID0003254", "--until", &until], "did you mean SID0003245?"),
        (1, &["ZAGS01641", "SID9999999", "--until", &until], "`rsmev service list` lists them"),
        (1, &["ZAGS01641", "SID0003245", "--until", &until, "--operations", "querryINN"], "did you mean queryINN?"),
        (1, &["ZAGS01641", "SID0003245", "--until", &until, "--version", "9.00"], "its versions: 1.00"),
        (1, &["ZAGS01641", "SID0064001", "--until", &until], "provides SID0064001 itself"),
        (1, &["ZAGS01641", "SID0003245", "--until", "2020-01-01"], "2020-01-01 is over"),
        (1, &["ZAGS01641", "SID0003245", "--until", "2999-01-01"], "more than ten years ahead"),
        (1, &["ZAGS01641", "SID0003245", "--until", &until, "--contact", "a\u{1b}[2J"], "control characters"),
        (2, &["ZAGS01641", "SID0003245", "--until", &until, "--messages", "some"], "test or all"),
    ] {
        told(&ask(words), code, said);
    }
    let calendar = office.region.path().join("calendar.csv");
    fs::write(&calendar, "damaged").unwrap();
    told(&ask(&["ZAGS01641", "SID0003245", "--until", &until]), 1, "import the calendar anew");
    fs::remove_file(&calendar).unwrap();
    assert!(!office.region.path().join("applications").exists(), "nothing of all this is filed");
    let number = office.request("ZAGS01641", "SID0003245", &[]);
    told(&ask(&["ZAGS01641", "SID0003245", "--until", &until]), 1, &format!("application {number} asks for the same"));
    office.access(&["withdraw", &number, "--reason", "ошибка в заявке"]).good();
    assert_eq!(office.state(&number), "withdrawn");
    let next = office.request("ZAGS01641", "SID0003245", &[]);
    assert_eq!((&number[5..], &next[5..]), ("1", "2"));
    told(&office.access(&["show", "2026-99"]), 1, "there is no application 2026-99");
    told(&office.access(&["list", "--state", "lost"]), 2, "consent-asked");
}

#[test]
fn an_import_of_the_calendar_counts_open_applications_anew() {
    let office = Office::quiet();
    let number = office.request("ZAGS01641", "SID0003245", &[]);
    let due = || office.access(&["list", "--json"]).good().json()[0]["due"]["day"].as_str().unwrap().to_owned();
    let by_law = due();
    let file = office.region.path().join("moved.csv");
    fs::write(&file, format!("date;kind\r\n{by_law};holiday\r\n")).unwrap();
    let calendar = |words: &[&str]| office.region.run(&[&["calendar"], words].concat());
    calendar(&["import", "moved.csv", "--dry-run"]).good();
    assert_eq!(due(), by_law);
    calendar(&["import", "moved.csv"]).good();
    let moved = due();
    assert!(moved > by_law, "{moved} {by_law}");
    let year: &str = &by_law[..4];
    let shown = calendar(&["show", year, "--json"]).good().json();
    assert_eq!((&shown["imported"], &shown["moved"][0]["date"]), (&true.into(), &by_law.clone().into()));
    fs::write(&file, format!("{by_law},off\n")).unwrap();
    let refused = calendar(&["import", "moved.csv"]);
    told(&refused, 1, "moved.csv:1: \"off\" is no kind of day\n  allowed: holiday, working or short");
    assert_eq!(due(), moved);
    office.access(&["show", &number]).good();
    assert!(office.access(&["list", "--overdue", "--json"]).good().json().as_array().unwrap().is_empty());
}

#[test]
fn the_matrix_is_one_page_with_every_text_escaped() {
    let office = Office::quiet();
    let operator = office.officer("Петрова А. А.", "operator");
    office.region.edit("routes.d/participants.toml", "Министерство социальной", "<b>Министерство</b> \\\"социальной");
    let words = ["request", "ZAGS01641", "SID0064002", "--purpose", "п", "--volume", "1", "--until", &office.until];
    let number = office.access(&[&words[..], &["--ground", "\"><script>alert(1)</script>", "--json"]].concat());
    let number = number.good().json()["number"].as_str().unwrap().to_owned();
    office.signed(&["approve", &number], &operator).good();
    office.access(&["matrix", "--format", "html", "--out", "matrix.html", "--lang", "ru"]).good();
    let page = fs::read_to_string(office.region.path().join("matrix.html")).unwrap();
    assert!(!page.contains("<script") && !page.contains("<b>"), "{page}");
    for said in
        ["&lt;script&gt;", "&lt;b&gt;Министерство&lt;/b&gt;", "default-src 'none'", "class=\"over\"", "@media print"]
    {
        assert!(page.contains(said), "{said}");
    }
    assert!(!page.contains("http://") && !page.contains("https://"), "nothing is fetched");
    let csv = office.access(&["matrix", "--format", "csv", "--lang", "en"]).good().text();
    assert!(csv.starts_with("\u{feff}consumer,SID0003245,SID0003564,"), "{csv}");
    assert!(csv.contains("\r\nADMS01641,2") && csv.contains(" over,"), "{csv}");
    let table = golden::masked(&office.access(&["matrix", "--lang", "en"]).good().text());
    golden::compare("access/matrix.txt", &table.replace(&number, "<number>"));
}

#[test]
fn each_decision_is_on_record_with_the_digest_of_its_line_and_the_bus_takes_the_row() {
    let mut office = Office::new(Region::prepared());
    let operator = office.officer("Петрова А. А.", "operator");
    office.region.start_bus();
    let number = office.request("ZAGS01641", "SID0064002", &[]);
    office.signed(&["approve", &number, "--reload", "--reason", "основание проверено"], &operator).good();
    let registry = office.region.run(&["status", "--json"]).good().json()["registry"].clone();
    let history = office.access(&["show", &number, "--json"]).good().json()["history"].clone();
    assert!(office.case(&number).contains(registry.as_str().unwrap()), "the case names the registry with its row");
    let records = office.region.records(&["--kind", "audited"]);
    let find = |action: &str| {
        let found = records.iter().find(|record| record["header"]["audit"]["action"] == action);
        found.unwrap_or_else(|| panic!("{action}: {records:?}"))["header"]["audit"].clone()
    };
    for (action, at) in [("access request", 0), ("access approve", 1)] {
        let subject = format!("{number} {}", history[at]["sha256"].as_str().unwrap());
        assert_eq!(find(action)["subject"], subject);
    }
    assert_eq!(find("access approve")["reason"], "основание проверено");
    assert_eq!(find("registry")["subject"], format!("access approve {number}"));
}
