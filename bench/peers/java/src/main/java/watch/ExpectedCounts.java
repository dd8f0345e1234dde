package watch;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import peers.Manifest;

/** Each book's last count equals its number of lines. With `everyUpdate`, each smaller count appears exactly once. */
final class ExpectedCounts implements Expectation {
    private final Map<String, Long> expected = new HashMap<>();
    private final Map<String, Long> counts = new HashMap<>();
    private final boolean everyUpdate;
    private long lines;
    private long unfinished;
    private long jumps;
    private long repeats;
    private long strangers;

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
            strangers++;
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
    public List<String> complaints() {
        var complaints = new ArrayList<String>();
        if (strangers > 0) complaints.add(strangers + " counts of books that nobody sent");
        if (everyUpdate && jumps > 0) complaints.add(jumps + " updates missing");
        if (repeats > 0) complaints.add(repeats + " updates twice or out of order");
        long wrong = expected.entrySet().stream().filter(e -> !e.getValue().equals(counts.get(e.getKey()))).count();
        if (wrong > 0) complaints.add(wrong + " books end at another count");
        return complaints;
    }
}
