//! Mail addresses of RFC 5322 as Go's `net/mail` reads them: `a@b`, `Name <a@b>`, quoted parts, comments at the end.

/// The text is one address.
pub(super) fn is_address(text: &str) -> bool {
    let mut p = Parser { rest: text };
    p.skip_space();
    p.address().is_some()
}

struct Parser<'a> {
    rest: &'a str,
}

fn is_atom_char(c: char, dot: bool) -> bool {
    match c {
        '.' => dot,
        '(' | ')' | '<' | '>' | '[' | ']' | ':' | ';' | '@' | '\\' | ',' | '"' => false,
        c => c > ' ' && c != '\x7f' && c != '\u{fffd}',
    }
}

impl Parser<'_> {
    fn skip_space(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', '\t']);
    }

    fn eat(&mut self, c: char) -> bool {
        match self.rest.strip_prefix(c) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn address(&mut self) -> Option<()> {
        let start = self.rest;
        if self.spec().is_some() {
            return self.end();
        }
        // No bare address, so perhaps a name before one in angle brackets.
        self.rest = start;
        if !self.rest.starts_with('<') {
            self.phrase()?;
        }
        self.skip_space();
        if !self.eat('<') {
            return None;
        }
        self.spec()?;
        if !self.eat('>') {
            return None;
        }
        self.end()
    }

    /// Spaces and a comment may follow, and nothing else.
    fn end(&mut self) -> Option<()> {
        self.skip_space();
        if self.rest.starts_with('(') {
            self.comment()?;
            self.skip_space();
        }
        self.rest.is_empty().then_some(())
    }

    fn comment(&mut self) -> Option<()> {
        let mut depth = 0usize;
        let mut chars = self.rest.char_indices();
        while let Some((i, c)) = chars.next() {
            match c {
                '(' => depth += 1,
                ')' => depth -= 1,
                '\\' => {
                    chars.next()?;
                }
                _ => {}
            }
            if depth == 0 {
                self.rest = &self.rest[i + 1..];
                return Some(());
            }
        }
        None
    }

    /// `local@domain`.
    fn spec(&mut self) -> Option<()> {
        if self.rest.starts_with('"') {
            if self.quoted()? == 0 {
                return None;
            }
        } else {
            self.atom(true, false)?;
        }
        if !self.eat('@') {
            return None;
        }
        self.skip_space();
        if self.rest.is_empty() {
            return None;
        }
        if self.rest.starts_with('[') { self.literal() } else { self.atom(true, false) }
    }

    /// An address in brackets.
    fn literal(&mut self) -> Option<()> {
        let close = self.rest.find(']')?;
        let inner = &self.rest[1..close];
        self.rest = &self.rest[close + 1..];
        inner.parse::<std::net::IpAddr>().is_ok().then_some(())
    }

    fn atom(&mut self, dot: bool, permissive: bool) -> Option<()> {
        let end = self.rest.find(|c| !is_atom_char(c, dot)).unwrap_or(self.rest.len());
        let (atom, rest) = self.rest.split_at(end);
        if atom.is_empty() || (!permissive && (atom.starts_with('.') || atom.ends_with('.') || atom.contains(".."))) {
            return None;
        }
        self.rest = rest;
        Some(())
    }

    /// The number of characters between the quotes.
    fn quoted(&mut self) -> Option<usize> {
        let mut n = 0;
        let mut chars = self.rest.char_indices().skip(1);
        while let Some((i, c)) = chars.next() {
            match c {
                '"' => {
                    self.rest = &self.rest[i + 1..];
                    return Some(n);
                }
                '\\' => {
                    let (_, c) = chars.next()?;
                    if c < ' ' && c != '\t' {
                        return None;
                    }
                }
                c if c < ' ' && c != '\t' => return None,
                _ => {}
            }
            n += 1;
        }
        None
    }

    /// Words of a name.
    fn phrase(&mut self) -> Option<()> {
        let mut n = 0;
        loop {
            self.skip_space();
            let word = if self.rest.starts_with('"') { self.quoted().map(|_| ()) } else { self.atom(true, true) };
            match word {
                Some(()) => n += 1,
                None if n > 0 => return Some(()),
                None => return None,
            }
        }
    }
}
