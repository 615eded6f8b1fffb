package org.cotangent.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What is given is taken once; how many are kept is bounded. */
class SparesTest {
  private final Spares<String> spares = new Spares<>();

  /** All that are kept, each once. */
  private Set<String> takeAll() {
    Set<String> taken = new HashSet<>();
    for (String spare = spares.take(); spare != null; spare = spares.take()) {
      assertFalse(taken.contains(spare), spare + " was taken twice");
      taken.add(spare);
    }
    return taken;
  }

  @Test
  void whatIsGivenIsTakenOnce() {
    assertNull(spares.take());
    spares.give("a");
    spares.give("b");
    assertEquals(Set.of("a", "b"), takeAll());
    spares.give("c");
    assertEquals(Set.of("c"), takeAll());
    assertNull(spares.take());
  }

  @Test
  void ofManyAFewAreKept() {
    for (int i = 0; i < 100; i++) {
      spares.give("spare " + i);
    }
    Set<String> first = takeAll();
    assertEquals(16, first.size());
    for (int i = 0; i < 16; i++) {
      spares.give("later " + i);
    }
    assertEquals(16, takeAll().size(), "each place is used again");
  }
}
