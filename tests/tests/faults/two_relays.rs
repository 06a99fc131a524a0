//! Two relays on one broker, behind one address.

use warren_tests::{
    amqp::{Amqp, Shape},
    balancer::Balancer,
    fault::repeat,
    flow::{Flow, Role},
    node,
    relay::Relay,
};

#[tokio::test]
async fn when_one_of_two_relays_is_killed_its_pages_move_to_the_other_and_nothing_is_lost() {
    repeat("one of two relays killed", async |mut fault| {
        let url = node::vhost().await;
        let amqp = Amqp::connect(&url).await;
        amqp.declare(Shape::Durable).await;
        let mut one = Relay::start(&url, &[]).await;
        let other = Relay::start(&url, &[]).await;
        let balancer = Balancer::start(&[&one.address, &other.address]).await;
        let both = balancer.address.to_string();
        let pages = [Role::Both, Role::Receives, Role::Receives, Role::Receives];
        let flow = Flow::with(&pages.map(|role| (both.as_str(), role)));
        fault.moment(&flow).await;
        one.program.kill();
        one.program.ended().await;
        let report = flow.assert_whole(&amqp).await;
        assert_eq!(report.links_lost.len(), 2, "{report:#?}");
    })
    .await;
}
