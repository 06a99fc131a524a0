// The same with amqp-client.js: milliseconds from publishing to receiving, one message at a time.
const [source, url, vhost, count, skip, done] = arguments;
const script = URL.createObjectURL(new Blob([source], { type: 'text/javascript' }));
const run = async () => {
    const { AMQPWebSocketClient } = await import(script);
    const connection = await new AMQPWebSocketClient(url, vhost, 'guest', 'guest').connect();
    const channel = await connection.channel();
    await channel.confirmSelect();
    await channel.queueDeclare('hello', { durable: false, autoDelete: false, exclusive: false });
    let receive;
    await channel.basicConsume('hello', { noAck: false }, (message) => {
        receive(performance.now());
        message.ack();
    });
    const times = [];
    for (let number = 0; number < skip + count; number += 1) {
        const received = new Promise((resolve) => { receive = resolve; });
        const start = performance.now();
        const [end] = await Promise.all([
            received, channel.basicPublish('', 'hello', 'Hello World!'),
        ]);
        if (number >= skip) times.push(end - start);
        await new Promise((resolve) => setTimeout(resolve, 20 + Math.random() * 40));
    }
    await connection.close();
    return times;
};
run().then(done, (error) => done(String(error)));
