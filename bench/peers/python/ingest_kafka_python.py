"""Steps E1 and E2 of the exercise with kafka-python: writes every line of every book as a message keyed by the book.

Usage: ingest_kafka_python.py BROKERS TOPIC MANIFEST
"""

import sys

from kafka import KafkaProducer

from books import books

brokers, topic, manifest = sys.argv[1:]
producer = KafkaProducer(bootstrap_servers=brokers, acks="all")
for book in books(manifest):
    key = book.key.encode()
    with open(book.file, "rb") as lines:
        for line in lines:
            producer.send(topic, key=key, value=line.rstrip(b"\n"))
producer.flush()
producer.close()
