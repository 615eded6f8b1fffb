package org.cotangent.cuda;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.cotangent.cuda.driver.Driver;
import org.cotangent.cuda.driver.DriverException;
import org.cotangent.cuda.ptx.Source;

/**
 * The functions of a context. Those that a program needs and the context does not have become one
 * module, because a module costs more than a function. The driver keeps what it has translated on
 * disk by itself, for the next process. A module that no program uses stays, until there are many.
 */
final class ModuleCache implements AutoCloseable {
  /** Modules that are kept though nobody uses them. */
  static final int IDLE = 64;

  private final CudaContext context;

  /** Guarded, as all below, by this. */
  private final Map<Source, Loaded> loaded = new HashMap<>();

  /** Modules without users, the longest idle first. */
  private final Set<Loaded> idle = new LinkedHashSet<>();

  private boolean closed;

  /** A module and those who use it. */
  private static final class Loaded {
    private final Driver.Module module;
    private final Map<Source, Driver.Function> functions = new HashMap<>();
    private int users;

    Loaded(Driver.Module module) {
      this.module = module;
    }
  }

  ModuleCache(CudaContext context) {
    this.context = context;
  }

  /** Functions in use, until they are closed. */
  final class Functions implements AutoCloseable {
    private final Map<Source, Driver.Function> functions;
    private final Set<Loaded> modules;
    private boolean closed;

    private Functions(Map<Source, Driver.Function> functions, Set<Loaded> modules) {
      this.functions = functions;
      this.modules = modules;
    }

    /** {@return the function of a source that was asked for} */
    Driver.Function of(Source source) {
      Driver.Function function = functions.get(source);
      if (function == null) {
        throw new IllegalStateException(source.function() + " was not asked for");
      }
      return function;
    }

    /** Lets go of them; nothing runs them any more. A second call does nothing. */
    @Override
    public void close() {
      if (!closed) {
        closed = true;
        release(modules);
      }
    }
  }

  /**
   * {@return the functions of some sources}
   *
   * @throws DriverException if the driver cannot translate them; has its log
   */
  synchronized Functions functions(Collection<Source> sources) {
    Set<Source> wanted = new LinkedHashSet<>(sources);
    List<Source> fresh = wanted.stream().filter(source -> !loaded.containsKey(source)).toList();
    if (!fresh.isEmpty()) {
      load(fresh);
    }
    Map<Source, Driver.Function> functions = new LinkedHashMap<>();
    Set<Loaded> modules = new HashSet<>();
    for (Source source : wanted) {
      Loaded module = Objects.requireNonNull(loaded.get(source), "loaded before");
      functions.put(source, module.functions.get(source));
      modules.add(module);
    }
    for (Loaded module : modules) {
      module.users++;
      idle.remove(module);
    }
    return new Functions(functions, modules);
  }

  private void load(List<Source> sources) {
    // Before the context is entered: what takes long may move a virtual thread elsewhere.
    String text = Source.module(sources);
    Driver driver = context.entered();
    Loaded module = new Loaded(driver.module(text));
    try {
      for (Source source : sources) {
        module.functions.put(source, driver.function(module.module, source.function()));
      }
    } catch (DriverException e) {
      context.release("module", () -> driver.unload(module.module));
      throw e;
    }
    sources.forEach(source -> loaded.put(source, module));
    idle.add(module);
  }

  private synchronized void release(Set<Loaded> modules) {
    if (closed) {
      return;
    }
    for (Loaded module : modules) {
      if (--module.users == 0) {
        idle.add(module);
      }
    }
    while (idle.size() > IDLE) {
      unload(idle.iterator().next());
    }
  }

  private void unload(Loaded module) {
    idle.remove(module);
    module.functions.keySet().forEach(loaded::remove);
    context.release("module", () -> context.entered().unload(module.module));
  }

  /** {@return how many modules there are} */
  synchronized int size() {
    return new HashSet<>(loaded.values()).size();
  }

  /** Gives all modules back; programs that are closed later find nothing to do. */
  @Override
  public synchronized void close() {
    closed = true;
    List<Loaded> all = new ArrayList<>(new LinkedHashSet<>(loaded.values()));
    all.forEach(this::unload);
  }
}
