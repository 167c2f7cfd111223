//! "Did you mean …?": the known word nearest to a mistyped one.

/// The candidate nearest to `word`, when it is near enough to be meant. Of equally near ones the first in order of words.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let tolerated = (word.chars().count() / 4).clamp(1, 3);
    candidates
        .into_iter()
        .map(|candidate| (distance(&word.to_lowercase(), &candidate.to_lowercase()), candidate))
        .filter(|(distance, _)| *distance <= tolerated)
        .min()
        .map(|(_, candidate)| candidate)
}

/// Edits in characters: one put in, left out, replaced, or exchanged with its neighbour (optimal string alignment).
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let cell = |row: &[usize], at: usize| row.get(at).copied().unwrap_or(usize::MAX / 2);
    let mut before_above: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=right.len()).collect();
    let mut previous = None;
    for (line, from) in left.chars().enumerate() {
        let mut row = vec![line + 1];
        for (at, to) in right.iter().enumerate() {
            let replaced = cell(&above, at) + usize::from(from != *to);
            let mut least = replaced.min(cell(&above, at + 1) + 1).min(cell(&row, at) + 1);
            let neighbour = at.checked_sub(1).and_then(|before| right.get(before));
            if previous == Some(*to) && neighbour == Some(&from) {
                least = least.min(cell(&before_above, at - 1) + 1);
            }
            row.push(least);
        }
        previous = Some(from);
        before_above = std::mem::replace(&mut above, row);
    }
    above.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distance_is_the_number_of_edits() {
        for (left, right, edits) in
            [("", "", 0), ("", "abc", 3), ("abc", "", 3), ("kitten", "sitting", 3), ("СОЦ", "СОЗ", 1)]
        {
            assert_eq!(distance(left, right), edits, "{left} → {right}");
            assert_eq!(distance(right, left), edits, "{right} → {left}");
        }
    }

    #[test]
    fn a_slip_is_recognised_and_a_stranger_is_not() {
        let known = ["SOCZ01641", "ADMS01641", "FNS001001"];
        assert_eq!(nearest("SOCZ0164", known), Some("SOCZ01641"));
        assert_eq!(nearest("socz01641", known), Some("SOCZ01641"));
        assert_eq!(nearest("MVDR01001", known), None);
        assert_eq!(nearest("x", ["to", "a"]), Some("a"));
    }
}
