package peers;

import java.util.Arrays;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.kstream.Produced;

/**
 * Counts lines per book with Kafka Streams: group by key, count, publish. The state store is RocksDB,
 * unless a property sets another one. Without a cache it publishes every update; with a cache, each book's last count
 * at every commit.
 *
 * <p>Usage: StreamsCount BROKERS FROM TO APPLICATION_ID STATE_DIR at_least_once|exactly_once_v2 CACHE_BYTES
 * [PROPERTY=VALUE ...]
 */
public final class StreamsCount {
    private StreamsCount() {}

    public static void main(String[] args) throws InterruptedException {
        var builder = new StreamsBuilder();
        builder.<String, byte[]>stream(args[1])
                .groupByKey()
                .count()
                .toStream()
                .mapValues(count -> Long.toString(count))
                .to(args[2], Produced.with(Serdes.String(), Serdes.String()));

        var properties = new Properties();
        properties.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, args[0]);
        properties.put(StreamsConfig.APPLICATION_ID_CONFIG, args[3]);
        properties.put(StreamsConfig.STATE_DIR_CONFIG, args[4]);
        properties.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, args[5]);
        properties.put(StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG, args[6]);
        // The default of exactly_once_v2. The default of at_least_once, 30 s, would delay cached counts too much.
        properties.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, "100");
        properties.put(StreamsConfig.DEFAULT_KEY_SERDE_CLASS_CONFIG, Serdes.StringSerde.class);
        properties.put(StreamsConfig.DEFAULT_VALUE_SERDE_CLASS_CONFIG, Serdes.ByteArraySerde.class);
        properties.put(StreamsConfig.consumerPrefix("auto.offset.reset"), "earliest");
        Settings.put(properties, Arrays.asList(args).subList(7, args.length));

        var streams = new KafkaStreams(builder.build(), properties);
        var ended = new CountDownLatch(1);
        streams.setUncaughtExceptionHandler(error -> {
            error.printStackTrace();
            Runtime.getRuntime().halt(1);
            return null;
        });
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            streams.close();
            ended.countDown();
        }));
        streams.start();
        ended.await();
    }
}
