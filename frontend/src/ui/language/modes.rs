//! Texts of the three modes, Watch, Look and Receive: what they do and cost, and what a token allows.

use crate::ui::{
    language::{Language, sentences, texts},
    number::{grouped, plural},
};

texts! {
    mode: "Mode", "模式";
    start_with: "What to do with this queue", "如何处理此队列";
    watch: "Watch", "旁观";
    look: "Look", "查看";
    watch_does: "See copies of what is published and delivered; takes nothing.",
        "旁观（watch）：显示发布和投递的消息副本，不取走任何消息。";
    look_does: "Show what waits and give it back.", "查看（look）：显示等待中的消息，看完放回队列。";
    receive_does: "Take messages. It begins with Manual ack: what you do not acknowledge goes back. Auto ack is what receive.py does.",
        "接收（receive）：取走消息。开始时为手动确认，未确认的消息会放回队列；自动确认与 receive.py 相同。";
    may_not_watch: "This token may not watch.", "此令牌无权旁观（watch）。";
    may_not_look: "This token may not look.", "此令牌无权查看（look）。";
    may_not_receive: "This token may not receive.", "此令牌无权接收（receive）。";
    may_send: "send", "发送";
    may_receive: "receive", "接收";
    may_look: "look", "查看";
    may_watch: "watch", "旁观";
    start_watching: "Starting to watch…", "正在开始旁观…";
    start_looking: "Starting to look…", "正在开始查看…";
    not_looking: "not looking yet", "尚未开始查看";
    counts_unknown: "How many messages wait is not known yet.", "尚不清楚有多少消息在等待。";
    look_costs: "Looking marks these messages as redelivered and hides them from consumers meanwhile.",
        "查看会把这些消息标记为重新投递（redelivered），查看期间消费者收不到它们。";
    look_at_stream: "Looking into a stream costs nothing: its messages stay in it.",
        "查看 stream 没有代价：消息始终保留在其中。";
    look_at_quorum_4: " Quorum queue: each look counts towards its delivery limit, 20 unless the queue says otherwise.",
        "仲裁队列（quorum queue）：每次查看都计入 delivery limit，默认 20 次，除非队列另有设置。";
    look_if_quorum_4: " If this is a quorum queue, each look counts towards its delivery limit, 20 unless the queue says otherwise.",
        "如果这是仲裁队列（quorum queue），每次查看都计入 delivery limit，默认 20 次，除非队列另有设置。";
    look_at_quorum_3: " Quorum queue: each look counts towards its delivery limit, where it has one.",
        "仲裁队列（quorum queue）：如果设置了 delivery limit，每次查看都会计入。";
    look_if_quorum_3: " If this is a quorum queue with a delivery limit, each look counts towards it.",
        "如果这是设置了 delivery limit 的仲裁队列（quorum queue），每次查看都会计入。";
    look_not_counted: " Quorum queue: a look does not count towards its delivery limit.",
        "仲裁队列（quorum queue）：查看不计入 delivery limit。";
    look_at_quorum: " Quorum queue: before RabbitMQ 4.3 each look counts towards its delivery limit.",
        "仲裁队列（quorum queue）：在 RabbitMQ 4.3 之前，每次查看都计入 delivery limit。";
    look_if_quorum: " If this is a quorum queue, each look counts towards its delivery limit before RabbitMQ 4.3.",
        "如果这是仲裁队列（quorum queue），在 RabbitMQ 4.3 之前，每次查看都计入 delivery limit。";
    look_anyway: "Look anyway", "仍要查看";
    do_not_look: "Do not look", "不查看";
    look_again: "Look again", "再次查看";
    looks_again_by_itself: "The relay looks again by itself.", "relay 会自动重新检查。";
    not_watching: "nothing to watch", "无法旁观";
    read_without_place: "Begin without a place", "不指定位置重新开始";
    may_be_stream: "Messages wait, and none comes. Is this a stream? Then choose where to begin.",
        "队列中有消息，但没有收到。如果这是 stream，请选择起始位置。";
    begin_at: "from", "起始位置";
    begin_first: "First", "最早";
    begin_first_title: "The first message that is there", "现有的第一条消息";
    begin_last: "Last", "最后";
    begin_last_title: "The last chunk of messages", "最后一批消息（chunk）";
    begin_next: "Next", "新消息";
    begin_next_title: "What is published from now on", "从现在起发布的消息";
    begin_offset: "Offset…", "偏移量…";
    begin_offset_title: "The message with this offset", "指定偏移量（offset）的消息";
    begin_time: "Time…", "时间…";
    begin_time_title: "The first chunk of messages that was written at this time or later",
        "在此时间或之后写入的第一批消息（chunk）";
    offset: "Offset", "偏移量";
    time_of_day_utc: "Time (UTC)", "时间（UTC）";
    time_of_day_local: "Time (this computer's)", "时间（本机时区）";
    read_from_here: "Begin here", "从此处开始";
    offset_mistake: "A whole number from 0", "请输入 0 或更大的整数";
    time_mistake: "A date and a time since 1970", "请输入 1970 年以后的日期和时间";
}

sentences! {
    copies_of(queue: &str): "copies of what is published to and delivered from {queue}",
        "发布到 {queue} 以及从中投递的消息副本";
    reading_stream(queue: &str): "reading the stream {queue}, which keeps its messages",
        "正在读取 stream {queue}，消息会保留在其中";
    nothing_taken(queue: &str): "nothing is taken from {queue}", "未从 {queue} 取走任何消息";
    looking_into(queue: &str): "looking into {queue}", "正在查看 {queue}";
    nothing_waits(queue: &str): "looking into {queue}, where nothing waits", "正在查看 {queue}，没有等待的消息";
    consumers_first(queue: &str, ready: &str): "looking into {queue}: consumers get the {ready} that wait first",
        "正在查看 {queue}：等待的 {ready} 条消息优先投递给消费者";
    looked(count: &str): "{count} shown, all given back when you leave", "显示 {count} 条，离开时全部放回队列";
    look_full(count: &str): "A look shows {count} messages at most; others wait.", "一次查看最多显示 {count} 条，其余消息仍在等待。";
    watch_hint(queue: &str): "What is published to {queue} and delivered from it shows here.",
        "发布到 {queue} 以及从中投递的消息会显示在这里。";
    tracing_is_off(vhost: &str): "Nothing to watch: tracing is off on the vhost {vhost}. On the broker's machine, run",
        "无法旁观：虚拟主机（vhost）{vhost} 未开启 tracing。请在 RabbitMQ 所在机器上运行：";
    stream_offset(offset: &str): "offset {offset}", "偏移量 {offset}";
    stream_offset_title(offset: &str): "Its place in the stream, x-stream-offset: {offset}",
        "在 stream 中的位置（x-stream-offset）：{offset}";
}

impl Language {
    /// What a token may do.
    pub(crate) fn token_may(self, may: &[&str]) -> String {
        match (self, may) {
            (Self::English, [all @ .., last]) if !all.is_empty() => {
                format!("this token may {} and {last}", all.join(", "))
            }
            (Self::English, _) => format!("this token may only {}", may.concat()),
            (Self::Chinese, [only]) => format!("此令牌只能{only}"),
            (Self::Chinese, _) => format!("此令牌可以{}", may.join("、")),
        }
    }

    pub(crate) fn waiting_in(self, queue: &str, ready: u32, consumers: u32) -> String {
        let (ready, consumers) = (u64::from(ready), u64::from(consumers));
        match (self, ready) {
            (Self::English, _) => {
                let messages = plural(ready, "message waits", "messages wait");
                format!("{messages} in {queue}, {}", plural(consumers, "consumer", "consumers"))
            }
            (Self::Chinese, _) => format!(
                "{queue} 中有 {} 条消息等待，{} 个消费者",
                grouped(ready),
                grouped(consumers)
            ),
        }
    }

    /// Why a look does not start at once: a message was delivered so many times.
    pub(crate) fn look_risk(self, queue: &str, times: u64) -> String {
        let times = grouped(times);
        match self {
            Self::English => format!(
                "A message in {queue} was delivered {times} times. Each look counts, and beyond the \
                 delivery limit, 20 unless the queue says otherwise, RabbitMQ drops or dead-letters \
                 messages: this look may be their last."
            ),
            Self::Chinese => format!(
                "{queue} 中有消息已投递 {times} 次。每次查看都会计数，超过 delivery limit（默认 20 \
                 次，除非队列另有设置）后消息会被丢弃或成为死信（dead letter）：这次查看之后就可能如此。"
            ),
        }
    }
}
