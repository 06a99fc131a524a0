//! Texts of the selection of rows, and of what is done with many messages at once.

use crate::ui::{
    language::{Language, sentences, texts},
    number::{grouped, plural},
};

texts! {
    selected_messages: "Selected messages", "已选中的消息";
    clear_selection: "Clear the selection", "取消选择";
    select_all_shown: "Select all that the list shows", "选中列表中的全部消息";
    ack_selection: "Ack the selection", "确认（ack）已选中的消息";
    requeue_selection: "Requeue the selection", "将已选中的消息重新入队（requeue）";
    reject_selection: "Reject the selection…", "拒绝（reject）已选中的消息…";
    send_selection: "Send the selection again…", "再次发送已选中的消息…";
    export_selection: "Export the selection", "导出已选中的消息";
    export_selection_title: "Saves the selected messages, as NDJSON", "将已选中的消息保存为 NDJSON 文件";
    send_again_ids: "Each copy gets a new message_id.", "每个副本都会得到新的 message_id。";
    receive_by_hand: "Receive with Manual ack", "以手动确认方式接收";
    select_only: "Select only", "只选中";
    keep: "Keep", "保留";
    cancel: "Cancel", "取消";
    move_messages: "Move", "移动";
    move_to_other: "Move to", "移动到";
    stop_move: "Stop the move", "停止移动";
    key_select: "Select the marked message, or no longer", "选中当前消息，或取消选中";
}

sentences! {
    select_message(number: &str): "Select message {number}", "选中消息 {number}";
    all_shown(count: &str): "All {count}", "全部 {count} 条";
    move_to(queue: &str): "Move to {queue}", "移动到 {queue}";
    move_selection(queue: &str): "Move the selection to {queue}…", "将已选中的消息移动到 {queue}…";
    move_question(messages: &str, from: &str, to: &str): "Move {messages} from {from} to {to}?",
        "将 {messages}从 {from} 移动到 {to}？";
    move_one_question(number: &str, from: &str, to: &str): "Move message {number} from {from} to {to}?",
        "将消息 {number} 从 {from} 移动到 {to}？";
    send_again_question(messages: &str, queue: &str): "Send {messages} again, to {queue}?",
        "将 {messages}再次发送到 {queue}？";
}

impl Language {
    pub(crate) fn selected(self, count: u64) -> String {
        let count = grouped(count);
        match self {
            Self::English => format!("{count} selected"),
            Self::Chinese => format!("已选中 {count} 条"),
        }
    }

    /// What a button does, where it can do so with some of the selected messages only.
    pub(crate) fn some_of(self, what: &str, some: u64, all: u64) -> String {
        let (some, all) = (grouped(some), grouped(all));
        match self {
            Self::English => format!("{what} {some} of {all}"),
            Self::Chinese => format!("{what} {some}/{all} 条"),
        }
    }

    pub(crate) fn reject_question(self, count: u64, queue: &str) -> String {
        let messages = self.messages(count);
        match (self, count) {
            (Self::English, 1) => {
                format!("Reject 1 message? It is dropped, or dead-lettered where {queue} says so.")
            }
            (Self::English, _) => format!(
                "Reject {messages}? They are dropped, or dead-lettered where {queue} says so."
            ),
            (Self::Chinese, _) => format!(
                "拒绝 {messages}？它们会被丢弃；如果 {queue} 配置了死信交换机（DLX），则会成为死信（dead letter）。"
            ),
        }
    }

    /// Messages that a reload has lost before they went into the outbox.
    pub(crate) fn not_sent_again(self, count: u64) -> String {
        match self {
            Self::English => {
                let were = plural(count, "message was", "messages were");
                format!(
                    "{were} still to be sent again when this tab was reloaded or closed, and will not \
                     be."
                )
            }
            Self::Chinese => format!(
                "此标签页刷新或关闭时，还有 {} 条消息等待再次发送，这些消息不会发送。",
                grouped(count)
            ),
        }
    }

    /// Where rejected messages of several queues come from.
    pub(crate) fn their_queues(self) -> &'static str {
        match self {
            Self::English => "each one's queue",
            Self::Chinese => "各自的队列",
        }
    }

    /// Messages that died alike.
    pub(crate) fn death_group(self, count: u64, reason: &str, queue: &str) -> String {
        let count = grouped(count);
        match self {
            Self::English => format!("{count} {reason} from {queue}"),
            Self::Chinese => format!("{count} 条来自 {queue}（{reason}）"),
        }
    }

    /// Those of the groups that are not named.
    pub(crate) fn other_groups(self, count: u64) -> String {
        match self {
            Self::English => plural(count, "other", "others"),
            Self::Chinese => format!("其他 {} 条", grouped(count)),
        }
    }

    pub(crate) fn not_dead(self, count: u64) -> String {
        let count = grouped(count);
        match self {
            Self::English => format!("{count} not dead-lettered"),
            Self::Chinese => format!("{count} 条不是死信（dead letter）"),
        }
    }

    /// Moves what the page has, and what is still in the queue.
    pub(crate) fn move_all(self, count: u64, queue: &str, filtered: bool) -> String {
        let count = grouped(count);
        match (self, filtered) {
            (Self::English, false) => format!("Move all {count} of {queue}"),
            (Self::English, true) => format!("Move those of all {count} that pass the filter"),
            (Self::Chinese, false) => format!("移动 {queue} 的全部 {count} 条"),
            (Self::Chinese, true) => format!("移动全部 {count} 条中符合过滤条件的"),
        }
    }
}
