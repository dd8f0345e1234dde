"""Publishes (book, current count) for every line with confluent-kafka (librdkafka), in batches. Counts restart at zero,
as in the exercise, so there is no guarantee after a crash.

Usage: count_confluent.py BROKERS FROM TO GROUP [PROPERTY=VALUE ...]; the properties are those of the producer. Exits at
SIGTERM.
"""

import sys
from collections import Counter

from confluent_kafka import Consumer, KafkaException, Producer

brokers, lines_topic, counts_topic, group, *settings = sys.argv[1:]
consumer = Consumer(
    {
        "bootstrap.servers": brokers,
        "group.id": group,
        "auto.offset.reset": "earliest",
        "enable.auto.commit": False,
    }
)
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
            producer.produce(counts_topic, key=key, value=value)
            return
        except BufferError:
            producer.poll(0.01)


consumer.subscribe([lines_topic])
counts: Counter[bytes] = Counter()
while True:
    for message in consumer.consume(num_messages=1000, timeout=0.1):
        if message.error():
            raise KafkaException(message.error())
        key = message.key()
        counts[key] += 1
        send(key, str(counts[key]).encode())
    producer.poll(0)
