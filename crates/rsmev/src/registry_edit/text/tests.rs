//! Changes of texts as people write them; each is undone again, octet for octet.

use super::*;

const ROW: Row<'_> = Row::Entry { table: "system", key: "mnemonic", value: "B" };

fn rows(list: &str) -> String {
    format!(
        "# who\n[[system]] # first\nmnemonic = \"A\"\ncertificates = [\"a.pem\"]\n\n[[system]]\nmnemonic = 'B'   # second\n\
         certificates = {list}   # of the agency\nsignature = \"own\"\n\n# the end\n[[access]]\nconsumer = \"B\""
    )
}

fn add(end: End) -> Change<'static> {
    Change::Add { key: "certificates", value: "new.pem", end, after: "mnemonic" }
}

const REMOVE: Change<'_> = Change::Remove { key: "certificates", value: "new.pem" };

#[test]
fn a_value_comes_into_a_list_and_goes_again_without_a_trace() {
    for (list, last, first) in [
        ("[\"b.pem\"]", "[\"b.pem\", \"new.pem\"]", "[\"new.pem\", \"b.pem\"]"),
        ("[ 'b.pem', ]", "[ 'b.pem', \"new.pem\", ]", "[ \"new.pem\", 'b.pem', ]"),
        ("[\n  \"b.pem\",\n]", "[\n  \"b.pem\",\n  \"new.pem\",\n]", "[\n  \"new.pem\",\n  \"b.pem\",\n]"),
        ("[\n\t\"b.pem\"\n]", "[\n\t\"b.pem\",\n\t\"new.pem\"\n]", "[\n\t\"new.pem\",\n\t\"b.pem\"\n]"),
        (
            "[\n  \"b.pem\", # old, [#]\n  # more\n  \"c.pem\" # last\n]",
            "[\n  \"b.pem\", # old, [#]\n  # more\n  \"c.pem\", # last\n  \"new.pem\"\n]",
            "[\n  \"new.pem\",\n  \"b.pem\", # old, [#]\n  # more\n  \"c.pem\" # last\n]",
        ),
        (
            "[\n  \"b.pem\",\n  \"c.pem\"]",
            "[\n  \"b.pem\",\n  \"c.pem\",\n  \"new.pem\"]",
            "[\n  \"new.pem\",\n  \"b.pem\",\n  \"c.pem\"]",
        ),
    ] {
        for line_break in ["\n", "\r\n"] {
            let as_written = |list: &str| rows(list).replace('\n', line_break);
            let before = as_written(list);
            for (end, expected) in [(End::Last, last), (End::First, first)] {
                let after = change(&before, ROW, add(end)).unwrap();
                assert_eq!(after, as_written(expected), "{list:?} {end:?}");
                assert_eq!(change(&after, ROW, add(end)).unwrap(), after, "it is there already");
                assert_eq!(change(&after, ROW, REMOVE).unwrap(), before, "{list:?} {end:?}");
            }
            assert_eq!(change(&before, ROW, REMOVE).unwrap(), before, "it is not there");
        }
    }
}

#[test]
fn a_key_comes_below_another_and_goes_again_without_a_trace() {
    let trial = Change::Add { key: "trial", value: "t.pem", end: End::Last, after: "certificates" };
    let gone = Change::Remove { key: "trial", value: "t.pem" };
    for (before, expected) in [
        (rows("[\"b.pem\"]"), rows("[\"b.pem\"]").replace("agency\n", "agency\ntrial = [\"t.pem\"]\n")),
        (
            "[[system]]\n  mnemonic = \"B\"\n  certificates = [\n  ]".to_owned(),
            "[[system]]\n  mnemonic = \"B\"\n  certificates = [\n  ]\n  trial = [\"t.pem\"]".to_owned(),
        ),
        (
            "system = [{ mnemonic = \"B\", certificates = [] }] # x".to_owned(),
            "system = [{ mnemonic = \"B\", certificates = [], trial = [\"t.pem\"] }] # x".to_owned(),
        ),
    ] {
        let after = change(&before, ROW, trial).unwrap();
        assert_eq!(after, expected);
        assert_eq!(change(&after, ROW, gone).unwrap(), before);
    }
}

#[test]
fn a_string_is_set_in_its_place() {
    let text = "[node]\nid = \"64\" # region\nkey = '''a.key'''  # secret\n[listen]\nkey = \"other\"\n";
    let set = Change::Set { key: "key", value: "b \"\\.key", after: "id" };
    let after = change(text, Row::Table("node"), set).unwrap();
    assert_eq!(after, text.replace("'''a.key'''", r#""b \"\\.key""#));
    assert_eq!(values(&after, Row::Table("node"), "key").unwrap(), ["b \"\\.key"]);
    let new = Change::Set { key: "pass", value: "p", after: "key" };
    let with = change(text, Row::Table("node"), new).unwrap();
    assert_eq!(with, text.replace("# secret\n", "# secret\npass = \"p\"\n"));
    assert_eq!(change(&with, Row::Table("node"), Change::Unset { key: "pass" }).unwrap(), text);
    let first = change("id = 1\n[node]\nkey = 'a'\nb = 'c'", Row::Table("node"), Change::Unset { key: "key" }).unwrap();
    assert_eq!(first, "id = 1\n[node]\nb = 'c'");
}

#[test]
fn what_cannot_be_edited_safely_is_left_to_people() {
    let layout = Err(Obstacle::Layout);
    let list = |list: &str| format!("[[system]]\nmnemonic = \"B\"\ncertificates = {list}\n");
    for (text, what, expected) in [
        ("[[system]]\nmnemonic = ".to_owned(), REMOVE, Err(Obstacle::NotToml)),
        ("[[system]]\nmnemonic = \"A\"\n".to_owned(), REMOVE, Err(Obstacle::NoRow)),
        (list("\"new.pem\""), REMOVE, layout),
        (list("[\"new.pem\", 1]"), REMOVE, layout),
        (list("[\"a\", # of the first\n\"b\", \"new.pem\"]").replace("\"b\", ", ""), add(End::First), Ok(())),
        (list("[\"new.pem\", # its own\n \"a\"]"), REMOVE, layout),
        ("[[system]]\nmnemonic = \"B\"\nx.y = 1\n".to_owned(), Change::Unset { key: "x" }, layout),
    ] {
        assert_eq!(change(&text, ROW, what).map(drop), expected, "{text}");
    }
}
