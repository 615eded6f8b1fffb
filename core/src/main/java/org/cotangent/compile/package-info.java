/** From a traced graph to a program of kernels with a memory plan: one class a stage. */
@NullMarked
package org.cotangent.compile;

import org.jspecify.annotations.NullMarked;
