//! Texts of a replay: an exported file that is sent again.

use crate::ui::{
    language::{Language, sentences, texts},
    number::{grouped, plural},
};

texts! {
    replay_open: "Replay…", "重放…";
    replay_title: "Send the messages of an exported file again", "重新发送导出文件中的消息";
    replay: "Replay", "重放";
    replay_unreadable: "The file cannot be read.", "无法读取该文件。";
    replay_empty: "There is no message in this file. Replay reads what Export has written, one JSON object on each line.",
        "此文件中没有消息。重放读取“导出”生成的文件，每行一个 JSON 对象。";
    replay_target: "To which queue", "目标队列";
    replay_own: "Each to its own", "各自的队列";
    replay_one: "All to one queue", "同一个队列";
    replay_queue: "Queue of all messages", "全部消息的目标队列";
    replay_choose_queue: "Choose a queue that this page may send to", "请选择此页面可以发送到的队列";
    replay_not_connected: "Not connected yet: the queues are not known", "尚未连接，还不知道有哪些队列";
    replay_ids: "Message ids", "message_id";
    replay_same: "The same", "保持不变";
    replay_new: "New ones", "重新生成";
    replay_fastest: "Fastest", "尽可能快";
    replay_steady: "At a rate", "固定速率";
    replay_original: "Original pauses", "按原有间隔";
    replay_failure: "At a failure", "失败时";
    replay_stop: "Stop", "停止";
    replay_go_on: "Go on", "继续";
    replay_progress: "Replay progress", "重放进度";
    replay_runs: "A replay is running", "正在重放";
    replay_stopped: "Stopped.", "已停止。";
    replay_stopped_failed: "Stopped, since a message failed. The list says why.",
        "有消息发送失败，已停止。原因见列表。";
    replay_stopped_file: "Stopped, since the file could not be read any further.", "无法继续读取文件，已停止。";
    between_sentences: " ", "";
    line_too_long: "it is longer than any message", "内容过长，不可能是一条消息";
    line_no_text: "it is not UTF-8", "不是 UTF-8 文本";
    line_only_size: "its body has only a size (bytes), not the content", "消息体只有大小（bytes），没有内容";
    no_queue_named: "no queue", "未指明队列";
    replay_largest: "The largest body", "最大的消息体";
    replay_timeless: "The file has no times, so there are no pauses to keep.", "文件中没有时间，无法保持原有间隔。";
}

sentences! {
    replay_counting(name: &str, count: &str, percent: u64):
        "Reading {name}: {count} so far, {percent} %", "正在读取 {name}：已有 {count}，{percent}%";
    replay_found(name: &str, count: &str, bytes: &str): "{name}: {count}, {bytes}", "{name}：{count}，{bytes}";
    replay_to_queue(queue: &str, count: &str): "{queue}: {count}", "{queue}：{count}";
    replay_unknown(count: &str, queue: &str, line: u64):
        "{count} would fail: this page may not send to \"{queue}\" (first in line {line})",
        "{count}会失败：此页面不能发送到“{queue}”（首次出现在第 {line} 行）";
    replay_unnamed(count: &str, line: u64):
        "{count} would fail: no queue is named (first in line {line})",
        "{count}会失败：未指明队列（首次出现在第 {line} 行）";
    line_long_queue(max: usize): "the name of its queue has more than {max} bytes", "队列名超过 {max} 字节";
    line_wrong(line: u64, why: &str): "line {line}: {why}", "第 {line} 行：{why}";
    line_no_json(column: usize): "it is not JSON, from character {column} on", "从第 {column} 个字符起不是 JSON";
    line_no_message(why: &str): "it is not a message: {why}", "不是消息：{why}";
    replay_stopped_line(line: &str): "Stopped at {line}.", "已停在{line}。";
    replay_stopped_queue(line: u64, queue: &str):
        "Stopped at line {line}: this page may not send to queue \"{queue}\".",
        "已停在第 {line} 行：此页面不能发送到队列“{queue}”。";
    replay_stopped_unnamed(line: u64):
        "Stopped at line {line}: no queue is named.", "已停在第 {line} 行：未指明队列。";
}

impl Language {
    pub(crate) fn replay_wrong_lines(self, count: u64, first: &str) -> String {
        match self {
            Self::English => {
                format!("{}; the first: {first}", plural(count, "line is wrong", "lines are wrong"))
            }
            Self::Chinese => format!("{} 行有误，首个是{first}", grouped(count)),
        }
    }

    pub(crate) fn replay_ended(self, made: u64, total: u64) -> String {
        let [made, total] = [made, total].map(grouped);
        match self {
            Self::English => format!(
                "The replay ended at {made} of {total} when this tab was reloaded or closed. Those of \
                 them that were not confirmed are kept as far as this browser has room; the rest of \
                 the file was not sent."
            ),
            Self::Chinese => format!(
                "此标签页刷新或关闭时，重放停在 {made} / {total}。其中未确认的消息已尽量保留在此浏览器中；\
                 文件的其余部分未发送。"
            ),
        }
    }

    pub(crate) fn replay_unknown_queues(self, messages: u64, queues: u64) -> String {
        let messages = self.messages(messages);
        match self {
            Self::English => {
                let queues = plural(queues, "queue", "queues");
                format!("{messages} would fail: this page may not send to {queues} of the file")
            }
            Self::Chinese => {
                format!("{messages}会失败：此页面不能发送到文件中的 {} 个队列", grouped(queues))
            }
        }
    }

    pub(crate) fn replay_more_queues(self, queues: u64, messages: u64) -> String {
        let messages = self.messages(messages);
        match self {
            Self::English => {
                let queues = plural(queues, "more queue", "more queues");
                format!("and {queues}: {messages}")
            }
            Self::Chinese => format!("另有 {} 个队列：{messages}", grouped(queues)),
        }
    }

    pub(crate) fn replay_further(self, messages: u64, max: u64) -> String {
        let (messages, max) = (self.messages(messages), grouped(max));
        match self {
            Self::English => format!(
                "The file has more than {max} queues. {messages} for the others are not checked here, \
                 and may fail."
            ),
            Self::Chinese => {
                format!("文件中的队列超过 {max} 个。其余队列的 {messages}未在此检查，可能会失败。")
            }
        }
    }

    pub(crate) fn replay_delivered(self, count: u64) -> String {
        match self {
            Self::English => {
                let deliveries = plural(count, "delivery", "deliveries");
                let are = if count == 1 { "is" } else { "are" };
                format!(
                    "{deliveries} of a watch {are} left out: only what was published is sent again"
                )
            }
            Self::Chinese => format!(
                "旁观（watch）导出中的 {} 条投递记录不发送：只重新发送“已发布”的消息",
                grouped(count)
            ),
        }
    }

    /// So many `more` names are not among `names`.
    pub(crate) fn replay_left_out(self, names: &str, more: u64) -> String {
        match self {
            Self::English if more == 0 => format!("Left out of the copies: {names}"),
            Self::English => format!("Left out of the copies: {names} and {} more", grouped(more)),
            Self::Chinese if more == 0 => format!("副本中不包含：{names}"),
            Self::Chinese => format!("副本中不包含：{names}，另有 {} 项", grouped(more)),
        }
    }

    pub(crate) fn replay_passed_over(self, count: u64) -> String {
        match self {
            Self::English => format!("{} skipped", plural(count, "line", "lines")),
            Self::Chinese => format!("已跳过 {} 行", grouped(count)),
        }
    }

    pub(crate) fn replay_open_messages(self, count: u64) -> String {
        let messages = self.messages(count);
        match self {
            Self::English => format!("{messages} not confirmed yet."),
            Self::Chinese => format!("还有 {messages}未确认。"),
        }
    }

    pub(crate) fn replay_left(self, count: u64) -> String {
        match self {
            Self::English => {
                let were = if count == 1 { "was" } else { "were" };
                format!("{} of the file {were} not sent.", self.messages(count))
            }
            Self::Chinese => format!("文件中还有 {}未发送。", self.messages(count)),
        }
    }

    pub(crate) fn may_be_in_queue(self, count: u64) -> String {
        let messages = self.messages(count);
        match self {
            Self::English if count == 1 => format!(
                "{messages} was on its way when the connection was lost: it may be in its queue."
            ),
            Self::English => format!(
                "{messages} were on their way when the connection was lost: they may be in their queues."
            ),
            Self::Chinese => format!("连接断开时有 {messages}正在发送，可能已进入队列。"),
        }
    }

    pub(crate) fn replay_next_in(self, ms: f64) -> String {
        let span = self.span(ms);
        match self {
            Self::English => format!("Next message in {span}."),
            Self::Chinese => format!("{span}后发送下一条消息。"),
        }
    }

    pub(crate) fn replay_pauses(self, ms: f64) -> String {
        let span = self.span(ms);
        match self {
            Self::English => format!("All pauses together take {span}."),
            Self::Chinese => format!("所有间隔共 {span}。"),
        }
    }

    pub(crate) fn replay_long_pauses(self, count: u64, max_ms: f64) -> String {
        let max = self.span(max_ms);
        match self {
            Self::English if count == 1 => {
                format!("1 pause is longer than {max} and is cut to {max}.")
            }
            Self::English => {
                let count = grouped(count);
                format!("{count} pauses are longer than {max} and are cut to {max}.")
            }
            Self::Chinese => {
                format!("{} 处间隔超过 {max}，将缩短为 {max}。", grouped(count))
            }
        }
    }

    pub(crate) fn replay_backwards(self, count: u64) -> String {
        match self {
            Self::English if count == 1 => {
                "1 message is older than the one before it and is sent without a pause.".to_owned()
            }
            Self::English => {
                let count = grouped(count);
                format!(
                    "{count} messages are older than the one before them and are sent without a pause."
                )
            }
            Self::Chinese => {
                format!("{}早于前一条消息，不间隔直接发送。", self.messages(count))
            }
        }
    }

    pub(crate) fn replay_some_timeless(self, count: u64) -> String {
        match self {
            Self::English if count == 1 => {
                "1 message has no time and is sent without a pause.".to_owned()
            }
            Self::English => {
                format!("{} messages have no time and are sent without a pause.", grouped(count))
            }
            Self::Chinese => format!("{}没有时间，不间隔直接发送。", self.messages(count)),
        }
    }

    /// `45 s`, `1 min 30 s`, `2 h 5 min`, `3 d 4 h`: the largest two units, the time rounded up to
    /// whole seconds.
    fn span(self, ms: f64) -> String {
        let seconds = (ms / 1_000.0).ceil() as u64;
        let ((large, large_unit), (small, small_unit)) = match seconds {
            0..60 => ((0, 0), (seconds, 0)),
            60..3_600 => ((seconds / 60, 1), (seconds % 60, 0)),
            3_600..86_400 => ((seconds / 3_600, 2), (seconds / 60 % 60, 1)),
            _ => ((seconds / 86_400, 3), (seconds / 3_600 % 24, 2)),
        };
        let units = match self {
            Self::English => ["s", "min", "h", "d"],
            Self::Chinese => ["秒", "分钟", "小时", "天"],
        };
        let part = |number: u64, unit: usize| format!("{} {}", grouped(number), units[unit]);
        match (large, small) {
            (0, _) => part(small, small_unit),
            (_, 0) => part(large, large_unit),
            _ => format!("{} {}", part(large, large_unit), part(small, small_unit)),
        }
    }
}
