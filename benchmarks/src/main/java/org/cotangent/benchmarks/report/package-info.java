/** What was measured, as a page to read and as a table in the README. */
@org.jspecify.annotations.NullMarked
package org.cotangent.benchmarks.report;
