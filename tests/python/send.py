"""The tutorial's sender: one message to the queue `hello`, then close, which flushes it.

usage: send.py transient|durable|quorum|stream [BODY]
"""

import sys

from hello_queue import open_channel

body = sys.argv[2] if len(sys.argv) > 2 else "Hello World!"
connection, channel = open_channel()
channel.basic_publish(exchange="", routing_key="hello", body=body)
print(f" [x] Sent {body!r}")
connection.close()
