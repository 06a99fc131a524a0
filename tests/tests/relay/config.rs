//! Where the relay's settings come from, in which order, and how a mistake is told.

use std::{fs, net::TcpListener, os::unix::fs::PermissionsExt as _, path::Path, process::Command};

use tempfile::NamedTempFile;
use warren_protocol::ServerMessage;
use warren_tests::{
    client::Client,
    node,
    program::Program,
    relay::{self, Relay},
    token_file::TokenFile,
};

/// A file that only its owner may read, with this text.
fn file(text: &str) -> NamedTempFile {
    let file = NamedTempFile::new().unwrap();
    fs::write(file.path(), text).unwrap();
    file
}

/// A relay with this file and these variables, before it starts.
fn with(file: &Path, env: &[(&str, &str)]) -> Command {
    let mut command = relay::bare();
    command.arg("--config").arg(file).envs(env.iter().copied());
    command
}

/// A check's exit code and what it has written.
struct Checked {
    code: Option<i32>,
    stdout: Vec<String>,
    stderr: String,
}

async fn check(mut command: Command) -> Checked {
    command.arg("--check");
    let mut relay = Program::start("relay --check", command);
    let code = relay.ended().await.code();
    Checked { code, stdout: relay.stdout(), stderr: relay.stderr() }
}

#[tokio::test]
async fn a_relay_runs_from_a_file_alone() {
    let url = node::vhost().await;
    let text = format!(
        "listen = '127.0.0.1:0'\namqp-url = '{url}'\nqueue = ['hello', 'b']\n\
         queue-kind = 'auto'\nmax-body = '1MiB'\n"
    );
    let file = file(&text);
    let relay = Relay::started(Program::start("the relay", with(file.path(), &[]))).await;
    let mut client = Client::connect(&relay).await;
    let ServerMessage::Welcome { queues, limits, .. } = client.hello().await else {
        panic!("no welcome");
    };
    assert_eq!(queues, ["hello", "b"]);
    assert_eq!(limits.max_body_bytes, 1024 * 1024);
    client.until_queue(0, 0).await;
}

#[tokio::test]
async fn a_flag_comes_before_the_environment_and_that_before_the_file() {
    // Whichever counts is wrong, and so is named.
    let file = file("queue = ['file', 'file']\n");
    let env = [("WARREN_QUEUE", "env\nenv")];
    let mut all = with(file.path(), &env);
    all.args(["--queue", "flag", "--queue", "flag"]);
    for (command, wrong) in
        [(with(file.path(), &[]), "file"), (with(file.path(), &env), "env"), (all, "flag")]
    {
        let checked = check(command).await;
        assert_eq!(checked.code, Some(2));
        let words = format!("--queue {wrong} is given twice");
        assert!(checked.stderr.contains(&words), "{wrong}: {}", checked.stderr);
    }
}

/// Where a queue is named, wherever that is, it is somebody's: a page takes nothing by itself.
#[tokio::test]
async fn a_page_receives_at_once_only_where_no_queue_is_named() {
    let url = node::vhost().await;
    let told = async |command: Command| {
        let relay = Relay::started(Program::start("the relay", command)).await;
        match Client::connect(&relay).await.hello().await {
            ServerMessage::Welcome { receive_at_once, queues, .. } => (receive_at_once, queues),
            other => panic!("{other:?}"),
        }
    };
    let hello = || vec!["hello".to_owned()];
    let file_with =
        |line: &str| file(&format!("listen = '127.0.0.1:0'\namqp-url = '{url}'\n{line}"));
    let unnamed = file_with("queue-kind = 'auto'\n");
    let named = file_with("queue = 'hello'\n");
    assert_eq!(told(with(unnamed.path(), &[])).await, (true, hello()));
    assert_eq!(told(with(named.path(), &[])).await, (false, hello()));
    let env = [("WARREN_QUEUE", "hello")];
    assert_eq!(told(with(unnamed.path(), &env)).await, (false, hello()));
    let mut flag = with(unnamed.path(), &[]);
    flag.args(["--queue", "hello"]);
    assert_eq!(told(flag).await, (false, hello()));
}

#[tokio::test]
async fn amqp_url_is_of_the_environment_and_warren_amqp_url_comes_before_it() {
    let file = file("amqp-url = 'file'\n");
    let right = ("AMQP_URL", "amqp://127.0.0.1");
    let wrong = ("WARREN_AMQP_URL", "env");
    assert_eq!(check(with(file.path(), &[])).await.code, Some(2));
    assert_eq!(check(with(file.path(), &[right])).await.code, Some(0));
    assert_eq!(check(with(file.path(), &[right, wrong])).await.code, Some(2));
}

#[tokio::test]
async fn a_comma_in_a_password_or_a_queues_name_is_taken_as_it_is() {
    let url = node::vhost().await;
    let queues = async |command: Command| {
        let relay = Relay::started(Program::start("the relay", command)).await;
        match Client::connect(&relay).await.hello().await {
            ServerMessage::Welcome { queues, .. } => queues,
            other => panic!("{other:?}"),
        }
    };
    let file = file(&format!("listen = '127.0.0.1:0'\namqp-url = '{url}'\nqueue = ['f,1', 'f']\n"));
    assert_eq!(queues(with(file.path(), &[])).await, ["f,1", "f"]);
    let mut flags = with(file.path(), &[]);
    flags.args(["--queue", "a,1", "--queue", "b"]);
    assert_eq!(queues(flags).await, ["a,1", "b"]);
    for (value, names) in [("c,1", &["c,1"][..]), ("c,1\nd e\n", &["c,1", "d e"])] {
        assert_eq!(queues(with(file.path(), &[("WARREN_QUEUE", value)])).await, names);
    }
    for value in ["http://a,http://b", "http://a\nhttp://b\n", "http://a, http://b"] {
        let checked = check(with(file.path(), &[("WARREN_ORIGIN", value)])).await;
        assert_eq!(checked.code, Some(0), "{value:?}: {}", checked.stderr);
    }
    for (name, value, code) in [
        ("WARREN_TRUST_PROXY", "127.0.0.1,::1", 0),
        ("WARREN_AMQP_URL", "amqp://u:p,w@h", 0),
        ("WARREN_AMQP_URL", "amqp://h\namqp://i", 0),
        ("WARREN_AMQP_URL", "amqp://h,amqp://i", 2),
    ] {
        let checked = check(with(file.path(), &[(name, value)])).await;
        assert_eq!(checked.code, Some(code), "{name}={value:?}: {}", checked.stderr);
    }
}

#[tokio::test]
async fn a_valid_configuration_is_said_to_be_without_a_port_or_a_broker() {
    // In use by what speaks no AMQP: whoever binds or connects would fail.
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let text = format!("listen = '{address}'\namqp-url = 'amqp://{address}'\n");
    let checked = check(with(file(&text).path(), &[])).await;
    assert_eq!((checked.code, checked.stderr.as_str()), (Some(0), ""));
    assert_eq!(checked.stdout, ["the configuration is valid"]);
    taken.set_nonblocking(true).unwrap();
    assert!(taken.accept().is_err(), "somebody has connected");
}

#[tokio::test]
async fn a_check_says_what_a_start_would_say_and_ends_with_its_code() {
    let tokens = TokenFile::new("a-token fly\n");
    for text in [
        "qeue = 'a'".to_owned(),
        "listen = ".to_owned(),
        "amqp-url = 'http://x'".to_owned(),
        "origin = 'x'".to_owned(),
        "max-body = '0'".to_owned(),
        "tls-cert = '/no/cert.pem'\ntls-key = '/no/key.pem'".to_owned(),
        "token-file = '/no/tokens'".to_owned(),
        format!("token-file = '{}'", tokens.arg()),
    ] {
        let file = file(&text);
        let mut start = Program::start("the relay", with(file.path(), &[]));
        assert_eq!(start.ended().await.code(), Some(2), "{text}");
        let checked = check(with(file.path(), &[])).await;
        assert_eq!(checked.code, Some(2), "{text}");
        let words = checked.stderr;
        assert_eq!(start.stderr(), words);
        assert!(words.lines().count() == 1 && words.starts_with("relay: "), "{words}");
        assert!(words.contains(file.path().to_str().unwrap()), "{words}");
    }
}

#[tokio::test]
async fn a_password_that_everyone_may_read_is_warned_of() {
    let file = file("amqp-url = 'amqp://ann:s3cret@127.0.0.1'\n");
    assert_eq!(check(with(file.path(), &[])).await.stderr, "");
    fs::set_permissions(file.path(), fs::Permissions::from_mode(0o644)).unwrap();
    let Checked { code, stderr, .. } = check(with(file.path(), &[])).await;
    assert_eq!(code, Some(0));
    assert!(stderr.contains("WARN") && stderr.contains("run chmod 600"), "{stderr}");
    assert!(!stderr.contains("s3cret"), "{stderr}");
}
