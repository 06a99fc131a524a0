//! Texts of a move: what it leaves out, why it cannot start, how far it is and what it did.

use crate::ui::{
    language::{Language, sentences, texts},
    number::grouped,
};

texts! {
    move_needs_send: "This token may not send: to move takes the right to send.",
        "此令牌无权发送：移动消息需要发送权限。";
    move_needs_receive: "This token may not receive: to move takes the right to receive.",
        "此令牌无权接收（receive）：移动消息需要接收权限。";
    move_not_connected: "Not connected: nothing can be moved now.", "未连接，暂时无法移动消息。";
    move_runs: "A move is under way.", "正在移动消息。";
    move_while_watching: "Watching: choose Receive with Manual ack to move.",
        "正在旁观（watch）：要移动消息，请选择接收（receive）和手动确认。";
    move_while_looking: "Looking: choose Receive with Manual ack to move.",
        "正在查看（look）：要移动消息，请选择接收（receive）和手动确认。";
    move_while_nothing: "Choose Receive with Manual ack to move.",
        "要移动消息，请选择接收（receive）和手动确认。";
    move_while_automatic: "Messages are acknowledged as they come: choose Manual ack to move.",
        "消息到达时会自动确认（ack）：要移动消息，请选择手动确认。";
    move_of_stream: "A stream keeps its messages: nothing can be moved out of it.",
        "stream 会保留消息，无法从中移出消息。";
    move_no_target: "There is no other queue to move to. Name one when starting the relay: --queue NAME.",
        "没有其他队列可作为目标。启动 relay 时请用 --queue NAME 指定。";
    move_stopped: "Stopped.", "已停止。";
    move_stopping: "Stopping: copies that are on their way are waited for.",
        "正在停止：等待已发出的副本得到确认。";
    move_stopped_failed: "Stopped, since a copy failed. The original stays.",
        "副本发送失败，已停止。原消息保留不变。";
    move_stopped_unconfirmed: "Stopped, since copies were not confirmed. The originals stay.",
        "副本未得到确认，已停止。原消息保留不变。";
    move_window_full: "Stopped: messages that the filter does not show take up the window. Settle some of them, and move again.",
        "已停止：不符合过滤条件的消息占满了预取窗口（prefetch）。请先处理其中一些，再继续移动。";
}

sentences! {
    moved_of(moved: &str, total: &str): "{moved} of {total} moved", "已移动 {moved} / {total}";
    move_lost_channel(source: &str):
        "Stopped: the channel to {source} was lost. What was not moved is back in {source}; the last messages may be in both queues, with the same message_id if they had one.",
        "已停止：到 {source} 的信道（channel）已断开。未移动的消息已回到 {source}；最后几条可能同时在两个队列中，原有的 message_id 保持不变。";
    move_lost_link(source: &str):
        "Stopped: the link to the relay was lost. What was not moved is back in {source}; select it again to go on. The last messages may be in both queues, with the same message_id if they had one.",
        "已停止：与 relay 的连接已断开。未移动的消息已回到 {source}，重新选择即可继续。最后几条可能同时在两个队列中，原有的 message_id 保持不变。";
    move_ended(source: &str, target: &str, numbers: &str):
        "This tab was reloaded during a move from {source} to {target}: {numbers}. What was not moved is back in {source}; select it again to go on. The last messages may be in both queues, with the same message_id if they had one.",
        "从 {source} 移动到 {target} 时，此标签页被刷新：{numbers}。未移动的消息已回到 {source}，重新选择即可继续。最后几条可能同时在两个队列中，原有的 message_id 保持不变。";
    move_source_left(source: &str):
        "Stopped: the page no longer receives from {source} with Manual ack.",
        "已停止：页面不再以手动确认方式从 {source} 接收。";
}

/// Headers that are named at most: anybody can write any number of them.
const MAX_NAMED: usize = 20;

impl Language {
    /// `left_out` are names, and how many messages have them.
    pub(crate) fn move_leaves_out(self, left_out: &[(String, u64)]) -> String {
        let named = left_out.iter().take(MAX_NAMED);
        let mut names: Vec<String> =
            named.map(|(name, count)| format!("{name} ({})", grouped(*count))).collect();
        let more = left_out.len().saturating_sub(MAX_NAMED);
        if more > 0 {
            names.push(match self {
                Self::English => format!("{} more", grouped(more as u64)),
                Self::Chinese => format!("另外 {} 项", grouped(more as u64)),
            });
        }
        match self {
            Self::English => {
                format!(
                    "Left out of the copies: {}. Everything else keeps its type.",
                    names.join(", ")
                )
            }
            Self::Chinese => {
                format!("副本中不包含：{}。其余内容及类型保持不变。", names.join("、"))
            }
        }
    }

    /// What a copy that goes into the form lacks.
    pub(crate) fn copy_leaves_out(self, names: &[String]) -> String {
        match self {
            Self::English => format!(
                "Left out: {}. RabbitMQ writes them itself, or they would send the copy elsewhere.",
                names.join(", ")
            ),
            Self::Chinese => format!(
                "已去掉：{}。它们由 RabbitMQ 自行写入，或会把副本发往别处。",
                names.join("、")
            ),
        }
    }

    pub(crate) fn move_names(self, count: u64) -> String {
        match self {
            Self::English if count == 1 => {
                "1 message has no message_id: its copy gets one.".to_owned()
            }
            Self::English => {
                format!("{} have no message_id: their copies get one.", self.messages(count))
            }
            Self::Chinese => {
                format!("{} 条消息没有 message_id：副本会得到新的 message_id。", grouped(count))
            }
        }
    }

    pub(crate) fn move_failed(self, count: u64, why: &str) -> String {
        match self {
            Self::English if count == 1 => format!("1 failed: {why}."),
            Self::English => format!("{} failed; the first: {why}.", grouped(count)),
            Self::Chinese if count == 1 => format!("1 条失败：{why}。"),
            Self::Chinese => format!("{} 条失败，第一条：{why}。", grouped(count)),
        }
    }

    pub(crate) fn move_gone(self, count: u64) -> String {
        match self {
            Self::English => {
                let was = if count == 1 { "was" } else { "were" };
                format!("{} {was} no longer open.", grouped(count))
            }
            Self::Chinese => format!("{} 条在移动之前已被处理。", grouped(count)),
        }
    }

    pub(crate) fn move_passed_over(self, count: u64) -> String {
        match self {
            Self::English => {
                let stays = if count == 1 { "is not shown" } else { "are not shown" };
                format!("{} {stays} by the filter.", grouped(count))
            }
            Self::Chinese => format!("{} 条不符合过滤条件。", grouped(count)),
        }
    }

    pub(crate) fn move_doubled(self, count: u64, source: &str, target: &str) -> String {
        let count = grouped(count);
        match self {
            Self::English => format!(
                "{count} copied to {target} and back in {source} as well, with the same message_id if \
                 they had one."
            ),
            Self::Chinese => {
                format!(
                    "{count} 条已复制到 {target}，同时又回到了 {source}，原有的 message_id 保持不变。"
                )
            }
        }
    }

    pub(crate) fn move_unconfirmed(self, count: u64, source: &str, target: &str) -> String {
        let count = grouped(count);
        match self {
            Self::English => format!(
                "{count} on the way without a confirm: still in {source}, and perhaps in {target} as \
                 well, with the same message_id if they had one."
            ),
            Self::Chinese => format!(
                "{count} 条已发出但未得到确认：仍在 {source} 中，也可能已在 {target} 中，原有的 message_id 保持不变。"
            ),
        }
    }

    pub(crate) fn move_left(self, count: u64, source: &str) -> String {
        let count = grouped(count);
        match self {
            Self::English => format!("{count} left in {source}."),
            Self::Chinese => format!("{source} 中还剩 {count} 条未移动。"),
        }
    }
}
