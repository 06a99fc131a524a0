// Messages through amqp-client.js, each confirmed and acknowledged: gives the milliseconds that the last
// of the `counts` took, on one connection. Confirms are awaited by the window. As its README has it, each
// delivery is acknowledged by itself, and frames have the 8 KiB that it asks for by default; `tuned`, it
// is used as well as it can be: one ack for each WebSocket message, and frames as large as the broker's.
const [source, url, vhost, tuned, bytes, counts, window, prefetch, done] = arguments;
const script = URL.createObjectURL(new Blob([source], { type: 'text/javascript' }));
const run = async () => {
    const { AMQPWebSocketClient } = await import(script);
    const options = tuned ? { url, vhost, frameMax: 128 * 1024 } : { url, vhost };
    const connection = await new AMQPWebSocketClient(options).connect();
    const publishing = await connection.channel();
    await publishing.confirmSelect();
    const consuming = await connection.channel();
    await consuming.queueDeclare('hello', { durable: false, autoDelete: false, exclusive: false });
    await consuming.basicQos(prefetch);
    const body = new TextEncoder().encode('abcdefghijklmnop'.repeat(Math.ceil(bytes / 16)).slice(0, bytes));
    let [id, unacknowledged] = [0, 0];
    let receive;
    const ackTogether = ({ deliveryTag }) => {
        // Once the handler of this WebSocket message is through.
        if (unacknowledged === 0) {
            queueMicrotask(() => {
                consuming.basicAck(unacknowledged, true);
                unacknowledged = 0;
            });
        }
        unacknowledged = deliveryTag;
    };
    await consuming.basicConsume('hello', { noAck: false }, (message) => {
        if (tuned) ackTogether(message);
        else message.ack();
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
