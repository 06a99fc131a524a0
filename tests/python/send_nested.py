"""Sends a message to the queue `hello` with a header of arrays inside arrays, as deep as asked.

The table is written by hand: pika's own encoder would nest as deep.

usage: send_nested.py transient|durable|quorum|stream LEVELS
"""

import struct
import sys

import pika

from hello_queue import open_channel


class Nested(pika.BasicProperties):
    """Nothing but a header `h`."""

    def encode(self):
        value = b"V"
        for _ in range(int(sys.argv[2])):
            value = b"A" + struct.pack(">I", len(value)) + value
        table = b"\x01h" + value
        # Bit 13 of the flags says that there are headers (AMQP 0-9-1, section 4.2.6.1).
        return [struct.pack(">H", 1 << 13), struct.pack(">I", len(table)), table]


connection, channel = open_channel()
channel.confirm_delivery()
channel.basic_publish("", "hello", b"nested", Nested())
print(" [x] Sent")
connection.close()
