package watch;

import java.util.List;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** What must be in a topic, checked record by record in the order of each partition. */
interface Expectation {
    /** How many records there will be at least: nothing is read before, so that watching costs next to nothing. */
    long recordsAtLeast();

    /** @return the lines that this record stands for: 1 for a line, the increase for a count */
    long accept(ConsumerRecord<byte[], byte[]> record);

    /** Whether the last record that matters was accepted. */
    boolean isComplete();

    /** What is wrong, in words; empty when all is as it must be. */
    List<String> complaints();
}
