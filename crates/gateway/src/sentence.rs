//! What a refusal says to a person: what happened and what to do next, in Russian and English.
//!
//! These texts go onto the wire: they name no file, address, key or personal datum of anybody.

use domain::Sid;
use jiff::Timestamp;
use pki::trust::Objection;
use xmldsig::Distrust;

use crate::Refusal;
use crate::refusal::moscow;

/// A refusal in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sentence {
    /// What happened, Russian.
    pub ru: String,
    /// What happened, English.
    pub en: String,
    /// What to do next, Russian; empty when there is nothing to do.
    pub next_ru: String,
}

impl Sentence {
    fn new(ru: impl Into<String>, en: impl Into<String>, next_ru: impl Into<String>) -> Self {
        Self { ru: ru.into(), en: en.into(), next_ru: next_ru.into() }
    }
}

const ASK_OPERATOR: &str = "обратитесь к оператору узла и назовите MessageId из этого ответа";
const TRY_LATER: &str = "повторите запрос позже; сообщение не принято";
const ASK_PROVIDER: &str = "сообщите MessageId поставщику сведений; запрос сохранён в журнале узла";

/// Next step when the message is not what it should be from end to end.
const FIX_XML: &str = "исправьте сообщение: узел принимает SOAP 1.1 в UTF-8 по методическим рекомендациям СМЭВ 2";

/// The refusal in words.
pub fn sentence(refusal: &Refusal) -> Sentence {
    let en = refusal.to_string();
    match refusal {
        Refusal::BadPath { .. } => Sentence::new(
            "в адресе запроса нет идентификатора сервиса",
            en,
            "адрес имеет вид /gateway/services/SID0000000 или /gateway/services/SID0000000/1.00",
        ),
        Refusal::Request(error) => {
            let (ru, next) = of_envelope(error);
            Sentence::new(ru, en, next)
        }
        Refusal::NoRoute(missing) => Sentence::new(missing.sentence_ru(), missing.sentence_en(), missing.hint_ru()),
        Refusal::TokenUnknown => token_unknown(en),
        Refusal::ForeignSender { claimed, actual } => Sentence::new(
            format!("в Sender/Code указано «{claimed}», а сертификат ЭП-ОВ зарегистрирован за {actual}"),
            en,
            "укажите в Sender/Code мнемонику своей ИС или подпишите сообщение её ключом",
        ),
        Refusal::AroundTheNode { sender } => Sentence::new(
            format!("сообщение федеральной ИС {sender} пришло без подписи федерального узла"),
            en,
            "федеральные ИС обращаются в регион через федеральный узел СМЭВ",
        ),
        Refusal::NoRight(denied) => Sentence::new(denied.sentence_ru(), denied.sentence_en(), denied.hint_ru()),
        Refusal::Repeated { .. } => repeated(),
        Refusal::Stale { .. } => stale(en),
        Refusal::Official { what_ru, .. } => official(what_ru, en),
        Refusal::ConsumerBusy { max, .. } => {
            Sentence::new(format!("у вашей ИС открыто слишком много запросов одновременно: {max}"), en, TRY_LATER)
        }
        Refusal::ShareTaken { who, .. } => {
            Sentence::new(format!("сообщения ИС {who} занимают всю её долю памяти узла"), en, TRY_LATER)
        }
        Refusal::BodyTooLarge { max } => {
            Sentence::new(format!("сообщение больше {max} байт"), en, "уменьшите вложение: узел не принимает больше")
        }
        Refusal::BodyEncoded => Sentence::new("тело запроса сжато", en, "передавайте сообщение без Content-Encoding"),
        Refusal::Maintenance { sid, reason, until, .. } => maintenance(sid, reason, *until, en),
        Refusal::ProviderBusy { max, .. } => {
            Sentence::new(format!("у поставщика уже {max} запросов в работе"), en, TRY_LATER)
        }
        Refusal::NoAnswer { cause, .. } => no_answer(cause),
        Refusal::NotSoap { status, .. } => not_soap(*status),
        Refusal::Answer(error) => {
            let (ru, _) = of_envelope(error);
            Sentence::new(format!("ответ поставщика: {ru}"), en, ASK_PROVIDER)
        }
        Refusal::UnsignedFault { .. } => {
            Sentence::new("поставщик ответил ошибкой SOAP без подписи ЭП-ОВ", en, ASK_PROVIDER)
        }
        Refusal::ForeignProvider { claimed, provider } => Sentence::new(
            format!("в Sender/Code ответа указано «{claimed}», а подписал его {provider}"),
            en,
            ASK_PROVIDER,
        ),
        Refusal::AnswerForAnother { .. } => {
            Sentence::new("Recipient/Code ответа указывает на другую ИС", en, ASK_PROVIDER)
        }
        Refusal::AnswerOfAnother { .. } => {
            Sentence::new("RequestIdRef ответа указывает на другой запрос", en, ASK_PROVIDER)
        }
        Refusal::NoEvidence(_) => request_not_recorded(),
        Refusal::AnswerNotRecorded(_) => answer_not_recorded(),
        Refusal::NoRoom => Sentence::new("узел перегружен", en, TRY_LATER),
        Refusal::Configuration { .. } | Refusal::Internal { .. } => {
            Sentence::new("узел не смог обработать сообщение", "the bus could not process the message", ASK_OPERATOR)
        }
    }
}

/// The earlier exchange is not named: whoever repeats may be another than the one who was answered.
fn repeated() -> Sentence {
    Sentence::new(
        "это же подписанное сообщение уже принято узлом",
        "the same signed message was taken before",
        "новый запрос подпишите заново; ответ на принятый ищите по его MessageId",
    )
}

fn stale(en: String) -> Sentence {
    Sentence::new(
        "дата сообщения (Message/Date) слишком далека от времени узла или не указана",
        en,
        "проверьте часы и часовой пояс ИС, подпишите и отправьте сообщение заново",
    )
}

fn maintenance(sid: &Sid, reason: &str, until: Timestamp, en: String) -> Sentence {
    Sentence::new(
        format!("сервис {sid} на регламентных работах до {}: {reason}", moscow(until)),
        en,
        "повторите запрос после окончания работ; сообщение не принято",
    )
}

fn official(what_ru: &str, en: String) -> Sentence {
    Sentence::new(
        format!("сообщение не прошло ФЛК [ЭП-СП]: {what_ru}"),
        en,
        "этот сервис принимает только сообщения с действительной подписью должностного лица",
    )
}

fn token_unknown(en: String) -> Sentence {
    Sentence::new(
        "сообщение не подписано, а токен не принадлежит ни одной ИС, за которую подписывает узел",
        en,
        "подпишите сообщение ЭП-ОВ или уточните токен у оператора узла",
    )
}

fn not_soap(status: u16) -> Sentence {
    Sentence::new(
        format!("поставщик ответил HTTP {status} без сообщения SOAP"),
        format!("the provider answered HTTP {status} without a SOAP message"),
        ASK_PROVIDER,
    )
}

fn request_not_recorded() -> Sentence {
    Sentence::new(
        "узел не может записать сообщение в журнал, а без записи ничего не передаёт",
        "the bus cannot write the message into its journal, and forwards nothing without evidence",
        TRY_LATER,
    )
}

fn answer_not_recorded() -> Sentence {
    Sentence::new(
        "ответ поставщика получен, но узел не может записать его в журнал, а без записи ничего не передаёт",
        "the provider has answered, but the bus cannot write the answer into its journal and gives nothing without evidence",
        "запрос поставщиком выполнен: прежде чем повторять, обратитесь к оператору узла",
    )
}

/// The address of the provider is the registry's business: the causes of `delivery` are not repeated to the consumer.
fn no_answer(cause: &delivery::Error) -> Sentence {
    use delivery::Error as E;
    match cause {
        E::BadEndpoint | E::TlsSettings { .. } => Sentence::new(
            "адрес поставщика настроен на узле неверно",
            "the provider's endpoint is set up wrongly on the bus",
            ASK_OPERATOR,
        ),
        E::Connect { .. } | E::Tls { .. } | E::ConnectTimeout { .. } => Sentence::new(
            "ИС поставщика недоступна; запрос ей не передан",
            "the provider's system cannot be reached; the request was not delivered",
            "повторите запрос позже",
        ),
        E::AnswerTimeout { milliseconds } => Sentence::new(
            format!("ИС поставщика не ответила за {milliseconds} мс; запрос ей передан"),
            format!("the provider's system did not answer within {milliseconds} ms; the request was delivered"),
            "прежде чем повторять, выясните у поставщика, выполнен ли запрос",
        ),
        E::AnswerTooLarge { max } => Sentence::new(
            format!("ответ поставщика больше {max} байт"),
            format!("the provider's answer is larger than {max} bytes"),
            ASK_PROVIDER,
        ),
        E::Broken { .. } => Sentence::new(
            "связь с ИС поставщика оборвалась до конца ответа; запрос мог быть выполнен",
            "the connection broke before the answer was whole; the request may have been processed",
            "прежде чем повторять, выясните у поставщика, выполнен ли запрос",
        ),
    }
}

fn of_envelope(error: &envelope::Error) -> (String, &'static str) {
    use envelope::Error as E;
    match error {
        E::TooLarge { bytes, max } => (
            format!("сообщение занимает {bytes} байт, допускается {max}"),
            "уменьшите вложение: узел не принимает больше",
        ),
        E::NotUtf8 { .. } => ("сообщение не в кодировке UTF-8".to_owned(), "передавайте сообщения в UTF-8"),
        E::UnknownContentType { .. } => (
            "Content-Type не text/xml и не multipart/related".to_owned(),
            "передавайте сообщение с Content-Type: text/xml; charset=utf-8",
        ),
        E::Multipart { what } => (format!("нарушена структура multipart/related: {what}"), FIX_XML),
        E::Malformed { line, column, .. } => (format!("XML не читается: строка {line}, столбец {column}"), FIX_XML),
        E::DoctypeForbidden => ("DTD в сообщении запрещён".to_owned(), "уберите объявление <!DOCTYPE …>"),
        E::Limit { name, max, line } => (
            format!("превышен предел {name} = {max} (строка {line})"),
            "упростите сообщение или согласуйте предел с оператором",
        ),
        E::NotSoap11 { .. } => ("это не конверт SOAP 1.1".to_owned(), FIX_XML),
        E::NoBody => ("в конверте нет Body".to_owned(), FIX_XML),
        E::SeveralBodies => ("в конверте несколько Body".to_owned(), FIX_XML),
        E::SeveralHeaders => ("в конверте несколько Header".to_owned(), FIX_XML),
        E::SeveralNodeHeaders => ("в Header несколько блоков smev:Header".to_owned(), FIX_XML),
        E::Misplaced { line, .. } => (format!("в Envelope посторонний элемент (строка {line})"), FIX_XML),
        E::EmptyBody => ("Body пуст".to_owned(), FIX_XML),
        E::SeveralOperations => ("в Body несколько элементов".to_owned(), FIX_XML),
        E::SeveralMessages => ("в операции несколько блоков Message".to_owned(), FIX_XML),
        E::CommentInField { field, line } => {
            (format!("комментарий или инструкция внутри поля {field} (строка {line})"), FIX_XML)
        }
        E::ElementInField { field, line } => (format!("элемент внутри поля {field} (строка {line})"), FIX_XML),
        E::RepeatedField { field, line } => (format!("поле {field} повторяется (строка {line})"), FIX_XML),
        E::Format { problems } => {
            let list = problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
            (format!("сообщение не прошло ФЛК: {list}"), "исправьте перечисленное")
        }
        E::Signature(error) => of_signature(error),
        E::NodeSignature(error) => {
            let (ru, _) = of_signature(error);
            (format!("подпись узла ЭП-СМЭВ: {ru}"), "сообщение изменилось за узлом СМЭВ или пришло не от него")
        }
        E::ReadDiffers { field } => (
            format!("поле {field} в подписанных данных читается иначе"),
            "передавайте сообщение таким, каким оно было подписано",
        ),
        E::SignedAlready => (
            "сообщение уже содержит подпись отправителя".to_owned(),
            "ИС, за которую подписывает узел, передаёт сообщения без подписи",
        ),
        E::BodyId { id } => (
            format!("идентификатор Body «{id}» нельзя подписать"),
            "идентификаторы состоят из латинских букв, цифр и знаков . _ : - и не повторяются",
        ),
        E::CannotSign(_) | E::Internal { .. } => ("узел не смог обработать сообщение".to_owned(), ASK_OPERATOR),
    }
}

/// Names of authorities stand in the sender's own certificate; nothing else of the registry is told.
fn of_objection(objection: &Objection) -> (String, &'static str) {
    use Objection as O;
    const NEW_CERTIFICATE: &str = "получите новый сертификат ИС и зарегистрируйте его у оператора узла";
    const CRL_OF_NODE: &str = "сертификат ИС здесь ни при чём: оператор узла обновляет списки отзыва; повторите позже";
    match objection {
        O::Expired { not_after } => (format!("срок действия сертификата истёк {not_after}"), "замените сертификат ИС"),
        O::NotYetValid { not_before } => {
            (format!("сертификат действует с {not_before}"), "дождитесь начала срока или проверьте часы")
        }
        O::WrongUsage { .. } => {
            ("сертификат не предназначен для подписи (keyUsage)".to_owned(), "нужен сертификат с digitalSignature")
        }
        O::UnknownCriticalExtension { oid } => {
            (format!("в сертификате неизвестное критическое расширение {oid}"), NEW_CERTIFICATE)
        }
        O::SelfSigned => ("сертификат самоподписанный".to_owned(), NEW_CERTIFICATE),
        O::NoPath { .. } => (
            "сертификат выдан удостоверяющим центром, которому узел не доверяет".to_owned(),
            "получите сертификат в доверенном УЦ или обратитесь к оператору узла",
        ),
        O::BrokenPath { .. } => ("цепочка сертификата до доверенного УЦ неверна".to_owned(), NEW_CERTIFICATE),
        O::Revoked { since, .. } => (format!("сертификат отозван {since}"), NEW_CERTIFICATE),
        O::ListMissing { .. } => ("на узле нет списка отзыва удостоверяющего центра".to_owned(), CRL_OF_NODE),
        O::ListStale { .. } => ("список отзыва удостоверяющего центра на узле устарел".to_owned(), CRL_OF_NODE),
        O::BadList { .. } => ("список отзыва удостоверяющего центра на узле негоден".to_owned(), CRL_OF_NODE),
    }
}

fn of_signature(error: &xmldsig::Error) -> (String, &'static str) {
    use xmldsig::Error as E;
    const PROFILE: &str = "сверьте раздел Security с методическими рекомендациями СМЭВ 2 (ЭП-ОВ)";
    match error {
        E::Malformed { line } => (format!("XML не читается: строка {line}"), FIX_XML),
        E::CanonicalFormTooLarge { line } => (
            format!("каноническая форма слишком велика (до строки {line})"),
            "сократите имена пространств имён: одно и то же длинное имя применяется слишком часто",
        ),
        E::DoctypeForbidden => ("DTD в сообщении запрещён".to_owned(), "уберите объявление <!DOCTYPE …>"),
        E::NotSoap => ("это не конверт SOAP 1.1".to_owned(), FIX_XML),
        E::SignatureNotFound { actor } => (
            format!("нет подписи с actor {actor}"),
            "подпишите Body и поместите подпись в wsse:Security с actor http://smev.gosuslugi.ru/actors/smev",
        ),
        E::SeveralSecurity { .. } => ("несколько разделов Security с одним actor".to_owned(), PROFILE),
        E::SeveralSignatures => ("в разделе Security несколько подписей".to_owned(), PROFILE),
        E::TokenNotFound => ("в разделе Security нет сертификата подписи".to_owned(), PROFILE),
        E::TokenType { .. } => ("тип BinarySecurityToken не X509v3".to_owned(), PROFILE),
        E::BadCertificate(_) => ("сертификат подписи не читается".to_owned(), PROFILE),
        E::SeveralCertificates => ("найдено несколько сертификатов подписи".to_owned(), PROFILE),
        E::UnknownAlgorithm { uri } => (format!("алгоритм {uri} не допускается"), PROFILE),
        E::AlgorithmDoesNotFitKey => ("алгоритм подписи не соответствует ключу сертификата".to_owned(), PROFILE),
        E::UnknownTransform { uri } => (
            format!("преобразование {uri} не допускается"),
            "в СМЭВ 2 применяется http://www.w3.org/2001/10/xml-exc-c14n#",
        ),
        E::BadSecurity { what } => (format!("неверный формат раздела Security: {what}"), PROFILE),
        E::BodyNotSigned => {
            ("подписан не Body этого конверта".to_owned(), "ссылка подписи должна указывать на Body сообщения")
        }
        E::PartNotSigned { part } => (format!("подпись не покрывает {part}"), PROFILE),
        E::DuplicateId { id } => {
            (format!("идентификатор «{id}» повторяется"), "идентификаторы элементов должны быть различны")
        }
        E::UnresolvedReference { id } => (format!("в сообщении нет элемента с идентификатором «{id}»"), PROFILE),
        E::WrongDigest { part } => (
            format!("{part} изменён после подписания"),
            "не форматируйте и не перекодируйте сообщение после подписания",
        ),
        E::WrongSignature => (
            "значение подписи неверно".to_owned(),
            "проверьте, что SignedInfo не менялся после подписания и ключ соответствует сертификату",
        ),
        E::Distrusted(distrust) => match distrust {
            Distrust::Unknown => {
                ("сертификат не зарегистрирован на узле".to_owned(), "зарегистрируйте сертификат ИС у оператора узла")
            }
            Distrust::OnTrial => (
                "сертификат зарегистрирован на узле только для проверки".to_owned(),
                "пока идёт проверка, подписывайте им только тестовые сообщения (TestMsg)",
            ),
            Distrust::Objection(objection) => of_objection(objection),
            Distrust::BadCertificate(_) => ("сертификат подписи не читается".to_owned(), PROFILE),
        },
        E::CannotSign(_) | E::Internal { .. } => ("узел не смог обработать подпись".to_owned(), ASK_OPERATOR),
    }
}
