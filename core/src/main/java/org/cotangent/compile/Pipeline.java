package org.cotangent.compile;

import java.util.List;
import java.util.function.UnaryOperator;
import org.cotangent.backend.Backend;
import org.cotangent.backend.Check;
import org.cotangent.backend.ContractionKernel;
import org.cotangent.backend.IndexKernel;
import org.cotangent.backend.Kernel;
import org.cotangent.backend.LoopKernel;
import org.cotangent.backend.OpKernel;
import org.cotangent.backend.Program;
import org.cotangent.backend.ReduceKernel;
import org.cotangent.graph.Graph;
import org.cotangent.graph.Printer;
import org.cotangent.graph.Verifier;
import org.cotangent.type.Layout;

/**
 * The stages from a traced graph to a program, in order: simplify, widen, expand, widen, simplify,
 * trim, fuse, lower, plan. Differentiation came before: gradients are part of the traced graph.
 * With {@code -Dcotangent.debug=1} a line for each program is logged, with 2 the traced graph, with
 * 3 what each stage made, with 4 the kernels, with 5 their bodies and the graph in DOT; {@code
 * -Dcotangent.verify=true} checks the graph after each stage, as assertions do.
 */
public final class Pipeline {

  private final int debug = Integer.getInteger("cotangent.debug", 0);
  private final boolean verify =
      Boolean.getBoolean("cotangent.verify") || Pipeline.class.desiredAssertionStatus();
  private final Backend backend;

  /**
   * A pipeline for one backend.
   *
   * @param backend for which programs are made
   */
  public Pipeline(Backend backend) {
    this.backend = backend;
  }

  /**
   * {@return the program for a graph}
   *
   * @param traced what to compile
   * @param inputs where the elements of each argument lie in its memory
   * @param options how
   */
  public Program compile(Graph traced, List<Layout> inputs, CompileOptions options) {
    Graph graph = stage("trace", traced, same -> same);
    graph = stage("simplify", graph, Simplify::run);
    graph = stage("widen", graph, before -> Widen.run(before, backend::multiplies));
    graph = stage("expand", graph, before -> Expand.run(before, backend::claims));
    graph = stage("widen again", graph, before -> Widen.run(before, backend::multiplies));
    graph = stage("simplify again", graph, Simplify::run);
    graph = stage("trim", graph, Trim::run);
    Bodies bodies = new Bodies();
    Fusion fusion = Fusion.of(graph, bodies, backend.limits(), options.check() == Check.NOTHING);
    Lowering.Lowered lowered = Lowering.lower(graph, bodies, fusion, inputs, backend::workspace);
    Planner.Planned planned = Planner.plan(lowered, graph.results().size(), options.donated());
    Program program =
        new Program(
            traced,
            inputs,
            planned.buffers(),
            lowered.kernels(),
            lowered.workspaces(),
            planned.plan(),
            options.check());
    report(graph, program);
    return program;
  }

  private Graph stage(String name, Graph before, UnaryOperator<Graph> pass) {
    Graph after = pass.apply(before);
    if (!after.resultTypes().equals(before.resultTypes())) {
      // Memory is given out by these types: a rule that lies would have kernels write beyond it.
      throw new IllegalStateException(
          name + ": results were " + before.resultTypes() + " and are " + after.resultTypes());
    }
    if (verify) {
      Verifier.verify(name, after);
    }
    if (debug >= (name.equals("trace") ? 2 : 3)) {
      logger().log(System.Logger.Level.INFO, "after " + name + ":\n" + after);
    }
    return after;
  }

  private void report(Graph graph, Program program) {
    if (debug >= 1) {
      logger()
          .log(
              System.Logger.Level.INFO,
              "%s: %d nodes, %d kernels, %s"
                  .formatted(
                      graph.name(),
                      graph.nodes().size(),
                      program.kernels().size(),
                      program.plan()));
    }
    if (debug >= 4) {
      logger().log(System.Logger.Level.INFO, program.toString());
    }
    if (debug >= 5) {
      for (Kernel kernel : program.kernels()) {
        switch (kernel) {
          case LoopKernel loop ->
              logger().log(System.Logger.Level.INFO, loop.label() + " " + loop.body());
          case ReduceKernel reduce ->
              logger().log(System.Logger.Level.INFO, reduce.label() + " " + reduce.lift());
          case ContractionKernel contraction ->
              logger()
                  .log(
                      System.Logger.Level.INFO, contraction.label() + " " + contraction.epilogue());
          case IndexKernel _, OpKernel _ -> {}
        }
      }
      logger().log(System.Logger.Level.INFO, Printer.dot(graph));
    }
  }

  /** Looked up when something is to be said: logging takes longer to start than a small program. */
  private static System.Logger logger() {
    return System.getLogger("org.cotangent.compile");
  }
}
