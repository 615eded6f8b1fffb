package org.cotangent.benchmarks.peer;

import java.lang.foreign.FunctionDescriptor;
import java.lang.invoke.MethodHandle;

/** Where C functions are found: in a library, or in a test that stands for it. */
interface Functions {
  /**
   * {@return a function, which must be there}
   *
   * @param name as C has it
   * @param signature of the C function
   */
  MethodHandle function(String name, FunctionDescriptor signature);
}
