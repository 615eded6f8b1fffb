package org.cotangent.testing;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.cotangent.backend.Block;
import org.cotangent.backend.CachingAllocator;
import org.cotangent.error.ArgumentException;
import org.jspecify.annotations.NullMarked;

/**
 * What a program asked of an allocator, to be asked of another one: with other rules, less memory,
 * or no memory at all. Java's Flight Recorder records it where the event {@code
 * org.cotangent.Block} is enabled: {@code recording.enable("org.cotangent.Block")}, or on the
 * command line
 *
 * <pre>{@code
 * java -XX:StartFlightRecording:filename=run.jfr,+org.cotangent.Block#enabled=true ...
 * }</pre>
 *
 * @param calls in their order
 */
@NullMarked
public record AllocationTrace(List<Call> calls) {
  /**
   * A call of an allocator.
   *
   * @param block numbered in the order in which they are lent
   * @param bytes of the block
   * @param isLent whether it is lent by this call; else taken back
   */
  public record Call(int block, long bytes, boolean isLent) {}

  /** Copies the calls. */
  public AllocationTrace {
    calls = List.copyOf(calls);
  }

  /** Where a block lies: no other does until it is taken back. */
  private record Place(long region, long offset) {}

  /**
   * {@return the traces in a recording, one for each allocator, in the order of their first event}
   * Blocks that were lent before the recording began are left out.
   *
   * @param recording a file of the Flight Recorder
   * @throws IOException if it cannot be read
   */
  public static List<AllocationTrace> read(Path recording) throws IOException {
    Map<Integer, List<RecordedEvent>> events = new LinkedHashMap<>();
    RecordingFile.readAllEvents(recording).stream()
        .filter(event -> event.getEventType().getName().equals("org.cotangent.Block"))
        .sorted(Comparator.comparing(RecordedEvent::getStartTime))
        .forEach(event ->
            events.computeIfAbsent(event.getInt("allocator"), _ -> new ArrayList<>()).add(event));
    return events.values().stream().map(AllocationTrace::of).toList();
  }

  private static AllocationTrace of(List<RecordedEvent> events) {
    // Events of several threads may have the same time.
    events.sort(Comparator.comparingLong(event -> event.getLong("number")));
    Map<Place, Integer> lent = new HashMap<>();
    List<Call> calls = new ArrayList<>();
    int blocks = 0;
    for (RecordedEvent event : events) {
      Place place = new Place(event.getLong("region"), event.getLong("offset"));
      if (event.getBoolean("isLent")) {
        lent.put(place, blocks);
        calls.add(new Call(blocks++, event.getLong("bytes"), true));
      } else {
        Integer block = lent.remove(place);
        if (block != null) {
          calls.add(new Call(block, event.getLong("bytes"), false));
        }
      }
    }
    return new AllocationTrace(calls);
  }

  /**
   * {@return the most bytes that are lent at once: no allocator can do with less}
   *
   * @param alignment to whose multiples sizes are rounded up
   */
  public long peak(long alignment) {
    long lent = 0;
    long peak = 0;
    for (Call call : calls) {
      long bytes = Math.ceilDiv(call.bytes(), alignment) * alignment;
      lent += call.isLent() ? bytes : -bytes;
      peak = Math.max(peak, lent);
    }
    return peak;
  }

  /**
   * Makes the calls once more. What is still lent in the end is taken back.
   *
   * @param allocator that has lent nothing yet
   * @throws ArgumentException if it has
   */
  public void replay(CachingAllocator allocator) {
    if (allocator.statistics().liveBlocks() > 0) {
      throw new ArgumentException(
          "replay: the allocator has lent blocks already; pass one that is unused");
    }
    Map<Integer, Block> lent = new HashMap<>();
    for (Call call : calls) {
      if (call.isLent()) {
        lent.put(call.block(), allocator.allocate(call.bytes(), "block " + call.block()));
      } else {
        Block block = lent.remove(call.block());
        if (block != null) {
          block.release();
        }
      }
    }
    lent.values().forEach(Block::release);
  }
}
