//! Sizes and durations with their units, as the registry writes them: `"10 MiB"`, `"30 s"`.
//!
//! A bare number is refused: nobody should have to guess whether 60 means seconds or milliseconds. Fractions and
//! decimal kilobytes are refused for the same reason.

/// Text that is not a quantity of the wanted kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{value:?} is not a {kind}: {allowed}")]
pub struct QuantityError {
    /// `size` or `duration`.
    pub kind: &'static str,
    /// The text as it was given.
    pub value: String,
    /// What is accepted, in one phrase.
    pub allowed: &'static str,
}

/// Which sizes are accepted, in one phrase.
pub const SIZE_ALLOWED: &str = "a whole number and B, KiB, MiB or GiB, such as \"10 MiB\"";
/// Which durations are accepted, in one phrase.
pub const DURATION_ALLOWED: &str = "a whole number and ms, s, min or h, such as \"30 s\"";

type Units = [(&'static str, u64)];

const SIZES: &Units = &[("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10), ("B", 1)];
const DURATIONS: &Units = &[("h", 3_600_000), ("min", 60_000), ("s", 1_000), ("ms", 1)];

/// Reads a size such as `10 MiB` into octets.
pub fn parse_bytes(text: &str) -> Result<u64, QuantityError> {
    parse(text, SIZES).ok_or_else(|| QuantityError { kind: "size", value: text.to_owned(), allowed: SIZE_ALLOWED })
}

/// Reads a duration such as `30 s` into milliseconds.
pub fn parse_millis(text: &str) -> Result<u64, QuantityError> {
    parse(text, DURATIONS).ok_or_else(|| QuantityError {
        kind: "duration",
        value: text.to_owned(),
        allowed: DURATION_ALLOWED,
    })
}

/// Writes octets with the largest unit that needs no fraction.
pub fn format_bytes(bytes: u64) -> String {
    format(bytes, SIZES)
}

/// Writes milliseconds with the largest unit that needs no fraction.
pub fn format_millis(millis: u64) -> String {
    format(millis, DURATIONS)
}

fn parse(text: &str, units: &Units) -> Option<u64> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at_checked(digits)?;
    let (_, factor) = units.iter().find(|(name, _)| *name == unit.trim_start_matches(' '))?;
    number.parse::<u64>().ok()?.checked_mul(*factor)
}

fn format(value: u64, units: &Units) -> String {
    let fits = units.iter().find(|(_, factor)| value != 0 && value.is_multiple_of(*factor));
    let (unit, factor) = fits.or(units.last()).copied().unwrap_or(("", 1));
    format!("{} {unit}", value / factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_need_their_unit() {
        for (text, bytes) in [("10 MiB", 10 << 20), ("4KiB", 4096), ("0 B", 0), ("1 GiB", 1 << 30)] {
            assert_eq!(parse_bytes(text), Ok(bytes), "{text}");
        }
        for (text, millis) in [("30 s", 30_000), ("250ms", 250), ("2 min", 120_000), ("1 h", 3_600_000)] {
            assert_eq!(parse_millis(text), Ok(millis), "{text}");
        }
        for text in [
            "",
            "10",
            "MiB",
            "10 MB",
            "10 mib",
            "1.5 MiB",
            "-1 B",
            " 1 B",
            "1 B ",
            "99999999999999999999 B",
            "18446744073709551615 KiB",
            "٣ B",
        ] {
            assert!(parse_bytes(text).is_err(), "{text:?}");
        }
        assert!(parse_millis("10 MiB").is_err());
    }

    #[test]
    fn what_is_written_reads_back() {
        for value in [0, 1, 999, 1024, 60_000, 90_000, 10 << 20, u64::MAX] {
            assert_eq!(parse_bytes(&format_bytes(value)), Ok(value));
            assert_eq!(parse_millis(&format_millis(value)), Ok(value));
        }
        assert_eq!(format_bytes(10 << 20), "10 MiB");
        assert_eq!(format_millis(90_000), "90 s");
    }
}
