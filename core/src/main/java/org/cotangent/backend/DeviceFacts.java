package org.cotangent.backend;

import java.util.List;

/**
 * What a backend knows of one of its devices before opening it.
 *
 * @param name that selects it, as in {@code opencl:1}
 * @param model as the vendor names it
 * @param vendor who made it, or its driver
 * @param memoryBytes of its memory
 * @param largestBytes that one allocation may have
 * @param units compute units or cores
 * @param notes more facts, one sentence each: what it lacks, where its results may differ
 */
public record DeviceFacts(
    String name,
    String model,
    String vendor,
    long memoryBytes,
    long largestBytes,
    int units,
    List<String> notes) {
  /** Copies the notes. */
  public DeviceFacts {
    notes = List.copyOf(notes);
  }
}
