//! The parser's state: where it is, how it goes back, what it found wrong, and its limits.
//!
//! The grammar lives in the submodules. A function that returns `None` has recorded an error, except where it says that
//! it only tries. Order and text of the first error of a file follow OPA, so the functions keep OPA's order of trying.
//!
//! Going back is bounded twice: a set of refuted guesses keeps nested guesses from multiplying, and a budget of tokens
//! ends what is left.

mod expr;
mod literal;
mod logical;
mod number;
mod rule;
mod rule_from_query;
mod statement;
mod string;
mod term;

pub(super) use statement::{module, query};

use std::collections::HashSet;

use rustc_hash::FxBuildHasher;

use super::ParseOptions;
use super::ast::RegoVersion;
use super::lexer::{Lexed, Lexer};
use super::limits;
use super::token::{Keywords, Tok};
use crate::diag::{Code, Details, Diagnostic};
use crate::source::{FileId, Span};

/// The current token and what surrounds it. Cheap to copy.
#[derive(Clone, Copy, Debug)]
struct State {
    tok: Tok,
    /// First byte of the token.
    start: usize,
    /// Byte after the token, from where scanning goes on.
    end: usize,
    /// End of the token before it, white space not counted.
    last_end: usize,
    /// A line break lies between that token and this one.
    skipped_newline: bool,
    /// Number of wildcards so far.
    n_wildcards: u32,
}

/// A point to go back to.
#[derive(Clone, Debug)]
struct Checkpoint {
    state: State,
    n_errors: usize,
    n_comments: usize,
    hints: Vec<String>,
}

/// A guess about how to read a place, remembered once it is refuted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Guess {
    /// A `|` after the first term of a collection begins a comprehension.
    Comprehension,
    /// A `{` begins the left operand of `and` or `or`.
    BraceOperand,
    /// A `(` at the start of a statement begins a logical group.
    StatementGroup,
    /// A `(` begins a logical group that is an operand.
    OperandGroup,
}

/// A parser over one text.
#[derive(Debug)]
pub(super) struct Parser<'a> {
    lexer: Lexer<'a>,
    file: FileId,
    version: RegoVersion,
    /// There are template strings.
    templates: bool,
    /// Keywords may be parts of references.
    keyword_refs: bool,
    /// `not` makes a body of its own.
    not_bodies: bool,
    state: State,
    errors: Vec<Diagnostic>,
    /// Number of errors before the current statement.
    n_old_errors: usize,
    comments: Vec<Span>,
    /// Hints for the next error.
    hints: Vec<String>,
    /// Nesting of what is being parsed.
    depth: u32,
    /// Height of the tree that was parsed last.
    height: u32,
    /// Tokens that may still be read.
    fuel: usize,
    /// A limit was reached; nothing else counts.
    fatal: Option<Diagnostic>,
    refuted: HashSet<(Guess, usize), FxBuildHasher>,
}

impl<'a> Parser<'a> {
    /// A parser at the first token.
    fn new(file: FileId, text: &'a str, options: &ParseOptions) -> Self {
        let (version, future_keywords) = (options.version, &options.future_keywords);
        let mut keywords = match version {
            RegoVersion::V0 => Keywords::default(),
            RegoVersion::V1 => Keywords::V1,
            RegoVersion::V2 => Keywords::ALL,
        };
        future_keywords.iter().for_each(|name| keywords.add(name));
        let not_bodies = version == RegoVersion::V2 || future_keywords.iter().any(|name| name == "not");
        // A byte order mark may open the text.
        let start = if text.starts_with('\u{feff}') { 3 } else { 0 };
        let state =
            State { tok: Tok::Whitespace, start, end: start, last_end: 0, skipped_newline: false, n_wildcards: 0 };
        let mut parser = Parser {
            lexer: Lexer { text, keywords },
            file,
            version,
            templates: version != RegoVersion::V0 && !options.no_templates,
            keyword_refs: !options.no_keyword_refs,
            not_bodies,
            state,
            errors: Vec::new(),
            n_old_errors: 0,
            comments: Vec::new(),
            hints: Vec::new(),
            depth: 0,
            height: 0,
            fuel: text.len().saturating_mul(limits::TOKENS_PER_BYTE).saturating_add(limits::EXTRA_TOKENS),
            fatal: None,
            refuted: HashSet::default(),
        };
        parser.scan();
        parser
    }

    fn tok(&self) -> Tok {
        self.state.tok
    }

    fn at(&self, tok: Tok) -> bool {
        self.state.tok == tok
    }

    /// Text of the current token.
    fn lit(&self) -> &'a str {
        self.lexer.text.get(self.state.start..self.state.end).unwrap_or("")
    }

    fn text(&self, start: usize, end: usize) -> &'a str {
        self.lexer.text.get(start..end).unwrap_or("")
    }

    fn span(&self, start: usize, end: usize) -> Span {
        Span::new(self.file, start as u32, end.max(start) as u32)
    }

    /// Span of the current token.
    fn here(&self) -> Span {
        self.span(self.state.start, self.state.end)
    }

    /// From `start` to the end of the token before the current one.
    fn since(&self, start: usize) -> Span {
        self.span(start, self.state.last_end)
    }

    /// Next token, white space skipped.
    fn scan(&mut self) {
        self.advance(true);
    }

    /// Next token; white space is one.
    fn scan_ws(&mut self) {
        self.advance(false);
    }

    fn advance(&mut self, skip_space: bool) {
        if self.state.tok != Tok::Whitespace {
            self.state.last_end = self.state.end;
            self.state.skipped_newline = false;
        }
        loop {
            let at = self.state.end;
            let lexed = self.lexer.token(at);
            self.accept(at, lexed);
            match self.state.tok {
                Tok::Whitespace => {
                    self.state.skipped_newline |= self.lit().contains('\n');
                    if !skip_space {
                        return;
                    }
                }
                Tok::Comment => self.comments.push(self.here()),
                _ => return,
            }
        }
    }

    /// The rest of a template string; the current token is the `}` of its expression.
    fn scan_template(&mut self, raw: bool) {
        self.state.last_end = self.state.end;
        self.state.skipped_newline = false;
        let at = self.state.end;
        let lexed = self.lexer.template_rest(at, raw);
        self.accept(at, lexed);
    }

    fn accept(&mut self, start: usize, lexed: Lexed) {
        self.state.tok = lexed.tok;
        self.state.start = start;
        self.state.end = lexed.end;
        let size = lexed.end - start;
        match lexed.tok {
            Tok::Ident if size > limits::MAX_IDENT_BYTES => {
                self.limit(format!("name is longer than {} bytes", limits::MAX_IDENT_BYTES));
            }
            Tok::Number if size > limits::MAX_NUMBER_BYTES => {
                self.limit(format!("number is longer than {} bytes", limits::MAX_NUMBER_BYTES));
            }
            _ => {}
        }
        match self.fuel.checked_sub(1) {
            Some(left) => self.fuel = left,
            None => self.limit("text is too ambiguous to be read in linear time".to_owned()),
        }
        if self.fatal.is_some() {
            let end = self.lexer.text.len();
            (self.state.tok, self.state.start, self.state.end) = (Tok::Eof, end, end);
            return;
        }
        lexed.problems.iter().for_each(|text| self.error(text));
    }

    fn save(&self) -> Checkpoint {
        Checkpoint {
            state: self.state,
            n_errors: self.errors.len(),
            n_comments: self.comments.len(),
            hints: self.hints.clone(),
        }
    }

    /// Goes back, forgetting errors, comments and hints since then.
    fn restore(&mut self, to: &Checkpoint) {
        self.state = to.state;
        self.errors.truncate(to.n_errors);
        self.comments.truncate(to.n_comments);
        self.hints.clone_from(&to.hints);
    }

    /// The token after the current one, white space counted.
    fn peek_ws(&mut self) -> Tok {
        let saved = self.save();
        self.scan_ws();
        let tok = self.state.tok;
        self.restore(&saved);
        tok
    }

    /// Runs `f` with every future keyword switched on, and comes back to here whatever it does.
    fn in_future<T>(&mut self, f: impl FnOnce(&mut Self) -> T) -> T {
        let saved = self.save();
        let keywords = std::mem::replace(&mut self.lexer.keywords, Keywords::ALL);
        let refuted = std::mem::take(&mut self.refuted);
        let result = f(self);
        self.refuted = refuted;
        self.lexer.keywords = keywords;
        self.restore(&saved);
        result
    }

    /// Remembers that `guess` is wrong at `at`.
    fn refute(&mut self, guess: Guess, at: usize) {
        self.refuted.insert((guess, at));
    }

    fn is_refuted(&self, guess: Guess, at: usize) -> bool {
        self.refuted.contains(&(guess, at))
    }

    /// No error in this statement so far.
    fn is_clean(&self) -> bool {
        self.errors.len() <= self.n_old_errors
    }

    fn error_at(&mut self, span: Span, message: impl Into<String>) {
        let mut diagnostic = Diagnostic::error(Code::Parse, span, message).with_details(Details::Source);
        diagnostic.hints = std::mem::take(&mut self.hints);
        self.errors.push(diagnostic);
    }

    fn error(&mut self, message: impl Into<String>) {
        self.error_at(self.here(), message);
    }

    fn hint(&mut self, hint: impl Into<String>) {
        self.hints.push(hint.into());
    }

    /// The current token does not belong here.
    fn illegal_token(&mut self) {
        self.illegal_with(None);
    }

    /// The current token does not belong here; `note` says what would.
    fn illegal(&mut self, note: &str) {
        self.illegal_with(Some(note));
    }

    fn illegal_with(&mut self, note: Option<&str>) {
        let tok = self.state.tok;
        if tok == Tok::Illegal {
            // The lexer may have said already what is wrong with it.
            let here = Some(self.here());
            if !self.errors.iter().skip(self.n_old_errors).any(|e| e.span == here) {
                self.error("illegal token");
            }
            return;
        }
        let kind = if tok.is_keyword() { "keyword" } else { "token" };
        let name = tok.name();
        match note {
            Some(note) => self.error(format!("unexpected {name} {kind}: {note}")),
            None => self.error(format!("unexpected {name} {kind}")),
        }
    }

    /// A limit is exceeded at the current token: from here on the text reads as ended.
    fn limit(&mut self, message: String) {
        if self.fatal.is_none() {
            self.fatal = Some(Diagnostic::error(Code::Limit, self.here(), message));
        }
    }

    fn too_deep(&mut self, limit: u32) {
        self.limit(format!("nesting is deeper than {limit} levels"));
    }

    /// Runs `f` one level deeper, unless that is too deep.
    fn nested<T>(&mut self, f: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        if self.depth >= limits::MAX_NESTING {
            self.too_deep(limits::MAX_NESTING);
            return None;
        }
        self.depth += 1;
        let result = f(self);
        self.depth -= 1;
        result
    }

    /// Sets the height of a node over children whose greatest height is `below`.
    fn grow(&mut self, below: u32) {
        self.height = below + 1;
        if self.height > limits::MAX_HEIGHT {
            self.too_deep(limits::MAX_HEIGHT);
        }
    }

    /// A keyword directly followed by `.` or `[` is the head of a reference: makes it a name.
    fn take_keyword_ref(&mut self) -> bool {
        let is_ref = self.keyword_refs && self.tok().is_keyword() && matches!(self.peek_ws(), Tok::Dot | Tok::LBrack);
        if is_ref {
            self.state.tok = Tok::Ident;
        }
        is_ref
    }
}
