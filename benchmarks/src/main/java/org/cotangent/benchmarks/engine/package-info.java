/** Who computes: Cotangent and its peers. */
@org.jspecify.annotations.NullMarked
package org.cotangent.benchmarks.engine;
