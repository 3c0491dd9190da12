//! Paths into the input, such as `action.speed`, `state.arms[0].angle` and `state."odd key"`.

use super::limits;

/// A path below `input`; it starts with `action` or `state`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Path {
    steps: Vec<Step>,
    text: String,
}

/// One step of a path.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// The value of an object's key.
    Key(String),
    /// An element of an array, from 0.
    Index(u32),
}

impl Path {
    /// Reads a path: keys separated by dots, odd keys in double quotes (a doubled quote stands for one), array elements as `[0]`.
    ///
    /// # Errors
    /// What is wrong, for a message.
    pub fn parse(text: &str) -> Result<Path, String> {
        let mut reader = Reader { rest: text, steps: Vec::new() };
        reader.path()?;
        let steps = reader.steps;
        match steps.first() {
            Some(Step::Key(root)) if root == "action" || root == "state" => Ok(Path { steps, text: text.to_owned() }),
            _ => Err(format!("the path `{text}` starts with neither `action` nor `state`")),
        }
    }

    /// Its steps; the first is the key `action` or `state`.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// As its author wrote it.
    pub fn text(&self) -> &str {
        &self.text
    }
}

struct Reader<'a> {
    rest: &'a str,
    steps: Vec<Step>,
}

impl Reader<'_> {
    fn path(&mut self) -> Result<(), String> {
        loop {
            let key = if self.rest.starts_with('"') { self.quoted()? } else { self.plain()? };
            self.push(Step::Key(key))?;
            while self.rest.starts_with('[') {
                let index = self.index()?;
                self.push(Step::Index(index))?;
            }
            match self.rest.chars().next() {
                None => return Ok(()),
                Some('.') => self.rest = &self.rest[1..],
                Some(c) => return Err(format!("{c:?} stands where a path goes on with `.` or `[`, or ends")),
            }
        }
    }

    fn push(&mut self, step: Step) -> Result<(), String> {
        if self.steps.len() == limits::MAX_PATH_STEPS {
            return Err(format!("a path may have {} parts", limits::MAX_PATH_STEPS));
        }
        self.steps.push(step);
        Ok(())
    }

    fn plain(&mut self) -> Result<String, String> {
        let is_odd = |c: char| matches!(c, '.' | '[' | ']' | '"' | '\'') || c.is_whitespace() || c.is_control();
        let end = self.rest.find(is_odd).unwrap_or(self.rest.len());
        let (key, rest) = self.rest.split_at(end);
        if key.is_empty() {
            return Err(match rest.chars().next() {
                None | Some('.') => "a path's part is empty".to_owned(),
                Some(c) => format!("{c:?} may stand in a path only within a part in double quotes"),
            });
        }
        self.rest = rest;
        Ok(key.to_owned())
    }

    fn quoted(&mut self) -> Result<String, String> {
        let mut key = String::new();
        let mut rest = &self.rest[1..];
        loop {
            let Some(end) = rest.find('"') else { return Err("a path's quote has no end".to_owned()) };
            key.push_str(&rest[..end]);
            rest = &rest[end + 1..];
            match rest.strip_prefix('"') {
                Some(after) => {
                    key.push('"');
                    rest = after;
                }
                None => break,
            }
        }
        self.rest = rest;
        Ok(key)
    }

    fn index(&mut self) -> Result<u32, String> {
        let wrong = || "an array's element is written as `[0]`, with a number from 0".to_owned();
        let (digits, rest) = self.rest[1..].split_once(']').ok_or_else(wrong)?;
        if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err(wrong());
        }
        let index = digits.parse().ok().filter(|n| *n <= 1_000_000).ok_or("an index may be 1000000 at most")?;
        self.rest = rest;
        Ok(index)
    }
}
