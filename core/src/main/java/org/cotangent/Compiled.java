package org.cotangent;

import java.lang.ref.Reference;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.cotangent.backend.Block;
import org.cotangent.backend.KernelTime;
import org.cotangent.backend.MemoryPlan;
import org.cotangent.backend.Timeline;
import org.cotangent.compile.CompileOptions;
import org.cotangent.compile.Executable;
import org.cotangent.error.ArgumentException;
import org.cotangent.error.ClosedException;
import org.cotangent.error.DeviceException;
import org.cotangent.graph.Graph;
import org.cotangent.graph.Origin;
import org.cotangent.graph.Printer;
import org.cotangent.graph.Value;
import org.cotangent.type.Layout;
import org.cotangent.type.TensorType;
import org.jspecify.annotations.Nullable;

/** What the compiled functions of every arity share: a bounded cache of specialisations. */
final class Compiled implements AutoCloseable {

  /** Programs kept; a function called with more different shapes than that wants padding. */
  private static final int KEPT = 64;

  /** What one program was compiled for: its arguments' structures, types and layouts. */
  private record Signature(
      List<TreeStructure> structures, List<TensorType> types, List<Layout> layouts) {}

  /** A program, and how its results become a tree. */
  private record Specialisation(Executable executable, TreeStructure result) {}

  private final Device device;
  private final String name;
  private final String runName;
  private final Function<List<Object>, Object> function;
  private final Set<Integer> donated;
  private final boolean checkNaN;

  /** In the order of last use, the oldest first. */
  private final SequencedMap<Signature, Specialisation> specialisations =
      new LinkedHashMap<>(16, 0.75f, true);

  private @Nullable Signature latest;
  private @Nullable Specialisation latestSpecialisation;
  private boolean closed;

  Compiled(
      Device device,
      String name,
      Function<List<Object>, Object> function,
      Set<Integer> donated,
      boolean checkNaN,
      List<Object> examples) {
    this.device = device;
    this.name = name;
    this.runName = "run of " + name;
    this.function = function;
    this.donated = donated;
    this.checkNaN = checkNaN;
    device.requireOpen("compile");
    specialise(new Arguments("compile", examples)).executable().release();
  }

  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
  static <T> T cast(Object tree) {
    // A tree comes back as the class that went in, so the function's own types hold.
    return (T) tree;
  }

  @SuppressWarnings("TypeParameterUnusedInFormals")
  static <T> T argument(List<Object> all, int index) {
    return cast(all.get(index));
  }

  /** Arguments of one call, taken apart. */
  private final class Arguments {
    final List<TreeStructure> structures;
    final List<Tensor> leaves;
    final Set<Integer> donatedLeaves = donated.isEmpty() ? Set.of() : new TreeSet<>();
    final Signature signature;

    Arguments(String op, List<Object> trees) {
      structures = new ArrayList<>(trees.size());
      leaves = new ArrayList<>(trees.size());
      for (int i = 0; i < trees.size(); i++) {
        int before = leaves.size();
        if (trees.get(i) instanceof Tensor leaf) {
          structures.add(TreeStructure.leaf());
          leaves.add(leaf);
        } else {
          Trees.Flat flat = Trees.flatten(op + ": argument " + i, trees.get(i));
          structures.add(flat.structure());
          leaves.addAll(flat.leaves());
        }
        if (!donated.isEmpty() && donated.contains(i)) {
          for (int leaf = before; leaf < leaves.size(); leaf++) {
            donatedLeaves.add(leaf);
          }
        }
      }
      List<TensorType> types = new ArrayList<>(leaves.size());
      List<Layout> layouts = new ArrayList<>(leaves.size());
      for (Tensor leaf : leaves) {
        Stored stored = leaf.stored(op);
        if (stored.device != device) {
          throw Trace.foreign(op, leaf, stored.device, device);
        }
        types.add(stored.type);
        layouts.add(stored.layout);
      }
      signature = new Signature(structures, types, layouts);
    }
  }

  Object run(List<Object> trees) {
    return Located.in(
        "run",
        () -> {
          if (Trace.current() != null) {
            requireOpen("run");
            return result(trees);
          }
          Arguments arguments = new Arguments("run", trees);
          Specialisation specialisation = specialise(arguments);
          try {
            return execute(specialisation, arguments);
          } finally {
            specialisation.executable().release();
          }
        });
  }

  /** What the user's function returns. */
  private Object result(List<Object> trees) {
    Object result = function.apply(trees);
    if (result == null) {
      throw new ArgumentException(name + ": the function returned null; return a tree");
    }
    return result;
  }

  private void requireOpen(String op) {
    synchronized (specialisations) {
      if (closed) {
        throw new ClosedException(op + ": " + name + " was closed; compile it again");
      }
    }
  }

  /** The program for some arguments, retained for the caller. */
  private Specialisation specialise(Arguments arguments) {
    synchronized (specialisations) {
      requireOpen("run");
      Signature before = latest;
      // The latest one is the last in the order of use already, and needs no hash.
      Specialisation known =
          arguments.signature.equals(before)
              ? latestSpecialisation
              : specialisations.get(arguments.signature);
      if (known == null) {
        if (before != null) {
          System.getLogger("org.cotangent.compile")
              .log(
                  System.Logger.Level.INFO,
                  () -> name + " is traced again: " + difference(before, arguments.signature));
        }
        known = trace(arguments);
        specialisations.put(arguments.signature, known);
        if (specialisations.size() > KEPT) {
          var oldest = specialisations.entrySet().iterator();
          Specialisation evicted = oldest.next().getValue();
          oldest.remove();
          evicted.executable().close();
        }
      }
      latest = arguments.signature;
      latestSpecialisation = known;
      known.executable().retain();
      return known;
    }
  }

  private Specialisation trace(Arguments arguments) {
    Trace trace = new Trace(device, Trace.Captures.REFUSED);
    List<Tensor> parameters =
        arguments.signature.types().stream()
            .map(trace.builder::parameter)
            .map(trace::tensor)
            .toList();
    return trace.run(() -> {
      Object result = result(rebuild(arguments.structures, parameters));
      Trees.Flat flat = Trees.flatten(name + ": result", result);
      List<Value> results = flat.leaves().stream().map(leaf -> trace.valueOf(name, leaf)).toList();
      Graph graph = trace.builder.build(name, results);
      Executable executable =
          device.load(
              graph,
              arguments.signature.layouts(),
              new CompileOptions(arguments.donatedLeaves, checkNaN));
      return new Specialisation(executable, flat.structure());
    });
  }

  static List<Object> rebuild(List<TreeStructure> structures, List<Tensor> leaves) {
    List<Object> trees = new ArrayList<>();
    int next = 0;
    for (TreeStructure structure : structures) {
      trees.add(structure.unflatten(leaves.subList(next, next + structure.leaves())));
      next += structure.leaves();
    }
    return trees;
  }

  /** A tensor whose memory a run takes over cannot be another argument of it as well. */
  private static void requireOnce(Arguments arguments) {
    if (arguments.donatedLeaves.isEmpty()) {
      return;
    }
    IdentityHashMap<Tensor, Integer> counts = new IdentityHashMap<>();
    for (Tensor leaf : arguments.leaves) {
      counts.merge(leaf.owner(), 1, Integer::sum);
    }
    for (int i : arguments.donatedLeaves) {
      Tensor donor = arguments.leaves.get(i);
      if (counts.getOrDefault(donor.owner(), 0) > 1) {
        throw new DeviceException(
            "donate: " + donor.type() + " is passed more than once; donate a copy of it");
      }
    }
  }

  private Object execute(Specialisation specialisation, Arguments arguments) {
    requireOnce(arguments);
    List<Executable.Argument> inputs = new ArrayList<>(arguments.leaves.size());
    List<Block> leases = new ArrayList<>(arguments.leaves.size());
    List<Tensor> donors = new ArrayList<>(arguments.donatedLeaves.size());
    boolean[] begun = new boolean[1];
    try {
      Origin here = donated.isEmpty() ? Origin.UNKNOWN : device.lines().here(runName);
      for (int i = 0; i < arguments.leaves.size(); i++) {
        Tensor leaf = arguments.leaves.get(i);
        Stored stored = leaf.stored("run");
        Block block;
        if (!donated.isEmpty() && arguments.donatedLeaves.contains(i)) {
          block = leaf.donate(here);
          donors.add(leaf);
        } else {
          block = stored.lease("run");
          leases.add(block);
        }
        inputs.add(stored.argument(block));
      }
      Executable executable = specialisation.executable();
      List<Block> results =
          device.run(
              "run",
              executable,
              inputs,
              index -> new Made(executable.resultTypes().get(index), name),
              () -> {
                begun[0] = true;
                donors.forEach(Tensor::donated);
              });
      List<Tensor> tensors = device.adopt(name, executable.resultTypes(), results);
      return specialisation.result().unflatten(tensors);
    } finally {
      leases.forEach(Block::release);
      if (!begun[0]) {
        donors.forEach(Tensor::keepDonation);
      }
      Reference.reachabilityFence(arguments);
    }
  }

  /** What makes a signature another one, in one sentence. */
  private static String difference(Signature before, Signature now) {
    if (before.structures().size() == now.structures().size()) {
      for (int i = 0; i < now.structures().size(); i++) {
        TreeStructure was = before.structures().get(i);
        TreeStructure is = now.structures().get(i);
        if (!was.equals(is)) {
          TreeStructure.Difference found = was.difference(is);
          return "argument "
              + i
              + found.path()
              + " was "
              + found.before()
              + " and is "
              + found.after()
              + (found.isStatic() ? "; pass a tensor where values change" : "");
        }
      }
      int leaf = 0;
      for (int i = 0; i < now.structures().size(); i++) {
        for (int k = 0; k < now.structures().get(i).leaves(); k++, leaf++) {
          String path = "argument " + i + now.structures().get(i).path(k);
          if (!before.types().get(leaf).equals(now.types().get(leaf))) {
            return path + " was " + before.types().get(leaf) + " and is " + now.types().get(leaf);
          }
          if (!before.layouts().get(leaf).equals(now.layouts().get(leaf))) {
            return path
                + " had strides "
                + before.layouts().get(leaf)
                + " and has "
                + now.layouts().get(leaf);
          }
        }
      }
    }
    return "it is another program";
  }

  String explain() {
    synchronized (specialisations) {
      StringBuilder text = new StringBuilder();
      for (Specialisation specialisation : specialisations.values()) {
        text.append(specialisation.executable().program().source());
        text.append(specialisation.executable().program());
      }
      return text.toString();
    }
  }

  String dot() {
    synchronized (specialisations) {
      return specialisations.values().stream()
          .map(specialisation -> Printer.dot(specialisation.executable().program().source()))
          .collect(Collectors.joining());
    }
  }

  MemoryPlan plan() {
    return Located.in(
        "plan",
        () -> {
          synchronized (specialisations) {
            requireOpen("plan");
            return specialisations.lastEntry().getValue().executable().plan();
          }
        });
  }

  String timeline() {
    return Located.in(
        "timeline",
        () -> {
          synchronized (specialisations) {
            requireOpen("timeline");
            return Timeline.of(specialisations.lastEntry().getValue().executable().program()).svg();
          }
        });
  }

  List<KernelTime> times() {
    return Located.in(
        "times",
        () -> {
          synchronized (specialisations) {
            requireOpen("times");
            return sum(
                specialisations.values().stream()
                    .map(specialisation -> specialisation.executable().times())
                    .toList());
          }
        });
  }

  /** Kernels of several programs are one if they are the n-th of their label. */
  private static List<KernelTime> sum(List<List<KernelTime>> programs) {
    record Place(String label, int occurrence) {}
    Map<Place, KernelTime> sums = new LinkedHashMap<>();
    for (List<KernelTime> program : programs) {
      Map<String, Integer> seen = new HashMap<>();
      for (KernelTime time : program) {
        Place place = new Place(time.label(), seen.merge(time.label(), 1, Integer::sum));
        sums.merge(place, time, KernelTime::plus);
      }
    }
    return List.copyOf(sums.values());
  }

  @Override
  public void close() {
    synchronized (specialisations) {
      closed = true;
      specialisations.values().forEach(specialisation -> specialisation.executable().close());
      specialisations.clear();
      latest = null;
      latestSpecialisation = null;
    }
  }
}
