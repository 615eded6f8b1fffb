/** JMH suites; {@code mvn -q -Pbench} runs them. */
@NullMarked
package org.cotangent.benchmarks.jmh;

import org.jspecify.annotations.NullMarked;
