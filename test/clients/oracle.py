"""Reads the objects in the S3 server's folder, and prints MD5 and number of lines of each; null if it is not text."""
import gzip
import hashlib
import json
import os
import re
import sys

LINE_END = re.compile(rb'\r\n|\n|\r')


def text_of(path, data):
    try:
        encoding = os.getxattr(path, b'user.user.content-encoding')
    except OSError:
        encoding = b''
    if path.endswith(b'.gz') or b'gzip' in encoding:
        data = gzip.decompress(data)
    return None if b'\0' in data[:8192] else data


def lines_in(data):
    if data is None:
        return None
    return len(LINE_END.findall(data)) + (1 if data and data[-1:] not in b'\r\n' else 0)


def main(folder):
    root = os.fsencode(folder)
    found = {}
    for parent, _, names in os.walk(root):
        for name in names:
            path = os.path.join(parent, name)
            key = path[len(root) + 1 :]
            if key.startswith(b'.mpus-'):
                continue
            with open(path, 'rb') as file:
                data = file.read()
            found[key.decode()] = {'md5': hashlib.md5(data).hexdigest(), 'lines': lines_in(text_of(path, data))}
    print(json.dumps(found))


if __name__ == '__main__':
    main(sys.argv[1])
