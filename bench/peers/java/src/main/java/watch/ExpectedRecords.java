package watch;

import java.util.List;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** Expects a number of records with any content, for tools that do not support keys. */
final class ExpectedRecords implements Expectation {
    private final long expected;
    private long accepted;

    ExpectedRecords(long expected) {
        this.expected = expected;
    }

    @Override
    public long recordsAtLeast() {
        return expected;
    }

    @Override
    public long accept(ConsumerRecord<byte[], byte[]> record) {
        accepted++;
        return 1;
    }

    @Override
    public boolean isComplete() {
        return accepted >= expected;
    }

    @Override
    public List<String> differences() {
        return accepted == expected ? List.of() : List.of(accepted + " records, not " + expected);
    }
}
