//! What a cause says to a person: what went wrong in one sentence, what to do in another, in Russian and English.
//!
//! They go over the wire too: nothing of the bus, of its registry or of other agencies stands in them.

use gateway::Refusal;
use pki::trust::Objection;
use xmldsig::{Cause, Distrust, Error};

/// A cause in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Words {
    pub(crate) ru: Sentence,
    pub(crate) en: Sentence,
}

/// In one language.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub(crate) struct Sentence {
    /// What went wrong.
    pub(crate) cause: String,
    /// What to do.
    pub(crate) remedy: String,
}

/// A table of causes: for each the cause and the remedy in Russian, then both in English. Names of fields may stand in braces.
macro_rules! table {
    ($($cause:pat => $ru:literal, $remedy_ru:literal, $en:literal, $remedy_en:literal;)+) => {
        /// The cause in words.
        pub(crate) fn words(cause: Cause) -> Words {
            match cause {
                Cause::Profile(error) => of_error(error),
                Cause::Distrusted(distrust) => of_distrust(distrust),
                $($cause => Words {
                    ru: Sentence { cause: format!($ru), remedy: format!($remedy_ru) },
                    en: Sentence { cause: format!($en), remedy: format!($remedy_en) },
                },)+
            }
        }
    };
}

table! {
    Cause::SignedInfoReformatted =>
        "После подписания в блоке SignedInfo изменены пробелы или переводы строк (блок подписи переформатирован); исходное значение подписи верно.",
        "Передавайте блок ds:Signature байт в байт таким, каким он создан: не форматируйте XML после подписания и отключите форматирование при записи.",
        "White space inside SignedInfo was changed after signing (the signature block was re-indented); the value itself is good.",
        "Send ds:Signature byte for byte as it was made: do not format the XML after signing.";
    Cause::PartReformatted =>
        "Подписанный элемент переформатирован после подписания: изменены, добавлены или убраны отступы и переводы строк между элементами.",
        "Подписывайте последним действием и отправляйте те же байты; отключите в библиотеке XML форматирование (pretty print, indent) и отбрасывание пробелов (включите preserveWhitespace).",
        "The signed element was reformatted after signing: white space between its elements was changed, added or taken out.",
        "Sign last and send the same octets; switch off pretty printing (indent) of the XML library, and let it keep white space (preserveWhitespace).";
    Cause::LooksReformatted =>
        "Подписанный элемент, по всей видимости, переформатирован после подписания: отступы между элементами добавлены или убраны, пробелы по краям текста могли быть обрезаны; доказать это перебором не удалось, возможны и другие изменения.",
        "Возьмите сообщение до форматирования и сравните канонический вид (rsmev signature explain --octets); отправляйте сообщение без форматирования после подписания.",
        "The signed element looks reformatted after signing: indentation was put in or taken out, and text may have been trimmed. This was not proved; there may be other changes too.",
        "Take the message as it was before formatting and compare the canonical octets (rsmev signature explain --octets); do not format after signing.";
    Cause::TextReformatted =>
        "После подписания изменены пробелы или переводы строк внутри текста элементов (например, заново разбиты строки base64 или обрезаны пробелы).",
        "Не нормализуйте текст элементов после подписания; содержимое base64 передавайте с теми же переводами строк.",
        "White space inside of text was changed after signing (lines of base64 wrapped anew, or text trimmed).",
        "Do not normalise text after signing; send base64 with the line ends it was signed with.";
    Cause::LineEnds =>
        "При подписании концы строк были CR LF, а разбор XML превращает их в LF, поэтому у получателя другой дайджест.",
        "До подписания приведите концы строк к LF (0x0A) или подписывайте текст, уже прошедший разбор XML.",
        "It was signed with line ends CR LF; XML parsing turns them into LF, and the digest changes.",
        "Turn line ends into LF (0x0A) before signing, or sign what an XML parser has read.";
    Cause::CarriageReturns =>
        "После подписания в тексте появились ссылки на символ CR (&#xD;, &#13;): программа записала CR LF как «&#xD;» и LF.",
        "Приведите концы строк к LF до подписания и не записывайте XML заново после него.",
        "References to CR (&#xD;) came into the text after signing: some program wrote CR LF as a reference and LF.",
        "Turn line ends into LF before signing, and do not write the XML anew after it.";
    Cause::PrefixChanged { signed, found } =>
        "После подписания изменён префикс пространства имён: подписано с «{signed}», в сообщении «{found}» (пусто — пространство имён по умолчанию).",
        "Формируйте конверт с окончательными префиксами до подписания; префиксы подписанных элементов менять нельзя.",
        "A namespace prefix was changed after signing: signed as {signed:?}, in the message {found:?} (empty is the default namespace).",
        "Build the envelope with its final prefixes before signing; prefixes of signed elements must not change.";
    Cause::LooksRenamed =>
        "Сообщение, по всей видимости, записано заново библиотекой XML, которая даёт свои префиксы пространств имён (ns0, ns1, …): в SignedInfo префикс изменён, в подписанном элементе, вероятно, тоже; доказать это перебором не удалось, возможны и другие изменения.",
        "Отправляйте те же байты, которые получились после подписания; не разбирайте и не записывайте XML заново.",
        "The message looks written anew by an XML library that gives prefixes of its own (ns0, ns1, …): a prefix of SignedInfo was changed, and those of the signed element were too, most likely. This was not proved; there may be other changes.",
        "Send the octets that signing made; do not parse and write the XML again.";
    Cause::NamespaceLost { prefix, namespace: Some(namespace) } =>
        "Потеряно объявление пространства имён: с xmlns:{prefix}=\"{namespace}\" дайджест сходится.",
        "Объявляйте пространства имён на самом подписываемом элементе, а не на внешних, и переносите его без изменений.",
        "A namespace declaration was lost: with xmlns:{prefix}=\"{namespace}\" the digest holds.",
        "Declare namespaces on the signed element itself and move it without changes.";
    Cause::NamespaceLost { prefix, namespace: None } =>
        "Подпись верна, но префикс «{prefix}», который используется в значениях (например, xsi:type), нигде не объявлен: получатель не разберёт содержимое.",
        "Объявите xmlns:{prefix} на подписываемом элементе до подписания: исключающая каноникализация таких префиксов не защищает.",
        "The signature holds, but the prefix {prefix:?}, used inside of values (such as xsi:type), is declared nowhere: the recipient will not understand the content.",
        "Declare xmlns:{prefix} on the signed element before signing: exclusive canonicalization does not protect such prefixes.";
    Cause::IdAddedLater =>
        "Идентификатор (wsu:Id) добавлен в подписанный элемент после вычисления дайджеста.",
        "Сначала поставьте wsu:Id, потом вычисляйте дайджест.",
        "The id (wsu:Id) was put on the signed element after its digest had been made.",
        "Set wsu:Id first, then make the digest.";
    Cause::InclusiveCanonicalization =>
        "Применена инклюзивная каноникализация, а в подписи указана исключающая.",
        "Каноникализируйте методом http://www.w3.org/2001/10/xml-exc-c14n# — тем, который указан в подписи.",
        "Inclusive canonicalization was used, while the signature names the exclusive one.",
        "Canonicalize with http://www.w3.org/2001/10/xml-exc-c14n#, the method the signature names.";
    Cause::CommentsKept =>
        "Дайджест вычислен с комментариями XML, а указанный метод каноникализации их исключает.",
        "Уберите комментарии из сообщения или каноникализируйте без них (метод без «#WithComments»).",
        "Comments were digested, while the method that is named leaves them out.",
        "Remove the comments, or canonicalize without them.";
    Cause::PrefixListIgnored =>
        "В подписи указан PrefixList (InclusiveNamespaces), но при подписании он не применён.",
        "Уберите InclusiveNamespaces из подписи или передайте этот список каноникализатору.",
        "The signature has a PrefixList (InclusiveNamespaces) that was not applied when signing.",
        "Leave InclusiveNamespaces out, or pass the list to the canonicalizer.";
    Cause::NotCanonicalized =>
        "Подписан исходный текст элемента, без каноникализации.",
        "Перед вычислением дайджеста и подписи приводите элемент к каноническому виду (xml-exc-c14n).",
        "The text was taken as it stands, without canonicalization.",
        "Canonicalize (xml-exc-c14n) before the digest and the signature are made.";
    Cause::DeclarationDigested =>
        "В дайджест попало объявление XML (<?xml …?>).",
        "Каноникализируйте сам элемент: объявления XML в каноническом виде нет.",
        "The XML declaration was digested with the element.",
        "Canonicalize the element itself: canonical form has no XML declaration.";
    Cause::ByteOrderMarkDigested =>
        "В дайджест попала метка порядка байтов (BOM).",
        "Кодируйте канонический вид в UTF-8 без BOM (в .NET — new UTF8Encoding(false)).",
        "The byte-order mark was digested with the element.",
        "Encode canonical form in UTF-8 without a BOM (in .NET new UTF8Encoding(false)).";
    Cause::ContentDigested =>
        "Подписано содержимое элемента, а не сам элемент с его открывающим и закрывающим тегами.",
        "Вычисляйте дайджест элемента целиком: soap:Body вместе с тегами и атрибутом wsu:Id.",
        "The content of the element was digested, not the element with its tags.",
        "Digest the whole element: soap:Body with its tags and wsu:Id.";
    Cause::OtherElementDigested { element } =>
        "Дайджест вычислен по другому элементу: {element}, а ссылка указывает не на него.",
        "Вычисляйте дайджест того элемента, на который указывает URI ссылки.",
        "The digest is that of another element, {element}, than the reference points to.",
        "Digest the element that the URI of the reference names.";
    Cause::EnvelopedForgotten =>
        "Подпись стоит внутри подписанного элемента, но преобразование enveloped-signature в ней не указано.",
        "Добавьте первым преобразованием http://www.w3.org/2000/09/xmldsig#enveloped-signature.",
        "The signature stands inside the element it signs, but names no enveloped-signature transform.",
        "Make http://www.w3.org/2000/09/xmldsig#enveloped-signature the first transform.";
    Cause::InnerSignature =>
        "Дайджест сходится, если вынуть вложенную подпись: её добавили после подписания, либо программа при подписании вырезает все подписи.",
        "Сначала подписывайте содержимое (ЭП-СП), затем Body (ЭП-ОВ); вырезать можно только саму создаваемую подпись.",
        "The digest holds without the signature inside: it was put in after signing, or the program cuts every signature out.",
        "Sign the content (ЭП-СП) first, then Body (ЭП-ОВ); only the signature being made may be cut out.";
    Cause::StandAlone { element } =>
        "Подпись сделана над элементом {element} как над отдельным документом и затем вставлена в конверт; над ним она сходится.",
        "Ничего делать не нужно: такую подпись проверяет поставщик сведений.",
        "The signature was made over {element} as a document of its own and then put into the envelope; over that element its digest holds.",
        "Nothing: such signatures are checked by the provider.";
    Cause::DigestValueChanged =>
        "После подписания изменено значение DigestValue, а сам подписанный элемент не изменён: с вычисленным дайджестом значение подписи сходится.",
        "Не изменяйте SignedInfo после подписания: DigestValue отправляйте таким, каким он был подписан.",
        "DigestValue was changed after signing, the signed element was not: with the computed digest the value holds.",
        "Do not touch SignedInfo after signing: send DigestValue as it was signed.";
    Cause::DigestInHex =>
        "DigestValue записан шестнадцатеричными цифрами, а не в base64.",
        "Кодируйте в base64 сами байты дайджеста.",
        "DigestValue is in hexadecimal digits, not in base64.",
        "Encode the octets of the digest in base64.";
    Cause::DigestReversed =>
        "Байты дайджеста записаны в обратном порядке.",
        "Записывайте байты дайджеста в том порядке, в каком их выдаёт криптопровайдер.",
        "The octets of the digest stand in reversed order.",
        "Write the digest in its natural octet order.";
    Cause::DigestOfBase64 =>
        "Дайджест вычислен по тексту base64, а не по самим байтам канонического вида.",
        "Вычисляйте дайджест по байтам канонического вида.",
        "The base64 text was digested, not the octets of the canonical form.",
        "Digest the octets of the canonical form.";
    Cause::OtherDigestAlgorithm { found } =>
        "Дайджест вычислен алгоритмом {found}, а в DigestMethod указан другой.",
        "Укажите в DigestMethod тот алгоритм, которым вычислен дайджест, или вычисляйте указанным.",
        "The digest was made with {found}, while DigestMethod names another algorithm.",
        "Name in DigestMethod the algorithm that is used, or use the one that is named.";
    Cause::TestSBox =>
        "Дайджест ГОСТ Р 34.11-94 вычислен с тестовым набором узлов замены, а нужен набор CryptoPro.",
        "Задайте набор параметров id-GostR3411-94-CryptoProParamSet (1.2.643.2.2.30.1).",
        "GOST R 34.11-94 was used with the test S-box; the CryptoPro one is needed.",
        "Set the parameters id-GostR3411-94-CryptoProParamSet (1.2.643.2.2.30.1).";
    Cause::HalvesSwapped =>
        "Половины значения подписи переставлены: для ГОСТ нужен порядок s‖r, для ECDSA — r‖s.",
        "Поменяйте половины SignatureValue местами перед кодированием в base64.",
        "The halves of the signature value are swapped: GOST needs s‖r, ECDSA r‖s.",
        "Swap the halves of SignatureValue before encoding it in base64.";
    Cause::ValueReversed =>
        "Байты значения подписи записаны в обратном порядке (так их выдаёт CryptoAPI).",
        "Разверните байты SignatureValue перед кодированием в base64.",
        "The octets of the signature value stand in reversed order (as CryptoAPI gives them).",
        "Reverse the octets of SignatureValue before encoding it in base64.";
    Cause::HalvesReversed =>
        "Каждая половина значения подписи записана с обратным порядком байтов.",
        "Записывайте s и r старшим байтом вперёд.",
        "Each half of the signature value stands in reversed octet order.",
        "Write s and r with the highest octet first.";
    Cause::ValueInAsn1 =>
        "Значение подписи записано в ASN.1 (SEQUENCE из двух INTEGER), а нужны числа фиксированной длины подряд.",
        "Разберите ASN.1 и запишите s‖r (для ECDSA — r‖s), каждое число полной длины, старшим байтом вперёд.",
        "The signature value is ASN.1 (SEQUENCE of two INTEGERs); two numbers of fixed length are needed.",
        "Write s‖r (for ECDSA r‖s), each of full length, highest octet first.";
    Cause::ValueInHex =>
        "SignatureValue записан шестнадцатеричными цифрами, а не в base64.",
        "Кодируйте в base64 сами байты подписи.",
        "SignatureValue is in hexadecimal digits, not in base64.",
        "Encode the octets of the signature in base64.";
    Cause::SignedDigestReversed =>
        "Дайджест SignedInfo развёрнут перед подписанием: подписаны его байты в обратном порядке.",
        "Передавайте криптопровайдеру дайджест в естественном порядке байтов: разворот ГОСТ Р 34.10 он делает сам.",
        "The digest of SignedInfo was reversed before it was signed.",
        "Give the provider the digest in its natural order: the reversal of GOST R 34.10 is its own business.";
    Cause::SignedOtherDigest { found } =>
        "Значение подписи вычислено по дайджесту {found}, который не соответствует ключу сертификата.",
        "С ключом ГОСТ Р 34.10-2012 применяйте ГОСТ Р 34.11-2012 той же длины, с ключом 2001 года — ГОСТ Р 34.11-94.",
        "The value signs a {found} digest, which does not go with the key of the certificate.",
        "Use GOST R 34.11-2012 of the same length with keys of 2012, GOST R 34.11-94 with keys of 2001.";
    Cause::ValueOverPart { part } =>
        "Подписан сам элемент {part}, а не SignedInfo с его дайджестом.",
        "Подписывайте канонический вид SignedInfo: в нём стоит дайджест элемента.",
        "The value signs {part} itself, not SignedInfo with its digest.",
        "Sign the canonical form of SignedInfo, which holds the digest.";
    Cause::OtherCertificate { subject } =>
        "Подпись сделана другим ключом: она сходится с сертификатом «{subject}», который тоже есть в сообщении.",
        "Ссылка KeyInfo должна вести на сертификат того ключа, которым подписано сообщение.",
        "It was signed with another key: the value holds with the certificate of {subject:?}, which is in the message too.",
        "Let KeyInfo lead to the certificate of the key that signs.";
    Cause::AlgorithmDoesNotFitKey { uri, key, holds: true } =>
        "Указан алгоритм {uri}, а ключ сертификата — {key}; само значение подписи с этим ключом сходится.",
        "Укажите в SignatureMethod и DigestMethod алгоритмы ключа сертификата: подписывать иначе не нужно.",
        "The algorithm {uri} is named, but the key of the certificate is for {key}; the value holds with that key.",
        "Name the algorithms of the certificate's key in SignatureMethod and DigestMethod.";
    Cause::AlgorithmDoesNotFitKey { uri, key, holds: false } =>
        "Указан алгоритм {uri}, а ключ сертификата — {key}.",
        "Подписывайте ключом, которому принадлежит сертификат, и укажите его алгоритмы в SignatureMethod и DigestMethod.",
        "The algorithm {uri} is named, but the key of the certificate is for {key}.",
        "Sign with the key of the certificate, and name its algorithms in SignatureMethod and DigestMethod.";
    Cause::UnknownAlgorithm { uri } =>
        "Алгоритм «{uri}» в СМЭВ 2 не допускается.",
        "Применяйте алгоритмы ГОСТ и исключающую каноникализацию; имена приведены в docs/SIGNATURES.md.",
        "The algorithm {uri:?} is not allowed in SMEV 2.",
        "Use GOST algorithms and exclusive canonicalization; their names are in docs/SIGNATURES.md.";
    Cause::UnknownTransform { uri } =>
        "Преобразование «{uri}» в СМЭВ 2 не допускается.",
        "Оставьте одно преобразование http://www.w3.org/2001/10/xml-exc-c14n# (перед ним возможно enveloped-signature).",
        "The transform {uri:?} is not allowed in SMEV 2.",
        "Leave one transform, http://www.w3.org/2001/10/xml-exc-c14n# (after enveloped-signature, if need be).";
    Cause::Smev3 =>
        "Это сообщение СМЭВ 3: подпись использует преобразование urn://smev-gov-ru/xmldsig/transform, которого нет в СМЭВ 2.",
        "Отправляйте его на узел СМЭВ 3 или сформируйте сообщение по методическим рекомендациям СМЭВ 2.",
        "This is a message of SMEV 3: its signature uses urn://smev-gov-ru/xmldsig/transform, which SMEV 2 does not have.",
        "Send it to a SMEV 3 node, or make a SMEV 2 message.";
    Cause::DuplicateId { id, lines, signed: Some(signed) } =>
        "Идентификатор «{id}» стоит на нескольких элементах (строки {lines:?}); подписан элемент в строке {signed}.",
        "Сделайте идентификаторы различными: тот, на который ссылается подпись, должен быть один на всё сообщение.",
        "The id {id:?} stands on several elements (lines {lines:?}); the one of line {signed} is signed.",
        "Make ids different: the one a signature refers to must be the only one in the message.";
    Cause::DuplicateId { id, lines, signed: None } =>
        "Идентификатор «{id}» стоит на нескольких элементах (строки {lines:?}).",
        "Сделайте идентификаторы различными: тот, на который ссылается подпись, должен быть один на всё сообщение.",
        "The id {id:?} stands on several elements (lines {lines:?}).",
        "Make ids different: the one a signature refers to must be the only one in the message.";
    Cause::UnresolvedId { id } =>
        "Ссылка подписи указывает на «{id}», но элемента с таким идентификатором в сообщении нет.",
        "Проверьте, что wsu:Id подписанного элемента дошёл до получателя и совпадает с URI ссылки.",
        "The signature refers to {id:?}, and no element has that id.",
        "See that wsu:Id of the signed element reaches the recipient and equals the URI of the reference.";
    Cause::BodyNotReferenced =>
        "Подпись не покрывает soap:Body этого конверта (ЭП-СМЭВ — ещё и smev:Header).",
        "ЭП-ОВ должна ссылаться на wsu:Id элемента Body.",
        "The signature does not cover soap:Body of this envelope (a node's must cover smev:Header too).",
        "ЭП-ОВ must refer to the wsu:Id of Body.";
    Cause::WrongActor { found: Some(found) } =>
        "В wsse:Security указан actor «{found}», такой раздел СМЭВ не читает.",
        "Укажите actor http://smev.gosuslugi.ru/actors/smev (в пространстве имён SOAP 1.1).",
        "wsse:Security has the actor {found:?}, which SMEV does not read.",
        "Set actor to http://smev.gosuslugi.ru/actors/smev (in the namespace of SOAP 1.1).";
    Cause::WrongActor { found: None } =>
        "В wsse:Security нет атрибута actor, такой раздел СМЭВ не читает.",
        "Укажите actor http://smev.gosuslugi.ru/actors/smev (в пространстве имён SOAP 1.1).",
        "wsse:Security has no actor; SMEV does not read such a block.",
        "Set actor to http://smev.gosuslugi.ru/actors/smev (in the namespace of SOAP 1.1).";
    Cause::Misplaced =>
        "Подпись стоит не в wsse:Security заголовка soap:Header.",
        "Поместите ds:Signature в wsse:Security, а его — прямо в soap:Header.",
        "The signature does not stand in a wsse:Security of soap:Header.",
        "Put ds:Signature into wsse:Security, and that directly into soap:Header.";
    Cause::NotSigned =>
        "В сообщении нет подписи ЭП-ОВ (wsse:Security с actor http://smev.gosuslugi.ru/actors/smev).",
        "Подпишите soap:Body ключом ИС и поместите подпись в wsse:Security с этим actor.",
        "The message has no sender's signature (wsse:Security with the actor http://smev.gosuslugi.ru/actors/smev).",
        "Sign soap:Body with the key of the system, and put the signature into wsse:Security with that actor.";
    Cause::Changed { part } =>
        "{part} изменён после подписания или подписан в другом виде; ни одна из проверяемых причин не доказана. Возможны и пробелы: убранные отступы или обрезанный по краям текст по сообщению не восстановить.",
        "Запишите байты, которые поступают на вход хэш-функции при подписании, и сравните с каноническим видом, который пишет rsmev signature explain --octets.",
        "{part} was changed after signing, or signed in another form; none of the causes that are tried was proved. White space is possible too: indentation taken out or text trimmed cannot always be restored from the message.",
        "Write down the octets that your digest takes in, and compare them with the canonical octets that rsmev signature explain --octets writes.";
    Cause::WrongValue =>
        "Значение подписи не соответствует SignedInfo и сертификату: подписано другим ключом, или SignedInfo изменён.",
        "Проверьте, что сертификат в сообщении принадлежит ключу подписи и что после подписания в SignedInfo ничего не менялось.",
        "The signature value does not belong to this SignedInfo and certificate: another key signed, or SignedInfo was changed.",
        "See that the certificate in the message is that of the signing key, and that SignedInfo is not touched after signing.";
    Cause::NotAllTried =>
        "Сообщение слишком велико или содержит слишком много подписей: проверены не все известные причины.",
        "Повторите на сообщении меньшего размера или командой rsmev signature explain.",
        "The message is too large or has too many signatures: not every known cause was tried.",
        "Try again with a smaller message, or with the command rsmev signature explain.";
}

const PROFILE_EN: &str = "Compare the Security block with the recommendations of SMEV 2 and docs/SIGNATURES.md.";

fn of_error(error: Error) -> Words {
    in_two_languages(error, PROFILE_EN)
}

fn of_distrust(distrust: Distrust) -> Words {
    let remedy = match &distrust {
        Distrust::Unknown => "Let the operator of the bus register the certificate for your system.",
        Distrust::OnTrial => {
            "Sign with the certificate in force; the new one vouches for test messages only until it is switched to."
        }
        Distrust::BadCertificate(_) => "Put the X.509 certificate of the system, DER in base64, into the token.",
        Distrust::Objection(objection) => match objection {
            Objection::NotYetValid { .. } => "Wait for the beginning of the period, or set the clock right.",
            Objection::Expired { .. } => "Get a new certificate, and let the operator of the bus register it.",
            Objection::WrongUsage { .. } => "Get a certificate whose keyUsage has digitalSignature.",
            Objection::UnknownCriticalExtension { .. } | Objection::SelfSigned | Objection::Revoked { .. } => {
                "Get another certificate, and let the operator of the bus register it."
            }
            Objection::NoPath { .. } | Objection::BrokenPath { .. } => {
                "Get a certificate of an authority that the region trusts, or ask the operator of the bus."
            }
            Objection::ListMissing { .. } | Objection::ListStale { .. } | Objection::BadList { .. } => {
                "Your certificate is not to blame: the operator of the bus has to renew revocation lists."
            }
        },
    };
    in_two_languages(Error::Distrusted(distrust), remedy)
}

/// In the words of the bus's own refusals.
fn in_two_languages(error: Error, remedy_en: &str) -> Words {
    let en = whole(&error.to_string());
    let told = gateway::sentence(&Refusal::Request(envelope::Error::Signature(error)));
    Words {
        ru: Sentence { cause: whole(&told.ru), remedy: whole(&told.next_ru) },
        en: Sentence { cause: en, remedy: remedy_en.to_owned() },
    }
}

/// A clause as a sentence.
fn whole(clause: &str) -> String {
    let mut rest = clause.chars();
    let first = rest.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    let end = if clause.is_empty() || clause.ends_with('.') { "" } else { "." };
    format!("{first}{}{end}", rest.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_bus_says_of_itself_becomes_a_sentence() {
        let words = words(Cause::Distrusted(Distrust::Unknown));
        assert_eq!(words.ru.cause, "Сертификат не зарегистрирован на узле.");
        assert!(words.en.remedy.ends_with('.'));
        assert_eq!(whole(""), "");
    }
}
