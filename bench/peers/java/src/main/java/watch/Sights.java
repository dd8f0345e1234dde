package watch;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** What could be read of each partition, at every moment when that had changed. */
final class Sights {
    /** At `ms`, since 1970, a reader could read each partition up to `ends`. */
    record Sight(long ms, long[] ends) {}

    private final List<Sight> sights = new ArrayList<>();

    /** @return whether more can be read than before */
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

    /** When this record could first be read. */
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
