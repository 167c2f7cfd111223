//! The operator's office: applications for access as cases, passports of services, the production calendar, needs.
//!
//! Values and octets come in, decisions and findings go out. No sockets, no clock, no terminal here; what is written to the
//! registry is written by the command line.

pub mod package;
pub mod schema_diff;
pub mod wsdl;
