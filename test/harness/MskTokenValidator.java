import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import javax.security.auth.callback.Callback;
import javax.security.auth.callback.UnsupportedCallbackException;
import javax.security.auth.login.AppConfigurationEntry;
import org.apache.kafka.common.security.auth.AuthenticateCallbackHandler;
import org.apache.kafka.common.security.oauthbearer.OAuthBearerToken;
import org.apache.kafka.common.security.oauthbearer.OAuthBearerValidatorCallback;

/** Accepts the tokens of Amazon MSK's IAM access control until they expire. It does not verify their signature. */
public class MskTokenValidator implements AuthenticateCallbackHandler {
  private static final DateTimeFormatter STAMP = DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'");

  @Override
  public void configure(Map<String, ?> settings, String mechanism, List<AppConfigurationEntry> logins) {}

  @Override
  public void handle(Callback[] callbacks) throws IOException, UnsupportedCallbackException {
    for (Callback callback : callbacks) {
      if (!(callback instanceof OAuthBearerValidatorCallback)) throw new UnsupportedCallbackException(callback);
      validate((OAuthBearerValidatorCallback) callback);
    }
  }

  private static void validate(OAuthBearerValidatorCallback callback) {
    String value = callback.tokenValue();
    URI url = URI.create(new String(Base64.getUrlDecoder().decode(value), StandardCharsets.UTF_8));
    Map<String, String> query = new HashMap<>();
    for (String each : url.getQuery().split("&")) {
      int at = each.indexOf('=');
      query.put(each.substring(0, at), each.substring(at + 1));
    }
    boolean isMsk = url.getHost().matches("kafka\\.[a-z0-9-]+\\.amazonaws\\.com")
        && "kafka-cluster:Connect".equals(query.get("Action"))
        && query.getOrDefault("X-Amz-Signature", "").matches("[0-9a-f]{64}");
    if (!isMsk) {
      callback.error("not_an_msk_token", null, null);
      return;
    }
    long signedAt = LocalDateTime.parse(query.get("X-Amz-Date"), STAMP).toInstant(ZoneOffset.UTC).toEpochMilli();
    long expiresAt = signedAt + Duration.ofSeconds(Long.parseLong(query.get("X-Amz-Expires"))).toMillis();
    if (expiresAt < System.currentTimeMillis()) {
      callback.error("expired_token", null, null);
      return;
    }
    callback.token(token(value, query.get("X-Amz-Credential").split("/")[0], signedAt, expiresAt));
  }

  private static OAuthBearerToken token(String value, String principal, long signedAt, long expiresAt) {
    return new OAuthBearerToken() {
      @Override
      public String value() {
        return value;
      }

      @Override
      public Set<String> scope() {
        return Set.of();
      }

      @Override
      public long lifetimeMs() {
        return expiresAt;
      }

      @Override
      public String principalName() {
        return principal;
      }

      @Override
      public Long startTimeMs() {
        return signedAt;
      }
    };
  }

  @Override
  public void close() {}
}
