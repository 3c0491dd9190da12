//! Source texts and places in them: files, byte spans, rows and columns.

use std::sync::Arc;

/// A source file within one [`SourceMap`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(pub u32);

/// A range of bytes of one file, half open. It holds no text; [`SourceMap`] answers rows and columns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The file.
    pub file: FileId,
    /// Offset of the first byte.
    pub start: u32,
    /// Offset after the last byte. Equal to `start` at the end of the text.
    pub end: u32,
}

impl Span {
    /// A span from `start` to `end`.
    pub const fn new(file: FileId, start: u32, end: u32) -> Self {
        Span { file, start, end }
    }

    /// The smallest span that covers both. Both must be of one file.
    #[must_use]
    pub fn to(self, other: Span) -> Span {
        Span { file: self.file, start: self.start.min(other.start), end: self.end.max(other.end) }
    }

    /// Number of bytes.
    pub const fn len(self) -> u32 {
        self.end - self.start
    }

    /// True for a place without text, such as the end of the file.
    pub const fn is_empty(self) -> bool {
        self.start == self.end
    }
}

/// A row and column as OPA prints them: rows count from 1; columns count characters (not bytes) from 1.
///
/// Two places have column 0, as in OPA: a line break (it belongs to the row after it) and the end of a text that ends
/// with a line break.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// Row, from 1.
    pub row: u32,
    /// Column in characters, from 1; 0 at a line break.
    pub col: u32,
}

/// One source text with its name and the offsets of its lines.
#[derive(Clone, Debug)]
pub struct SourceFile {
    name: Arc<str>,
    text: Arc<str>,
    line_starts: Vec<u32>,
}

impl SourceFile {
    /// Indexes the lines of `text`. Cost: one pass over the text.
    pub fn new(name: impl Into<Arc<str>>, text: impl Into<Arc<str>>) -> Self {
        let text = text.into();
        let mut line_starts = vec![0];
        line_starts.extend(text.bytes().enumerate().filter(|(_, b)| *b == b'\n').map(|(i, _)| i as u32 + 1));
        SourceFile { name: name.into(), text, line_starts }
    }

    /// The name given by the caller, usually a path; may be empty for a query.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The whole text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Index of the line (from 0) that holds `offset`. Cost: logarithmic.
    pub fn line_index(&self, offset: u32) -> usize {
        self.line_starts.partition_point(|start| *start <= offset).saturating_sub(1)
    }

    /// Text of the line with this index (from 0), without its line break.
    pub fn line_text(&self, index: usize) -> &str {
        let Some(start) = self.line_starts.get(index) else { return "" };
        let end = self.line_starts.get(index + 1).map_or(self.text.len(), |next| *next as usize - 1);
        self.text.get(*start as usize..end).unwrap_or("").trim_end_matches('\r')
    }

    /// Row and column of the character at `offset`. Cost: logarithmic plus the length of the line.
    pub fn position(&self, offset: u32) -> Position {
        let offset = (offset as usize).min(self.text.len());
        // A line break is counted to the row that it begins, with column 0.
        if self.text.as_bytes().get(offset) == Some(&b'\n') {
            return Position { row: self.line_index(offset as u32) as u32 + 2, col: 0 };
        }
        let line = self.line_index(offset as u32);
        let start = self.line_starts.get(line).copied().unwrap_or(0) as usize;
        let before = self.text.get(start..offset).map_or(0, |s| s.chars().filter(|c| *c != '\u{feff}').count() as u32);
        let at_end = offset == self.text.len();
        Position { row: line as u32 + 1, col: if at_end { before } else { before + 1 } }
    }

    /// The text under `span`, empty if the span lies outside.
    pub fn slice(&self, span: Span) -> &str {
        self.text.get(span.start as usize..span.end as usize).unwrap_or("")
    }
}

/// All source texts of one compilation.
#[derive(Clone, Debug, Default)]
pub struct SourceMap {
    files: Vec<SourceFile>,
}

impl SourceMap {
    /// An empty map.
    pub fn new() -> Self {
        SourceMap::default()
    }

    /// Adds a text and gives its id. Ids count up from 0 in the order of the calls.
    pub fn add(&mut self, name: impl Into<Arc<str>>, text: impl Into<Arc<str>>) -> FileId {
        self.files.push(SourceFile::new(name, text));
        FileId(self.files.len() as u32 - 1)
    }

    /// The file with this id, if it was added here.
    pub fn file(&self, id: FileId) -> Option<&SourceFile> {
        self.files.get(id.0 as usize)
    }

    /// All files with their ids, in the order in which they were added.
    pub fn files(&self) -> impl Iterator<Item = (FileId, &SourceFile)> {
        self.files.iter().enumerate().map(|(i, f)| (FileId(i as u32), f))
    }

    /// Name of the file of `span`; empty if unknown.
    pub fn name(&self, span: Span) -> &str {
        self.file(span.file).map_or("", SourceFile::name)
    }

    /// Row and column of the start of `span`.
    pub fn position(&self, span: Span) -> Position {
        self.file(span.file).map_or(Position { row: 1, col: 1 }, |f| f.position(span.start))
    }

    /// The text under `span`; empty if unknown.
    pub fn text(&self, span: Span) -> &str {
        self.file(span.file).map_or("", |f| f.slice(span))
    }

    /// Text of the line on which `span` starts, without its line break.
    pub fn line(&self, span: Span) -> &str {
        self.file(span.file).map_or("", |f| f.line_text(f.line_index(span.start)))
    }
}
