//! Providers that do not answer as they should: the code is of the answer side (`SMEV-2xxxxx`).

use bytes::Bytes;

use super::{Attempt, USUAL, Workshop};
use crate::wire::compose::compose;
use crate::wire::sign;
use crate::{Behaviour, Error};

/// The service whose provider does as the request asks.
const TRIAL: Attempt = Attempt { service: "SID0064901", ..USUAL };

/// All tries of this kind.
pub(super) const TRIES: &[Attempt] = &[
    Attempt {
        name: "provider-down",
        attack: "По адресу поставщика никто не слушает.",
        service: "SID0064902",
        expected: &["SMEV-200001"],
        ..USUAL
    },
    Attempt {
        name: "provider-late",
        attack: "Поставщик отвечает позже срока, записанного в реестре.",
        expected: &["SMEV-200001"],
        make: |workshop| asking(workshop, Behaviour::Late),
        ..TRIAL
    },
    Attempt {
        name: "provider-drops",
        attack: "Поставщик рвёт соединение, не ответив.",
        expected: &["SMEV-200001"],
        make: |workshop| asking(workshop, Behaviour::Drop),
        ..TRIAL
    },
    Attempt {
        name: "answer-unsigned",
        attack: "В ответе нет ЭП-ОВ поставщика.",
        expected: &["SMEV-200008"],
        make: |workshop| asking(workshop, Behaviour::Unsigned),
        ..TRIAL
    },
    Attempt {
        name: "answer-forged",
        attack: "Body ответа изменено после подписания.",
        expected: &["SMEV-200003"],
        make: |workshop| asking(workshop, Behaviour::Forged),
        ..TRIAL
    },
    Attempt {
        name: "answer-by-impostor",
        attack: "Ответ подписан ключом другой зарегистрированной системы.",
        expected: &["SMEV-200011", "SMEV-200012"],
        make: |workshop| asking(workshop, Behaviour::Impostor),
        ..TRIAL
    },
    Attempt {
        name: "answer-to-another-request",
        attack: "RequestIdRef ответа указывает на чужой запрос.",
        expected: &["SMEV-202000"],
        make: |workshop| asking(workshop, Behaviour::WrongReference),
        ..TRIAL
    },
    Attempt {
        name: "answer-is-no-soap",
        attack: "Поставщик отвечает страницей HTML.",
        expected: &["SMEV-200002"],
        make: |workshop| asking(workshop, Behaviour::Garbage),
        ..TRIAL
    },
    Attempt {
        name: "provider-fault",
        attack: "Поставщик отвечает своей подписанной ошибкой: она должна дойти до потребителя целиком.",
        expected: &[],
        make: |workshop| asking(workshop, Behaviour::Fault),
        ..TRIAL
    },
];

/// A proper request that asks the provider to misbehave.
fn asking(workshop: &Workshop<'_>, behaviour: Behaviour) -> Result<Bytes, Error> {
    let mut letter = workshop.letter.clone();
    letter.note = Some(behaviour.note());
    sign::sign(&compose(&letter), workshop.roster.identity(&letter.sender.mnemonic)?)
}
