//! The page in a browser, in the words of someone who uses it.

use serde_json::Value;

use crate::{browser::Browser, relay::Relay};

/// An open page.
pub struct Page {
    /// The browser that shows it.
    pub browser: Browser,
}

impl Page {
    /// Opens the relay's page in a new browser and waits until it says that the broker is there.
    pub async fn open(relay: &Relay) -> Self {
        let browser = Browser::open(&relay.url()).await;
        let page = Self { browser };
        page.until_connected().await;
        page
    }

    /// Opens another relay's page in the same browser.
    pub async fn go_to(&self, relay: &Relay) {
        self.browser.go_to(&relay.url()).await;
        self.until_connected().await;
    }

    /// Waits until the broker chip says so.
    pub async fn until_connected(&self) {
        let connected = "find('status', 'Broker')?.textContent.includes('Connected')";
        self.browser.until("the page is connected", connected).await;
    }

    /// Waits until the broker chip says `words`.
    pub async fn until_broker(&self, words: &str) {
        let says =
            format!("find('status', 'Broker')?.textContent.includes({})", Value::from(words));
        self.browser.until(&format!("the broker chip says {words:?}"), &says).await;
    }

    /// Waits until the page says that it has no relay.
    pub async fn until_cut_off(&self) {
        let cut_off = "!find('status', 'Broker').textContent.includes('Connected')";
        self.browser.until("the page says that it is cut off", cut_off).await;
    }

    /// Starts a repeat of `count` messages, as fast as possible; `{n}` in `body` is their number.
    pub async fn repeat(&self, body: &str, count: u64) {
        self.write(body).await;
        let total = self.browser.find("spinbutton", "How many").await;
        total.clear().await.unwrap();
        total.send_keys(count.to_string()).await.unwrap();
        let numbered = self.browser.find("checkbox", "Number them").await;
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

    /// Waits until the queue list has these numbers for `hello`.
    pub async fn until_queue(&self, ready: usize, consumers: usize) {
        let condition = format!(
            "find('list', 'Queues')?.querySelector('[data-queue=hello][data-ready=\"{ready}\"]\
             [data-consumers=\"{consumers}\"]')"
        );
        let what = format!("the page shows {ready} messages and {consumers} consumers");
        self.browser.until(&what, &condition).await;
    }

    /// Turns the switch "Receiving" on or off, where it is not so yet.
    pub async fn set_receiving(&self, on: bool) {
        let switch = self.browser.find("switch", "Receiving").await;
        let is_on = switch.attr("aria-checked").await.unwrap().as_deref() == Some("true");
        if is_on != on {
            switch.click().await.unwrap();
        }
        let condition = format!("find('switch', 'Receiving')?.ariaChecked === '{on}'");
        self.browser.until(&format!("the switch shows {on}"), &condition).await;
    }

    /// Waits until this holds of the page's honest counters: `counter(name)` is one of them.
    pub async fn until_counters(&self, what: &str, condition: &str) {
        let counter =
            "((name) => Number(document.querySelector(`[data-counter=${name}]`).dataset.value))";
        let condition = format!("((counter) => {condition})({counter})");
        self.browser.until(what, &condition).await;
    }

    /// Asserts that one of the page's honest counters is this.
    pub async fn assert_counter(&self, name: &str, wanted: usize) {
        let script =
            "return document.querySelector(`[data-counter=${arguments[0]}]`).dataset.value;";
        let value = self.browser.eval(script, vec![Value::from(name)]).await;
        assert_eq!(value.as_str(), Some(wanted.to_string().as_str()), "{name}");
    }

    /// How many messages have been received since the page was opened.
    pub async fn received(&self) -> usize {
        let script = "return document.querySelector('[data-counter=received]').dataset.value;";
        let value = self.browser.eval(script, Vec::new()).await;
        value.as_str().unwrap().parse().unwrap()
    }

    /// Chooses "Automatic" or "Manual".
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
        let shows = format!(
            "find('region', 'Details')?.querySelector('h3').textContent === 'Message {number}'"
        );
        self.browser.until(&format!("the details of message {number} are open"), &shows).await;
    }

    /// Shows the body in the Details as "Text", "JSON", "Hex" or "Base64", and returns what is
    /// shown.
    pub async fn body_as(&self, form: &str) -> String {
        self.browser.click_in(("radiogroup", "Show body as"), "radio", form).await;
        let script = "return document.querySelector('.details [aria-label=Body]').textContent;";
        self.browser.eval(script, Vec::new()).await.as_str().unwrap().to_owned()
    }

    /// The bodies of the rows in sight, as they are shown.
    pub async fn rows(&self) -> Vec<String> {
        let script = "return [...document.querySelectorAll('.message .body')].map((body) => body.textContent);";
        serde_json::from_value(self.browser.eval(script, Vec::new()).await).unwrap()
    }
}
