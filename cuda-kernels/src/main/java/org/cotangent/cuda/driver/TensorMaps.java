package org.cotangent.cuda.driver;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Arrays;
import org.cotangent.type.DType;

/** cuTensorMapEncodeTiled, which drivers have since CUDA 12.0 and JCuda is not bound to. */
final class TensorMaps {
  // Of CUtensorMapDataType.
  private static final int FLOAT16 = 6;
  private static final int BFLOAT16 = 9;
  private static final int TFLOAT32 = 11;

  /** CU_TENSOR_MAP_INTERLEAVE_NONE. */
  private static final int NO_INTERLEAVE = 0;

  /** CU_TENSOR_MAP_SWIZZLE_128B. */
  private static final int SWIZZLE = 3;

  /** CU_TENSOR_MAP_L2_PROMOTION_L2_256B: neighbouring boxes are read soon. */
  private static final int PROMOTION = 3;

  /** CU_TENSOR_MAP_FLOAT_OOB_FILL_NONE: zeros. */
  private static final int FILL = 0;

  private final MethodHandle encode;

  @SuppressWarnings("restricted") // see CudaLibrary
  TensorMaps(SymbolLookup library) {
    encode =
        Linker.nativeLinker()
            .downcallHandle(
                library.findOrThrow("cuTensorMapEncodeTiled"),
                FunctionDescriptor.of(
                    ValueLayout.JAVA_INT,
                    ValueLayout.ADDRESS,
                    ValueLayout.JAVA_INT,
                    ValueLayout.JAVA_INT,
                    ValueLayout.JAVA_LONG,
                    ValueLayout.ADDRESS,
                    ValueLayout.ADDRESS,
                    ValueLayout.ADDRESS,
                    ValueLayout.ADDRESS,
                    ValueLayout.JAVA_INT,
                    ValueLayout.JAVA_INT,
                    ValueLayout.JAVA_INT,
                    ValueLayout.JAVA_INT));
  }

  /** {@return the result of the call} See {@link Driver#encode}. */
  int encode(TensorMap map, long address, MemorySegment to) {
    int rank = map.sizes().size();
    int[] steps = new int[rank];
    Arrays.fill(steps, 1);
    try (Arena arena = Arena.ofConfined()) {
      return (int)
          encode.invokeExact(
              to,
              type(map.dtype()),
              rank,
              address,
              longs(arena, map.sizes().stream().mapToLong(Long::longValue).toArray()),
              longs(arena, map.strides().stream().mapToLong(Long::longValue).toArray()),
              ints(arena, map.box().stream().mapToInt(Integer::intValue).toArray()),
              ints(arena, steps),
              NO_INTERLEAVE,
              SWIZZLE,
              PROMOTION,
              FILL);
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new AssertionError("a foreign call throws nothing", e);
    }
  }

  private static MemorySegment longs(Arena arena, long[] values) {
    return arena.allocateFrom(ValueLayout.JAVA_LONG, values);
  }

  private static MemorySegment ints(Arena arena, int[] values) {
    return arena.allocateFrom(ValueLayout.JAVA_INT, values);
  }

  private static int type(DType dtype) {
    return switch (dtype) {
      case FLOAT16 -> FLOAT16;
      case BFLOAT16 -> BFLOAT16;
      case FLOAT32 -> TFLOAT32;
      case BOOL, INT8, INT16, INT32, INT64, UINT8, FLOAT64 ->
          throw new IllegalArgumentException("no kernel takes a tensor map of " + dtype);
    };
  }
}
