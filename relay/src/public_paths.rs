//! The paths under which people find the page: `/` always, and those that `--origin` names. A proxy
//! may pass such a path on or take it off; the relay answers the same at both.

use axum::http::Uri;

use crate::access::{BadOrigin, Origin};

/// What the relay answers at by itself. A page under one of these could not be told from it.
const OWN: [&str; 4] = ["/ws/", "/healthz/", "/readyz/", "/metrics/"];

/// Paths like `/warren/`, the longest first.
#[derive(Debug, Clone, Default)]
pub(crate) struct PublicPaths(Vec<String>);

/// Why what `--origin` names cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BadAddress {
    #[error(transparent)]
    Origin(#[from] BadOrigin),
    #[error(
        "{0:?} is not a path of the page: write /name/ or /name/name/ with letters, digits, and \
         - . _ ~, as in https://host/warren/"
    )]
    Path(String),
    #[error("the relay itself answers at {0:?}: choose another path")]
    Own(String),
}

/// The origin and the path of an address as `https://host/warren/`; the path is `/` where none is
/// named.
pub(crate) fn parse_address(typed: &str) -> Result<(Origin, String), BadAddress> {
    let host = typed.find("://").map_or(0, |at| at + "://".len());
    let Some(slash) = typed[host..].find('/').map(|at| host + at) else {
        return Ok((typed.parse()?, "/".to_owned()));
    };
    let (origin, path) = typed.split_at(slash);
    let origin = origin.parse().map_err(|_| BadOrigin::new(typed))?;
    let names = path.trim_start_matches('/').trim_end_matches('/');
    let bad = || BadAddress::Path(path.to_owned());
    if names.is_empty() {
        return if path == "/" { Ok((origin, "/".to_owned())) } else { Err(bad()) };
    }
    let normal = format!("/{names}/");
    if path != normal && path != normal.trim_end_matches('/') {
        return Err(bad());
    }
    let known = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_' | '~');
    if !names.split('/').all(|name| name.chars().all(known) && !matches!(name, "" | "." | "..")) {
        return Err(bad());
    }
    if OWN.contains(&normal.as_str()) {
        return Err(BadAddress::Own(path.to_owned()));
    }
    Ok((origin, normal))
}

impl PublicPaths {
    pub(crate) fn new(mut paths: Vec<String>) -> Self {
        paths.retain(|path| path != "/");
        paths.sort_by(|one, other| (other.len(), one).cmp(&(one.len(), other)));
        paths.dedup();
        Self(paths)
    }

    /// The path with a slash behind it, where only that is missing: the page's own addresses are
    /// relative, and lead to its folder only from there.
    pub(crate) fn without_slash(&self, path: &str) -> Option<&str> {
        let known = |own: &&String| own.strip_suffix('/') == Some(path);
        self.0.iter().find(known).map(String::as_str)
    }

    /// What is asked of the relay itself, as `/ws` by `/warren/ws`.
    pub(crate) fn inside(&self, uri: Uri) -> Uri {
        let below = |own: &String| {
            let rest = uri.path().strip_prefix(own.strip_suffix('/')?)?;
            rest.starts_with('/').then_some(rest)
        };
        let Some(path) = self.0.iter().find_map(below) else { return uri };
        let query = uri.query().map_or_else(String::new, |query| format!("?{query}"));
        let mut parts = uri.clone().into_parts();
        // It is a part of what was one.
        parts.path_and_query = format!("{path}{query}").parse().ok();
        Uri::from_parts(parts).unwrap_or(uri)
    }

    /// What is said of a path at which nothing is.
    pub(crate) fn not_found(&self) -> String {
        let paths = ["/"].into_iter().chain(self.0.iter().map(String::as_str));
        let paths = paths.collect::<Vec<_>>().join(" and ");
        format!(
            "Not found. This relay has its page at {paths}. If a proxy serves it under another path, \
             start the relay with that: --origin https://HOST/PATH/\n"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(typed: &str) -> String {
        parse_address(typed).unwrap().1
    }

    fn words(typed: &str) -> String {
        parse_address(typed).unwrap_err().to_string()
    }

    #[test]
    fn an_address_is_an_origin_and_a_path() {
        for (typed, wanted) in [
            ("https://tools.example", "/"),
            ("https://tools.example/", "/"),
            ("https://tools.example/warren", "/warren/"),
            ("https://tools.example/warren/", "/warren/"),
            ("http://tools.example:8443/a/b.c_d-e~f/", "/a/b.c_d-e~f/"),
        ] {
            assert_eq!(path(typed), wanted, "{typed}");
            let origin = typed.split('/').take(3).collect::<Vec<_>>().join("/");
            assert_eq!(parse_address(typed).unwrap().0, origin.parse().unwrap());
        }
    }

    #[test]
    fn what_is_no_address_is_said() {
        for typed in ["tools.example/warren/", "/warren/", "https:///warren/", "ftp://h/warren/"] {
            assert!(words(typed).contains("is not an origin"), "{typed}: {}", words(typed));
            assert!(words(typed).contains(typed), "{}", words(typed));
        }
        for path in [
            "//",
            "//evil.example",
            "/a//b",
            "/warren//",
            "/./",
            "/a/../b",
            "/a b",
            "/a%2fb",
            "/a?b",
            "/a#token=b",
            "/w\u{e4}rren/",
            "/a\\b",
        ] {
            let words = words(&format!("https://tools.example{path}"));
            assert!(words.contains("is not a path of the page"), "{path}: {words}");
        }
        for path in ["/ws", "/metrics/"] {
            assert!(words(&format!("https://h{path}")).contains("itself answers at"), "{path}");
        }
        assert_eq!(path("https://h/tools/metrics"), "/tools/metrics/");
    }

    #[test]
    fn below_a_path_is_what_is_at_the_root() {
        let paths = PublicPaths::new(["/", "/a/", "/a/b/", "/warren/"].map(str::to_owned).to_vec());
        for (asked, inside) in [
            ("/", "/"),
            ("/ws", "/ws"),
            ("/warren/", "/"),
            ("/warren/ws", "/ws"),
            ("/warren/metrics?name=a", "/metrics?name=a"),
            ("/warren/warren/", "/warren/"),
            ("/warren//x", "//x"),
            ("/a/b/ws", "/ws"),
            ("/a/c", "/c"),
            ("/warrenx/ws", "/warrenx/ws"),
            ("/Warren/ws", "/Warren/ws"),
            ("/warren", "/warren"),
            ("http://tools.example/warren/ws", "http://tools.example/ws"),
        ] {
            assert_eq!(paths.inside(asked.parse().unwrap()).to_string(), inside, "{asked}");
        }
        assert_eq!(paths.without_slash("/warren"), Some("/warren/"));
        assert_eq!(paths.without_slash("/a/b"), Some("/a/b/"));
        for other in ["/", "/warren/", "/warren/ws", "", "/other"] {
            assert_eq!(paths.without_slash(other), None, "{other}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_address_makes_it_panic_and_no_path_leads_away(typed in ".*", path in "[a-z./\\\\?#%]*") {
            let _ = parse_address(&typed);
            if let Ok((_, path)) = parse_address(&format!("https://tools.example/{path}")) {
                proptest::prop_assert!(path.starts_with('/') && path.ends_with('/'));
                proptest::prop_assert!(!path.contains("//") && !path.contains("/../"), "{}", path);
            }
        }
    }
}
