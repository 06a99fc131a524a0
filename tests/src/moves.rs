//! Moves as somebody makes them in the page: all dead letters back to the queue in which they died.

use futures_util::StreamExt as _;
use lapin::{
    options::{BasicConsumeOptions, BasicNackOptions, QueueDeclareOptions},
    types::{AMQPValue, FieldTable},
};

use crate::{
    amqp::Amqp,
    mover::{SOURCE, TARGET},
    page::Page,
    wait::LIMIT,
};

/// What the page says of a move that is over.
#[derive(Debug)]
pub struct Summary {
    /// How many it has moved.
    pub moved: u64,
    /// Of how many.
    pub total: u64,
    /// What else there is to say.
    pub notes: Vec<String>,
}

/// Declares [`SOURCE`] and [`TARGET`], and rejects so many messages of the target: RabbitMQ puts them into
/// the source, and says in their headers where they died. Their `message_id` is their number, from 1.
///
/// # Panics
/// When RabbitMQ refuses.
pub async fn dead_letters(amqp: &Amqp, count: u64) {
    amqp.fill(SOURCE, 0, 1).await;
    let mut arguments = FieldTable::default();
    for (name, value) in [("x-dead-letter-exchange", ""), ("x-dead-letter-routing-key", SOURCE)] {
        arguments.insert(name.into(), AMQPValue::LongString(value.into()));
    }
    let options = QueueDeclareOptions { durable: true, ..QueueDeclareOptions::default() };
    amqp.declare_queue(TARGET, options, arguments).await;
    die(amqp, count).await;
    amqp.until_counts_of(SOURCE, u32::try_from(count).unwrap(), 0).await;
}

/// Adds so many dead letters.
///
/// # Panics
/// When RabbitMQ refuses.
pub async fn die(amqp: &Amqp, count: u64) {
    amqp.publish_numbered(TARGET, count as usize, 100).await;
    let channel = amqp.channel().await;
    let (options, none) = (BasicConsumeOptions::default(), FieldTable::default());
    let consume = channel.basic_consume(TARGET.into(), "".into(), options, none);
    let mut consumer = consume.await.unwrap();
    for number in 1..=count {
        let next = tokio::time::timeout(LIMIT, consumer.next()).await;
        let delivery = next.unwrap_or_else(|_| panic!("{TARGET} has fewer than {count}"));
        if number == count {
            let all = BasicNackOptions { multiple: true, requeue: false };
            delivery.unwrap().unwrap().nack(all).await.unwrap();
        }
    }
    amqp.until_counts_of(TARGET, 0, 1).await;
    channel.close(200, "".into()).await.unwrap();
}

impl Page {
    /// Receives from `queue`, which was named, so that its messages are left to the user to acknowledge.
    pub async fn receive_by_hand(&self, queue: &str) {
        self.show_queue(queue).await;
        self.choose("Receive").await;
    }

    /// Selects all that is shown of [`SOURCE`] and moves all `count` messages that it has to the queue
    /// in which the first died.
    pub async fn move_all(&self, count: u64) {
        let known = format!(
            "Number(document.querySelector('[data-queue={SOURCE}]')?.dataset.ready) \
             + Number(document.querySelector('[data-open]')?.dataset.open) === {count}"
        );
        self.browser.until(&format!("{count} can be moved"), &known).await;
        self.browser.press("X").await;
        let bar = ("group", "Selected messages");
        self.browser.click_in(bar, "button", &format!("Move to {TARGET}")).await;
        let grouped = grouped(count);
        self.browser.click("button", &format!("Move all {grouped} of {SOURCE}")).await;
    }

    /// Waits until so many are moved.
    pub async fn until_moved(&self, count: u64) {
        let moved = format!("{NUMBERS}?.[0] >= {count}");
        self.browser.until(&format!("{count} are moved"), &moved).await;
    }

    /// Waits until the move is over, and tells what the page says of it.
    pub async fn move_over(&self) -> Summary {
        const NOTES: &str = "
            return [...document.querySelectorAll('.moving .lines p')].map((note) => note.textContent);";
        let over = "find('button', 'Close', find('group', 'Move') ?? document.createElement('p'))";
        self.browser.until("the move is over", over).await;
        let numbers = self.browser.eval(&format!("return {NUMBERS};"), Vec::new()).await;
        let (moved, total) = serde_json::from_value(numbers).unwrap();
        let notes = self.browser.eval(NOTES, Vec::new()).await;
        Summary { moved, total, notes: serde_json::from_value(notes).unwrap() }
    }

    /// Takes away what is said of the move.
    pub async fn close_move(&self) {
        self.browser.click_in(("group", "Move"), "button", "Close").await;
        self.browser.until("what became of the move is read", "!find('group', 'Move')").await;
    }
}

/// How many are moved, of how many.
const NUMBERS: &str = "document.querySelector('.moving b')?.textContent.match(/[\\d,]+/g)\
                       .map((number) => Number(number.replaceAll(',', '')))";

/// `1,234,567`.
fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let parts = digits.as_bytes().rchunks(3).rev();
    parts.map(|part| String::from_utf8_lossy(part).into_owned()).collect::<Vec<_>>().join(",")
}
