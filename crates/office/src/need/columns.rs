//! The columns of a register of needs, and the names by which files call them.

/// A column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Column {
    /// Number of the card.
    Number,
    /// Code of the public service.
    ServiceCode,
    /// Name of the public service.
    ServiceName,
    /// Who needs.
    Consumer,
    /// What is needed.
    Information,
    /// Who has it.
    Provider,
    /// SID.
    Service,
    /// How far the card has come.
    Status,
    /// Paper.
    Ground,
    /// Date.
    Date,
}

impl Column {
    /// All, in the order in which they are stored.
    pub const ALL: [Column; 10] = [
        Column::Number,
        Column::ServiceCode,
        Column::ServiceName,
        Column::Consumer,
        Column::Information,
        Column::Provider,
        Column::Service,
        Column::Status,
        Column::Ground,
        Column::Date,
    ];

    /// Those that a file must have.
    pub(super) const NEEDED: [Column; 4] = [Column::Number, Column::Consumer, Column::Information, Column::Status];

    /// The name under which it is stored.
    pub fn name(self) -> &'static str {
        self.names().first().copied().unwrap_or_default()
    }

    /// All names, in small letters; the first is the one that is stored.
    pub(super) fn names(self) -> &'static [&'static str] {
        match self {
            Column::Number => {
                &["number", "card", "номер", "номер карты", "номер карточки", "номер ткмв", "№", "№ ткмв"]
            }
            Column::ServiceCode => &["service code", "public service code", "код услуги", "код госуслуги"],
            Column::ServiceName => &[
                "public service",
                "service name",
                "public service name",
                "услуга",
                "госуслуга",
                "государственная услуга",
                "наименование услуги",
            ],
            Column::Consumer => &["consumer", "потребитель"],
            Column::Information => &["information", "information needed", "сведения", "запрашиваемые сведения"],
            Column::Provider => &["provider", "поставщик"],
            Column::Service => &["sid", "service", "service sid", "сервис", "идентификатор сервиса"],
            Column::Status => &["status", "статус", "состояние"],
            Column::Ground => &["ground", "основание"],
            Column::Date => &["date", "дата"],
        }
    }

    /// The column of that name, whatever its case and blanks.
    pub(super) fn named(text: &str) -> Option<Self> {
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase().replace('_', " ");
        Self::ALL.into_iter().find(|column| column.names().contains(&text.as_str()))
    }
}
