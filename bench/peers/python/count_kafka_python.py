"""Steps E3 and E4 of the exercise with kafka-python: publishes (book, current count) for every line. Counts restart at
zero and offsets are not committed, so there is no guarantee after a crash.

Usage: count_kafka_python.py BROKERS FROM TO GROUP; exits at SIGTERM.
"""

import json
import sys
from collections import Counter

from kafka import KafkaConsumer, KafkaProducer

brokers, lines_topic, counts_topic, group = sys.argv[1:]
consumer = KafkaConsumer(
    lines_topic,
    bootstrap_servers=brokers,
    group_id=group,
    auto_offset_reset="earliest",
    enable_auto_commit=False,
)
producer = KafkaProducer(bootstrap_servers=brokers, acks="all")
counts: Counter[bytes] = Counter()
for message in consumer:
    counts[message.key] += 1
    producer.send(counts_topic, key=message.key, value=json.dumps(counts[message.key]).encode())
