//! The stages of the way, a file each, in the order of `pipeline`.

pub(crate) mod accept;
pub(crate) mod address;
pub(crate) mod answer;
pub(crate) mod budget;
pub(crate) mod check_reply;
pub(crate) mod conclude;
pub(crate) mod forward;
pub(crate) mod keys;
pub(crate) mod maintenance;
pub(crate) mod officials;
pub(crate) mod once;
pub(crate) mod permit;
pub(crate) mod receive;
pub(crate) mod refuse;
pub(crate) mod seal;
pub(crate) mod verify;
