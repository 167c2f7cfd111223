//! The order in which the SMEV blocks' children stand: what the strict format check looks at.

use super::Field;

/// Children of the operation, as far as SMEV prescribes them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Outline {
    /// Known children of `Message` in their order.
    pub(crate) order: Vec<Field>,
    /// Local names of children of `Message` that the schema does not know.
    pub(crate) unknown: Vec<String>,
    /// `MessageData`, and whether it stood before `Message`.
    pub(crate) data: Option<MessageData>,
}

/// Children of `MessageData`.
#[derive(Debug, Clone, Default)]
pub(crate) struct MessageData {
    pub(crate) before_message: bool,
    /// Local names in order.
    pub(crate) children: Vec<String>,
    /// Local names of the children of `AppDocument`; `None` when there is none or it is nil.
    pub(crate) document: Option<Vec<String>>,
}
