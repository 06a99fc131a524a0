"""Sends one message to a queue that few clients can send or read.

usage: send_odd.py QUEUE long_header LETTERS | QUEUE correlation_id | QUEUE header_name | QUEUE routing_key
"""

import os
import sys

import pika

NOT_UTF8 = b"\xff\xfe"
EXCHANGE = "odd"

queue, kind = sys.argv[1:3]
connection = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"]))
channel = connection.channel()
channel.confirm_delivery()
exchange, routing_key, properties = "", queue, pika.BasicProperties()
if kind == "long_header":
    properties.headers = {"h": "x" * int(sys.argv[3])}
elif kind == "correlation_id":
    properties.correlation_id = NOT_UTF8
elif kind == "header_name":
    properties.headers = {NOT_UTF8: "value"}
elif kind == "routing_key":
    channel.exchange_declare(EXCHANGE, "fanout", durable=True)
    channel.queue_bind(queue, EXCHANGE)
    exchange, routing_key = EXCHANGE, NOT_UTF8
channel.basic_publish(exchange, routing_key, b"odd", properties, mandatory=True)
print(" [x] Sent")
connection.close()
