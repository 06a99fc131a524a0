//! Properties are bounded by the `frame_max` that relay and broker have agreed upon.

use std::collections::BTreeMap;

use lapin::types::FieldTable;
use warren_protocol::{AckMode, Body, FailReason, FieldTable as Headers, FieldValue, Properties};
use warren_tests::{
    amqp::Amqp,
    node::{self, Rabbit},
};

use crate::case::{Case, QUEUE, QUEUES, declare, take_numbers};

/// The smallest that RabbitMQ 4 takes.
const FRAME_MAX: usize = 8_192;
const MESSAGES: u64 = 200;
/// Fits into a frame with its name and what is around it.
const FITTING: usize = 7_000;
const TOO_LONG: usize = 9_000;

on_each_rabbit!(a_header_that_does_not_fit_the_negotiated_frame_is_refused_alone);

async fn a_header_that_does_not_fit_the_negotiated_frame_is_refused_alone(rabbit: Rabbit) {
    let Some(url) = node::vhost_on(rabbit).await else { return };
    let small = format!("{url}?frame_max={FRAME_MAX}");
    let prepare = async |amqp: &Amqp| declare(amqp, QUEUE, FieldTable::default()).await;
    let case = Case::start_at(&url, &small, &QUEUES, prepare).await;
    let mut page = case.session().await;
    let too_long = MESSAGES / 2;
    for id in 1..=MESSAGES {
        let letters = if id == too_long { TOO_LONG } else { FITTING };
        let header = ("h".to_owned(), FieldValue::LongString(vec![b'x'; letters]));
        let properties = Properties {
            headers: Some(Headers(BTreeMap::from([header]))),
            message_id: Some(id.to_string()),
            ..Properties::default()
        };
        page.publish_to(QUEUE, id, Body::from("x"), properties).await;
    }
    for id in (1..=MESSAGES).filter(|id| *id != too_long) {
        page.confirmed(id).await;
    }
    let failure = page.failed(too_long).await;
    assert!(failure.reason == FailReason::InvalidProperty && !failure.retry, "{failure:?}");
    // The limit is somewhat below `frame_max`, as the frame has other parts.
    let words = failure.detail.unwrap().to_string();
    let numbers = words.split(|c: char| !c.is_ascii_digit() && c != ',');
    let numbers = numbers.filter_map(|number| number.replace(',', "").parse::<usize>().ok());
    let limits: Vec<usize> = numbers.filter(|n| (FITTING..=FRAME_MAX).contains(n)).collect();
    assert!(!limits.is_empty(), "no limit is named: {words}");

    page.receive_from(QUEUE, AckMode::Auto, None).await;
    let numbers = take_numbers(&mut page, MESSAGES as usize - 1).await;
    assert!(numbers.into_iter().eq((1..=MESSAGES as usize).filter(|id| *id != too_long as usize)));
    case.finish().await;
}
