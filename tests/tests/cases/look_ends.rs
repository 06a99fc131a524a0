//! However a look ends, everything is back in its queue.

use lapin::types::FieldTable;
use warren_protocol::{AckMode, Detail, ReceiveMode, ServerMessage, StopReason, close};
use warren_tests::{
    amqp::Amqp,
    client::Client,
    limits_file::LimitsFile,
    node::{self, Rabbit},
    proxy::Proxy,
    relay::Relay,
};

use crate::case::{Case, QUEUE, QUEUES, declare, declare_type, numbers, publish};

const OTHER: &str = "other";
const COUNT: usize = 30;
const READY: u32 = 30;

on_each_rabbit!(
    a_look_gives_back_when_it_ends_for_its_session,
    a_look_gives_back_when_its_time_is_over,
    a_look_gives_back_when_the_relay_ends,
    a_look_begins_again_after_an_outage,
);

async fn prepare(amqp: &Amqp, queue_type: &str) {
    declare_type(amqp, QUEUE, queue_type).await;
    declare(amqp, OTHER, FieldTable::default()).await;
    publish(amqp, QUEUE, 1..=COUNT).await;
}

async fn start(rabbit: Rabbit, queue_type: &str, args: &[&str]) -> Option<Case> {
    let url = node::vhost_on(rabbit).await?;
    let args = [&QUEUES[..], &["--queue", OTHER], args].concat();
    let prepare = async |amqp: &Amqp| prepare(amqp, queue_type).await;
    Some(Case::start_at(&url, &url, &args, prepare).await)
}

/// Looks at the queue until all of it is shown.
async fn look_at_all(page: &mut Client) {
    page.look(QUEUE).await;
    let mut shown = numbers(&page.take(COUNT).await);
    shown.sort_unstable();
    assert!(shown.into_iter().eq(1..=COUNT), "not all is there");
}

async fn a_look_gives_back_when_it_ends_for_its_session(rabbit: Rabbit) {
    for queue_type in ["classic", "quorum"] {
        let Some(case) = start(rabbit, queue_type, &[]).await else { return };
        let mut page = case.session().await;
        // What was taken goes back to be looked at.
        page.receive_from(QUEUE, AckMode::Manual, None).await;
        page.take(COUNT).await;
        look_at_all(&mut page).await;
        page.pause().await;
        case.amqp.until_counts_of(QUEUE, READY, 0).await;

        look_at_all(&mut page).await;
        page.receive_as(OTHER, ReceiveMode::Look, None).await;
        case.amqp.until_counts_of(QUEUE, READY, 0).await;

        look_at_all(&mut page).await;
        page.receive_from(QUEUE, AckMode::Manual, None).await;
        let again = page.take(COUNT).await;
        assert!(again.iter().all(|delivery| delivery.redelivered));
        // A take keeps what it has over a pause; a quorum queue counts its consumer for as long.
        page.pause().await;
        let consumers = u32::from(queue_type == "quorum");
        case.amqp.until_counts_of(QUEUE, 0, consumers).await;

        look_at_all(&mut page).await;
        drop(page);
        case.amqp.until_counts_of(QUEUE, READY, 0).await;
        case.finish().await;
    }
}

async fn a_look_gives_back_when_its_time_is_over(rabbit: Rabbit) {
    let limits = LimitsFile::new("look-time = '1500ms'");
    let Some(case) = start(rabbit, "classic", &limits.args()).await else { return };
    let mut page = case.session().await;
    page.look(QUEUE).await;
    let over = ServerMessage::Stopped {
        reason: StopReason::Paused,
        detail: Some(Detail::LookOver { seconds: 2 }),
    };
    page.event("the look is over", |event| *event == over).await;
    case.amqp.until_counts_of(QUEUE, READY, 0).await;
    // A take has no end.
    page.deliveries.clear();
    page.receive_from(QUEUE, AckMode::Manual, None).await;
    page.take(COUNT).await;
    let mut looks = case.session().await;
    looks.look(OTHER).await;
    looks.event("the other look is over", |event| *event == over).await;
    page.pause().await;
    case.amqp.until_counts_of(QUEUE, 0, 0).await;
    case.finish().await;
}

async fn a_look_gives_back_when_the_relay_ends(rabbit: Rabbit) {
    let Some(url) = node::vhost_on(rabbit).await else { return };
    let amqp = Amqp::connect(&url).await;
    prepare(&amqp, "quorum").await;
    for kill in [false, true] {
        let mut relay = Relay::ready(&url, &["--queue", QUEUE]).await;
        let mut page = Client::start(&relay).await;
        look_at_all(&mut page).await;
        if kill {
            relay.program.kill();
            relay.program.ended().await;
        } else {
            relay.program.terminate();
            assert_eq!(page.close_code().await, close::GOING_AWAY);
            page.stopped(StopReason::Paused).await;
            assert_eq!(relay.program.ended().await.code(), Some(0), "{}", relay.program.stderr());
        }
        amqp.until_counts_of(QUEUE, READY, 0).await;
    }
}

async fn a_look_begins_again_after_an_outage(rabbit: Rabbit) {
    let Some(url) = node::vhost_on(rabbit).await else { return };
    let amqp = Amqp::connect(&url).await;
    prepare(&amqp, "classic").await;
    let proxy = Proxy::start(&url).await;
    let relay = Relay::ready(&proxy.amqp_url(), &["--queue", QUEUE]).await;
    let mut page = Client::start(&relay).await;
    look_at_all(&mut page).await;
    proxy.cut();
    page.stopped(StopReason::BrokerDown).await;
    amqp.until_counts_of(QUEUE, READY, 0).await;
    proxy.mend();
    let again = |event: &ServerMessage| {
        matches!(event, ServerMessage::Receiving { mode: ReceiveMode::Look, .. })
    };
    page.event("looking again", again).await;
    page.take(COUNT).await;
    page.pause().await;
    amqp.until_counts_of(QUEUE, READY, 0).await;
}
