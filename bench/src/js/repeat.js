// Starts the repeat that is typed in, and gives the milliseconds until all of it is confirmed and
// received.
const [count, done] = arguments;
const received = () => Number(document.querySelector('[data-counter=received]').dataset.value);
const confirmed = () =>
    Number(document.querySelector('[data-confirmed]')?.dataset.confirmed ?? 0);
const all = received() + count;
const start = performance.now();
[...document.querySelectorAll('button')].find(({ textContent }) => textContent === 'Start').click();
const look = () => {
    if (received() >= all && confirmed() >= count) done(performance.now() - start);
    else requestAnimationFrame(look);
};
requestAnimationFrame(look);
