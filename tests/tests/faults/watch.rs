//! The broker breaks while a page watches: that is said, and watching goes on after it.

use warren_protocol::StopReason;
use warren_tests::{
    amqp::{Amqp, QUEUE, Shape},
    client::Client,
    fault::repeat_on,
    limits_file::LimitsFile,
    node::Rabbit,
    own_node::OwnNode,
    relay::Relay,
};

on_each_rabbit!(a_watch_goes_on_after_the_broker_was_restarted);

async fn a_watch_goes_on_after_the_broker_was_restarted(rabbit: Rabbit) {
    repeat_on(rabbit, "broker restarted under a watch", async |_| {
        let mut node = OwnNode::take(rabbit).await;
        let vhost = node.url().rsplit_once('/').unwrap().1.to_owned();
        Amqp::connect(node.url()).await.declare(Shape::Durable).await;
        // The client reads nothing while the broker starts, and the relay must not give it up for that.
        let patient = LimitsFile::new("idle-timeout = \"10m\"");
        let relay = Relay::ready(node.url(), &patient.args()).await;
        let trace_on = ["trace_on", "-p", &vhost];
        node.ctl(&trace_on).await;
        let mut page = Client::start(&relay).await;
        page.watch(QUEUE).await;
        node.stop().await;
        page.stopped(StopReason::BrokerDown).await;
        node.start_again().await;
        // RabbitMQ forgets over a restart that it shall trace.
        page.stopped(StopReason::NotTraced).await;
        node.ctl(&trace_on).await;
        page.watching().await;
        let amqp = Amqp::connect(node.url()).await;
        amqp.publish(b"after").await;
        assert_eq!(page.observe(1).await[0].body.as_bytes(), b"after");
        let queues = node.ctl(&["list_queues", "-q", "-p", &vhost, "name"]).await;
        let taps = queues.lines().filter(|name| name.starts_with("warren.watch."));
        assert_eq!(taps.count(), 2, "the tap, and the queue that counts: {queues}");
    })
    .await;
}
