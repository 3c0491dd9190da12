//! Patterns of `file_rego_versions`: `*` and `?` stay within a folder, `**` does not.

/// True when the pattern covers the whole path. Cost: at most the product of both lengths.
pub(crate) fn matches(pattern: &str, path: &str) -> bool {
    let (pattern, path): (Vec<char>, Vec<char>) = (pattern.chars().collect(), path.chars().collect());
    // Row of the usual table: reach[j] says that the pattern so far covers the first j characters.
    let mut reach = vec![false; path.len() + 1];
    reach[0] = true;
    let mut i = 0;
    while let Some(&c) = pattern.get(i) {
        let deep = c == '*' && pattern.get(i + 1) == Some(&'*');
        let mut next = vec![false; path.len() + 1];
        for j in 0..=path.len() {
            next[j] = match c {
                '*' => reach[j] || j > 0 && next[j - 1] && (deep || path[j - 1] != '/'),
                '?' => j > 0 && reach[j - 1] && path[j - 1] != '/',
                c => j > 0 && reach[j - 1] && path[j - 1] == c,
            };
        }
        reach = next;
        i += if deep { 2 } else { 1 };
    }
    reach[path.len()]
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn stars_stay_in_their_folder_unless_doubled() {
        assert!(matches("/foo/*.rego", "/foo/a.rego"));
        assert!(!matches("/foo/*.rego", "/foo/bar/a.rego"));
        assert!(matches("/foo/**.rego", "/foo/bar/a.rego"));
        assert!(matches("/a?c", "/abc"));
        assert!(!matches("/a?c", "/a/c"));
        assert!(!matches("/a", "/ab"));
        assert!(matches("**", "/any/thing"));
    }
}
