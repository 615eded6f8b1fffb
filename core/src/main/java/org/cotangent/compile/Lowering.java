package org.cotangent.compile;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.cotangent.backend.ContractionKernel;
import org.cotangent.backend.Coordinate;
import org.cotangent.backend.IndexKernel;
import org.cotangent.backend.Kernel;
import org.cotangent.backend.LoopKernel;
import org.cotangent.backend.OpKernel;
import org.cotangent.backend.Operand;
import org.cotangent.backend.ReduceKernel;
import org.cotangent.graph.Call;
import org.cotangent.graph.Composite;
import org.cotangent.graph.Constant;
import org.cotangent.graph.Contraction;
import org.cotangent.graph.Elementwise;
import org.cotangent.graph.Generator;
import org.cotangent.graph.Graph;
import org.cotangent.graph.Indexing;
import org.cotangent.graph.Node;
import org.cotangent.graph.Origin;
import org.cotangent.graph.Parameter;
import org.cotangent.graph.Rearrange;
import org.cotangent.graph.Reduction;
import org.cotangent.graph.Source;
import org.cotangent.graph.Value;
import org.cotangent.graph.View;
import org.cotangent.scalar.Body;
import org.cotangent.scalar.BodyBuilder;
import org.cotangent.scalar.Term;
import org.cotangent.type.DType;
import org.cotangent.type.HostArray;
import org.cotangent.type.Layout;
import org.cotangent.type.Shape;
import org.cotangent.type.TensorType;

/**
 * Turns nodes into kernels, in the order of the groups' last nodes. Values become places in
 * buffers; views become layouts of the same buffer, and are copied only where a kernel cannot read
 * them.
 */
final class Lowering {
  /**
   * A buffer before it has a place.
   *
   * @param kind what it holds
   * @param index of the argument or result
   * @param bytes its size
   * @param constant its contents, if it is a constant
   */
  record Draft(Kind kind, int index, long bytes, Optional<HostArray> constant) {}

  /** What a buffer holds. */
  enum Kind {
    INPUT,
    OUTPUT,
    CONSTANT,
    SCRATCH
  }

  private final Bodies bodies;
  private final Fusion fusion;
  private final List<Layout> inputLayouts;
  private final List<Draft> drafts = new ArrayList<>();
  private final List<Kernel> kernels = new ArrayList<>();
  private final Map<Value, Operand> places = new HashMap<>();
  private final Map<Value, Integer> resultOf = new HashMap<>();
  private final Set<Integer> writtenResults = new HashSet<>();

  private Lowering(Bodies bodies, Fusion fusion, List<Layout> inputLayouts) {
    this.bodies = bodies;
    this.fusion = fusion;
    this.inputLayouts = inputLayouts;
  }

  /**
   * Kernels and the buffers they use.
   *
   * @param drafts the buffers
   * @param kernels in order
   * @param workspaces for each kernel the buffer that it has for itself, or -1
   */
  record Lowered(List<Draft> drafts, List<Kernel> kernels, List<Integer> workspaces) {}

  static Lowered lower(
      Graph graph,
      Bodies bodies,
      Fusion fusion,
      List<Layout> inputLayouts,
      ToLongFunction<Kernel> workspace) {
    Lowering lowering = new Lowering(bodies, fusion, inputLayouts);
    for (int i = 0; i < graph.results().size(); i++) {
      Value result = graph.results().get(i);
      Value computed = computed(result);
      if (!(computed.node().op() instanceof Source || computed.node().op() instanceof View)) {
        lowering.resultOf.putIfAbsent(computed, i);
      }
    }
    for (Node node : graph.nodes()) {
      lowering.lower(node);
    }
    for (int i = 0; i < graph.results().size(); i++) {
      Value result = graph.results().get(i);
      Operand place = lowering.place(result);
      if (!lowering.writtenResults.contains(i)) {
        // A result that is an argument, a constant, part of a value or another result too: a copy.
        Operand target = lowering.buffer(Kind.OUTPUT, i, result.type());
        lowering.copy(result.node().origin(), place, target);
        lowering.writtenResults.add(i);
      }
    }
    List<Integer> workspaces =
        lowering.kernels.stream()
            .map(kernel -> lowering.workspace(workspace.applyAsLong(kernel)))
            .toList();
    return new Lowered(List.copyOf(lowering.drafts), List.copyOf(lowering.kernels), workspaces);
  }

  /** The value whose own memory has a result's elements in the result's order: itself, mostly. */
  private static Value computed(Value result) {
    Value value = result;
    while (value.node().op() instanceof View view) {
      Value input = value.node().input(0);
      boolean same =
          input.shape().size() == value.shape().size()
              && view.view(Layout.contiguous(input.shape()))
                  .filter(layout -> layout.isContiguous() && layout.offset() == 0)
                  .isPresent();
      if (!same) {
        return result;
      }
      value = input;
    }
    return value;
  }

  private void lower(Node node) {
    switch (node.op()) {
      case Parameter parameter -> {
        Layout layout = inputLayouts.get(parameter.index());
        drafts.add(
            new Draft(
                Kind.INPUT,
                parameter.index(),
                layout.extent() * node.result().dtype().bytes(),
                Optional.empty()));
        places.put(node.result(), new Operand(drafts.size() - 1, node.result().dtype(), layout));
      }
      case Constant constant -> {
        drafts.add(
            new Draft(
                Kind.CONSTANT, 0, node.result().type().bytes(), Optional.of(constant.data())));
        places.put(
            node.result(),
            new Operand(
                drafts.size() - 1,
                node.result().dtype(),
                Layout.contiguous(node.result().shape())));
      }
      case Elementwise op -> loopIfRoot(node);
      case Generator op -> loopIfRoot(node);
      case View view -> {
        Operand from = place(node.input(0));
        Layout layout = view.view(from.layout()).orElse(null);
        if (layout == null) {
          from = copied(node.origin(), from);
          layout = view.view(from.layout()).orElseThrow();
        }
        requireShape(node, layout, node.result().shape());
        places.put(node.result(), new Operand(from.buffer(), from.dtype(), layout));
      }
      case Reduction reduction -> reduce(node, reduction);
      case Rearrange rearrange -> rearrange(node, rearrange);
      case Contraction contraction -> {
        if (fusion.isRoot(node)) {
          contract(node, contraction);
        }
      }
      case Indexing indexing -> index(node, indexing);
      case Call call -> whole(node);
      case Composite claimed -> whole(node);
    }
  }

  // ---- buffers

  private Operand buffer(Kind kind, int index, TensorType type) {
    drafts.add(new Draft(kind, index, type.bytes(), Optional.empty()));
    return new Operand(drafts.size() - 1, type.dtype(), Layout.contiguous(type.shape()));
  }

  private int workspace(long bytes) {
    if (bytes == 0) {
      return -1;
    }
    drafts.add(new Draft(Kind.SCRATCH, 0, bytes, Optional.empty()));
    return drafts.size() - 1;
  }

  private Operand scratch(TensorType type) {
    return buffer(Kind.SCRATCH, 0, type);
  }

  /** The buffer that a value is computed into: a result's own, or scratch. */
  private Operand target(Value value) {
    Integer result = resultOf.get(value);
    Operand target =
        result == null ? scratch(value.type()) : buffer(Kind.OUTPUT, result, value.type());
    if (result != null) {
      writtenResults.add(result);
    }
    places.put(value, target);
    return target;
  }

  private Operand place(Value value) {
    Operand place = places.get(value);
    if (place == null && Fusion.isComputedInPlace(value.node())) {
      loop(value.node(), List.of(value.node()));
      place = places.get(value);
    }
    if (place == null) {
      throw new IllegalStateException("no place for " + value.node());
    }
    return place;
  }

  private static boolean isEmpty(Operand operand) {
    return operand.layout().shape().size() == 0;
  }

  private void copy(Origin origin, Operand from, Operand to) {
    if (isEmpty(from)) {
      return;
    }
    BodyBuilder builder = new BodyBuilder();
    Body identity = builder.build(builder.input(from.dtype()));
    kernels.add(
        new LoopKernel(
            "copy",
            origin,
            from.layout().shape(),
            List.of(from),
            List.of(),
            identity,
            List.of(to)));
  }

  /** The same elements without gaps, in the same buffer if they lie so. */
  private Operand contiguous(Origin origin, Operand from) {
    return from.layout().isContiguous() ? from : copied(origin, from);
  }

  /** The same elements without gaps, in a buffer of their own. */
  private Operand copied(Origin origin, Operand from) {
    Operand to = scratch(new TensorType(from.dtype(), from.layout().shape()));
    copy(origin, from, to);
    return to;
  }

  /** The same elements under another shape, copied only if there is no layout for it. */
  private Operand reshaped(Origin origin, Operand from, Shape shape) {
    Optional<Layout> layout = from.layout().reshape(shape);
    if (layout.isPresent()) {
      return new Operand(from.buffer(), from.dtype(), layout.get());
    }
    Operand copied = copied(origin, from);
    return new Operand(
        copied.buffer(), copied.dtype(), copied.layout().reshape(shape).orElseThrow());
  }

  // ---- loops

  private void loopIfRoot(Node node) {
    if (fusion.isRoot(node) && !Fusion.isComputedInPlace(node)) {
      loop(node, fusion.members(node));
    }
  }

  private void loop(Node root, List<Node> members) {
    List<Value> computed = new ArrayList<>();
    for (Node member : members) {
      if (member == root || resultOf.containsKey(member.result())) {
        computed.add(member.result());
      }
    }
    Group group = new Group(members);
    Body body = group.builder.build(computed.stream().map(group::term).toList());
    Optional<Node> contraction =
        members.stream().filter(member -> member.op() instanceof Contraction).findFirst();
    Optional<Product> product = contraction.map(this::product);
    List<Operand> outputs = computed.stream().map(this::target).toList();
    if (isEmpty(outputs.getFirst())) {
      return;
    }
    if (product.isPresent()) {
      Shape shape = product.get().shape();
      Optional<List<Operand>> further = seenAs(group.operands(), shape);
      Optional<List<Operand>> written = seenAs(outputs, shape);
      if (further.isPresent() && written.isPresent()) {
        kernels.add(
            product
                .get()
                .kernel(
                    label(members),
                    root.origin(),
                    further.get(),
                    group.coordinates(),
                    body,
                    written.get()));
        return;
      }
    }
    List<Operand> inputs = new ArrayList<>();
    List<Node> looped = new ArrayList<>(members);
    if (product.isPresent()) {
      // An operand that is no batch of matrices: the sums by themselves, and the loop after it.
      Node node = contraction.orElseThrow();
      inputs.add(sums(node, product.get()));
      looped.remove(node);
    }
    inputs.addAll(group.operands());
    kernels.add(
        new LoopKernel(
            label(looped),
            root.origin(),
            root.result().shape(),
            inputs,
            group.coordinates(),
            body,
            outputs));
  }

  /** Operands under another shape, if affine layouts do that for all of them. */
  private static Optional<List<Operand>> seenAs(List<Operand> operands, Shape shape) {
    List<Operand> seen = new ArrayList<>();
    for (Operand operand : operands) {
      Optional<Layout> layout = operand.layout().reshape(shape);
      if (layout.isEmpty()) {
        return Optional.empty();
      }
      seen.add(new Operand(operand.buffer(), operand.dtype(), layout.get()));
    }
    return Optional.of(seen);
  }

  private static String label(List<Node> members) {
    int shown = Math.min(members.size(), 8);
    String names =
        members.subList(0, shown).stream()
            .map(node -> node.op().name())
            .collect(Collectors.joining("+"));
    return shown == members.size() ? names : names + "+" + (members.size() - shown) + " more";
  }

  /**
   * The body of a group: its operands, and the terms of its members. A contraction's product is the
   * first input and none of the operands; what it multiplies is its own matter.
   */
  private final class Group {
    final BodyBuilder builder = new BodyBuilder();
    private final Map<Operand, Term> inputs = new LinkedHashMap<>();
    private final Map<Value, Term> terms = new HashMap<>();
    private final List<Coordinate> coordinates = new ArrayList<>();
    private final List<Term> coordinateTerms = new ArrayList<>();

    Group(List<Node> members) {
      Set<Node> inside = new HashSet<>(members);
      // The product is the body's first input, whatever its place among the members.
      for (Node member : members) {
        if (member.op() instanceof Contraction) {
          Body body = bodies.of(member);
          Term sum = builder.input(body.inputs().getFirst());
          terms.put(member.result(), builder.inline(body, List.of(sum)).getFirst());
        }
      }
      List<Node> written =
          members.stream()
              .filter(
                  member -> member.op() instanceof Elementwise || member.op() instanceof Generator)
              .toList();
      boolean indexed = false;
      // Operands are the body's next inputs, so all of them are found before any term is written.
      for (Node member : written) {
        if (member.op() instanceof Generator) {
          indexed |= readsIndex(member);
        }
        indexed |= findOperands(member, inside);
      }
      if (indexed) {
        addCoordinate(Coordinate.INDEX);
      }
      written.forEach(this::write);
    }

    private boolean readsIndex(Node generator) {
      return Bodies.reads(bodies.of(generator), generator.inputs().size());
    }

    private boolean findOperands(Node member, Set<Node> inside) {
      boolean indexed = false;
      for (Value input : member.inputs()) {
        if (!inside.contains(input.node())) {
          indexed |= operand(input, member);
        }
      }
      return indexed;
    }

    /** Makes a value from outside readable; says whether that takes the index. */
    private boolean operand(Value value, Node user) {
      if (Fusion.isComputedInPlace(value.node()) && !(user.op() instanceof Generator)) {
        return readsIndex(value.node());
      }
      Operand place = place(value);
      Layout layout =
          user.op() instanceof Generator
              ? place.layout().broadcast(user.result().shape())
              : place.layout();
      Operand seen = new Operand(place.buffer(), place.dtype(), layout);
      terms.put(value, inputs.computeIfAbsent(seen, key -> builder.input(key.dtype())));
      return false;
    }

    void addCoordinate(Coordinate coordinate) {
      coordinates.add(coordinate);
      coordinateTerms.add(builder.input(DType.INT64));
    }

    private Term index() {
      int at = coordinates.indexOf(Coordinate.INDEX);
      // A generator that does not read the index gets any term in its place.
      return at >= 0 ? coordinateTerms.get(at) : builder.literal(DType.INT64, 0L);
    }

    private void write(Node member) {
      List<Term> arguments = new ArrayList<>(member.inputs().stream().map(this::term).toList());
      if (member.op() instanceof Generator) {
        arguments.add(index());
      }
      terms.put(member.result(), builder.inline(bodies.of(member), arguments).getFirst());
    }

    Term term(Value value) {
      if (!terms.containsKey(value)) {
        // A generator without inputs that every user computes in place.
        write(value.node());
      }
      return Objects.requireNonNull(terms.get(value));
    }

    List<Operand> operands() {
      return List.copyOf(inputs.keySet());
    }

    List<Coordinate> coordinates() {
      return List.copyOf(coordinates);
    }

    Term lastCoordinate() {
      return coordinateTerms.getLast();
    }
  }

  private void reduce(Node node, Reduction reduction) {
    Value x = node.input(0);
    Body lift = reduction.lift(x.dtype());
    List<Node> members = fusion.members(node);
    if (node.result(0).shape().size() == 0) {
      targets(node);
      return;
    }
    if (x.shape().size() == 0) {
      fill(node, reduction.finish(x.dtype()).evaluate(reduction.empty(x.dtype())));
      return;
    }
    Group group = new Group(members);
    if (members.size() == 1) {
      boolean indexed = group.operand(x, node);
      if (indexed) {
        group.addCoordinate(Coordinate.INDEX);
      }
    }
    boolean positioned = Bodies.reads(lift, 1);
    if (positioned) {
      group.addCoordinate(Coordinate.POSITION);
    }
    Term position = positioned ? group.lastCoordinate() : group.builder.literal(DType.INT64, 0L);
    List<Term> lifted = group.builder.inline(lift, List.of(group.term(x), position));
    Body body = group.builder.build(lifted);
    kernels.add(
        new ReduceKernel(
            label(members),
            node.origin(),
            x.shape(),
            reduction.axes(),
            group.operands(),
            group.coordinates(),
            body,
            reduction.combine(x.dtype()),
            reduction.finish(x.dtype()),
            targets(node)));
  }

  private List<Operand> targets(Node node) {
    return node.results().stream().map(this::target).toList();
  }

  /** Writes one value everywhere into each result of a node. */
  private void fill(Node node, List<Object> values) {
    List<Operand> targets = targets(node);
    for (int i = 0; i < targets.size(); i++) {
      fill(node, targets.get(i), values.get(i));
    }
  }

  private void fill(Node node, Operand target, Object value) {
    if (isEmpty(target)) {
      return;
    }
    BodyBuilder builder = new BodyBuilder();
    Body body = builder.build(builder.literal(target.dtype(), value));
    kernels.add(
        new LoopKernel(
            node.op().name() + " fill",
            node.origin(),
            target.layout().shape(),
            List.of(),
            List.of(),
            body,
            List.of(target)));
  }

  /** Kernels trust layouts: one of another shape would reach beyond its buffer. */
  private static void requireShape(Node node, Layout layout, Shape shape) {
    if (!layout.shape().equals(shape)) {
      throw new IllegalStateException(
          node + ": its layout has shape " + layout.shape() + "; infer says " + shape);
    }
  }

  private void rearrange(Node node, Rearrange rearrange) {
    List<Operand> from = node.inputs().stream().map(this::place).toList();
    Operand target = target(node.result());
    rearrange.fill(node.inputTypes()).ifPresent(value -> fill(node, target, value));
    List<Layout> parts = rearrange.places(node.inputTypes());
    for (int i = 0; i < from.size(); i++) {
      requireShape(node, parts.get(i), node.input(i).shape());
      copy(node.origin(), from.get(i), new Operand(target.buffer(), target.dtype(), parts.get(i)));
    }
  }

  // ---- contraction, indexing, whole ops

  /**
   * A contraction as a batch of matrix products.
   *
   * @param accumulator dtype in which products are summed
   * @param left of shape (batch, rows, depth)
   * @param right of shape (batch, depth, columns)
   */
  private record Product(DType accumulator, Operand left, Operand right) {
    Shape shape() {
      Shape rows = left.layout().shape();
      return Shape.of(rows.dim(0), rows.dim(1), right.layout().shape().dim(2));
    }

    ContractionKernel kernel(
        String label,
        Origin origin,
        List<Operand> further,
        List<Coordinate> coordinates,
        Body epilogue,
        List<Operand> outputs) {
      return new ContractionKernel(
          label, origin, accumulator, left, right, further, coordinates, epilogue, outputs);
    }
  }

  private Product product(Node node) {
    Contraction op = (Contraction) node.op();
    Shape left = node.input(0).shape();
    Shape right = node.input(1).shape();
    List<Integer> leftFree = Contraction.free(left, op.leftBatch(), op.leftContracted());
    List<Integer> rightFree = Contraction.free(right, op.rightBatch(), op.rightContracted());
    long batch = product(left, op.leftBatch());
    long depth = product(left, op.leftContracted());
    return new Product(
        op.accumulator(node.input(0).dtype()),
        matrices(
            node,
            0,
            List.of(op.leftBatch(), leftFree, op.leftContracted()),
            Shape.of(batch, product(left, leftFree), depth)),
        matrices(
            node,
            1,
            List.of(op.rightBatch(), op.rightContracted(), rightFree),
            Shape.of(batch, depth, product(right, rightFree))));
  }

  private void contract(Node node, Contraction op) {
    if (node.result().shape().size() == 0) {
      target(node.result());
    } else if (product(node.input(0).shape(), op.leftContracted()) == 0) {
      fill(node, List.of(node.result().dtype().scalar("matmul", 0L)));
    } else {
      Product product = product(node);
      multiply(node, product, bodies.of(node), target(node.result()));
    }
  }

  /** Sums of products as the accumulator has them; where they went. */
  private Operand sums(Node node, Product product) {
    DType dtype = product.accumulator();
    Operand target = scratch(new TensorType(dtype, node.result().shape()));
    BodyBuilder builder = new BodyBuilder();
    multiply(node, product, builder.build(builder.input(dtype)), target);
    return target;
  }

  private void multiply(Node node, Product product, Body epilogue, Operand target) {
    Operand seen = reshaped(node.origin(), target, product.shape());
    kernels.add(
        product.kernel(
            node.op().name(), node.origin(), List.of(), List.of(), epilogue, List.of(seen)));
  }

  /** An input of a contraction with its axes gathered into three. */
  private Operand matrices(Node node, int input, List<List<Integer>> axes, Shape shape) {
    Operand place = place(node.input(input));
    int[] order = axes.stream().flatMap(List::stream).mapToInt(Integer::intValue).toArray();
    Operand ordered = new Operand(place.buffer(), place.dtype(), place.layout().transpose(order));
    return reshaped(node.origin(), ordered, shape);
  }

  private static long product(Shape shape, List<Integer> axes) {
    return axes.stream().mapToLong(shape::dim).reduce(1, (a, b) -> a * b);
  }

  private void index(Node node, Indexing op) {
    if (node.result().shape().size() == 0) {
      target(node.result());
      return;
    }
    int axis = op.axis();
    Value data = node.input(0);
    Value indices = node.input(1);
    boolean gather = op.mode() == Indexing.Mode.GATHER;
    // The axes that stand for the indexed axis: one of the data, or those of the indices.
    int middle = gather || op.along() ? 1 : indices.shape().rank();
    long outer = product(data.shape(), IntStream.range(0, axis).boxed().toList());
    long inner =
        product(data.shape(), IntStream.range(axis + middle, data.shape().rank()).boxed().toList());
    long count = op.along() ? indices.shape().dim(axis) : indices.shape().size();
    long size = (gather ? data.shape() : node.result().shape()).dim(axis);
    Shape picked = Shape.of(outer, count, inner);
    Shape whole = Shape.of(outer, size, inner);
    Operand from = reshaped(node.origin(), place(data), gather ? whole : picked);
    Operand at = place(indices);
    if (op.along()) {
      at = reshaped(node.origin(), at, picked);
    } else {
      Operand line = reshaped(node.origin(), at, Shape.of(count));
      long[] strides = {0, line.layout().stride(0), 0};
      at =
          new Operand(
              line.buffer(), line.dtype(), Layout.of(picked, strides, line.layout().offset()));
    }
    Operand target = target(node.result());
    kernels.add(
        new IndexKernel(
            node.op().name(),
            node.origin(),
            op,
            indices.shape(),
            from,
            at,
            reshaped(node.origin(), target, gather ? picked : whole)));
  }

  private void whole(Node node) {
    List<Operand> inputs =
        node.inputs().stream().map(value -> contiguous(node.origin(), place(value))).toList();
    kernels.add(new OpKernel(node.origin(), node.op(), inputs, targets(node)));
  }
}
