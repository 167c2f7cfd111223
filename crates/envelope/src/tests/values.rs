//! Values of business keys in signed content.

use domain::KeyPath;

use crate::read::{Values, read_values};

const SMEV: &str = "http://smev.gosuslugi.ru/rev120315";

/// What a Body with that AppData holds of each path.
fn values(app_data: &str, paths: &[&str]) -> Vec<Values> {
    let body = format!(
        "<soap:Body xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\"><o:get xmlns:o=\"urn:o\" xmlns:m=\"{SMEV}\">\
         <m:Message><m:CaseNumber>7</m:CaseNumber></m:Message><m:MessageData>{app_data}</m:MessageData></o:get></soap:Body>"
    );
    let paths: Vec<KeyPath> = paths.iter().map(|path| path.parse().unwrap()).collect();
    read_values(&body, &paths.iter().collect::<Vec<_>>()).unwrap()
}

fn taken(app_data: &str, path: &str) -> Vec<String> {
    values(app_data, &[path]).remove(0).taken
}

#[test]
fn values_of_several_paths_are_read_in_one_pass() {
    let app_data = "<m:AppData><o:Request id=\"17\"><o:Number> 64&#45;1 </o:Number><o:Person><o:Snils>112-233-445 95</o:Snils></o:Person>\
                    <o:Person><o:Snils><![CDATA[000-000-600 06]]></o:Snils><x:Snils xmlns:x=\"urn:x\">1</x:Snils></o:Person></o:Request></m:AppData>";
    let found =
        values(app_data, &["//{urn:o}Snils", "AppData/Request/Number", "//Request/@id", "//Number/@id", "//*/Snils"]);
    let texts: Vec<Vec<&str>> = found.iter().map(|values| values.taken.iter().map(String::as_str).collect()).collect();
    let snils = vec!["112-233-445 95", "000-000-600 06"];
    assert_eq!(texts, [snils.clone(), vec!["64-1"], vec!["17"], vec![], [snils, vec!["1"]].concat()]);
}

#[test]
fn only_app_data_of_the_message_is_looked_at() {
    assert!(taken("<m:AppDocument><o:Number>1</o:Number></m:AppDocument>", "//Number").is_empty());
    assert!(taken("<o:AppData><o:Number>1</o:Number></o:AppData>", "//Number").is_empty());
    assert!(taken("<m:AppData/>", "//CaseNumber").is_empty(), "Message is no business content");
}

#[test]
fn what_two_readers_could_read_differently_is_no_value() {
    for number in
        ["<o:Number>1<o:b/>2</o:Number>", "<o:Number>1<!--2--></o:Number>", "<o:Number/>", "<o:Number> </o:Number>"]
    {
        assert!(taken(&format!("<m:AppData>{number}</m:AppData>"), "//Number").is_empty(), "{number}");
    }
}

#[test]
fn a_flood_of_values_is_counted_and_not_kept() {
    let many: String =
        (0..40).flat_map(|number| ["<o:n>".to_owned(), number.to_string(), "</o:n>".to_owned()]).collect();
    let found =
        values(&format!("<m:AppData>{many}<o:long>{}</o:long></m:AppData>", "я".repeat(65)), &["//n", "//long"]);
    assert_eq!((found[0].taken.len(), found[0].left_out), (16, 24));
    assert_eq!((found[1].taken.len(), found[1].left_out), (0, 1));
}
