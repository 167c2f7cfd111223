//! The business content of every service of the region: names and values of AppData. All persons and entries are made up.

/// Names and values, written as elements of the service's namespace.
pub(crate) type Rows = &'static [(&'static str, &'static str)];

const PERSON: Rows = &[
    ("FamilyName", "Тестова"),
    ("FirstName", "Анна"),
    ("Patronymic", "Сергеевна"),
    ("BirthDate", "1986-04-12"),
    ("Snils", "000-000-600 06"),
];

/// What a request to the service says.
pub(crate) fn request(sid: &str) -> Rows {
    match sid {
        "SID0064003" => &[
            ("ApplicationKind", "Присвоение адреса объекту адресации"),
            ("Applicant", "Тестова Анна Сергеевна"),
            ("Object", "Земельный участок 64:00:000000:64"),
            ("Place", "г. Степной, ул. Учебная, участок 7"),
        ],
        "SID0064004" => &[
            ("ApplicationState", "Проверка документов"),
            ("StateCode", "2"),
            ("Comment", "Документы приняты & проверяются: срок — 3 рабочих дня"),
        ],
        _ => PERSON,
    }
}

/// What the provider's RESULT says.
pub(crate) fn result(sid: &str) -> Rows {
    match sid {
        "SID0003245" => &[("INN", "640000000064"), ("Found", "true")],
        "SID0003564" => &[("SnilsNumber", "000-000-600 06"), ("TwinsFound", "false")],
        "SID0064001" => &[
            ("RecordKind", "Запись акта о рождении"),
            ("RecordNumber", "1986-64-000123"),
            ("RecordDate", "1986-04-20"),
            ("Registrar", "Отдел ЗАГС по городу Степному"),
        ],
        "SID0064002" => &[("Benefit", "Ежемесячное пособие на ребёнка"), ("Amount", "640.00"), ("Until", "2030-12-31")],
        "SID0064003" => &[("Decision", "Присвоен адрес: г. Степной, ул. Учебная, д. 7"), ("DecisionNumber", "64-А/7")],
        "SID0064005" => {
            &[("Employer", "Степновский завод учебных пособий"), ("From", "2004-09-01"), ("To", "2011-06-30")]
        }
        _ => &[("Answer", "Выполнено")],
    }
}

/// What an answer with another status says.
pub(crate) fn remark(status: &str) -> Rows {
    match status {
        "ACCEPT" => &[("Remark", "Сообщение принято")],
        "PROCESS" => &[("Remark", "Запрос обрабатывается, повторите опрос")],
        "STATE" => &[("Remark", "Заявление рассматривается"), ("StateCode", "2")],
        "INVALID" => &[("Remark", "Запрос с таким origRequestIdRef не найден!")],
        _ => &[("Remark", "Без пояснений")],
    }
}
