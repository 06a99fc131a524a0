//! The page in a browser, in the words of someone who uses it.

use serde_json::Value;
use thirtyfour::components::SelectElement;

use crate::{browser::Browser, relay::Relay};

/// One of the page's counters, by its name: a function.
const COUNTER: &str = "(name) => {
    const counter = document.querySelector(`[data-counter=${name}]`);
    const counts = document.querySelector('[data-counter=received]');
    return !counter && counts && ['dropped', 'duplicates'].includes(name) ? 0
        : Number(counter.dataset.value);
}";

/// What is shown of a queue for which nothing was chosen.
const START: &str = "find('group', 'What to do with this queue')";

/// An open page.
pub struct Page {
    /// The browser that shows it.
    pub browser: Browser,
}

impl Page {
    /// Opens the relay's page in a new browser, waits until it says that the broker is there, and
    /// receives from its queue.
    pub async fn open(relay: &Relay) -> Self {
        let page = Self::open_only(relay).await;
        page.receive().await;
        page
    }

    /// [`Page::open`], but for receiving: from a queue that was named the page takes nothing until
    /// somebody says so.
    pub async fn open_only(relay: &Relay) -> Self {
        let page = Self { browser: Browser::open(&relay.url()).await };
        page.until_connected().await;
        page
    }

    /// Receives from the current queue, and acknowledges all of it, unless something was chosen for it
    /// already.
    pub async fn receive(&self) {
        let receive = format!("({START} && find('button', 'Receive', {START}))");
        let either = format!(
            "!find('region', 'Receive') || find('button', 'Pause') || find('button', 'Resume') \
             || {receive}"
        );
        self.browser.until("the page receives, or can", &either).await;
        if self.browser.holds(&format!("{receive} && !{receive}.disabled")).await {
            self.browser
                .click_in(("group", "What to do with this queue"), "button", "Receive")
                .await;
            self.browser.until("it receives", "find('button', 'Pause')").await;
            self.acknowledge("Auto ack").await;
        }
    }

    /// Chooses "Watch", "Look" or "Receive".
    pub async fn choose(&self, mode: &str) {
        self.browser.click_in(("radiogroup", "Mode"), "radio", mode).await;
        let chosen =
            format!("find('radio', '{mode}', find('radiogroup', 'Mode')).ariaChecked === 'true'");
        self.browser.until(&format!("{mode} is chosen"), &chosen).await;
    }

    /// Opens another relay's page in the same browser.
    pub async fn go_to(&self, relay: &Relay) {
        self.browser.go_to(&relay.url()).await;
        self.until_connected().await;
        self.receive().await;
    }

    /// Waits until the status pill says so.
    pub async fn until_connected(&self) {
        let connected = "find('status', 'Status')?.textContent === 'Connected'";
        self.browser.until("the page is connected", connected).await;
    }

    /// Waits until the status pill, or the strip that says what is wrong, has `words` in it.
    pub async fn until_broker(&self, words: &str) {
        let says = format!(
            "[find('status', 'Status'), document.querySelector('.strip.bad[role=alert]')]\
             .some((told) => told?.textContent.includes({}))",
            Value::from(words)
        );
        self.browser.until(&format!("the page says {words:?} of the broker"), &says).await;
    }

    /// Waits until the page says that it has no relay, or no broker.
    pub async fn until_cut_off(&self) {
        let cut_off = "find('status', 'Status').textContent !== 'Connected'";
        self.browser.until("the page says that it is cut off", cut_off).await;
    }

    /// Clicks the tab of a queue, which chooses it for both panels, waits until it is current, and
    /// receives from it.
    pub async fn choose_queue(&self, queue: &str) {
        self.show_queue(queue).await;
        self.receive().await;
    }

    /// [`Page::choose_queue`], but for receiving.
    pub async fn show_queue(&self, queue: &str) {
        const CLICK: &str = "
            const [queue] = arguments;
            document.querySelector(`[data-queue=\"${CSS.escape(queue)}\"] button`).click();";
        let tab = format!(
            "find('list', 'Queues')?.querySelector(`[data-queue=\"${{CSS.escape({})}}\"] button`)",
            Value::from(queue)
        );
        self.browser.until(&format!("{queue:?} has a tab"), &tab).await;
        self.browser.eval(CLICK, vec![Value::from(queue)]).await;
        let current = format!("{tab}?.ariaCurrent === 'true'");
        self.browser.until(&format!("{queue:?} is the current queue"), &current).await;
    }

    /// Chooses where the Send panel alone sends to.
    ///
    /// # Panics
    /// When there is no such queue.
    pub async fn send_to(&self, queue: &str) {
        let choice = self.browser.find("combobox", "Send to").await;
        let choice = SelectElement::new(&choice).await.unwrap();
        choice.select_by_visible_text(queue).await.unwrap();
    }

    /// Sets a property of the message by its AMQP name, such as `priority`, and closes its editor.
    pub async fn set_property(&self, name: &str, value: &str) {
        self.edit_property(name).await;
        self.browser.fill("textbox", name, value).await;
        let editor = format!("Edit {name}");
        self.browser.click_in(("group", &editor), "button", "Done").await;
    }

    /// Opens the editor of a property: that of its chip, or of a new one.
    ///
    /// # Panics
    /// When there is no such property.
    pub async fn edit_property(&self, name: &str) {
        let editor = format!("Edit {name}");
        if self.browser.holds(&format!("find('group', '{editor}')")).await {
            return;
        }
        let chip = format!("document.querySelector('.chip[aria-label^=\"{editor}: \"]')");
        if self.browser.holds(&chip).await {
            self.browser.eval(&format!("{chip}.click();"), Vec::new()).await;
        } else {
            let choice = self.browser.find("combobox", "Add a property").await;
            SelectElement::new(&choice).await.unwrap().select_by_value(name).await.unwrap();
        }
        self.browser.find("group", &editor).await;
    }

    /// Adds a header of this type, such as `string`, and leaves its editor open.
    ///
    /// # Panics
    /// When there is no such type.
    pub async fn add_header(&self, name: &str, kind: &str, value: &str) {
        self.browser.click("button", "Add a header").await;
        self.browser.fill("textbox", "Header name", name).await;
        let choice = self.browser.find("combobox", "Header type").await;
        let choice = SelectElement::new(&choice).await.unwrap();
        choice.select_by_visible_text(kind).await.unwrap();
        if !value.is_empty() {
            self.browser.fill("textbox", "Header value", value).await;
        }
    }

    /// Opens the form of the repeat, where it is closed.
    pub async fn open_repeat(&self) {
        self.browser.find("button", "Repeat\u{2026}").await;
        if !self.browser.holds("find('group', 'Repeat')").await {
            self.browser.click("button", "Repeat\u{2026}").await;
        }
        self.browser.find("group", "Repeat").await;
    }

    /// Starts a repeat of `count` messages, as fast as possible; `{n}` in `body` is their number.
    pub async fn repeat(&self, body: &str, count: u64) {
        self.write(body).await;
        self.open_repeat().await;
        let total = self.browser.find("spinbutton", "How many").await;
        total.clear().await.unwrap();
        total.send_keys(count.to_string()).await.unwrap();
        let numbered = self.browser.find("checkbox", "Fill in {n}, {uuid}, {now}").await;
        if !numbered.is_selected().await.unwrap() {
            numbered.click().await.unwrap();
        }
        self.browser.click("button", "Start").await;
    }

    /// Waits until so many messages of the repeat are confirmed.
    pub async fn until_repeated(&self, count: u64) {
        let condition = format!(
            "find('group', 'Repeat progress')?.querySelector('[data-confirmed]').dataset.confirmed \
             >= {count}"
        );
        let what = format!("{count} messages of the repeat are confirmed");
        self.browser.until(&what, &condition).await;
    }

    /// Where a reload has cut a repeat short, as the page says it.
    pub async fn repeat_ended_at(&self) -> Option<u64> {
        let script =
            "return /The repeat ended at ([0-9,]+) of/.exec(document.body.innerText)?.[1];";
        let value = self.browser.eval(script, Vec::new()).await;
        Some(value.as_str()?.replace(',', "").parse().unwrap())
    }

    /// Puts `text` into the message body, whatever is there.
    pub async fn write(&self, text: &str) {
        let body = self.browser.find("textbox", "Message body").await;
        self.browser.paste(&body, text).await;
    }

    /// Writes `text` and clicks Send.
    pub async fn send(&self, text: &str) {
        self.write(text).await;
        self.browser.click("button", "Send").await;
    }

    /// Waits until so many rows of the Sent list are confirmed.
    pub async fn until_confirmed(&self, count: usize) {
        let condition = format!(
            "find('list', 'Sent')?.querySelectorAll('[data-state=confirmed]').length === {count}"
        );
        self.browser.until(&format!("{count} sent messages are confirmed"), &condition).await;
    }

    /// Waits until so many messages have been received since the page was opened.
    pub async fn until_received(&self, count: usize) {
        let condition = format!(
            "document.querySelector('[data-counter=received]')?.dataset.value === '{count}'"
        );
        self.browser.until(&format!("{count} messages are received"), &condition).await;
    }

    /// Waits until a received row shows just this as its body.
    pub async fn until_row(&self, body: &str) {
        let condition = format!(
            "[...find('log', 'Received messages').querySelectorAll('.message .body')]\
             .some((body) => body.textContent === {})",
            Value::from(body)
        );
        self.browser.until(&format!("a row shows {body:?}"), &condition).await;
    }

    /// Waits until the rows in sight show just these bodies.
    pub async fn until_rows(&self, bodies: &[&str]) {
        let wanted = Value::from(bodies).to_string();
        let condition = format!(
            "JSON.stringify([...document.querySelectorAll('.message .body')]\
             .map((body) => body.textContent)) === {}",
            Value::from(wanted)
        );
        self.browser.until(&format!("the rows show {bodies:?}"), &condition).await;
    }

    /// Waits until the queue list has these numbers for `hello`.
    pub async fn until_queue(&self, ready: usize, consumers: usize) {
        let condition = format!(
            "find('list', 'Queues')?.querySelector('[data-queue=hello][data-ready=\"{ready}\"]\
             [data-consumers=\"{consumers}\"]')"
        );
        let what = format!("the page shows {ready} messages and {consumers} consumers");
        self.browser.until(&what, &condition).await;
    }

    /// Goes on receiving, or pauses, where it is not so yet.
    pub async fn set_receiving(&self, on: bool) {
        let (wanted, then) = if on { ("Resume", "Pause") } else { ("Pause", "Resume") };
        let button = |name: &str| format!("find('button', '{name}', find('region', 'Receive'))");
        let either =
            format!("find('region', 'Receive') && ({} || {})", button(wanted), button(then));
        self.browser.until("the page can pause or resume", &either).await;
        if self.browser.holds(&button(wanted)).await {
            self.browser.click_in(("region", "Receive"), "button", wanted).await;
        }
        self.browser.until(&format!("it offers {then:?}"), &button(then)).await;
    }

    /// Waits until this holds of the page's honest counters: `counter(name)` is one of them.
    pub async fn until_counters(&self, what: &str, condition: &str) {
        let condition = format!("((counter) => {condition})({COUNTER})");
        self.browser.until(what, &condition).await;
    }

    /// Asserts that one of the page's honest counters is this. Dropped messages and duplicates are
    /// not counted where there are none.
    pub async fn assert_counter(&self, name: &str, wanted: usize) {
        let script = format!("return ({COUNTER})(arguments[0]);");
        let value = self.browser.eval(&script, vec![Value::from(name)]).await;
        assert_eq!(value, Value::from(wanted), "{name}");
    }

    /// How many messages have been received since the page was opened.
    pub async fn received(&self) -> usize {
        let script = "return document.querySelector('[data-counter=received]').dataset.value;";
        let value = self.browser.eval(script, Vec::new()).await;
        value.as_str().unwrap().parse().unwrap()
    }

    /// Chooses "Auto ack" or "Manual ack".
    pub async fn acknowledge(&self, how: &str) {
        self.browser.click_in(("radiogroup", "Acknowledge"), "radio", how).await;
    }

    /// Clicks a button of the received message with this number.
    pub async fn click_row(&self, number: usize, button: &str) {
        self.browser.click_in(("group", &format!("Message {number}")), "button", button).await;
    }

    /// Waits until this JavaScript holds of the row of the message with this number: `row` is its
    /// element, or null.
    pub async fn until_row_is(&self, number: usize, what: &str, condition: &str) {
        let condition = format!("((row) => {condition})(find('group', 'Message {number}'))");
        self.browser.until(&format!("message {number} {what}"), &condition).await;
    }

    /// Opens the details of the message with this number.
    pub async fn open_details(&self, number: usize) {
        let body =
            "return document.querySelector(`[data-number=\"${arguments[0]}\"] .body`).click();";
        self.until_row_is(number, "is there", "row").await;
        self.browser.eval(body, vec![Value::from(number)]).await;
        let shows =
            format!("find('region', 'Message')?.querySelector('h3').textContent === '#{number}'");
        self.browser.until(&format!("message {number} is open"), &shows).await;
    }

    /// Shows the body of the open message as "Text", "JSON", "Hex" or "Base64", and returns what is
    /// shown; JSON with a line feed behind its last line too.
    pub async fn body_as(&self, form: &str) -> String {
        self.browser.click_in(("radiogroup", "Show body as"), "radio", form).await;
        let chosen = format!(
            "find('radio', '{form}', find('radiogroup', 'Show body as')).ariaChecked === 'true'"
        );
        self.browser.until(&format!("the body is shown as {form}"), &chosen).await;
        let script = "return document.querySelector('.inspector .content').textContent;";
        self.browser.eval(script, Vec::new()).await.as_str().unwrap().to_owned()
    }
}
