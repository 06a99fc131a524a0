// Runs before the page: notes when the page writes a message and when a delivery comes in.
window.socketTimes = { sent: 0, received: 0 };
const { send } = WebSocket.prototype;
WebSocket.prototype.send = function (data) {
    if (data.startsWith('{"type":"publish"')) window.socketTimes.sent = performance.now();
    return send.call(this, data);
};
const { set } = Object.getOwnPropertyDescriptor(WebSocket.prototype, 'onmessage');
Object.defineProperty(WebSocket.prototype, 'onmessage', {
    set(handler) {
        set.call(this, handler && ((event) => {
            if (event.data.startsWith('{"type":"deliveries"')) {
                window.socketTimes.received = performance.now();
            }
            handler(event);
        }));
    },
});
