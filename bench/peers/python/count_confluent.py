"""Publishes (book, current count) for every line with confluent-kafka (librdkafka), in batches. Counts restart at zero,
as in the exercise, so there is no guarantee after a crash.

Usage: count_confluent.py BROKERS FROM TO GROUP [PROPERTY=VALUE ...]; the properties are those of the producer. Exits at
SIGTERM.
"""

import sys
from collections import Counter

from confluent_kafka import Consumer, KafkaException

from confluent import open_producer, send

brokers, lines_topic, counts_topic, group, *settings = sys.argv[1:]
consumer = Consumer(
    {
        "bootstrap.servers": brokers,
        "group.id": group,
        "auto.offset.reset": "earliest",
        "enable.auto.commit": False,
    }
)
producer = open_producer(brokers, settings)
consumer.subscribe([lines_topic])
counts: Counter[bytes] = Counter()
while True:
    for message in consumer.consume(num_messages=1000, timeout=0.1):
        if message.error():
            raise KafkaException(message.error())
        key = message.key()
        counts[key] += 1
        send(producer, counts_topic, key, str(counts[key]).encode())
    producer.poll(0)
