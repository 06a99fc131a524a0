//! Real Chromium, or Firefox, driven through WebDriver; elements are found as people find them, by
//! role and name.

mod bidi;
mod chromium;
mod firefox;

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};

use serde_json::Value;
use tempfile::TempDir;
use thirtyfour::{Key, TypingData, WebDriver, WebElement};

use self::bidi::Bidi;
use crate::{
    program::Program,
    wait::{self, LIMIT},
};

/// What one request to the driver may take, and with [`Browser::allow_long_scripts`] a script.
const REQUEST: Duration = Duration::from_secs(60);
const LONG_SCRIPT: Duration = Duration::from_secs(55);

/// Accessible names as the accessibility tree has them, near enough for a page that we write.
const FIND: &str = r#"
const find = (role, name, within = document) => {
const selectors = {
    button: 'button:not([role]), summary:not([role]), [role=button]',
    textbox: 'textarea, input:not([type]), input[type=text]:not([role]), [role=textbox]',
    searchbox: 'input[type=search], [role=searchbox]',
    radio: 'input[type=radio], [role=radio]',
    region: 'section, [role=region]',
    navigation: 'nav',
    dialog: 'dialog, [role=dialog]',
    listitem: 'li:not([role])',
    group: 'fieldset, [role=group]',
    radiogroup: '[role=radiogroup]',
    file: 'input[type=file]',
    img: '[role=img]',
    alert: '[role=alert]',
    spinbutton: 'input[type=number]',
    checkbox: 'input[type=checkbox]',
    combobox: 'select, [role=combobox]',
    listbox: '[role=listbox]',
    option: '[role=option]',
    tab: '[role=tab]',
    tabpanel: '[role=tabpanel]',
    separator: '[role=separator]',
    slider: 'input[type=range], [role=slider]',
    progressbar: 'progress, [role=progressbar]',
    list: 'ul:not([role]), ol:not([role]), [role=list]',
    log: '[role=log]',
    status: 'output, [role=status]',
};
const text = (element) => element?.textContent.trim().replace(/\s+/g, ' ') ?? '';
const label = (element) => element.getAttribute('aria-label')
    || (element.getAttribute('aria-labelledby') ?? '').split(/\s+/).filter(Boolean)
        .map((id) => text(document.getElementById(id))).join(' ')
    || text(element.labels?.[0])
    || text(element.querySelector(':scope > legend'))
    || text(element);
return [...within.querySelectorAll(selectors[role])]
    .find((element) => label(element) === name && element.checkVisibility()) ?? null;
};
"#;

/// Which browser is started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// What nearly all tests use.
    Chromium,
    /// Debian's `firefox-esr`, or another Firefox.
    Firefox,
}

/// How one is started.
struct Start<'a> {
    /// What its user prefers.
    language: &'a str,
    /// Of the command line, beside the usual ones.
    arguments: &'a [&'a str],
    /// Folders.
    profile: &'a Path,
    downloads: &'a Path,
}

/// What each of them needs beside WebDriver.
enum Engine {
    Chromium,
    Firefox(Box<Bidi>),
}

/// A browser with one tab and a profile of its own; dropped, it is killed.
pub struct Browser {
    driver: WebDriver,
    engine: Engine,
    program: Program,
    downloads: TempDir,
    _profile: TempDir,
}

impl Browser {
    /// Starts Chromium, 1280 × 900, and opens `url`.
    pub async fn open(url: &str) -> Self {
        Self::open_in(url, "en-US").await
    }

    /// [`Browser::open`] by someone who prefers this language.
    pub async fn open_in(url: &str, language: &str) -> Self {
        Self::open_with(Kind::Chromium, url, language).await
    }

    /// [`Browser::open_in`], with this browser.
    pub async fn open_with(kind: Kind, url: &str, language: &str) -> Self {
        Self::start(kind, url, language, &[]).await
    }

    /// [`Browser::open`] where `host` is at this address and its certificate is trusted.
    pub async fn open_at(url: &str, host: &str, address: SocketAddr) -> Self {
        let resolve = format!("--host-resolver-rules=MAP {host}:443 {address}");
        let arguments = [&*resolve, "--ignore-certificate-errors"];
        Self::start(Kind::Chromium, url, "en-US", &arguments).await
    }

    async fn start(kind: Kind, url: &str, language: &str, arguments: &[&str]) -> Self {
        let (downloads, profile) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let start =
            Start { language, arguments, profile: profile.path(), downloads: downloads.path() };
        let (driver, program, engine) = match kind {
            Kind::Chromium => {
                let (driver, program) = chromium::start(start).await;
                (driver, program, Engine::Chromium)
            }
            Kind::Firefox => {
                let (driver, program, bidi) = firefox::start(start).await;
                (driver, program, Engine::Firefox(Box::new(bidi)))
            }
        };
        let browser = Self { driver, engine, program, downloads, _profile: profile };
        browser.go_to(url).await;
        browser
    }

    /// Opens `url` in the same tab.
    pub async fn go_to(&self, url: &str) {
        self.driver.goto(url).await.unwrap();
    }

    /// Lets scripts run for most of a minute, as measuring does.
    ///
    /// # Panics
    /// When the browser is gone.
    pub async fn allow_long_scripts(&self) {
        self.driver.set_script_timeout(LONG_SCRIPT).await.unwrap();
    }

    /// Loads the page again.
    pub async fn reload(&self) {
        self.driver.refresh().await.unwrap();
    }

    /// Looks at the page as on a screen of this size, in a dark or a light theme.
    pub async fn look(&self, width: u32, height: u32, theme: &str) {
        match &self.engine {
            Engine::Chromium => chromium::look(&self.driver, width, height, theme).await,
            Engine::Firefox(bidi) => firefox::look(bidi, width, height, theme).await,
        }
    }

    /// The visible element with this role and accessible name, as soon as there is one.
    pub async fn find(&self, role: &str, name: &str) -> WebElement {
        let arguments = vec![Value::from(role), Value::from(name)];
        let script = format!("{FIND} return find(...arguments);");
        let what = format!("there is a {role} called {name:?}");
        self.wait(&what, async || {
            let found = self.driver.execute(script.as_str(), arguments.clone()).await.ok()?;
            found.element().ok()
        })
        .await
    }

    /// The same within the element that has `scope`'s role and name.
    pub async fn find_in(&self, scope: (&str, &str), role: &str, name: &str) -> WebElement {
        let arguments = [role, name, scope.0, scope.1].map(Value::from).to_vec();
        let script = format!(
            "{FIND} const [role, name, ...scope] = arguments; const within = find(...scope); \
             return within && find(role, name, within);"
        );
        let what = format!("there is a {role} called {name:?} in the {} {:?}", scope.0, scope.1);
        self.wait(&what, async || {
            let found = self.driver.execute(script.as_str(), arguments.clone()).await.ok()?;
            found.element().ok()
        })
        .await
    }

    /// Clicks what [`Browser::find_in`] finds.
    pub async fn click_in(&self, scope: (&str, &str), role: &str, name: &str) {
        self.find_in(scope, role, name).await.click().await.unwrap();
    }

    /// Puts `text` into a field of one line, in place of what is there, key by key.
    pub async fn fill(&self, role: &str, name: &str, text: &str) {
        let field = self.find(role, name).await;
        field.clear().await.unwrap();
        field.send_keys(text).await.unwrap();
    }

    /// Presses keys, wherever the focus is.
    pub async fn press(&self, keys: impl Into<TypingData>) {
        self.driver.action_chain().send_keys(keys).perform().await.unwrap();
    }

    /// Presses a key with Ctrl held, wherever the focus is.
    pub async fn press_with_ctrl(&self, key: char) {
        let keys = self.driver.action_chain().key_down(Key::Control).send_keys(key.to_string());
        keys.key_up(Key::Control).perform().await.unwrap();
    }

    /// The file that the page gives to the user next, which must not be empty: its name, and what is
    /// in it.
    pub async fn downloaded(&self) -> (String, Vec<u8>) {
        self.wait("a file is downloaded", async || {
            let mut files = std::fs::read_dir(self.downloads.path()).ok()?;
            let file = files.next()?.ok()?.path();
            let name = file.file_name()?.to_str()?.to_owned();
            // Chromium gives it its name once it is whole; Firefox keeps what has come beside it.
            if name.starts_with('.') || name.ends_with(".crdownload") || name.ends_with(".part") {
                return None;
            }
            let content = std::fs::read(&file).ok()?;
            // They take the name with an empty file before, and put the whole one in its place.
            if content.is_empty() {
                return None;
            }
            std::fs::remove_file(&file).ok()?;
            Some((name, content))
        })
        .await
    }

    /// What is on the clipboard.
    pub async fn clipboard(&self) -> String {
        const READ: &str = "
            const done = arguments[arguments.length - 1];
            navigator.clipboard.readText().then(done, (error) => done(`none: ${error}`));";
        let text = self.driver.execute_async(READ, Vec::new()).await.unwrap();
        text.json().as_str().unwrap_or_default().to_owned()
    }

    /// Clicks the element with this role and accessible name.
    pub async fn click(&self, role: &str, name: &str) {
        self.find(role, name).await.click().await.unwrap();
    }

    /// What `script` returns; its arguments are in `arguments`.
    pub async fn eval(&self, script: &str, arguments: Vec<Value>) -> Value {
        let done = self.driver.execute(script, arguments).await;
        done.unwrap_or_else(|error| panic!("{script}: {error}")).json().clone()
    }

    /// Waits until the JavaScript expression `condition` is true. `find(role, name)` in it finds as
    /// [`Browser::find`] does.
    pub async fn until(&self, what: &str, condition: &str) {
        let script = format!("{FIND} return Boolean({condition});");
        self.wait(what, async || {
            let done = self.driver.execute(script.as_str(), Vec::new()).await;
            done.is_ok_and(|done| done.json() == &Value::Bool(true)).then_some(())
        })
        .await;
    }

    /// Whether the JavaScript expression `condition` is true now; see [`Browser::until`].
    pub async fn holds(&self, condition: &str) -> bool {
        let script = format!("{FIND} return Boolean({condition});");
        self.eval(&script, Vec::new()).await == Value::Bool(true)
    }

    /// Waits until the page has drawn what it knows by now.
    pub async fn until_drawn(&self) {
        let drawn = "const done = arguments[arguments.length - 1];
            requestAnimationFrame(() => requestAnimationFrame(() => done()));";
        self.driver.execute_async(drawn, Vec::new()).await.unwrap();
    }

    /// Waits until the page's text has `text` in it.
    pub async fn until_text(&self, text: &str) {
        let condition = format!("document.body.innerText.includes({})", Value::from(text));
        self.until(&format!("the page says {text:?}"), &condition).await;
    }

    /// All text that the page shows.
    pub async fn text(&self) -> String {
        let text = self.eval("return document.body.innerText;", Vec::new()).await;
        text.as_str().unwrap_or_default().to_owned()
    }

    /// Sets a text field's value, as a paste of any size would.
    pub async fn paste(&self, field: &WebElement, text: &str) {
        const SET: &str = "
            const [field, text] = arguments;
            const { set } = Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, 'value');
            set.call(field, text);
            field.dispatchEvent(new InputEvent('input', { bubbles: true }));";
        let arguments = vec![field.to_json().unwrap(), Value::from(text)];
        self.eval(SET, arguments).await;
    }

    /// Asserts that the console has no error and no warning, refused scripts and styles included.
    pub async fn assert_console_clean(&self) {
        let bad = self.console().await;
        assert!(bad.is_empty(), "the console is not clean: {bad:#?}");
    }

    /// The errors and warnings in the console since the last call.
    pub async fn console(&self) -> Vec<String> {
        match &self.engine {
            Engine::Chromium => chromium::console(&self.driver).await,
            Engine::Firefox(bidi) => firefox::console(&self.driver, bidi).await,
        }
    }

    /// Asserts that axe-core finds nothing that keeps people with disabilities from using the page;
    /// `state` names what the page shows.
    ///
    /// # Panics
    /// When it does, with what and where.
    pub async fn assert_accessible(&self, state: &str) {
        const RUN: &str = "
            const done = arguments[arguments.length - 1];
            axe.run(document, { resultTypes: ['violations'] }).then(
                ({ violations }) => done(violations.flatMap(({ id, help, nodes }) =>
                    nodes.map((node) => `${id}: ${help}: ${node.html}: ${node.failureSummary}`))),
                (error) => done([String(error)]));";
        let script = std::env::var_os("WARREN_TEST_AXE")
            .map_or_else(|| xtask::npm::AXE.file().unwrap(), PathBuf::from);
        let axe = std::fs::read_to_string(&script).unwrap_or_else(|error| {
            panic!("{}: {error}; run `cargo xtask test` once", script.display())
        });
        self.driver.execute(axe, Vec::new()).await.unwrap();
        let found = self.driver.execute_async(RUN, Vec::new()).await.unwrap();
        let found: Vec<String> = serde_json::from_value(found.json().clone()).unwrap();
        assert!(found.is_empty(), "{state}: {found:#?}");
    }

    /// Takes a screenshot into `target/screenshots/NAME.png`, and returns its path.
    ///
    /// # Panics
    /// When the file cannot be written.
    pub async fn screenshot(&self, name: &str) -> PathBuf {
        let folder = xtask::target_dir().join("screenshots");
        std::fs::create_dir_all(&folder).unwrap();
        let file = folder.join(format!("{name}.png"));
        self.driver.screenshot(&file).await.unwrap();
        file
    }

    /// The WebDriver session, for what has no helper here.
    #[must_use]
    pub fn driver(&self) -> &WebDriver {
        &self.driver
    }

    async fn wait<T>(&self, what: &str, holds: impl AsyncFnMut() -> Option<T>) -> T {
        if let Some(found) = wait::within(LIMIT, holds).await {
            return found;
        }
        let file = self.screenshot(&format!("failed-{}", std::process::id())).await;
        let text = self.text().await;
        let log = self.console().await;
        panic!(
            "waited {} s in vain until {what}\nscreenshot: {}\nconsole: {log:#?}\npage:\n{}\n{}",
            LIMIT.as_secs(),
            file.display(),
            text,
            self.program.stderr()
        )
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // The program is killed as a whole; asking it to quit would need a runtime here.
        self.driver.clone().leak().ok();
    }
}
