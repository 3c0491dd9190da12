//! How a text may be written: plain, in single or double quotes, or as a literal block, by libyaml's rules.

use super::resolve::needs_quotes;

/// A way to write a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    Plain,
    Single,
    Double,
    Literal,
}

/// What libyaml finds out about a text before it writes it outside of flow collections.
#[derive(Default)]
struct Analysis {
    indicators: bool,
    line_breaks: bool,
    special: bool,
    tab: bool,
    leading: bool,
    trailing: bool,
    trailing_space: bool,
    /// A space behind a break, a break behind a space.
    break_space: bool,
    space_break: bool,
}

pub(super) fn is_break(c: char) -> bool {
    matches!(c, '\r' | '\n' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// What stands for itself in every style; go-yaml leaves the upper planes out.
pub(super) fn is_printable(c: char) -> bool {
    matches!(c, '\n' | ' '..='~' | '\u{85}' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}') && c != '\u{feff}'
}

/// What YAML text must not contain, also not between quotes.
pub(super) fn is_forbidden(c: char) -> bool {
    matches!(c, '\u{7f}'..='\u{84}' | '\u{86}'..='\u{9f}' | '\u{fffe}' | '\u{ffff}')
}

fn analyze(text: &str) -> Analysis {
    let mut a = Analysis { indicators: text.starts_with("---") || text.starts_with("..."), ..Analysis::default() };
    let chars: Vec<char> = text.chars().collect();
    let blank = |c: Option<&char>| c.is_none_or(|&c| matches!(c, ' ' | '\t' | '\0') || is_break(c));
    let (mut after_blank, mut after_space, mut after_break) = (true, false, false);
    for (i, &c) in chars.iter().enumerate() {
        let (first, last) = (i == 0, i + 1 == chars.len());
        let before_blank = blank(chars.get(i + 1));
        a.indicators |= match c {
            ':' => before_blank,
            '#' => first || after_blank,
            _ if !first => false,
            '?' | '-' => before_blank,
            _ => ",[]{}&*!|>'\"%@`".contains(c),
        };
        if c == '\t' {
            a.tab = true;
        } else if !is_printable(c) {
            a.special = true;
        }
        if c == ' ' {
            a.leading |= first;
            a.trailing |= last;
            a.trailing_space |= last;
            a.break_space |= after_break;
            (after_space, after_break) = (true, false);
        } else if is_break(c) {
            a.line_breaks = true;
            a.leading |= first;
            a.trailing |= last;
            a.space_break |= after_space;
            (after_space, after_break) = (false, true);
        } else {
            (after_space, after_break) = (false, false);
        }
        after_blank = blank(Some(&c));
    }
    a
}

/// The style of a text as a value, or as a key on one line.
pub(super) fn choose(text: &str, is_key: bool) -> Style {
    let wanted = if text.contains('\n') {
        Style::Literal
    } else if needs_quotes(text) {
        Style::Double
    } else {
        Style::Plain
    };
    let a = analyze(text);
    let double = a.space_break || a.special;
    let plain_allowed = !(a.leading || a.trailing || a.break_space || double || a.tab || a.line_breaks || a.indicators);
    match wanted {
        Style::Plain if plain_allowed && !text.is_empty() => Style::Plain,
        Style::Plain if !(a.break_space || double || a.tab) => Style::Single,
        Style::Literal if !is_key && !a.trailing_space && !double => Style::Literal,
        _ => Style::Double,
    }
}
