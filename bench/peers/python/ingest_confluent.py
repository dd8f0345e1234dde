"""Writes every line of every book as a message keyed by the book, with confluent-kafka (librdkafka).

Usage: ingest_confluent.py BROKERS TOPIC MANIFEST [PROPERTY=VALUE ...]
"""

import sys

from confluent_kafka import Producer

from books import books

brokers, topic, manifest, *settings = sys.argv[1:]
producer = Producer(
    {
        "bootstrap.servers": brokers,
        "enable.idempotence": True,
        "partitioner": "murmur2_random",
    }
    | dict(setting.split("=", 1) for setting in settings)
)


def send(key: bytes, value: bytes) -> None:
    while True:
        try:
            producer.produce(topic, key=key, value=value)
            return
        except BufferError:
            producer.poll(0.01)


for book in books(manifest):
    key = book.key.encode()
    with open(book.file, "rb") as lines:
        for line in lines:
            send(key, line.rstrip(b"\n"))
producer.flush()
