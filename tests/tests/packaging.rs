//! packaging/compose.yaml and packaging/kubernetes.yaml: judged by their schemas, their parts fit
//! together, and their command lines are the relay's.

#![allow(clippy::unwrap_used, clippy::expect_used)] // tests may

use std::{
    fs,
    process::{Command, Output},
};

use serde_json::{Value, json};
use warren_tests::{
    front::packaged, node, node::Rabbit, program::Program, python, relay::Relay, relay::bare,
    token_file::TokenFile,
};

const COMPOSE: &str = "compose.yaml";
const KUBERNETES: &str = "kubernetes.yaml";

/// The user that the image is made for.
const USER: u32 = 65532;

/// Where the pods find the token file of the secret.
const TOKENS: &str = "/etc/warren/tokens";

/// Runs the tests' Python with `text` as a file behind its arguments.
fn run_python(args: &[&str], text: &str) -> Output {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file.yaml");
    fs::write(&file, text).unwrap();
    Command::new(python::program()).args(args).arg(&file).output().unwrap()
}

/// The documents of a file of `packaging/`.
fn documents(name: &str) -> Vec<Value> {
    const READ: &str = "import json, sys, yaml
print(json.dumps(list(yaml.safe_load_all(open(sys.argv[1])))))";
    let output = run_python(&["-c", READ], &packaged(name));
    assert!(output.status.success(), "{name}: {output:?}");
    serde_json::from_slice(&output.stdout).unwrap()
}

fn kubernetes(kind: &str) -> Value {
    let found = documents(KUBERNETES).into_iter().find(|document| document["kind"] == kind);
    found.unwrap_or_else(|| panic!("no {kind}"))
}

fn pod() -> Value {
    kubernetes("Deployment")["spec"]["template"].clone()
}

fn strings(list: &Value) -> Vec<String> {
    let list = list.as_array().unwrap().iter();
    list.map(|value| value.as_str().unwrap().to_owned()).collect()
}

/// The arguments of the pod's container, with the token file where the test has it.
fn pod_args(file: &TokenFile) -> Vec<String> {
    let args = strings(&pod()["spec"]["containers"][0]["args"]);
    assert!(args.iter().any(|arg| arg.ends_with(TOKENS)), "{args:?}");
    args.into_iter().map(|arg| arg.replace(TOKENS, file.arg())).collect()
}

/// What `relay --check` says of a container.
fn check(args: &[String], environment: &[(String, String)]) -> Output {
    let mut relay = bare();
    relay.args(args).arg("--check").envs(environment.iter().cloned());
    relay.output().unwrap()
}

/// A service's variables, with a password in place of RabbitMQ's.
fn environment(service: &Value) -> Vec<(String, String)> {
    let variables = service["environment"].as_object().unwrap().iter();
    let filled = variables.map(|(name, value)| {
        let value = value.as_str().unwrap();
        let Some((before, rest)) = value.split_once("${RABBITMQ_PASSWORD") else {
            return (name.clone(), value.to_owned());
        };
        let (_, after) = rest.split_once('}').unwrap();
        (name.clone(), format!("{before}0123456789abcdef{after}"))
    });
    filled.collect()
}

#[test]
fn the_commands_in_both_heads_load_the_image_of_this_version() {
    let image = format!("docker load <warren-{}-oci.tar", env!("CARGO_PKG_VERSION"));
    for name in [COMPOSE, KUBERNETES] {
        assert!(packaged(name).contains(&image), "{name}: {image}");
    }
}

#[test]
fn both_files_hold_to_their_schemas() {
    let compose = ["-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec"];
    // The newest that the package knows, and the oldest that the file names.
    let newest = ["-m", "kubernetes_validate", "--strict"];
    let oldest = [&newest[..], &["--kubernetes-version", "1.25"]].concat();
    for (name, judge, mistake) in [
        (COMPOSE, &compose[..], ("depends_on:", "depend_on:")),
        (KUBERNETES, &newest, ("livenessProbe:", "livelinessProbe:")),
        (KUBERNETES, &oldest, ("minAvailable: 1", "minAvailable: true")),
    ] {
        let text = packaged(name);
        let output = run_python(judge, &text);
        assert!(output.status.success(), "{name}: {output:?}");
        // It would see a mistake.
        let wrong = text.replace(mistake.0, mistake.1);
        assert!(!run_python(judge, &wrong).status.success(), "{name} with {mistake:?}");
    }
}

#[test]
fn the_relay_takes_the_environment_of_compose() {
    let services = &documents(COMPOSE)[0]["services"];
    let warren = &services["warren"];
    // The image's health check, which runs without them, would ask another relay.
    assert_eq!((&warren["command"], &warren["entrypoint"]), (&Value::Null, &Value::Null));
    let image = ("WARREN_LISTEN".to_owned(), "0.0.0.0:8080".to_owned());
    let mut environment = environment(warren);
    environment.push(image);
    let output = check(&[], &environment);
    assert!(output.status.success(), "{output:?}");
    let url = &environment.iter().find(|(name, _)| name == "WARREN_AMQP_URL").unwrap().1;
    let user = services["rabbitmq"]["environment"]["RABBITMQ_DEFAULT_USER"].as_str().unwrap();
    assert!(url.starts_with(&format!("amqp://{user}:")), "{url}");
    assert!(url.contains("@rabbitmq:5672/"), "{url}");

    // The comment's variable for tokens that stay; nothing is mounted in this test.
    let line = packaged(COMPOSE)
        .lines()
        .find_map(|line| Some(line.split_once("WARREN_TOKEN_FILE: ")?.1.to_owned()));
    assert_eq!(line.unwrap(), TOKENS);
    environment.push(("WARREN_TOKEN_FILE".to_owned(), "/there/is/no/tokens".to_owned()));
    let output = check(&[], &environment);
    assert!(String::from_utf8_lossy(&output.stderr).contains("/there/is/no/tokens"), "{output:?}");
}

#[test]
fn the_relay_takes_the_command_line_of_kubernetes() {
    let amqp_url = "amqp://warren:secret@rabbitmq:5672/%2f".to_owned();
    let environment = [("WARREN_AMQP_URL".to_owned(), amqp_url)];
    let file = TokenFile::new("0123456789abcdef");
    let env = &pod()["spec"]["containers"][0]["env"];
    assert_eq!(env.as_array().unwrap().len(), 1);
    assert_eq!(env[0]["name"], "WARREN_AMQP_URL");
    let output = check(&pod_args(&file), &environment);
    assert!(output.status.success(), "{output:?}");
    // Without the secret it says what is missing.
    fs::remove_file(file.arg()).unwrap();
    let output = check(&pod_args(&file), &environment);
    assert!(String::from_utf8_lossy(&output.stderr).contains("--token-file"), "{output:?}");
}

#[tokio::test]
async fn the_relay_answers_the_probes_of_kubernetes_and_needs_a_token() {
    let file = TokenFile::new("0123456789abcdef");
    let mut relay = bare();
    for arg in pod_args(&file) {
        relay.arg(arg.replace("--listen=0.0.0.0:8080", "--listen=0.0.0.0:0"));
    }
    relay.env("WARREN_AMQP_URL", node::vhost().await);
    let relay = Relay::started(Program::start("the relay", relay)).await;
    let container = &pod()["spec"]["containers"][0];
    for probe in ["livenessProbe", "readinessProbe"] {
        let path = container[probe]["httpGet"]["path"].as_str().unwrap();
        // kubelet asks the pod's address, whatever that is.
        let (status, _, body) = relay.get_with(path, &[("host", "10.1.2.3:8080")]).await;
        assert_eq!((status, body.as_str()), (200, "ok\n"), "{probe}");
    }
    assert_eq!(relay.get("/metrics").await.0, 401);
}

#[tokio::test]
async fn the_health_check_of_compose_tells_a_rabbitmq_that_listens() {
    let service = &documents(COMPOSE)[0]["services"]["rabbitmq"];
    let check = strings(&service["healthcheck"]["test"]);
    let [cmd, program, words @ .., port] = &check[..] else { panic!("{check:?}") };
    assert_eq!((cmd.as_str(), port.as_str()), ("CMD", "5672"));
    for rabbit in [Rabbit::V3, Rabbit::V4] {
        let Some(url) = node::vhost_on(rabbit).await else { continue };
        let (_, port) = url.rsplit_once('/').unwrap().0.rsplit_once(':').unwrap();
        for (port, healthy) in [(port, true), ("1", false)] {
            let args = [words, &[port.to_owned()]].concat();
            let succeeds = node::succeeds_on(rabbit, program, &args).await;
            assert_eq!(succeeds, Some(healthy), "{rabbit:?} {args:?}");
        }
    }
}

#[test]
fn the_parts_of_compose_fit_together() {
    let file = &documents(COMPOSE)[0];
    let [rabbitmq, warren] = ["rabbitmq", "warren"].map(|name| &file["services"][name]);
    assert!(rabbitmq["healthcheck"]["test"].is_array());
    assert_eq!(warren["depends_on"]["rabbitmq"]["condition"], "service_healthy");
    assert_eq!(warren["image"], format!("warren:{}", env!("CARGO_PKG_VERSION")));
    assert_eq!(warren["user"], format!("{USER}:{USER}"));
    assert_eq!(warren["read_only"], true);
    assert_eq!(warren["cap_drop"], json!(["ALL"]));
    // RabbitMQ is reached from inside only, Warren from this machine.
    assert_eq!(rabbitmq["ports"], Value::Null);
    assert_eq!(warren["ports"], json!(["127.0.0.1:8080:8080"]));
}

#[test]
fn the_parts_of_kubernetes_fit_together() {
    let [deployment, service, budget] =
        ["Deployment", "Service", "PodDisruptionBudget"].map(kubernetes);
    let pod = &deployment["spec"]["template"];
    let labels = &pod["metadata"]["labels"];
    for selector in [
        &deployment["spec"]["selector"]["matchLabels"],
        &service["spec"]["selector"],
        &budget["spec"]["selector"]["matchLabels"],
        &pod["spec"]["topologySpreadConstraints"][0]["labelSelector"]["matchLabels"],
    ] {
        assert_eq!(selector, labels);
    }
    assert_eq!(deployment["spec"]["replicas"], 2);

    let container = &pod["spec"]["containers"][0];
    assert_eq!(container["image"], format!("warren:{}", env!("CARGO_PKG_VERSION")));
    let port = &container["ports"][0];
    let listen = format!("--listen=0.0.0.0:{}", port["containerPort"]);
    assert!(strings(&container["args"]).contains(&listen), "{listen}");
    for named in [
        &service["spec"]["ports"][0]["targetPort"],
        &container["livenessProbe"]["httpGet"]["port"],
        &container["readinessProbe"]["httpGet"]["port"],
    ] {
        assert_eq!(named, &port["name"]);
    }

    // The secret's file is where the relay looks for it, and nobody else may read it.
    let (volume, mount) = (&pod["spec"]["volumes"][0], &container["volumeMounts"][0]);
    assert_eq!(volume["name"], mount["name"]);
    let path = volume["secret"]["items"][0]["path"].as_str().unwrap();
    assert_eq!(format!("{}/{path}", mount["mountPath"].as_str().unwrap()), TOKENS);
    assert_eq!(volume["secret"]["defaultMode"], 0o440);
    let secret = &container["env"][0]["valueFrom"]["secretKeyRef"]["name"];
    assert_eq!(&volume["secret"]["secretName"], secret);

    let rights = &pod["spec"]["securityContext"];
    assert_eq!(rights["runAsNonRoot"], true);
    for user in ["runAsUser", "runAsGroup", "fsGroup"] {
        assert_eq!(rights[user], USER, "{user}");
    }
    let rights = &container["securityContext"];
    assert_eq!(rights["readOnlyRootFilesystem"], true);
    assert_eq!(rights["allowPrivilegeEscalation"], false);
    assert_eq!(rights["capabilities"], json!({ "drop": ["ALL"] }));
    assert!(container["resources"]["limits"]["memory"].is_string());
}
