//! A table with a frame, as `opa eval --format pretty` draws it: header centred, cells on the left.

use unicode_width::UnicodeWidthChar;

/// The table. A header may have several lines; cells have one.
pub(crate) fn draw(header: &[String], rows: &[Vec<String>]) -> String {
    let widths: Vec<usize> = (0..header.len())
        .map(|i| {
            let cells = rows.iter().filter_map(|row| row.get(i)).map(|cell| width(cell));
            header[i].lines().map(width).chain(cells).max().unwrap_or(0)
        })
        .collect();
    let mut out = String::new();
    rule(&widths, ['┌', '┬', '┐'], &mut out);
    let height = header.iter().map(|h| h.lines().count()).max().unwrap_or(0);
    for i in 0..height {
        let cells = header.iter().map(|h| h.lines().nth(i).unwrap_or_default());
        line(cells, &widths, |gap| gap / 2, &mut out);
    }
    rule(&widths, ['├', '┼', '┤'], &mut out);
    for row in rows {
        line(row.iter().map(String::as_str), &widths, |_| 0, &mut out);
    }
    rule(&widths, ['└', '┴', '┘'], &mut out);
    out
}

/// Columns that a terminal gives to the text, each character on its own, as OPA counts them (sequences that fonts join count longer).
fn width(text: &str) -> usize {
    text.chars().filter_map(UnicodeWidthChar::width).sum()
}

fn rule(widths: &[usize], [left, middle, right]: [char; 3], out: &mut String) {
    for (i, width) in widths.iter().enumerate() {
        out.push(if i == 0 { left } else { middle });
        (0..width + 2).for_each(|_| out.push('─'));
    }
    out.push(right);
    out.push('\n');
}

/// `before` says how much of the spare room of a cell stands in front of its text.
fn line<'a>(cells: impl Iterator<Item = &'a str>, widths: &[usize], before: fn(usize) -> usize, out: &mut String) {
    for (cell, room) in cells.zip(widths) {
        let gap = room.saturating_sub(width(cell));
        let left = before(gap);
        out.push_str("│ ");
        (0..left).for_each(|_| out.push(' '));
        out.push_str(cell);
        (0..gap - left + 1).for_each(|_| out.push(' '));
    }
    out.push_str("│\n");
}
