package main

import (
	"context"
	"io"
	"os"
	"runtime/debug"
	"strings"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
	"github.com/minio/minio-go/v7/pkg/tags"
)

type minioClient struct{ s3 *minio.Client }

func newMinio(context.Context) (client, error) {
	host := strings.TrimPrefix(os.Getenv("AWS_ENDPOINT_URL"), "http://")
	s3, err := minio.New(host, &minio.Options{
		Creds: credentials.NewEnvAWS(), Region: os.Getenv("AWS_REGION"), TrailingHeaders: true,
	})
	return minioClient{s3}, err
}

func (c minioClient) version() string {
	build, _ := debug.ReadBuildInfo()
	for _, module := range build.Deps {
		if module.Path == "github.com/minio/minio-go/v7" {
			return "minio-go " + module.Version
		}
	}
	return "minio-go"
}

var checksums = map[string]minio.ChecksumType{
	"CRC32":     minio.ChecksumCRC32,
	"CRC32C":    minio.ChecksumCRC32C,
	"CRC64NVME": minio.ChecksumCRC64NVME,
	"SHA1":      minio.ChecksumSHA1,
	"SHA256":    minio.ChecksumSHA256,
}

func (c minioClient) put(ctx context.Context, key, file string, with putOptions) error {
	if with.Encryption != "" || with.ACL != "" {
		return errUnsupported
	}
	options := minio.PutObjectOptions{ContentEncoding: with.Encoding, StorageClass: with.StorageClass, PartSize: partBytes}
	if with.Tags != "" {
		parsed, err := tags.Parse(with.Tags, true)
		if err != nil {
			return err
		}
		options.UserTags = parsed.ToMap()
	}
	if with.Checksum != "" {
		options.Checksum = checksums[with.Checksum]
	}
	_, err := c.s3.FPutObject(ctx, bucket, key, file, options)
	return err
}

func (c minioClient) stream(ctx context.Context, key string, body io.Reader) error {
	_, err := c.s3.PutObject(ctx, bucket, key, body, -1, minio.PutObjectOptions{PartSize: partBytes})
	return err
}

func (c minioClient) parts(ctx context.Context, key, file string) error {
	return c.put(ctx, key, file, putOptions{})
}

func (c minioClient) copy(ctx context.Context, from, key string, inParts bool) error {
	if inParts {
		return errUnsupported
	}
	to, source := minio.CopyDestOptions{Bucket: bucket, Object: key}, minio.CopySrcOptions{Bucket: bucket, Object: from}
	_, err := c.s3.CopyObject(ctx, to, source)
	return err
}

func (c minioClient) remove(ctx context.Context, keys []string) error {
	if len(keys) == 1 {
		return c.s3.RemoveObject(ctx, bucket, keys[0], minio.RemoveObjectOptions{})
	}
	objects := make(chan minio.ObjectInfo, len(keys))
	for _, key := range keys {
		objects <- minio.ObjectInfo{Key: key}
	}
	close(objects)
	for failed := range c.s3.RemoveObjects(ctx, bucket, objects, minio.RemoveObjectsOptions{}) {
		return failed.Err
	}
	return nil
}

func (c minioClient) tag(ctx context.Context, key string) error {
	set, err := tags.NewTags(map[string]string{"shelf": "1"}, true)
	if err != nil {
		return err
	}
	return c.s3.PutObjectTagging(ctx, bucket, key, set, minio.PutObjectTaggingOptions{})
}

func (c minioClient) read(ctx context.Context, key string) ([]byte, error) {
	object, err := c.s3.GetObject(ctx, bucket, key, minio.GetObjectOptions{})
	if err != nil {
		return nil, err
	}
	defer object.Close()
	return io.ReadAll(object)
}

func (c minioClient) list(ctx context.Context, prefix string) (keys []string, err error) {
	for found := range c.s3.ListObjects(ctx, bucket, minio.ListObjectsOptions{Prefix: prefix, Recursive: true}) {
		if found.Err != nil {
			return nil, found.Err
		}
		keys = append(keys, found.Key)
	}
	return keys, nil
}
