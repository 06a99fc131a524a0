// Sends `count` text frames of `bytes` characters to an echo and takes them back; gives the
// milliseconds that took. As Warren's page, it stops writing above 1 MiB of bufferedAmount.
const [url, bytes, count, done] = arguments;
const frame = 'abcdefghijklmnop'.repeat(Math.ceil(bytes / 16)).slice(0, bytes);
const socket = new WebSocket(url);
let [sent, back, start] = [0, 0, 0];
const write = () => {
    while (sent < count && socket.bufferedAmount <= 1 << 20) {
        socket.send(frame);
        sent += 1;
    }
    if (sent < count) setTimeout(write, 0);
};
socket.onopen = () => {
    start = performance.now();
    write();
};
socket.onmessage = ({ data }) => {
    if (data.length !== bytes) done(`a frame of ${data.length}`);
    back += 1;
    if (back === count) {
        done(performance.now() - start);
        socket.close();
    }
};
socket.onerror = () => done('no echo');
