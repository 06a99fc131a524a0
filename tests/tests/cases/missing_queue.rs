//! Publishing to a queue that is not there, again and again: the broker's log is not flooded.

use std::time::{Duration, Instant};

use warren_protocol::{AckMode, Body, FailReason, Properties};
use warren_tests::{broker_log::BrokerLog, node::Rabbit};

use crate::case::{Case, QUEUE, vhost_of};

/// Thousands of messages a second, for so long.
const REPEAT: Duration = Duration::from_secs(10);
/// As a page does with a repeat.
const AT_ONCE: u64 = 50;
const MAX_ERRORS_A_SECOND: f64 = 2.0;

on_each_rabbit!(publishing_to_a_missing_queue_leaves_few_errors_in_the_brokers_log);

async fn publishing_to_a_missing_queue_leaves_few_errors_in_the_brokers_log(rabbit: Rabbit) {
    let Some(case) = Case::start(rabbit, async |_| {}).await else { return };
    let mut page = case.session().await;
    page.ask_for(QUEUE, AckMode::Auto, None).await;
    let log = BrokerLog::from_now(rabbit).await;
    let start = Instant::now();
    let (mut sent, mut answered) = (0, 0);
    while answered < sent || start.elapsed() < REPEAT {
        while sent < answered + AT_ONCE && start.elapsed() < REPEAT {
            sent += 1;
            let body = Body::from(sent.to_string());
            page.publish_to(QUEUE, sent, body, Properties::default()).await;
        }
        answered += 1;
        let failure = page.failed(answered).await;
        assert_eq!(failure.reason, FailReason::Returned, "{failure:?}");
    }
    let vhost = format!("'{}'", vhost_of(&case.url));
    let errors = log.lines(&["Channel error on connection", &vhost]).await.len();
    let seconds = start.elapsed().as_secs_f64();
    println!("{errors} errors for {sent} messages in {seconds:.1} s");
    assert!(errors as f64 <= MAX_ERRORS_A_SECOND * seconds, "{errors} errors in {seconds:.1} s");
    case.finish().await;
}
