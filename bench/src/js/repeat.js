// Starts the repeat that is typed in, and gives the milliseconds until all of it is confirmed and
// received.
const [count, done] = arguments;
const received = () => Number(document.querySelector('[data-counter=received]').dataset.value);
const confirmed = () =>
    Number(document.querySelector('[data-confirmed]')?.dataset.confirmed ?? 0);
const all = received() + count;
let start;
const look = () => {
    if (received() < all || confirmed() < count) return;
    observer.disconnect();
    done(performance.now() - start);
};
// Not with each animation frame: to ask for those would be a load of its own.
const observer = new MutationObserver(look);
observer.observe(document.body, { childList: true, subtree: true, attributes: true });
start = performance.now();
[...document.querySelectorAll('button')].find(({ textContent }) => textContent === 'Start').click();
