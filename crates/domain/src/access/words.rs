//! What a refusal of the matrix says: to the sender, who learns no file of the bus, and to the operator, who learns where to look.

use std::fmt;

use jiff::civil::Date;

use super::{Denied, DenyReason};
use crate::fault::FaultRow;
use crate::names::Version;

impl Denied {
    /// The row of the fault table.
    pub fn fault_row(&self) -> FaultRow {
        FaultRow::NoAccessRights
    }

    /// What is missing, for the sender; names no file of the bus.
    pub fn sentence_ru(&self) -> String {
        let Self { consumer, sid, version, .. } = self;
        let right = format!("доступ системы {consumer} к сервису {sid} версии {version}");
        match &self.reason {
            DenyReason::NoRow => format!("{right} не предоставлен"),
            DenyReason::NotYet { from, .. } => format!("{right} начинается {}", day_ru(*from)),
            DenyReason::Expired { until, .. } => format!("{right} закончился {}", day_ru(*until)),
            DenyReason::OperationNotListed { operations, .. } => {
                let asked = self.operation.as_deref().unwrap_or("(не названа)");
                format!("{right} не распространяется на операцию {asked}, только на: {}", operations.join(", "))
            }
            DenyReason::VersionNotListed { versions, .. } => {
                format!("{right} не предоставлен, только к: {}", joined(versions))
            }
            DenyReason::TestOnly { .. } => format!("{right} предоставлен только для тестовых сообщений (TestMsg)"),
            DenyReason::Suspended { name, .. } => format!("участие {name} в обмене приостановлено"),
            DenyReason::ProviderSuspended { .. } => format!("участие поставщика сервиса {sid} в обмене приостановлено"),
            DenyReason::NoAgreement { participant, .. } => {
                format!("у участника {participant} нет соглашения: он отправляет только тестовые сообщения (TestMsg)")
            }
            DenyReason::VersionNotYet { from, .. } => {
                format!("версия {version} сервиса {sid} вводится в действие {}", day_ru(*from))
            }
            DenyReason::VersionOver { until, others, .. } => {
                let others = if others.is_empty() { "нет".to_owned() } else { joined(others) };
                format!("версия {version} сервиса {sid} действовала до {}; действующие: {others}", day_ru(*until))
            }
            DenyReason::Pilot { .. } => {
                format!("версия {version} сервиса {sid} пилотная: она принимает только тестовые сообщения (TestMsg)")
            }
        }
    }

    /// What is missing, for the sender; names no file of the bus.
    pub fn sentence_en(&self) -> String {
        let Self { consumer, sid, version, .. } = self;
        let right = format!("the right of {consumer} to {sid} version {version}");
        match &self.reason {
            DenyReason::NoRow => format!("{right} has not been granted"),
            DenyReason::NotYet { from, .. } => format!("{right} begins on {from}"),
            DenyReason::Expired { until, .. } => format!("{right} ended on {until}"),
            DenyReason::OperationNotListed { operations, .. } => {
                let asked = self.operation.as_deref().unwrap_or("(not named)");
                format!("{right} does not extend to operation {asked}, only to: {}", operations.join(", "))
            }
            DenyReason::VersionNotListed { versions, .. } => {
                format!("{right} has not been granted, only to: {}", joined(versions))
            }
            DenyReason::TestOnly { .. } => format!("{right} is for test messages (TestMsg) only"),
            DenyReason::Suspended { name, .. } => format!("{name} is suspended"),
            DenyReason::ProviderSuspended { .. } => format!("the provider of {sid} is suspended"),
            DenyReason::NoAgreement { participant, .. } => {
                format!("participant {participant} has no agreement: it sends test messages (TestMsg) only")
            }
            DenyReason::VersionNotYet { from, .. } => format!("{sid} version {version} is given from {from}"),
            DenyReason::VersionOver { until, others, .. } => {
                let others = if others.is_empty() { "none".to_owned() } else { joined(others) };
                format!("{sid} version {version} was given until {until}; versions in force: {others}")
            }
            DenyReason::Pilot { .. } => {
                format!("{sid} version {version} is in its pilot: it takes test messages (TestMsg) only")
            }
        }
    }

    /// What the sender can do; names no file of the bus.
    pub fn hint_ru(&self) -> &'static str {
        match self.reason {
            DenyReason::NoRow => "подайте оператору заявку на доступ к сервису",
            DenyReason::NotYet { .. } => "повторите запрос, когда доступ начнётся",
            DenyReason::Expired { .. } => "подайте оператору заявку на продление доступа",
            DenyReason::OperationNotListed { .. } => {
                "вызовите разрешённую операцию или подайте оператору заявку на эту"
            }
            DenyReason::VersionNotListed { .. } => "вызовите разрешённую версию или подайте оператору заявку на эту",
            DenyReason::TestOnly { .. } => {
                "пометьте сообщение TestMsg или подайте оператору заявку на рабочие сообщения"
            }
            DenyReason::Suspended { .. } | DenyReason::ProviderSuspended { .. } => "обратитесь к оператору",
            DenyReason::NoAgreement { .. } => "заключите соглашение с оператором",
            DenyReason::VersionNotYet { .. } => "повторите запрос, когда версия начнёт действовать",
            DenyReason::VersionOver { .. } => "перейдите на действующую версию",
            DenyReason::Pilot { .. } => "пометьте сообщение TestMsg или дождитесь опытной эксплуатации",
        }
    }

    /// What the sender can do; names no file of the bus.
    pub fn hint_en(&self) -> &'static str {
        match self.reason {
            DenyReason::NoRow => "apply to the operator for access to the service",
            DenyReason::NotYet { .. } => "ask again once the right has begun",
            DenyReason::Expired { .. } => "apply to the operator for a prolongation",
            DenyReason::OperationNotListed { .. } => {
                "call an operation that is allowed, or apply to the operator for this one"
            }
            DenyReason::VersionNotListed { .. } => {
                "call a version that is allowed, or apply to the operator for this one"
            }
            DenyReason::TestOnly { .. } => "mark the message TestMsg, or apply to the operator for real messages",
            DenyReason::Suspended { .. } | DenyReason::ProviderSuspended { .. } => "ask the operator",
            DenyReason::NoAgreement { .. } => "conclude an agreement with the operator",
            DenyReason::VersionNotYet { .. } => "ask again once the version is in force",
            DenyReason::VersionOver { .. } => "move to a version in force",
            DenyReason::Pilot { .. } => "mark the message TestMsg, or wait for trial operation",
        }
    }

    /// What the operator can do, with files and lines: not for the wire.
    pub fn operator_step_ru(&self) -> String {
        let Self { consumer, sid, version, .. } = self;
        match &self.reason {
            DenyReason::NoRow => format!("если есть основание, оформите заявку: {}", self.request()),
            DenyReason::NotYet { row, .. } => format!("строка матрицы {row}"),
            DenyReason::Expired { row, .. } => {
                format!("строка матрицы {row}; продление оформляется заявкой: {}", self.request())
            }
            DenyReason::OperationNotListed { row, .. } => {
                format!("строка матрицы {row}; операции добавляются заявкой: {}", self.request())
            }
            DenyReason::VersionNotListed { row, .. } => {
                format!("строка матрицы {row}; версия добавляется заявкой: {}", self.request())
            }
            DenyReason::TestOnly { row } => {
                format!("строка матрицы {row}; рабочие сообщения разрешаются заявкой: {}", self.request())
            }
            DenyReason::Suspended { name, row } if name == consumer.as_str() => {
                format!("причина записана в {row}; снять: rsmev system resume {name}")
            }
            DenyReason::Suspended { name, row } => {
                format!("причина записана в {row}; снять: rsmev participant resume {name}")
            }
            DenyReason::ProviderSuspended { row } => format!("причина записана в {row}"),
            DenyReason::NoAgreement { participant, row } => {
                format!(
                    "{row}; когда соглашение есть: rsmev participant set {participant} --agreement НОМЕР --agreement-date ДАТА"
                )
            }
            DenyReason::VersionNotYet { row, .. } => format!("первый день версии записан в {row}"),
            DenyReason::VersionOver { row, .. } => {
                format!("последний день версии записан в {row}; кто на ней ещё: rsmev service users {sid} {version}")
            }
            DenyReason::Pilot { row } => format!("{row}; дальше: rsmev service promote {sid} {version} --to trial"),
        }
    }

    /// What the operator can do, with files and lines: not for the wire.
    pub fn operator_step_en(&self) -> String {
        let Self { consumer, sid, version, .. } = self;
        match &self.reason {
            DenyReason::NoRow => format!("given a ground, file an application: {}", self.request()),
            DenyReason::NotYet { row, .. } => format!("row of the matrix {row}"),
            DenyReason::Expired { row, .. } => {
                format!("row of the matrix {row}; a prolongation is an application: {}", self.request())
            }
            DenyReason::OperationNotListed { row, .. } => {
                format!("row of the matrix {row}; more operations are an application: {}", self.request())
            }
            DenyReason::VersionNotListed { row, .. } => {
                format!("row of the matrix {row}; another version is an application: {}", self.request())
            }
            DenyReason::TestOnly { row } => {
                format!("row of the matrix {row}; real messages are an application: {}", self.request())
            }
            DenyReason::Suspended { name, row } if name == consumer.as_str() => {
                format!("the reason is written at {row}; to lift it: rsmev system resume {name}")
            }
            DenyReason::Suspended { name, row } => {
                format!("the reason is written at {row}; to lift it: rsmev participant resume {name}")
            }
            DenyReason::ProviderSuspended { row } => format!("the reason is written at {row}"),
            DenyReason::NoAgreement { participant, row } => {
                format!(
                    "{row}; once there is one: rsmev participant set {participant} --agreement NUMBER --agreement-date DATE"
                )
            }
            DenyReason::VersionNotYet { row, .. } => format!("the first day of the version is written at {row}"),
            DenyReason::VersionOver { row, .. } => {
                format!(
                    "the last day of the version is written at {row}; who is still on it: rsmev service users {sid} {version}"
                )
            }
            DenyReason::Pilot { row } => format!("{row}; next: rsmev service promote {sid} {version} --to trial"),
        }
    }

    fn request(&self) -> String {
        let Self { consumer, sid, version, .. } = self;
        format!("rsmev access request {consumer} {sid} --version {version} …")
    }
}

impl fmt::Display for Denied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence_en())
    }
}

impl std::error::Error for Denied {}

fn day_ru(day: Date) -> String {
    format!("{:02}.{:02}.{}", day.day(), day.month(), day.year())
}

fn joined(versions: &[Version]) -> String {
    versions.iter().map(Version::as_str).collect::<Vec<_>>().join(", ")
}
