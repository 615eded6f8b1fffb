package org.cotangent.graph;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How an op is differentiated. Rules write nodes, so a derivative can be differentiated again. Only
 * float values have tangents and cotangents; a missing one is a zero.
 */
public sealed interface Derivative {
  /**
   * For elementwise ops with one result: the partial derivatives, as expressions in inputs and
   * result.
   *
   * @param rule dy/dx_k
   */
  record Partials(PartialRule rule) implements Derivative {}

  /**
   * For ops that are linear in all their float inputs together: the tangent is the op itself on the
   * tangents.
   *
   * @param rule the op's transpose
   */
  record Linear(TransposeRule rule) implements Derivative {}

  /**
   * For all others: both directions stated.
   *
   * @param jvp tangents of the results from those of the inputs
   * @param vjp cotangents of the inputs from those of the results
   */
  record Own(JvpRule jvp, VjpRule vjp) implements Derivative {}

  /** For ops that are constant almost everywhere, or without float results: zero. */
  record None() implements Derivative {}

  /** Writes dy/dx_k of an elementwise node. */
  @FunctionalInterface
  interface PartialRule {
    /**
     * {@return the partial derivative, of the result's type}
     *
     * @param builder where to write
     * @param node what is differentiated
     * @param k which input
     */
    Value partial(GraphBuilder builder, Node node, int k);
  }

  /** Writes the transpose of a linear node with one result. */
  @FunctionalInterface
  interface TransposeRule {
    /**
     * {@return the cotangent of an input, of its type}
     *
     * @param builder where to write
     * @param node what is transposed
     * @param cotangent of the result
     * @param k which input
     */
    Value transpose(GraphBuilder builder, Node node, Value cotangent, int k);
  }

  /** Writes the tangents of a node's results. */
  @FunctionalInterface
  interface JvpRule {
    /**
     * {@return the tangent of each result; null for zero}
     *
     * @param builder where to write
     * @param node what is differentiated
     * @param tangents of the inputs; null for zero
     */
    List<@Nullable Value> jvp(GraphBuilder builder, Node node, List<@Nullable Value> tangents);
  }

  /** Writes the cotangents of a node's inputs. */
  @FunctionalInterface
  interface VjpRule {
    /**
     * {@return the cotangent of each input; null for zero}
     *
     * @param builder where to write
     * @param node what is differentiated
     * @param cotangents of the results; null for zero
     */
    List<@Nullable Value> vjp(GraphBuilder builder, Node node, List<@Nullable Value> cotangents);
  }
}
