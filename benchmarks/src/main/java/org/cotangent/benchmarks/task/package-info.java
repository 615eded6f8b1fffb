/** What engines are asked to compute, on the same data, and how a result is checked. */
@org.jspecify.annotations.NullMarked
package org.cotangent.benchmarks.task;
