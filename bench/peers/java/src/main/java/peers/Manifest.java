package peers;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A book of the manifest that bench/setup/corpus.ts writes: one tab-separated line per book. */
public record Manifest(String key, long lines, String sha256, String edition, Path file) {

    public static List<Manifest> read(Path manifest) throws IOException {
        return Files.readAllLines(manifest).stream().map(Manifest::parse).toList();
    }

    private static Manifest parse(String line) {
        String[] fields = line.split("\t");
        return new Manifest(fields[0], Long.parseLong(fields[1]), fields[2], fields[3], Path.of(fields[4]));
    }
}
