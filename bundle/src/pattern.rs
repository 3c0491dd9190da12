//! Patterns of names: `*` and `?` stay within a folder, `**` does not.

/// True when the pattern covers the whole path. Cost: at most the product of both lengths.
pub(crate) fn matches(pattern: &str, path: &str) -> bool {
    run(&tokens(pattern, true).unwrap_or_default(), path)
}

/// True when the pattern of Go's `filepath.Match` covers the whole name or path: `*`, `?`, `[a-z]`, `[^a]`, `\` before a character that
/// stands for itself; `*` and `?` cover no `/`. A pattern that is none covers nothing. Cost: at most the product of both lengths.
pub fn matches_name(pattern: &str, name: &str) -> bool {
    tokens(pattern, false).is_some_and(|tokens| run(&tokens, name))
}

enum Token {
    Is(char),
    Any,
    Star,
    DoubleStar,
    Class { negated: bool, ranges: Vec<(char, char)> },
}

/// `None` when a class is not closed or an escape has nothing behind it.
fn tokens(pattern: &str, double: bool) -> Option<Vec<Token>> {
    let mut chars = pattern.chars().peekable();
    let mut out = Vec::new();
    while let Some(c) = chars.next() {
        out.push(match c {
            '*' if double && chars.peek() == Some(&'*') => {
                chars.next();
                Token::DoubleStar
            }
            '*' => Token::Star,
            '?' => Token::Any,
            '[' => class(&mut chars)?,
            '\\' => Token::Is(chars.next()?),
            c => Token::Is(c),
        });
    }
    Some(out)
}

fn class(chars: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Option<Token> {
    let negated = chars.next_if(|c| matches!(c, '^' | '!')).is_some();
    let mut ranges = Vec::new();
    loop {
        let mut one = || match chars.next()? {
            '\\' => chars.next().map(|c| (c, true)),
            c => Some((c, false)),
        };
        let low = match one()? {
            (']', false) if !ranges.is_empty() => return Some(Token::Class { negated, ranges }),
            ('-' | ']', false) => return None,
            (c, _) => c,
        };
        let high = if chars.next_if_eq(&'-').is_some() {
            match chars.next()? {
                '\\' => chars.next()?,
                '-' | ']' => return None,
                c => c,
            }
        } else {
            low
        };
        ranges.push((low, high));
    }
}

fn run(pattern: &[Token], path: &str) -> bool {
    let path: Vec<char> = path.chars().collect();
    // Row of the usual table: reach[j] says that the pattern so far covers the first j characters.
    let mut reach = vec![false; path.len() + 1];
    reach[0] = true;
    for token in pattern {
        let mut next = vec![false; path.len() + 1];
        for j in 0..=path.len() {
            let one = |f: &dyn Fn(char) -> bool| j > 0 && reach[j - 1] && f(path[j - 1]);
            next[j] = match token {
                Token::Star => reach[j] || j > 0 && next[j - 1] && path[j - 1] != '/',
                Token::DoubleStar => reach[j] || j > 0 && next[j - 1],
                Token::Any => one(&|c| c != '/'),
                Token::Is(expected) => one(&|c| c == *expected),
                Token::Class { negated, ranges } => {
                    one(&|c| c != '/' && *negated != ranges.iter().any(|(low, high)| (*low..=*high).contains(&c)))
                }
            };
        }
        reach = next;
    }
    reach[path.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

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

    #[test]
    fn names_match_as_in_go() {
        assert!(matches_name("*.json", "a.json"));
        assert!(!matches_name("*", "a/b"));
        assert!(matches_name("[a-c]?", "bz"));
        assert!(!matches_name("[^a-c]?", "bz"));
        assert!(matches_name("\\*[\\]]", "*]"));
        assert!(!matches_name("[", "["));
        assert!(!matches_name("a\\", "a"));
        assert!(!matches_name("[]a]", "a"));
    }
}
