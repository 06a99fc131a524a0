"""The tutorial's receiver: prints each message of the queue `hello`, until it is stopped.

usage: receive.py transient|durable|quorum|stream
"""

import sys

from hello_queue import open_channel

connection, channel = open_channel()


def received(channel, method, properties, body):
    print(f" [x] Received {body.decode()!r}")
    channel.basic_ack(method.delivery_tag)


# A stream wants to know from where on, and how many at once.
from_the_start = {"x-stream-offset": "first"} if sys.argv[1] == "stream" else None
channel.basic_qos(prefetch_count=100)
channel.basic_consume(queue="hello", on_message_callback=received, arguments=from_the_start)
print(" [*] Waiting for messages. To exit press CTRL+C")
channel.start_consuming()
