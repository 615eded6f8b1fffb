package org.cotangent;

import java.util.ArrayList;
import java.util.Arrays;
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
import org.cotangent.backend.Check;
import org.cotangent.backend.KernelTime;
import org.cotangent.backend.MemoryPlan;
import org.cotangent.backend.Spares;
import org.cotangent.backend.Timeline;
import org.cotangent.compile.CompileOptions;
import org.cotangent.compile.Executable;
import org.cotangent.compile.Replay;
import org.cotangent.error.ArgumentException;
import org.cotangent.error.ClosedException;
import org.cotangent.error.CotangentException;
import org.cotangent.error.DeviceException;
import org.cotangent.error.TraceException;
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
      List<TreeStructure> structures, List<TensorType> types, List<Layout> layouts) {
    static Signature of(Leaves arguments) {
      return new Signature(
          List.copyOf(arguments.structures),
          arguments.tensors.stream().map(Tensor::type).toList(),
          arguments.tensors.stream().map(leaf -> leaf.stored("run").layout).toList());
    }

    /** Whether it is that of some arguments, in a loop that makes no objects. */
    boolean isOf(Leaves arguments) {
      if (structures.size() != arguments.structures.size()
          || types.size() != arguments.tensors.size()) {
        return false;
      }
      for (int i = 0; i < structures.size(); i++) {
        if (!structures.get(i).equals(arguments.structures.get(i))) {
          return false;
        }
      }
      for (int i = 0; i < types.size(); i++) {
        Stored stored = arguments.tensors.get(i).stored("run");
        if (!types.get(i).equals(stored.type) || !layouts.get(i).equals(stored.layout)) {
          return false;
        }
      }
      return true;
    }
  }

  /**
   * A program, and how its results become a tree.
   *
   * @param donated which leaves of the arguments are taken over
   */
  private record Specialisation(Loaded loaded, TreeStructure result, Set<Integer> donated) {
    Executable executable() {
      return loaded.executable();
    }
  }

  /** Trees of one call, taken apart; kept for later calls. */
  private static final class Leaves {
    final List<TreeStructure> structures = new ArrayList<>();
    final List<Tensor> tensors = new ArrayList<>();

    void add(String op, Object tree) {
      if (tree instanceof Tensor leaf) {
        structures.add(TreeStructure.leaf());
        tensors.add(leaf);
      } else {
        Trees.Flat flat = Trees.flatten(op, tree);
        structures.add(flat.structure());
        tensors.addAll(flat.leaves());
      }
    }

    void clear() {
      structures.clear();
      tensors.clear();
    }
  }

  private final Device device;
  private final String name;
  private final String runName;
  private final Function<List<Object>, Object> function;
  private final Set<Integer> donated;
  private final Check check;

  /** In the order of last use, the oldest first. */
  private final SequencedMap<Signature, Specialisation> specialisations =
      new LinkedHashMap<>(16, 0.75f, true);

  private final Spares<Leaves> spares = new Spares<>();

  private @Nullable Signature latest;
  private @Nullable Specialisation latestSpecialisation;
  private boolean closed;

  Compiled(
      Device device,
      String name,
      Function<List<Object>, Object> function,
      Set<Integer> donated,
      Check check,
      Object[] examples) {
    this.device = device;
    this.name = name;
    this.runName = "run of " + name;
    this.function = function;
    this.donated = donated;
    this.check = check;
    device.requireOpen("compile");
    specialise("compile", leaves("compile", examples)).executable().release();
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

  /** Arguments taken apart: open tensors of this device. */
  private Leaves leaves(String op, Object[] trees) {
    Leaves leaves = empty();
    for (int i = 0; i < trees.length; i++) {
      if (trees[i] instanceof Tensor leaf) {
        leaves.add(op, leaf);
      } else {
        leaves.add(op + ": argument " + i, trees[i]);
      }
    }
    requireOwn(op, leaves);
    return leaves;
  }

  private Leaves empty() {
    Leaves spare = spares.take();
    return spare == null ? new Leaves() : spare;
  }

  private void requireOwn(String op, Leaves leaves) {
    for (Tensor leaf : leaves.tensors) {
      Stored stored = leaf.stored(op);
      if (stored.device != device) {
        throw Trace.foreign(op, leaf, stored.device, device);
      }
    }
  }

  /** Lets later calls use leaves again; until here their tensors cannot be reclaimed. */
  private void keep(Leaves leaves) {
    leaves.clear();
    spares.give(leaves);
  }

  Object run(Object[] trees) {
    try {
      if (Trace.current() != null) {
        requireOpen("run");
        return result(Arrays.asList(trees));
      }
      Leaves arguments = leaves("run", trees);
      try {
        Specialisation specialisation = specialise("run", arguments);
        try {
          return execute(specialisation, arguments);
        } finally {
          specialisation.executable().release();
        }
      } finally {
        keep(arguments);
      }
    } catch (CotangentException error) {
      throw Located.at(Origin.here("run"), error);
    }
  }

  void runInto(Object results, Object[] trees) {
    try {
      requireNoDonation();
      Leaves arguments = leaves("runInto", trees);
      Leaves targets = empty();
      try {
        targets.add("runInto: results", results);
        requireOwn("runInto", targets);
        Specialisation specialisation = specialise("runInto", arguments);
        try {
          execute(specialisation, arguments, targets);
        } finally {
          specialisation.executable().release();
        }
      } finally {
        keep(arguments);
        keep(targets);
      }
    } catch (CotangentException error) {
      throw Located.at(Origin.here("runInto"), error);
    }
  }

  private void requireNoDonation() {
    if (Trace.current() != null) {
      throw new TraceException(
          "runInto: " + name + " is called in a traced function; use run, whose result is a value");
    }
    if (!donated.isEmpty()) {
      throw new ArgumentException(
          "runInto: "
              + name
              + " writes its results over what is donated; compile it without donate, or use run");
    }
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
  private Specialisation specialise(String op, Leaves arguments) {
    synchronized (specialisations) {
      requireOpen(op);
      Signature before = latest;
      // The latest one is the last in the order of use already, and needs no hash.
      Specialisation known = latestSpecialisation;
      if (before == null || known == null || !before.isOf(arguments)) {
        Signature now = Signature.of(arguments);
        known = specialise(before, now);
        latest = now;
        latestSpecialisation = known;
      }
      known.executable().retain();
      return known;
    }
  }

  private Specialisation specialise(@Nullable Signature before, Signature now) {
    Specialisation known = specialisations.get(now);
    if (known != null) {
      return known;
    }
    if (before != null) {
      System.getLogger("org.cotangent.compile")
          .log(
              System.Logger.Level.INFO,
              () -> name + " is traced again: " + difference(before, now));
    }
    Specialisation fresh = trace(now);
    specialisations.put(now, fresh);
    if (specialisations.size() > KEPT) {
      var oldest = specialisations.entrySet().iterator();
      Specialisation evicted = oldest.next().getValue();
      oldest.remove();
      evicted.executable().close();
    }
    return fresh;
  }

  private Specialisation trace(Signature signature) {
    Trace trace = new Trace(device, Trace.Captures.REFUSED);
    List<Tensor> parameters =
        signature.types().stream().map(trace.builder::parameter).map(trace::tensor).toList();
    Set<Integer> taken = donatedLeaves(signature.structures());
    return trace.run(() -> {
      Object result = result(rebuild(signature.structures(), parameters));
      Trees.Flat flat = Trees.flatten(name + ": result", result);
      List<Value> results = flat.leaves().stream().map(leaf -> trace.valueOf(name, leaf)).toList();
      Graph graph = trace.builder.build(name, results);
      Executable executable =
          device.load(graph, signature.layouts(), new CompileOptions(taken, check));
      return new Specialisation(new Loaded(executable, name), flat.structure(), taken);
    });
  }

  private Set<Integer> donatedLeaves(List<TreeStructure> structures) {
    Set<Integer> taken = new TreeSet<>();
    int leaf = 0;
    for (int i = 0; i < structures.size(); i++) {
      for (int k = 0; k < structures.get(i).leaves(); k++, leaf++) {
        if (donated.contains(i)) {
          taken.add(leaf);
        }
      }
    }
    return taken;
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
  private static void requireOnce(Set<Integer> donated, Leaves arguments) {
    IdentityHashMap<Tensor, Integer> counts = new IdentityHashMap<>();
    for (Tensor leaf : arguments.tensors) {
      counts.merge(leaf.owner(), 1, Integer::sum);
    }
    for (int i : donated) {
      Tensor donor = arguments.tensors.get(i);
      if (counts.getOrDefault(donor.owner(), 0) > 1) {
        throw new DeviceException(
            "donate: " + donor.type() + " is passed more than once; donate a copy of it");
      }
    }
  }

  private Object execute(Specialisation specialisation, Leaves arguments) {
    Set<Integer> taken = specialisation.donated();
    List<Tensor> donors = taken.isEmpty() ? List.of() : new ArrayList<>(taken.size());
    Loaded loaded = specialisation.loaded();
    try (Replay replay = loaded.executable().replay()) {
      if (taken.isEmpty()) {
        lend("run", arguments, replay);
        device.run("run", loaded, replay, Device.NOTHING);
      } else {
        requireOnce(taken, arguments);
        donate(taken, arguments, replay, donors);
        device.run("run", loaded, replay, () -> donors.forEach(Tensor::donated));
      }
      TreeStructure result = specialisation.result();
      return result.isLeaf()
          ? device.adopt(loaded, replay, 0)
          : result.unflatten(device.adopt(loaded, replay));
    } finally {
      // Those that the run did not take.
      donors.forEach(Tensor::open);
    }
  }

  private static void lend(String op, Leaves arguments, Replay replay) {
    for (int i = 0; i < arguments.tensors.size(); i++) {
      arguments.tensors.get(i).stored(op).lend(op, replay, i);
    }
  }

  private void donate(Set<Integer> taken, Leaves arguments, Replay replay, List<Tensor> donors) {
    Origin here = device.lines().here(runName);
    for (int i = 0; i < arguments.tensors.size(); i++) {
      Tensor leaf = arguments.tensors.get(i);
      if (taken.contains(i)) {
        Block block = leaf.donate(here);
        donors.add(leaf);
        replay.input(i, block.retain(), 0);
      } else {
        leaf.stored("run").lend("run", replay, i);
      }
    }
  }

  /** Runs into the memory of tensors that are there. */
  private void execute(Specialisation specialisation, Leaves arguments, Leaves targets) {
    requireLike(specialisation, targets);
    Loaded loaded = specialisation.loaded();
    int taken = 0;
    try (Replay replay = loaded.executable().replay()) {
      lend("runInto", arguments, replay);
      for (; taken < targets.tensors.size(); taken++) {
        replay.into(taken, targets.tensors.get(taken).write("runInto"));
      }
      device.run("runInto", loaded, replay, Device.NOTHING);
    } finally {
      for (int i = 0; i < taken; i++) {
        targets.tensors.get(i).open();
      }
    }
  }

  /** Targets must be what a run would return. */
  private void requireLike(Specialisation specialisation, Leaves targets) {
    TreeStructure given = targets.structures.getFirst();
    TreeStructure result = specialisation.result();
    if (!given.equals(result)) {
      throw new ArgumentException(
          "runInto: results of "
              + name
              + ": "
              + result.difference(given).mismatch()
              + "; pass a tree that run returned");
    }
    for (int i = 0; i < targets.tensors.size(); i++) {
      TensorType type = specialisation.executable().resultTypes().get(i);
      if (!targets.tensors.get(i).type().equals(type)) {
        throw new ArgumentException(
            "runInto: result"
                + result.path(i)
                + " of "
                + name
                + " is "
                + type
                + ", not "
                + targets.tensors.get(i).type()
                + "; pass a tree that run returned");
      }
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
