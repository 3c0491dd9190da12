//! Whole texts: the statements of a module and how parsing goes on after an error; `package` and `import`; queries.

use super::super::ParseOptions;
use super::super::annotation;
use super::super::ast::*;
use super::super::dialect;
use super::super::format;
use super::super::limits;
use super::super::token::{FUTURE_KEYWORDS, Keywords, Tok, is_letter, is_v0_keyword, is_v1_keyword};
use super::Parser;
use super::rule::TriedRule;
use super::rule_from_query::rule_from_query;
use crate::diag::{Code, Diagnostic};
use crate::source::{FileId, Span};

/// A statement of a module.
enum Statement {
    Package(Package),
    Import(Import),
    Rules(Vec<Rule>),
    /// To be made a rule of.
    Query(Body),
}

impl Statement {
    fn span(&self) -> Span {
        match self {
            Statement::Package(p) => p.span,
            Statement::Import(i) => i.span,
            Statement::Rules(rules) => rules.first().map_or(Span::default(), |r| r.span),
            Statement::Query(body) => body.literals.first().map_or(body.span, |l| l.span),
        }
    }
}

/// Parses a module whose text has been checked for length and stray characters.
pub(in crate::syntax) fn module(file: FileId, text: &str, options: &ParseOptions) -> (Option<Module>, Vec<Diagnostic>) {
    let mut parser = Parser::new(file, text, options);
    let statements = parser.statements();
    if let Some(fatal) = parser.fatal.take() {
        return (None, vec![fatal]);
    }
    if !parser.errors.is_empty() {
        return (None, parser.errors);
    }
    let (module, errors) = parser.assemble(statements);
    if errors.is_empty() { (module, errors) } else { (None, errors) }
}

/// Parses a query.
pub(in crate::syntax) fn query(file: FileId, text: &str, options: &ParseOptions) -> (Option<Body>, Vec<Diagnostic>) {
    let mut parser = Parser::new(file, text, options);
    let mut literals = Vec::new();
    let mut failed = false;
    while !parser.at(Tok::Eof) && !failed {
        match parser.query(Tok::Eof, true) {
            Some(body) => literals.extend(body.literals),
            None => failed = true,
        }
    }
    if let Some(fatal) = parser.fatal.take() {
        return (None, vec![fatal]);
    }
    if failed || !parser.errors.is_empty() {
        return (None, parser.errors);
    }
    match literals.as_slice() {
        [first, ..] => {
            let span = literals.last().map_or(first.span, |last| first.span.to(last.span));
            (Some(Body { span, literals }), Vec::new())
        }
        [] => (None, vec![Diagnostic::error_without_place(Code::Compile, "empty query cannot be compiled")]),
    }
}

impl Parser<'_> {
    /// All statements. After an error, goes on at the next line that begins with a letter.
    fn statements(&mut self) -> Vec<Statement> {
        let mut statements = Vec::new();
        while !self.at(Tok::Eof) && self.fatal.is_none() && self.errors.len() < limits::MAX_ERRORS {
            self.n_old_errors = self.errors.len();
            let start = self.state.start;
            match self.statement() {
                Some(statement) => statements.push(statement),
                None => {
                    if self.is_clean() && self.fatal.is_none() {
                        self.illegal_token();
                    }
                    self.recover(start);
                }
            }
        }
        self.errors.truncate(limits::MAX_ERRORS);
        statements
    }

    /// Goes to the next line that begins with a letter, other than `else`: where the next statement is likely to be.
    /// That may be the line of the current token, unless the failed statement (from `start`) began there.
    fn recover(&mut self, start: usize) {
        self.hints.clear();
        let bytes = self.lexer.text.as_bytes();
        let begins_statement = |at: usize| {
            let is_line_start = at == 0 || bytes.get(at - 1) == Some(&b'\n');
            let is_else = bytes.get(at..).is_some_and(|rest| rest.starts_with(b"else"));
            is_line_start && !is_else && bytes.get(at).copied().is_some_and(is_letter)
        };
        let here = self.state.start;
        let mut at = here.max(self.state.end.saturating_sub(1));
        let next = if here > start && begins_statement(here) {
            here
        } else {
            loop {
                let Some(line) = bytes.get(at..).and_then(|rest| rest.iter().position(|b| *b == b'\n')) else {
                    break bytes.len();
                };
                at += line + 1;
                if begins_statement(at) {
                    break at;
                }
            }
        };
        self.state.tok = Tok::Whitespace;
        (self.state.start, self.state.end) = (next, next);
        self.scan();
    }

    fn statement(&mut self) -> Option<Statement> {
        if self.keyword_rule_name(false) {
            return None;
        }
        let saved = self.save();
        if matches!(self.tok(), Tok::Package | Tok::Import) {
            let is_package = self.at(Tok::Package);
            let statement = if is_package {
                self.package().map(|p| p.map(Statement::Package))
            } else {
                self.import().map(|i| i.map(Statement::Import))
            };
            if let Some(statement) = statement {
                let statement = statement?;
                if self.at(Tok::Sub) {
                    // Not part of the path, and else it would begin a negative term.
                    self.illegal_token();
                    return None;
                }
                if let Statement::Import(import) = &statement {
                    self.apply_import(import);
                }
                return Some(statement);
            }
            self.restore(&saved);
        }
        match self.rule() {
            TriedRule::Rules(rules) => return Some(Statement::Rules(rules)),
            TriedRule::Failed => return None,
            TriedRule::NotRule => self.restore(&saved),
        }
        self.query(Tok::Eof, true).map(Statement::Query)
    }

    /// Reports a keyword where a rule's name should be, as in `every := 1`. After `default` only a rule can follow; else
    /// the token after the keyword tells.
    pub(super) fn keyword_rule_name(&mut self, after_default: bool) -> bool {
        let (keyword, span) = (self.tok(), self.here());
        if !is_reserved_rule_name(keyword) {
            return false;
        }
        if !after_default {
            let saved = self.save();
            self.scan();
            let next = self.tok();
            self.restore(&saved);
            if !follows_rule_name(keyword, next) {
                return false;
            }
        }
        self.error_at(span, format!("{} keyword cannot be used for rule name", keyword.name()));
        true
    }

    /// `package path`. Outer `None`: it is a reference whose head is named `package`.
    fn package(&mut self) -> Option<Option<Package>> {
        let start = self.state.start;
        self.scan_ws();
        if matches!(self.tok(), Tok::Dot | Tok::LBrack) {
            return None;
        }
        Some(self.package_path().map(|path| Package { span: self.since(start), path }))
    }

    /// Steps to the first token of a path and makes a keyword there a name.
    fn path_start(&mut self) -> Option<()> {
        if self.at(Tok::Whitespace) {
            self.scan();
        }
        if !self.at(Tok::Ident) && !(self.keyword_refs && self.tok().is_keyword()) {
            self.illegal_token();
            return None;
        }
        self.state.tok = Tok::Ident;
        Some(())
    }

    fn package_path(&mut self) -> Option<Vec<Name>> {
        self.path_start()?;
        let term = self.term()?;
        match term.kind {
            TermKind::Var(var) => Some(vec![name_of(var)]),
            TermKind::Ref(reference) => {
                let TermKind::Var(first) = reference.head.kind else {
                    let kind = reference.head.kind_name();
                    self.error_at(reference.head.span, format!("unexpected {kind} token: expecting var"));
                    return None;
                };
                let mut path = vec![name_of(first)];
                self.push_names(&mut path, reference.path)?;
                Some(path)
            }
            _ => {
                self.illegal_token();
                None
            }
        }
    }

    /// The steps of a path, which must be strings.
    fn push_names(&mut self, path: &mut Vec<Name>, steps: Vec<RefArg>) -> Option<()> {
        for step in steps {
            match step.term.kind {
                TermKind::String(s) => path.push(Name { span: step.term.span, text: s.value }),
                _ => {
                    let kind = step.term.kind_name();
                    self.error_at(step.term.span, format!("unexpected {kind} token: expecting string"));
                    return None;
                }
            }
        }
        Some(())
    }

    /// `import path as alias`. Outer `None`: it is a reference whose head is named `import`.
    fn import(&mut self) -> Option<Option<Import>> {
        let start = self.state.start;
        self.scan_ws();
        if matches!(self.tok(), Tok::Dot | Tok::LBrack) {
            return None;
        }
        Some(self.import_here(start))
    }

    fn import_here(&mut self, start: usize) -> Option<Import> {
        self.path_start()?;
        // Future keywords are plain names within the path: `import future.keywords.in`.
        let keywords = std::mem::take(&mut self.lexer.keywords);
        let term = self.term();
        self.lexer.keywords = keywords;
        let path_span = self.since(term.as_ref().map_or(start, |t| t.span.start as usize));
        let mut path = Vec::new();
        match term.map(|t| t.kind) {
            Some(TermKind::Var(var)) => path.push(name_of(var)),
            Some(TermKind::Ref(reference)) => {
                let Ref { head, path: steps, .. } = *reference;
                if let TermKind::Var(var) = head.kind {
                    path.push(name_of(var));
                    self.push_names(&mut path, steps)?;
                }
            }
            _ => {}
        }
        let Some(root) = path.first() else {
            self.error("expected path");
            return None;
        };
        if !matches!(&*root.text, "data" | "input" | "future" | "rego") {
            let message = format!(
                "unexpected import path, must begin with one of: {{data, future, input, rego}}, got: {}",
                root.text
            );
            self.hint("if this is unexpected, try updating OPA");
            self.error_at(path_span, message);
            return None;
        }
        let alias = if self.at(Tok::As) { Some(self.import_alias()?) } else { None };
        let import = Import { span: self.since(start), path, alias };
        if import.alias.is_none() {
            self.check_import_name(&import);
        }
        Some(import)
    }

    fn import_alias(&mut self) -> Option<Name> {
        self.scan();
        if !self.at(Tok::Ident) {
            self.illegal("expected var");
            return None;
        }
        let alias = self.term();
        let span = alias.as_ref().map(|t| t.span);
        match (alias.map(|t| t.kind), span) {
            (Some(TermKind::Var(var)), _) => return Some(name_of(var)),
            (Some(TermKind::Ref(r)), Some(span)) if r.path.is_empty() => {
                let name = r.head_name().unwrap_or_default();
                self.error_at(span, format!("unexpected import alias, must not be a reserved name, got: {name}"));
            }
            _ => self.illegal("expected var"),
        }
        None
    }

    /// Without alias, the last part of the path is the local name, and must not be a keyword.
    fn check_import_name(&mut self, import: &Import) {
        let Some(last) = import.path.last() else { return };
        let reserved = match self.version {
            RegoVersion::V0 => is_v0_keyword(&last.text),
            RegoVersion::V1 => is_v1_keyword(&last.text),
            RegoVersion::V2 => is_v1_keyword(&last.text) || matches!(&*last.text, "and" | "or"),
        };
        if reserved && import.root() != "future" {
            self.hint("import a different path or use an alias");
            self.error_at(
                last.span,
                format!("unexpected import path, must not end with a keyword, got: {}", last.text),
            );
        }
    }

    /// Switches on what `import rego.…` and `import future.keywords…` bring.
    fn apply_import(&mut self, import: &Import) {
        let path: Vec<&str> = import.path.iter().map(|n| &*n.text).collect();
        let path_span = import.path.first().zip(import.path.last()).map_or(import.span, |(a, b)| a.span.to(b.span));
        let alias_span = import.alias.as_ref().map(|a| a.span);
        match path.as_slice() {
            ["rego", "v1" | "v2"] => {
                if let Some(span) = alias_span {
                    return self.error_at(span, "`rego` imports cannot be aliased");
                }
                let v2 = path.get(1) == Some(&"v2");
                self.add_keywords(if v2 { Keywords::ALL } else { Keywords::V1 });
                self.not_bodies |= v2;
            }
            ["rego", ..] => {
                let path = format::import_path(import);
                self.error_at(path_span, format!("invalid import `{path}`, must be one of: `rego.v1`, `rego.v2`"));
            }
            ["future", "keywords", ..] => {
                if let Some(span) = alias_span {
                    return self.error_at(span, "`future` imports cannot be aliased");
                }
                match path.get(2) {
                    Some(keyword) if path.len() == 3 && !FUTURE_KEYWORDS.contains(keyword) => {
                        let all = FUTURE_KEYWORDS.join(" ");
                        self.error_at(path_span, format!("unexpected keyword, must be one of [{all}]"));
                    }
                    Some(keyword) if path.len() == 3 => {
                        let mut keywords = Keywords::default();
                        keywords.add(keyword);
                        self.not_bodies |= *keyword == "not";
                        self.add_keywords(keywords);
                    }
                    _ => {
                        self.not_bodies = true;
                        self.add_keywords(Keywords::ALL);
                    }
                }
            }
            ["future", ..] => self.error_at(path_span, "invalid import, must be `future.keywords`"),
            _ => {}
        }
    }

    /// Switches keywords on. The token ahead was read before, so it is read as a word again.
    fn add_keywords(&mut self, keywords: Keywords) {
        self.lexer.keywords = self.lexer.keywords.union(keywords);
        if self.at(Tok::Ident) {
            self.state.tok = self.lexer.keywords.token(self.lit());
        }
        self.refuted.clear();
    }

    /// Makes the module of its statements. Errors here concern what statements say, not how they read.
    fn assemble(&mut self, statements: Vec<Statement>) -> (Option<Module>, Vec<Diagnostic>) {
        let end = self.lexer.text.len();
        let span = self.span(0, end);
        let mut errors = Vec::new();
        let next_starts: Vec<(Span, Option<String>)> = statements.iter().map(|s| (s.span(), head_keyword(s))).collect();
        let mut statements = statements.into_iter();
        let package = match statements.next() {
            Some(Statement::Package(package)) => package,
            Some(first) => {
                errors.push(Diagnostic::error(Code::Parse, first.span(), "package expected"));
                Package { span: first.span(), path: Vec::new() }
            }
            None => {
                let at = self.span(end, end);
                return (None, vec![Diagnostic::error(Code::Parse, at, "empty module")]);
            }
        };
        let mut version = self.version;
        let (mut imports, mut rules) = (Vec::new(), Vec::new());
        let mut queries: Vec<(usize, Diagnostic)> = Vec::new();
        for (index, statement) in statements.enumerate() {
            match statement {
                Statement::Import(import) => {
                    match import.path.get(1).map(|n| &*n.text) {
                        Some("v1") if import.root() == "rego" => version = version.max(RegoVersion::V1),
                        Some("v2") if import.root() == "rego" => version = RegoVersion::V2,
                        _ => {}
                    }
                    imports.push(import);
                }
                Statement::Rules(some) => rules.extend(some),
                Statement::Query(body) => {
                    let span = body.literals.first().map_or(body.span, |l| l.span);
                    match rule_from_query(body) {
                        Ok(rule) => rules.push(rule),
                        Err(message) => {
                            queries.push((index + 1, Diagnostic::error(Code::Parse, span, message)));
                        }
                    }
                }
                Statement::Package(package) => {
                    queries.push((index + 1, Diagnostic::error(Code::Parse, package.span, "unexpected package")));
                }
            }
        }
        for (index, mut error) in queries {
            if version == RegoVersion::V0 && error.message != "unexpected package" {
                self.hint_head_keyword(&mut error, &next_starts, index);
            }
            errors.push(error);
        }
        if version >= RegoVersion::V1 {
            rules.iter().for_each(|rule| dialect::check_v1(rule, &mut errors));
        }
        let comments = std::mem::take(&mut self.comments);
        let mut module = Module {
            span,
            parsed_as: self.version,
            version,
            package,
            imports,
            rules,
            annotations: Vec::new(),
            comments,
        };
        module.annotations = annotation::collect(self.lexer.text, &module);
        (Some(module), errors)
    }

    /// In v0, `p if { … }` without import reads as `p` and a rule named `if`: hints at the import.
    fn hint_head_keyword(&self, error: &mut Diagnostic, statements: &[(Span, Option<String>)], index: usize) {
        let Some((span, own)) = statements.get(index) else { return };
        let next = statements
            .get(index + 1)
            .filter(|(next, _)| !self.text(span.start as usize, next.start as usize).contains('\n'));
        let Some(keyword) = own.as_ref().or(next.and_then(|(_, k)| k.as_ref())) else { return };
        let example = if keyword == "if" { "p if { ... }" } else { "p contains x" };
        error.hints.push(format!("`import future.keywords.{keyword}` for `{example}` rules"));
    }
}

/// A plain name; `_` is one here.
fn name_of(var: Var) -> Name {
    Name { span: var.span, text: if var.wildcard { "_".into() } else { var.name } }
}

/// Keywords that are reported as such where a rule's name should be.
fn is_reserved_rule_name(tok: Tok) -> bool {
    matches!(
        tok,
        Tok::Every
            | Tok::If
            | Tok::In
            | Tok::Some
            | Tok::As
            | Tok::Not
            | Tok::LogicalAnd
            | Tok::LogicalOr
            | Tok::Package
            | Tok::Import
            | Tok::Contains
    )
}

/// True if `next` behind `keyword` makes the statement a rule, whatever else the keyword can begin.
fn follows_rule_name(keyword: Tok, next: Tok) -> bool {
    match keyword {
        // `contains := x` is a query, which the rules of v1 refuse.
        Tok::Contains => matches!(next, Tok::If | Tok::Contains),
        // `package contains` and `import if.foo` are paths.
        Tok::Package | Tok::Import => matches!(next, Tok::Assign | Tok::Unify | Tok::LParen),
        // `not (x)` is a negation, `or(x, y)` a call.
        Tok::Not | Tok::LogicalAnd | Tok::LogicalOr => {
            matches!(next, Tok::Assign | Tok::Unify | Tok::If | Tok::Contains)
        }
        _ => matches!(next, Tok::Assign | Tok::Unify | Tok::If | Tok::Contains | Tok::LParen),
    }
}

/// `if` or `contains`, if the statement is a rule of that name or only that word.
fn head_keyword(statement: &Statement) -> Option<String> {
    let name = match statement {
        Statement::Rules(rules) => match rules.as_slice() {
            [rule, ..] if rule.head.reference.path.is_empty() && (!rule.body.is_empty() || rule.head.has_contains) => {
                rule.head.reference.head_name()?
            }
            _ => return None,
        },
        Statement::Query(body) => match body.literals.as_slice() {
            [Literal { kind: LiteralKind::Expr(term), .. }] => &*term.as_var()?.name,
            [Literal { kind: LiteralKind::Not(not), .. }] if not.form == NotForm::Classic => {
                match not.body.literals.as_slice() {
                    [Literal { kind: LiteralKind::Expr(term), .. }] => &*term.as_var()?.name,
                    _ => return None,
                }
            }
            _ => return None,
        },
        Statement::Package(_) | Statement::Import(_) => return None,
    };
    matches!(name, "if" | "contains").then(|| name.to_owned())
}
