import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.ResponseBytes;
import software.amazon.awssdk.core.async.AsyncRequestBody;
import software.amazon.awssdk.core.async.AsyncResponseTransformer;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.core.util.VersionInfo;
import software.amazon.awssdk.protocols.jsoncore.JsonNode;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.ObjectIdentifier;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.awssdk.services.s3.model.S3Object;
import software.amazon.awssdk.services.s3.model.Tag;
import software.amazon.awssdk.transfer.s3.S3TransferManager;

/** Performs a plan of S3 operations with one of the SDK's clients, and prints the outcome of each as a line of JSON. */
public class S3Clients {
    private static final String BUCKET = System.getenv("BUCKET");
    private static final URI ENDPOINT = URI.create(System.getenv("AWS_ENDPOINT_URL"));
    private static final long PART_BYTES = 5 * 1024 * 1024;

    private interface Client {
        void put(PutObjectRequest request, Path file) throws Exception;

        void stream(String key, Path file) throws Exception;

        void parts(String key, Path file) throws Exception;

        void copy(String from, String key, boolean inParts) throws Exception;

        byte[] read(String key) throws Exception;
    }

    public static void main(String[] arguments) throws Exception {
        var out = new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);
        out.println("{\"version\":" + quoted("AWS SDK for Java " + VersionInfo.SDK_VERSION) + "}");
        var client = clientNamed(arguments[0]);
        try (var plain = S3Client.builder().endpointOverride(ENDPOINT).forcePathStyle(true).build()) {
            for (var operation : JsonNode.parser().parse(Files.readString(Path.of(arguments[1]))).asArray()) {
                out.println(outcome(client, plain, operation.asObject()));
            }
        }
        System.exit(0);
    }

    private static String outcome(Client client, S3Client plain, Map<String, JsonNode> operation) {
        try {
            return perform(client, plain, operation);
        } catch (UnsupportedOperationException unsupported) {
            return "{\"ok\":\"unsupported\"}";
        } catch (Throwable error) {
            var cause = error instanceof CompletionException && error.getCause() != null ? error.getCause() : error;
            return "{\"ok\":false,\"error\":" + quoted(textOf(cause)) + "}";
        }
    }

    private static String textOf(Throwable cause) {
        return cause instanceof AwsServiceException service
                ? service.awsErrorDetails().errorCode() + ": " + service.getMessage()
                : cause.toString();
    }

    private static String perform(Client client, S3Client plain, Map<String, JsonNode> operation) throws Exception {
        switch (operation.get("op").asString()) {
            case "put" -> client.put(putRequest(operation), Path.of(operation.get("file").asString()));
            case "stream" -> client.stream(operation.get("key").asString(), Path.of(operation.get("file").asString()));
            case "parts" -> client.parts(operation.get("key").asString(), Path.of(operation.get("file").asString()));
            case "copy" -> client.copy(
                    operation.get("from").asString(), operation.get("key").asString(), operation.containsKey("inParts"));
            case "delete" -> {
                var key = operation.get("keys").asArray().get(0).asString();
                plain.deleteObject(request -> request.bucket(BUCKET).key(key));
            }
            case "delete-many" -> {
                var objects = operation.get("keys").asArray().stream()
                        .map(key -> ObjectIdentifier.builder().key(key.asString()).build())
                        .toList();
                var answer = plain.deleteObjects(request -> request.bucket(BUCKET).delete(many -> many.objects(objects)));
                if (answer.hasErrors()) throw new IllegalStateException(answer.errors().toString());
            }
            case "tag" -> {
                var tag = Tag.builder().key("shelf").value("1").build();
                var key = operation.get("key").asString();
                plain.putObjectTagging(request -> request.bucket(BUCKET).key(key).tagging(tags -> tags.tagSet(tag)));
            }
            case "read" -> {
                var digest = MessageDigest.getInstance("MD5").digest(client.read(operation.get("key").asString()));
                return "{\"ok\":true,\"md5\":\"" + HexFormat.of().formatHex(digest) + "\"}";
            }
            case "list" -> {
                var prefix = operation.get("prefix").asString();
                var keys = plain.listObjectsV2Paginator(request -> request.bucket(BUCKET).prefix(prefix)).contents()
                        .stream().map(S3Object::key).map(S3Clients::quoted).collect(Collectors.joining(","));
                return "{\"ok\":true,\"keys\":[" + keys + "]}";
            }
            default -> throw new UnsupportedOperationException();
        }
        return "{\"ok\":true}";
    }

    private static PutObjectRequest putRequest(Map<String, JsonNode> operation) {
        var request = PutObjectRequest.builder().bucket(BUCKET).key(operation.get("key").asString());
        operation.get("with").asObject().forEach((name, node) -> {
            var value = node.asString();
            switch (name) {
                case "checksum" -> request.checksumAlgorithm(value);
                case "encoding" -> request.contentEncoding(value);
                case "encryption" -> request.serverSideEncryption(value);
                case "acl" -> request.acl(value);
                case "tags" -> request.tagging(value);
                case "storageClass" -> request.storageClass(value);
                default -> throw new IllegalArgumentException(name);
            }
        });
        return request.build();
    }

    private static Client clientNamed(String name) {
        var builder = S3AsyncClient.builder().endpointOverride(ENDPOINT).forcePathStyle(true);
        return switch (name) {
            case "sync" -> new SyncClient(S3Client.builder().endpointOverride(ENDPOINT).forcePathStyle(true).build());
            case "async" -> new AsyncClient(builder.build(), false);
            case "multipart" -> new AsyncClient(builder.multipartEnabled(true)
                    .multipartConfiguration(parts -> parts.minimumPartSizeInBytes(PART_BYTES).thresholdInBytes(PART_BYTES))
                    .build(), true);
            case "crt" -> new AsyncClient(crt(), true);
            case "transfer-manager" -> new Transfers(crt());
            default -> throw new IllegalArgumentException(name);
        };
    }

    private static S3AsyncClient crt() {
        return S3AsyncClient.crtBuilder()
                .endpointOverride(ENDPOINT)
                .forcePathStyle(true)
                .minimumPartSizeInBytes(PART_BYTES)
                .thresholdInBytes(PART_BYTES)
                .build();
    }

    private record SyncClient(S3Client s3) implements Client {
        public void put(PutObjectRequest request, Path file) {
            s3.putObject(request, RequestBody.fromFile(file));
        }

        public void stream(String key, Path file) {
            var body = RequestBody.fromContentProvider(() -> open(file), "text/plain");
            s3.putObject(request -> request.bucket(BUCKET).key(key), body);
        }

        public void parts(String key, Path file) {
            throw new UnsupportedOperationException();
        }

        public void copy(String from, String key, boolean inParts) {
            if (inParts) throw new UnsupportedOperationException();
            s3.copyObject(request ->
                    request.sourceBucket(BUCKET).sourceKey(from).destinationBucket(BUCKET).destinationKey(key));
        }

        public byte[] read(String key) {
            return s3.getObjectAsBytes(request -> request.bucket(BUCKET).key(key)).asByteArray();
        }
    }

    /** Netty, Netty with multipart, or the common runtime. */
    private record AsyncClient(S3AsyncClient s3, boolean inParts) implements Client {
        public void put(PutObjectRequest request, Path file) {
            s3.putObject(request, AsyncRequestBody.fromFile(file)).join();
        }

        public void stream(String key, Path file) throws Exception {
            if (!inParts) throw new UnsupportedOperationException();
            var body = AsyncRequestBody.forBlockingInputStream(null);
            var answer = s3.putObject(request -> request.bucket(BUCKET).key(key), body);
            try (var input = Files.newInputStream(file)) {
                body.writeInputStream(input);
            }
            answer.get(60, TimeUnit.SECONDS);
        }

        public void parts(String key, Path file) {
            if (!inParts) throw new UnsupportedOperationException();
            put(PutObjectRequest.builder().bucket(BUCKET).key(key).build(), file);
        }

        public void copy(String from, String key, boolean large) {
            if (large && !inParts) throw new UnsupportedOperationException();
            s3.copyObject(request ->
                    request.sourceBucket(BUCKET).sourceKey(from).destinationBucket(BUCKET).destinationKey(key)).join();
        }

        public byte[] read(String key) {
            ResponseBytes<GetObjectResponse> bytes =
                    s3.getObject(request -> request.bucket(BUCKET).key(key), AsyncResponseTransformer.toBytes()).join();
            return bytes.asByteArray();
        }
    }

    private record Transfers(S3AsyncClient s3, S3TransferManager transfers) implements Client {
        Transfers(S3AsyncClient s3) {
            this(s3, S3TransferManager.builder().s3Client(s3).build());
        }

        public void put(PutObjectRequest request, Path file) {
            transfers.uploadFile(upload -> upload.putObjectRequest(request).source(file)).completionFuture().join();
        }

        public void stream(String key, Path file) throws Exception {
            var body = AsyncRequestBody.forBlockingInputStream(null);
            var upload = transfers.upload(
                    request -> request.requestBody(body).putObjectRequest(put -> put.bucket(BUCKET).key(key)));
            try (var input = Files.newInputStream(file)) {
                body.writeInputStream(input);
            }
            upload.completionFuture().get(60, TimeUnit.SECONDS);
        }

        public void parts(String key, Path file) {
            put(PutObjectRequest.builder().bucket(BUCKET).key(key).build(), file);
        }

        public void copy(String from, String key, boolean inParts) {
            transfers.copy(copy -> copy.copyObjectRequest(request ->
                    request.sourceBucket(BUCKET).sourceKey(from).destinationBucket(BUCKET).destinationKey(key)))
                    .completionFuture().join();
        }

        public byte[] read(String key) throws Exception {
            var file = Files.createTempFile("read", null);
            try {
                transfers.downloadFile(download -> download.destination(file).getObjectRequest(
                        request -> request.bucket(BUCKET).key(key))).completionFuture().join();
                return Files.readAllBytes(file);
            } finally {
                Files.delete(file);
            }
        }
    }

    private static InputStream open(Path file) {
        try {
            return Files.newInputStream(file);
        } catch (java.io.IOException error) {
            throw new java.io.UncheckedIOException(error);
        }
    }

    private static String quoted(String text) {
        var json = new StringBuilder("\"");
        for (char c : text.toCharArray()) {
            if (c == '"' || c == '\\') json.append('\\').append(c);
            else if (c < ' ') json.append(String.format("\\u%04x", (int) c));
            else json.append(c);
        }
        return json.append('"').toString();
    }
}
