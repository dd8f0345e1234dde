package watch;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.utils.Utils;
import peers.Manifest;

/** Expects all lines of all books, unchanged and in order, in the partition that Java's client chooses for the book. */
final class ExpectedLines implements Expectation {
    private final Map<String, Manifest> expected = new HashMap<>();
    private final Map<String, Book> books = new HashMap<>();
    private final int partitions;
    private long lines;
    private long accepted;
    private long misplaced;

    private static final class Book {
        private final MessageDigest digest = sha256();
        private long lines;
    }

    ExpectedLines(List<Manifest> books, int partitions) {
        for (Manifest book : books) {
            expected.put(book.key(), book);
            lines += book.lines();
        }
        this.partitions = partitions;
    }

    @Override
    public long recordsAtLeast() {
        return lines;
    }

    @Override
    public long accept(ConsumerRecord<byte[], byte[]> record) {
        Book book = books.computeIfAbsent(new String(record.key(), UTF_8), key -> new Book());
        book.lines++;
        // @confluentinc/kafka-javascript writes an empty line as null.
        if (record.value() != null) book.digest.update(record.value());
        book.digest.update((byte) '\n');
        if (Utils.toPositive(Utils.murmur2(record.key())) % partitions != record.partition()) misplaced++;
        accepted++;
        return 1;
    }

    @Override
    public boolean isComplete() {
        return accepted >= lines;
    }

    @Override
    public List<String> differences() {
        var differences = new ArrayList<String>();
        if (misplaced > 0) differences.add(misplaced + " lines in another partition than murmur2 selects");
        long wrong = expected.values().stream().filter(book -> !isWhole(book)).count();
        if (wrong > 0) differences.add(wrong + " books differ from the sent books");
        if (books.size() != expected.size()) differences.add(books.size() + " books, not " + expected.size());
        return differences;
    }

    private boolean isWhole(Manifest wanted) {
        Book book = books.get(wanted.key());
        return book != null
                && book.lines == wanted.lines()
                && HexFormat.of().formatHex(book.digest.digest()).equals(wanted.sha256());
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
