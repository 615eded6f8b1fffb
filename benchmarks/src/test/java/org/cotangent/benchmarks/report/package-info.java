@org.jspecify.annotations.NullMarked
package org.cotangent.benchmarks.report;
