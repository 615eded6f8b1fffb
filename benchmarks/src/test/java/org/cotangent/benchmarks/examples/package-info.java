/** Tests of the examples. */
@NullMarked
package org.cotangent.benchmarks.examples;

import org.jspecify.annotations.NullMarked;
