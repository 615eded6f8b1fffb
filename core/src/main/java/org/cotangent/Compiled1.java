package org.cotangent;

import java.util.List;
import org.cotangent.backend.KernelTime;
import org.cotangent.backend.MemoryPlan;

/**
 * A compiled function of one argument; see {@link Compiler}. Used by many threads at once.
 *
 * @param <A> type of the first argument
 * @param <R> type of the result
 */
public final class Compiled1<A, R> implements AutoCloseable {
  private final Compiled compiled;

  Compiled1(Compiled compiled) {
    this.compiled = compiled;
  }

  /**
   * {@return the function's value} The CPU returns when it is computed. New types or structures are
   * traced and compiled first. Inside another traced function this one is written into it.
   *
   * @param first argument
   * @throws org.cotangent.error.CotangentException as the ops in it; for tensors closed or of
   *     another device, and for donated ones that share memory, before anything runs
   */
  public R run(A first) {
    return Compiled.cast(compiled.run(new Object[] {first}));
  }

  /**
   * Computes the function's value into tensors that are there, for loops that should leave no
   * garbage: no memory is asked for and no tensor made. It is the one way in which the elements of
   * a tensor change. If the run fails after it began, they are undefined.
   *
   * @param results a tree that {@link #run} returned, or one of the same structure and types, whose
   *     memory is not shared with views, arguments or runs in progress
   * @param first argument
   * @throws org.cotangent.error.ArgumentException if the results are of other types, or arguments
   *     are donated
   * @throws org.cotangent.error.TraceException inside another traced function
   * @throws org.cotangent.error.CotangentException as {@link #run}
   */
  public void runInto(R results, A first) {
    compiled.runInto(results, new Object[] {first});
  }

  /** {@return the stages, programs and memory plans of what was compiled so far, as text} */
  public String explain() {
    return compiled.explain();
  }

  /** {@return the graphs of what was compiled so far, as they were traced, in Graphviz's DOT} */
  public String dot() {
    return compiled.dot();
  }

  /** {@return what the latest compiled program needs beside its arguments} */
  public MemoryPlan plan() {
    return compiled.plan();
  }

  /**
   * {@return a picture of the arena of the latest compiled program, as SVG: kernels from left to
   * right in their order, bytes from the top down, a rectangle for each buffer with its name and
   * size as title} Names are those in {@link #explain}.
   */
  public String timeline() {
    return compiled.timeline();
  }

  /**
   * {@return what the runs so far spent on each kernel, in the order of the kernels; empty unless
   * the device was opened with {@link DeviceOptions#profiling(boolean)}} Where several types or
   * structures were compiled, the n-th kernels of a label are summed, the oldest program's first.
   */
  public List<KernelTime> times() {
    return compiled.times();
  }

  /** Frees the programs, once runs in progress are over. */
  @Override
  public void close() {
    compiled.close();
  }
}
