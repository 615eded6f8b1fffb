package org.cotangent;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import jdk.jfr.FlightRecorder;
import jdk.jfr.Recording;
import jdk.jfr.RecordingState;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordedThread;
import jdk.jfr.consumer.RecordingFile;
import org.cotangent.error.ArgumentException;
import org.cotangent.error.CotangentException;
import org.cotangent.error.DeviceException;
import org.cotangent.error.FormatException;
import org.cotangent.event.Spans;
import org.cotangent.file.AtomicFile;
import org.cotangent.graph.Origin;

/**
 * What the engine does while this is open, for <a href="https://ui.perfetto.dev">Perfetto</a> and
 * Chrome's {@code chrome://tracing} to draw: compilations, runs, and calls for memory of all
 * devices, each in the row of its thread; on CPU devices opened with {@link
 * DeviceOptions#profiling(boolean)} kernels too. Java's Flight Recorder measures it, so a recording
 * of one's own ({@code -XX:StartFlightRecording}) has the same events, by the names {@code
 * org.cotangent.Compile}, {@code Run}, {@code Kernel} and {@code Region}.
 *
 * {@snippet :
 * try (Profile profile = Profile.start()) {
 *   x.matmul(y).close();
 *   profile.write(Path.of("profile.json"));
 * }
 * }
 */
public final class Profile implements AutoCloseable {
  private static final List<String> EVENTS =
      List.of(Spans.COMPILE, Spans.RUN, Spans.KERNEL, Spans.REGION);

  private final Recording recording;
  private final Instant start;

  private Profile(Recording recording, Instant start) {
    this.recording = recording;
    this.start = start;
  }

  /**
   * {@return a profile that begins now}
   *
   * @throws DeviceException if this Java runtime has no Flight Recorder
   */
  public static Profile start() {
    if (!Spans.isPossible() || !FlightRecorder.isAvailable()) {
      throw Located.at(
          Origin.here("profile"),
          new DeviceException(
              "profile: this Java runtime has no Flight Recorder; run with one that has the module"
                  + " jdk.jfr"));
    }
    // No event is earlier.
    Instant start = Instant.now();
    Recording recording = new Recording();
    try {
      recording.setName("Cotangent");
      EVENTS.forEach(event -> recording.enable(event).withoutThreshold().withoutStackTrace());
      recording.start();
      return new Profile(recording, start);
    } catch (RuntimeException | Error failure) {
      recording.close();
      throw failure;
    }
  }

  /**
   * Writes what has ended so far, in the Trace Event Format of Chrome (JSON). The profile goes on.
   *
   * @param file that is written, or replaced, whole
   * @throws FormatException if it cannot be written
   * @throws ArgumentException if the file is null, or the profile was closed
   */
  public void write(Path file) {
    Device.requireNonNull("profile", "file", file);
    try {
      if (recording.getState() == RecordingState.CLOSED) {
        throw closed();
      }
      Path recorded = Files.createTempFile("cotangent-profile", ".jfr");
      try {
        recording.dump(recorded);
        AtomicFile.write("profile", file, out -> write(recorded, out));
      } finally {
        Files.deleteIfExists(recorded);
      }
    } catch (IOException e) {
      throw Located.at(
          Origin.here("profile"),
          new FormatException("profile: " + file + ": cannot be written: " + e.getMessage(), e));
    } catch (IllegalStateException e) {
      throw Located.at(Origin.here("profile"), closed());
    } catch (CotangentException e) {
      throw Located.at(Origin.here("profile"), e);
    }
  }

  private static ArgumentException closed() {
    return new ArgumentException("profile: it was closed; write it before");
  }

  /** Ends it. A second call does nothing. */
  @Override
  public void close() {
    recording.close();
  }

  private void write(Path recorded, OutputStream out) throws IOException {
    Set<Long> threads = new HashSet<>();
    Writer json = new BufferedWriter(new OutputStreamWriter(out, StandardCharsets.UTF_8));
    json.write("{\"displayTimeUnit\": \"ns\", \"traceEvents\": [\n");
    json.write("{\"ph\": \"M\", \"name\": \"process_name\", \"pid\": 1, ");
    json.write("\"args\": {\"name\": \"Cotangent\"}}");
    try (RecordingFile events = new RecordingFile(recorded)) {
      while (events.hasMoreEvents()) {
        RecordedEvent event = events.readEvent();
        RecordedThread thread = event.getThread();
        if (thread != null && EVENTS.contains(event.getEventType().getName())) {
          if (threads.add(thread.getJavaThreadId())) {
            json.write(",\n" + named(thread));
          }
          json.write(",\n" + complete(event, thread));
        }
      }
    }
    json.write("\n]}\n");
    json.flush();
  }

  private static String named(RecordedThread thread) {
    return "{\"ph\": \"M\", \"name\": \"thread_name\", \"pid\": 1, \"tid\": "
        + thread.getJavaThreadId()
        + ", \"args\": {\"name\": "
        + quoted(String.valueOf(thread.getJavaName()))
        + "}}";
  }

  /** An event with beginning and duration. */
  private String complete(RecordedEvent event, RecordedThread thread) {
    String type = event.getEventType().getName();
    String kind = type.substring(type.lastIndexOf('.') + 1);
    String name =
        switch (type) {
          case Spans.KERNEL -> event.getString("kernel");
          case Spans.REGION -> event.getString("call");
          default -> event.getString("program");
        };
    String details =
        switch (type) {
          case Spans.RUN ->
              "\"kernels\": " + event.getInt("kernels") + ", \"arena\": " + event.getLong("arena");
          case Spans.REGION -> "\"bytes\": " + event.getLong("bytes");
          default -> "";
        };
    return "{\"ph\": \"X\", \"cat\": %s, \"name\": %s, \"pid\": 1, \"tid\": %d, \"ts\": %s, \"dur\": %s, \"args\": {%s}}"
        .formatted(
            quoted(kind),
            quoted(name),
            thread.getJavaThreadId(),
            microseconds(Duration.between(start, event.getStartTime())),
            microseconds(event.getDuration()),
            details);
  }

  /** In thousandths, which a double would not have of a long time. */
  private static String microseconds(Duration time) {
    long nanoseconds = time.toNanos();
    return (nanoseconds < 0 ? "-" : "")
        + Math.abs(nanoseconds / 1000)
        + "."
        + String.format(Locale.ROOT, "%03d", Math.abs(nanoseconds % 1000));
  }

  private static String quoted(String text) {
    StringBuilder json = new StringBuilder("\"");
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"' || c == '\\') {
        json.append('\\').append(c);
      } else if (c < ' ') {
        json.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
      } else {
        json.append(c);
      }
    }
    return json.append('"').toString();
  }
}
