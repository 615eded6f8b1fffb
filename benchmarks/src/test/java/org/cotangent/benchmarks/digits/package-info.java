/** Tests of the main job. */
@NullMarked
package org.cotangent.benchmarks.digits;

import org.jspecify.annotations.NullMarked;
