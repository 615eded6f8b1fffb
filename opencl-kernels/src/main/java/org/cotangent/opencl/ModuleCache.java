package org.cotangent.opencl;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.SequencedSet;
import java.util.Set;
import org.cotangent.error.ClosedException;
import org.cotangent.opencl.kernel.Source;

/**
 * The programs that a context has built, by the names of their functions.
 *
 * <p>Rules. A program stays while a {@link ClKernels} uses one of its functions; of those that
 * nobody uses the last ones stay, so that a call that comes again is not built again. One lock,
 * held while the driver builds: drivers compile one program at a time anyway.
 */
final class ModuleCache implements AutoCloseable {
  /** How many unused ones stay: some hundred kilobytes each. */
  static final int IDLE = 64;

  private final ClContext context;
  private final ModuleBuilder builder;
  private final int idleLimit;
  private boolean closed;
  private final Map<String, ClModule> byFunction = new HashMap<>();

  /** Unused ones, the one unused for longest first. */
  private final SequencedSet<ClModule> idle = new LinkedHashSet<>();

  ModuleCache(ClContext context, BinaryCache binaries, int idleLimit) {
    this.idleLimit = idleLimit;
    this.context = context;
    this.builder = new ModuleBuilder(context, binaries);
  }

  /** {@return how many programs were built from source} */
  synchronized long builds() {
    return builder.builds();
  }

  /** {@return the functions of some sources, built if they are new} */
  synchronized ClKernels kernels(List<Source> sources) {
    if (closed) {
      throw new ClosedException(context.device().name() + ": the device was closed; open it again");
    }
    SequencedMap<String, Source> missing = new LinkedHashMap<>();
    Map<String, ClModule> modules = new HashMap<>();
    for (Source source : sources) {
      String function = source.function();
      ClModule module = byFunction.get(function);
      if (module == null) {
        missing.put(function, source);
      } else {
        modules.put(function, module);
      }
    }
    if (!missing.isEmpty()) {
      ClModule built = builder.build(missing);
      for (String function : missing.keySet()) {
        byFunction.put(function, built);
        modules.put(function, built);
      }
    }
    for (ClModule module : new HashSet<>(modules.values())) {
      module.users++;
      idle.remove(module);
    }
    return new ClKernels(context, this, modules);
  }

  /** Ends one use of each module; after {@link #close} there is nothing left to end. */
  synchronized void release(Set<ClModule> modules) {
    if (closed) {
      return;
    }
    for (ClModule module : modules) {
      if (--module.users == 0) {
        idle.add(module);
      }
    }
    Iterator<ClModule> oldest = idle.iterator();
    while (idle.size() > idleLimit) {
      ClModule module = oldest.next();
      oldest.remove();
      drop(module);
    }
  }

  private void drop(ClModule module) {
    module.functions().forEach(byFunction::remove);
    module.release();
  }

  /** Releases all, the used ones too: their kernels cannot run without the context. */
  @Override
  public synchronized void close() {
    closed = true;
    List<ClModule> all = new ArrayList<>(new HashSet<>(byFunction.values()));
    all.forEach(this::drop);
    idle.clear();
  }
}
