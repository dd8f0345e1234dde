package peers;

import java.util.List;
import java.util.Properties;

/** Settings of a client from the command line. */
final class Settings {
    private Settings() {}

    /** Adds each PROPERTY=VALUE. */
    static void put(Properties properties, List<String> settings) {
        for (String setting : settings) {
            String[] pair = setting.split("=", 2);
            properties.put(pair[0], pair[1]);
        }
    }
}
