package org.cotangent.testing;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.cotangent.backend.Backend;
import org.cotangent.backend.FusionLimits;
import org.cotangent.backend.LoadedProgram;
import org.cotangent.backend.Program;
import org.cotangent.backend.RawMemory;
import org.cotangent.backend.Storage;
import org.cotangent.graph.Graph;
import org.cotangent.graph.Node;
import org.cotangent.graph.Op;
import org.cotangent.graph.Parameter;
import org.cotangent.graph.Value;
import org.cotangent.type.HostArray;
import org.cotangent.type.Layout;
import org.cotangent.type.TensorType;

/**
 * A backend that runs the graph as it was traced, node by node, by {@link Meanings}: slow, and
 * independent of every pass, kernel and layout that it referees.
 */
public final class ReferenceBackend implements Backend {
  private final HostMemory memory = new HostMemory();

  /** Opens the backend; it holds nothing but the memory allocated from it. */
  public ReferenceBackend() {}

  /**
   * {@return the results of a graph}
   *
   * @param graph what to compute
   * @param arguments one for each parameter
   */
  public static List<HostArray> evaluate(Graph graph, List<HostArray> arguments) {
    Map<Value, HostArray> known = new HashMap<>();
    for (int i = 0; i < arguments.size(); i++) {
      known.put(graph.parameters().get(i), arguments.get(i));
    }
    for (Node node : graph.nodes()) {
      if (!(node.op() instanceof Parameter)) {
        List<HostArray> results =
            Meanings.evaluate(node.op(), node.inputs().stream().map(known::get).toList());
        for (int i = 0; i < results.size(); i++) {
          known.put(node.result(i), results.get(i));
        }
      }
    }
    return graph.results().stream().map(known::get).toList();
  }

  @Override
  public String description() {
    return "reference: one element at a time";
  }

  @Override
  public RawMemory memory() {
    return memory;
  }

  @Override
  public boolean claims(Op op, List<TensorType> inputs) {
    return false;
  }

  @Override
  public FusionLimits limits() {
    return new FusionLimits(128, Integer.MAX_VALUE, false);
  }

  @Override
  public LoadedProgram load(Program program) {
    return new LoadedProgram() {
      @Override
      public void run(List<Slice> buffers) {
        Slice[] inputs = new Slice[program.inputs().size()];
        Slice[] outputs = new Slice[program.source().results().size()];
        for (int b = 0; b < buffers.size(); b++) {
          switch (program.buffers().get(b).storage()) {
            case Storage.Input input -> inputs[input.index()] = buffers.get(b);
            case Storage.Output output -> outputs[output.index()] = buffers.get(b);
            case Storage.Constant constant -> {}
            case Storage.Scratch scratch -> {}
          }
        }
        List<HostArray> arguments = new ArrayList<>();
        for (int i = 0; i < inputs.length; i++) {
          arguments.add(
              gathered(
                  inputs[i], program.source().parameterTypes().get(i), program.inputs().get(i)));
        }
        List<HostArray> results = evaluate(program.source(), arguments);
        for (int i = 0; i < outputs.length; i++) {
          memory.write(outputs[i].region(), outputs[i].offset(), results.get(i).data());
        }
      }

      @Override
      public void close() {}
    };
  }

  /** An argument's elements, each read at its place. */
  private static HostArray gathered(LoadedProgram.Slice slice, TensorType type, Layout layout) {
    HostArray array = HostArray.allocate(type);
    if (type.shape().size() == 0) {
      return array;
    }
    MemorySegment data = HostMemory.segment(slice.region());
    long width = type.dtype().bytes();
    for (long i = 0; i < type.shape().size(); i++) {
      MemorySegment.copy(
          data, slice.offset() + layout.position(i) * width, array.data(), i * width, width);
    }
    return array;
  }

  @Override
  public void close() {
    memory.close();
  }
}
