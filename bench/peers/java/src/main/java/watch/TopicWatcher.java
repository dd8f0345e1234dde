package watch;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import peers.Manifest;

/**
 * Times and verifies all contenders independently: reports when a read_committed reader could read all expected records
 * of a topic, and whether they are correct. While a contender runs, it only polls the last stable offsets, every 10 ms.
 * When they stop changing, it reads all records and looks up when the last expected record became readable.
 *
 * <p>Usage: TopicWatcher BROKERS TOPIC PARTITIONS lines|updates|counts MANIFEST, or ... records NUMBER. Prints
 * "watching", and at the end one line of JSON.
 */
public final class TopicWatcher {
    private static final long BETWEEN_LOOKS_MS = 10;
    /** Reads the records after the offsets have been unchanged for this long. */
    private static final long QUIET_MS = 1_000;

    private final KafkaConsumer<byte[], byte[]> consumer;
    private final List<TopicPartition> partitions;
    private final Expectation expectation;
    private final EndOffsets samples = new EndOffsets();
    private long records;
    private long firstLines;
    private long lastMs;

    private TopicWatcher(
            KafkaConsumer<byte[], byte[]> consumer, List<TopicPartition> partitions, Expectation expectation) {
        this.consumer = consumer;
        this.partitions = partitions;
        this.expectation = expectation;
    }

    public static void main(String[] args) throws Exception {
        int count = Integer.parseInt(args[2]);
        var partitions = IntStream.range(0, count).mapToObj(i -> new TopicPartition(args[1], i)).toList();
        var properties = new Properties();
        properties.put("bootstrap.servers", args[0]);
        properties.put("isolation.level", "read_committed");
        properties.put("enable.auto.commit", "false");
        properties.put("auto.offset.reset", "earliest");
        properties.put("max.poll.records", "10000");
        var bytes = new ByteArrayDeserializer();
        try (var consumer = new KafkaConsumer<>(properties, bytes, bytes)) {
            var watcher = new TopicWatcher(consumer, partitions, expectation(args[3], args[4], count));
            watcher.look();
            System.out.println("watching");
            watcher.watch();
            System.out.println(watcher.report());
        }
    }

    private static Expectation expectation(String what, String of, int partitions) throws IOException {
        return switch (what) {
            case "records" -> new ExpectedRecords(Long.parseLong(of));
            case "lines" -> new ExpectedLines(Manifest.read(Path.of(of)), partitions);
            case "updates" -> new ExpectedCounts(Manifest.read(Path.of(of)), true);
            case "counts" -> new ExpectedCounts(Manifest.read(Path.of(of)), false);
            default -> throw new IllegalArgumentException(what);
        };
    }

    private void watch() throws InterruptedException {
        consumer.assign(partitions);
        consumer.seekToBeginning(partitions);
        long changedMs = System.currentTimeMillis();
        while (!expectation.isComplete()) {
            Thread.sleep(BETWEEN_LOOKS_MS);
            if (look()) changedMs = System.currentTimeMillis();
            boolean quiet = System.currentTimeMillis() - changedMs > QUIET_MS;
            if (quiet && !samples.isEmpty() && offsets() >= expectation.recordsAtLeast()) {
                readAll();
                changedMs = System.currentTimeMillis();
            }
        }
    }

    private boolean look() {
        Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
        return samples.add(System.currentTimeMillis(), partitions.stream().mapToLong(ends::get).toArray());
    }

    private long offsets() {
        return IntStream.range(0, partitions.size()).mapToLong(i -> samples.last().ends()[i]).sum();
    }

    private void readAll() {
        long[] ends = samples.last().ends();
        while (IntStream.range(0, ends.length).anyMatch(i -> consumer.position(partitions.get(i)) < ends[i])) {
            for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(100))) accept(record);
        }
    }

    private void accept(ConsumerRecord<byte[], byte[]> record) {
        long lines = expectation.accept(record);
        records++;
        if (record.offset() < samples.first().ends()[record.partition()]) firstLines += lines;
        if (lines > 0) lastMs = Math.max(lastMs, samples.msOf(record.partition(), record.offset()));
    }

    private String report() {
        String differences =
                expectation.differences().stream().map(text -> '"' + text + '"').collect(Collectors.joining(","));
        return String.format(
                "{\"firstMs\":%d,\"firstLines\":%d,\"lastMs\":%d,\"records\":%d,\"differences\":[%s]}",
                samples.first().ms(), firstLines, lastMs, records, differences);
    }
}
