package watch;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.time.Duration;
import java.util.Properties;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * Prints each new record of a topic when a read_committed reader receives it: milliseconds since 1970, key and value,
 * separated by tabs. Measures latencies.
 *
 * <p>Usage: TopicTail BROKERS TOPIC PARTITIONS. Prints "watching" when it is at the end of every partition.
 */
public final class TopicTail {
    private TopicTail() {}

    public static void main(String[] args) {
        var properties = new Properties();
        properties.put("bootstrap.servers", args[0]);
        properties.put("isolation.level", "read_committed");
        properties.put("enable.auto.commit", "false");
        var partitions = IntStream.range(0, Integer.parseInt(args[2]))
                .mapToObj(i -> new TopicPartition(args[1], i))
                .toList();
        var bytes = new ByteArrayDeserializer();
        try (var consumer = new KafkaConsumer<>(properties, bytes, bytes)) {
            consumer.assign(partitions);
            consumer.seekToEnd(partitions);
            partitions.forEach(consumer::position);
            System.out.println("watching");
            while (!System.out.checkError()) {
                var records = consumer.poll(Duration.ofSeconds(1));
                long now = System.currentTimeMillis();
                for (ConsumerRecord<byte[], byte[]> record : records) {
                    System.out.println(now + "\t" + text(record.key()) + "\t" + text(record.value()));
                }
            }
        }
    }

    private static String text(byte[] bytes) {
        return bytes == null ? "" : new String(bytes, UTF_8);
    }
}
