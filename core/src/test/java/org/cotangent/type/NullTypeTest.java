package org.cotangent.type;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.lang.foreign.MemorySegment;
import java.util.List;
import org.cotangent.error.ArgumentException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** The records that users construct refuse null by an exception of the engine's own. */
class NullTypeTest {
  @SuppressWarnings({"NullAway", "TypeParameterUnusedInFormals"}) // A caller without static checks.
  private static <T> T missing() {
    @Nullable T nothing = null;
    return nothing;
  }

  @Test
  void typesAndHostArraysRefuseNull() {
    TensorType type = new TensorType(DType.FLOAT32, Shape.of(2));
    List<Executable> calls =
        List.of(
            () -> new TensorType(missing(), Shape.SCALAR),
            () -> new TensorType(DType.BOOL, missing()),
            () -> new HostArray(missing(), MemorySegment.NULL),
            () -> new HostArray(type, missing()),
            () -> HostArray.allocate(missing()),
            () -> Shape.of((long[]) missing()));
    for (Executable call : calls) {
      assertThrows(ArgumentException.class, call);
    }
    assertEquals(
        "tensor type: dtype null of shape (); pass both",
        assertThrows(ArgumentException.class, calls.getFirst()).getMessage());
  }
}
