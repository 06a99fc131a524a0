//! Files below a folder, always in the same order, and the places that links between them lead to.

use std::{
    fs, io,
    path::{Component, Path, PathBuf},
};

use anyhow::{Context as _, Result};

/// What is in a folder, in order.
///
/// # Errors
/// When it cannot be read.
pub fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries =
        fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    let mut files: Vec<PathBuf> =
        entries.map(|entry| entry.map(|entry| entry.path())).collect::<io::Result<_>>()?;
    files.sort();
    Ok(files)
}

/// All files in `path`, or `path` itself where it is one, in a fixed order; none where there is
/// nothing.
///
/// # Errors
/// When a folder cannot be read.
pub fn files_below(path: &Path) -> Result<Vec<PathBuf>> {
    if !path.exists() {
        return Ok(Vec::new());
    }
    if path.is_file() {
        return Ok(vec![path.to_owned()]);
    }
    let mut below = Vec::new();
    for entry in files(path)? {
        below.extend(files_below(&entry)?);
    }
    Ok(below)
}

/// Where a link in `file` leads: `../packaging/x` in `docs/y.md` is `packaging/x`.
#[must_use]
pub fn beside(file: &Path, link: &str) -> PathBuf {
    let mut path = file.parent().map(Path::to_owned).unwrap_or_default();
    for part in Path::new(link).components() {
        match part {
            Component::ParentDir => _ = path.pop(),
            part => path.push(part),
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_followed_from_where_they_stand() {
        assert_eq!(beside(Path::new("README.md"), "docs/a.png"), Path::new("docs/a.png"));
        assert_eq!(beside(Path::new("docs/y.md"), "../g/h"), Path::new("g/h"));
    }
}
