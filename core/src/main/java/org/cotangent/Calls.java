package org.cotangent;

import java.lang.ref.Reference;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.cotangent.compile.CompileOptions;
import org.cotangent.compile.Executable;
import org.cotangent.compile.Replay;
import org.cotangent.error.ArgumentException;
import org.cotangent.error.CotangentException;
import org.cotangent.error.DTypeException;
import org.cotangent.error.ShapeException;
import org.cotangent.error.TraceException;
import org.cotangent.graph.GraphBuilder;
import org.cotangent.graph.Origin;
import org.cotangent.graph.Value;
import org.cotangent.type.Layout;
import org.cotangent.type.TensorType;
import org.jspecify.annotations.Nullable;

/**
 * The one way from a method of the user's face to an op: inside a trace it writes nodes, outside it
 * runs a small program made of the same nodes, compiled once for each op and types.
 */
final class Calls {
  /** Small programs kept for each device; more than any research code's distinct eager ops. */
  private static final int KEPT = 1024;

  /** Writes what a method stands for. */
  @FunctionalInterface
  interface Emitter {
    Value emit(GraphBuilder builder, List<Value> inputs);
  }

  /** Writes what a method with several results stands for. */
  @FunctionalInterface
  interface ListEmitter {
    List<Value> emit(GraphBuilder builder, List<Value> inputs);
  }

  private record Key(
      String name, Object attributes, List<TensorType> types, List<Layout> layouts) {}

  private final Device device;

  /** In the order of last use, the oldest first. */
  private final Map<Key, Loaded> cache = new LinkedHashMap<>(64, 0.75f, true);

  Calls(Device device) {
    this.device = device;
  }

  /**
   * {@return the result of an op on tensors}
   *
   * @param name the user's name of the op
   * @param attributes what distinguishes two calls of the same name on the same types
   * @param device where it runs if there are no inputs
   * @param emitter what the op stands for
   * @param inputs of the op
   */
  static Tensor call(
      String name, Object attributes, @Nullable Device device, Emitter emitter, Tensor... inputs) {
    return calls(
            name, attributes, device, (builder, in) -> List.of(emitter.emit(builder, in)), inputs)
        .getFirst();
  }

  /**
   * {@return the results of an op on tensors}
   *
   * @param name the user's name of the op
   * @param attributes what distinguishes two calls of the same name on the same types
   * @param device where it runs if there are no inputs
   * @param emitter what the op stands for
   * @param inputs of the op
   */
  static List<Tensor> calls(
      String name,
      Object attributes,
      @Nullable Device device,
      ListEmitter emitter,
      Tensor... inputs) {
    try {
      requireTensors(name, inputs);
      Trace trace = Trace.current();
      if (trace != null) {
        return write(trace, name, emitter, inputs);
      }
      Device where = inputs.length == 0 ? requireDevice(device) : deviceOf(name, inputs);
      return where.calls().run(name, attributes, emitter, inputs);
    } catch (CotangentException error) {
      throw Located.at(Origin.here(name), error);
    }
  }

  /**
   * {@return the result of a function of tensors, as one op} Everything that the function depends
   * on must be among the inputs or the attributes.
   */
  static Tensor composed(
      String name, Object attributes, Function<List<Tensor>, Tensor> f, Tensor... inputs) {
    Located.in(
        name,
        () -> {
          requireTensors(name, inputs);
          return inputs;
        });
    if (Trace.current() != null) {
      List<TensorType> types = Stream.of(inputs).map(Tensor::type).toList();
      return named(name, types, () -> f.apply(List.of(inputs)));
    }
    Device device = Located.in(name, () -> deviceOf(name, inputs));
    return call(
        name,
        attributes,
        null,
        (builder, values) -> {
          Trace trace = new Trace(device, builder, Trace.Captures.REFUSED);
          return trace.run(
              () -> f.apply(values.stream().map(trace::tensor).toList()).value(name, trace));
        },
        inputs);
  }

  private static void requireTensors(String name, Tensor... inputs) {
    for (Tensor input : inputs) {
      if (input == null) {
        throw new ArgumentException(name + ": a tensor is null; import the data first");
      }
    }
  }

  private static Device requireDevice(@Nullable Device device) {
    if (device == null) {
      throw new IllegalStateException("an op without inputs needs a device");
    }
    return device;
  }

  private static List<Tensor> write(
      Trace trace, String name, ListEmitter emitter, Tensor... inputs) {
    return trace.builder.withOrigin(
        Origin.here(name),
        () -> {
          List<Value> values = new ArrayList<>();
          for (Tensor input : inputs) {
            values.add(trace.valueOf(name, input));
          }
          List<TensorType> types = values.stream().map(Value::type).toList();
          return named(name, types, () -> emitter.emit(trace.builder, values)).stream()
              .map(trace::tensor)
              .toList();
        });
  }

  /** Errors of the shape rules speak of the user's op, not of those it is made of. */
  private static <T> T named(String name, List<TensorType> types, Supplier<T> emission) {
    try {
      return emission.get();
    } catch (ShapeException error) {
      throw new ShapeException(renamed(name, error));
    } catch (DTypeException error) {
      throw new DTypeException(renamed(name, error));
    } catch (ArithmeticException overflow) {
      throw new ShapeException(
          name + ": too many elements: sizes overflow 64 bits with " + types + "; take fewer");
    }
  }

  private static String renamed(String name, CotangentException error) {
    String message = String.valueOf(error.getMessage());
    int op = message.indexOf(": ");
    boolean named = op > 0 && message.substring(0, op).chars().allMatch(Calls::isOfAName);
    return name + ": " + (named ? message.substring(op + 2) : message);
  }

  private static boolean isOfAName(int character) {
    return Character.isLetterOrDigit(character) || character == '_';
  }

  static Device deviceOf(String name, Tensor... inputs) {
    Device first = inputs[0].stored(name).device;
    for (Tensor input : inputs) {
      Stored stored = input.stored(name);
      if (stored.device != first) {
        throw Trace.foreign(name, input, stored.device, first);
      }
    }
    return first;
  }

  private List<Tensor> run(String name, Object attributes, ListEmitter emitter, Tensor... inputs) {
    List<TensorType> types = new ArrayList<>(inputs.length);
    List<Layout> layouts = new ArrayList<>(inputs.length);
    for (Tensor input : inputs) {
      Stored stored = input.stored(name);
      types.add(stored.type);
      layouts.add(stored.layout);
    }
    try {
      Loaded loaded = loaded(new Key(name, attributes, types, layouts), emitter);
      try (Replay replay = loaded.executable().replay()) {
        for (int i = 0; i < inputs.length; i++) {
          inputs[i].stored(name).lend(name, replay, i);
        }
        device.run(name, loaded, replay, Device.NOTHING);
        return device.adopt(loaded, replay);
      } finally {
        loaded.executable().release();
      }
    } finally {
      // A tensor that becomes unreachable here would be reclaimed before it is leased.
      Reference.reachabilityFence(inputs);
    }
  }

  /** The program of an op, retained for the caller. */
  private Loaded loaded(Key key, ListEmitter emitter) {
    synchronized (cache) {
      Loaded known = cache.get(key);
      if (known == null) {
        known = load(key, emitter);
        cache.put(key, known);
        if (cache.size() > KEPT) {
          var oldest = cache.entrySet().iterator();
          Loaded evicted = oldest.next().getValue();
          oldest.remove();
          evicted.executable().close();
        }
      }
      known.executable().retain();
      return known;
    }
  }

  private Loaded load(Key key, ListEmitter emitter) {
    GraphBuilder builder = new GraphBuilder();
    // No line: the program serves many; the caller adds its own to an error.
    List<Value> results =
        builder.withOrigin(
            new Origin(key.name(), ""),
            () -> {
              List<Value> inputs = key.types().stream().map(builder::parameter).toList();
              return named(key.name(), key.types(), () -> emitter.emit(builder, inputs));
            });
    Executable executable =
        device.load(builder.build(key.name(), results), key.layouts(), CompileOptions.DEFAULT);
    return new Loaded(executable, key.name());
  }

  /** {@return how many programs are kept} */
  int programs() {
    synchronized (cache) {
      return cache.size();
    }
  }

  void close() {
    synchronized (cache) {
      cache.values().forEach(loaded -> loaded.executable().close());
      cache.clear();
    }
  }

  /** The value of a tensor in the current trace, for a reader of numbers: always an error. */
  static TraceException traced(String op, Tensor tensor) {
    return new TraceException(
        op
            + ": "
            + tensor.type()
            + " is traced and has no numbers yet; use where(...) in place of a branch, and read"
            + " results outside the function");
  }
}
