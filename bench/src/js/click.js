// Clicks "Send" `skip + count` times, one message at a time, and gives for each of the last
// `count` the milliseconds from the click until its row is painted, and from socket to socket.
const [count, skip, done] = arguments;
const send = [...document.querySelectorAll('button')]
    .find(({ textContent }) => textContent === 'Send');
const received = () => Number(document.querySelector('[data-counter=received]').dataset.value);
const times = { painted: [], sockets: [] };
// A task that is queued while an animation frame is drawn runs when it has been handed on.
const afterPaint = (then) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = then;
    port2.postMessage(null);
};
let number = 0;
const next = () => {
    const before = received();
    let start;
    const observer = new MutationObserver(() => {
        if (received() === before) return;
        observer.disconnect();
        afterPaint(() => {
            number += 1;
            if (number > skip) {
                times.painted.push(performance.now() - start);
                times.sockets.push(window.socketTimes.received - window.socketTimes.sent);
            }
            // At any moment within a frame, as people click.
            if (number < skip + count) setTimeout(next, 20 + Math.random() * 40);
            else done(times);
        });
    });
    observer.observe(document.body, { childList: true, subtree: true, attributes: true });
    start = performance.now();
    send.click();
};
next();
