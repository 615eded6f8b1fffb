package org.cotangent;

import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.Set;
import org.cotangent.error.ClosedException;
import org.cotangent.error.TraceException;
import org.cotangent.graph.Origin;
import org.jspecify.annotations.Nullable;

/**
 * Closes the tensors made in it, except those that are kept. Made by {@link Device#open}; belongs
 * to the thread that made it, where scopes nest.
 *
 * {@snippet :
 * try (Scope scope = device.open()) {
 *   Tensor y = x.mul(x).add(1.0); // the product is closed with the scope
 *   return scope.keep(y);
 * }
 * }
 */
public final class Scope implements AutoCloseable {
  /** The scopes of one thread on one device, innermost first. */
  static final class Stack {
    private final ThreadLocal<Deque<Scope>> scopes = ThreadLocal.withInitial(ArrayDeque::new);

    Scope open() {
      Deque<Scope> stack = scopes.get();
      Scope scope = new Scope(stack, Thread.currentThread());
      stack.push(scope);
      return scope;
    }

    @Nullable Scope innermost() {
      Deque<Scope> stack = scopes.get();
      return stack.peek();
    }
  }

  private final Deque<Scope> stack;
  private final Thread owner;
  private final Set<Tensor> tensors = Collections.newSetFromMap(new IdentityHashMap<>());
  private boolean closed;

  private Scope(Deque<Scope> stack, Thread owner) {
    this.stack = stack;
    this.owner = owner;
  }

  void add(Tensor tensor) {
    tensors.add(tensor);
    tensor.closedBy(this);
  }

  /** Lets go of a tensor that was closed before the scope; other threads leave it to the scope. */
  void discard(Tensor tensor) {
    if (Thread.currentThread() == owner && !closed) {
      tensors.remove(tensor);
    }
  }

  /**
   * Lets tensors live on after this scope: in the scope around it, or on their own.
   *
   * @param tree a tensor or a tree of tensors; those not made in this scope are left alone
   * @param <T> type of the tree
   * @return the same tree
   * @throws ClosedException if the scope is closed
   * @throws TraceException if the scope is another thread's
   */
  public <T> T keep(T tree) {
    return Located.in(
        "keep",
        () -> {
          requireUsable("keep");
          Scope outer = outer();
          for (Tensor leaf : Trees.flatten("keep", tree).leaves()) {
            Tensor tensor = leaf.owner();
            if (tensors.remove(tensor)) {
              tensor.closedBy(null);
              if (outer != null) {
                outer.add(tensor);
              }
            }
          }
          return tree;
        });
  }

  private @Nullable Scope outer() {
    boolean found = false;
    for (Scope scope : stack) {
      if (found) {
        return scope;
      }
      found = scope == this;
    }
    return null;
  }

  private void requireUsable(String op) {
    if (closed) {
      throw new ClosedException(op + ": the scope is closed; keep before it closes");
    }
    if (Thread.currentThread() != owner) {
      throw new TraceException(
          op + ": the scope belongs to thread " + owner.getName() + "; open one in this thread");
    }
  }

  /**
   * Closes the tensors made in this scope and not kept, and scopes inside it that were left open. A
   * second call does nothing.
   *
   * @throws TraceException if the scope is another thread's
   */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    Located.in(
        "close",
        () -> {
          requireUsable("close");
          return this;
        });
    while (true) {
      Scope inner = stack.pop();
      inner.closed = true;
      Origin here = inner.tensors.isEmpty() ? Origin.UNKNOWN : Origin.here("the end of its scope");
      inner.tensors.forEach(tensor -> tensor.close(here));
      inner.tensors.clear();
      if (inner == this) {
        return;
      }
    }
  }
}
