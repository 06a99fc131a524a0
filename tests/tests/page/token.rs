//! Tokens as a user meets them, and pages that have no business with the relay.

use thirtyfour::By;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};
use warren_tests::{
    amqp::Amqp, browser::Browser, node, page::Page, relay::Relay, token_file::TokenFile,
};

const TOKEN: &str = "open-sesame-open-sesame";

async fn start(lines: &str) -> (Relay, TokenFile) {
    let file = TokenFile::new(lines);
    let queues = ["--queue", "hello", "--queue", "b", "--queue-kind", "auto"];
    let args = [&["--token-file", file.arg()][..], &queues].concat();
    let relay = Relay::ready(&node::vhost().await, &args).await;
    (relay, file)
}

async fn open(relay: &Relay, fragment: &str) -> Page {
    Page { browser: Browser::open(&format!("{}/{fragment}", relay.url())).await }
}

async fn enter(page: &Page, token: &str) {
    let field = page.browser.driver().find(By::Id("token")).await.unwrap();
    field.clear().await.unwrap();
    field.send_keys(token).await.unwrap();
    page.browser.click("button", "Enter").await;
}

const NO_PANELS: &str = "!find('region', 'Send') && !find('region', 'Receive')";
const NO_FORM: &str = "!document.querySelector('#token')";

#[tokio::test]
async fn a_page_without_a_token_asks_for_it_and_goes_on_once_it_has_it() {
    let (relay, _file) = start(TOKEN).await;
    let page = open(&relay, "").await;
    page.browser.until_text("This relay asks for a token.").await;
    page.browser.until("there are no panels", NO_PANELS).await;
    page.browser.assert_accessible("the token form").await;
    page.browser.screenshot("token-form").await;
    enter(&page, "open-sesame").await;
    page.browser.until_text("The token is wrong.").await;
    enter(&page, TOKEN).await;
    page.until_connected().await;
    page.browser.until("the form is gone", NO_FORM).await;
    page.receive().await;
    page.send("Hello World!").await;
    page.until_row("Hello World!").await;
    // This tab keeps it, and no other place does.
    page.browser.reload().await;
    page.until_connected().await;
    let places = "return [sessionStorage['warren.token'], JSON.stringify(localStorage), \
                  document.cookie, location.href].join();";
    let places = page.browser.eval(places, Vec::new()).await;
    assert_eq!(places.as_str().unwrap().matches(TOKEN).count(), 1, "{places}");
    page.browser.assert_console_clean().await;
}

#[tokio::test]
async fn a_token_in_the_address_lets_in_and_leaves_the_address() {
    let (relay, _file) = start(TOKEN).await;
    let page = open(&relay, &format!("#token={TOKEN}")).await;
    page.until_connected().await;
    let address = page.browser.eval("return location.href;", Vec::new()).await;
    assert_eq!(address.as_str().unwrap(), format!("{}/", relay.url()));
    let back = page.browser.eval("return history.length;", Vec::new()).await;
    page.browser.reload().await;
    page.until_connected().await;
    assert_eq!(page.browser.eval("return history.length;", Vec::new()).await, back);
}

#[tokio::test]
async fn a_token_that_is_pasted_into_the_address_of_an_open_page_lets_in() {
    let (relay, _file) = start(TOKEN).await;
    let page = open(&relay, "#token=wrong").await;
    page.browser.until_text("The token is wrong.").await;
    page.browser.eval(&format!("location.hash = 'token={TOKEN}';"), Vec::new()).await;
    page.until_connected().await;
    page.browser.until("the form is gone", NO_FORM).await;
    let address = page.browser.eval("return location.href;", Vec::new()).await;
    assert!(!address.as_str().unwrap().contains("token"), "{address}");
}

#[tokio::test]
async fn what_is_typed_and_sent_outlives_a_token_that_is_taken_away() {
    let (relay, file) = start(&format!("{TOKEN}\nother")).await;
    let page = open(&relay, &format!("#token={TOKEN}")).await;
    page.until_connected().await;
    page.write("half a thought").await;
    file.write("other");
    relay.program.hang_up();
    page.browser.until_text("The token is no longer valid.").await;
    page.browser.until("there are no panels", NO_PANELS).await;
    enter(&page, "other").await;
    page.until_connected().await;
    page.receive().await;
    page.browser.click("button", "Send").await;
    page.until_row("half a thought").await;
}

#[tokio::test]
async fn a_page_shows_what_its_token_allows_and_nothing_else() {
    let (relay, _file) = start("feed send hello\nwatch receive b").await;
    let feed = open(&relay, "#token=feed").await;
    feed.until_connected().await;
    feed.browser.until("there is no Receive panel", "!find('region', 'Receive')").await;
    let queues = "find('list', 'Queues').querySelectorAll('[data-queue]').length === 1";
    feed.browser.until("it sees one queue", queues).await;
    feed.send("fed").await;
    feed.until_confirmed(1).await;
    feed.browser.assert_accessible("a page that may only send").await;
    feed.browser.screenshot("token-send").await;
    let watch = open(&relay, "#token=watch").await;
    watch.until_connected().await;
    watch.browser.until("there is no Send panel", "!find('region', 'Send')").await;
    watch.browser.until("it sees one queue", queues).await;
    watch.browser.until_text("this token may receive and look").await;
    watch.browser.until_text("This token may not watch.").await;
    watch.browser.assert_accessible("a page that may not watch").await;
    watch.receive().await;
    watch.browser.until_text("[*] Waiting for messages.").await;
    watch.browser.assert_accessible("a page that may only receive").await;
    watch.browser.screenshot("token-receive").await;
    for page in [&feed, &watch] {
        page.browser.assert_console_clean().await;
    }
}

/// The names of an element's buttons.
async fn buttons(page: &Page, selector: &str) -> Vec<String> {
    let script = format!(
        "return [...document.querySelectorAll('{selector} :is(button, summary)')]
            .map((button) => button.ariaLabel ?? button.textContent);"
    );
    serde_json::from_value(page.browser.eval(&script, Vec::new()).await).unwrap()
}

#[tokio::test]
async fn a_token_is_offered_only_what_it_may_do_with_a_message_and_a_selection() {
    let lines = "takes receive hello,b\nlooks look hello,b\nboth both hello,b\nalone both hello";
    let (relay, _file) = start(lines).await;
    let feed = open(&relay, "#token=both").await;
    feed.until_connected().await;
    feed.send("one").await;
    feed.until_confirmed(1).await;
    drop(feed);
    let (again, moves) = (&["Send again"][..], &["Move to", "b"][..]);
    let (settles, ends) =
        (&["Ack", "Requeue", "Reject"][..], &["Export", "Clear the selection"][..]);
    for (token, mode, of_many, of_one) in [
        ("looks", "Look", vec![ends], vec![]),
        ("takes", "Receive", vec![settles, ends], vec![settles]),
        // There is nowhere to move it to.
        ("alone", "Receive", vec![again, settles, ends], vec![again, settles]),
        ("both", "Receive", vec![moves, again, settles, ends], vec![again, moves, settles]),
    ] {
        let page = open(&relay, &format!("#token={token}")).await;
        page.until_connected().await;
        page.show_queue("hello").await;
        page.choose(mode).await;
        page.until_received(1).await;
        page.open_details(1).await;
        page.browser.press("x").await;
        page.browser.find("group", "Selected messages").await;
        assert_eq!(buttons(&page, ".selection-bar").await, of_many.concat(), "{token}");
        assert_eq!(buttons(&page, ".inspector .actions").await, of_one.concat(), "{token}");
        page.browser.assert_accessible("what is offered for a message").await;
        page.browser.assert_console_clean().await;
    }
}

/// Serves an empty page of another origin, with no policy that would protect anyone.
async fn foreign_site() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            let mut request = [0; 4096];
            let _ = socket.read(&mut request).await;
            let page = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 15\r\n\
                        Connection: close\r\n\r\n<!doctype html>";
            let _ = socket.write_all(page.as_bytes()).await;
        }
    });
    format!("http://{address}/")
}

#[tokio::test]
async fn a_foreign_page_in_the_same_browser_reaches_nothing() {
    let url = node::vhost().await;
    let relay = Relay::ready(&url, &[]).await;
    let amqp = Amqp::connect(&url).await;
    let browser = Browser::open(&foreign_site().await).await;
    browser.allow_long_scripts().await;
    // From the site itself, and from a sandboxed frame in it, whose origin is null.
    let attack = "const [relay] = arguments; window.results = [];
        const tell = (what) => window.results.push(what);
        const attack = `const tell = (what) => parent.postMessage(what, '*');
            const socket = new WebSocket('${relay.replace('http', 'ws')}/ws');
            socket.onopen = () => {
                socket.send('{\"type\":\"hello\",\"protocol\":1}');
                socket.send('{\"type\":\"publish\",\"messages\":[{\"id\":1,\"body\":{\"text\":\"x\"}}]}');
            };
            socket.onmessage = () => tell('message');
            socket.onclose = () => tell('closed');
            fetch('${relay}/').then((answer) => answer.text())
                .then(() => tell('read'), () => tell('unread'));`;
        addEventListener('message', (event) => tell(event.data));
        for (const sandbox of ['allow-scripts allow-same-origin', 'allow-scripts']) {
            const frame = document.createElement('iframe');
            frame.sandbox = sandbox;
            frame.srcdoc = `<script>${attack}</script>`;
            document.body.append(frame);
        }";
    browser.eval(attack, vec![relay.url().into()]).await;
    browser.until("both have tried", "window.results.length >= 4").await;
    let results = browser.eval("return window.results.sort().join();", Vec::new()).await;
    assert_eq!(results, "closed,closed,unread,unread");
    // Nor may it show the page in a frame, to have the user click in it.
    let frame = "const frame = document.createElement('iframe'); frame.src = arguments[0]; \
                 frame.onload = () => window.loaded = true; document.body.append(frame);";
    browser.eval(frame, vec![relay.url().into()]).await;
    browser.until("the frame is there", "window.loaded").await;
    let inside = "return document.querySelector('iframe:last-of-type').contentDocument === null;";
    assert_eq!(browser.eval(inside, Vec::new()).await, true);
    amqp.until_counts(0, 0).await;
}
