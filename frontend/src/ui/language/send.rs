//! Texts of the Send panel.

use crate::ui::{
    language::{Language, sentences, texts},
    number::{grouped, plural},
};

texts! {
    send: "Send", "发送";
    to: "to", "到";
    send_to: "Send to", "发送到";
    message_body: "Message body", "消息体";
    format: "Format", "格式";
    lay_out: "Format JSON", "格式化 JSON";
    lay_out_short: "Format", "格式化";
    format_text: "Text", "文本";
    format_json: "JSON", "JSON";
    format_base64: "Base64", "Base64";
    format_file: "File", "文件";
    line_ends: "Line ends", "换行符";
    choose_file: "Choose a file", "选择文件";
    or_drop: "or drop one anywhere on this page", "或将文件拖到页面任意位置";
    no_file: "Choose a file", "请选择文件";
    file_is_read: "The file is being read", "正在读取文件";
    file_unreadable: "The file cannot be read", "无法读取该文件";
    file_of_message: "body of a message", "消息体";
    the_body: "The body", "消息体";
    send_hint: "Ctrl+Enter or ⌘+Enter sends", "按 Ctrl+Enter 或 ⌘+Enter 发送";
    properties_and_headers: "Properties and headers", "属性和消息头";
    add_property: "+ property", "+ 属性";
    add_property_name: "Add a property", "添加属性";
    add_header: "+ header", "+ 消息头";
    add_header_name: "Add a header", "添加消息头";
    header_name: "Header name", "消息头名称";
    header_type: "Header type", "消息头类型";
    header_value: "Header value", "消息头的值";
    name_here: "name", "名称";
    value_here: "value", "值";
    between_errors: "; ", "；";
    new_header: "new header", "新消息头";
    headers_as_json: "as JSON", "JSON 编辑";
    headers_as_json_name: "Edit all headers as JSON", "以 JSON 编辑全部消息头";
    headers_as_json_wrong: "First correct the headers", "请先更正消息头";
    headers_json: "Headers as JSON", "消息头（JSON）";
    headers_json_hint: "Other AMQP types: {\"$type\": \"long_int\", \"value\": 5}, also short_int, timestamp, float, double, byte_array. Arrays are field-arrays, objects tables, null is void.",
        "其他 AMQP 类型：{\"$type\": \"long_int\", \"value\": 5}，还有 short_int、timestamp、float、double、byte_array。数组即 field-array，对象即 field-table，null 即 void。";
    headers_no_object: "The headers are one JSON object: {\"name\": value}", "消息头应为一个 JSON 对象：{\"名称\": 值}";
    header_twice: "there is a header of this name already", "消息头重名";
    remove: "Remove", "删除";
    done: "Done", "完成";
    yes: "yes", "是";
    no: "no", "否";
    as_it_was: "as it was", "保持原样";
    hint_priority: "0 to 255", "0 到 255";
    hint_expiration: "milliseconds", "毫秒";
    hint_message_id: "a new UUID", "自动生成 UUID";
    priority_wrong: "A whole number from 0 to 255", "请输入 0 到 255 的整数";
    expiration_wrong: "Whole milliseconds, from 0 to 4,294,967,295", "请输入 0 到 4,294,967,295 的整数（毫秒）";
    too_long: "At most 255 bytes", "最多 255 字节";
    name_missing: "A name is missing", "缺少名称";
    not_a_number: "Not a number", "不是数字";
    number_too_long: "A number; whole ones have 64 bits at most", "请输入数字；整数最多 64 位";
    base64_last_bits: "Not Base64: the last character has bits that belong to no byte",
        "不是有效的 Base64：最后一个字符有多余的位";
    base64_short: "Not Base64: a character is missing at the end", "不是有效的 Base64：末尾缺少字符";
    sent: "Sent", "已发送";
    nothing_sent: "nothing yet", "暂无";
    all_confirmed: "all confirmed", "全部已确认";
    send_again: "Send again", "再次发送";
    edit: "Edit", "编辑";
    waiting: "waiting", "等待中";
    sending: "sending", "发送中";
    failed: "failed", "失败";
    claim_queued: "[ ] Queued", "[ ] 等待发送";
    claim_sending: "[ ] Sending", "[ ] 正在发送";
    claim_sent: "[x] Sent", "[x] Sent";
    claim_failed: "[!] Failed", "[!] 发送失败";
    repeat: "Repeat", "重复发送";
    repeat_open: "Repeat…", "重复发送…";
    how_many: "How many", "数量";
    fill_in: "Fill in {n}, {uuid}, {now}", "替换 {n}、{uuid}、{now}";
    number_hint: "In the text, in properties and header texts: {n} becomes 1, 2, 3…, {uuid} a new UUID for each message, {now} the time. {{n}} is sent as {n}.",
        "在消息体、属性和文本类型的消息头中：{n} 替换为 1、2、3…，{uuid} 替换为每条消息的新 UUID，{now} 替换为当前时间。{{n}} 按 {n} 原样发送。";
    number_texts_only: "Only in Text and JSON", "仅适用于文本和 JSON";
    rate: "Rate", "速率";
    fast: "As fast as possible", "尽可能快";
    steady: "At a steady rate", "固定速率";
    per_second: "Per second", "每秒";
    start: "Start", "开始";
    stop: "Stop", "停止";
    repeat_progress: "Repeat progress", "重复发送进度";
    messages_confirmed: "Messages confirmed", "已确认的消息";
    repeat_runs: "A repeat is running", "正在重复发送";
    correct_number: "First correct the number above", "请先更正上面的数字";
    correct_message: "First correct the message above", "请先更正上面的消息";
    sending_waits: "Waiting until RabbitMQ takes messages. Sending goes on by itself.",
        "正在等待 RabbitMQ 接收消息，恢复后会自动继续。";
    room_bytes: "Not sent: 64 MiB already wait for the broker. Send again when some are confirmed.",
        "未发送：已有 64 MiB 消息在等待确认。请等部分消息确认后再发送。";
    fail_returned: "the queue is gone", "队列已不存在";
    fail_nacked: "the broker refused it", "RabbitMQ 拒绝了该消息";
    fail_too_large: "too large", "消息过大";
    fail_property: "a property is not allowed", "有不允许的属性";
    fail_not_allowed: "the relay does not let this page send", "relay 不允许此页面发送";
    fail_unknown_queue: "the relay does not offer this queue", "relay 未提供此队列";
    fail_too_many: "too many wait for the broker", "等待确认的消息过多";
    fail_broker_down: "the broker is away", "RabbitMQ 未连接";
}

sentences! {
    header_exists(name: &str): "There is a header {name} already", "已有名为 {name} 的消息头";
    header_wrong_at(name: &str, line: usize, column: usize, why: &str):
        "Header \"{name}\", line {line}, column {column}: {why}", "消息头“{name}”，第 {line} 行第 {column} 列：{why}";
    header_type_unknown(name: &str): "the type {name} is unknown", "未知类型 {name}";
    header_value_is_no(name: &str): "the value is no {name}", "值不是 {name}";
    header_number_too_large(digits: &str):
        "{digits} does not fit 64 bits with a sign", "{digits} 超出 64 位有符号整数";
    headers_too_deep(max: usize):
        "headers may be nested {max} deep at most", "消息头最多嵌套 {max} 层";
    whole_number_up_to(max: &str): "A whole number from 1 to {max}", "请输入 1 到 {max} 的整数";
    base64_character(character: char, at: usize):
        "Not Base64: '{character}' at character {at} is out of place",
        "不是有效的 Base64：第 {at} 个字符“{character}”无效";
    too_large(what: &str, bytes: &str, max: &str):
        "{what} has {bytes} bytes; the relay takes at most {max}",
        "{what}有 {bytes} 字节；relay 最多接收 {max} 字节";
    with_colon(name: &str, what: &str): "{name}: {what}", "{name}：{what}";
    wire_too_large(bytes: &str, max: &str):
        "with its headers it takes {bytes} bytes on the wire, and the relay reads at most {max}; send less in one message, or let the relay read more ([limits] max-message)",
        "连同消息头，传输时共 {bytes} 字节，relay 最多读取 {max} 字节；请减小单条消息，或调大 relay 的限制（[limits] max-message）";
    reading_file(name: &str): "Reading {name}…", "正在读取 {name}…";
    remove_named(name: &str): "Remove {name}", "删除 {name}";
    leave_out(name: &str): "Leave out {name}", "去掉 {name}";
    edit_named(name: &str): "Edit {name}", "编辑 {name}";
    edit_valued(name: &str, value: &str): "Edit {name}: {value}", "编辑 {name}：{value}";
    milliseconds(count: &str): "{count} ms", "{count} 毫秒";
    confirmed_of(confirmed: &str, total: &str): "{confirmed} of {total} confirmed", "已确认 {confirmed} / {total}";
    failed_count(count: &str): "{count} failed", "{count} 条失败";
    count_per_second(count: &str): "{count} per second", "每秒 {count} 条";
    done_in(seconds: &str): "Done in {seconds} s.", "已完成，用时 {seconds} 秒。";
    room_messages(count: &str):
        "Not sent: {count} messages already wait for the broker. Send again when some are confirmed.",
        "未发送：已有 {count} 条消息在等待确认。请等部分消息确认后再发送。";
    to_queue(queue: &str): "to {queue}", "到 {queue}";
}

impl Language {
    pub(crate) fn repeat_stopped(self, made: u64) -> String {
        match self {
            Self::English => format!("Stopped after {}.", plural(made, "message", "messages")),
            Self::Chinese => format!("已在 {} 条后停止。", grouped(made)),
        }
    }

    pub(crate) fn repeat_stopping(self, made: u64, open: u64) -> String {
        match self {
            Self::English => format!(
                "Stopped after {}; {} still being sent.",
                plural(made, "message", "messages"),
                plural(open, "is", "are"),
            ),
            Self::Chinese => {
                format!("已在 {} 条后停止；还有 {} 条正在发送。", grouped(made), grouped(open))
            }
        }
    }

    pub(crate) fn repeat_failed(self, made: u64) -> String {
        match self {
            Self::English => format!(
                "Stopped after {}, since too many failed. The list says why.",
                plural(made, "message", "messages")
            ),
            Self::Chinese => {
                format!("失败过多，已在 {} 条后停止。原因见列表。", grouped(made))
            }
        }
    }

    pub(crate) fn repeat_ended(self, made: u64, total: u64) -> String {
        let [made, total] = [made, total].map(grouped);
        match self {
            Self::English => format!(
                "The repeat ended at {made} of {total} when this tab was reloaded or closed. Those of \
                 them that were not confirmed are kept as far as this browser has room; the rest was \
                 not made."
            ),
            Self::Chinese => format!(
                "此标签页刷新或关闭时，重复发送停在 {made} / {total}。其中未确认的消息已尽量保留在此浏览器中；\
                 其余未生成。"
            ),
        }
    }

    pub(crate) fn waits_here(self, count: u64) -> String {
        match self {
            Self::English => {
                let (wait, them) = if count == 1 { ("waits", "it") } else { ("wait", "them") };
                format!("{} {wait} here until the broker takes {them}.", self.messages(count))
            }
            Self::Chinese => format!("{} 条消息在此等待，RabbitMQ 恢复后发送。", grouped(count)),
        }
    }

    pub(crate) fn reload_loses(self, count: u64) -> String {
        match self {
            Self::English => {
                format!("A reload would lose {}. Keep this tab open.", self.messages(count))
            }
            Self::Chinese => format!("刷新会丢失 {} 条消息，请保持此标签页打开。", grouped(count)),
        }
    }

    pub(crate) fn no_longer_listed(self, count: u64) -> String {
        match self {
            Self::English => {
                let failed = plural(count, "failed message is", "failed messages are");
                format!("{failed} no longer listed.")
            }
            Self::Chinese => format!("{} 条失败的消息已不在列表中。", grouped(count)),
        }
    }

    /// `2 queued`, `1 in flight`, `3 failed`, `12,034 confirmed`.
    pub(crate) fn send_totals(self, [queued, in_flight, failed, confirmed]: [u64; 4]) -> String {
        let words = match self {
            Self::English => ["waiting", "in flight", "failed", "confirmed"],
            Self::Chinese => ["条等待", "条发送中", "条失败", "条已确认"],
        };
        let counts = [queued, in_flight, failed, confirmed].into_iter().zip(words);
        let counts: Vec<String> = counts
            .filter(|(count, _)| *count > 0)
            .map(|(count, word)| format!("{} {word}", grouped(count)))
            .collect();
        match counts.as_slice() {
            [] => self.nothing_sent().to_owned(),
            [_] if queued + in_flight + failed == 0 => {
                format!("{} · {}", grouped(confirmed), self.all_confirmed())
            }
            several => several.join(" · "),
        }
    }
}
