package peers;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Writes every line of every book as a record with the key and header of ingest, with Kafka's Java client. Its
 * partitioner is murmur2; its defaults are acks=all and idempotence. Reads the books from disk.
 *
 * <p>Usage: LineProducer BROKERS TOPIC MANIFEST [PROPERTY=VALUE ...]
 */
public final class LineProducer {
    private final KafkaProducer<byte[], byte[]> producer;
    private final String topic;
    private final AtomicReference<Exception> failure = new AtomicReference<>();

    private LineProducer(KafkaProducer<byte[], byte[]> producer, String topic) {
        this.producer = producer;
        this.topic = topic;
    }

    public static void main(String[] args) throws Exception {
        var properties = new Properties();
        properties.put("bootstrap.servers", args[0]);
        Settings.put(properties, Arrays.asList(args).subList(3, args.length));
        var bytes = new ByteArraySerializer();
        try (var producer = new KafkaProducer<>(properties, bytes, bytes)) {
            var lines = new LineProducer(producer, args[1]);
            for (Manifest book : Manifest.read(Path.of(args[2]))) lines.send(book);
            producer.flush();
            if (lines.failure.get() != null) throw lines.failure.get();
        }
    }

    private void send(Manifest book) throws IOException {
        byte[] key = book.key().getBytes(StandardCharsets.UTF_8);
        byte[] text = Files.readAllBytes(book.file());
        int start = 0;
        for (long number = 1; number <= book.lines(); number++) {
            int end = start;
            while (end < text.length && text[end] != '\n') end++;
            String mark = number == book.lines() ? ":end" : "";
            byte[] header = (book.edition() + ':' + number + mark).getBytes(StandardCharsets.ISO_8859_1);
            var record = new ProducerRecord<>(topic, null, key, Arrays.copyOfRange(text, start, end));
            record.headers().add("line", header);
            producer.send(record, (metadata, error) -> {
                if (error != null) failure.compareAndSet(null, error);
            });
            start = end + 1;
        }
    }
}
