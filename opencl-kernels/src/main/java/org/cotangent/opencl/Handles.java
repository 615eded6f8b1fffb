package org.cotangent.opencl;

import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.LongAdder;

/** Counts the OpenCL objects that a context has made and not yet released. */
final class Handles {
  /** What is counted. */
  enum Kind {
    CONTEXT,
    QUEUE,
    BUFFER,
    PROGRAM,
    KERNEL,
    EVENT
  }

  /** All kinds, so that only counts change. */
  private final Map<Kind, LongAdder> live = new EnumMap<>(Kind.class);

  Handles() {
    for (Kind kind : Kind.values()) {
      live.put(kind, new LongAdder());
    }
  }

  /**
   * Counts an object.
   *
   * @return the object
   */
  <T> T made(Kind kind, T object) {
    counter(kind).increment();
    return object;
  }

  /** Counts an object's end. */
  void released(Kind kind) {
    counter(kind).decrement();
  }

  /** {@return the kinds of which there are some, with their number} */
  Map<Kind, Long> live() {
    Map<Kind, Long> counts = new EnumMap<>(Kind.class);
    live.forEach((kind, counter) -> {
      long count = counter.sum();
      if (count != 0) {
        counts.put(kind, count);
      }
    });
    return counts;
  }

  private LongAdder counter(Kind kind) {
    return Objects.requireNonNull(live.get(kind));
  }
}
