//! CPU time of a process on this machine, from Linux's `/proc/PID/stat`.

use std::path::PathBuf;

use crate::Error;

/// Ticks a second in `/proc`: `USER_HZ`, 100 on every architecture Debian runs on.
const TICKS_A_SECOND: f64 = 100.0;

/// User and system time of a process and all its threads, in seconds, to a hundredth.
pub(super) fn seconds(pid: u32) -> Result<f64, Error> {
    let path = PathBuf::from(format!("/proc/{pid}/stat"));
    let text = std::fs::read_to_string(&path).map_err(Error::file("read", &path))?;
    parse(&text).ok_or(Error::Options { what: "/proc/PID/stat is not what Linux writes" })
}

/// Fields 14 (utime) and 15 (stime) of proc(5). The name in field 2 may hold spaces and brackets.
fn parse(stat: &str) -> Option<f64> {
    let (_, rest) = stat.rsplit_once(')')?;
    let mut fields = rest.split_ascii_whitespace().skip(11);
    let ticks: u32 = fields.next()?.parse::<u32>().ok()?.checked_add(fields.next()?.parse().ok()?)?;
    Some(f64::from(ticks) / TICKS_A_SECOND)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_name_with_brackets_does_not_shift_the_fields() {
        let stat = "42 (a) b (c)) S 1 42 42 0 -1 4194304 1 2 3 4 150 50 0 0 20 0 1 0 100 200 300";
        assert_eq!(parse(stat), Some(2.0));
        assert_eq!(parse("42 (a) S 1"), None);
    }

    #[test]
    fn this_process_has_a_time() {
        assert!(seconds(std::process::id()).unwrap() >= 0.0);
    }
}
