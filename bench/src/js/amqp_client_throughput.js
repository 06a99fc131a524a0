// Messages through amqp-client.js, each confirmed and acknowledged: gives the milliseconds that the last
// of the `counts` took, on one connection. It is used as well as it can be: confirms are awaited by the
// window, deliveries are acknowledged once for each WebSocket message, frames are as large as the broker's.
const [source, url, vhost, frameMax, bytes, counts, window, prefetch, done] = arguments;
const script = URL.createObjectURL(new Blob([source], { type: 'text/javascript' }));
const run = async () => {
    const { AMQPWebSocketClient } = await import(script);
    const connection = await new AMQPWebSocketClient({ url, vhost, frameMax }).connect();
    const publishing = await connection.channel();
    await publishing.confirmSelect();
    const consuming = await connection.channel();
    await consuming.queueDeclare('hello', { durable: false, autoDelete: false, exclusive: false });
    await consuming.basicQos(prefetch);
    const body = new TextEncoder().encode('abcdefghijklmnop'.repeat(Math.ceil(bytes / 16)).slice(0, bytes));
    let [id, unacknowledged] = [0, 0];
    let receive;
    await consuming.basicConsume('hello', { noAck: false }, ({ deliveryTag }) => {
        // Once the handler of this WebSocket message is through.
        if (unacknowledged === 0) {
            queueMicrotask(() => {
                consuming.basicAck(unacknowledged, true);
                unacknowledged = 0;
            });
        }
        unacknowledged = deliveryTag;
        receive();
    });
    const through = (count) => new Promise((resolve, reject) => {
        let [sent, confirmed, received] = [0, 0, 0];
        const start = performance.now();
        const advance = () => {
            if (confirmed === count && received === count) resolve(performance.now() - start);
        };
        const publish = () => {
            while (sent < count && sent - confirmed < window) {
                sent += 1;
                id += 1;
                publishing.basicPublish('', 'hello', body, { messageId: String(id) }).then(() => {
                    confirmed += 1;
                    publish();
                    advance();
                }, reject);
            }
        };
        receive = () => {
            received += 1;
            advance();
        };
        publish();
    });
    let ms;
    for (const count of counts) ms = await through(count);
    await connection.close();
    return ms;
};
run().then(done, (error) => done(String(error)));
