package org.cotangent.testing;

import static org.cotangent.testing.RandomProgram.array;
import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.cotangent.Compiled2;
import org.cotangent.Compiler;
import org.cotangent.Device;
import org.cotangent.Scope;
import org.cotangent.Tensor;
import org.cotangent.type.HostArray;
import org.cotangent.type.Shape;
import org.cotangent.type.TensorType;

/**
 * Programs of many ops have the reference's values on any device: what no test of one op sees, such
 * as groups with several results, writing in place, donated memory, strided inputs, and results
 * that are inputs, views, constants or one value twice.
 */
public final class RandomProgramValues {
  /** How the elements of an input lie in memory. */
  private enum Place {
    DONATED,
    PLAIN,
    STRIDED,
    REPEATED
  }

  /** Places of arguments that a run must leave as they are. */
  private static final List<Place> LENT = List.of(Place.PLAIN, Place.STRIDED, Place.REPEATED);

  /** What a program runs on: the same for every device and way of compiling. */
  private record Arguments(List<HostArray> data, List<Place> places) {
    static Arguments of(RandomProgram program) {
      Random random = RandomProgram.random(~program.seed());
      List<Place> places =
          program.inputs().stream()
              .map(_ -> random.nextBoolean() ? Place.DONATED : LENT.get(random.nextInt(3)))
              .toList();
      List<HostArray> data =
          IntStream.range(0, places.size())
              .mapToObj(i -> whole(inMemory(program.inputs().get(i), places.get(i)), random))
              .toList();
      return new Arguments(data, places);
    }

    /** The inputs that a run may take over, or the others. */
    List<Tensor> on(RandomProgram program, Device device, boolean donated) {
      List<Tensor> tensors = new ArrayList<>();
      for (int i = 0; i < data.size(); i++) {
        if ((places.get(i) == Place.DONATED) == donated) {
          tensors.add(seen(device.tensor(data.get(i)), places.get(i), program.inputs().get(i)));
        }
      }
      return tensors;
    }

    /** All inputs in the program's order. */
    List<Tensor> joined(List<Tensor> donated, List<Tensor> kept) {
      var nextDonated = donated.iterator();
      var nextKept = kept.iterator();
      return places.stream()
          .map(place -> (place == Place.DONATED ? nextDonated : nextKept).next())
          .toList();
    }
  }

  private static HostArray whole(TensorType type, Random random) {
    int most = RandomProgramWhole.INPUT;
    return array(
        type,
        (array, i) ->
            array.set(
                i, RandomProgramWhole.element(type.dtype(), random.nextInt(-most, most + 1))));
  }

  /** The tensor of which {@link #seen} makes one of the given type. */
  private static TensorType inMemory(TensorType type, Place place) {
    long[] dims = type.shape().dims();
    if (place == Place.STRIDED) {
      for (int i = 0; i < dims.length; i++) {
        dims[i] = 2 * type.shape().dim(dims.length - 1 - i) + 1;
      }
    } else if (place == Place.REPEATED && dims.length > 0) {
      return type.with(Shape.of(Arrays.copyOfRange(dims, 1, dims.length)));
    }
    return type.with(Shape.of(dims));
  }

  private static Tensor seen(Tensor memory, Place place, TensorType type) {
    return switch (place) {
      case DONATED, PLAIN -> memory;
      case REPEATED -> memory.broadcastTo(type.shape().dims());
      // Every second element of each axis, the axes in reverse: gaps, an offset, odd strides.
      case STRIDED -> {
        Tensor view = memory;
        for (int axis = 0; axis < memory.rank(); axis++) {
          view = view.slice(axis, 1, Long.MAX_VALUE, 2);
        }
        yield view.transpose();
      }
    };
  }

  private final Device device;
  private final Device reference;
  private int donations;
  private int savings;

  /**
   * A check of one device.
   *
   * @param device under test
   * @param reference a device on a {@link ReferenceBackend}
   */
  public RandomProgramValues(Device device, Device reference) {
    this.device = device;
    this.reference = reference;
  }

  /**
   * Checks programs, fused with donation and unfused; reports all that fail.
   *
   * @param seeds how many programs
   */
  public void check(int seeds) {
    assertAll(RandomProgram.each(seeds, RandomProgramWhole::of, this::check));
    // The programs must keep reaching what they are for.
    assertTrue(donations > seeds / 10, donations + " results took over an argument");
    assertTrue(savings > seeds / 5, savings + " programs shared memory");
  }

  private void check(RandomProgram program) {
    Arguments arguments = Arguments.of(program);
    List<HostArray> expected = run(program, arguments, reference, reference.compiler());
    requireSame("fused", expected, run(program, arguments, device, device.compiler().donate(0)));
    requireSame("unfused", expected, run(program, arguments, device, device.compiler().checkNaN()));
  }

  private List<HostArray> run(
      RandomProgram program, Arguments arguments, Device where, Compiler compiler) {
    try (Scope _ = where.open()) {
      List<Tensor> donated = arguments.on(program, where, true);
      List<Tensor> kept = arguments.on(program, where, false);
      try (Compiled2<List<Tensor>, List<Tensor>, List<Tensor>> compiled =
          compiler.compile(
              (given, lent) -> program.run(arguments.joined(given, lent)), donated, kept)) {
        List<HostArray> before = kept.stream().map(Tensor::toHost).toList();
        List<HostArray> results = compiled.run(donated, kept).stream().map(Tensor::toHost).toList();
        requireSame("input", before, kept.stream().map(Tensor::toHost).toList());
        donations += (int) compiled.plan().donors().stream().filter(donor -> donor >= 0).count();
        savings += compiled.plan().planned() < compiled.plan().naive() ? 1 : 0;
        return results;
      }
    }
  }

  private static void requireSame(String what, List<HostArray> expected, List<HostArray> actual) {
    for (int i = 0; i < expected.size(); i++) {
      RandomProgram.requireSame(what + " " + i, expected.get(i), actual.get(i));
    }
  }
}
