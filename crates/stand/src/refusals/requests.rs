//! Requests with something wrong in them: the code is of the request side (`SMEV-1xxxxx`).

use bytes::Bytes;

use super::{Attempt, USUAL, Workshop};
use crate::Error;
use crate::cast::{EXPIRED_PAIR, PAIR_WITHOUT_ROW};
use crate::wire::compose::compose;
use crate::wire::sign;

const WSU: &str = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd";
const SIGNATURE_2012: &str = "urn:ietf:params:xml:ns:cpxmlsec:algorithms:gostr34102012-gostr34112012-256";
const RSA_SHA1: &str = "http://www.w3.org/2000/09/xmldsig#rsa-sha1";

/// All tries of this kind.
pub(super) const TRIES: &[Attempt] = &[
    Attempt {
        name: "unsigned",
        attack: "В сообщении нет ЭП-ОВ.",
        expected: &["SMEV-100008"],
        make: |workshop| Ok(workshop.draft.bare()),
        ..USUAL
    },
    Attempt {
        name: "body-changed",
        attack: "Body изменено после подписания.",
        expected: &["SMEV-100003"],
        make: body_changed,
        ..USUAL
    },
    Attempt {
        name: "signature-value-changed",
        attack: "Значение подписи взято от другого сообщения.",
        expected: &["SMEV-100003"],
        make: foreign_signature_value,
        ..USUAL
    },
    Attempt {
        name: "expired-certificate",
        attack: "Сертификат системы зарегистрирован, но просрочен.",
        from: "OLDS01641",
        expected: &["SMEV-100005"],
        ..USUAL
    },
    Attempt {
        name: "unknown-certificate",
        attack: "Сертификат выдан тем же УЦ, но в реестре его нет.",
        from: "STRN01641",
        expected: &["SMEV-100011"],
        ..USUAL
    },
    Attempt {
        name: "no-right",
        attack: "В матрице доступа нет строки для этой пары.",
        from: PAIR_WITHOUT_ROW.0,
        service: PAIR_WITHOUT_ROW.1,
        expected: &["SMEV-100012"],
        ..USUAL
    },
    Attempt {
        name: "right-expired",
        attack: "Срок строки матрицы доступа вышел.",
        from: EXPIRED_PAIR.0,
        service: EXPIRED_PAIR.1,
        expected: &["SMEV-100012"],
        ..USUAL
    },
    Attempt {
        name: "foreign-sender",
        attack: "Sender/Code называет не ту систему, чьим ключом подписано.",
        expected: &["SMEV-100012"],
        make: foreign_sender,
        ..USUAL
    },
    Attempt {
        name: "around-the-federal-node",
        attack: "Федеральная система обращается к шине в обход федерального узла.",
        from: "PFRF01001",
        expected: &["SMEV-100012"],
        ..USUAL
    },
    Attempt {
        name: "unknown-token",
        attack: "Неподписанное сообщение с токеном, которого никто не выдавал.",
        from: "ARHV01641",
        token: Some("0000000000000000"),
        expected: &["SMEV-100008", "SMEV-100018"],
        make: |workshop| Ok(workshop.draft.bare()),
        ..USUAL
    },
    Attempt {
        name: "unknown-service",
        attack: "Такого сервиса в реестре нет.",
        address: Some("SID0999999"),
        expected: &["SMEV-100100"],
        ..USUAL
    },
    Attempt {
        name: "unknown-version",
        attack: "Такой версии сервиса в реестре нет.",
        address: Some("SID0064001/9.99"),
        expected: &["SMEV-100100"],
        ..USUAL
    },
    Attempt {
        name: "malformed-xml",
        attack: "Сообщение обрывается посередине.",
        expected: &["SMEV-100002"],
        make: cut_short,
        ..USUAL
    },
    Attempt {
        name: "dtd",
        attack: "Перед конвертом стоит DOCTYPE с сущностью.",
        expected: &["SMEV-100002"],
        make: with_doctype,
        ..USUAL
    },
    Attempt {
        name: "deep-nesting",
        attack: "Десять тысяч вложенных элементов.",
        expected: &["SMEV-100002"],
        make: |workshop| nested(workshop, 10_000),
        ..USUAL
    },
    Attempt {
        name: "too-large",
        attack: "Сообщение больше, чем шина принимает.",
        expected: &["SMEV-100002"],
        make: too_large,
        ..USUAL
    },
    Attempt {
        name: "other-element-signed",
        attack: "Подписан элемент заголовка, а не Body.",
        expected: &["SMEV-100009"],
        make: other_element_signed,
        ..USUAL
    },
    Attempt {
        name: "body-wrapped",
        attack: "Подписанное Body убрано в заголовок, на его место поставлено другое.",
        expected: &["SMEV-100009", "SMEV-100002"],
        make: body_wrapped,
        ..USUAL
    },
    Attempt {
        name: "two-security-blocks",
        attack: "Два блока Security для одного actor.",
        expected: &["SMEV-100016", "SMEV-100006"],
        make: |workshop| {
            let block = workshop.block()?;
            Ok(workshop.draft.with_header(&format!("{block}{}", block.replace("SenderCertificate", "Another"))))
        },
        ..USUAL
    },
    Attempt {
        name: "duplicate-id",
        attack: "Идентификатор Body стоит и на другом элементе.",
        expected: &["SMEV-100016", "SMEV-100009"],
        make: |workshop| {
            let twin = format!("<twin xmlns:wsu=\"{WSU}\" wsu:Id=\"{}\"/>", workshop.draft.body_id());
            Ok(workshop.draft.with_header(&format!("{}{twin}", workshop.block()?)))
        },
        ..USUAL
    },
    Attempt {
        name: "unknown-algorithm",
        attack: "Подпись названа RSA-SHA1.",
        expected: &["SMEV-100015"],
        make: |workshop| workshop.replaced(SIGNATURE_2012, RSA_SHA1),
        ..USUAL
    },
    Attempt {
        name: "unknown-token-type",
        attack: "Вместо сертификата X.509 заявлен токен другого типа.",
        expected: &["SMEV-100014"],
        make: |workshop| workshop.replaced("token-profile-1.0#X509v3", "token-profile-1.0#X509PKIPathv1"),
        ..USUAL
    },
    Attempt {
        name: "broken-certificate",
        attack: "В токене не сертификат.",
        expected: &["SMEV-100013"],
        make: broken_certificate,
        ..USUAL
    },
];

fn body_changed(workshop: &Workshop<'_>) -> Result<Bytes, Error> {
    let mut changed = workshop.letter.clone();
    changed.note = Some("дописано после подписания".to_owned());
    Ok(compose(&changed).with_header(&workshop.block()?))
}

fn foreign_signature_value(workshop: &Workshop<'_>) -> Result<Bytes, Error> {
    let mut other = workshop.letter.clone();
    other.note = Some("другое сообщение".to_owned());
    let other = sign::sign(&compose(&other), workshop.roster.identity(&other.sender.mnemonic)?)?;
    let own = workshop.block()?;
    let foreign = String::from_utf8_lossy(&other).into_owned();
    match (signature_value(&own), signature_value(&foreign)) {
        (Some(right), Some(wrong)) => Ok(workshop.draft.with_header(&own.replace(right, wrong))),
        _ => Err(Error::Options { what: "the Security block holds no SignatureValue" }),
    }
}

fn signature_value(text: &str) -> Option<&str> {
    let (_, rest) = text.split_once("SignatureValue>")?;
    rest.split_once('<').map(|(value, _)| value)
}

fn foreign_sender(workshop: &Workshop<'_>) -> Result<Bytes, Error> {
    let mut letter = workshop.letter.clone();
    letter.false_sender = Some("MFCS01641");
    sign::sign(&compose(&letter), workshop.roster.identity(&letter.sender.mnemonic)?)
}

fn cut_short(workshop: &Workshop<'_>) -> Result<Bytes, Error> {
    let whole = workshop.signed()?;
    Ok(whole.slice(..whole.len() / 3 * 2))
}

fn with_doctype(workshop: &Workshop<'_>) -> Result<Bytes, Error> {
    let text = String::from_utf8_lossy(&workshop.signed()?).into_owned();
    let (declaration, rest) = match text.find("?>") {
        Some(end) if text.starts_with("<?xml") => text.split_at(end.saturating_add(2)),
        _ => ("", text.as_str()),
    };
    Ok(Bytes::from(format!("{declaration}<!DOCTYPE soap [<!ENTITY word \"слово\">]>{rest}")))
}

fn nested(workshop: &Workshop<'_>, depth: usize) -> Result<Bytes, Error> {
    let block = format!("{}{}", "<deep>".repeat(depth), "</deep>".repeat(depth));
    Ok(workshop.draft.with_header(&format!("{}{block}", workshop.block()?)))
}

/// A little more than the ten mebibytes that `routes.toml` of the region allows.
fn too_large(workshop: &Workshop<'_>) -> Result<Bytes, Error> {
    let block = workshop.block()?;
    let filling = format!("<!--{}-->", "x".repeat(10 << 20));
    Ok(workshop.draft.with_header(&format!("{block}{filling}")))
}

fn other_element_signed(workshop: &Workshop<'_>) -> Result<Bytes, Error> {
    // Written in canonical form, so that its text is what is digested.
    let stamp = format!(
        "<wsu:Timestamp xmlns:wsu=\"{WSU}\" wsu:Id=\"stamp\"><wsu:Created>2026-01-01T00:00:00Z</wsu:Created></wsu:Timestamp>"
    );
    let identity = workshop.roster.identity(&workshop.letter.sender.mnemonic)?;
    let block = sign::block("stamp", stamp.as_bytes(), identity)?;
    Ok(workshop.draft.with_header(&format!("{block}{stamp}")))
}

fn body_wrapped(workshop: &Workshop<'_>) -> Result<Bytes, Error> {
    let mut other = workshop.letter.clone();
    other.note = Some("этого отправитель не подписывал".to_owned());
    let mut evil = compose(&other);
    let id = format!("wsu:Id=\"{}\"", evil.body_id());
    evil.body = evil.body.replacen(&id, "wsu:Id=\"evil\"", 1);
    Ok(evil.with_header(&format!("{}<wrapper>{}</wrapper>", workshop.block()?, workshop.draft.body)))
}

fn broken_certificate(workshop: &Workshop<'_>) -> Result<Bytes, Error> {
    let block = workshop.block()?;
    let start = block.find("BinarySecurityToken").and_then(|at| block.get(at..)?.find('>').map(|end| at + end + 1));
    let broken = start.and_then(|start| {
        let end = start + block.get(start..)?.find('<')?;
        Some(format!("{}TUlJQg=={}", block.get(..start)?, block.get(end..)?))
    });
    let broken = broken.ok_or(Error::Options { what: "the Security block holds no token to break" })?;
    Ok(workshop.draft.with_header(&broken))
}
