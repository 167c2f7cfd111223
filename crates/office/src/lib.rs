//! The operator's office: applications for access as cases, passports of services, schemas, the production calendar, needs, what
//! traffic says about rights, what the registry has been, and who must sign what it becomes.
//!
//! Values and octets come in, decisions and findings go out. No sockets, no clock, no terminal here; what is written to the
//! registry is written by the command line.

pub mod application;
pub mod approval;
pub mod calendar;
pub mod difference;
pub mod figures;
pub mod history;
pub mod need;
pub mod package;
pub mod rehearsal;
pub mod review;
pub mod schema_diff;
mod sheet;
pub mod traffic;
pub mod wsdl;
