//! Texts of the connection: the status, the strip that says what is wrong, the queues, the token.

use crate::ui::{
    language::{Language, sentences, texts},
    number::{grouped, plural},
};

texts! {
    status: "Status", "状态";
    connected: "Connected", "已连接";
    connecting: "Connecting…", "正在连接…";
    not_connected: "Not connected", "未连接";
    blocked: "Blocked", "已阻塞";
    token_needed: "Token needed", "需要令牌";
    broker_gone: "RabbitMQ is not connected.", "未连接到 RabbitMQ。";
    broker_blocks: "RabbitMQ takes no messages now.", "RabbitMQ 当前不接收消息。";
    broker_blocks_hint: "It has raised a memory or disk alarm; sending goes on by itself once that is over.",
        "内存或磁盘告警已触发；告警解除后会自动继续发送。";
    relay_gone: "Relay unreachable", "无法连接 relay";
    relay_gone_hint: "Check that the relay runs and that this computer is online. Nothing is lost: what was sent waits here.",
        "请检查 relay 是否在运行、网络是否可用。消息不会丢失：已发送的内容会在这里等待。";
    relay_ended: "The relay ended this session", "relay 结束了本次会话";
    relay_refused: "The relay refused access", "relay 拒绝访问";
    relay_too_big: "The relay refused a message as too large", "relay 拒绝了一条过大的消息";
    relay_full: "The relay is full", "relay 连接数已满";
    relay_other_token: "The relay asks for another token", "relay 要求使用其他令牌";
    relay_other_version: "The relay speaks another version; reload this page", "relay 的版本不同，请刷新页面";
    try_now: "Try now", "立即重试";
    trying_now: "Trying now", "正在重试";
    queues: "Queues", "队列";
    other_token: "this relay asks for another token", "此 relay 要求使用其他令牌";
    token: "Token", "令牌";
    token_enter: "Enter", "进入";
    token_checking: "Checking the token…", "正在验证令牌…";
    token_hint: "The relay prints it when it starts, as part of the address to open; or ask whoever runs it. This tab keeps it until it is closed.",
        "relay 启动时会打印带令牌的访问地址；也可以向运维人员索取。令牌只保存在此标签页中，关闭后即丢弃。";
}

sentences! {
    next_try(seconds: u64): "Next try in {seconds} s", "{seconds} 秒后重试";
    with_reason(what: &str, reason: &str): "{what} ({reason})", "{what}（{reason}）";
}

impl Language {
    pub(crate) fn consumers(self, count: u64) -> String {
        match self {
            Self::English => plural(count, "consumer", "consumers"),
            Self::Chinese => format!("{} 个消费者", grouped(count)),
        }
    }

    pub(crate) fn ready(self, count: u64) -> String {
        match self {
            Self::English => plural(count, "ready", "ready"),
            Self::Chinese => format!("{} 条待消费", grouped(count)),
        }
    }
}
