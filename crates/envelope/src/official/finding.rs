//! What is told of second-level signatures: labels, numbers, certificates by fingerprint. No names of people or files.

use pki::Certificate;
use serde::{Serialize, Serializer};

/// Everything found, and the sum of it.
#[derive(Debug, Clone, Serialize)]
pub struct Officials {
    /// In a word.
    pub summary: Summary,
    /// Whether all that an official signs is signed and holds: AppData as a whole, or every file of the archive.
    pub complete: bool,
    /// The archive of AppDocument, if the message has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub archive: Option<Archive>,
    /// Signatures, and what lacks one, in the order of the message; see [`Officials::omitted`].
    pub findings: Vec<OfficialFinding>,
    /// Findings that are not listed, because there are too many.
    pub omitted: usize,
}

/// All findings in a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Summary {
    /// No signature, and nothing that speaks against the content.
    None,
    /// There are signatures, and all of them hold.
    AllHold,
    /// Something does not hold: a signature, or the digest of the archive.
    SomeFail {
        /// How many.
        failed: usize,
    },
    /// Nothing fails, but something could not be judged.
    Undecided {
        /// How many.
        undecided: usize,
    },
}

/// What one finding is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum OfficialVerdict {
    /// A signature that holds.
    Holds,
    /// A signature that does not.
    Fails,
    /// A signature that could not be judged here.
    Undecided,
    /// Something without signature.
    Unsigned,
}

/// One signature, or something that lacks one.
#[derive(Debug, Clone, Serialize)]
pub struct OfficialFinding {
    /// `AppData`, or `AppDocument/…` with the name of the application (`req_….xml`) or the number of the file in the archive.
    pub place: String,
    /// What is the matter.
    pub outcome: SignatureOutcome,
    /// What that is worth.
    pub verdict: OfficialVerdict,
    /// Paths of the elements covered, for signatures in AppData.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub covers: Vec<String>,
    /// SHA-256 of the file that was judged, in hexadecimal digits, for signatures in the archive.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// The signer's certificate; written as fingerprint, serial number and algorithm only.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "certificate")]
    pub certificate: Option<Certificate>,
    /// When the signer says he signed: nobody vouches for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub claimed_time: Option<jiff::Timestamp>,
}

macro_rules! labelled {
    ($(#[$about:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $label:literal, $ru:literal;)+ }) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $name { $($(#[$doc])* $variant,)+ }

        impl $name {
            /// The word for machines: journal, JSON, metrics.
            pub const fn label(self) -> &'static str {
                match self { $(Self::$variant => $label,)+ }
            }

            /// The words for people.
            pub const fn text_ru(self) -> &'static str {
                match self { $(Self::$variant => $ru,)+ }
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.label())
            }
        }
    };
}

labelled! {
    /// What is the matter with one signature.
    SignatureOutcome {
        /// It holds: over AppData or what is around it, or over its file.
        Holds = "holds", "подпись верна";
        /// It holds over an element inside AppData only.
        HoldsForPart = "holds_for_part", "подпись верна, но охватывает только часть AppData";
        /// It holds over another part of the message, so that it says nothing about this content.
        CoversElsewhere = "covers_elsewhere", "подпись верна, но охватывает не AppData, а другую часть сообщения";
        /// The content is another one than was signed.
        WrongDigest = "wrong_digest", "содержимое изменено после подписания";
        /// The value is not one by the key of the certificate.
        WrongValue = "wrong_value", "значение подписи не соответствует сертификату";
        /// An algorithm or transform outside the closed list.
        UnknownAlgorithm = "unknown_algorithm", "алгоритм подписи не поддерживается";
        /// It was made over a document that is not this message (`URI=\"\"`, an absent id).
        NotHere = "not_here", "подписан документ вне этого сообщения: здесь подпись не проверяется";
        /// Two elements carry the id it names.
        Ambiguous = "ambiguous", "идентификатор подписанного элемента встречается дважды";
        /// Its certificate is not there, or cannot be told among several.
        NoCertificate = "no_certificate", "нет сертификата подписавшего";
        /// Its certificate cannot be read or used.
        BadCertificate = "bad_certificate", "сертификат подписавшего не читается";
        /// Its algorithms are not those of the key.
        AlgorithmDoesNotFitKey = "algorithm_does_not_fit_key", "алгоритм подписи не соответствует ключу сертификата";
        /// It is not built as its standard says.
        Malformed = "malformed", "подпись построена с нарушением стандарта";
        /// It is out of the bounds of what is judged.
        NotJudged = "not_judged", "подпись не проверялась: превышен предел числа или объёма";
        /// A file in the archive that nobody signed.
        Unsigned = "unsigned", "файл архива не подписан";
        /// A signature in the archive whose file is not there.
        NoFile = "no_file", "в архиве есть подпись, но нет файла, к которому она относится";
        /// The file or its signature cannot be taken out of the archive: encrypted, damaged, packed by an unknown method.
        Unreadable = "unreadable", "файл архива не читается: зашифрован, повреждён или сжат неизвестным способом";
        /// A name that leads out of the archive.
        UnsafeName = "unsafe_name", "имя файла в архиве ведёт за его пределы";
    }
}

impl SignatureOutcome {
    /// What it is worth.
    pub const fn verdict(self) -> OfficialVerdict {
        match self {
            Self::Holds | Self::HoldsForPart => OfficialVerdict::Holds,
            Self::CoversElsewhere
            | Self::WrongDigest
            | Self::WrongValue
            | Self::Ambiguous
            | Self::AlgorithmDoesNotFitKey
            | Self::Malformed
            | Self::NoFile
            | Self::UnsafeName => OfficialVerdict::Fails,
            Self::UnknownAlgorithm
            | Self::NotHere
            | Self::NoCertificate
            | Self::BadCertificate
            | Self::NotJudged
            | Self::Unreadable => OfficialVerdict::Undecided,
            Self::Unsigned => OfficialVerdict::Unsigned,
        }
    }
}

/// The archive of AppDocument.
#[derive(Debug, Clone, Serialize)]
pub struct Archive {
    /// Whether it could be read.
    pub state: ArchiveState,
    /// Whether DigestValue is its digest.
    pub digest: DigestCheck,
    /// How many files are in it, signatures not counted.
    pub files: usize,
}

labelled! {
    /// Whether an archive could be read.
    ArchiveState {
        /// It could.
        Read = "read", "архив прочитан";
        /// AppDocument names a MIME part that is not in the message, or nothing at all.
        Absent = "absent", "архива нет в сообщении";
        /// AppDocument is not built as the format says, or stands twice.
        Broken = "broken", "блок AppDocument построен с нарушением формата";
        /// It is not base64, or not a zip.
        NotZip = "not_zip", "вложение не является архивом zip";
        /// Two programs would find different files in it: two of one name, overlapping or hidden ones.
        Ambiguous = "ambiguous", "архив читается неоднозначно: повторяющиеся, пересекающиеся или скрытые файлы";
        /// It has more files than are looked at.
        OutOfBounds = "out_of_bounds", "архив не проверялся: в нём слишком много файлов";
    }
}

labelled! {
    /// Whether DigestValue is the digest of the archive.
    DigestCheck {
        /// There is none; for BinaryData none is expected.
        Absent = "absent", "контрольной суммы нет";
        /// It is, over the base64 text, as the recommendations have it.
        OfBase64 = "of_base64", "контрольная сумма верна (по тексту base64)";
        /// It is, over the octets themselves.
        OfOctets = "of_octets", "контрольная сумма верна (по самим байтам)";
        /// It is not.
        Wrong = "wrong", "контрольная сумма не совпадает с архивом";
        /// It is not base64 of a GOST digest.
        Unreadable = "unreadable", "контрольная сумма не читается";
        /// There is no archive to compare it with.
        NotChecked = "not_checked", "контрольная сумма не проверялась: архива нет";
    }
}

impl Archive {
    pub(super) fn unread(state: ArchiveState) -> Self {
        Self { state, digest: DigestCheck::NotChecked, files: 0 }
    }

    fn verdict(&self) -> Option<OfficialVerdict> {
        match (self.state, self.digest) {
            (ArchiveState::Broken | ArchiveState::Ambiguous, _) | (_, DigestCheck::Wrong | DigestCheck::Unreadable) => {
                Some(OfficialVerdict::Fails)
            }
            (ArchiveState::Absent | ArchiveState::NotZip | ArchiveState::OutOfBounds, _) => {
                Some(OfficialVerdict::Undecided)
            }
            (ArchiveState::Read, _) => None,
        }
    }
}

/// The most findings that are listed.
const LISTED_MAX: usize = 100;

impl Officials {
    pub(super) fn of(mut findings: Vec<OfficialFinding>, archive: Option<Archive>) -> Self {
        let verdicts: Vec<_> =
            findings.iter().map(|one| one.verdict).chain(archive.as_ref().and_then(Archive::verdict)).collect();
        let count = |wanted| verdicts.iter().filter(|verdict| **verdict == wanted).count();
        let summary =
            match (count(OfficialVerdict::Fails), count(OfficialVerdict::Undecided), count(OfficialVerdict::Holds)) {
                (0, 0, 0) => Summary::None,
                (0, 0, _) => Summary::AllHold,
                (0, undecided, _) => Summary::Undecided { undecided },
                (failed, ..) => Summary::SomeFail { failed },
            };
        let whole_data = findings.iter().any(|one| one.outcome == SignatureOutcome::Holds && one.in_app_data());
        let whole_archive = archive.as_ref().is_some_and(|archive| archive.files > 0)
            && count(OfficialVerdict::Unsigned) == 0
            && findings.iter().any(|one| one.outcome == SignatureOutcome::Holds && !one.in_app_data());
        let complete = summary == Summary::AllHold && (whole_data || whole_archive);
        let omitted = findings.len().saturating_sub(LISTED_MAX);
        findings.truncate(LISTED_MAX);
        Self { summary, complete, archive, findings, omitted }
    }
}

impl OfficialFinding {
    pub(super) fn without_signer(place: impl Into<String>, outcome: SignatureOutcome) -> Self {
        Self {
            place: place.into(),
            outcome,
            verdict: outcome.verdict(),
            covers: Vec::new(),
            sha256: None,
            certificate: None,
            claimed_time: None,
        }
    }

    fn in_app_data(&self) -> bool {
        self.place == "AppData"
    }
}

#[derive(Serialize)]
struct Shown<'a> {
    fingerprint: String,
    serial: &'a str,
    algorithm: &'static str,
}

#[expect(clippy::ref_option, reason = "serde's signature")]
fn certificate<S: Serializer>(certificate: &Option<Certificate>, serializer: S) -> Result<S::Ok, S::Error> {
    let shown = certificate.as_ref().map(|certificate| Shown {
        fingerprint: certificate.fingerprint().to_string(),
        serial: certificate.serial_hex(),
        algorithm: certificate.public_key().algorithm().label(),
    });
    shown.serialize(serializer)
}
