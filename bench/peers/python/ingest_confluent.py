"""Writes every line of every book as a message keyed by the book, with confluent-kafka (librdkafka).

Usage: ingest_confluent.py BROKERS TOPIC MANIFEST [PROPERTY=VALUE ...]
"""

import sys

from books import books
from confluent import open_producer, send

brokers, topic, manifest, *settings = sys.argv[1:]
producer = open_producer(brokers, settings)
for book in books(manifest):
    key = book.key.encode()
    with open(book.file, "rb") as lines:
        for line in lines:
            send(producer, topic, key, line.rstrip(b"\n"))
producer.flush()
