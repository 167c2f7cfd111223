//! Rows come and go as a careful person would write them; a row that came goes again octet for octet, whatever the layout.

use proptest::prelude::*;

use super::super::{Change, change};
use super::*;

const NEW: Row<'_> = Row::Entry { table: "contact", key: "name", value: "new" };

fn pairs() -> [(&'static str, String); 2] {
    [("participant", "\"A\"".to_owned()), ("name", "\"new\"".to_owned())]
}

fn appended(text: &str) -> Result<String, Obstacle> {
    append(text, "contact", &pairs())
}

const ROW: &str = "[[contact]]\nparticipant = \"A\"\nname = \"new\"";

#[test]
fn a_row_comes_where_a_person_would_write_it() {
    for (before, expected) in [
        // Below the last of its table, behind the remarks on it.
        (
            "[[contact]]\nname = \"a\"  # first\n# until = 2027-01-01\n\n# systems\n[[system]]\nmnemonic = \"S\"\n",
            "[[contact]]\nname = \"a\"  # first\n# until = 2027-01-01\n\nROW\n\n# systems\n[[system]]\nmnemonic = \"S\"\n",
        ),
        // Where rows stand close it stands close; a comment right above the next row is that row's.
        (
            "[[contact]]\nname = \"a\"\n# systems\n[[system]]\nmnemonic = \"S\"\n",
            "[[contact]]\nname = \"a\"\nROW\n# systems\n[[system]]\nmnemonic = \"S\"\n",
        ),
        // Behind tables inside of the last row.
        (
            "[[contact]]\nname = \"a\"\n[[contact.keys]]\nx = [\n  1, # one\n]\n\n[[system]]\n",
            "[[contact]]\nname = \"a\"\n[[contact.keys]]\nx = [\n  1, # one\n]\n\nROW\n\n[[system]]\n",
        ),
        // Behind a row without keys.
        ("# head\n\n[[contact]] # none\n\n[[system]]\n", "# head\n\n[[contact]] # none\n\nROW\n\n[[system]]\n"),
        // Tables that take turns: nobody is cut off from what is his.
        (
            "[[contact]]\nname = \"a\"\n\n[[system]]\n\n[[contact]]\nname = \"b\"\n\n[[system]]\n# the end\n",
            "[[contact]]\nname = \"a\"\n\n[[system]]\n\n[[contact]]\nname = \"b\"\n\n[[system]]\n# the end\n\nROW\n",
        ),
        // None of its table yet: at the end, which stays as it was.
        ("[node]\nid = 1", "[node]\nid = 1\n\nROW"),
        ("[node]\nid = 1\n\n\n", "[node]\nid = 1\n\nROW\n\n\n"),
        ("# only a head\n", "# only a head\n\nROW\n"),
        ("", "ROW\n"),
        ("\n\n", "ROW\n\n\n"),
    ] {
        for line_break in ["\n", "\r\n"] {
            let [before, expected, row] = [before, expected, ROW].map(|text| text.replace('\n', line_break));
            if !before.contains(line_break) && line_break == "\r\n" {
                continue;
            }
            let after = appended(&before).unwrap();
            assert_eq!(after, expected.replace("ROW", &row), "{before:?}");
            assert_eq!(remove(&after, NEW).unwrap(), before, "and goes again");
        }
    }
}

#[test]
fn a_row_goes_with_what_is_said_of_it_and_nothing_else() {
    let text = "# Контакты\n\n# дежурный\n# до приказа 7\n[[contact]] # ночью\nparticipant = \"A\"\nname = \"new\" # смена\n\
                # phone = \"1\"\n\n# о другом\n[[contact]]\nname = \"b\"\n";
    let without = "# Контакты\n\n# о другом\n[[contact]]\nname = \"b\"\n";
    assert_eq!(remove(text, NEW).unwrap(), without);
    assert_eq!(remove(text, Row::At { table: "contact", line: 5 }).unwrap(), without);
    let [crlf, crlf_without] = [text, without].map(|text| text.replace('\n', "\r\n"));
    assert_eq!(remove(&crlf, Row::At { table: "contact", line: 5 }).unwrap(), crlf_without);

    let nested = "a = 1\n[[service]]\nsid = \"S\"\n[[service.keys]]\nname = \"k\"\n[[service.keys]] # last\nname = \"l\"\n\
                  [service.control_example]\nrequest = \"r\"\n\n[[service]]\nsid = \"T\"\n";
    let service = Row::Entry { table: "service", key: "sid", value: "S" };
    assert_eq!(remove(nested, service).unwrap(), "a = 1\n\n[[service]]\nsid = \"T\"\n");

    // The first comment of a file is about the file; the wider gap between neighbours stays.
    assert_eq!(remove("# all contacts\n[[contact]]\nname = \"new\"", NEW).unwrap(), "# all contacts");
    let gaps = "x = 1\n\n[[contact]]\nname = \"new\"\n\n\n\n# ---- systems ----\n[[system]]\n";
    assert_eq!(remove(gaps, NEW).unwrap(), "x = 1\n\n\n\n# ---- systems ----\n[[system]]\n");
}

#[test]
fn rows_that_are_not_written_as_rows_are_left_to_people() {
    for text in ["contact = [{ name = \"new\" }]\n", "contact = [\n  { name = \"new\" }, # n\n]\n", "contact = []\n"] {
        assert_eq!(appended(text), Err(Obstacle::Layout), "{text}");
    }
    assert_eq!(appended("[contact]\nname = \"new\"\n"), Err(Obstacle::Layout), "a table that stands once");
    assert_eq!(appended("contact = \n"), Err(Obstacle::NotToml));
    assert_eq!(
        append("", "contact", &[("name", "\"a\"\nx = 1".to_owned())]),
        Err(Obstacle::Layout),
        "one value, one key"
    );
    for (text, row, obstacle) in [
        ("contact = [{ name = \"new\" }]\n", NEW, Obstacle::Layout),
        ("[contact]\nname = \"new\"\n", Row::Table("contact"), Obstacle::Layout),
        ("[[contact]]\nname = \"old\"\n", NEW, Obstacle::NoRow),
        ("[[contact]]\nname = \"new\"\n", Row::At { table: "contact", line: 2 }, Obstacle::NoRow),
        ("[[contact]]\nname = \"new\"\n", Row::At { table: "system", line: 1 }, Obstacle::NoRow),
        // A part of the row stands behind another table.
        ("[[contact]]\nname = \"new\"\n[[system]]\n[contact.more]\nx = 1\n", NEW, Obstacle::Layout),
        ("[[contact]\n", NEW, Obstacle::NotToml),
    ] {
        assert_eq!(remove(text, row), Err(obstacle), "{text}");
    }
}

/// One block of a file: what stands above, the block, what stands right below, and blank lines.
fn block() -> impl Strategy<Value = String> {
    let above = prop_oneof![Just(""), Just("# above\n"), Just("# a\n  # b\n"), Just("# apart\n\n")];
    let body = prop_oneof![
        Just("[[contact]] # head\nname = \"c\"   # remark\n"),
        Just("[[contact]]\n  name = 'c'\n  until = 2027-01-01\n"),
        Just("[[contact]]\n"),
        Just("[[contact]]\nname = \"\"\"\n# no comment\n[[system]]\n\"\"\"\n"),
        Just("[[system]]\nmnemonic = \"S\"\ncertificates = [\n  \"a\", # [[contact]]\n]\n"),
        Just("[[system]]\nmnemonic = \"S\"\n[[system.keys]]\nname = \"k\"\n[system.more]\n"),
        Just("[[system]]\nx.y = { z = 1 }\n"),
    ];
    let below = prop_oneof![Just(""), Just("# below\n"), Just("\n# further below\n")];
    let blanks = prop_oneof![Just(""), Just("\n"), Just("  \n\n"), Just("\n\n\n")];
    (above, body, below, blanks).prop_map(|(above, body, below, blanks)| format!("{above}{body}{below}{blanks}"))
}

fn file() -> impl Strategy<Value = String> {
    let head =
        prop_oneof![Just(""), Just("\n"), Just("# head\n"), Just("# head\n\ninclude = []\n"), Just("id = 1\n\n")];
    (head, proptest::collection::vec(block(), 0..6), any::<bool>(), any::<bool>()).prop_map(
        |(head, blocks, final_break, crlf)| {
            let mut text = head.to_owned() + &blocks.concat();
            if !final_break {
                text.truncate(text.trim_end_matches('\n').len());
            }
            if crlf { text.replace('\n', "\r\n") } else { text }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn a_row_that_came_goes_without_a_trace(text in file()) {
        let after = appended(&text).unwrap();
        prop_assert_eq!(after.contains("\r\n"), text.contains("\r\n"));
        prop_assert!(!after.replace("\r\n", "").contains('\n') || !text.contains("\r\n"), "one kind of line ends");
        prop_assert_eq!(&remove(&after, NEW).unwrap(), &text);
        // Every line that was there is there, in its order.
        let mut left = after.lines();
        prop_assert!(text.lines().all(|line| left.any(|there| there == line)));
    }

    #[test]
    fn any_row_can_go_and_the_others_keep_their_text(text in file(), at in 0_usize..6) {
        let document = DeTable::parse(&text).unwrap();
        let rows = |name: &str| document.get_ref().get(name).and_then(|rows| rows.get_ref().as_array()).map(|rows| {
            rows.iter().map(|row| line_of(&text, row.span().start)).collect::<Vec<_>>()
        }).unwrap_or_default();
        let (contacts, systems) = (rows("contact"), rows("system"));
        prop_assume!(!contacts.is_empty());
        let line = contacts[at % contacts.len()];
        let after = remove(&text, Row::At { table: "contact", line }).unwrap();
        let count = |text: &str, name: &str| text.parse::<toml::Table>().unwrap().get(name)
            .map_or(0, |rows| rows.as_array().unwrap().len());
        prop_assert_eq!(count(&after, "contact"), contacts.len() - 1);
        prop_assert_eq!(count(&after, "system"), systems.len());
        let mut before = text.lines();
        prop_assert!(after.lines().all(|line| before.any(|there| there == line)), "only lines were taken: {after:?}");
    }
}

#[test]
fn values_of_every_kind_are_put_in_their_place() {
    let text =
        "[[participant]]\ncode = \"A\" # key\nagreement = { number = \"1\", date = 2026-01-15 } # signed\nlast = 1\n";
    let row = Row::Entry { table: "participant", key: "code", value: "A" };
    let put = |text: &str, key, toml| change(text, row, Change::Put { key, toml, after: "code" });
    for (key, toml) in [
        ("until", "2027-12-31"),
        ("flag", "true"),
        ("share", "17"),
        ("since", "2026-11-27T03:00:00+03:00"),
        ("paper", "{ number = \"12-С\", date = 2026-01-15 }"),
        ("list", "[\"a\", \"b\"]"),
    ] {
        let after = put(text, key, toml).unwrap();
        assert_eq!(after, text.replace("# key\n", &format!("# key\n{key} = {toml}\n")));
        assert_eq!(change(&after, row, Change::Unset { key }).unwrap(), text, "and goes again");
        let crlf = text.replace('\n', "\r\n");
        assert_eq!(put(&crlf, key, toml).unwrap(), after.replace('\n', "\r\n"));
        let again = put(&after, key, "1979-05-27").unwrap();
        assert_eq!(again, after.replace(&format!("{key} = {toml}"), &format!("{key} = 1979-05-27")));
    }
    let agreed = put(text, "agreement", "{ number = \"2\", date = 2026-02-01 }").unwrap();
    assert_eq!(agreed, text.replace("\"1\", date = 2026-01-15", "\"2\", date = 2026-02-01"));
    assert_eq!(put(text, "until", "2027-12-31\nmore = 1"), Err(Obstacle::Layout), "one value, one key");
    assert_eq!(put(text, "until", "tomorrow"), Err(Obstacle::Layout));
    let table = "[[participant]]\ncode = \"A\"\n[participant.agreement]\nnumber = \"1\"\n";
    assert_eq!(
        put(table, "agreement", "{ number = \"2\" }"),
        Err(Obstacle::Layout),
        "its own lines would be left behind"
    );
}
