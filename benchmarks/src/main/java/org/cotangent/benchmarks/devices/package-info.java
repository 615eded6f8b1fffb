/** Prints what the backends find on this machine. */
@NullMarked
package org.cotangent.benchmarks.devices;

import org.jspecify.annotations.NullMarked;
