package org.cotangent.benchmarks.compare;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a run of the comparison found: a JSON file. Ratios are made of times of one round alone.
 *
 * @param format {@link #FORMAT}
 * @param facts of the machine
 * @param settings what was asked of JMH, by name
 * @param foreignCores how many cores others kept busy meanwhile, on average
 * @param participants who took part, and who could not
 * @param tasks what they did
 * @param limits of the machine, for each round
 * @param timings of each participant and task
 */
public record Comparison(
    String format,
    Map<String, Object> facts,
    Map<String, String> settings,
    double foreignCores,
    List<Participant> participants,
    List<Work> tasks,
    List<Limits> limits,
    List<Timing> timings) {
  /** Of the files this version writes. */
  public static final String FORMAT = "cotangent-comparison-1";

  /** More foreign cores than this are said to be noise. */
  private static final double NOISE = 0.1;

  /**
   * An engine on a device.
   *
   * @param engine its name
   * @param device its name
   * @param description version, threads, kernels
   * @param unavailable why it took no part, null if it did
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Participant(
      String engine, String device, String description, @Nullable String unavailable) {}

  /**
   * A task.
   *
   * @param title names it in timings, as in {@code Add size=1024 operands=ROW dtype=FLOAT32}
   * @param suite as in {@code Add}
   * @param parameters of the suite, by name
   * @param dtype of its arithmetic, as in {@code FLOAT32}
   * @param flop floating-point operations of a run; 0 where they do not count
   * @param bytes that a run reads and writes at least
   */
  public record Work(
      String title,
      String suite,
      Map<String, String> parameters,
      String dtype,
      double flop,
      double bytes) {}

  /**
   * What the machine can do at best, on all cores.
   *
   * @param round from 0 on
   * @param flops32 of float32 fused multiply-adds, in operations a second
   * @param flops64 of float64
   * @param cached bytes a second, read and written, of a copy within the second-level cache
   * @param memory bytes a second, read and written, of a copy far beyond the caches
   * @param call seconds of a call that does nothing
   */
  public record Limits(
      int round, double flops32, double flops64, double cached, double memory, double call) {
    /**
     * {@return the seconds that a task takes at least: for its operations, or to move its bytes,
     * from the cache if they fit in there}
     *
     * @param task any
     * @param cache bytes of the second-level cache
     */
    public double seconds(Work task, double cache) {
      double flops = task.dtype().equals("FLOAT64") ? flops64 : flops32;
      double bandwidth = task.bytes() <= cache ? cached : memory;
      return Math.max(call, Math.max(task.flop() / flops, task.bytes() / bandwidth));
    }
  }

  /**
   * The times of a participant for a task.
   *
   * @param task its title
   * @param engine of the participant
   * @param device of the participant
   * @param seconds of one run in each round, each the mean of a JVM of its own; 0 for a round that
   *     failed
   * @param failure the first message of a round that failed, null if none did
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Timing(
      String task, String engine, String device, List<Double> seconds, @Nullable String failure) {}

  /** {@return whether others kept so much of the machine busy that figures are doubtful} */
  public boolean noisy() {
    return foreignCores > NOISE;
  }

  /**
   * Writes the file and its directory.
   *
   * @param file to write
   * @throws IOException if it cannot be written
   */
  public void write(Path file) throws IOException {
    Files.createDirectories(file.toAbsolutePath().getParent());
    JsonMapper mapper = JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();
    Files.writeString(file, mapper.writeValueAsString(this) + "\n");
  }
}
