//! The generated part of a file that people write.

use crate::Result;

/// Puts `lines` between the line with `generated: begin NAME` and the next one with `generated: end`, and indents them
/// like the first of these.
pub(crate) fn fill(text: &str, name: &str, lines: &[String]) -> Result<String> {
    let (begin, end) = (format!("generated: begin {name}"), "generated: end");
    let is_begin = |line: &&str| line.contains(&begin);
    let mut rest = text.lines();
    let mut filled: Vec<String> = rest.by_ref().take_while(|line| !is_begin(line)).map(str::to_owned).collect();
    let marker = text.lines().find(is_begin).ok_or(format!("no line with `{begin}`"))?;
    let after: Vec<_> = rest.skip_while(|line| !line.contains(end)).collect();
    if after.is_empty() {
        return Err(format!("no line with `{end}` after `{begin}`").into());
    }
    let indent = " ".repeat(marker.len() - marker.trim_start().len());
    filled.push(marker.to_owned());
    filled.extend(lines.iter().map(|line| format!("{indent}{line}").trim_end().to_owned()));
    filled.extend(after.into_iter().map(str::to_owned));
    Ok(filled.join("\n") + "\n")
}

#[cfg(test)]
mod tests {
    use super::fill;

    const TEXT: &str = "a\n  # generated: begin x\n  old\n  # generated: end\nb\n";

    #[test]
    fn only_what_is_between_the_marks_changes() {
        let filled = fill(TEXT, "x", &["new".to_owned(), String::new(), "er".to_owned()]).unwrap();
        assert_eq!(filled, "a\n  # generated: begin x\n  new\n\n  er\n  # generated: end\nb\n");
        assert_eq!(fill(&filled, "x", &["old".to_owned()]).unwrap(), TEXT);
    }

    #[test]
    fn a_mark_that_is_missing_is_named() {
        assert_eq!(fill(TEXT, "y", &[]).unwrap_err().to_string(), "no line with `generated: begin y`");
        let error = fill("# generated: begin x\n", "x", &[]).unwrap_err().to_string();
        assert_eq!(error, "no line with `generated: end` after `generated: begin x`");
    }
}
