//! The language of what people read: Russian or English, as asked with `--lang` or as the locale says.
//!
//! It is chosen once, when the command begins. What programs read (JSON, CSV, names of columns there) has no language.

use std::sync::OnceLock;

use clap::ValueEnum;

/// A language of reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Language {
    /// Russian
    Ru,
    /// English
    En,
}

static CHOSEN: OnceLock<Language> = OnceLock::new();

impl Language {
    /// Takes the language that was asked for; the first one stays.
    pub(crate) fn choose(asked: Option<Language>) {
        if let Some(asked) = asked {
            let _ = CHOSEN.set(asked);
        }
    }

    /// The one that was asked for, else that of LC_ALL, LC_MESSAGES or LANG.
    pub(crate) fn usual() -> Self {
        *CHOSEN.get_or_init(Self::of_locale)
    }

    fn of_locale() -> Self {
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

/// The text in the language of the command.
pub(crate) fn told<'t>(ru: &'t str, en: &'t str) -> &'t str {
    Language::usual().of(ru, en)
}

/// The text in the language of the command, made only when it is the one.
pub(crate) fn said(ru: impl FnOnce() -> String, en: impl FnOnce() -> String) -> String {
    match Language::usual() {
        Language::Ru => ru(),
        Language::En => en(),
    }
}
