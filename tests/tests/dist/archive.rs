//! The archives, as somebody gets them who has nothing else: unpacked into an empty folder, one does
//! the main job.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use warren_tests::{
    client::Client,
    node,
    relay::{Relay, binary, static_binary},
};
use xtask::{dist::host, root};

const FILES: [&str; 25] = [
    "relay",
    "README.md",
    "README.zh-CN.md",
    "SECURITY.md",
    "ARCHITECTURE.md",
    "docs/configuration.md",
    "docs/operating.md",
    "docs/proxies.md",
    "docs/tutorial.zh-CN.md",
    "docs/tutorial.zh-CN.png",
    "docs/flow.png",
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "THIRD-PARTY",
    "man/relay.1",
    "completions/relay.bash",
    "completions/_relay",
    "completions/relay.fish",
    "packaging/relay.toml",
    "packaging/warren-relay.service",
    "packaging/nginx.conf",
    "packaging/haproxy.cfg",
    "packaging/Caddyfile",
    "packaging/compose.yaml",
    "packaging/kubernetes.yaml",
];

fn run(program: &str, args: &[&str], folder: &Path) -> String {
    let output = Command::new(program).args(args).current_dir(folder).output().unwrap();
    assert!(output.status.success(), "{program} {args:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// Unpacks the archive, checked against its digest, and returns the one folder in it.
fn unpack(archive: &Path, empty: &Path) -> PathBuf {
    run("sha256sum", &["--check", "SHA256SUMS"], archive.parent().unwrap());
    run("tar", &["--extract", "--file", archive.to_str().unwrap()], empty);
    let entries: Vec<_> = fs::read_dir(empty).unwrap().map(|entry| entry.unwrap().path()).collect();
    let [folder] = &entries[..] else { panic!("{entries:?}") };
    folder.clone()
}

#[tokio::test]
async fn an_archive_does_the_main_job_from_an_empty_folder() {
    for (target, relay) in [(host().unwrap(), binary())].into_iter().chain(static_binary()) {
        assert_does_the_main_job(&target, &relay).await;
    }
}

async fn assert_does_the_main_job(target: &str, relay: &Path) {
    let [into, empty] = [(); 2].map(|()| tempfile::tempdir().unwrap());
    let relays = [(target.to_owned(), relay.to_owned())];
    let archive = warren_pack::pack(&relays, into.path()).unwrap().remove(0);
    let folder = unpack(&archive, empty.path());
    for file in FILES {
        let length = fs::metadata(folder.join(file)).unwrap_or_else(|_| panic!("no {file}")).len();
        assert!(length > 100, "{file} has {length} bytes");
    }
    let licences = fs::read_to_string(folder.join("THIRD-PARTY")).unwrap();
    for name in ["\nlapin-", "\nyew-", "\ntokio-tungstenite-", "Permission is hereby granted"] {
        assert!(licences.contains(name), "{name}");
    }
    let list = licences.split("\n====").next().unwrap();
    let crates: Vec<&str> =
        list.lines().skip(2).filter_map(|line| Some(line.split_once(": ")?.0)).collect();
    assert!(crates.is_sorted_by(|one, next| one < next), "a crate is there twice: {crates:?}");

    let program = folder.join("relay");
    // What a program that is built for a release has no longer.
    let symbols = fs::read(&program).unwrap().windows(8).any(|bytes| bytes == b".symtab\0");
    assert!(!symbols || !is_release(relay), "it has symbols");
    let version = run(program.to_str().unwrap(), &["--version"], &folder);
    assert!(folder.to_str().unwrap().contains(version.trim().strip_prefix("relay ").unwrap()));

    let relay = Relay::start_program(&program, &folder, &node::vhost().await).await;
    relay.readyz(200, "").await;
    let (status, page) = relay.get("/").await;
    assert!(status == 200 && page.contains("<title>Warren"), "{status} {page}");
    let mut client = Client::receiving(&relay).await;
    client.publish(1, "Hello World!").await;
    client.confirmed(1).await;
    assert_eq!(client.take(1).await[0].body.as_text(), Some("Hello World!"));
}

#[test]
fn the_same_relay_gives_the_same_bytes() {
    let Some(relay) = static_binary() else { return };
    let [one, two] = [(); 2].map(|()| {
        let into = tempfile::tempdir().unwrap();
        let relays = [relay.clone()];
        for file in warren_pack::pack(&relays, into.path()).unwrap() {
            assert!(file.exists(), "{}", file.display());
        }
        fs::read_to_string(into.path().join("SHA256SUMS")).unwrap()
    });
    assert_eq!(one.lines().count(), 2, "{one}");
    assert_eq!(one, two);
}

/// Two builds in two folders would be the proof; what their difference would be is looked for here.
#[test]
fn a_relay_that_is_handed_out_does_not_tell_where_and_when_it_was_built() {
    let relays = [binary()].into_iter().chain(static_binary().map(|(_, relay)| relay));
    for relay in relays.filter(|relay| is_release(relay)) {
        let content = fs::read(&relay).unwrap();
        let cargo_home = xtask::reproducible::cargo_home().unwrap();
        // A short folder alone, such as /root, may stand in it for another reason.
        for folder in [root().join("relay"), xtask::target_dir(), cargo_home.join("registry")] {
            let folder = format!("{}/", folder.display());
            let folder = folder.as_bytes();
            let found = content.windows(folder.len()).position(|bytes| bytes == folder);
            let words = |at: usize| {
                let end = content.len().min(at + 200);
                String::from_utf8_lossy(&content[at..end]).into_owned()
            };
            assert_eq!(found.map(words), None, "{}: `cargo xtask build` makes it", relay.display());
        }
        let dated = content.windows(12).find(|bytes| is_date_of_c(bytes));
        assert_eq!(dated.map(String::from_utf8_lossy), None, "{}", relay.display());
    }
}

/// Whether it is what `__DATE__` gives: `Nov 26 2026`, in another century than 1970's.
fn is_date_of_c(bytes: &[u8]) -> bool {
    let months = "JanFebMarAprMayJunJulAugSepOctNovDec".as_bytes();
    months.chunks(3).any(|month| bytes.starts_with(month))
        && bytes[3] == b' '
        && bytes[6..].starts_with(b" 20")
        && bytes[9..11].iter().all(u8::is_ascii_digit)
        && bytes[11] == 0
}

#[test]
fn cargo_binstall_is_told_the_archives_names() {
    let manifest = fs::read_to_string(root().join("relay/Cargo.toml")).unwrap();
    let value = |key: &str| {
        let line = manifest.lines().find_map(|line| line.strip_prefix(&format!("{key} = \"")));
        let template = line.unwrap().trim_end_matches('"').to_owned();
        [
            ("{ version }", env!("CARGO_PKG_VERSION")),
            ("{ target }", "T"),
            ("{ bin }", "relay"),
            ("{ binary-ext }", ""),
            ("{ archive-suffix }", ".tar.gz"),
        ]
        .into_iter()
        .fold(template, |text, (name, value)| text.replace(name, value))
    };
    let name = format!("warren-{}-T", env!("CARGO_PKG_VERSION"));
    assert!(value("pkg-url").ends_with(&format!("/{name}.tar.gz")), "{}", value("pkg-url"));
    assert_eq!(value("bin-dir"), format!("{name}/relay"));
}

/// Whether a relay is one that is handed out.
fn is_release(relay: &Path) -> bool {
    relay.parent().is_some_and(|folder| folder.ends_with("release"))
}
