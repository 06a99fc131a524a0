//! The archive, as somebody gets it who has nothing else: unpacked into an empty folder, it does the
//! main job.

#![allow(clippy::unwrap_used, clippy::expect_used)] // tests may

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use warren_tests::{client::Client, node, relay::Relay, relay::binary};

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
async fn the_archive_does_the_main_job_from_an_empty_folder() {
    let archive = xtask::dist::pack(&binary()).unwrap();
    let digest = fs::read_to_string(archive.with_file_name("SHA256SUMS")).unwrap();
    let empty = tempfile::tempdir().unwrap();
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
    assert!(!symbols || !is_release(), "it has symbols");
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

    // The same relay gives the same bytes.
    xtask::dist::pack(&binary()).unwrap();
    assert_eq!(fs::read_to_string(archive.with_file_name("SHA256SUMS")).unwrap(), digest);
}

/// Whether the relay under test is one that is handed out.
fn is_release() -> bool {
    binary().parent().is_some_and(|folder| folder.ends_with("release"))
}
