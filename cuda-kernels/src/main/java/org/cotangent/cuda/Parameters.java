package org.cotangent.cuda;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.stream.IntStream;
import org.cotangent.cuda.driver.TensorMap;
import org.cotangent.cuda.ptx.Argument;

/**
 * The parameters of one launch in native memory, as the driver reads them: an address for each, and
 * behind them the values.
 */
final class Parameters {
  private final MemorySegment addresses;
  private final List<MemorySegment> values;

  Parameters(Arena arena, List<Argument> arguments) {
    addresses = arena.allocate(ValueLayout.JAVA_LONG, Math.max(1, arguments.size()));
    MemorySegment numbers = arena.allocate(ValueLayout.JAVA_LONG, Math.max(1, arguments.size()));
    values =
        IntStream.range(0, arguments.size())
            .mapToObj(i ->
                arguments.get(i).bytes() == Long.BYTES
                    ? numbers.asSlice((long) i * Long.BYTES, Long.BYTES)
                    : arena.allocate(arguments.get(i).bytes(), TensorMap.ALIGNMENT))
            .toList();
    for (int i = 0; i < values.size(); i++) {
      addresses.setAtIndex(ValueLayout.JAVA_LONG, i, values.get(i).address());
    }
  }

  void set(int parameter, long value) {
    value(parameter).set(ValueLayout.JAVA_LONG, 0, value);
  }

  /** {@return where a value lies} */
  MemorySegment value(int parameter) {
    return values.get(parameter);
  }

  /** {@return the addresses} */
  MemorySegment block() {
    return addresses;
  }
}
