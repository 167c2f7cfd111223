//! The binary as its users meet it: the operator at the command line, agencies over HTTP, the auditor at the journal.
//!
//! Every test runs the real `rsmev` in a region of its own. What a crate promises is tested beside that crate; here
//! stands what only the whole can break.

#[cfg(test)]
mod adversity;
#[cfg(test)]
mod applications;
#[cfg(test)]
mod attacks;
#[cfg(test)]
mod auditing;
#[cfg(test)]
mod cert;
#[cfg(test)]
mod connecting;
#[cfg(test)]
mod evidence;
#[cfg(test)]
mod explain;
#[cfg(test)]
mod finding;
#[cfg(test)]
mod gate;
#[cfg(test)]
mod golden;
#[cfg(test)]
mod http;
#[cfg(test)]
mod issue;
#[cfg(test)]
mod keys;
#[cfg(test)]
mod message;
#[cfg(test)]
mod needs;
#[cfg(test)]
mod operate;
#[cfg(test)]
mod packages;
#[cfg(test)]
mod people;
#[cfg(test)]
mod process;
#[cfg(test)]
mod referee;
#[cfg(test)]
mod refusals;
#[cfg(test)]
mod region;
#[cfg(test)]
mod registry_check;
#[cfg(test)]
mod rotation;
#[cfg(test)]
mod round;
#[cfg(test)]
mod routing;
#[cfg(test)]
mod samples;
#[cfg(test)]
mod signature_explain;
#[cfg(test)]
mod signature_tool;
#[cfg(test)]
mod states;
#[cfg(test)]
mod tls;
#[cfg(test)]
mod trust;
#[cfg(test)]
mod wire;
#[cfg(test)]
mod words;
