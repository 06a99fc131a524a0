// Notes when the footer counts each published event: in the frame that paints it, in milliseconds since
// 1970-01-01 UTC. `publishedAt[n]` is of the n-th.
const published = () => Number(document.querySelector('[data-counter=published]').dataset.value);
const begun = published();
window.publishedAt = [];
const look = () => {
    for (let n = window.publishedAt.length; n < published() - begun; n += 1) {
        window.publishedAt.push(performance.timeOrigin + performance.now());
    }
    requestAnimationFrame(look);
};
look();
