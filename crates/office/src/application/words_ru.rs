//! What states and refusals are called for a Russian reader; the English sentence of a refusal is its `Display`.

use super::officer::side_label;
use super::{Refusal, State};

impl State {
    /// Its name in Russian.
    pub fn label_ru(self) -> &'static str {
        match self {
            State::Submitted => "подана",
            State::ConsentAsked => "ждёт согласия владельца",
            State::Consented => "согласована владельцем",
            State::Granted => "доступ предоставлен",
            State::Refused => "отказано",
            State::Expired => "срок истёк",
            State::Revoked => "доступ отозван",
            State::Withdrawn => "отозвана заявителем",
        }
    }
}

impl Refusal {
    /// The sentence in Russian.
    pub fn sentence_ru(&self) -> String {
        match self {
            Refusal::NotALine { why } => format!("это не строка дела: {why}"),
            Refusal::Unreadable { why } => format!("файл не читается: {why}"),
            Refusal::Chain => "строка не продолжает предыдущую: та изменена, или строка между ними удалена".to_owned(),
            Refusal::OtherNumber { inside, named } => format!("в файле {named} лежит заявка {inside}"),
            Refusal::NoRequest { event } => format!("дело начинается с заявки, а не с {event}"),
            Refusal::Earlier => "строка раньше предыдущей".to_owned(),
            Refusal::Text => "текст пуст, слишком длинен или содержит управляющие символы".to_owned(),
            Refusal::NotSigned { event } => {
                format!("{event}: нет подписи; решения подписывает зарегистрированное должностное лицо")
            }
            Refusal::UnknownOfficer { fingerprint } => {
                format!("сертификат {fingerprint} не принадлежит ни одному должностному лицу")
            }
            Refusal::OutOfOffice { name, until } => format!("полномочия {name} закончились {until}"),
            Refusal::Certificate { name } => format!("сертификат {name} в этот момент не действовал"),
            Refusal::WrongSignature { name } => {
                format!("подпись {name} неверна: строка изменена, или подпись чужая")
            }
            Refusal::WrongSide { name, side, event, needed } => {
                format!("{name}: сторона {}; для {event} нужна сторона {}", side_label(side), side_label(needed))
            }
            Refusal::NotNow { event, state } => format!("{event} невозможно: состояние заявки — {state}"),
            Refusal::NoConsent { owner } => format!("владелец сервиса, {owner}, ещё не дал согласия"),
            Refusal::SamePerson { name } => format!("{name} уже подписал(а); нужны два человека"),
            Refusal::Requester { name } => format!("{name} подал(а) заявку; решают двое других"),
            Refusal::Consenter { name } => format!("{name} дал(а) согласие за владельца; решают двое других"),
            Refusal::OwnConsent { name } => {
                format!("{name} подал(а) заявку; согласие за владельца должен дать другой человек")
            }
            Refusal::RequesterUnknown => {
                "заявка не подписана; там, где решают двое, должно быть известно, кто её подал".to_owned()
            }
            Refusal::Persons { said, wanted } => format!("решают {wanted}, в строке указано {said}"),
            Refusal::NotOver { until } => format!("последний день, {until}, ещё не прошёл"),
        }
    }

    /// The next step in Russian; `None` where [`Refusal::hint`] has none.
    pub fn hint_ru(&self) -> Option<&'static str> {
        self.hint()?;
        Some(match self {
            Refusal::NotSigned { .. } => "--certificate ФАЙЛ --key ФАЙЛ должностного лица из [[officer]]",
            Refusal::UnknownOfficer { .. } => {
                "зарегистрируйте: `rsmev participant officer add --side operator|КОД --name \"…\" --certificate ФАЙЛ`"
            }
            Refusal::OutOfOffice { .. } => "подписать должно другое должностное лицо",
            Refusal::Certificate { .. } => {
                "зарегистрируйте новый сертификат ещё одной строкой [[officer]] с тем же именем"
            }
            Refusal::WrongSide { .. } => "чьего решения ждут, покажет `rsmev access show NUMBER`",
            Refusal::NoConsent { .. } => "согласие даёт должностное лицо владельца: `rsmev access consent NUMBER`",
            Refusal::SamePerson { .. } | Refusal::Requester { .. } | Refusal::Consenter { .. } => {
                "подписать должно другое должностное лицо оператора"
            }
            Refusal::OwnConsent { .. } => {
                "согласие даёт другое должностное лицо владельца; если оно уже дано, отзовите заявку и подайте новую"
            }
            Refusal::RequesterUnknown => {
                "отзовите её и подайте новую с подписью: `rsmev access request … --certificate ФАЙЛ --key ФАЙЛ`"
            }
            Refusal::Earlier => "проверьте часы этой машины; время записи есть в журнале аудита",
            Refusal::Chain | Refusal::WrongSignature { .. } | Refusal::NotALine { .. } | Refusal::Unreadable { .. } => {
                "восстановите файл из копии; дайджест каждой строки есть в журнале аудита"
            }
            Refusal::NotNow { .. }
            | Refusal::OtherNumber { .. }
            | Refusal::NoRequest { .. }
            | Refusal::Text
            | Refusal::Persons { .. }
            | Refusal::NotOver { .. } => "весь ход покажет `rsmev access show NUMBER`",
        })
    }
}
