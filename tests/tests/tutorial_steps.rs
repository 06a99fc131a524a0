//! docs/tutorial.md, in both languages, done as somebody does it: its programs, its commands in the
//! shell, and the page in Chromium, step by step. Each must show what the text says. The tutorial's
//! pictures are taken on the way.

#![allow(clippy::unwrap_used, clippy::expect_used)] // tests may

use std::{fs, os::unix::fs::symlink, path::PathBuf, process::Command, vec};

use tempfile::TempDir;
use warren_tests::{
    browser::Browser,
    documented,
    node::{self, Rabbit},
    page::Page,
    picture,
    program::Program,
    python,
    relay::Relay,
    wait,
};

/// A tutorial, and the words of the page in its language.
struct Words {
    tutorial: &'static str,
    /// Behind the names of its pictures.
    suffix: &'static str,
    /// As a BCP 47 tag.
    language: &'static str,
    connected: &'static str,
    waiting: &'static str,
    mode: &'static str,
    watch: &'static str,
    look: &'static str,
    receive: &'static str,
    clear: &'static str,
    pause: &'static str,
    send: &'static str,
    sent: &'static str,
    one_consumer: &'static str,
    published: &'static str,
    delivered: &'static str,
    life: &'static str,
    redelivered: &'static str,
    lent: &'static str,
}

const ENGLISH: Words = Words {
    tutorial: "tutorial.md",
    suffix: "",
    language: "en-US",
    connected: "Connected",
    waiting: "[*] Waiting for messages.",
    mode: "Mode",
    watch: "Watch",
    look: "Look",
    receive: "Receive",
    clear: "Clear",
    pause: "Pause",
    send: "Send",
    sent: "Sent",
    one_consumer: "1 consumer",
    published: "published",
    delivered: "delivered",
    life: "Life",
    redelivered: "redelivered",
    lent: "2 shown, all given back when you leave",
};

const CHINESE: Words = Words {
    tutorial: "tutorial.zh-CN.md",
    suffix: ".zh-CN",
    language: "zh-CN",
    connected: "已连接",
    waiting: "[*] 正在等待消息。",
    mode: "模式",
    watch: "旁观",
    look: "查看",
    receive: "接收",
    clear: "清空",
    pause: "暂停",
    send: "发送",
    sent: "已发送",
    one_consumer: "1 个消费者",
    published: "已发布",
    delivered: "已投递",
    life: "轨迹",
    redelivered: "重新投递",
    lent: "显示 2 条，离开时全部放回队列",
};

const SENT: &str = " [x] Sent 'Hello World!'";
const RECEIVED: &str = " [x] Received 'Hello World!'";
const WAITS: &str = " [*] Waiting for messages. To exit press CTRL+C";

/// Somebody who follows the tutorial.
struct Reader {
    words: Words,
    page: Page,
    /// The tutorial's commands that are still to be typed.
    commands: vec::IntoIter<String>,
    /// What it says that they print, where that is more than a line.
    printed: vec::IntoIter<String>,
    folder: TempDir,
    /// What `cargo xtask run` would have printed for other terminals.
    rabbitmqctl: String,
    amqp_url: String,
    relay: Relay,
}

impl Reader {
    /// Step 1, but for `cargo xtask run` itself.
    async fn begins(words: Words, rabbit: Rabbit) -> Option<Self> {
        let amqp_url = node::vhost_on(rabbit).await?;
        node::trace_on(rabbit, &amqp_url).await;
        let relay = Relay::ready(&amqp_url, &[]).await;
        let mut commands = documented::blocks(words.tutorial, "sh").into_iter();
        assert_eq!(commands.next().unwrap(), "cargo xtask run\n");
        let mut printed = documented::blocks(words.tutorial, "text").into_iter();
        assert!(printed.next().unwrap().contains("export AMQP_URL="));
        let page = Page { browser: Browser::open_in(&relay.url(), words.language).await };
        Some(Self {
            words,
            page,
            commands,
            printed,
            folder: tempfile::tempdir().unwrap(),
            rabbitmqctl: node::shell_rabbitmqctl(rabbit, &amqp_url).await,
            amqp_url,
            relay,
        })
    }

    /// Step 2: the folder, with the tests' own Python instead of one that is fetched.
    fn makes_the_folder(&mut self) {
        let command = "mkdir hello-world\ncd hello-world\npython3 -m venv venv\n\
                       venv/bin/pip install pika\n";
        assert_eq!(self.commands.next().unwrap(), command);
        let folder = self.hello_world();
        fs::create_dir(&folder).unwrap();
        let venv = python::program().parent().unwrap().parent().unwrap().to_owned();
        symlink(venv, folder.join("venv")).unwrap();
        for name in ["send.py", "receive.py"] {
            let code = documented::code(self.words.tutorial, &format!("program: {name}"));
            fs::write(folder.join(name), code).unwrap();
        }
    }

    fn hello_world(&self) -> PathBuf {
        self.folder.path().join("hello-world")
    }

    /// Types the tutorial's next command: in a new terminal, where it begins with `cd`.
    fn types(&mut self) -> Program {
        let command = self.commands.next().expect("the tutorial has no more commands");
        let is_new = command.starts_with("cd hello-world\n");
        let folder = if is_new { self.folder.path().to_owned() } else { self.hello_world() };
        let mut shell = Command::new("sh");
        shell
            .args(["-e", "-c", &format!("{}\n{command}", self.rabbitmqctl)])
            .current_dir(folder)
            .env("AMQP_URL", &self.amqp_url)
            .env("PYTHONUNBUFFERED", "1");
        Program::start(command.trim(), shell)
    }

    /// Types it, and returns what it has printed in the end.
    async fn types_and_reads(&mut self) -> Vec<String> {
        let mut program = self.types();
        assert!(program.ended().await.success(), "{}", program.stderr());
        program.stdout()
    }

    /// What the tutorial says that `rabbitmqctl list_queues` prints here.
    fn listed(&mut self) -> Vec<String> {
        let listed = self.printed.next().expect("the tutorial shows no more of what is printed");
        let vhost = format!("vhost {} ", node::vhost_of(&self.amqp_url));
        listed.replace("vhost / ", &vhost).lines().map(str::to_owned).collect()
    }

    async fn chooses(&self, mode: &str) {
        self.page.browser.click_in(("radiogroup", self.words.mode), "radio", mode).await;
    }

    async fn sees(&self, text: &str) {
        self.page.browser.until_text(text).await;
    }

    /// Waits until so many rows say `words`, and have the tutorial's body.
    async fn sees_rows(&self, count: usize, words: &str) {
        let rows = format!(
            "[...document.querySelectorAll('[data-number]')].filter(({{textContent: row}}) => \
             row.includes('{words}') && row.includes('Hello World!')).length === {count}"
        );
        self.page.browser.until(&format!("{count} rows say {words:?}"), &rows).await;
    }

    /// Waits until the tab `hello` has these numbers.
    async fn sees_queue(&self, ready: usize, consumers: usize) {
        let tab = format!(
            "document.querySelector('[data-queue=hello][data-ready=\"{ready}\"]\
             [data-consumers=\"{consumers}\"]')"
        );
        let what = format!("the tab shows {ready} messages and {consumers} consumers");
        self.page.browser.until(&what, &tab).await;
    }

    async fn takes_a_picture(&self, name: &str) {
        let name = format!("{name}{}", self.words.suffix);
        picture::take(&self.page.browser, &name, (1440, 800), "light", true).await;
    }
}

/// Every step with what the text says of it.
async fn the_tutorial_is_right(words: Words, rabbit: Rabbit) {
    let Some(mut reader) = Reader::begins(words, rabbit).await else { return };
    reader.sees(reader.words.connected).await;
    reader.sees(reader.words.waiting).await;
    reader.sees_queue(0, 1).await;
    reader.makes_the_folder();

    // 3. Send to the page.
    assert_eq!(reader.types_and_reads().await, [SENT]);
    reader.sees_rows(1, "").await;
    assert_eq!(reader.types_and_reads().await, reader.listed());
    reader.sees_queue(0, 1).await;

    // 4. Watch both.
    reader.chooses(reader.words.watch).await;
    reader.sees_queue(0, 0).await;
    reader.page.browser.click("button", reader.words.clear).await;
    let mut receive = reader.types();
    receive.line("it waits", is(WAITS)).await;
    reader.sees(reader.words.one_consumer).await;
    assert_eq!(reader.types_and_reads().await, [SENT]);
    receive.line("it has received", is(RECEIVED)).await;
    reader.sees_rows(1, reader.words.published).await;
    reader.sees_rows(1, reader.words.delivered).await;
    reader.takes_a_picture("tutorial").await;
    let row = "return document.querySelector('[data-number] .body').click();";
    reader.page.browser.eval(row, vec![]).await;
    reader.page.browser.click("tab", reader.words.life).await;
    let life = "(({textContent: life}) => life.includes('guest') && life.includes('hello'))\
                (document.querySelector('.inspector'))";
    reader.page.browser.until("the message has a life", life).await;
    reader.takes_a_picture("tutorial-life").await;

    // 5. Send from the page.
    reader.page.browser.click("button", reader.words.send).await;
    let confirmed = format!(
        "find('list', '{}')?.querySelectorAll('[data-state=confirmed]').length === 1",
        reader.words.sent
    );
    reader.page.browser.until("the message is confirmed", &confirmed).await;
    reader.sees_rows(2, reader.words.published).await;
    reader.sees_rows(2, reader.words.delivered).await;
    drop(receive);

    // 6. Look at what waits.
    reader.chooses(reader.words.receive).await;
    reader.sees_queue(0, 1).await;
    reader.page.browser.click("button", reader.words.pause).await;
    reader.sees_queue(0, 0).await;
    let [first, second, listed @ ..] = &reader.types_and_reads().await[..] else {
        panic!("it has printed less")
    };
    assert_eq!([first, second], [SENT, SENT]);
    assert_eq!(listed, reader.listed());
    reader.sees_queue(2, 0).await;
    reader.chooses(reader.words.look).await;
    reader.sees(reader.words.lent).await;
    assert_eq!(node::ctl_on(rabbit, &list_queues(&reader.amqp_url)).await, "hello\t2");
    reader.chooses(reader.words.receive).await;
    reader.sees_rows(2, reader.words.redelivered).await;
    reader.sees_queue(0, 1).await;
    let (list, seen) = (list_queues(&reader.amqp_url), || "hello has messages".to_owned());
    let empty = async || (node::ctl_on(rabbit, &list).await == "hello\t0").then_some(());
    wait::until("rabbitmqctl lists an empty queue", seen, empty).await;

    reader.page.browser.assert_console_clean().await;
    let left: Vec<String> = reader.commands.chain(reader.printed).collect();
    assert!(left.is_empty(), "the tutorial has more: {left:?}");
    drop(reader.relay);
}

/// The same without its first lines.
fn list_queues(amqp_url: &str) -> [&str; 5] {
    ["list_queues", "-p", node::vhost_of(amqp_url), "--no-table-headers", "--silent"]
}

fn is(wanted: &str) -> impl Fn(&str) -> Option<()> {
    move |line| (line == wanted).then_some(())
}

#[tokio::test]
async fn each_step_of_the_english_tutorial_is_right() {
    the_tutorial_is_right(ENGLISH, Rabbit::V3).await;
}

#[tokio::test]
async fn each_step_of_the_chinese_tutorial_is_right() {
    the_tutorial_is_right(CHINESE, Rabbit::V3).await;
}

#[tokio::test]
async fn so_they_are_on_rabbitmq_4() {
    the_tutorial_is_right(ENGLISH, Rabbit::V4).await;
}
