//! The syntax tree: what the author wrote, owned, with a span on every node. Nothing is resolved here.
//!
//! The tree's height is bounded by [`crate::syntax::limits::MAX_HEIGHT`], so functions over it may recurse.

use crate::source::Span;

/// Dialect of a module or query.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RegoVersion {
    /// The language before OPA 1.0; `import future.keywords…` and `import rego.v1` switch parts on.
    V0,
    /// The language of OPA 1.x.
    #[default]
    V1,
    /// V1 with `and`, `or` and `not {…}` without imports.
    V2,
}

/// A file.
#[derive(Clone, Debug)]
pub struct Module {
    /// The whole text.
    pub span: Span,
    /// The dialect that the module was parsed in.
    pub parsed_as: RegoVersion,
    /// The highest dialect whose rules the module keeps, raised by `import rego.v1` and `import rego.v2`.
    pub version: RegoVersion,
    /// Its `package`.
    pub package: Package,
    /// Its imports in source order, `future` and `rego` ones included.
    pub imports: Vec<Import>,
    /// Its rules in source order. A v0 rule with several bodies gives several rules ([`Rule::chained`]).
    pub rules: Vec<Rule>,
    /// Its `# METADATA` blocks in source order.
    pub annotations: Vec<Annotation>,
    /// Spans of all comments, from `#` to the end of the line.
    pub comments: Vec<Span>,
}

/// `package a.b`.
#[derive(Clone, Debug)]
pub struct Package {
    /// The statement.
    pub span: Span,
    /// The path below `data`: `a`, `b`. Never empty.
    pub path: Vec<Name>,
}

/// A constant part of a path, written `.name` or `["name"]`.
#[derive(Clone, Debug)]
pub struct Name {
    /// The place.
    pub span: Span,
    /// The unescaped text.
    pub text: Box<str>,
}

/// `import data.a.b as c`.
#[derive(Clone, Debug)]
pub struct Import {
    /// The statement.
    pub span: Span,
    /// The whole path: `data`, `a`, `b`. The first is one of `data`, `input`, `future`, `rego`.
    pub path: Vec<Name>,
    /// The name after `as`.
    pub alias: Option<Name>,
}

impl Import {
    /// `data` or `input`: an import that brings in a name, unlike `future` and `rego`.
    pub fn is_document(&self) -> bool {
        matches!(self.root(), "data" | "input")
    }

    /// First part of the path.
    pub fn root(&self) -> &str {
        self.path.first().map_or("", |n| &n.text)
    }

    /// The local name: the alias, or else the last part of the path.
    pub fn name(&self) -> &str {
        self.alias.as_ref().or(self.path.last()).map_or("", |n| &n.text)
    }
}

/// One definition of a rule or function.
#[derive(Clone, Debug)]
pub struct Rule {
    /// The whole rule with its `else` parts.
    pub span: Span,
    /// `default …`.
    pub default: bool,
    /// What it defines.
    pub head: Head,
    /// The conditions. Empty if none were written; a written body is never empty.
    pub body: Body,
    /// The `else` parts in order.
    pub elses: Vec<Else>,
    /// A further `{…}` of the v0 rule before it, whose head it repeats.
    pub chained: bool,
}

/// Left of `if`.
#[derive(Clone, Debug)]
pub struct Head {
    /// The head with arguments, key and value.
    pub span: Span,
    /// What kind of document it defines.
    pub kind: HeadKind,
    /// The name and further terms: `p`, `p.q`, `p[x].y`. The head is always a variable. For a v0 partial set `p[x]`
    /// it is `p` alone and `x` is the `key`.
    pub reference: Ref,
    /// Arguments, for functions. `Some` and empty for `f()`.
    pub args: Option<Vec<Term>>,
    /// The element of a set rule: after `contains`, or the `x` of a v0 `p[x] { … }`.
    pub key: Option<Term>,
    /// The value after `:=` or `=`. `None` means `true` (not for set rules, which have none).
    pub value: Option<Term>,
    /// The value was given with `:=`.
    pub assign: bool,
    /// `if` stood before the body.
    pub has_if: bool,
    /// `contains` stood in the head.
    pub has_contains: bool,
}

/// What a rule defines, as far as syntax tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HeadKind {
    /// One value at a path, which is an object entry if the reference has variables.
    Value,
    /// An element of a set.
    Set,
    /// A function's value.
    Function,
}

/// `else := value if body`.
#[derive(Clone, Debug)]
pub struct Else {
    /// From `else` to the end of its body.
    pub span: Span,
    /// The value; `None` means `true`.
    pub value: Option<Term>,
    /// The value was given with `:=`.
    pub assign: bool,
    /// `if` stood before the body.
    pub has_if: bool,
    /// The conditions; empty if none were written.
    pub body: Body,
    /// Fresh names for the arguments of the head that are `_`, in OPA's numbering.
    pub wildcards: Vec<Box<str>>,
}

/// A conjunction of literals.
#[derive(Clone, Debug)]
pub struct Body {
    /// From the first literal (or its brace) to the last.
    pub span: Span,
    /// The literals in source order.
    pub literals: Vec<Literal>,
}

impl Body {
    /// No conditions written.
    pub fn is_empty(&self) -> bool {
        self.literals.is_empty()
    }
}

impl<'a> IntoIterator for &'a Body {
    type Item = &'a Literal;
    type IntoIter = std::slice::Iter<'a, Literal>;

    fn into_iter(self) -> Self::IntoIter {
        self.literals.iter()
    }
}

/// One statement of a body.
#[derive(Clone, Debug)]
pub struct Literal {
    /// The statement with its `with` parts.
    pub span: Span,
    /// What it says.
    pub kind: LiteralKind,
    /// `with target as value`, in source order.
    pub with: Vec<With>,
}

/// The forms of a statement.
#[derive(Clone, Debug)]
pub enum LiteralKind {
    /// An expression. `x := y` and `x = y` are calls of `assign` and `eq`.
    Expr(Term),
    /// `some x, y`.
    Some(Vec<Var>),
    /// `some x in xs`, `some k, v in xs`.
    SomeIn(Box<SomeIn>),
    /// `every x in xs { … }`.
    Every(Box<Every>),
    /// `not …`.
    Not(Box<Not>),
    /// `a and b`, `a or b`.
    Logical(Box<Logical>),
}

/// `some k, v in xs`.
#[derive(Clone, Debug)]
pub struct SomeIn {
    /// Pattern for the key or index.
    pub key: Option<Term>,
    /// Pattern for the element.
    pub value: Term,
    /// The collection.
    pub domain: Term,
}

/// `every k, v in xs { … }`.
#[derive(Clone, Debug)]
pub struct Every {
    /// Variable for the key or index.
    pub key: Option<Var>,
    /// Variable for the element.
    pub value: Var,
    /// The collection.
    pub domain: Term,
    /// What must hold for each.
    pub body: Body,
}

/// A negation.
#[derive(Clone, Debug)]
pub struct Not {
    /// Which of the three forms, which differ in meaning.
    pub form: NotForm,
    /// What must fail. One [`LiteralKind::Expr`] without `with` in the classic form.
    pub body: Body,
}

/// The forms of negation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NotForm {
    /// Without `import future.keywords.not`: parts of the expression are evaluated in front of the negation.
    Classic,
    /// With the import: the whole expression is a body of its own.
    Implicit,
    /// `not { … }`.
    Explicit,
}

/// `lhs and rhs`, `lhs or rhs`.
#[derive(Clone, Debug)]
pub struct Logical {
    /// Which.
    pub op: LogicalOp,
    /// Left.
    pub lhs: Operand,
    /// Right.
    pub rhs: Operand,
}

/// The logical operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LogicalOp {
    /// `and`, which binds tighter.
    And,
    /// `or`.
    Or,
}

/// Operand of `and` or `or`.
#[derive(Clone, Debug)]
pub struct Operand {
    /// Written as `{ … }`. Otherwise the body has exactly one literal.
    pub explicit: bool,
    /// What it says.
    pub body: Body,
}

/// `with target as value`.
#[derive(Clone, Debug)]
pub struct With {
    /// From `with` to the value.
    pub span: Span,
    /// A reference or variable.
    pub target: Term,
    /// What stands in for it.
    pub value: Term,
}

/// A variable or a plain name.
#[derive(Clone, Debug)]
pub struct Var {
    /// The place.
    pub span: Span,
    /// The name. A wildcard gets a fresh one, `$0`, `$1`, …, which no author can write.
    pub name: Box<str>,
    /// Written `_`.
    pub wildcard: bool,
}

/// A term.
#[derive(Clone, Debug)]
pub struct Term {
    /// The place, parentheses included.
    pub span: Span,
    /// What it is.
    pub kind: TermKind,
}

/// The forms of a term.
#[derive(Clone, Debug)]
pub enum TermKind {
    /// `null`.
    Null,
    /// `true`, `false`.
    Bool(bool),
    /// A number exactly as written, sign included: `-1`, `1.50`, `1e3`, `.5`.
    Number(Box<str>),
    /// A string without its quotes and escapes.
    String(Str),
    /// `$"…{expr}…"`.
    Template(Box<Template>),
    /// A variable. Never `input` or `data`, which are references without path.
    Var(Var),
    /// `head.a[b]`; without path only for `input` and `data`.
    Ref(Box<Ref>),
    /// `f(x)` or an operator.
    Call(Box<Call>),
    /// `[a, b]`.
    Array(Vec<Term>),
    /// `{a, b}` and `set()`, elements as written (not deduplicated).
    Set(Vec<Term>),
    /// `{k: v}`, entries as written (not deduplicated).
    Object(Vec<(Term, Term)>),
    /// `[t | body]`.
    ArrayCompr(Box<Compr>),
    /// `{t | body}`.
    SetCompr(Box<Compr>),
    /// `{k: v | body}`.
    ObjectCompr(Box<ObjectCompr>),
}

/// A string constant.
#[derive(Clone, Debug)]
pub struct Str {
    /// The unescaped text.
    pub value: Box<str>,
    /// Written between back quotes.
    pub raw: bool,
}

/// A template string.
#[derive(Clone, Debug)]
pub struct Template {
    /// Written between back quotes.
    pub raw: bool,
    /// Text and expressions in order. Texts are not empty.
    pub parts: Vec<TemplatePart>,
}

/// Part of a template string.
#[derive(Clone, Debug)]
pub enum TemplatePart {
    /// Unescaped text.
    Text(Span, Box<str>),
    /// `{expr}`, perhaps with `with`. Never an assignment, unification, `some`, `every` or classic `not`.
    Expr(Literal),
}

/// A reference: a head and the steps from it.
#[derive(Clone, Debug)]
pub struct Ref {
    /// The place.
    pub span: Span,
    /// A variable, call, collection or comprehension.
    pub head: Term,
    /// The steps.
    pub path: Vec<RefArg>,
}

/// One step of a reference.
#[derive(Clone, Debug)]
pub struct RefArg {
    /// The term; a string if written with a dot.
    pub term: Term,
    /// Written `.name` rather than `[term]`.
    pub dot: bool,
}

/// A call of a function or operator.
#[derive(Clone, Debug)]
pub struct Call {
    /// The callee: `f`, `data.a.f`, `io.jwt.decode`; for an operator its built-in name (`plus`, `internal.member_2`),
    /// with the operator's own span.
    pub function: Ref,
    /// The arguments.
    pub args: Vec<Term>,
    /// How it was written.
    pub syntax: CallSyntax,
}

/// How a call was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CallSyntax {
    /// `f(x)`.
    Call,
    /// `a + b`, `x in xs`, `k, v in xs`, `x := y`; the operator stands at the callee's span.
    Infix,
    /// `-x`, which is `0 - x`. The first argument is a `0` that nobody wrote.
    UnaryMinus,
}

/// A comprehension with one head term.
#[derive(Clone, Debug)]
pub struct Compr {
    /// What each solution gives.
    pub head: Term,
    /// The conditions.
    pub body: Body,
}

/// An object comprehension.
#[derive(Clone, Debug)]
pub struct ObjectCompr {
    /// Key that each solution gives.
    pub key: Term,
    /// Value that each solution gives.
    pub value: Term,
    /// The conditions.
    pub body: Body,
}

/// A `# METADATA` block, not yet parsed as YAML.
#[derive(Clone, Debug)]
pub struct Annotation {
    /// From the `#` of the first line to the end of the last.
    pub span: Span,
    /// The YAML text: each line without `#` and one space after it, ended by a line break.
    pub yaml: String,
    /// Spans of the comment lines after the first, one per line of `yaml`.
    pub lines: Vec<Span>,
    /// The statement below it.
    pub target: AnnotationTarget,
}

/// What a metadata block stands above. Its `scope` may widen this.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AnnotationTarget {
    /// The package.
    Package,
    /// The import with this index.
    Import(usize),
    /// The rule with this index.
    Rule(usize),
    /// Nothing stands below it.
    Nothing,
}
