//! The language of reports for people: Russian or English, as asked or as the locale says.

use clap::ValueEnum;

/// A language of reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Language {
    /// Russian
    Ru,
    /// English
    En,
}

impl Language {
    /// That of LC_ALL, LC_MESSAGES or LANG.
    pub(crate) fn usual() -> Self {
        let set = ["LC_ALL", "LC_MESSAGES", "LANG"].iter().filter_map(std::env::var_os).find(|value| !value.is_empty());
        if set.is_some_and(|value| value.to_string_lossy().starts_with("ru")) { Self::Ru } else { Self::En }
    }

    /// The text in this language.
    pub(crate) fn of<'t>(self, ru: &'t str, en: &'t str) -> &'t str {
        match self {
            Self::Ru => ru,
            Self::En => en,
        }
    }
}
