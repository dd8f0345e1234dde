"""Performs a plan of S3 operations with one of Python's clients, and prints the outcome of each as a line of JSON."""
import hashlib
import io
import json
import os
import sys

BUCKET = os.environ['BUCKET']
ENDPOINT = os.environ['AWS_ENDPOINT_URL']
MIB = 1024 * 1024


class Unsupported(Exception):
    pass


class Pipe(io.RawIOBase):
    """A body of unknown length that does not support seek."""

    def __init__(self, file):
        self.file = open(file, 'rb')

    def readable(self):
        return True

    def seekable(self):
        return False

    def read(self, size=-1):
        return self.file.read(size)


def parameters(checksum=None, encoding=None, encryption=None, acl=None, tags=None, storageClass=None):
    names = {
        'ChecksumAlgorithm': checksum,
        'ContentEncoding': encoding,
        'ServerSideEncryption': encryption,
        'ACL': acl,
        'Tagging': tags,
        'StorageClass': storageClass,
    }
    return {name: value for name, value in names.items() if value is not None}


class Boto3:
    def __init__(self):
        import boto3
        from boto3.s3.transfer import TransferConfig
        from botocore.config import Config

        settings = Config(s3={'addressing_style': 'path'}, retries={'max_attempts': 1})
        self.s3 = boto3.client('s3', config=settings)
        self.transfers = TransferConfig(multipart_threshold=5 * MIB, multipart_chunksize=5 * MIB)
        self.version = 'boto3 ' + boto3.__version__

    def put(self, key, file, **options):
        with open(file, 'rb') as body:
            self.s3.put_object(Bucket=BUCKET, Key=key, Body=body, **parameters(**options))

    def stream(self, key, file):
        self.s3.upload_fileobj(Pipe(file), BUCKET, key, Config=self.transfers)

    def parts(self, key, file):
        self.s3.upload_file(file, BUCKET, key, Config=self.transfers)

    def copy(self, source, key, in_parts):
        of = {'Bucket': BUCKET, 'Key': source}
        if in_parts:
            self.s3.copy(of, BUCKET, key, Config=self.transfers)
        else:
            self.s3.copy_object(Bucket=BUCKET, Key=key, CopySource=of)

    def modify(self, key):
        of = {'Bucket': BUCKET, 'Key': key}
        self.s3.copy_object(
            Bucket=BUCKET, Key=key, CopySource=of, MetadataDirective='REPLACE', Metadata={'author': 'Melville'}
        )

    def delete(self, key):
        self.s3.delete_object(Bucket=BUCKET, Key=key)

    def delete_many(self, keys):
        answer = self.s3.delete_objects(Bucket=BUCKET, Delete={'Objects': [{'Key': key} for key in keys]})
        if answer.get('Errors'):
            raise RuntimeError(answer['Errors'])

    def tag(self, key):
        self.s3.put_object_tagging(Bucket=BUCKET, Key=key, Tagging={'TagSet': [{'Key': 'shelf', 'Value': '1'}]})

    def read(self, key):
        body = io.BytesIO()
        self.s3.download_fileobj(BUCKET, key, body, Config=self.transfers)
        return body.getvalue()

    def list(self, prefix):
        pages = self.s3.get_paginator('list_objects_v2').paginate(Bucket=BUCKET, Prefix=prefix)
        return [found['Key'] for page in pages for found in page.get('Contents', [])]


class Crt(Boto3):
    """Transfers by awscrt. boto3 itself offers them only over TLS."""

    def __init__(self):
        super().__init__()
        import awscrt
        import botocore.session
        from botocore.config import Config
        from s3transfer.crt import (
            BotocoreCRTCredentialsWrapper,
            BotocoreCRTRequestSerializer,
            CRTTransferManager,
            create_s3_crt_client,
        )

        session = botocore.session.get_session()
        credentials = BotocoreCRTCredentialsWrapper(session.get_credentials()).to_crt_credentials_provider()
        client = create_s3_crt_client(os.environ['AWS_REGION'], credentials, part_size=5 * MIB, use_ssl=False)
        settings = {'endpoint_url': ENDPOINT, 'config': Config(s3={'addressing_style': 'path'})}
        self.manager = CRTTransferManager(client, BotocoreCRTRequestSerializer(session, settings))
        self.version = 'awscrt ' + awscrt.__version__

    def put(self, key, file, **options):
        self.manager.upload(file, BUCKET, key, extra_args=parameters(**options)).result()

    def stream(self, key, file):
        raise Unsupported()

    def parts(self, key, file):
        self.put(key, file)

    def copy(self, source, key, in_parts):
        raise Unsupported()

    def modify(self, key):
        raise Unsupported()

    def delete(self, key):
        self.manager.delete(BUCKET, key).result()

    def delete_many(self, keys):
        raise Unsupported()

    def tag(self, key):
        raise Unsupported()

    def read(self, key):
        body = io.BytesIO()
        self.manager.download(BUCKET, key, body).result()
        return body.getvalue()


class Minio:
    def __init__(self):
        import minio
        from minio.credentials import EnvAWSProvider

        host = ENDPOINT.removeprefix('http://')
        self.s3 = minio.Minio(host, secure=False, region=os.environ['AWS_REGION'], credentials=EnvAWSProvider())
        self.version = 'minio ' + minio.__version__

    def put(self, key, file, tags=None, storageClass=None, encoding=None, encryption=None, checksum=None, acl=None):
        if checksum or acl:
            raise Unsupported()
        headers = {
            'X-Amz-Storage-Class': storageClass,
            'Content-Encoding': encoding,
            'X-Amz-Server-Side-Encryption': encryption,
            'X-Amz-Tagging': tags,
        }
        given = {name: value for name, value in headers.items() if value is not None}
        self.s3.fput_object(BUCKET, key, file, metadata=given)

    def stream(self, key, file):
        self.s3.put_object(BUCKET, key, Pipe(file), length=-1, part_size=5 * MIB)

    def parts(self, key, file):
        self.s3.fput_object(BUCKET, key, file, part_size=5 * MIB)

    def copy(self, source, key, in_parts):
        from minio.commonconfig import CopySource

        if in_parts:
            raise Unsupported()
        self.s3.copy_object(BUCKET, key, CopySource(BUCKET, source))

    def delete(self, key):
        self.s3.remove_object(BUCKET, key)

    def delete_many(self, keys):
        from minio.deleteobjects import DeleteObject

        errors = list(self.s3.remove_objects(BUCKET, [DeleteObject(key) for key in keys]))
        if errors:
            raise RuntimeError(errors)

    def tag(self, key):
        from minio.commonconfig import Tags

        tags = Tags.new_object_tags()
        tags['shelf'] = '1'
        self.s3.set_object_tags(BUCKET, key, tags)

    def read(self, key):
        answer = self.s3.get_object(BUCKET, key)
        try:
            return answer.read()
        finally:
            answer.close()

    def list(self, prefix):
        return [found.object_name for found in self.s3.list_objects(BUCKET, prefix=prefix, recursive=True)]


class Obstore:
    """The Rust crate object_store."""

    def __init__(self):
        import obstore
        from obstore.store import S3Store

        self.obstore = obstore
        self.store = S3Store(BUCKET, endpoint=ENDPOINT, client_options={'allow_http': True})
        self.version = 'obstore ' + obstore.__version__

    def put(self, key, file, encoding=None, **others):
        if others:
            raise Unsupported()
        attributes = {'Content-Encoding': encoding} if encoding else None
        with open(file, 'rb') as body:
            self.obstore.put(self.store, key, body.read(), attributes=attributes, use_multipart=False)

    def stream(self, key, file):
        def chunks():
            with open(file, 'rb') as body:
                while chunk := body.read(MIB):
                    yield chunk

        self.obstore.put(self.store, key, chunks(), chunk_size=5 * MIB)

    def parts(self, key, file):
        with open(file, 'rb') as body:
            self.obstore.put(self.store, key, body, use_multipart=True, chunk_size=5 * MIB)

    def copy(self, source, key, in_parts):
        if in_parts:
            raise Unsupported()
        self.obstore.copy(self.store, source, key)

    def move(self, source, key):
        self.obstore.rename(self.store, source, key)

    def delete(self, key):
        self.obstore.delete(self.store, key)

    def delete_many(self, keys):
        self.obstore.delete(self.store, keys)

    def tag(self, key):
        raise Unsupported()

    def read(self, key):
        return bytes(self.obstore.get(self.store, key).bytes())

    def list(self, prefix):
        return [found['path'] for page in self.obstore.list(self.store, prefix) for found in page]


CLIENTS = {
    'boto3': Boto3,
    'crt': Crt,
    'minio': Minio,
    'obstore': Obstore,
}


def perform(client, op, **given):
    if op == 'put':
        client.put(given['key'], given['file'], **given.get('with', {}))
    elif op in ('stream', 'parts'):
        getattr(client, op)(given['key'], given['file'])
    elif op == 'copy':
        client.copy(given['from'], given['key'], given.get('inParts', False))
    elif op == 'move' and hasattr(client, 'move'):
        client.move(given['from'], given['key'])
    elif op == 'modify' and hasattr(client, 'modify'):
        client.modify(given['key'])
    elif op == 'delete':
        client.delete(given['keys'][0])
    elif op == 'delete-many':
        client.delete_many(given['keys'])
    elif op == 'tag':
        client.tag(given['key'])
    elif op == 'read':
        return {'md5': hashlib.md5(client.read(given['key'])).hexdigest()}
    elif op == 'list':
        return {'keys': client.list(given['prefix'])}
    else:
        raise Unsupported()
    return {}


def main(name, plan):
    client = CLIENTS[name]()
    print(json.dumps({'version': client.version}), flush=True)
    with open(plan, encoding='utf-8') as file:
        operations = json.load(file)
    for operation in operations:
        given = {name: value for name, value in operation.items() if name != 'shows'}
        try:
            outcome = {'ok': True, **perform(client, **given)}
        except Unsupported:
            outcome = {'ok': 'unsupported'}
        except Exception as error:
            outcome = {'ok': False, 'error': f'{type(error).__name__}: {error}'}
        print(json.dumps(outcome), flush=True)


if __name__ == '__main__':
    main(*sys.argv[1:])
