//! Texts that belong to no panel: the header's controls, keys, the palette, dividers.

use crate::ui::language::{sentences, texts};

texts! {
    dismiss: "Dismiss", "关闭";
    close: "Close", "关闭";
    language: "Language", "语言";
    theme_system: "Theme: system", "主题：跟随系统";
    theme_light: "Theme: light", "主题：浅色";
    theme_dark: "Theme: dark", "主题：深色";
    keys: "Keys", "快捷键";
    all_keys: "All keys", "全部快捷键";
    actions: "Actions", "操作";
    find_action: "Find an action", "查找操作";
    no_action: "No action has this name.", "没有找到这个操作。";
    key_next: "Next message", "下一条消息";
    key_previous: "Previous message", "上一条消息";
    key_open: "Open the marked message", "打开当前消息";
    key_close: "Close what is open", "关闭已打开的面板";
    key_ack: "Acknowledge the marked message", "确认（ack）当前消息";
    key_requeue: "Requeue the marked message", "将当前消息重新入队（requeue）";
    key_watch: "Watch the queue", "旁观（watch）队列";
    key_look: "Look into the queue", "查看（look）队列";
    key_receive: "Receive from the queue", "从队列接收（receive）";
    key_pause: "Pause or resume", "暂停或继续";
    key_filter: "Go to the filter", "跳到过滤框";
    key_send: "Send, while writing a message", "编辑消息时发送";
    key_palette: "Palette of all actions", "打开操作面板";
    key_sheet: "This sheet", "显示快捷键列表";
    key_first: "Oldest message", "最早的消息";
    key_last: "Newest message", "最新的消息";
    no_messages_yet: "no messages in the last two minutes", "最近两分钟没有消息";
    rates_title: "Messages per second over the last two minutes", "最近两分钟每秒消息数";
    width_of_send: "Width of the Send panel", "发送面板宽度";
    size_of_inspector: "Size of the message view", "消息详情大小";
    switch_theme: "Switch the theme", "切换主题";
    switch_language: "切换到中文", "Switch to English";
    go_to_send: "Write a message", "编写消息";
}

sentences! {
    rates_in_words(sent: &str, sent_max: &str, received: &str, received_max: &str):
        "Messages per second over the last two minutes: sent {sent} now and {sent_max} at most, received {received} now and {received_max} at most",
        "最近两分钟每秒消息数：当前发送 {sent}，最高 {sent_max}；当前接收 {received}，最高 {received_max}";
    queue_action(queue: &str): "Queue {queue}", "队列 {queue}";
}
