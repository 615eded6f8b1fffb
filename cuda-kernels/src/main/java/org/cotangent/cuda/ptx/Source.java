package org.cotangent.cuda.ptx;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Collection;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.regex.Pattern;

/**
 * PTX of one kernel function, which calls itself {@link PtxFunction#NAME}: when texts are put
 * together into one module each gets a name of its own, made from a digest of the text.
 *
 * @param text what follows the head in a module
 * @param target the first chips that it is for, as in {@code sm_80}, or the only ones, {@code
 *     sm_90a}
 * @param shared bytes of shared memory that a launch gives a block, beside what the text declares
 */
public record Source(String text, String target, int shared) {
  /** What most texts need. */
  static final String ANY = "sm_70";

  private static final Pattern SELF = Pattern.compile("\\b" + PtxFunction.NAME + "(?=\\b|_)");

  /** A text for any chip, which declares all of its shared memory. */
  Source(String text) {
    this(text, ANY, 0);
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
   * that the targets of all of them allow.
   *
   * @param sources of the functions
   */
  public static String module(Collection<Source> sources) {
    String target = sources.stream().map(Source::target).max(Comparator.naturalOrder()).orElse(ANY);
    StringBuilder module =
        new StringBuilder(".version 8.0\n.target %s\n.address_size 64\n".formatted(target));
    sources.stream()
        .distinct()
        .forEach(source ->
            module.append(SELF.matcher(source.text).replaceAll(source.function())).append('\n'));
    return module.toString();
  }
}
