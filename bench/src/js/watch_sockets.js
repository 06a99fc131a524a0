// Runs before the page: notes when the page writes a message and when a delivery comes in.
window.socketTimes = { sent: 0, received: 0 };
// The page writes views of bytes and gets whole buffers; the type stands behind the JSON's length.
const isKind = (data, kind) => {
    const start = `{"type":"${kind}"`;
    const view = ArrayBuffer.isView(data) ? data : new Uint8Array(data);
    if (view.byteLength < 4 + start.length) return false;
    const bytes = new Uint8Array(view.buffer, view.byteOffset + 4, start.length);
    return new TextDecoder().decode(bytes) === start;
};
const { send } = WebSocket.prototype;
WebSocket.prototype.send = function (data) {
    if (isKind(data, 'publish')) window.socketTimes.sent = performance.now();
    return send.call(this, data);
};
const { set } = Object.getOwnPropertyDescriptor(WebSocket.prototype, 'onmessage');
Object.defineProperty(WebSocket.prototype, 'onmessage', {
    set(handler) {
        set.call(this, handler && ((event) => {
            if (isKind(event.data, 'deliveries')) {
                window.socketTimes.received = performance.now();
            }
            handler(event);
        }));
    },
});
