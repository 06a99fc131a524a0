// Notes when each published event is counted in the footer and painted, in milliseconds since 1970-01-01
// UTC. `publishedAt[n]` is of the n-th.
const published = () => Number(document.querySelector('[data-counter=published]').dataset.value);
const begun = published();
window.publishedAt = [];
// A task that is queued while an animation frame is drawn runs when it has been handed on.
const afterPaint = (then) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = then;
    port2.postMessage(null);
};
new MutationObserver(() => afterPaint(() => {
    for (let n = window.publishedAt.length; n < published() - begun; n += 1) {
        window.publishedAt.push(performance.timeOrigin + performance.now());
    }
})).observe(document.body, { childList: true, subtree: true, attributes: true });
