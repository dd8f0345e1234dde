"""Publishes (book, current count) for every line with Quix Streams, which stores state in RocksDB and a changelog topic.

Usage: count_quix.py BROKERS FROM TO GROUP STATE_DIR exactly-once|at-least-once [PROPERTY=VALUE ...]
Each PROPERTY configures the producer. Exits at SIGTERM.
"""

import sys

from quixstreams import Application, State

brokers, lines_topic, counts_topic, group, state_dir, guarantee, *settings = sys.argv[1:]
app = Application(
    broker_address=brokers,
    consumer_group=group,
    auto_offset_reset="earliest",
    processing_guarantee=guarantee,
    state_dir=state_dir,
    auto_create_topics=True,  # creates the changelog topic
    producer_extra_config=dict(setting.split("=", 1) for setting in settings),
    loglevel="WARNING",
)
lines = app.topic(lines_topic, key_deserializer="bytes", value_deserializer="bytes")
counts = app.topic(counts_topic, key_serializer="bytes", value_serializer="json")


def count(_line: bytes, state: State) -> int:
    current = state.get("count", 0) + 1
    state.set("count", current)
    return current


app.dataframe(lines).apply(count, stateful=True).to_topic(counts)
app.run()
