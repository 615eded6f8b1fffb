package org.cotangent.benchmarks.peer;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.util.Optional;

/**
 * A shared library of the system. It stays loaded until the JVM ends: some keep threads that would
 * run on in unmapped code.
 *
 * @param file as the dynamic linker knows it
 * @param install what to do where it is missing
 */
record Library(String file, String install) implements Functions {
  /** {@return why the library cannot be called, or empty if it can} */
  Optional<String> unavailable() {
    try {
      lookup();
      return Optional.empty();
    } catch (IllegalArgumentException e) {
      return Optional.of(file + " is not here: " + install);
    }
  }

  @Override
  @SuppressWarnings("restricted")
  public MethodHandle function(String name, FunctionDescriptor signature) {
    return Linker.nativeLinker().downcallHandle(lookup().findOrThrow(name), signature);
  }

  @SuppressWarnings("restricted")
  private SymbolLookup lookup() {
    return SymbolLookup.libraryLookup(file, Arena.global());
  }

  /** {@return what to throw when a call through a handle has thrown} No C function does. */
  static IllegalStateException broken(String function, Throwable cause) {
    return new IllegalStateException(function + ": the call failed", cause);
  }
}
