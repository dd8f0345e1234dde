"""A producer of confluent-kafka (librdkafka), which rejects messages while its queue is full."""

from confluent_kafka import Producer


def open_producer(brokers: str, settings: list[str]) -> Producer:
    """Each setting is PROPERTY=VALUE."""
    return Producer(
        {
            "bootstrap.servers": brokers,
            "enable.idempotence": True,
            "partitioner": "murmur2_random",
        }
        | dict(setting.split("=", 1) for setting in settings)
    )


def send(producer: Producer, topic: str, key: bytes, value: bytes) -> None:
    while True:
        try:
            producer.produce(topic, key=key, value=value)
            return
        except BufferError:
            producer.poll(0.01)
