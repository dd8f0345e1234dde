package main

import (
	"context"
	"fmt"
	"io"
	"net/url"
	"os"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/feature/s3/transfermanager"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

type sdk struct {
	s3        *s3.Client
	transfers *transfermanager.Client
}

func newSDK(ctx context.Context) (client, error) {
	settings, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return nil, err
	}
	api := s3.NewFromConfig(settings, func(o *s3.Options) { o.UsePathStyle = true })
	transfers := transfermanager.New(api, func(o *transfermanager.Options) {
		o.PartSizeBytes = partBytes
		o.MultipartUploadThreshold = partBytes
	})
	return sdk{api, transfers}, nil
}

func (c sdk) version() string { return "aws-sdk-go-v2 " + aws.SDKVersion }

func (c sdk) put(ctx context.Context, key, file string, with putOptions) error {
	body, err := os.Open(file)
	if err != nil {
		return err
	}
	defer body.Close()
	request := &s3.PutObjectInput{
		Bucket: &bucket, Key: &key, Body: body,
		ChecksumAlgorithm:    types.ChecksumAlgorithm(with.Checksum),
		ServerSideEncryption: types.ServerSideEncryption(with.Encryption),
		ACL:                  types.ObjectCannedACL(with.ACL),
		StorageClass:         types.StorageClass(with.StorageClass),
	}
	if with.Encoding != "" {
		request.ContentEncoding = &with.Encoding
	}
	if with.Tags != "" {
		request.Tagging = &with.Tags
	}
	_, err = c.s3.PutObject(ctx, request)
	return err
}

func (c sdk) stream(ctx context.Context, key string, body io.Reader) error {
	_, err := c.transfers.UploadObject(ctx, &transfermanager.UploadObjectInput{Bucket: &bucket, Key: &key, Body: body})
	return err
}

func (c sdk) parts(ctx context.Context, key, file string) error {
	body, err := os.Open(file)
	if err != nil {
		return err
	}
	defer body.Close()
	return c.stream(ctx, key, body)
}

func (c sdk) copy(ctx context.Context, from, key string, inParts bool) error {
	source := bucket + "/" + strings.ReplaceAll(url.QueryEscape(from), "+", "%20")
	if inParts {
		return c.copyInParts(ctx, source, from, key)
	}
	_, err := c.s3.CopyObject(ctx, &s3.CopyObjectInput{Bucket: &bucket, Key: &key, CopySource: &source})
	return err
}

func (c sdk) copyInParts(ctx context.Context, source, from, key string) error {
	head, err := c.s3.HeadObject(ctx, &s3.HeadObjectInput{Bucket: &bucket, Key: &from})
	if err != nil {
		return err
	}
	upload, err := c.s3.CreateMultipartUpload(ctx, &s3.CreateMultipartUploadInput{Bucket: &bucket, Key: &key})
	if err != nil {
		return err
	}
	var done types.CompletedMultipartUpload
	for first, number := int64(0), int32(1); first < *head.ContentLength; first, number = first+partBytes, number+1 {
		last := min(first+partBytes, *head.ContentLength) - 1
		part, err := c.s3.UploadPartCopy(ctx, &s3.UploadPartCopyInput{
			Bucket: &bucket, Key: &key, UploadId: upload.UploadId, PartNumber: aws.Int32(number),
			CopySource: &source, CopySourceRange: aws.String(fmt.Sprintf("bytes=%d-%d", first, last)),
		})
		if err != nil {
			return err
		}
		done.Parts = append(done.Parts, types.CompletedPart{ETag: part.CopyPartResult.ETag, PartNumber: aws.Int32(number)})
	}
	_, err = c.s3.CompleteMultipartUpload(ctx, &s3.CompleteMultipartUploadInput{
		Bucket: &bucket, Key: &key, UploadId: upload.UploadId, MultipartUpload: &done,
	})
	return err
}

func (c sdk) remove(ctx context.Context, keys []string) error {
	if len(keys) == 1 {
		_, err := c.s3.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &bucket, Key: &keys[0]})
		return err
	}
	var many types.Delete
	for _, key := range keys {
		many.Objects = append(many.Objects, types.ObjectIdentifier{Key: &key})
	}
	answer, err := c.s3.DeleteObjects(ctx, &s3.DeleteObjectsInput{Bucket: &bucket, Delete: &many})
	if err == nil && len(answer.Errors) > 0 {
		err = fmt.Errorf("%s", *answer.Errors[0].Code)
	}
	return err
}

func (c sdk) tag(ctx context.Context, key string) error {
	tags := &types.Tagging{TagSet: []types.Tag{{Key: aws.String("shelf"), Value: aws.String("1")}}}
	_, err := c.s3.PutObjectTagging(ctx, &s3.PutObjectTaggingInput{Bucket: &bucket, Key: &key, Tagging: tags})
	return err
}

func (c sdk) read(ctx context.Context, key string) ([]byte, error) {
	answer, err := c.s3.GetObject(ctx, &s3.GetObjectInput{Bucket: &bucket, Key: &key})
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	return io.ReadAll(answer.Body)
}

func (c sdk) list(ctx context.Context, prefix string) (keys []string, err error) {
	pages := s3.NewListObjectsV2Paginator(c.s3, &s3.ListObjectsV2Input{Bucket: &bucket, Prefix: &prefix})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, found := range page.Contents {
			keys = append(keys, *found.Key)
		}
	}
	return keys, nil
}
