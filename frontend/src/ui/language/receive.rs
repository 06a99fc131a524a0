//! Texts of the Receive panel, its list and the view of one message.

use crate::ui::{
    language::{Language, sentences, texts},
    number::{grouped, plural},
};

texts! {
    receive: "Receive", "接收";
    acknowledge: "Acknowledge", "确认方式";
    auto_ack: "Auto ack", "自动确认";
    manual_ack: "Manual ack", "手动确认";
    auto_ack_title: "The page acknowledges what arrives", "页面自动确认（ack）收到的消息";
    manual_ack_title: "You acknowledge, requeue or reject each message", "由你逐条确认（ack）、重新入队（requeue）或拒绝（reject）";
    pause: "Pause", "暂停";
    resume: "Resume", "继续";
    export: "Export", "导出";
    export_title: "Saves the messages that the list shows, as NDJSON", "将列表中的消息保存为 NDJSON 文件";
    clear: "Clear", "清空";
    clear_title: "Empties this view only; nothing in the queue changes", "只清空此视图，队列不受影响";
    ack_all: "Ack all", "全部确认";
    the_queue: "the queue", "队列";
    waiting_for_messages: "[*] Waiting for messages.", "[*] 正在等待消息。";
    filter_finds_nothing: "No message passes the filter.", "没有消息符合过滤条件。";
    paused: "paused", "已暂停";
    starting: "Starting to receive…", "正在开始接收…";
    relay_unreachable: "The relay is unreachable.", "无法连接 relay。";
    no_relay: "Not receiving: the relay is unreachable. It goes on by itself.", "未接收：无法连接 relay，恢复后会自动继续。";
    no_broker: "Not receiving: RabbitMQ is unreachable. Reconnecting…", "未接收：无法连接 RabbitMQ，正在重连…";
    queue_deleted: "the queue was deleted", "队列已被删除";
    queue_line_lost: "this queue's connection was lost", "此队列的连接已断开";
    filter: "Filter", "过滤";
    filter_hint: "Filter  ·  text, key:order.*, header.x=1, size>1k, /regex/",
        "过滤  ·  文本、key:order.*、header.x=1、size>1k、/正则/";
    clear_time_range: "All times", "取消时间范围";
    columns: "Columns", "列";
    column_number: "Number", "编号";
    column_time: "Time", "时间";
    column_key: "Routing key", "路由键";
    column_exchange: "Exchange", "交换机";
    column_type: "Type", "类型";
    column_body: "Body", "消息体";
    column_size: "Size", "大小";
    add_column: "Add a column", "添加列";
    add_column_hint: "header.NAME or .json.path", "header.名称 或 .json.路径";
    add: "Add", "添加";
    column_mistake: "Write header.NAME or .json.path, such as header.tenant or .items[0].sku.",
        "请输入 header.名称 或 .json.路径，例如 header.tenant 或 .items[0].sku。";
    times: "Times", "时间";
    time_local: "Local", "本地";
    time_utc: "UTC", "UTC";
    time_ago: "Ago", "多久以前";
    received_messages: "Received messages", "收到的消息";
    bars_title: "Messages received in each of the last 120 seconds. Drag to filter by time.",
        "最近 120 秒每秒收到的消息数。拖动可按时间过滤。";
    newest: "Newest ↓", "最新 ↓";
    empty_body: "(empty)", "（空）";
    binary: "binary", "二进制";
    redelivered: "redelivered", "重新投递";
    duplicate: "duplicate", "重复";
    duplicate_title: "A message with this message_id came from this queue before", "之前已从此队列收到过相同 message_id 的消息";
    yours_title: "From this page to the queue and back", "从本页发出到收到的时间";
    ack: "Ack", "确认";
    requeue: "Requeue", "重新入队";
    reject: "Reject", "拒绝";
    acknowledged: "acknowledged", "已确认";
    given_back: "given back", "已放回队列";
    rejected: "rejected", "已拒绝";
    delivered_again: "delivered again", "将重新投递";
    delivered_again_title: "Its channel is gone, so it cannot be settled here. The broker delivers it again.",
        "它的信道（channel）已关闭，无法在此处理。RabbitMQ 会重新投递。";
    counters: "Counters", "计数";
    message_view: "Message", "消息详情";
    previous: "Previous", "上一条";
    next: "Next", "下一条";
    tab_body: "Body", "消息体";
    tab_properties: "Properties", "属性";
    tab_headers: "Headers", "消息头";
    tab_compare: "Compare", "比较";
    show_body_as: "Show body as", "显示方式";
    form_text: "Text", "文本";
    copy: "Copy", "复制";
    copied: "Copied.", "已复制。";
    not_copied: "This browser does not let the page copy. Select the text and copy it, or save it.",
        "浏览器不允许页面复制。请手动选择并复制，或保存为文件。";
    not_text_copy: "Not copied: the body is not text. Copy it from Hex or Base64, or save it.",
        "未复制：消息体不是文本。请从 Hex 或 Base64 复制，或保存为文件。";
    save: "Save", "保存";
    save_title: "Saves the very bytes that came", "保存收到的原始字节";
    not_saved: "This browser does not let the page save a file.", "浏览器不允许页面保存文件。";
    not_exported: "Not exported: this browser does not let the page save a file.", "未导出：浏览器不允许页面保存文件。";
    pin: "Pin", "固定";
    unpin: "Unpin", "取消固定";
    pin_title: "Keeps this message to compare others with it", "固定此消息，以便与其他消息比较";
    body_differs_unseen: "The bodies differ, but in no line that is shown here: in line ends, for instance, or in blanks of JSON.",
        "两个消息体不同，但此处显示的各行都相同：例如换行符不同，或 JSON 中的空白不同。";
    compared_in_part: "Only the beginning of the bodies is compared here.", "此处只比较消息体的开头部分。";
    field_differs_unseen: "The messages differ in what is not shown here of a property or a header.",
        "两条消息的某个属性或消息头不同，但差异不在此处显示的内容中。";
    same: "The two messages are equal in body, properties and headers.", "两条消息的消息体、属性和消息头都相同。";
    gone_from_list: "This message is no longer in the list.", "此消息已不在列表中。";
    body_is_empty: "The body is empty.", "消息体为空。";
    not_text: "This body is not text. Hex and Base64 show it.", "消息体不是文本，请用 Hex 或 Base64 查看。";
    default_exchange: "(default)", "（默认）";
    row_queue: "queue", "队列";
    row_received: "received", "接收时间";
    row_returned: "returned before", "此前返回次数";
    row_round_trip: "from this page and back", "从本页发出到收到";
    no_headers: "No headers", "没有消息头";
    filter_for: "Filter for this value", "只显示此值";
    filter_without: "Filter this value out", "排除此值";
    as_column: "Show as a column", "显示为列";
    fold: "Fold", "折叠";
    unfold: "Unfold", "展开";
    decoded: "decoded", "已解码";
    as_it_came: "as it came", "原始字节";
    decoding: "Decoding…", "正在解码…";
    lost_unacked: "Some messages arrived but could not be acknowledged, since the broker's channel was lost. The broker delivers them again.",
        "部分消息已收到但未能确认，因为信道（channel）已断开。RabbitMQ 会重新投递它们。";
    out_of_step: "A message from the relay was missing or came twice. None was acknowledged unseen; the page connects again, and the broker delivers again.",
        "来自 relay 的消息有缺失或重复。未显示的消息均未被确认；页面会重新连接，RabbitMQ 会重新投递。";
}

sentences! {
    receiving_from(queue: &str): "receiving from {queue}", "正在从 {queue} 接收";
    empty_hint(queue: &str): "Click Send, or run the tutorial's send.py: what arrives in {queue} shows here.",
        "点击“发送”，或运行教程里的 send.py：进入 {queue} 的消息会显示在这里。";
    not_receiving(why: &str): "Not receiving: {why}. The relay tries again.", "未接收：{why}。relay 会自动重试。";
    broker_refuses(why: &str): "the broker refuses ({why})", "RabbitMQ 拒绝（{why}）";
    no_broker_because(why: &str): "Not receiving: RabbitMQ is unreachable ({why}). Reconnecting…",
        "未接收：无法连接 RabbitMQ（{why}），正在重连…";
    stand_by(queue: &str, ready: &str): "Receiving from {queue}, where {ready} wait: another consumer may be the active one.",
        "正在从 {queue} 接收，队列中有 {ready} 条消息等待：当前的活动消费者（active consumer）可能不是本页。";
    stream_words(queue: &str): "{queue} is a stream: its messages stay in it and can only be acknowledged, which lets more come.",
        "{queue} 是 stream：消息会保留在其中，只能确认（ack），确认后才会继续投递。";
    found_of(found: &str, kept: &str): "{found} of {kept}", "{found} / {kept}";
    searching(found: &str): "{found}, searching…", "{found}，正在搜索…";
    message_number(number: &str): "Message {number}", "消息 {number}";
    new_messages(count: &str): "{count} new ↓", "{count} 条新消息 ↓";
    yours(ms: &str): "yours · {ms} ms", "本页 · {ms} 毫秒";
    delivery_count(times: &str): "delivered {times} times", "第 {times} 次投递";
    unsettled(count: &str): "{count} unacknowledged", "{count} 条未确认";
    exported(messages: &str, name: &str): "Exported {messages} as {name}.", "已将 {messages}导出为 {name}。";
    exporting(messages: &str): "Exporting {messages}…", "正在导出 {messages}…";
    saved_as(name: &str): "Saved as {name}.", "已保存为 {name}。";
    part_shown(part: &str, all: &str): "The first {part} of {all} are shown. Save gives all.",
        "只显示前 {part}（共 {all}）。保存可得到全部。";
    part_copied(part: &str, all: &str): "Copied the first {part} of {all}. Save gives all.",
        "已复制前 {part}（共 {all}）。保存可得到全部。";
    not_json(why: &str): "This body is not JSON: {why}.", "消息体不是 JSON：{why}。";
    shown_as_json(format: &str): "{format}, shown as JSON", "{format}，以 JSON 显示";
    charset(name: &str): "charset {name}", "字符集 {name}";
    decoded_from(encoding: &str, from: &str, to: &str): "{encoding} · {from} → {to}", "{encoding} · {from} → {to}";
    announce_one(number: &str, body: &str): "Received message {number}: {body}", "收到消息 {number}：{body}";
    announce_many(messages: &str): "Received {messages}", "收到 {messages}";
    not_allowed(why: &str): "The relay does not let this page do that: {why}", "relay 不允许此操作：{why}";
    not_supported(why: &str): "This is not possible with this queue: {why}", "此队列不支持该操作：{why}";
    not_understood(why: &str): "The relay did not understand this page: {why}", "relay 无法理解此页面的请求：{why}";
    compared_with(number: &str): "Compared with message {number}, which is pinned", "与已固定的消息 {number} 比较";
    time_range(from: &str, to: &str): "{from} to {to}", "{from} 至 {to}";
    column_term(name: &str): "Remove the column {name}", "移除列 {name}";
}

impl Language {
    pub(crate) fn more_headers_differ(self, count: u64) -> String {
        match self {
            Self::English => {
                let differ = plural(count, "more header differs", "more headers differ");
                format!("{differ}.")
            }
            Self::Chinese => format!("另有 {} 个消息头不同。", grouped(count)),
        }
    }

    pub(crate) fn lines_shown(self, count: u64) -> String {
        match self {
            Self::English => {
                let lines = plural(count, "line is", "lines are");
                format!("The first {lines} shown. Save gives all.")
            }
            Self::Chinese => format!("只显示前 {} 行。保存可得到全部。", grouped(count)),
        }
    }

    pub(crate) fn paused_at(self, queue: &str, ready: u32) -> String {
        let ready = u64::from(ready);
        match (self, ready) {
            (Self::English, 0) => format!("paused: no messages wait in {queue}"),
            (Self::English, 1) => format!("paused: 1 message waits in {queue}"),
            (Self::English, _) => format!("paused: {} messages wait in {queue}", grouped(ready)),
            (Self::Chinese, 0) => format!("已暂停：{queue} 中没有等待的消息"),
            (Self::Chinese, _) => format!("已暂停：{queue} 中有 {} 条消息等待", grouped(ready)),
        }
    }

    pub(crate) fn window_full(self, open: u64) -> String {
        match self {
            Self::English => {
                let some = if open == 1 { "it" } else { "some" };
                let messages = plural(open, "unacknowledged message", "unacknowledged messages");
                format!("Prefetch limit reached: {messages}. Acknowledge {some} to receive more.")
            }
            Self::Chinese => format!(
                "已达到预取（prefetch）上限：{} 条消息未确认。确认（ack）一些后才会继续接收。",
                grouped(open)
            ),
        }
    }

    pub(crate) fn cleared(self, cleared: u64, open: u64) -> String {
        match self {
            Self::English => {
                let stay = match open {
                    0 => String::new(),
                    1 => " 1 unacknowledged message stays.".to_owned(),
                    more => format!(" {} unacknowledged messages stay.", grouped(more)),
                };
                format!(
                    "Cleared {} from this view; nothing in the queue has changed.{stay}",
                    self.messages(cleared)
                )
            }
            Self::Chinese => {
                let stay = match open {
                    0 => String::new(),
                    more => format!("仍保留 {} 条未确认的消息。", grouped(more)),
                };
                format!("已从此视图清除 {} 条消息，队列没有变化。{stay}", grouped(cleared))
            }
        }
    }

    pub(crate) fn near_limit(self, times: u64, limit: u64) -> String {
        let times = grouped(times);
        match self {
            Self::English => format!(
                "Delivered {times} times. RabbitMQ 4 drops a message, or dead-letters it, once it has \
                 gone back to its quorum queue more than {limit} times, unless the queue sets another \
                 delivery limit."
            ),
            Self::Chinese => format!(
                "已投递 {times} 次。在 RabbitMQ 4 中，消息返回仲裁队列（quorum queue）超过 {limit} \
                 次后会被丢弃或成为死信（dead letter），除非队列设置了其他 delivery limit。"
            ),
        }
    }

    pub(crate) fn sharing(self, queue: &str, consumers: u64) -> String {
        let consumers = grouped(consumers);
        match self {
            Self::English => format!(
                "{consumers} consumers share {queue}: each message reaches only one of them"
            ),
            Self::Chinese => {
                format!("{consumers} 个消费者共享 {queue}：每条消息只会投递给其中一个")
            }
        }
    }

    pub(crate) fn unreadable(self, count: u64, why: &str) -> String {
        match self {
            Self::English => format!(
                "{} from the relay could not be read ({why}). Reload the page if this goes on.",
                self.messages(count)
            ),
            Self::Chinese => format!(
                "有 {} 条来自 relay 的消息无法读取（{why}）。如果持续出现，请刷新页面。",
                grouped(count)
            ),
        }
    }

    pub(crate) fn more_headers(self, more: u64) -> String {
        match self {
            Self::English => format!("and {}", plural(more, "more header", "more headers")),
            Self::Chinese => format!("还有 {} 个消息头", grouped(more)),
        }
    }

    pub(crate) fn times_returned(self, count: u64) -> String {
        match self {
            Self::English => plural(count, "time", "times"),
            Self::Chinese => format!("{} 次", grouped(count)),
        }
    }

    /// What the footer counts: the word behind the number.
    pub(crate) fn counted(self, what: Counted, count: u64) -> &'static str {
        match (self, what) {
            (Self::English, Counted::Received) => "received",
            (Self::English, Counted::Shown) => "shown",
            (Self::English, Counted::Dropped) => "dropped from view",
            (Self::English, Counted::Duplicates) if count == 1 => "duplicate",
            (Self::English, Counted::Duplicates) => "duplicates",
            (Self::English, Counted::Published) => "published",
            (Self::English, Counted::Delivered) => "delivered",
            (Self::English, Counted::Missed) => "missed",
            (Self::Chinese, Counted::Published) => "已发布",
            (Self::Chinese, Counted::Delivered) => "已投递",
            (Self::Chinese, Counted::Missed) => "遗漏",
            (Self::Chinese, Counted::Received) => "已接收",
            (Self::Chinese, Counted::Shown) => "显示中",
            (Self::Chinese, Counted::Dropped) => "已移出视图",
            (Self::Chinese, Counted::Duplicates) => "重复",
        }
    }
}

/// What the footer counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Counted {
    Received,
    Shown,
    Dropped,
    Duplicates,
    Published,
    Delivered,
    Missed,
}
