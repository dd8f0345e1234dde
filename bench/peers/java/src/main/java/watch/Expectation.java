package watch;

import java.util.List;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** The expected content of a topic, checked record by record in the order of each partition. */
interface Expectation {
    /** The minimum number of records. The watcher reads none before, so that watching costs almost nothing. */
    long recordsAtLeast();

    /** @return the number of lines of this record: 1 for a line, the increase for a count */
    long accept(ConsumerRecord<byte[], byte[]> record);

    /** Whether the last expected record was accepted. */
    boolean isComplete();

    /** Descriptions of wrong results; empty when everything is correct. */
    List<String> differences();
}
