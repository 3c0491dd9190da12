//! Rules after name resolution: what the checks and the planner work on.
//!
//! ```text
//!   ast::Module ──resolve──▶ Program { tree of documents ─▶ groups of rules ─▶ bodies over numbered variables }
//! ```
//!
//! What resolution has done, so that nobody after it has to think about it:
//! * every name is a variable of its rule ([`VarId`]), `input`, `data` with a full path, a rule group or a built-in;
//! * locals shadow properly and have numbers; wildcards are variables of their own;
//! * calls stand only as literals ([`LiteralKind::Call`]); a call inside a term became a literal of its own in front and a variable;
//! * `:=` and `=` are [`LiteralKind::Unify`]; `==` and other comparisons are calls of built-ins;
//! * what a negated literal calls or refers to inside its arguments stands in front of it (classic `not`), as in OPA;
//! * template strings and `print` are calls of their internal built-ins, `rego.metadata.*` are constants;
//! * literals stand in an order in which each one's inputs are bound before it (after `safety`).

pub mod print;
pub mod walk;

use std::collections::BTreeMap;

use writ_value::Value;

use crate::builtins::Vocabulary;
use crate::source::Span;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(
            /// The position.
            pub u32,
        );
    };
}
id!(/// A variable of one rule or query: position in [`Scope::vars`].
    VarId);
id!(/// A group of rules: position in [`Program::groups`].
    GroupId);

/// All modules of one compilation, resolved together.
#[derive(Debug, Clone, Default)]
pub struct Program {
    /// Rule groups, each the owner of one path of the data tree.
    pub groups: Vec<Group>,
    /// The tree of virtual documents below `data`.
    pub tree: Node,
    /// Ad-hoc queries, compiled like entrypoints.
    pub queries: Vec<Query>,
    /// Paths below `data` whose annotations say `entrypoint: true`, in order, each once. A rule or a package.
    pub entrypoints: Vec<Vec<Value>>,
    /// The built-ins that names may mean.
    pub vocabulary: Vocabulary,
    /// Resolution found errors after which the checks would report things that nobody wrote; do not run them.
    pub incomplete: bool,
}

/// A place in the tree of virtual documents. Keys are the parts of the path (strings, seldom other constants).
#[derive(Debug, Clone, Default)]
pub struct Node {
    /// Deeper places. Empty where `group` is set: a group owns everything below its path.
    pub children: BTreeMap<Value, Node>,
    /// The rules that define this document.
    pub group: Option<GroupId>,
    /// True for a package's own node: its document is an object even when no rule is defined.
    pub is_package: bool,
}

/// All rules that define the document at one path.
#[derive(Debug, Clone)]
pub struct Group {
    /// The path below `data`, ground, e.g. `["authz", "allow"]`.
    pub path: Vec<Value>,
    /// What kind of document it is.
    pub kind: GroupKind,
    /// Its rules, in source order (files in the order given).
    pub rules: Vec<Rule>,
    /// The default rule: value for a complete rule or function. Its term is ground or a comprehension.
    pub default: Option<Default_>,
}

/// What the rules of a group make together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GroupKind {
    /// One value. Every rule has an empty suffix and [`Head::Value`].
    Complete,
    /// A function of this many parameters.
    Function {
        /// Number of parameters.
        arity: usize,
    },
    /// A set: every rule has an empty suffix and [`Head::Member`].
    Set,
    /// An object: rules have a suffix (its first part a key of the object) and [`Head::Value`] or [`Head::Member`]. Rules with a longer static path
    /// below a group with variables in its heads belong to that group, with constants as suffix.
    Object,
}

/// The default of a group.
#[derive(Debug, Clone)]
pub struct Default_ {
    /// The value.
    pub value: Term,
    /// Literals that compute what `value` needs (only for comprehensions' temporaries), normally empty.
    pub body: Body,
    /// Variables of `value` and `body`.
    pub scope: Scope,
    /// The rule's place.
    pub span: Span,
}

/// One rule with its `else` chain.
#[derive(Debug, Clone)]
pub struct Rule {
    /// Parameters of a function: patterns to unify with the arguments.
    pub params: Vec<Term>,
    /// The first branch, then each `else`, in order; the first whose body holds gives the value.
    pub branches: Vec<Branch>,
    /// Variables of all branches.
    pub scope: Scope,
    /// Name for messages, e.g. `data.authz.allow`.
    pub name: String,
    /// The rule's place (its head).
    pub span: Span,
}

/// One body with what it yields.
#[derive(Debug, Clone)]
pub struct Branch {
    /// Keys below the group's path (group kind [`GroupKind::Object`] only).
    pub suffix: Vec<Term>,
    /// The value or member. What they need computed stands at the end of `body`.
    pub head: Head,
    /// The literals; empty means true.
    pub body: Body,
    /// Place of the branch.
    pub span: Span,
}

/// What a branch yields.
#[derive(Debug, Clone)]
pub enum Head {
    /// A value.
    Value(Term),
    /// A member of the set at the path (`contains`).
    Member(Term),
}

/// Variables of a rule or query.
#[derive(Debug, Clone, Default)]
pub struct Scope {
    /// By [`VarId`].
    pub vars: Vec<Var>,
}

/// A variable.
#[derive(Debug, Clone)]
pub struct Var {
    /// As written, or a made-up name.
    pub name: String,
    /// Made by the compiler (also wildcards): never shown to a user as a binding.
    pub generated: bool,
    /// Where it was first seen.
    pub span: Span,
}

/// An ad-hoc query.
#[derive(Debug, Clone)]
pub struct Query {
    /// Name of its entrypoint.
    pub name: String,
    /// The literals.
    pub body: Body,
    /// Variables.
    pub scope: Scope,
    /// What each result row binds, sorted by name.
    pub bindings: Vec<(String, VarId)>,
    /// One per expression of the source, in the order of evaluation (as OPA reports them): its text, place and value.
    pub expressions: Vec<QueryExpression>,
}

/// An expression of a query, as results report it.
#[derive(Debug, Clone)]
pub struct QueryExpression {
    /// The source text.
    pub text: String,
    /// Its place.
    pub span: Span,
    /// The variable that holds its value; `None` means `true`.
    pub value: Option<VarId>,
}

/// Literals in evaluation order.
pub type Body = Vec<Literal>;

/// One statement of a body.
#[derive(Debug, Clone)]
pub struct Literal {
    /// What it asks.
    pub kind: LiteralKind,
    /// `with` modifiers, applied in order.
    pub with: Vec<With>,
    /// Its place.
    pub span: Span,
    /// How it came about.
    pub origin: Origin,
}

/// How a literal came about: facts for safety and the checks. The planner need not look.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Origin {
    /// A [`LiteralKind::Unify`] written with `:=`; its left side is what it declares.
    pub assigned: bool,
    /// The compiler made it. A call with an `out` that nobody wrote has this, too.
    pub generated: bool,
    /// A [`LiteralKind::Not`] in the classic form, whose inner calls and references stand in front of it.
    pub classic_not: bool,
    /// Stands in an operand of `and`/`or` (or in a `not` by `import future.keywords.not`) that was written without braces.
    pub implicit: bool,
}

/// What a literal asks.
#[derive(Debug, Clone)]
pub enum LiteralKind {
    /// The term is defined and not false.
    Term(Term),
    /// Both sides unify; unbound variables (also inside arrays and object values) become bound.
    Unify(Term, Term),
    /// A call. Without `out` its result must not be false; with `out` the result unifies with that term. For a relation (`walk`) this holds
    /// for each output in turn.
    Call {
        /// What is called.
        callee: Callee,
        /// The arguments.
        args: Vec<Term>,
        /// Receives the result.
        out: Option<Term>,
    },
    /// `some key, value in domain`: each element whose key and value unify with the patterns.
    Iterate {
        /// Pattern of the key.
        key: Option<Term>,
        /// Pattern of the value.
        value: Term,
        /// The collection.
        domain: Term,
    },
    /// The body holds for each element; undefined when the domain is no collection.
    Every {
        /// Bound to the key, if asked for.
        key: Option<VarId>,
        /// Bound to the element.
        value: VarId,
        /// The collection.
        domain: Term,
        /// What must hold.
        body: Body,
    },
    /// The body has no solution.
    Not(Body),
    /// `and` / `or`: true once, or false; binds nothing outside.
    Logic(Logic),
}

/// Operands of `and` and `or`.
#[derive(Debug, Clone)]
pub enum Logic {
    /// Both hold, left first.
    And(Box<Logic>, Box<Logic>),
    /// One holds, left first.
    Or(Box<Logic>, Box<Logic>),
    /// The body has a solution.
    Body(Body),
}

/// What is called.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Callee {
    /// A function defined by rules.
    Group(GroupId),
    /// A built-in by its name.
    Builtin(String),
}

/// One `with`.
#[derive(Debug, Clone)]
pub struct With {
    /// What is replaced.
    pub target: WithTarget,
    /// By what.
    pub value: WithValue,
    /// Its place.
    pub span: Span,
}

/// Target of a `with`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WithTarget {
    /// `input` or a path below it.
    Input(Vec<Value>),
    /// `data` or a path below it; may be a rule's or a package's.
    Data(Vec<Value>),
    /// A function.
    Callee(Callee),
}

/// Replacement of a `with`.
#[derive(Debug, Clone)]
pub enum WithValue {
    /// A value. Computed outside of the scope that the `with` opens.
    Term(Term),
    /// Another function, for a [`WithTarget::Callee`].
    Callee(Callee),
    /// The document at a constant path below `data`, for a [`WithTarget::Callee`]. Read where the function is called, inside of the scope.
    Document(Term),
}

impl WithValue {
    /// The term, if it is not the name of a function.
    pub fn term(&self) -> Option<&Term> {
        match self {
            WithValue::Term(term) | WithValue::Document(term) => Some(term),
            WithValue::Callee(_) => None,
        }
    }

    /// As [`Self::term`], to change it.
    pub fn term_mut(&mut self) -> Option<&mut Term> {
        match self {
            WithValue::Term(term) | WithValue::Document(term) => Some(term),
            WithValue::Callee(_) => None,
        }
    }
}

/// A term with its place.
#[derive(Debug, Clone)]
pub struct Term {
    /// What it is.
    pub kind: TermKind,
    /// Its place.
    pub span: Span,
}

/// What a term is.
#[derive(Debug, Clone)]
pub enum TermKind {
    /// A constant (composites without variables are folded into one).
    Const(Value),
    /// A variable.
    Var(VarId),
    /// A reference; iterates over what its unbound variables can be.
    Ref(Ref),
    /// An array.
    Array(Vec<Term>),
    /// An object.
    Object(Vec<(Term, Term)>),
    /// A set.
    Set(Vec<Term>),
    /// `[head | body]`
    ArrayCompr(Box<Compr>),
    /// `{head | body}`
    SetCompr(Box<Compr>),
    /// `{key: head | body}`
    ObjectCompr(Box<Term>, Box<Compr>),
}

/// A comprehension's head and body. What the head needs computed stands at the end of the body.
#[derive(Debug, Clone)]
pub struct Compr {
    /// What each solution yields.
    pub head: Term,
    /// The literals.
    pub body: Body,
}

/// A reference.
#[derive(Debug, Clone)]
pub struct Ref {
    /// Where it starts.
    pub base: RefBase,
    /// Keys, one level each: constants, bound or unbound variables, or ground terms / nested references.
    pub path: Vec<Term>,
}

/// Start of a reference.
#[derive(Debug, Clone)]
pub enum RefBase {
    /// `input`
    Input,
    /// `data`; the path is complete from the root, and names rules as well as base documents.
    Data,
    /// A variable.
    Var(VarId),
    /// Any other term.
    Term(Box<Term>),
}
