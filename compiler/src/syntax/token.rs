//! Tokens, their names in messages, and which words are keywords.

/// A kind of token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tok {
    Illegal,
    Eof,
    Whitespace,
    Comment,
    Ident,
    Package,
    Import,
    As,
    Default,
    Else,
    Not,
    Some,
    With,
    Null,
    True,
    False,
    Number,
    String,
    RawString,
    /// Text of a template string up to `{`, delimiters included.
    TemplatePart,
    /// Text of a template string up to its closing quote, delimiters included.
    TemplateEnd,
    RawTemplatePart,
    RawTemplateEnd,
    LBrack,
    RBrack,
    LBrace,
    RBrace,
    LParen,
    RParen,
    Comma,
    Colon,
    Add,
    Sub,
    Mul,
    Div,
    Rem,
    And,
    Or,
    Unify,
    Equal,
    Assign,
    Neq,
    Gt,
    Lt,
    Gte,
    Lte,
    Dot,
    Semicolon,
    In,
    Every,
    Contains,
    If,
    LogicalAnd,
    LogicalOr,
}

impl Tok {
    /// The name in error messages; for operators also the name of the built-in function behind them.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Tok::Illegal => "illegal",
            Tok::Eof => "eof",
            Tok::Whitespace => "whitespace",
            Tok::Comment => "comment",
            Tok::Ident => "identifier",
            Tok::Package => "package",
            Tok::Import => "import",
            Tok::As => "as",
            Tok::Default => "default",
            Tok::Else => "else",
            Tok::Not => "not",
            Tok::Some => "some",
            Tok::With => "with",
            Tok::Null => "null",
            Tok::True => "true",
            Tok::False => "false",
            Tok::Number => "number",
            Tok::String | Tok::RawString => "string",
            Tok::TemplatePart => "template-string-part",
            Tok::TemplateEnd => "template-string-end",
            Tok::RawTemplatePart => "raw-template-string-part",
            Tok::RawTemplateEnd => "raw-template-string-end",
            Tok::LBrack => "[",
            Tok::RBrack => "]",
            Tok::LBrace => "{",
            Tok::RBrace => "}",
            Tok::LParen => "(",
            Tok::RParen => ")",
            Tok::Comma => ",",
            Tok::Colon => ":",
            Tok::Add => "plus",
            Tok::Sub => "minus",
            Tok::Mul => "mul",
            Tok::Div => "div",
            Tok::Rem => "rem",
            Tok::And => "and",
            Tok::Or => "or",
            Tok::Unify => "eq",
            Tok::Equal => "equal",
            Tok::Assign => "assign",
            Tok::Neq => "neq",
            Tok::Gt => "gt",
            Tok::Lt => "lt",
            Tok::Gte => "gte",
            Tok::Lte => "lte",
            Tok::Dot => ".",
            Tok::Semicolon => ";",
            Tok::In => "in",
            Tok::Every => "every",
            Tok::Contains => "contains",
            Tok::If => "if",
            Tok::LogicalAnd => "and",
            Tok::LogicalOr => "or",
        }
    }

    /// True for words that the dialect at hand reserves.
    pub(super) const fn is_keyword(self) -> bool {
        matches!(
            self,
            Tok::Package
                | Tok::Import
                | Tok::As
                | Tok::Default
                | Tok::Else
                | Tok::Not
                | Tok::Some
                | Tok::With
                | Tok::Null
                | Tok::True
                | Tok::False
                | Tok::In
                | Tok::Every
                | Tok::Contains
                | Tok::If
                | Tok::LogicalAnd
                | Tok::LogicalOr
        )
    }

    /// `and` or `or`.
    pub(super) const fn is_logical(self) -> bool {
        matches!(self, Tok::LogicalAnd | Tok::LogicalOr)
    }
}

/// The words that are keywords only in some dialects or after an import.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Keywords {
    pub(super) r#in: bool,
    pub(super) every: bool,
    pub(super) contains: bool,
    pub(super) r#if: bool,
    pub(super) and: bool,
    pub(super) or: bool,
}

impl Keywords {
    /// What v1 adds to v0.
    pub(super) const V1: Keywords =
        Keywords { r#in: true, every: true, contains: true, r#if: true, and: false, or: false };

    /// All of them.
    pub(super) const ALL: Keywords = Keywords { and: true, or: true, ..Keywords::V1 };

    /// Adds one by name. Importing `every` brings `in` with it.
    pub(super) fn add(&mut self, name: &str) {
        match name {
            "in" => self.r#in = true,
            "every" => (self.every, self.r#in) = (true, true),
            "contains" => self.contains = true,
            "if" => self.r#if = true,
            "and" => self.and = true,
            "or" => self.or = true,
            _ => {}
        }
    }

    /// Both sets.
    pub(super) fn union(self, other: Keywords) -> Keywords {
        Keywords {
            r#in: self.r#in || other.r#in,
            every: self.every || other.every,
            contains: self.contains || other.contains,
            r#if: self.r#if || other.r#if,
            and: self.and || other.and,
            or: self.or || other.or,
        }
    }

    /// The token for a word: a keyword if it is one here.
    pub(super) fn token(self, word: &str) -> Tok {
        match word {
            "package" => Tok::Package,
            "import" => Tok::Import,
            "as" => Tok::As,
            "default" => Tok::Default,
            "else" => Tok::Else,
            "not" => Tok::Not,
            "some" => Tok::Some,
            "with" => Tok::With,
            "null" => Tok::Null,
            "true" => Tok::True,
            "false" => Tok::False,
            "in" if self.r#in => Tok::In,
            "every" if self.every => Tok::Every,
            "contains" if self.contains => Tok::Contains,
            "if" if self.r#if => Tok::If,
            "and" if self.and => Tok::LogicalAnd,
            "or" if self.or => Tok::LogicalOr,
            _ => Tok::Ident,
        }
    }
}

/// The keywords that `import future.keywords` knows, in the order in which OPA lists them.
pub(super) const FUTURE_KEYWORDS: [&str; 7] = ["and", "contains", "every", "if", "in", "not", "or"];

/// True if `word` is reserved in v0, whatever is imported.
pub(super) fn is_v0_keyword(word: &str) -> bool {
    Keywords::default().token(word) != Tok::Ident
}

/// True if `word` is reserved in v1.
pub(super) fn is_v1_keyword(word: &str) -> bool {
    Keywords::V1.token(word) != Tok::Ident
}

/// True if `text` is an identifier or keyword, so that it can be written after a dot.
pub(super) fn is_word(text: &str) -> bool {
    text.bytes().next().is_some_and(is_letter) && text.bytes().all(|b| is_letter(b) || b.is_ascii_digit())
}

/// Letters that begin a name.
pub(super) const fn is_letter(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_'
}
