//! Patterns of names, of two dialects: those of manifests, where `*` also covers `/`, and those of Go's `filepath.Match`, where it does not.

/// Longest list of patterns that the alternatives of one make.
const MAX_ALTERNATIVES: usize = 256;

/// True when the pattern of a manifest covers the whole path: `*` and `?` cover anything, `[a-z]`, `[!a]`, `{one,other}`. A pattern that is
/// none, or has more alternatives than 256, covers nothing. Cost: at most the product of both lengths, for each alternative.
pub(crate) fn matches(pattern: &str, path: &str) -> bool {
    let Some(patterns) = alternatives(pattern) else { return false };
    patterns.iter().any(|pattern| tokens(pattern, Dialect::Manifest).is_some_and(|tokens| run(&tokens, path)))
}

/// True when the pattern of Go's `filepath.Match` covers the whole name or path: `*`, `?`, `[a-z]`, `[^a]`, `\` before a character that
/// stands for itself; `*` and `?` cover no `/`. A pattern that is none covers nothing. Cost: at most the product of both lengths.
pub fn matches_name(pattern: &str, name: &str) -> bool {
    tokens(pattern, Dialect::Name).is_some_and(|tokens| run(&tokens, name))
}

/// The patterns without braces that one with braces stands for.
fn alternatives(pattern: &str) -> Option<Vec<String>> {
    let mut done = Vec::new();
    let mut open = vec![pattern.to_owned()];
    while let Some(pattern) = open.pop() {
        if done.len() + open.len() > MAX_ALTERNATIVES {
            return None;
        }
        // The last opening brace has no other within it.
        let Some(start) = find_last_brace(&pattern) else {
            done.push(pattern);
            continue;
        };
        let end = start + pattern[start..].find('}')?;
        for choice in pattern[start + 1..end].split(',') {
            open.push(format!("{}{choice}{}", &pattern[..start], &pattern[end + 1..]));
        }
    }
    Some(done)
}

fn find_last_brace(pattern: &str) -> Option<usize> {
    pattern.rmatch_indices('{').map(|(at, _)| at).find(|at| !pattern[..*at].ends_with('\\'))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Dialect {
    Manifest,
    Name,
}

enum Token {
    Is(char),
    Any,
    Star,
    DeepStar,
    DeepAny,
    Class { negated: bool, ranges: Vec<(char, char)> },
}

/// `None` when a class is not closed or an escape has nothing behind it.
fn tokens(pattern: &str, dialect: Dialect) -> Option<Vec<Token>> {
    let mut chars = pattern.chars().peekable();
    let mut out = Vec::new();
    while let Some(c) = chars.next() {
        out.push(match c {
            '*' if dialect == Dialect::Manifest => Token::DeepStar,
            '*' => Token::Star,
            '?' if dialect == Dialect::Manifest => Token::DeepAny,
            '?' => Token::Any,
            '[' => class(&mut chars, dialect)?,
            '\\' => Token::Is(chars.next()?),
            c => Token::Is(c),
        });
    }
    Some(out)
}

fn class(chars: &mut std::iter::Peekable<std::str::Chars<'_>>, dialect: Dialect) -> Option<Token> {
    let negated = chars.next_if_eq(if dialect == Dialect::Name { &'^' } else { &'!' }).is_some();
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
                Token::DeepStar => reach[j] || j > 0 && next[j - 1],
                Token::Any => one(&|c| c != '/'),
                Token::DeepAny => one(&|_| true),
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
    fn patterns_of_manifests_go_into_folders() {
        assert!(matches("/foo/*.rego", "/foo/a.rego"));
        assert!(matches("/foo/*.rego", "/foo/bar/a.rego"));
        assert!(matches("/foo/**.rego", "/foo/bar/a.rego"));
        assert!(matches("/a?c", "/a/c"));
        assert!(!matches("/a", "/ab"));
        assert!(matches("/{a,b{1,2}}/[!x-z].rego", "/b2/a.rego"));
        assert!(!matches("/{a,b{1,2}}/[!x-z].rego", "/b2/y.rego"));
        assert!(!matches("/{a", "/{a"));
        assert!(!matches(&"{a,b}".repeat(40), "a"));
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
