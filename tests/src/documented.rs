//! Code that pages of `docs/` show: it is run as it stands there.

use std::{fs, path::Path};

/// The code behind `<!-- MARKER -->` in `docs/PAGE`.
///
/// # Panics
/// When there is none.
#[must_use]
pub fn code(page: &str, marker: &str) -> String {
    let text = text(page);
    let marker = format!("<!-- {marker} -->\n```");
    let (_, rest) = text.split_once(&marker).unwrap_or_else(|| panic!("no {marker} in {page}"));
    let (_, rest) = rest.split_once('\n').expect("the code has no beginning");
    rest.split_once("```").expect("the code has no end").0.to_owned()
}

/// The blocks of this kind in `docs/PAGE`, such as `sh`, from top to bottom.
#[must_use]
pub fn blocks(page: &str, kind: &str) -> Vec<String> {
    let text = text(page);
    // Before, in and behind each block, in turn.
    let blocks = text.split("```").skip(1).step_by(2);
    let of_kind = blocks.filter_map(|block| block.strip_prefix(kind)?.strip_prefix('\n'));
    of_kind.map(str::to_owned).collect()
}

fn text(page: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs").join(page);
    fs::read_to_string(path).unwrap_or_else(|error| panic!("docs/{page}: {error}"))
}
