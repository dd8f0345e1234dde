import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.errors.PolicyViolationException;
import org.apache.kafka.server.policy.CreateTopicPolicy;

/** Rejects topics as a provider of Kafka does. The rules are broker settings. */
public class ProviderPolicy implements CreateTopicPolicy {
  private List<String> settable;
  private final Map<String, Long> minimums = new HashMap<>();
  private boolean silent;

  @Override
  public void configure(Map<String, ?> settings) {
    String names = (String) settings.get("test.policy.settable");
    settable = names == null ? null : Arrays.asList(names.split(","));
    silent = "true".equals(settings.get("test.policy.silent"));
    String lowest = (String) settings.get("test.policy.minimums");
    if (lowest == null) return;
    for (String each : lowest.split(",")) {
      String[] pair = each.split("=");
      minimums.put(pair[0], Long.parseLong(pair[1]));
    }
  }

  @Override
  public void validate(RequestMetadata topic) {
    // The broker creates its own topics with settings that a provider rejects from clients.
    if (topic.topic().startsWith("__")) return;
    for (Map.Entry<String, String> setting : topic.configs().entrySet()) {
      String name = setting.getKey();
      if (settable != null && !settable.contains(name)) reject("Topic config '" + name + "' is not configurable");
      Long minimum = minimums.get(name);
      if (minimum != null && Long.parseLong(setting.getValue()) < minimum) {
        reject("Config property '" + name + "' with value '" + setting.getValue()
            + "' is lower than the minimum allowed value of " + minimum + ".");
      }
    }
  }

  private void reject(String reason) {
    throw new PolicyViolationException(silent ? "Request parameters do not satisfy the configured policy." : reason);
  }

  @Override
  public void close() {}
}
