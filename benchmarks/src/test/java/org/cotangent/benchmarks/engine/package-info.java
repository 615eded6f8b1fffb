/** Tests of this package. */
@NullMarked
package org.cotangent.benchmarks.engine;

import org.jspecify.annotations.NullMarked;
