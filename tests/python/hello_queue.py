"""What both of the tutorial's programs begin with: connect, and make sure that `hello` exists."""

import os
import sys

import pika

# How the queue is declared; the first argument says which. The tutorial has used the first, and
# today uses "quorum".
DECLARATIONS = {
    "transient": {},
    "durable": {"durable": True},
    "quorum": {"durable": True, "arguments": {"x-queue-type": "quorum"}},
    "stream": {"durable": True, "arguments": {"x-queue-type": "stream"}},
}


def open_channel():
    connection = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"]))
    channel = connection.channel()
    channel.queue_declare(queue="hello", **DECLARATIONS[sys.argv[1]])
    return connection, channel
