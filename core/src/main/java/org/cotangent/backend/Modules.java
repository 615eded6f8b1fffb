package org.cotangent.backend;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedSet;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import org.cotangent.error.ArgumentException;
import org.cotangent.error.ClosedException;

/**
 * The functions that a device has, by their sources. Those that a program needs and the device does
 * not have become one module, because a module costs more than a function. A module stays while
 * somebody uses one of its functions; of those that nobody uses the last ones stay, so that a call
 * that comes again is not translated again.
 *
 * <p>One lock, held while the driver translates: drivers take one module at a time anyway.
 *
 * @param <S> sources of functions, equal where the functions are
 * @param <M> modules
 */
public final class Modules<S, M> implements AutoCloseable {
  /** Modules that are kept though nobody uses them: some hundred kilobytes each. */
  public static final int IDLE = 64;

  private final int idleLimit;
  private final Function<List<S>, M> loader;
  private final Consumer<M> unloader;

  /** Guarded, as all below, by this. */
  private final Map<S, Loaded<S, M>> loaded = new HashMap<>();

  /** Modules without users, the longest idle first. */
  private final SequencedSet<Loaded<S, M>> idle = new LinkedHashSet<>();

  private boolean closed;

  /** A module and those who use it. */
  private static final class Loaded<S, M> {
    private final List<S> sources;
    private final M module;
    private int users;

    Loaded(List<S> sources, M module) {
      this.sources = sources;
      this.module = module;
    }
  }

  /**
   * A device that has no functions yet.
   *
   * @param idleLimit modules that are kept though nobody uses them
   * @param loader makes one module of some sources
   * @param unloader gives it back, and does not throw
   */
  public Modules(int idleLimit, Function<List<S>, M> loader, Consumer<M> unloader) {
    this.idleLimit = idleLimit;
    this.loader = loader;
    this.unloader = unloader;
  }

  /** Functions in use, until they are closed. */
  public final class Use implements AutoCloseable {
    private final Map<S, Loaded<S, M>> modules;
    private boolean ended;

    private Use(Map<S, Loaded<S, M>> modules) {
      this.modules = modules;
    }

    /** {@return the module that has the function of a source which was asked for} */
    public M of(S source) {
      Loaded<S, M> module = modules.get(source);
      if (module == null) {
        throw new ArgumentException("load: none of the functions that were asked for: " + source);
      }
      return module.module;
    }

    /** Lets go of them; nothing runs them any more. A second call does nothing. */
    @Override
    public void close() {
      if (!ended) {
        ended = true;
        release(new HashSet<>(modules.values()));
      }
    }
  }

  /**
   * {@return the functions of some sources; those that are new are loaded together}
   *
   * @param sources any, also repeated
   * @throws ClosedException after {@link #close}
   */
  public synchronized Use use(Collection<S> sources) {
    if (closed) {
      throw new ClosedException("load: the device was closed; open it again");
    }
    Set<S> wanted = new LinkedHashSet<>(sources);
    List<S> fresh = wanted.stream().filter(source -> !loaded.containsKey(source)).toList();
    if (!fresh.isEmpty()) {
      Loaded<S, M> module = new Loaded<>(fresh, loader.apply(fresh));
      fresh.forEach(source -> loaded.put(source, module));
    }
    Map<S, Loaded<S, M>> modules = new HashMap<>();
    wanted.forEach(source -> modules.put(source, Objects.requireNonNull(loaded.get(source))));
    for (Loaded<S, M> module : new HashSet<>(modules.values())) {
      module.users++;
      idle.remove(module);
    }
    return new Use(modules);
  }

  /** Ends one use of each module; after {@link #close} there is nothing left to end. */
  private synchronized void release(Set<Loaded<S, M>> modules) {
    if (closed) {
      return;
    }
    for (Loaded<S, M> module : modules) {
      if (--module.users == 0) {
        idle.add(module);
      }
    }
    while (idle.size() > idleLimit) {
      unload(idle.removeFirst());
    }
  }

  private void unload(Loaded<S, M> module) {
    module.sources.forEach(loaded::remove);
    unloader.accept(module.module);
  }

  /** {@return how many modules there are} */
  public synchronized int size() {
    return new HashSet<>(loaded.values()).size();
  }

  /** Gives all modules back, the used ones too: their functions cannot run without the device. */
  @Override
  public synchronized void close() {
    closed = true;
    new ArrayList<>(new LinkedHashSet<>(loaded.values())).forEach(this::unload);
    idle.clear();
  }
}
