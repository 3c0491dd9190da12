//! "Did you mean" hints.

/// Appends ` PREFIX "a", "b", or "c"?` if something among the options is close to what was typed.
pub(super) fn suggest(message: &mut String, prefix: &str, quoted: bool, typed: &str, options: &[&str]) {
    let close = similar(typed, options);
    if !close.is_empty() {
        message.push_str(&format!(" {prefix} {}?", if quoted { quoted_list(&close) } else { list(&close) }));
    }
}

/// The options close to what was typed, the closest first.
pub(super) fn similar<'a>(typed: &str, options: &[&'a str]) -> Vec<&'a str> {
    let threshold = typed.len() * 2 / 5 + 1;
    let mut close: Vec<(usize, &str)> =
        options.iter().map(|o| (distance(typed, o, threshold), *o)).filter(|(d, _)| *d <= threshold).collect();
    close.sort_by_key(|(d, _)| *d);
    close.into_iter().map(|(_, o)| o).collect()
}

pub(super) fn quoted_list(items: &[&str]) -> String {
    let quoted: Vec<String> = items.iter().map(|i| format!("\"{i}\"")).collect();
    list(&quoted.iter().map(String::as_str).collect::<Vec<_>>())
}

fn list(items: &[&str]) -> String {
    let items = &items[..items.len().min(5)];
    match items {
        [a, b] => format!("{a} or {b}"),
        [init @ .., last] if !init.is_empty() => format!("{}, or {last}", init.join(", ")),
        other => other.concat(),
    }
}

/// Edits between two words regardless of case, which alone counts as one; stops counting above the limit.
fn distance(a: &str, b: &str, limit: usize) -> usize {
    if a == b {
        return 0;
    }
    let (a, b) = (a.to_lowercase(), b.to_lowercase());
    if a == b {
        return 1;
    }
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    if a.len().abs_diff(b.len()) > limit {
        return usize::MAX;
    }
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(row[j + 1] + 1);
        }
    }
    row[b.len()]
}
