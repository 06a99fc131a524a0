//! The container image: read by the tools that read images, unpacked, and run with nothing else
//! around it, as the user that it names.

use std::{
    fs::{self, OpenOptions},
    io::Write as _,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;
use tempfile::TempDir;
use warren_tests::{
    certificates::Authority,
    client::Client,
    node,
    program::Program,
    relay::{Relay, static_binary},
    tls_listener::{self, Clients},
};
use xtask::{files::files_below, process::is_root};

const VERSION: &str = env!("CARGO_PKG_VERSION");
const USER: &str = "65532:65532";
const RELAY: &str = "/usr/local/bin/relay";
const CA_CERTIFICATES: &str = "etc/ssl/certs/ca-certificates.crt";

/// All that is in it.
const FILES: [&str; 5] = [
    CA_CERTIFICATES,
    "usr/local/bin/relay",
    "usr/share/doc/warren/LICENSE-APACHE",
    "usr/share/doc/warren/LICENSE-MIT",
    "usr/share/doc/warren/THIRD-PARTY",
];

fn output(program: &str, args: &[&str]) -> String {
    let output = Command::new(program).args(args).output().unwrap();
    assert!(output.status.success(), "{program} {args:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

fn json(program: &str, args: &[&str]) -> Value {
    serde_json::from_str(&output(program, args)).unwrap()
}

/// The image's file in a folder of its own; none, with a line that says so, where there is none.
fn image() -> Option<(TempDir, String)> {
    let relay = static_binary()?;
    let folder = tempfile::tempdir().unwrap();
    let files = warren_pack::pack(&[relay], folder.path()).unwrap();
    let image = files.iter().find(|file| file.ends_with(format!("warren-{VERSION}-oci.tar")));
    let image = image.unwrap().to_str().unwrap().to_owned();
    Some((folder, image))
}

#[test]
fn the_image_says_what_it_is_and_how_to_run_it() {
    let Some((_folder, image)) = image() else { return };
    let name = format!("oci-archive:{image}:{VERSION}");
    let inspected = json("skopeo", &["inspect", &name]);
    assert_eq!(inspected["Os"], "linux");
    let label = |name: &str| &inspected["Labels"][format!("org.opencontainers.image.{name}")];
    assert_eq!([label("title"), label("version")], ["Warren", VERSION]);
    assert_eq!(label("licenses"), "MIT OR Apache-2.0");

    let raw = json("skopeo", &["inspect", "--config", "--raw", &name]);
    let config = &raw["config"];
    assert_eq!((&config["User"], &config["Entrypoint"][0]), (&USER.into(), &RELAY.into()));
    assert_eq!(config["Healthcheck"]["Test"], serde_json::json!(["CMD", RELAY, "health"]));

    // Versions of Docker that know no layout read another list of the same blobs.
    let docker =
        json("skopeo", &["inspect", "--config", "--raw", &format!("docker-archive:{image}")]);
    assert_eq!(docker["config"], *config);
}

/// The image, unpacked.
struct Unpacked {
    root: PathBuf,
    _folder: TempDir,
}

impl Unpacked {
    /// None, with a line that says so, where there is no image or nobody who may run it.
    fn new() -> Option<Self> {
        if !is_root() {
            println!("left out: only root may change the root folder and the user");
            return None;
        }
        let (folder, image) = image()?;
        let [layout, bundle] = ["layout", "bundle"].map(|name| folder.path().join(name));
        fs::create_dir(&layout).unwrap();
        output("tar", &["--extract", "--file", &image, "--directory", layout.to_str().unwrap()]);
        let name = format!("{}:{VERSION}", layout.display());
        output("umoci", &["unpack", "--image", &name, bundle.to_str().unwrap()]);
        Some(Self { root: bundle.join("rootfs"), _folder: folder })
    }

    /// Its relay, in it and as its user, with nothing of this machine's environment.
    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new("chroot");
        command.env_clear().env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
        command.arg(format!("--userspec={USER}")).arg(&self.root).arg(RELAY).args(args);
        command
    }

    async fn start(&self, amqp_url: &str, args: &[&str]) -> Relay {
        let args = [&["--listen", "127.0.0.1:0", "--amqp-url", amqp_url], args].concat();
        Relay::started(Program::start("the image's relay", self.command(&args))).await
    }

    fn path(&self, path: &str) -> PathBuf {
        self.root.join(path)
    }
}

async fn assert_does_the_main_job(relay: &Relay) {
    relay.readyz(200, "").await;
    let mut client = Client::receiving(relay).await;
    client.publish(1, "Hello World!").await;
    client.confirmed(1).await;
    assert_eq!(client.take(1).await[0].body.as_text(), Some("Hello World!"));
}

#[tokio::test]
async fn the_image_does_the_main_job_with_nothing_else_around_it() {
    let Some(image) = Unpacked::new() else { return };
    let files = files_below(&image.root).unwrap();
    let files = files.iter().map(|file| file.strip_prefix(&image.root).unwrap());
    assert_eq!(files.collect::<Vec<_>>(), FILES.map(Path::new));

    let relay = image.start(&node::vhost().await, &[]).await;
    let owner = fs::read_to_string(format!("/proc/{}/status", relay.program.id())).unwrap();
    assert!(owner.contains("\nUid:\t65532\t65532\t65532\t65532\n"), "{owner}");
    assert_does_the_main_job(&relay).await;
    let (status, page) = relay.get("/").await;
    assert!(status == 200 && page.contains("<title>Warren"), "{status} {page}");
}

#[tokio::test]
async fn the_images_health_check_asks_the_relay_in_it() {
    let Some(image) = Unpacked::new() else { return };
    let mut relay = image.start("amqp://127.0.0.1:1", &[]).await;
    let asked = |words: &[&str]| {
        let mut health = image.command(words);
        health.env("WARREN_LISTEN", &relay.address).output().unwrap()
    };
    let well = asked(&["health"]);
    assert_eq!(well.status.code(), Some(0), "{well:?}");
    let ready = asked(&["health", "--ready"]);
    assert_eq!(ready.status.code(), Some(1), "{ready:?}");

    relay.program.terminate();
    relay.program.ended().await;
    let gone = image.command(&["health", "--listen", &relay.address]).output().unwrap();
    let words = String::from_utf8(gone.stderr).unwrap();
    assert!(gone.status.code() == Some(1) && words.contains("no relay listens"), "{words}");
}

#[tokio::test]
async fn the_image_trusts_the_authorities_in_its_bundle_and_those_that_are_named() {
    let Some(image) = Unpacked::new() else { return };
    let authority = Authority::new("warren test CA");
    let url = tls_listener::start(&authority.issue("broker"), &authority, Clients::Anyone).await;

    let stranger = image.start(&url, &[]).await;
    stranger.readyz(503, "this system does not trust").await;

    fs::copy(authority.own().cert, image.path("ca.pem")).unwrap();
    let named = image.start(&url, &["--amqp-ca", "/ca.pem"]).await;
    assert_does_the_main_job(&named).await;

    // The file is read at each connect.
    let mut bundle = OpenOptions::new().append(true).open(image.path(CA_CERTIFICATES)).unwrap();
    bundle.write_all(&fs::read(authority.own().cert).unwrap()).unwrap();
    assert_does_the_main_job(&stranger).await;
}
