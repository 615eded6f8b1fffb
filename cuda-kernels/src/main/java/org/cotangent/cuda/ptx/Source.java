package org.cotangent.cuda.ptx;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Collection;
import java.util.HexFormat;
import java.util.regex.Pattern;

/**
 * PTX of one kernel function, which calls itself {@link PtxFunction#NAME}: when texts are put
 * together into one module each gets a name of its own, made from a digest of the text.
 *
 * @param text what follows the head in a module
 */
public record Source(String text) {
  private static final Pattern SELF = Pattern.compile("\\b" + PtxFunction.NAME + "(?=\\b|_)");

  /** {@return the name of the function in a module, the same for equal texts} */
  public String function() {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      byte[] hash = digest.digest(text.getBytes(StandardCharsets.UTF_8));
      return "k" + HexFormat.of().formatHex(hash, 0, 10);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("each JVM has SHA-256", e);
    }
  }

  /**
   * {@return a module with some functions, for each driver since CUDA 12.0}
   *
   * @param target as in {@code sm_70}; the driver translates for later chips as well
   * @param sources of the functions
   */
  public static String module(String target, Collection<Source> sources) {
    StringBuilder module =
        new StringBuilder(".version 8.0\n.target %s\n.address_size 64\n".formatted(target));
    sources.stream()
        .distinct()
        .forEach(source ->
            module.append(SELF.matcher(source.text).replaceAll(source.function())).append('\n'));
    return module.toString();
  }
}
