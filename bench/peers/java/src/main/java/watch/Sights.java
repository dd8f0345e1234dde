package watch;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The readable end offsets of all partitions over time. */
final class Sights {
    /** At `ms` (since 1970), each partition was readable up to `ends`. */
    record Sight(long ms, long[] ends) {}

    private final List<Sight> sights = new ArrayList<>();

    /** @return whether the ends have changed */
    boolean add(long ms, long[] ends) {
        boolean nothing = Arrays.stream(ends).sum() == 0;
        if (nothing || (!sights.isEmpty() && Arrays.equals(ends, last().ends()))) return false;
        sights.add(new Sight(ms, ends));
        return true;
    }

    boolean isEmpty() {
        return sights.isEmpty();
    }

    Sight first() {
        return sights.get(0);
    }

    Sight last() {
        return sights.get(sights.size() - 1);
    }

    /** The time at which this record became readable. */
    long msOf(int partition, long offset) {
        int from = 0;
        int to = sights.size() - 1;
        while (from < to) {
            int middle = (from + to) / 2;
            if (sights.get(middle).ends()[partition] > offset) to = middle;
            else from = middle + 1;
        }
        return sights.get(from).ms();
    }
}
