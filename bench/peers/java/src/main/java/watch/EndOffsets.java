package watch;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The readable end offsets of all partitions over time. */
final class EndOffsets {
    /** At `ms` (since 1970), each partition was readable up to `ends`. */
    record Sample(long ms, long[] ends) {}

    private final List<Sample> samples = new ArrayList<>();

    /** @return whether the ends have changed */
    boolean add(long ms, long[] ends) {
        boolean nothing = Arrays.stream(ends).sum() == 0;
        if (nothing || (!samples.isEmpty() && Arrays.equals(ends, last().ends()))) return false;
        samples.add(new Sample(ms, ends));
        return true;
    }

    boolean isEmpty() {
        return samples.isEmpty();
    }

    Sample first() {
        return samples.get(0);
    }

    Sample last() {
        return samples.get(samples.size() - 1);
    }

    /** The time at which this record became readable. */
    long msOf(int partition, long offset) {
        int from = 0;
        int to = samples.size() - 1;
        while (from < to) {
            int middle = (from + to) / 2;
            if (samples.get(middle).ends()[partition] > offset) to = middle;
            else from = middle + 1;
        }
        return samples.get(from).ms();
    }
}
