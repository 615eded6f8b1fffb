package org.cotangent.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.List;
import org.cotangent.error.ArgumentException;
import org.cotangent.error.ClosedException;
import org.junit.jupiter.api.Test;

/** Functions shared by programs: what is loaded, and when it goes. */
class ModulesTest {
  private final List<String> calls = new ArrayList<>();
  private final Modules<String, List<String>> modules =
      new Modules<>(
          2,
          sources -> {
            calls.add("load " + sources);
            return sources;
          },
          module -> calls.add("unload " + module));

  @Test
  void whatIsNewIsLoadedTogether() {
    var first = modules.use(List.of("a", "b", "a"));
    var second = modules.use(List.of("c", "b", "d"));
    assertEquals(List.of("load [a, b]", "load [c, d]"), calls);
    assertEquals(List.of("a", "b"), second.of("b"));
    assertEquals(List.of("c", "d"), second.of("d"));
    assertThrows(ArgumentException.class, () -> first.of("c"));
    assertEquals(2, modules.size());
  }

  @Test
  void theLastUnusedOnesStay() {
    var used = modules.use(List.of("0"));
    for (String source : List.of("1", "2", "1", "3", "1", "2")) {
      modules.use(List.of(source)).close();
    }
    // 3 came when 2 was idle for longest; then 2 came anew when 3 was.
    assertEquals(
        List.of(
            "load [0]", "load [1]", "load [2]", "load [3]", "unload [2]", "load [2]", "unload [3]"),
        calls);
    assertEquals(3, modules.size());
    used.close();
    used.close();
    assertEquals("unload [1]", calls.getLast());
    assertEquals(2, modules.size());
  }

  @Test
  void aModuleStaysWhileOneUsesIt() {
    var first = modules.use(List.of("a", "b"));
    var second = modules.use(List.of("b"));
    first.close();
    List.of("1", "2", "3").forEach(source -> modules.use(List.of(source)).close());
    assertEquals("unload [1]", calls.getLast());
    second.close();
    assertEquals("unload [2]", calls.getLast());
  }

  @Test
  void whatFailsIsNotKept() {
    Modules<String, String> failing =
        new Modules<>(
            2,
            _ -> {
              throw new IllegalStateException("no");
            },
            _ -> calls.add("unload"));
    assertThrows(IllegalStateException.class, () -> failing.use(List.of("a")));
    assertEquals(0, failing.size());
    failing.close();
    assertEquals(List.of(), calls);
  }

  @Test
  void closingGivesAllBack() {
    var used = modules.use(List.of("a"));
    modules.use(List.of("b")).close();
    modules.close();
    modules.close();
    used.close();
    assertEquals(4, calls.size());
    assertEquals(0, modules.size());
    assertThrows(ClosedException.class, () -> modules.use(List.of("a")));
  }
}
