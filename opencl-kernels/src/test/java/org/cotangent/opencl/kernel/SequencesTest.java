package org.cotangent.opencl.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.cotangent.opencl.kernel.Argument.Int64;
import org.cotangent.opencl.kernel.Argument.Memory;
import org.junit.jupiter.api.Test;

/** Which launches are joined, and that none is lost; what they compute, random programs show. */
class SequencesTest {
  private static final int ROOM = 256;

  private final Sequences sequences =
      new Sequences(new Traits(false, 16, true, 32 << 10, 64, ROOM, 2, 0));

  private static Launch launch(String body, int from, int to, long groups, int local) {
    String parameters = "__global uchar *m0, ulong o0, __global uchar *m1, ulong o1, long n";
    return new Launch(
        new Source(Source.kernel(local, parameters, body)),
        List.of(new Memory(from, 0), new Memory(to, 0), new Int64(7)),
        groups,
        local);
  }

  private static Launch small(int from) {
    return launch("m1[o1] = m0[o0] + n;\n", from, from + 1, 1, 8);
  }

  private static long matches(String pattern, Launch launch) {
    return Pattern.compile(pattern).matcher(launch.source().text()).results().count();
  }

  @Test
  void aChainIsOneLaunchWithItsTextOnceAndEachBufferOnce() {
    List<Launch> joined = sequences.joined(IntStream.range(0, 5).mapToObj(i -> small(i)).toList());
    assertEquals(1, joined.size());
    Launch one = joined.getFirst();
    assertEquals(1, one.groups());
    assertEquals(8, one.local());
    assertEquals(
        List.of(
            new Memory(0, 0),
            new Memory(1, 0),
            new Int64(7),
            new Memory(2, 0),
            new Memory(3, 0),
            new Memory(4, 0),
            new Memory(5, 0)),
        one.arguments());
    assertEquals(1, matches("m1\\[o1] = ", one));
  }

  @Test
  void partsKeepTheirOrderAcrossDifferentTexts() {
    Launch other = launch("m0[o0] = m1[o1];\n", 3, 9, 1, 8);
    List<Launch> joined = sequences.joined(List.of(small(0), other, small(1)));
    assertEquals(1, joined.size());
    assertTrue(joined.getFirst().source().text().contains("order[] = {0, 1, 0}"));
  }

  @Test
  void whatIsAloneStaysAsItIs() {
    List<Launch> launches =
        List.of(
            small(0),
            launch("m0[o0] = 1;\n", 0, 1, 2, 8),
            small(1),
            launch("m0[o0] = 2;\n", 0, 1, 1, 4),
            launch("__local long sums[4];\nm0[o0] = 3;\n", 0, 1, 1, 4),
            launch("m0[o0] = 4;\n", 0, 1, 1, 4));
    assertEquals(launches, sequences.joined(launches));
    assertEquals(List.of(), sequences.joined(List.of()));
  }

  @Test
  void aSequenceEndsWhereTheRoomForArgumentsDoes() {
    List<Launch> launches = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      launches.add(small(i));
    }
    List<Launch> joined = sequences.joined(launches);
    long parts = 0;
    for (Launch launch : joined) {
      assertTrue(launch.arguments().stream().mapToInt(Argument::bytes).sum() <= ROOM);
      parts += matches("(?<=[{ ])0(?=[,}])", launch);
    }
    assertEquals(40, parts);
    assertEquals(3, joined.size());
  }
}
