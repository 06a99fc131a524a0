//! Messages that the relay's AMQP library does not read by itself: they arrive, can be
//! acknowledged, and nobody else notices.

use lapin::types::FieldTable;
use warren_protocol::{AckMode, Delivery, FieldValue};
use warren_tests::{amqp::Amqp, node::Rabbit, python};

use crate::case::{Case, QUEUE, declare, publish};

/// Base64 of the bytes FF FE, which are not UTF-8, as the relay shows them.
const NOT_UTF8: &str = "$bytes://4=";

on_each_rabbit!(
    headers_as_long_as_a_frame_and_eight_bytes_more_arrive,
    a_correlation_id_that_is_not_utf8_arrives,
    a_header_name_that_is_not_utf8_arrives,
    a_routing_key_that_is_not_utf8_arrives,
);

/// Odd messages between two plain ones: all of them arrive, and leave the queue.
async fn arrive(rabbit: Rabbit, odd: &[Vec<&str>], check: impl Fn(&[&Delivery])) {
    let prepare = async |amqp: &Amqp| declare(amqp, QUEUE, FieldTable::default()).await;
    let Some(case) = Case::start(rabbit, prepare).await else { return };
    let mut page = case.session().await;
    page.receive_from(QUEUE, AckMode::Auto, None).await;
    publish(&case.amqp, QUEUE, 1..=1).await;
    for odd in odd {
        python::send_odd(&case.url, QUEUE, odd).await;
    }
    publish(&case.amqp, QUEUE, 2..=2).await;
    let taken = page.take_and_ack(odd.len() + 2).await;
    assert!(taken.iter().all(|delivery| !delivery.redelivered), "the connection was lost");
    let is_odd = |delivery: &&Delivery| delivery.body.as_text() == Some("odd");
    let taken: Vec<&Delivery> = taken.iter().filter(is_odd).collect();
    assert_eq!(taken.len(), odd.len());
    check(&taken);
    drop(page);
    case.amqp.until_counts_of(QUEUE, 0, 0).await;
    case.finish().await;
}

/// RabbitMQ lets the frame of a header be 8 bytes larger than `frame_max`, 131,072.
async fn headers_as_long_as_a_frame_and_eight_bytes_more_arrive(rabbit: Rabbit) {
    let letters: Vec<String> =
        (131_040..=131_047).map(|letters: u32| letters.to_string()).collect();
    let odd: Vec<Vec<&str>> = letters.iter().map(|letters| vec!["long_header", letters]).collect();
    arrive(rabbit, &odd, |taken| {
        for (delivery, letters) in taken.iter().zip(&letters) {
            let headers = delivery.properties.headers.as_ref().unwrap();
            let Some(FieldValue::LongString(value)) = headers.0.get("h") else {
                panic!("{:?}", headers.0.keys())
            };
            assert_eq!(value.len().to_string(), *letters);
            assert!(value.iter().all(|letter| *letter == b'x'));
        }
    })
    .await;
}

async fn a_correlation_id_that_is_not_utf8_arrives(rabbit: Rabbit) {
    arrive(rabbit, &[vec!["correlation_id"]], |taken| {
        assert_eq!(taken[0].properties.correlation_id.as_deref(), Some(NOT_UTF8));
    })
    .await;
}

async fn a_header_name_that_is_not_utf8_arrives(rabbit: Rabbit) {
    arrive(rabbit, &[vec!["header_name"]], |taken| {
        let headers = taken[0].properties.headers.as_ref().unwrap();
        assert_eq!(headers.0.get(NOT_UTF8), Some(&"value".into()));
    })
    .await;
}

async fn a_routing_key_that_is_not_utf8_arrives(rabbit: Rabbit) {
    arrive(rabbit, &[vec!["routing_key"]], |taken| {
        let place = (taken[0].exchange.as_str(), taken[0].routing_key.as_str());
        assert_eq!(place, ("odd", NOT_UTF8));
    })
    .await;
}
