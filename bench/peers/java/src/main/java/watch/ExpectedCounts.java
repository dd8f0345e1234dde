package watch;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import peers.Manifest;

/** Expects each book's number of lines as its last count; with `everyUpdate`, also each smaller count exactly once. */
final class ExpectedCounts implements Expectation {
    private final Map<String, Long> expected = new HashMap<>();
    private final Map<String, Long> counts = new HashMap<>();
    private final boolean everyUpdate;
    private long lines;
    private long unfinished;
    private long jumps;
    private long repeats;
    private long unknownBooks;

    ExpectedCounts(List<Manifest> books, boolean everyUpdate) {
        for (Manifest book : books) {
            expected.put(book.key(), book.lines());
            lines += book.lines();
        }
        unfinished = expected.size();
        this.everyUpdate = everyUpdate;
    }

    @Override
    public long recordsAtLeast() {
        return everyUpdate ? lines : expected.size();
    }

    @Override
    public long accept(ConsumerRecord<byte[], byte[]> record) {
        String book = new String(record.key(), UTF_8);
        long last = expected.getOrDefault(book, -1L);
        if (last < 0) {
            unknownBooks++;
            return 0;
        }
        long count = Long.parseLong(new String(record.value(), UTF_8));
        long before = counts.getOrDefault(book, 0L);
        counts.put(book, count);
        if (count > before + 1) jumps++;
        if (count <= before) repeats++;
        if (count == last && before != last) unfinished--;
        return count - before;
    }

    @Override
    public boolean isComplete() {
        return unfinished == 0;
    }

    @Override
    public List<String> differences() {
        var differences = new ArrayList<String>();
        if (unknownBooks > 0) differences.add(unknownBooks + " counts of unknown books");
        if (everyUpdate && jumps > 0) differences.add(jumps + " updates missing");
        if (repeats > 0) differences.add(repeats + " updates twice or out of order");
        long wrong = expected.entrySet().stream().filter(e -> !e.getValue().equals(counts.get(e.getKey()))).count();
        if (wrong > 0) differences.add(wrong + " books end at another count");
        return differences;
    }
}
