//! `--cover=FILE.html`: a page that shows the text of what was executed, line by line.

use super::display::escape;
use crate::hints::position::line_end;
use crate::{ChunkCoverage, Coverage};
use std::collections::BTreeMap;
use std::fmt::Write;

const STYLE: &str = "\
:root{color-scheme:light dark;--hit:#2da44e33;--miss:#cf222e33;--part:#bf870033;--dim:#888}\
body{font:15px/1.5 system-ui,sans-serif;max-width:72em;margin:2em auto;padding:0 1em}\
table{border-collapse:collapse}th,td{padding:.2em .8em;text-align:left}\
td.n{text-align:right;font-variant-numeric:tabular-nums}\
pre{font:13px/1.45 ui-monospace,monospace;overflow-x:auto}\
pre span{display:block;min-width:max-content}\
pre i{display:inline-block;font-style:normal;color:var(--dim);text-align:right;width:6em;\
margin-right:1em;user-select:none}\
.hit{background:var(--hit)}.miss{background:var(--miss)}.part{background:var(--part)}";

/// Makes the page. `text_of` gives the text of a chunk, where there is one.
pub(super) fn page(coverage: &Coverage, text_of: impl Fn(&str) -> Option<Vec<u8>>) -> String {
    let mut page = format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <title>Coverage</title><style>{STYLE}</style></head><body>\n<h1>Coverage</h1>\n\
         <table><tr><th>Chunk<th>Lines<th>Branches</tr>\n"
    );
    for (number, chunk) in coverage.chunks.iter().enumerate() {
        let ((lines, of_lines), (ways, of_ways)) = (chunk.line_totals(), chunk.branch_totals());
        let name = html(chunk.name.as_bytes());
        // Writing to a string does not fail, here and below.
        let _ = writeln!(
            page,
            "<tr><td><a href=\"#c{number}\">{name}</a><td class=\"n\">{lines} of {of_lines}\
             <td class=\"n\">{ways} of {of_ways}</tr>"
        );
    }
    page += "</table>\n";
    for (number, chunk) in coverage.chunks.iter().enumerate() {
        let _ = writeln!(page, "<h2 id=\"c{number}\">{}</h2>", html(chunk.name.as_bytes()));
        match text_of(&chunk.name) {
            Some(text) => show(&mut page, chunk, &text),
            None => page += "<p>Its text is not at hand.</p>\n",
        }
    }
    if coverage.left_out > 0 {
        let _ = writeln!(page, "<p>{} functions were not counted.</p>", coverage.left_out);
    }
    page += "</body></html>\n";
    page
}

/// Shows the lines of a chunk: how often each was executed, and whether a branch in it went
/// only one way.
fn show(page: &mut String, chunk: &ChunkCoverage, text: &[u8]) {
    let counts: BTreeMap<u32, u32> = chunk.lines.iter().map(|l| (l.line, l.count)).collect();
    let mut ways: BTreeMap<u32, Vec<String>> = BTreeMap::new();
    for branch in &chunk.branches {
        if (branch.went_on == 0) != (branch.jumped == 0) {
            let way = if branch.jumped == 0 { "never jumped" } else { "never went on" };
            ways.entry(branch.line).or_default().push(way.to_owned());
        }
    }
    *page += "<pre>";
    let mut line = 0;
    let mut next = Some(0);
    // A text that ends with a line's end has no line behind it.
    while let Some(begin) = next.filter(|begin| *begin == 0 || *begin < text.len()) {
        let (end, behind) = line_end(text, begin);
        next = behind;
        line += 1;
        let count = counts.get(&line);
        let (class, title) = match (count, ways.get(&line)) {
            (None, _) => ("", String::new()),
            (Some(0), _) => ("miss", String::new()),
            (Some(_), Some(ways)) => ("part", ways.join(", ")),
            (Some(_), None) => ("hit", String::new()),
        };
        let count = count.map_or_else(String::new, u32::to_string);
        let text = html(&text[begin..end]);
        let _ = write!(
            page,
            "<span class=\"{class}\" title=\"{title}\"><i>{count}</i><i>{line}</i>{text}</span>"
        );
    }
    *page += "</pre>\n";
}

/// Makes a text safe to show in a page.
fn html(bytes: &[u8]) -> String {
    let mut text = String::new();
    for c in escape(bytes).chars() {
        match c {
            '&' => text += "&amp;",
            '<' => text += "&lt;",
            '>' => text += "&gt;",
            '"' => text += "&quot;",
            c => text.push(c),
        }
    }
    text
}
