//! The container image, as one file: an image layout (OCI image-spec 1.1) in a tar, with Docker's
//! `manifest.json` beside it, which versions of Docker read that know no layout.
//!
//! It holds the static relay, root certificates and licences, and nothing else: no shell, no other
//! program.

use std::{
    collections::HashMap,
    fs::{self, File},
    path::{Path, PathBuf},
    str::FromStr as _,
};

use anyhow::{Context as _, Result};
use oci_spec::image::{
    Arch, ConfigBuilder, Descriptor, DescriptorBuilder, HistoryBuilder, ImageConfigurationBuilder,
    ImageIndexBuilder, ImageManifestBuilder, MediaType, OciLayoutBuilder, Os, PlatformBuilder,
    RootFsBuilder, SCHEMA_VERSION, Sha256Digest,
};
use serde_json::{Value, json};
use xtask::root;

use crate::{
    ca_certificates, licences, sha256,
    tarball::{Tarball, gzip},
};

const RELAY: &str = "/usr/local/bin/relay";

/// Where rustls-native-certs looks, as most programs do.
const CA_CERTIFICATES: &str = "etc/ssl/certs/ca-certificates.crt";

const LICENCES: &str = "usr/share/doc/warren";

const FOLDERS: [&str; 9] = [
    "etc/",
    "etc/ssl/",
    "etc/ssl/certs/",
    "usr/",
    "usr/local/",
    "usr/local/bin/",
    "usr/share/",
    "usr/share/doc/",
    "usr/share/doc/warren/",
];

/// Nobody on any system: the user of distroless images.
const USER: &str = "65532:65532";

const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Whether a relay for `target` runs where there is nothing else.
pub(crate) fn is_for(target: &str) -> bool {
    target.ends_with("-linux-musl")
}

/// Makes `warren-VERSION-oci.tar` of the static `relay` in the folder `into`, and returns its path.
///
/// # Errors
/// When something that belongs into it is missing.
pub fn pack(relay: &Path, target: &str, into: &Path) -> Result<PathBuf> {
    let arch = if target.starts_with("aarch64") { Arch::ARM64 } else { Arch::Amd64 };
    let layer = layer(relay, target)?;
    let diff_id = format!("sha256:{}", sha256(&layer));
    let layer = Blob::new(MediaType::ImageLayerGzip, gzip(&layer)?)?;
    let config = configuration(arch.clone(), diff_id)?;
    let config = Blob::new(MediaType::ImageConfig, config)?;
    let manifest = ImageManifestBuilder::default()
        .schema_version(SCHEMA_VERSION)
        .media_type(MediaType::ImageManifest)
        .config(config.descriptor.clone())
        .layers([layer.descriptor.clone()])
        .annotations(labels())
        .build()?;
    let manifest = Blob::new(MediaType::ImageManifest, bytes(serde_json::to_value(manifest)?))?;
    let index = index(&manifest.descriptor, arch)?;
    let layout = OciLayoutBuilder::default().image_layout_version("1.0.0").build()?;
    let docker = json!([{
        "Config": config.path(),
        "RepoTags": [format!("warren:{VERSION}")],
        "Layers": [layer.path()],
    }]);

    let file = into.join(format!("warren-{VERSION}-oci.tar"));
    let mut tar = Tarball::new(File::create(&file)?);
    tar.file("oci-layout", 0o644, &bytes(serde_json::to_value(layout)?))?;
    tar.file("index.json", 0o644, &index)?;
    tar.file("manifest.json", 0o644, &bytes(docker))?;
    for blob in [manifest, config, layer] {
        tar.file(&blob.path(), 0o644, &blob.bytes)?;
    }
    tar.finish()?;
    Ok(file)
}

/// All files of the image, as a tar.
fn layer(relay: &Path, target: &str) -> Result<Vec<u8>> {
    let mut tar = Tarball::new(Vec::new());
    for folder in FOLDERS {
        tar.folder(folder)?;
    }
    let program = fs::read(relay).with_context(|| relay.display().to_string())?;
    tar.file(RELAY.trim_start_matches('/'), 0o755, &program)?;
    tar.file(CA_CERTIFICATES, 0o644, ca_certificates::pem().as_bytes())?;
    for name in licences::OWN {
        tar.file(&format!("{LICENCES}/{name}"), 0o644, &fs::read(root().join(name))?)?;
    }
    let others = licences::third_party(target)?;
    tar.file(&format!("{LICENCES}/THIRD-PARTY"), 0o644, others.as_bytes())?;
    Ok(tar.finish()?)
}

fn configuration(arch: Arch, diff_id: String) -> Result<Vec<u8>> {
    let config = ConfigBuilder::default()
        .user(USER)
        .exposed_ports(["8080/tcp".to_owned()])
        .env(["PATH=/usr/local/bin".to_owned(), "WARREN_LISTEN=0.0.0.0:8080".to_owned()])
        .entrypoint([RELAY.to_owned()])
        .working_dir("/")
        .labels(labels())
        .stop_signal("SIGTERM")
        .build()?;
    let made = HistoryBuilder::default().created_by("cargo xtask dist").build()?;
    let configuration = ImageConfigurationBuilder::default()
        .architecture(arch)
        .os(Os::Linux)
        .config(config)
        .rootfs(RootFsBuilder::default().typ("layers").diff_ids([diff_id]).build()?)
        .history([made])
        .build()?;
    let mut configuration = serde_json::to_value(configuration)?;
    let second = 1_000_000_000_u64;
    // Docker's own field (moby's image spec 1.2), where Dockerfile's HEALTHCHECK ends up.
    configuration["config"]["Healthcheck"] = json!({
        "Test": ["CMD", RELAY, "health"],
        "Interval": 30 * second,
        "Timeout": 10 * second,
        "StartPeriod": 5 * second,
        "Retries": 3,
    });
    Ok(bytes(configuration))
}

fn index(manifest: &Descriptor, arch: Arch) -> Result<Vec<u8>> {
    let names = [
        ("org.opencontainers.image.ref.name", VERSION.to_owned()),
        ("io.containerd.image.name", format!("docker.io/library/warren:{VERSION}")),
    ];
    let manifest = DescriptorBuilder::default()
        .media_type(manifest.media_type().clone())
        .digest(manifest.digest().clone())
        .size(manifest.size())
        .platform(PlatformBuilder::default().architecture(arch).os(Os::Linux).build()?)
        .annotations(names.map(|(name, value)| (name.to_owned(), value)))
        .build()?;
    let index = ImageIndexBuilder::default()
        .schema_version(SCHEMA_VERSION)
        .media_type(MediaType::ImageIndex)
        .manifests([manifest])
        .build()?;
    Ok(bytes(serde_json::to_value(index)?))
}

/// What the image says of itself.
fn labels() -> HashMap<String, String> {
    let labels = [
        ("title", "Warren"),
        ("description", "RabbitMQ in a browser tab"),
        ("version", VERSION),
        ("licenses", "MIT OR Apache-2.0"),
    ];
    let label = |(name, value)| (format!("org.opencontainers.image.{name}"), String::from(value));
    labels.map(label).into()
}

/// Maps have no order of their own, and get the letters'.
fn bytes(mut json: Value) -> Vec<u8> {
    json.sort_all_objects();
    json.to_string().into_bytes()
}

/// Something that is named by its digest.
struct Blob {
    descriptor: Descriptor,
    bytes: Vec<u8>,
}

impl Blob {
    fn new(media_type: MediaType, bytes: Vec<u8>) -> Result<Self> {
        let digest = Sha256Digest::from_str(&sha256(&bytes))?;
        Ok(Self { descriptor: Descriptor::new(media_type, bytes.len() as u64, digest), bytes })
    }

    /// Its place in a layout.
    fn path(&self) -> String {
        format!("blobs/sha256/{}", self.descriptor.digest().digest())
    }
}
