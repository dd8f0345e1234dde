#!/usr/bin/env python3
"""Checks the topics against the guarantees. Shares no code with the product: it reads the log as kcat prints it, and
implements the five counting rules of docs/guarantees.md independently.

    oracle.py --brokers HOST:PORT --userid USERID [--rebuilds N] [--ending FILE]

--rebuilds  maximum number of lost states, after each of which a partition may be counted again from the log's start
--ending    JSON: [{"book": base64, "lines": [base64, …] | null}, …], the final content of the bucket
            or {"book": base64, "file": PATH, "gzip": true|false}: Python itself splits that file into lines

Prints one JSON object: what was compared, and every difference. Exits with 1 if there is a difference.
"""

import argparse
import base64
import gzip
import json
import re
import subprocess
import sys
from collections import namedtuple

Record = namedtuple('Record', 'partition offset key value line')

HEAD = re.compile(rb'(\d+) (\d+) (-?\d+) (-?\d+) ?(.*)')
LINE_HEADER = re.compile(rb'(?:^|,)line=([^,]*)')
PLACE = re.compile(rb'([A-Za-z0-9_-]{8}):([1-9][0-9]*)(:end)?')


def read_topic(brokers, topic, isolation):
    """Returns every record of a topic, {partition: [Record, …]} in order of offset."""
    command = ['kcat', '-C', '-q', '-e', '-b', brokers, '-t', topic, '-o', 'beginning']
    command += ['-X', 'isolation.level=' + isolation, '-f', r'%p %o %K %S %h\n%k%s\n']
    output = output_of(command)
    partitions = {}
    at = 0
    while at < len(output):
        end = output.index(b'\n', at)
        partition, offset, key_size, value_size, headers = HEAD.fullmatch(output[at:end]).groups()
        at = end + 1
        key, at = cut(output, at, int(key_size))
        value, at = cut(output, at, int(value_size))
        header = LINE_HEADER.search(headers)
        record = Record(int(partition), int(offset), key, value, header and header.group(1))
        partitions.setdefault(record.partition, []).append(record)
        at += 1
    for records in partitions.values():
        records.sort(key=lambda record: record.offset)
    return partitions


def output_of(command, attempts=3):
    """Repeats a failed read: kcat exits when the broker closes an idle connection while the machine is busy."""
    for attempt in range(1, attempts + 1):
        done = subprocess.run(command, stdout=subprocess.PIPE, timeout=120)
        if done.returncode == 0 or attempt == attempts:
            done.check_returncode()
            return done.stdout


def cut(output, at, size):
    return (None, at) if size < 0 else (output[at : at + size], at + size)


class Book:
    def __init__(self):
        self.count = 0
        self.edition = None
        self.number = 0
        self.complete = False
        self.lines = []  # of the edition; lines of other producers are counted only
        self.foreign = 0


def fold(records):
    """Applies the five rules. Returns the updates, [(key, count or None), …], and the final books."""
    books, updates = {}, []
    for record in records:
        # Rule 1 concerns redelivery; here every record is read once.
        if record.key is None:
            continue
        if record.value is None:  # rule 2
            if books.pop(record.key, None) is not None:
                updates.append((record.key, None))
            continue
        place = PLACE.fullmatch(record.line) if record.line is not None else None
        book = books.get(record.key)
        if place is None:  # rule 3
            book = books.setdefault(record.key, book or Book())
            book.foreign += 1
        else:
            edition, number, end = place.group(1), int(place.group(2)), place.group(3)
            if book is not None and book.edition == edition:  # rule 4
                if number != book.number + 1:
                    continue
            elif number == 1:  # rule 5
                book = books[record.key] = Book()
                book.edition = edition
            else:
                continue
            book.number = number
            book.complete = end is not None
            book.lines.append(record.value)
        book.count += 1
        updates.append((record.key, book.count))
    return updates, books


def compare_updates(expected, published, rebuilds):
    """Returns None, or a sentence about the difference. Without rebuilds the two must be equal. A rebuild may restart at
    the first update, and may publish a removal for a book that then has no lines."""
    states = {(0, 0)}  # position in what was expected, rebuilds so far
    for position, update in enumerate(published):
        after = set()
        for at, begun in states:
            for start, used in ((at, begun), (0, begun + 1)):
                if used <= rebuilds and start < len(expected) and expected[start] == update:
                    after.add((start + 1, used))
            if begun > 0 and update[1] is None:
                after.add((at, begun))
            if begun < rebuilds and update[1] is None:
                after.add((at, begun + 1))
        if not after:
            at = max(at for at, _ in states)
            wanted = show(expected[at]) if at < len(expected) else 'nothing more'
            return 'update %d is %s instead of %s' % (position, show(update), wanted)
        states = after
    if any(at == len(expected) for at, _ in states):
        return None
    at = max(at for at, _ in states)
    return 'updates end after %d of %d; the next would be %s' % (at, len(expected), show(expected[at]))


def show(update):
    key, count = update
    return '%r=%s' % (key[:60], count)


def compare_partition(partition, lines, counts, state, rebuilds):
    """Yields differences of one partition; counts and state are read with read_committed."""
    expected, books = fold(lines)
    published = []
    for record in counts:
        value = None if record.value is None else int(record.value)
        if record.key is None or record.line is not None or (value is not None and record.value != b'%d' % value):
            yield 'partition %d: a malformed count at offset %d' % (partition, record.offset)
        published.append((record.key, value))
    difference = compare_updates(expected, published, rebuilds)
    if difference is not None:
        yield 'partition %d: %s' % (partition, difference)
    last = {key: count for key, count in published}
    for key in set(last) | set(books):
        count = books[key].count if key in books else None
        if last.get(key) != count:
            yield 'partition %d: the last count of %r is %s instead of %s' % (partition, key[:60], last.get(key), count)
    yield from compare_state(partition, lines, books, state)


def compare_state(partition, lines, books, state):
    remembered, checkpoint = {}, None
    for record in state:
        if record.key == b'checkpoint' and record.value is not None:
            checkpoint = json.loads(record.value)
        elif record.key is not None and record.key.startswith(b'book:'):
            remembered[record.key[5:]] = record.value and json.loads(record.value)
    for key in set(books) | set(remembered):
        book, known = books.get(key), remembered.get(key)
        wanted = book and {
            'v': 1,
            'lines': book.count,
            'edition': (book.edition or b'').decode(),
            'number': book.number,
            'complete': book.complete,
        }
        if known != wanted:
            yield 'partition %d: the state of %r is %s instead of %s' % (partition, key[:60], known, wanted)
    if not lines:
        return
    if checkpoint is None:
        yield 'partition %d: no checkpoint' % partition
    elif checkpoint['next'] <= lines[-1].offset:
        yield 'partition %d: counted up to %d of %d' % (partition, checkpoint['next'], lines[-1].offset)
    elif checkpoint['books'] != len(books) or checkpoint['lines'] != sum(b.count for b in books.values()):
        yield 'partition %d: the checkpoint says %s' % (partition, checkpoint)


def compare_ending(ending, all_books):
    """Yields differences between the log's last edition of each book and the bucket's content."""
    for entry in ending:
        key = base64.b64decode(entry['book'])
        homes = [books[key] for books in all_books if key in books]
        wanted = lines_of(entry)
        found = homes[0].lines if homes else []
        if len(homes) > 1:
            yield '%r is in %d partitions' % (key[:60], len(homes))
        if found != (wanted or []):
            at = next((i for i, (a, b) in enumerate(zip(found, wanted or [])) if a != b), min(len(found), len(wanted or [])))
            yield '%r: %d lines in the log, %d in the bucket, different from line %d on' % (
                key[:60],
                len(found),
                len(wanted or []),
                at + 1,
            )
        if wanted and homes and not homes[0].complete:
            yield '%r: its last line has no end mark' % key[:60]
        if homes and homes[0].count != len(wanted or []) + homes[0].foreign:
            yield '%r: the count is %d' % (key[:60], homes[0].count)


def lines_of(entry):
    """Returns the lines as bytes, split by Python's text mode; None if the book does not exist."""
    if 'file' in entry:
        opened = gzip.open if entry.get('gzip') else open
        with opened(entry['file'], 'rt', encoding='latin-1', newline=None) as text:
            return [line.removesuffix('\n').encode('latin-1') for line in text]
    return None if entry['lines'] is None else [base64.b64decode(line) for line in entry['lines']]


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument('--brokers', required=True)
    arguments.add_argument('--userid', required=True)
    arguments.add_argument('--rebuilds', type=int, default=0)
    arguments.add_argument('--ending')
    options = arguments.parse_args()
    lines = read_topic(options.brokers, options.userid + '.books', 'read_uncommitted')
    counts = read_topic(options.brokers, options.userid + '.book-count', 'read_committed')
    state = read_topic(options.brokers, options.userid + '.book-count-state', 'read_committed')
    differences = []
    for partition in sorted(set(lines) | set(counts) | set(state)):
        of = [topic.get(partition, []) for topic in (lines, counts, state)]
        differences += compare_partition(partition, *of, options.rebuilds)
    if options.ending is not None:
        with open(options.ending, encoding='utf-8') as file:
            ending = json.load(file)
        differences += compare_ending(ending, [fold(records)[1] for records in lines.values()])
    total = lambda topic: sum(len(records) for records in topic.values())
    print(json.dumps({'lines': total(lines), 'updates': total(counts), 'differences': differences}))
    sys.exit(1 if differences else 0)


if __name__ == '__main__':
    main()
