//! What the log says and what it never says: a line for what an operator acts on, none for an
//! ordinary session, and no secret anywhere, however much is logged.

use std::process::Command;

use serde_json::Value;
use warren_protocol::{Body, BrokerState, ClientMessage, Outcome, Properties, Publish};
use warren_tests::{
    amqp::{Amqp, Shape},
    client::Client,
    node,
    program::Program,
    proxy::{self, Proxy},
    relay::{self, Relay},
    token_file::TokenFile,
};

const TOKEN: &str = "s3cret-token-s3cret-token-s3cret";
const WRONG_TOKEN: &str = "s3cret-wrong-s3cret-wrong-s3cret";
const PASSWORD: &str = "s3cret-password";
const WRONG_PASSWORD: &str = "s3cret-wrong-password";
const BODY: &str = "s3cret-body";
const KEY: &str = "s3cretKeyOfTls";

/// What all of these have in common.
const SECRET: &str = "s3cret";

#[tokio::test]
async fn each_line_of_a_json_log_is_an_object_with_time_level_and_message() {
    let url = node::vhost().await;
    let proxy = Proxy::start(&url).await;
    let file = TokenFile::new(TOKEN);
    let args = ["--token-file", file.arg(), "--log-format", "json"];
    let env = [("RUST_LOG", "trace")];
    let mut relay = Relay::start_with(&proxy.amqp_url(), &args, &env).await;
    relay.readyz(200, "").await;
    proxy.cut();
    relay.readyz(503, "").await;
    proxy.mend();
    relay.readyz(200, "").await;
    relay.get_with("/", &[("host", "evil.example\"}")]).await;
    let mut client = Client::connect(&relay).await;
    client.show(WRONG_TOKEN).await;
    client.close_code().await;
    file.write("");
    relay.program.hang_up();
    relay.until_logged("the tokens stay as they were").await;
    relay.program.terminate();
    relay.program.ended().await;

    let lines = json_lines(&relay.program);
    for wanted in [
        "connected",
        "not connected",
        "refused: another host name",
        "a wrong token",
        "the tokens stay as they were: --token-file",
        "stopping",
    ] {
        let found = lines.iter().any(|line| message(line).starts_with(wanted));
        assert!(found, "no line says {wanted:?}: {lines:#?}");
    }
    let again = lines.iter().filter(|line| message(line) == "connected").count();
    assert_eq!(again, 2, "{lines:#?}");
}

#[tokio::test]
async fn that_the_relay_cannot_start_is_a_line_of_json_as_well() {
    let mut relay = Relay::spawn("http://localhost", &["--log-format", "json"]);
    assert_eq!(relay.ended().await.code(), Some(2));
    let lines = json_lines(&relay);
    assert_eq!(lines.len(), 1, "{lines:#?}");
    assert!(message(&lines[0]).contains("--amqp-url"), "{lines:#?}");
    assert_eq!(lines[0]["level"], "ERROR");
}

#[tokio::test]
async fn a_filter_that_would_silence_the_relay_is_told_and_taken_for_info() {
    let env = [("RUST_LOG", "lapin=trace")];
    let relay = Relay::start_with(&node::vhost().await, &[], &env).await;
    relay.until_logged(r#"RUST_LOG "lapin=trace" chooses none"#).await;
    relay.until_logged("connected").await;
}

fn json_lines(program: &Program) -> Vec<Value> {
    let stderr = program.stderr();
    let lines: Vec<Value> = stderr
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect();
    for line in &lines {
        let timestamp = line["timestamp"].as_str().unwrap();
        assert!(timestamp.len() >= 20 && timestamp.ends_with('Z'), "{line}");
        let level = line["level"].as_str().unwrap();
        assert!(["ERROR", "WARN", "INFO", "DEBUG", "TRACE"].contains(&level), "{line}");
        assert!(!message(line).is_empty(), "{line}");
    }
    lines
}

fn message(line: &Value) -> &str {
    line["fields"]["message"].as_str().unwrap_or_default()
}

#[tokio::test]
async fn an_ordinary_session_and_its_messages_write_no_line() {
    let (relay, _proxy, amqp) = proxy::relay_on_a_line().await;
    relay.until_logged("connected").await;
    let before = relay.program.stderr();
    let mut client = Client::receiving(&relay).await;
    for id in 1..=50 {
        client.publish(id, "x").await;
        client.confirmed(id).await;
    }
    let tags: Vec<u64> = client.take(50).await.iter().map(|delivery| delivery.tag).collect();
    client.settle_up_to(Outcome::Ack, tags[48]).await;
    client.settle(Outcome::Reject, &[tags[49]]).await;
    client.send_text("no json").await;
    client.error(warren_protocol::ErrorCode::BadMessage).await;
    client.pause().await;
    drop(client);
    amqp.until_counts(0, 0).await;
    // Once this has its line, every line before it is there.
    relay.get_with("/", &[("host", "the-end.example")]).await;
    relay.until_logged("the-end.example").await;
    let stderr = relay.program.stderr();
    let new = stderr.strip_prefix(&before).unwrap();
    assert_eq!(new.trim().lines().count(), 1, "{new}");
}

#[tokio::test]
async fn a_flood_of_refusals_is_counted_and_writes_a_line_for_each_reason() {
    let relay = Relay::ready(&node::vhost().await, &[]).await;
    for number in 0..100 {
        let host = format!("evil-{number}.example");
        assert_eq!(relay.get_with("/", &[("host", &host)]).await.0, 421);
        let origin = format!("https://evil-{number}.example");
        assert_eq!(Client::try_connect(&relay, Some(&origin)).await.err(), Some(403));
    }
    let text = relay.get("/metrics").await.1;
    for (reason, seen) in [("host", "evil-0.example"), ("origin", "https://evil-0.example")] {
        let series = format!("warren_refused_total{{reason=\"{reason}\"}} 100\n");
        assert!(text.contains(&series), "no {series} in {text}");
        let reason = format!("reason=\"{reason}\"");
        relay.until_logged(&reason).await;
        let stderr = relay.program.stderr();
        let lines: Vec<&str> = stderr.lines().filter(|line| line.contains(&reason)).collect();
        assert_eq!(lines.len(), 1, "{lines:#?}");
        assert!(lines[0].contains(seen) && lines[0].contains("127.0.0.1"), "{}", lines[0]);
        assert!(lines[0].contains("--origin"), "{}", lines[0]);
    }
}

#[tokio::test]
async fn no_secret_shows_whatever_goes_wrong_and_however_much_is_logged() {
    let url = node::vhost().await;
    let vhost = url.rsplit_once('/').unwrap().1;
    let user = format!("user-of-{vhost}");
    node::ctl(&["add_user", &user, PASSWORD]).await;
    node::ctl(&["set_permissions", "-p", vhost, &user, ".*", ".*", ".*"]).await;
    let amqp = Amqp::connect(&url).await;
    amqp.declare(Shape::Durable).await;
    let proxy = Proxy::start(&url.replace("guest:guest", &format!("{user}:{PASSWORD}"))).await;
    let file = TokenFile::new(TOKEN);
    for format in ["text", "json"] {
        let env = [("RUST_LOG", "trace"), ("RUST_BACKTRACE", "1")];
        let queues = ["--queue", "hello", "--queue", "gone", "--queue-kind", "never"];
        let args = [&queues, &["--token-file", file.arg(), "--log-format", format][..]].concat();
        let mut relay = Relay::start_with(&proxy.amqp_url(), &args, &env).await;
        let mut shown = drive(&relay, &proxy).await;
        relay.program.terminate();
        relay.program.ended().await;
        shown.extend([relay.program.stderr(), relay.program.stdout().join("\n")]);
        assert!(relay.program.stderr().contains("not connected"), "{}", relay.program.stderr());
        no_secret_in(&shown);

        let wrong = url.replace("guest:guest", &format!("{user}:{WRONG_PASSWORD}"));
        let mut relay = Relay::start_with(&wrong, &["--log-format", format], &env).await;
        relay.readyz(503, "login failed for user").await;
        let why = relay.get("/readyz").await.1;
        relay.program.terminate();
        relay.program.ended().await;
        assert!(relay.program.stderr().contains("login failed for user"));
        no_secret_in(&[relay.program.stderr(), why]);
    }
}

/// Takes a relay through all that may go wrong, and returns what it shows meanwhile.
async fn drive(relay: &Relay, proxy: &Proxy) -> Vec<String> {
    let mut shown = Vec::new();
    relay.readyz(200, "").await;
    let mut client = Client::connect(relay).await;
    client.show(TOKEN).await;
    client.welcome().await;
    client.receive(warren_protocol::AckMode::Auto, None).await;
    let message = |id, queue: &str| {
        let body = Body::from(BODY.to_owned());
        Publish { id, queue: Some(queue.to_owned()), body, properties: Properties::default() }
    };
    // One arrives, one comes back: lapin logs what comes back.
    let messages = vec![message(1, "hello"), message(2, "gone")];
    client.send(&ClientMessage::Publish { messages }).await;
    client.confirmed(1).await;
    client.failed(2).await;
    let tag = client.take(1).await[0].tag;
    client.settle(Outcome::Ack, &[tag]).await;

    proxy.cut();
    client.until_broker("down", |state| matches!(state, BrokerState::Down { .. })).await;
    shown.push(relay.get("/readyz").await.1);
    shown.push(format!("{:?}", client.broker));
    proxy.mend();
    client.until_broker("up", BrokerState::is_up).await;

    for first in [
        format!(r#"{{"type":"hello","data":{{"protocol":1,"token":"{WRONG_TOKEN}"}}}}"#),
        format!(r#"{{"type":"hello","data":{{"protocol":"{TOKEN}"}}}}"#),
        format!(r#"{{"type":"{TOKEN}"}}"#),
        TOKEN.to_owned(),
    ] {
        let mut client = Client::connect(relay).await;
        client.send_text(&first).await;
        client.close_code().await;
        shown.push(format!("{:?}", client.closed));
    }
    for (path, token) in [("/metrics", WRONG_TOKEN), ("/metrics", TOKEN), ("/?token=s3cret", "")] {
        let bearer = format!("Bearer {token}");
        let headers = [("host", relay.address.as_str()), ("authorization", &bearer)];
        let (_, head, body) = relay.get_with(path, &headers).await;
        shown.extend([head, body]);
    }
    shown
}

#[tokio::test]
async fn no_secret_shows_when_the_relay_cannot_start() {
    let broken_key = tempfile::NamedTempFile::new().unwrap();
    let pem = format!("-----BEGIN PRIVATE KEY-----\n{KEY}\n-----END PRIVATE KEY-----\n");
    std::fs::write(broken_key.path(), pem).unwrap();
    let key = broken_key.path().to_str().unwrap();
    let tokens = TokenFile::new(&format!("{TOKEN} sned"));
    let url = |rest: &str| vec!["--amqp-url".to_owned(), rest.replace("SECRET", PASSWORD)];
    let typed = |args: &[&str]| args.iter().map(|arg| arg.replace("SECRET", PASSWORD)).collect();
    let cases: Vec<Vec<String>> = vec![
        url("http://ann:SECRET@localhost"),
        url("ann:SECRET@localhost"),
        url("amqp:ann:SECRET@localhost"),
        url("amqp://ann:SECRET@localhost:99999"),
        url("amqp://ann:SECRET"),
        url("amqp://ann:SECRET/more@localhost"),
        // Without what stands behind it, these look like a host and a port.
        url("amqp://ann:12/SECRET@localhost"),
        url("amqp://ann:12?SECRET@localhost"),
        url("amqp://ann:12#SECRET@localhost"),
        typed(&["amqp://ann:SECRET@localhost"]),
        typed(&["--amqp_url=amqp://ann:SECRET@localhost"]),
        typed(&["--listen", "amqp://ann:SECRET@localhost"]),
        typed(&["--token-file", tokens.arg()]),
        typed(&["--tls-cert", key, "--tls-key", key]),
    ];
    for args in cases {
        for format in ["text", "json"] {
            let mut command = Command::new(relay::binary());
            command.env("RUST_LOG", "trace").args(["--log-format", format]).args(&args);
            let mut program = Program::start("the relay", command);
            assert_eq!(program.ended().await.code(), Some(2), "{args:?}: {}", program.stderr());
            assert!(!program.stderr().is_empty(), "{args:?}");
            no_secret_in(&[program.stderr(), program.stdout().join("\n")]);
        }
    }
    let mut command = Command::new(relay::binary());
    command.env("WARREN_AMQP_URL", format!("amqp://ann:{PASSWORD}@localhost")).arg("--help");
    let mut program = Program::start("the relay", command);
    assert_eq!(program.ended().await.code(), Some(0));
    no_secret_in(&[program.stderr(), program.stdout().join("\n")]);
}

#[tokio::test]
async fn a_made_token_shows_in_one_place_only() {
    let args = ["--log-format", "json"];
    let env = [("RUST_LOG", "trace")];
    let mut program = Relay::spawn_with("0.0.0.0:0", "amqp://127.0.0.1:1", &args, &env);
    let token = program
        .line("the address to open", |line| {
            Some(line.strip_prefix("open http://")?.split_once("/#token=")?.1.to_owned())
        })
        .await;
    let port = |line: &str| Some(line.strip_prefix("listening on http://0.0.0.0:")?.to_owned());
    let port = program.line("the relay listens", port).await;
    let mut relay = Relay { program, address: format!("127.0.0.1:{port}"), tls: None };
    relay.readyz(503, "refuses").await;
    let bearer = format!("Bearer {token}");
    let headers = [("host", relay.address.as_str()), ("authorization", &bearer)];
    let (status, head, body) = relay.get_with("/metrics", &headers).await;
    assert_eq!(status, 200);
    relay.program.terminate();
    relay.program.ended().await;
    let stdout = relay.program.stdout();
    assert_eq!(stdout.iter().filter(|line| line.contains(&token)).count(), 1);
    for text in [head, body, relay.program.stderr()] {
        assert!(!text.contains(&token), "the token is in: {text}");
    }
}

/// As it is, and as Rust shows bytes.
fn no_secret_in(texts: &[String]) {
    let list = format!("{:?}", SECRET.as_bytes());
    let list = list.trim_matches(['[', ']']);
    for text in texts {
        assert!(!text.contains(SECRET) && !text.contains(list), "a secret is in: {text}");
    }
}
