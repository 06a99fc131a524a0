//! TLS with the broker: trusted where it should be, and refused with a sentence that says why.

use warren_tests::{
    certificates::{Authority, HOST, Pair, Validity, text},
    client::Client,
    node,
    relay::Relay,
    tls_listener::{self, Clients},
};

use crate::broker_errors::assert_relay_says;

/// A relay that trusts `authority`, and shows a certificate if there is one.
async fn start(amqp_url: &str, authority: &Authority, identity: Option<&Pair>) -> Relay {
    let mut args = vec!["--amqp-ca".to_owned(), authority.file()];
    args.extend(identity.into_iter().flat_map(|pair| pair.args("--amqp-cert", "--amqp-key")));
    Relay::start(amqp_url, &args.iter().map(String::as_str).collect::<Vec<_>>()).await
}

/// Against a broker that shows `pair`, the relay says all of `words`.
async fn assert_refused(authority: &Authority, pair: &Pair, words: &[&str]) {
    let url = tls_listener::start(pair, authority, Clients::Anyone).await;
    assert_relay_says(&start(&url, authority, None).await, words).await;
}

#[tokio::test]
async fn messages_flow_over_tls_with_the_ca_that_is_named() {
    let authority = Authority::new("warren test CA");
    let url = tls_listener::start(&authority.issue("broker"), &authority, Clients::Anyone).await;
    let relay = start(&url, &authority, None).await;
    relay.readyz(200, "").await;
    let mut client = Client::receiving(&relay).await;
    client.publish(1, "over TLS").await;
    client.confirmed(1).await;
    client.take(1).await;
}

#[tokio::test]
async fn the_systems_roots_are_trusted_unless_a_ca_is_named() {
    let (authority, other) = (Authority::new("warren test CA"), Authority::new("another CA"));
    let url = tls_listener::start(&authority.issue("broker"), &authority, Clients::Anyone).await;
    Relay::start_trusting(&authority, &url, &[]).await.readyz(200, "").await;

    let relay = Relay::start_trusting(&other, &url, &[]).await;
    assert_relay_says(&relay, &["this system does not trust", "--amqp-ca"]).await;

    let relay = Relay::start_trusting(&authority, &url, &["--amqp-ca", &other.file()]).await;
    assert_relay_says(&relay, &["issued by no CA in --amqp-ca"]).await;
}

#[tokio::test]
async fn a_ca_that_was_made_anew_under_its_old_name_does_not_count() {
    let (old, new) = (Authority::new("warren test CA"), Authority::new("warren test CA"));
    let url = tls_listener::start(&new.issue("broker"), &new, Clients::Anyone).await;
    assert_relay_says(&start(&url, &old, None).await, &["issued by no CA in --amqp-ca"]).await;
}

#[tokio::test]
async fn an_expired_certificate_is_refused_with_its_date() {
    let authority = Authority::new("warren test CA");
    let pair = authority.issue_for("broker", &[HOST], Validity::Past);
    assert_refused(&authority, &pair, &["expired on 2001-02-03"]).await;
}

#[tokio::test]
async fn a_certificate_that_is_not_valid_yet_is_refused_with_its_date() {
    let authority = Authority::new("warren test CA");
    let pair = authority.issue_for("broker", &[HOST], Validity::Future);
    assert_refused(&authority, &pair, &["not valid before 3001-02-03", "clock"]).await;
}

#[tokio::test]
async fn a_certificate_for_another_host_is_refused_with_both_names() {
    let authority = Authority::new("warren test CA");
    let pair = authority.issue_for("broker", &["mq.example"], Validity::Now);
    let words = ["not for the host 127.0.0.1, but for mq.example:"];
    assert_refused(&authority, &pair, &words).await;
}

#[tokio::test]
async fn a_cas_own_certificate_is_refused_as_a_hosts() {
    let authority = Authority::new("warren test CA");
    assert_refused(&authority, &authority.own(), &["is a CA's own"]).await;
}

#[tokio::test]
async fn a_client_certificate_that_is_demanded_is_shown() {
    let authority = Authority::new("warren test CA");
    let (broker, own) = (authority.issue("broker"), authority.issue("relay"));
    let url = tls_listener::start(&broker, &authority, Clients::WithCertificate).await;
    start(&url, &authority, Some(&own)).await.readyz(200, "").await;
}

#[tokio::test]
async fn a_client_certificate_that_is_demanded_but_not_given_is_asked_for() {
    let authority = Authority::new("warren test CA");
    let broker = authority.issue("broker");
    for clients in [Clients::WithCertificate, Clients::WithCertificateOver12] {
        let url = tls_listener::start(&broker, &authority, clients).await;
        let relay = start(&url, &authority, None).await;
        assert_relay_says(&relay, &["demands a client certificate", "--amqp-cert"]).await;
    }
}

#[tokio::test]
async fn a_client_certificate_that_was_renewed_is_shown_at_the_next_connect() {
    let (authority, other) = (Authority::new("warren test CA"), Authority::new("another CA"));
    let broker = authority.issue("broker");
    let url = tls_listener::start(&broker, &authority, Clients::WithCertificate).await;
    let own = other.issue("relay");
    let relay = start(&url, &authority, Some(&own)).await;
    relay.readyz(503, "does not trust the CA that has issued --amqp-cert").await;

    authority.issue("relay").replace(&own);
    relay.readyz(200, "").await;
}

#[tokio::test]
async fn the_user_may_be_taken_from_the_client_certificate() {
    let plugin = "rabbitmq_auth_mechanism_ssl";
    // What `rabbitmq-plugins enable` and three lines of rabbitmq.conf do, for the node as it runs.
    let setup = format!(
        "{{ok,File}} = application:get_env(rabbit, enabled_plugins_file), \
         ok = file:write_file(File, \"[{plugin}].\"), \
         {{ok,_,_}} = rabbit_plugins:ensure(File), \
         application:set_env(rabbit, ssl_options, [{{verify,verify_peer}}]), \
         application:set_env(rabbit, ssl_cert_login_from, common_name), \
         application:set_env(rabbit, auth_mechanisms, ['PLAIN', 'AMQPLAIN', 'EXTERNAL'])."
    );
    node::ctl(&["eval", &setup]).await;
    let authority = Authority::new("warren test CA");
    let broker = authority.issue("broker");
    let url = tls_listener::start(&broker, &authority, Clients::WithCertificate).await;
    let url = url.replace("guest:guest@", "") + "?auth_mechanism=external";
    start(&url, &authority, Some(&authority.issue("guest"))).await.readyz(200, "").await;

    let relay = start(&url, &authority, Some(&authority.issue("nobody"))).await;
    assert_relay_says(&relay, &["login failed at", "--amqp-cert"]).await;
}

#[tokio::test]
async fn amqp_to_a_tls_port_is_said() {
    let authority = Authority::new("warren test CA");
    let url = tls_listener::start(&authority.issue("broker"), &authority, Clients::Anyone).await;
    let relay = Relay::start(&url.replace("amqps://", "amqp://"), &[]).await;
    assert_relay_says(&relay, &["amqps://"]).await;
}

#[tokio::test]
async fn tls_to_a_plain_port_is_said() {
    let authority = Authority::new("warren test CA");
    let url = node::vhost().await.replace("amqp://", "amqps://");
    let relay = start(&url, &authority, None).await;
    assert_relay_says(&relay, &["does not speak TLS", "amqp://"]).await;
}

#[tokio::test]
async fn tls_files_that_cannot_be_used_end_the_relay_with_2() {
    let authority = Authority::new("warren test CA");
    let (ca, one, two) = (authority.file(), authority.issue("one"), authority.issue("two"));
    let (cert, key, other_key) = (text(&one.cert), text(&one.key), text(&two.key));
    let tls = "amqps://127.0.0.1:1";
    let cases: [(&str, &[&str], &str); 5] = [
        ("amqp://127.0.0.1:1", &["--amqp-ca", &ca], "write amqps://"),
        (tls, &["--amqp-ca", &key], "holds no certificate"),
        (tls, &["--amqp-ca", &ca, "--amqp-cert", &cert], "--amqp-key"),
        (tls, &["--amqp-ca", &ca, "--amqp-cert", &cert, "--amqp-key", &other_key], "does not fit"),
        (tls, &["--amqp-ca", &ca, "--amqp-cert", &cert, "--amqp-key", &cert], "no private key"),
    ];
    for (url, args, words) in cases {
        let mut program = Relay::spawn(url, args);
        assert_eq!(program.ended().await.code(), Some(2), "{args:?}");
        let said = program.stderr();
        assert!(said.contains(words), "{words:?} is not in {said:?}");
    }
}
