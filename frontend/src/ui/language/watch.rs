//! Texts of a watch: its rows, its footer, and the life of a message.

use crate::ui::{
    language::{Language, sentences, texts},
    number::{grouped, plural},
};

texts! {
    column_what: "What", "事件";
    column_by: "By / to", "发布者 / 消费者";
    what_received: "received", "已接收";
    what_published: "published", "已发布";
    what_delivered: "delivered", "已投递";
    into_queue: "into the queue", "进入队列";
    out_of_queue: "out of the queue", "离开队列";
    this_page: "this page", "本页";
    takes_nothing: "watching takes nothing from anyone", "旁观不会取走任何消息";
    row_event: "event", "事件";
    row_heard: "heard by the relay", "relay 获知时间";
    row_user: "user", "用户";
    row_connection: "connection", "连接";
    row_node: "node", "节点";
    row_routed_to: "routed to", "路由到";
    tab_life: "Life", "轨迹";
    go_to_row: "Goes to its row in the list", "转到列表中的对应行";
    sent_here: "sent", "已发送";
    sent_by_page: "by this page", "由本页发出";
    sent_waiting: "by this page, not confirmed yet", "由本页发出，尚未确认（confirm）";
    sent_failed: "by this page; the Sent list says why it failed", "由本页发出，但发送失败，原因见“已发送”列表";
    life_alone: "Nothing else of this message is in the list.", "列表中没有此消息的其他事件。";
    not_settled: "not settled", "尚未处理";
}

sentences! {
    missed(count: &str): "{count} missed: more came than could be shown; some of them may be of other queues",
        "遗漏 {count} 条：到达的消息过多，无法全部显示；遗漏的可能包含其他队列的消息";
    announce_observed(published: &str, delivered: &str): "{published} published, {delivered} delivered",
        "已发布 {published} 条，已投递 {delivered} 条";
    sent_confirmed(ms: &str): "by this page, confirmed after {ms} ms", "由本页发出，{ms} 毫秒后确认（confirm）";
    published_by(who: &str, exchange: &str, keys: &str): "by {who} to exchange {exchange} with routing key {keys}",
        "由 {who} 发布，交换机：{exchange}，路由键：{keys}";
    routed_to(way: &str, queues: &str): "{way}, routed to {queues}", "{way}，路由到 {queues}";
    delivered_to(who: &str, queue: &str): "to {who} from {queue}", "从 {queue} 投递给 {who}";
    received_here(queue: &str, outcome: &str): "by this page from {queue}: {outcome}", "本页从 {queue} 接收：{outcome}";
    nearest_events(count: &str): "Many equal messages passed: of their events, the nearest {count} before and after this one are shown, and nothing tells them apart.",
        "相同的消息很多：只显示此事件前后各 {count} 个最近的事件，且无法区分它们属于哪条消息。";
    joined_by_id(id: &str): "Joined by message_id {id}.", "按 message_id {id} 关联。";
    joined_by_body(seconds: &str): "Joined by equal body, within {seconds} s; there is no message_id.",
        "没有 message_id：{seconds} 秒内消息体相同的事件视为同一条消息。";
}

impl Language {
    /// Between the items of a list, such as queues.
    pub(crate) fn list_separator(self) -> &'static str {
        match self {
            Self::English => ", ",
            Self::Chinese => "、",
        }
    }

    /// Warns where equal messages cannot be told apart.
    pub(crate) fn equal_messages(self, published: u64) -> String {
        let published = grouped(published);
        match self {
            Self::English => format!(
                "{published} equal messages were published in that time; nothing tells their \
                 deliveries apart."
            ),
            Self::Chinese => {
                format!("这段时间内发布了 {published} 条相同的消息，无法区分它们各自的投递。")
            }
        }
    }

    pub(crate) fn more_events(self, count: u64) -> String {
        match self {
            Self::English => format!("… {} between", plural(count, "event", "events")),
            Self::Chinese => format!("… 中间还有 {} 个事件", grouped(count)),
        }
    }
}
