// Performs a plan of S3 operations with one of Go's clients, and prints the outcome of each as a line of JSON.
package main

import (
	"context"
	"crypto/md5"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/minio/minio-go/v7"
)

const partBytes = 5 * 1024 * 1024

var bucket = os.Getenv("BUCKET")

var errUnsupported = errors.New("unsupported")

type operation struct {
	Op      string
	Key     string
	Keys    []string
	From    string
	File    string
	Prefix  string
	InParts bool
	With    putOptions
}

type putOptions struct {
	Checksum, Encoding, Encryption, ACL, Tags, StorageClass string
}

type outcome struct {
	OK    any      `json:"ok"`
	Error string   `json:"error,omitempty"`
	Keys  []string `json:"keys,omitempty"`
	MD5   string   `json:"md5,omitempty"`
}

type client interface {
	version() string
	put(ctx context.Context, key, file string, with putOptions) error
	stream(ctx context.Context, key string, body io.Reader) error
	parts(ctx context.Context, key, file string) error
	copy(ctx context.Context, from, key string, inParts bool) error
	remove(ctx context.Context, keys []string) error
	tag(ctx context.Context, key string) error
	read(ctx context.Context, key string) ([]byte, error)
	list(ctx context.Context, prefix string) ([]string, error)
}

func main() {
	ctx := context.Background()
	clients := map[string]func(context.Context) (client, error){"aws": newSDK, "minio": newMinio}
	s3, err := clients[os.Args[1]](ctx)
	check(err)
	plan, err := os.ReadFile(os.Args[2])
	check(err)
	var operations []operation
	check(json.Unmarshal(plan, &operations))
	out := json.NewEncoder(os.Stdout)
	check(out.Encode(map[string]string{"version": s3.version()}))
	for _, one := range operations {
		result, err := perform(ctx, s3, one)
		switch {
		case errors.Is(err, errUnsupported):
			result.OK = "unsupported"
		case err != nil:
			result.OK, result.Error = false, textOf(err)
		default:
			result.OK = true
		}
		check(out.Encode(result))
	}
}

func perform(ctx context.Context, s3 client, one operation) (result outcome, err error) {
	switch one.Op {
	case "put":
		err = s3.put(ctx, one.Key, one.File, one.With)
	case "stream":
		file, openErr := os.Open(one.File)
		if openErr != nil {
			return result, openErr
		}
		defer file.Close()
		// Hides the length and the Seek method of the file.
		err = s3.stream(ctx, one.Key, struct{ io.Reader }{file})
	case "parts":
		err = s3.parts(ctx, one.Key, one.File)
	case "copy":
		err = s3.copy(ctx, one.From, one.Key, one.InParts)
	case "delete", "delete-many":
		err = s3.remove(ctx, one.Keys)
	case "tag":
		err = s3.tag(ctx, one.Key)
	case "read":
		var body []byte
		body, err = s3.read(ctx, one.Key)
		digest := md5.Sum(body)
		result.MD5 = hex.EncodeToString(digest[:])
	case "list":
		result.Keys, err = s3.list(ctx, one.Prefix)
	default:
		err = errUnsupported
	}
	return result, err
}

// minio-go's text lacks the error code.
func textOf(err error) string {
	if code := minio.ToErrorResponse(err).Code; code != "" {
		return code + ": " + err.Error()
	}
	return err.Error()
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
