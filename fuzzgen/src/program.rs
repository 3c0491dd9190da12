//! A Rego program as the generator builds it and the shrinker takes it apart.

use writ_value::Value;

/// A program with what it is evaluated on. Its modules are the packages of [`Package`].
#[derive(Debug, Clone, PartialEq)]
pub struct Program {
    /// Definitions in source order; several may have one name. A name belongs to one package.
    pub rules: Vec<Rule>,
    /// Ad-hoc queries over the packages.
    pub queries: Vec<Vec<Literal>>,
    /// The modules and queries are Rego v0.
    pub v0: bool,
    /// The modules are compiled in strict mode.
    pub strict: bool,
    /// The input document; `None` leaves it undefined.
    pub input: Option<Value>,
    /// The base data, an object.
    pub data: Value,
}

impl Program {
    /// Paths below `data` of the rules that are no functions, each once, in order, then those of the packages.
    pub fn documents(&self) -> Vec<String> {
        let mut paths: Vec<String> = Vec::new();
        for rule in self.rules.iter().filter(|rule| rule.params.is_none()) {
            let path = format!("{}/{}", rule.package.path(), rule.name);
            if !paths.contains(&path) {
                paths.push(path);
            }
        }
        paths.extend(self.packages().iter().map(|package| package.path().to_owned()));
        paths
    }

    /// The packages that have rules.
    pub fn packages(&self) -> Vec<Package> {
        [Package::Main, Package::Library].into_iter().filter(|p| self.rules.iter().any(|r| r.package == *p)).collect()
    }

    /// The package that defines a name.
    pub fn owner(&self, name: &str) -> Option<Package> {
        self.rules.iter().find(|rule| rule.name == name).map(|rule| rule.package)
    }
}

/// A package of a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Package {
    /// `data.fuzz`
    Main,
    /// `data.lib.util`, which the main package imports.
    Library,
}

impl Package {
    /// Its path below `data`, with `/` between the parts.
    pub fn path(self) -> &'static str {
        match self {
            Package::Main => "fuzz",
            Package::Library => "lib/util",
        }
    }

    /// Its name as Rego writes it.
    pub fn name(self) -> &'static str {
        match self {
            Package::Main => "fuzz",
            Package::Library => "lib.util",
        }
    }
}

/// One definition.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    /// Where it is defined.
    pub package: Package,
    /// `default`: only name, parameters and value count.
    pub default: bool,
    /// The first part of its reference.
    pub name: String,
    /// Further parts of its reference.
    pub path: Vec<Term>,
    /// Parameters of a function.
    pub params: Option<Vec<Term>>,
    /// What it yields.
    pub head: Head,
    /// Conditions.
    pub body: Vec<Literal>,
    /// `else` parts: value and conditions.
    pub elses: Vec<(Term, Vec<Literal>)>,
}

/// What a definition yields.
#[derive(Debug, Clone, PartialEq)]
pub enum Head {
    /// `true`
    True,
    /// `:= value`
    Value(Term),
    /// `contains member`
    Member(Term),
}

/// A statement.
#[derive(Debug, Clone, PartialEq)]
pub enum Literal {
    /// An expression.
    Term(Term),
    /// `a := b`
    Assign(Term, Term),
    /// `a = b`
    Unify(Term, Term),
    /// `some a, b`
    Some(Vec<String>),
    /// `some key, value in domain`
    SomeIn(Option<Term>, Term, Term),
    /// `every key, value in domain { body }`
    Every(Option<String>, String, Term, Vec<Literal>),
    /// `not …`
    Not(Box<Literal>),
    /// `not { … }`
    NotBody(Vec<Literal>),
    /// `{ … } and { … }`, `{ … } or { … }`
    Logic(&'static str, Vec<Literal>, Vec<Literal>),
    /// `… with target as value`
    With(Box<Literal>, String, Term),
}

/// An expression.
#[derive(Debug, Clone, PartialEq)]
pub enum Term {
    /// A scalar constant.
    Scalar(Value),
    /// A name: a variable, `input`, `data`, `_`, a rule, or a rule by its full path (`data.` and its name, without the package).
    Name(String),
    /// `base.key`, `base[key]`
    Ref(Box<Term>, Vec<Term>),
    /// `f(…)`
    Call(String, Vec<Term>),
    /// `a op b`
    Infix(&'static str, Box<Term>, Box<Term>),
    /// `key, value in domain`
    In(Option<Box<Term>>, Box<Term>, Box<Term>),
    /// `[…]`
    Array(Vec<Term>),
    /// `{…}`
    Set(Vec<Term>),
    /// `{…: …}`
    Object(Vec<(Term, Term)>),
    /// `[head | body]`
    ArrayCompr(Box<Term>, Vec<Literal>),
    /// `{head | body}`
    SetCompr(Box<Term>, Vec<Literal>),
    /// `{key: value | body}`
    ObjectCompr(Box<(Term, Term)>, Vec<Literal>),
    /// `$"…{expr}…"`
    Template(Vec<TemplatePart>),
}

/// A part of a template string.
#[derive(Debug, Clone, PartialEq)]
pub enum TemplatePart {
    /// Text without braces, quotes and escapes.
    Text(String),
    /// An expression.
    Expr(Term),
}

impl Term {
    /// A string constant.
    pub fn str(text: &str) -> Term {
        Term::Scalar(Value::from(text))
    }

    /// An integer constant.
    pub fn int(n: i64) -> Term {
        Term::Scalar(Value::from(n))
    }

    /// A name.
    pub fn name(text: impl Into<String>) -> Term {
        Term::Name(text.into())
    }
}
