//! The cast of the pretend region: participants, systems, services and who may ask what. Constants only; [`crate::init`]
//! turns them into files. Persons, bodies and register entries are made up.

use pki::Algorithm;

use crate::region::{Pattern, Revision, Right, SignedBy, Standing, SystemKind};

/// Region 64: the two digits stand in every regional mnemonic and are the `NodeId` of the bus.
pub(crate) const NODE_ID: &str = "64";
/// Mnemonic of the bus.
pub(crate) const NODE_MNEMONIC: &str = "RSMV01641";
/// Name of the bus.
pub(crate) const NODE_NAME: &str = "Региональная СМЭВ (учебный регион)";
/// `NodeId` of the federal node.
pub(crate) const FEDERAL_NODE_ID: &str = "00";
/// Name under which the federal node's own copies of messages are kept.
pub(crate) const FEDERAL_NODE_NAME: &str = "federal-node";
/// Version of every service.
pub(crate) const VERSION: &str = "1.00";

/// A participant together with its one system.
pub(crate) struct Member {
    pub(crate) mnemonic: &'static str,
    pub(crate) participant: &'static str,
    pub(crate) name: &'static str,
    pub(crate) kind: SystemKind,
    pub(crate) algorithm: Algorithm,
    pub(crate) signature: SignedBy,
    pub(crate) standing: Standing,
}

const fn member(mnemonic: &'static str, participant: &'static str, name: &'static str, kind: SystemKind) -> Member {
    Member {
        mnemonic,
        participant,
        name,
        kind,
        algorithm: Algorithm::Gost2012_256,
        signature: SignedBy::Own,
        standing: Standing::Good,
    }
}

/// Systems with a second certificate and key: one that signs for itself, one that the bus signs for.
pub(crate) const WITH_NEXT: [&str; 2] = ["SOCZ01641", "ARHV01641"];

/// Everybody who sends or answers.
pub(crate) const MEMBERS: [Member; 10] = [
    member("RPGU01641", "RPGU", "Региональный портал государственных и муниципальных услуг", SystemKind::Portal),
    Member {
        algorithm: Algorithm::Gost2012_512,
        ..member("MFCS01641", "MFCS", "Многофункциональный центр «Мои документы»", SystemKind::Mfc)
    },
    member("SOCZ01641", "SOCZ", "Министерство социальной защиты населения", SystemKind::Regional),
    Member {
        algorithm: Algorithm::Gost2001,
        ..member("ZAGS01641", "ZAGS", "Управление записи актов гражданского состояния", SystemKind::Regional)
    },
    member("ADMS01641", "ADMS", "Администрация города Степного", SystemKind::Municipal),
    Member {
        signature: SignedBy::Hosted,
        ..member("ARHV01641", "ARHV", "Государственный архив области", SystemKind::Regional)
    },
    Member {
        standing: Standing::Expired,
        ..member("OLDS01641", "OLDS", "Комитет, забывший сменить сертификат", SystemKind::Regional)
    },
    Member {
        standing: Standing::Unregistered,
        ..member("STRN01641", "STRN", "Организация вне реестра участников", SystemKind::Regional)
    },
    member("FNS001001", "FNS0", "Федеральная налоговая служба", SystemKind::Federal),
    member("PFRF01001", "PFRF", "Пенсионный фонд Российской Федерации", SystemKind::Federal),
];

/// Who stands behind the address a service is routed to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Via {
    /// The federal node.
    Federal,
    /// The provider's own address.
    Agency,
    /// An address at which nobody listens, for trying the refusal.
    Nobody,
}

/// A service of the region.
pub(crate) struct Offer {
    pub(crate) sid: &'static str,
    pub(crate) name: &'static str,
    pub(crate) mnemonic: &'static str,
    pub(crate) owner: &'static str,
    pub(crate) provider: &'static str,
    pub(crate) via: Via,
    pub(crate) access: &'static str,
    pub(crate) revision: Revision,
    pub(crate) pattern: Pattern,
    pub(crate) namespace: &'static str,
    pub(crate) operation: &'static str,
    pub(crate) soap_action: &'static str,
    pub(crate) answer_deadline: Option<&'static str>,
    pub(crate) about: &'static str,
}

/// Every service.
pub(crate) const OFFERS: [Offer; 10] = [
    Offer {
        sid: "SID0003245",
        name: "Сведения об ИНН физического лица",
        mnemonic: "FNSINN",
        owner: "FNS0",
        provider: "FNS001001",
        via: Via::Federal,
        access: "by_consent",
        revision: Revision::Rev120315,
        pattern: Pattern::Sync,
        namespace: "http://fns.example/inn/1.00",
        operation: "queryINN",
        soap_action: "\"http://fns.example/inn/queryINN\"",
        answer_deadline: None,
        about: "Синхронный запрос: по фамилии, имени, отчеству и дате рождения ФНС возвращает ИНН.",
    },
    Offer {
        sid: "SID0003564",
        name: "Сведения о страховом номере (СНИЛС)",
        mnemonic: "PFRSNILS",
        owner: "PFRF",
        provider: "PFRF01001",
        via: Via::Federal,
        access: "by_consent",
        revision: Revision::Rev111111,
        pattern: Pattern::Async,
        namespace: "http://pfr.example/snils/1.00",
        operation: "SnilsByAdditionalData",
        soap_action: "\"\"",
        answer_deadline: None,
        about: "Асинхронный запрос с повторным опросом: REQUEST → ACCEPT, затем PING, пока не придёт RESULT.",
    },
    Offer {
        sid: "SID0064001",
        name: "Сведения о записи акта гражданского состояния",
        mnemonic: "ZAGSRecord",
        owner: "ZAGS",
        provider: "ZAGS01641",
        via: Via::Agency,
        access: "by_consent",
        revision: Revision::Rev120315,
        pattern: Pattern::Sync,
        namespace: "http://zags.region64.example/record/1.00",
        operation: "getRecord",
        soap_action: "\"urn:getRecord\"",
        answer_deadline: None,
        about: "Р-сведения: запись о рождении по лицу. Спрашивают органы региона и, через федеральный узел, ПФР.",
    },
    Offer {
        sid: "SID0064002",
        name: "Сведения о мерах социальной поддержки",
        mnemonic: "SOCBenefits",
        owner: "SOCZ",
        provider: "SOCZ01641",
        via: Via::Agency,
        access: "base_resource",
        revision: Revision::Absent,
        pattern: Pattern::Sync,
        namespace: "http://tempuri.org/",
        operation: "GetBenefits",
        soap_action: "\"http://tempuri.org/IBenefits/GetBenefits\"",
        answer_deadline: None,
        about: "Сервис без блока Message: такие в регионах есть. Отправителя шина узнаёт по сертификату.",
    },
    Offer {
        sid: "SID0064003",
        name: "Приём заявления на присвоение адреса",
        mnemonic: "AddressApplication",
        owner: "ADMS",
        provider: "ADMS01641",
        via: Via::Agency,
        access: "by_consent",
        revision: Revision::Rev120315,
        pattern: Pattern::Application,
        namespace: "http://adms.region64.example/address/1.00",
        operation: "application",
        soap_action: "\"urn:application\"",
        answer_deadline: None,
        about: "Заявление с портала с архивом приложений (AppDocument): ACCEPT, опрос состояния, RESULT.",
    },
    Offer {
        sid: "SID0064004",
        name: "Приём статусов заявлений порталом",
        mnemonic: "ReceiveStatus",
        owner: "RPGU",
        provider: "RPGU01641",
        via: Via::Agency,
        access: "open",
        revision: Revision::Rev120315,
        pattern: Pattern::Callback,
        namespace: "http://rpgu.region64.example/status/1.00",
        operation: "setStatus",
        soap_action: "setStatus",
        answer_deadline: None,
        about: "Обратный вызов: ведомство само сообщает порталу о ходе дела, портал отвечает ACCEPT.",
    },
    Offer {
        sid: "SID0064005",
        name: "Архивная справка о стаже",
        mnemonic: "ArchiveReference",
        owner: "ARHV",
        provider: "ARHV01641",
        via: Via::Agency,
        access: "by_consent",
        revision: Revision::Rev111111,
        pattern: Pattern::Sync,
        namespace: "http://arhv.region64.example/reference/1.00",
        operation: "getReference",
        soap_action: "\"urn:getReference\"",
        answer_deadline: None,
        about: "У архива нет средства подписи: его ответы подписывает шина ключом архива.",
    },
    Offer {
        sid: "SID0064901",
        name: "Учебный сервис для проверки отказов",
        mnemonic: "TrialAnswers",
        owner: "ADMS",
        provider: "ADMS01641",
        via: Via::Agency,
        access: "open",
        revision: Revision::Rev120315,
        pattern: Pattern::Sync,
        namespace: "http://adms.region64.example/trial/1.00",
        operation: "trial",
        soap_action: "\"urn:trial\"",
        answer_deadline: Some("2 s"),
        about: "Отвечает так, как попросит запрос: поздно, без подписи, с подделанной подписью, ошибкой.",
    },
    Offer {
        sid: "SID0064902",
        name: "Учебный сервис с остановленным поставщиком",
        mnemonic: "TrialDown",
        owner: "ADMS",
        provider: "ADMS01641",
        via: Via::Nobody,
        access: "open",
        revision: Revision::Rev120315,
        pattern: Pattern::Sync,
        namespace: "http://adms.region64.example/trial/1.00",
        operation: "trial",
        soap_action: "\"urn:trial\"",
        answer_deadline: Some("2 s"),
        about: "По адресу поставщика никто не отвечает.",
    },
    Offer {
        sid: "SID0064903",
        name: "Учебный сервис для нагрузки",
        mnemonic: "TrialLoad",
        owner: "ADMS",
        provider: "ADMS01641",
        via: Via::Agency,
        access: "open",
        revision: Revision::Rev120315,
        pattern: Pattern::Sync,
        namespace: "http://adms.region64.example/trial/1.00",
        operation: "trial",
        soap_action: "\"urn:trial\"",
        answer_deadline: None,
        about: "Оба конца подписывают по ГОСТ Р 34.10-2012-256: по этому сервису меряют скорость.",
    },
];

/// Where nobody listens: port 1 of the loopback address.
pub(crate) const NOBODY: &str = "http://127.0.0.1:1/";

/// The pair whose right has run out.
pub(crate) const EXPIRED_PAIR: (&str, &str) = ("ADMS01641", "SID0003245");
/// The pair without a row.
pub(crate) const PAIR_WITHOUT_ROW: (&str, &str) = ("ZAGS01641", "SID0003245");

/// Who may ask what; the order is that of the file.
pub(crate) const ACCESS: [(&str, &str, Right); 20] = [
    ("SOCZ01641", "SID0003245", Right::Granted),
    ("MFCS01641", "SID0003245", Right::Granted),
    (EXPIRED_PAIR.0, EXPIRED_PAIR.1, Right::Expired),
    (PAIR_WITHOUT_ROW.0, PAIR_WITHOUT_ROW.1, Right::None),
    ("SOCZ01641", "SID0003564", Right::Granted),
    ("SOCZ01641", "SID0064001", Right::Granted),
    ("MFCS01641", "SID0064001", Right::Granted),
    ("ARHV01641", "SID0064001", Right::Granted),
    ("PFRF01001", "SID0064001", Right::Granted),
    ("OLDS01641", "SID0064001", Right::Granted),
    ("MFCS01641", "SID0064002", Right::Granted),
    ("RPGU01641", "SID0064002", Right::Granted),
    ("RPGU01641", "SID0064003", Right::Granted),
    ("ADMS01641", "SID0064004", Right::Granted),
    ("SOCZ01641", "SID0064005", Right::Granted),
    ("ADMS01641", "SID0064005", Right::Granted),
    ("SOCZ01641", "SID0064901", Right::Granted),
    ("SOCZ01641", "SID0064902", Right::Granted),
    ("SOCZ01641", "SID0064903", Right::Granted),
    ("RPGU01641", "SID0064005", Right::None),
];
