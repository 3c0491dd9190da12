//! The operators of conditions: their names and what they compare.

/// How a condition compares the parameter with the value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Operator {
    /// `==`: equal, numbers by value.
    Equal,
    /// `!=`
    NotEqual,
    /// `<`: two numbers, or two strings by code points.
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// `in`: an element of a list.
    In,
    /// `not_in`
    NotIn,
    /// `between`: within two bounds, both included.
    Between,
    /// `not_between`
    NotBetween,
    /// `matches`: a string with a match of an RE2 pattern somewhere in it.
    Matches,
    /// `not_matches`
    NotMatches,
    /// `contains`: a string with a part, or a list with an element.
    Contains,
    /// `not_contains`
    NotContains,
    /// `starts_with`
    StartsWith,
    /// `ends_with`
    EndsWith,
    /// `exists`: the parameter is there, whatever it is.
    Exists,
    /// `not_exists`
    NotExists,
}

/// What a condition's value has to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operands {
    /// None.
    None,
    /// One constant or path.
    One,
    /// A list of constants, or the path of a list.
    List,
    /// Two bounds, each a constant or path.
    Range,
    /// A constant pattern.
    Pattern,
}

impl Operator {
    /// All of them with their names.
    pub const ALL: [(&'static str, Operator); 18] = [
        ("==", Operator::Equal),
        ("!=", Operator::NotEqual),
        ("<", Operator::Less),
        ("<=", Operator::LessOrEqual),
        (">", Operator::Greater),
        (">=", Operator::GreaterOrEqual),
        ("in", Operator::In),
        ("not_in", Operator::NotIn),
        ("between", Operator::Between),
        ("not_between", Operator::NotBetween),
        ("matches", Operator::Matches),
        ("not_matches", Operator::NotMatches),
        ("contains", Operator::Contains),
        ("not_contains", Operator::NotContains),
        ("starts_with", Operator::StartsWith),
        ("ends_with", Operator::EndsWith),
        ("exists", Operator::Exists),
        ("not_exists", Operator::NotExists),
    ];

    /// The operator of this name.
    pub fn of(name: &str) -> Option<Operator> {
        Operator::ALL.iter().find(|(known, _)| *known == name).map(|(_, operator)| *operator)
    }

    /// Its name in documents.
    pub fn name(self) -> &'static str {
        Operator::ALL.iter().find(|(_, operator)| *operator == self).map_or("", |(name, _)| name)
    }

    /// What it takes as its value.
    pub fn operands(self) -> Operands {
        match self {
            Operator::Exists | Operator::NotExists => Operands::None,
            Operator::In | Operator::NotIn => Operands::List,
            Operator::Between | Operator::NotBetween => Operands::Range,
            Operator::Matches | Operator::NotMatches => Operands::Pattern,
            _ => Operands::One,
        }
    }

    /// `<`, `<=`, `>`, `>=` and the two about ranges, which need an order.
    pub fn is_order(self) -> bool {
        use Operator::{Between, Greater, GreaterOrEqual, Less, LessOrEqual, NotBetween};
        matches!(self, Less | LessOrEqual | Greater | GreaterOrEqual | Between | NotBetween)
    }

    /// The operator that holds exactly where this one fails, if both can be told.
    pub fn negated(self) -> Option<Operator> {
        use Operator::*;
        Some(match self {
            Equal => NotEqual,
            NotEqual => Equal,
            Less => GreaterOrEqual,
            LessOrEqual => Greater,
            Greater => LessOrEqual,
            GreaterOrEqual => Less,
            In => NotIn,
            NotIn => In,
            Between => NotBetween,
            NotBetween => Between,
            Matches => NotMatches,
            NotMatches => Matches,
            Contains => NotContains,
            NotContains => Contains,
            Exists => NotExists,
            NotExists => Exists,
            StartsWith | EndsWith => return None,
        })
    }
}
