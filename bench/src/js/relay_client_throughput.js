// Messages through the relay with a small client of its protocol in JavaScript (docs/protocol.md), in binary
// messages, each confirmed and acknowledged: gives the milliseconds that the last of the `counts` took.
const [url, bytes, counts, window, prefetch, atOnce, done] = arguments;
const socket = new WebSocket(url);
socket.binaryType = 'arraybuffer';
const [encoder, decoder] = [new TextEncoder(), new TextDecoder()];
const write = (type, data, bodies = []) => {
    const json = encoder.encode(JSON.stringify({ type, data }));
    const size = bodies.reduce((sum, { byteLength }) => sum + byteLength, 4 + json.byteLength);
    const message = new Uint8Array(size);
    new DataView(message.buffer).setUint32(0, json.byteLength);
    message.set(json, 4);
    let at = 4 + json.byteLength;
    for (const body of bodies) {
        message.set(body, at);
        at += body.byteLength;
    }
    socket.send(message);
};
const body = encoder.encode('abcdefghijklmnop'.repeat(Math.ceil(bytes / 16)).slice(0, bytes));
let [id, left, sent, confirmed, received, start] = [0, [...counts], 0, 0, 0, 0];
const publish = () => {
    const [count] = left;
    for (;;) {
        const some = Math.min(atOnce, count - sent);
        if (some === 0 || sent - confirmed + some > window) return;
        const messages = Array.from({ length: some }, () => {
            id += 1;
            return { id, body: { bytes }, properties: { message_id: String(id) } };
        });
        write('publish', { messages }, new Array(some).fill(body));
        sent += some;
    }
};
const begin = () => {
    [sent, confirmed, received, start] = [0, 0, 0, performance.now()];
    publish();
};
// The bodies, as an application would use them.
let bodies = [];
const take = {
    broker: ({ state }) => {
        if (state === 'up') write('receive', { ack: 'auto', prefetch });
    },
    receiving: () => {
        if (id === 0) begin();
    },
    published: ({ confirmed: ids = [], failed = [] }) => {
        if (failed.length > 0) done(`failed: ${JSON.stringify(failed[0])}`);
        confirmed += ids.length;
        publish();
    },
    deliveries: ({ messages }, tail) => {
        let at = 0;
        bodies = messages.map(({ body }) => tail.subarray(at, at += body.bytes));
        received += messages.length;
        write('settle', { outcome: 'ack', tags: { up_to: messages.at(-1).tag } });
    },
    error: (data) => done(`error: ${JSON.stringify(data)}`),
};
window.onerror = (error) => done(error);
socket.onopen = () => write('hello', { protocol: 1, binary: true });
socket.onclose = ({ code, reason }) => done(`closed: ${code} ${reason}`);
socket.onmessage = (event) => {
    const end = 4 + new DataView(event.data).getUint32(0);
    const { type, data } = JSON.parse(decoder.decode(new Uint8Array(event.data, 4, end - 4)));
    take[type]?.(data, new Uint8Array(event.data, end));
    if (confirmed < left[0] || received < left[0] || sent === 0) return;
    const ms = performance.now() - start;
    left.shift();
    if (left.length > 0) {
        begin();
        return;
    }
    socket.onclose = null;
    socket.close();
    done(ms);
};
