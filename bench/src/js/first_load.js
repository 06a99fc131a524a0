// Runs before the page: notes when it is connected and ready to send.
const ready = () => {
    const chip = [...document.querySelectorAll('[role=status]')]
        .some(({ textContent }) => textContent.includes('Connected'));
    const send = [...document.querySelectorAll('button')]
        .find(({ textContent }) => textContent === 'Send');
    if (!chip || !send || send.disabled) return;
    window.readyMs ??= performance.now();
    observer.disconnect();
};
const observer = new MutationObserver(ready);
observer.observe(document, { childList: true, subtree: true, attributes: true, characterData: true });
