// Gives the milliseconds, from the first event on that it sees, until so many events are counted in the
// footer, shown or missed, and how many were missed; `before` were counted before.
const [before, count, done] = arguments;
const value = (name) => Number(document.querySelector(`[data-counter=${name}]`)?.dataset.value ?? 0);
const events = () => value('published') + value('delivered') + value('missed') - before;
let start = 0;
const look = () => {
    if (events() > 0 && start === 0) start = performance.now();
    if (events() >= count) done({ ms: performance.now() - start, missed: value('missed') });
    else requestAnimationFrame(look);
};
requestAnimationFrame(look);
