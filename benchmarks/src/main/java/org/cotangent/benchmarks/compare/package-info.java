/** All engines on the same tasks, in turns and each in processes of its own. */
@org.jspecify.annotations.NullMarked
package org.cotangent.benchmarks.compare;
