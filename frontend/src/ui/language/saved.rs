//! Texts of saved messages.

use crate::ui::language::{sentences, texts};

texts! {
    more_ways_to_send: "More ways to send", "更多发送方式";
    send_many: "Send N times…", "发送 N 次…";
    save_as: "Save as…", "另存为…";
    save_as_name: "Name of the saved message", "保存的消息名称";
    replace: "Replace", "替换";
    saved_menu: "Saved", "已保存";
    saved_messages: "Saved messages", "已保存的消息";
    nothing_saved: "None yet. Send ▾, Save as… keeps the message of the form in this browser.",
        "暂无。通过“发送 ▾ → 另存为…”可将表单中的消息保存在此浏览器中。";
    export_all: "Export all", "全部导出";
    import_file: "Import…", "导入…";
    rename: "Rename", "重命名";
    new_name: "New name", "新名称";
    saved_unreadable: "What this browser has kept as saved messages cannot be read. It is left as it is.",
        "无法读取此浏览器中已保存的消息，其内容未被改动。";
    saved_not_kept: "This browser does not keep it: its storage is full, or not allowed for this page.",
        "浏览器未能保存：存储空间已满，或不允许此页面使用存储。";
    saved_no_list: "there is no list saved_messages in it", "其中没有 saved_messages 列表";
}

sentences! {
    message_saved(name: &str): "Saved as {name}.", "已保存为 {name}。";
    fill_from(name: &str): "Fill the form from {name}", "用 {name} 填写表单";
    rename_named(name: &str): "Rename {name}", "重命名 {name}";
    delete_named(name: &str): "Delete {name}", "删除 {name}";
    delete_for_good(name: &str): "Delete {name} for good", "永久删除 {name}";
    saved_long_name(max: &str): "A name has {max} characters at most", "名称最多 {max} 个字符";
    saved_taken(name: &str): "There is a saved message {name} already", "已有名为 {name} 的消息";
    saved_too_many(max: &str):
        "Not saved: this browser keeps {max} messages at most. Delete some, or export them first.",
        "未保存：最多保存 {max} 条消息。请先删除或导出一部分。";
    saved_too_large(bytes: &str, max: &str):
        "Not saved: all saved messages would take {bytes} bytes, and {max} are the most. Delete some, or export them first.",
        "未保存：所有已保存的消息共需 {bytes} 字节，最多 {max} 字节。请先删除或导出一部分。";
    saved_large_file(bytes: &str, max: &str):
        "Nothing was imported: the file has {bytes} bytes, and {max} are the most.",
        "未导入任何内容：文件有 {bytes} 字节，最多 {max} 字节。";
    saved_file_wrong(why: &str): "Nothing was imported: {why}.", "未导入任何内容：{why}。";
    saved_message_wrong(name: &str, why: &str): "message {name} is wrong: {why}", "消息 {name} 有误：{why}";
    saved_exported(count: &str, name: &str): "{count} exported to {name}.", "已将 {count}导出到 {name}。";
    saved_imported(count: &str): "{count} added.", "已添加 {count}。";
}
