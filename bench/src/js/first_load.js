// Runs before the page: notes when it is connected and ready to send.
const ready = () => {
    const status = document.querySelector('[role=status][aria-label=Status]');
    const send = [...document.querySelectorAll('button')]
        .find(({ textContent }) => textContent === 'Send');
    if (status?.textContent !== 'Connected' || !send || send.disabled) return;
    window.readyMs ??= performance.now();
    observer.disconnect();
};
const observer = new MutationObserver(ready);
observer.observe(document, { childList: true, subtree: true, attributes: true, characterData: true });
