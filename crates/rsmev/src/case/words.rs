//! Labels on record, in Russian words for the report. A label that is not known here stands as it is.

use journal::Kind;

/// What was found about the certificate of a signer.
pub(super) fn signer(label: &str) -> &str {
    match label {
        "trusted" => "подпись верна; сертификат зарегистрирован, путь до доверенного УЦ построен, не отозван",
        "dates_only" => {
            "подпись верна; сертификат зарегистрирован и действовал, удостоверяющие центры в реестре не заданы"
        }
        "unregistered" => "сертификат не зарегистрирован",
        "not_yet_valid" => "срок действия сертификата ещё не начался",
        "expired" => "срок действия сертификата истёк",
        "wrong_usage" => "ключ сертификата не предназначен для подписи",
        "unknown_critical_extension" => "в сертификате есть неизвестное критическое расширение",
        "self_signed" => "сертификат подписан собственным ключом",
        "no_path" => "путь до доверенного УЦ не построен",
        "broken_path" => "путь до доверенного УЦ нарушен",
        "revoked" => "сертификат отозван",
        "crl_missing" => "нет списка отозванных сертификатов",
        "crl_stale" => "список отозванных сертификатов устарел",
        "crl_invalid" => "список отозванных сертификатов недостоверен",
        other => other,
    }
}

/// What was found about the signature of an official, or about the archive it stands in.
pub(super) fn official(label: &str) -> String {
    // `archive read, digest good`: two labels of the gateway in one text.
    if let Some((state, digest)) = label.strip_prefix("archive ").and_then(|rest| rest.split_once(", digest ")) {
        return format!("архив {}, его контрольная сумма {}", archive(state), archive_digest(digest));
    }
    signature(label).to_owned()
}

fn archive(state: &str) -> &str {
    match state {
        "read" => "прочитан",
        "absent" => "отсутствует",
        "broken" => "описан с нарушением формата",
        "not_zip" => "не является zip",
        "ambiguous" => "читается неоднозначно",
        "out_of_bounds" => "не проверялся: слишком много файлов",
        other => other,
    }
}

fn archive_digest(check: &str) -> &str {
    match check {
        "absent" => "не указана",
        "of_base64" => "верна (по тексту base64)",
        "of_octets" => "верна (по самим байтам)",
        "wrong" => "не совпадает",
        "unreadable" => "не читается",
        "not_checked" => "не проверялась",
        other => other,
    }
}

fn signature(label: &str) -> &str {
    match label {
        "holds" => "подпись верна",
        "holds_for_part" => "подпись верна, но охватывает только часть AppData",
        "covers_elsewhere" => "подпись верна, но охватывает другую часть сообщения",
        "wrong_digest" => "содержимое изменено после подписания",
        "wrong_value" => "значение подписи не соответствует сертификату",
        "unknown_algorithm" => "алгоритм подписи не поддерживается",
        "not_here" => "подписан документ вне этого сообщения",
        "ambiguous" => "идентификатор подписанного элемента встречается дважды",
        "no_certificate" => "нет сертификата подписавшего",
        "bad_certificate" => "сертификат подписавшего не читается",
        "algorithm_does_not_fit_key" => "алгоритм подписи не соответствует ключу сертификата",
        "malformed" => "подпись построена с нарушением стандарта",
        "not_judged" => "подпись не проверялась: превышен предел числа или объёма",
        "unsigned" => "файл архива не подписан",
        "no_file" => "в архиве есть подпись, но нет файла, к которому она относится",
        "unreadable" => "файл архива не читается",
        "unsafe_name" => "имя файла в архиве ведёт за его пределы",
        other => other,
    }
}

/// The step of an exchange.
pub(super) fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Accepted => "запрос принят",
        Kind::Answered => "ответ передан",
        Kind::Failed => "ответа нет, возвращён отказ",
        Kind::Refused => "сообщение отклонено",
        Kind::Audited => "просмотр журнала",
    }
}

/// Whose signature is spoken of.
pub(super) fn message(kind: Kind) -> &'static str {
    match kind {
        Kind::Accepted | Kind::Refused => "запроса",
        Kind::Answered | Kind::Failed => "ответа",
        Kind::Audited => "",
    }
}

/// The part that octets played.
pub(super) fn role(role: journal::Role) -> &'static str {
    match role {
        journal::Role::Received => "как получено",
        journal::Role::Forwarded => "как отправлено",
        journal::Role::Fault => "отказ шины",
    }
}
