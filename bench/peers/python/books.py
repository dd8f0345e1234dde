"""Reads the manifest that bench/setup/corpus.ts writes: one tab-separated line per book."""

from typing import Iterator, NamedTuple


class Book(NamedTuple):
    key: str
    file: str


def books(manifest: str) -> Iterator[Book]:
    with open(manifest, encoding="utf-8") as lines:
        for line in lines:
            key, _lines, _sha256, _edition, file = line.rstrip("\n").split("\t")
            yield Book(key, file)
