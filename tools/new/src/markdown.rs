//! Removes parts of a page.

/// Longest line of a paragraph, in bytes.
const WIDTH: usize = 120;

/// Returns the page without the parts for which `is_meant` returns true: sections (by their headings), list items,
/// table rows and sentences of paragraphs.
pub(crate) fn without(text: &str, is_meant: &dyn Fn(&str) -> bool) -> String {
    let mut kept = String::new();
    // The level of the heading whose section is being left out.
    let mut skipped: Option<usize> = None;
    let mut is_code = false;
    let mut lines = text.split_inclusive('\n').peekable();
    while let Some(line) = lines.next() {
        if line.starts_with("```") {
            is_code = !is_code;
        }
        let level = line.bytes().take_while(|byte| *byte == b'#').count();
        if !is_code && level > 0 {
            if skipped.is_some_and(|skipped| level <= skipped) {
                skipped = None;
            }
            if skipped.is_none() && is_meant(line) {
                skipped = Some(level);
            }
        }
        let mut block = line.to_owned();
        if let Some(indent) = item(line).filter(|_| !is_code) {
            while let Some(next) = lines.next_if(|next| indent_of(next) > indent && !next.trim().is_empty()) {
                block.push_str(next);
            }
        }
        let is_paragraph = !is_code && is_plain(line);
        while is_paragraph && let Some(next) = lines.next_if(|next| is_plain(next)) {
            block.push_str(next);
        }
        let is_part = !is_code && (line.starts_with('|') || item(line).is_some());
        if skipped.is_some() || (is_part && is_meant(&block)) {
            continue;
        }
        if is_paragraph && is_meant(&block) {
            block = without_sentences(&block, is_meant);
        }
        kept.push_str(&block);
    }
    kept
}

/// Returns the paragraph without the sentences for which `is_meant` returns true, wrapped again.
fn without_sentences(paragraph: &str, is_meant: &dyn Fn(&str) -> bool) -> String {
    let text = paragraph.split_whitespace().collect::<Vec<_>>().join(" ");
    let sentences = text.split_inclusive(". ").filter(|sentence| !is_meant(sentence));
    let mut wrapped = String::new();
    let mut length = 0;
    for word in sentences.flat_map(str::split_whitespace) {
        let is_first = length == 0;
        let fits = length + 1 + word.len() <= WIDTH;
        wrapped.push_str(if is_first {
            ""
        } else if fits {
            " "
        } else {
            "\n"
        });
        length = if is_first || !fits { word.len() } else { length + 1 + word.len() };
        wrapped.push_str(word);
    }
    if wrapped.is_empty() { wrapped } else { wrapped + "\n" }
}

/// Whether the line is one of a paragraph.
fn is_plain(line: &str) -> bool {
    let is_other = line.starts_with(|c: char| c.is_whitespace() || "#|<>!".contains(c)) || line.starts_with("```");
    !line.is_empty() && !is_other && item(line).is_none()
}

/// Returns the indentation of a list item, if the line begins one.
fn item(line: &str) -> Option<usize> {
    let text = line.trim_start();
    let is_numbered = text.split_once(". ").is_some_and(|(number, _)| number.parse::<u8>().is_ok());
    (text.starts_with("- ") || is_numbered).then(|| indent_of(line))
}

fn indent_of(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}

#[cfg(test)]
mod tests {
    #[test]
    fn sections_items_and_rows_are_left_out_as_a_whole() {
        let page = "# Page\nOne. A `thing.` is\none. Two.\n\nA thing.\n## Thing\ntext\n```sh\n# thing\n```\n### Below\ntext\n## Kept\n\
            | a |\n|---|\n| thing |\n| b |\n\n- one\n  and a thing\n- two\n  more\n1. thing\n2. four\n\n\
            ```sh\n# thing\n- thing\n```\n";
        let expected = "# Page\nOne. Two.\n\n## Kept\n| a |\n|---|\n| b |\n\n- two\n  more\n2. four\n\n\
            ```sh\n# thing\n- thing\n```\n";
        assert_eq!(super::without(page, &|text| text.to_lowercase().contains("thing")), expected);
    }
}
