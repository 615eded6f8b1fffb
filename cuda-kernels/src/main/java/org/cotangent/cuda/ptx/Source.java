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
 * @param capability that a chip has to have at least, as in 80 for 8.0
 */
public record Source(String text, int capability) {
  /** What most texts need. */
  private static final int USUAL = 70;

  private static final Pattern SELF = Pattern.compile("\\b" + PtxFunction.NAME + "(?=\\b|_)");

  /** PTX of a function that has no need of newer chips. */
  Source(String text) {
    this(text, USUAL);
  }

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
   * {@return a module with some functions} Each driver since CUDA 12.0 translates it, for each chip
   * that has the capability which all of them need.
   *
   * @param sources of the functions
   */
  public static String module(Collection<Source> sources) {
    int capability = sources.stream().mapToInt(Source::capability).max().orElse(USUAL);
    StringBuilder module =
        new StringBuilder(".version 8.0\n.target sm_%d\n.address_size 64\n".formatted(capability));
    sources.stream()
        .distinct()
        .forEach(source ->
            module.append(SELF.matcher(source.text).replaceAll(source.function())).append('\n'));
    return module.toString();
  }
}
