package org.cotangent;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.reflect.Array;
import java.lang.reflect.Constructor;
import java.lang.reflect.InaccessibleObjectException;
import java.lang.reflect.Method;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BinaryOperator;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.cotangent.error.ArgumentException;
import org.cotangent.type.Shape;
import org.jspecify.annotations.Nullable;

/**
 * Trees of tensors: what compiled functions and derivatives take and return. A tree is a {@link
 * Tensor}; a record, list, map (keys are sorted), array or {@link Optional} of trees; or an object
 * of a class made known by {@link #register}. A tree comes back as the class that went in. Numbers,
 * strings, booleans, enums, dtypes and shapes are static: they belong to the structure, and another
 * value is another program.
 */
public final class Trees {
  /** Deeper trees are taken for lists that contain themselves. */
  private static final int DEEPEST = 200;

  /**
   * Classes made known by the user. Static, because a class means the same tree to every device and
   * trace, as its own methods would if it were a record.
   */
  private static final Map<Class<?>, Registration> REGISTERED = new ConcurrentHashMap<>();

  /** The JDK's own immutable lists and maps, which differ in class by size and maker. */
  private static final ClassValue<Boolean> IMMUTABLE =
      new ClassValue<>() {
        @Override
        protected Boolean computeValue(Class<?> type) {
          String name = type.getName();
          return name.startsWith("java.util.ImmutableCollections")
              || name.startsWith("java.util.Collections$Unmodifiable")
              || name.startsWith("java.util.Collections$Empty")
              || name.startsWith("java.util.Collections$Singleton");
        }
      };

  private static final ClassValue<Handles> HANDLES =
      new ClassValue<>() {
        @Override
        protected Handles computeValue(Class<?> type) {
          return Handles.of(type);
        }
      };

  private Trees() {}

  private record Registration(
      Function<Object, List<?>> components, Function<List<Object>, Object> construct) {}

  /** A tree taken apart. */
  record Flat(TreeStructure structure, List<Tensor> leaves) {}

  /**
   * Makes a class known as a tree, for classes that are no records: Kotlin data classes, Scala case
   * classes. For the whole process; registering again replaces.
   *
   * @param type the class itself, not a supertype
   * @param components an object's parts, trees themselves, always as many and in the same order
   * @param construct a new object from such parts
   * @param <T> the class
   */
  public static <T> void register(
      Class<T> type,
      Function<? super T, ? extends List<?>> components,
      Function<? super List<Object>, ? extends T> construct) {
    Device.requireNonNull("register", "class", type);
    Device.requireNonNull("register", "function to the components", components);
    Device.requireNonNull("register", "function from the components", construct);
    REGISTERED.put(
        type,
        new Registration(
            tree -> made(type, "components", components.apply(type.cast(tree))),
            parts -> made(type, "object", construct.apply(parts))));
  }

  private static <T> T made(Class<?> type, String what, @Nullable T made) {
    if (made == null) {
      throw new ArgumentException(
          "tree: the " + what + " of the registered " + type.getName() + " are null");
    }
    return made;
  }

  /**
   * {@return the tensors of a tree, in the order in which compiled functions take them}
   *
   * @param tree a tree
   * @throws ArgumentException if a part is no tree; names its path
   */
  public static List<Tensor> leaves(Object tree) {
    return Located.in("leaves", () -> flatten("leaves", tree).leaves());
  }

  /**
   * {@return a name for each tensor of a tree, in the order of {@link #leaves}} It is made of the
   * names of components, numbers in lists and arrays, and keys of maps on the way, as in {@code
   * net.layers.0.w}; what an Optional holds is called as the Optional is, and a tensor that is the
   * whole tree {@code tensor}. Files have tensors by these names.
   *
   * @param tree a tree
   * @throws ArgumentException if a part is no tree, or two tensors get the same name, as by a key
   *     with a dot in it
   */
  public static List<String> names(Object tree) {
    return Located.in(
        "names",
        () -> {
          TreeStructure structure = flatten("names", tree).structure();
          Map<String, Integer> leaves = new LinkedHashMap<>();
          for (String name : structure.fileNames()) {
            int leaf = leaves.size();
            String called = name.isEmpty() ? "tensor" : name;
            Integer other = leaves.put(called, leaf);
            if (other != null) {
              throw new ArgumentException(
                  "names: "
                      + structure.path(other)
                      + " and "
                      + structure.path(leaf)
                      + " are both called '"
                      + called
                      + "'; use keys without dots that differ as texts");
            }
          }
          return List.copyOf(leaves.keySet());
        });
  }

  /**
   * {@return a tree of the same structure, with a function applied to each tensor}
   *
   * @param tree a tree
   * @param f what to apply
   * @param <T> type of the tree
   * @throws ArgumentException if a part is no tree; names its path
   */
  public static <T> T map(T tree, UnaryOperator<Tensor> f) {
    Device.requireNonNull("map", "function", f);
    return Located.in("map", () -> mapped(List.of(flatten("map", tree)), at -> f.apply(at[0])));
  }

  /**
   * {@return a tree of the same structure, with a function applied to pairs of tensors}
   *
   * @param first a tree
   * @param second a tree of the same structure
   * @param f what to apply
   * @param <T> type of the trees
   * @throws ArgumentException if the structures differ, or a part is no tree
   */
  public static <T> T map(T first, T second, BinaryOperator<Tensor> f) {
    Device.requireNonNull("map", "function", f);
    return Located.in(
        "map",
        () -> {
          Flat a = flatten("map", first);
          return mapped(List.of(a, same(a, second)), at -> f.apply(at[0], at[1]));
        });
  }

  /**
   * {@return a tree of the same structure, with a function applied to triples of tensors}
   *
   * @param first a tree
   * @param second a tree of the same structure
   * @param third a tree of the same structure
   * @param f what to apply
   * @param <T> type of the trees
   * @throws ArgumentException if the structures differ, or a part is no tree
   */
  public static <T> T map(T first, T second, T third, Function3<Tensor, Tensor, Tensor, Tensor> f) {
    Device.requireNonNull("map", "function", f);
    return Located.in(
        "map",
        () -> {
          Flat a = flatten("map", first);
          return mapped(
              List.of(a, same(a, second), same(a, third)), at -> f.apply(at[0], at[1], at[2]));
        });
  }

  /** The first tree with its leaves replaced by what a function makes of those of all. */
  @SuppressWarnings("TypeParameterUnusedInFormals") // The type of the first tree.
  private static <T> T mapped(List<Flat> trees, Function<Tensor[], Tensor> f) {
    TreeStructure structure = trees.getFirst().structure();
    List<Tensor> mapped = new ArrayList<>();
    for (int i = 0; i < structure.leaves(); i++) {
      int leaf = i;
      Tensor result =
          f.apply(trees.stream().map(tree -> tree.leaves().get(leaf)).toArray(Tensor[]::new));
      if (result == null) {
        throw new ArgumentException(
            "map: the function returned null for leaf "
                + i
                + structure.path(i)
                + "; return a tensor");
      }
      mapped.add(result);
    }
    return Compiled.cast(structure.unflatten(mapped));
  }

  private static Flat same(Flat first, Object tree) {
    Flat other = flatten("map", tree);
    if (!first.structure().equals(other.structure())) {
      throw new ArgumentException(
          "map: trees differ: " + first.structure().difference(other.structure()).mismatch());
    }
    return other;
  }

  static Flat flatten(String op, Object tree) {
    List<Tensor> leaves = new ArrayList<>();
    return new Flat(new Walk(op, leaves).structure(tree, Path.TOP, 0), List.copyOf(leaves));
  }

  /** Where a part is; a text once a message needs it. */
  private record Path(@Nullable Path above, IntFunction<String> names, int index) {
    static final Path TOP = new Path(null, _ -> "", 0);

    @Override
    public String toString() {
      return (above == null ? "" : above) + names.apply(index);
    }
  }

  /** One walk over a tree; the path is that of the part being looked at. */
  private record Walk(String op, List<Tensor> leaves) {

    TreeStructure structure(Object tree, Path path, int depth) {
      if (tree instanceof Tensor tensor) {
        leaves.add(tensor);
        return TreeStructure.leaf();
      }
      if (tree == null) {
        throw refuse(path, "is null; use Optional for what may be absent");
      }
      if (depth > DEEPEST) {
        throw refuse(Path.TOP, "is nested deeper than " + DEEPEST + ": does it contain itself?");
      }
      Class<?> type = tree.getClass();
      Registration registration = REGISTERED.get(type);
      if (registration != null) {
        return node(
            type,
            () -> named(type),
            registration.components().apply(tree),
            TreeStructure::position,
            registration.construct(),
            path,
            depth);
      }
      return switch (tree) {
        case Record entry -> ofRecord(entry, path, depth);
        case List<?> list -> ofList(list, path, depth);
        case Map<?, ?> map -> ofMap(map, path, depth);
        case Optional<?> optional ->
            node(
                List.of(Optional.class, optional.isPresent()),
                optional.isPresent() ? () -> "a present Optional" : () -> "an empty Optional",
                optional.map(List::of).orElse(List.of()),
                _ -> TreeStructure.VALUE,
                parts -> parts.isEmpty() ? Optional.empty() : Optional.of(parts.getFirst()),
                path,
                depth);
        case Object[] array -> {
          Class<?> component = array.getClass().getComponentType();
          int length = array.length;
          yield node(
              array.getClass(),
              () -> "a " + component.getSimpleName() + "[" + length + "]",
              Arrays.asList(array),
              TreeStructure::position,
              parts -> parts.toArray((Object[]) Array.newInstance(component, parts.size())),
              path,
              depth);
        }
        case Number n -> TreeStructure.constant(n);
        case String s -> TreeStructure.constant(s);
        case Boolean b -> TreeStructure.constant(b);
        case Character c -> TreeStructure.constant(c);
        case Enum<?> e -> TreeStructure.constant(e);
        case Shape s -> TreeStructure.constant(s);
        case Class<?> c -> TreeStructure.constant(c);
        default -> throw unknown(tree, path);
      };
    }

    private TreeStructure node(
        Object identity,
        Supplier<String> label,
        List<?> parts,
        IntFunction<String> names,
        Function<List<Object>, Object> construct,
        Path path,
        int depth) {
      List<TreeStructure> structures = new ArrayList<>(parts.size());
      Iterator<?> iterator = parts.iterator();
      for (int i = 0; iterator.hasNext(); i++) {
        structures.add(structure(iterator.next(), new Path(path, names, i), depth + 1));
      }
      return new TreeStructure(
          new TreeStructure.Kind(identity, label, construct), names, structures);
    }

    private TreeStructure ofRecord(Record tree, Path path, int depth) {
      Class<?> type = tree.getClass();
      Handles handles = HANDLES.get(type);
      if (handles.problem() != null) {
        throw refuse(path, handles.problem());
      }
      List<Object> parts = new ArrayList<>();
      for (MethodHandle accessor : handles.accessors()) {
        parts.add(invoke(accessor, tree));
      }
      return node(
          type,
          () -> named(type),
          parts,
          handles.names()::get,
          built -> invoke(handles.constructor(), built.toArray()),
          path,
          depth);
    }

    @SuppressWarnings("JdkObsolete") // A tree comes back as the class that went in.
    private TreeStructure ofList(List<?> list, Path path, int depth) {
      Class<?> type = list.getClass();
      Function<List<Object>, Object> construct;
      if (type == ArrayList.class) {
        construct = ArrayList::new;
      } else if (type == LinkedList.class) {
        construct = LinkedList::new;
      } else if (isImmutable(type)) {
        construct = List::copyOf;
      } else {
        throw refuse(
            path, "is a " + type.getName() + "; use List.of or ArrayList, or Trees.register");
      }
      Object identity = isImmutable(type) ? List.class : type;
      int size = list.size();
      return node(
          identity,
          () -> (isImmutable(type) ? "a list" : named(type)) + " of " + size,
          list,
          TreeStructure::position,
          construct,
          path,
          depth);
    }

    private static String named(Class<?> type) {
      String simple = type.getSimpleName();
      String name = simple.isEmpty() ? type.getName() : simple;
      return ("AEIOU".indexOf(name.charAt(0)) < 0 ? "a " : "an ") + name;
    }

    private static boolean isImmutable(Class<?> type) {
      return IMMUTABLE.get(type);
    }

    private TreeStructure ofMap(Map<?, ?> map, Path path, int depth) {
      List<Object> keys = new ArrayList<>();
      for (Object key : map.keySet()) {
        if (!(key instanceof String
            || key instanceof Integer
            || key instanceof Long
            || key instanceof Enum<?>)) {
          throw refuse(path, "has the key " + key + "; keys are strings, integers, longs or enums");
        }
        keys.add(key);
      }
      // Map.of iterates in another order in every JVM; a structure must not.
      keys.sort(
          Comparator.comparing((Object key) -> key.getClass().getName())
              .thenComparing(Walk::compareKeys));
      Class<?> type = map.getClass();
      Function<List<Object>, Map<Object, Object>> filled =
          values -> {
            Map<Object, Object> result = new LinkedHashMap<>();
            for (int i = 0; i < keys.size(); i++) {
              result.put(keys.get(i), values.get(i));
            }
            return result;
          };
      Function<List<Object>, Object> construct;
      if (type == HashMap.class) {
        construct = values -> new HashMap<>(filled.apply(values));
      } else if (type == LinkedHashMap.class) {
        List<Object> order = List.copyOf(map.keySet());
        construct =
            values -> {
              Map<Object, Object> found = filled.apply(values);
              Map<Object, Object> result = new LinkedHashMap<>();
              order.forEach(key -> result.put(key, found.get(key)));
              return result;
            };
      } else if (type == TreeMap.class) {
        // Not the map itself: a structure outlives the tensors.
        Comparator<Object> order = comparator((TreeMap<?, ?>) map);
        construct =
            values -> {
              SortedMap<Object, Object> result = new TreeMap<>(order);
              result.putAll(filled.apply(values));
              return result;
            };
      } else if (isImmutable(type)) {
        // Sorted, as a function that walks over a Map.of would make another program in each JVM.
        construct = values -> Collections.unmodifiableMap(filled.apply(values));
      } else {
        throw refuse(path, "is a " + type.getName() + "; use Map.of or HashMap, or Trees.register");
      }
      Object identity = List.of(isImmutable(type) ? Map.class : type, keys);
      return node(
          identity,
          () -> (isImmutable(type) ? "a map" : named(type)) + " with keys " + keys,
          keys.stream().map(map::get).toList(),
          i -> "[" + keys.get(i) + "]",
          construct,
          path,
          depth);
    }

    @SuppressWarnings("unchecked")
    private static @Nullable Comparator<Object> comparator(TreeMap<?, ?> map) {
      return (Comparator<Object>) map.comparator();
    }

    /** Keys of one class, each of which is comparable. */
    @SuppressWarnings("unchecked")
    private static int compareKeys(Object a, Object b) {
      return ((Comparable<Object>) a).compareTo(b);
    }

    private ArgumentException unknown(Object tree, Path path) {
      Class<?> type = tree.getClass();
      if (type.isHidden() || type.isSynthetic()) {
        return refuse(path, "is a function; a tree holds data: use functions outside of it");
      }
      if (type.isArray()) {
        return refuse(
            path, "is a " + type.getSimpleName() + "; make a tensor of it by device.tensor(...)");
      }
      return refuse(
          path,
          "is a " + type.getName() + ", which is no tree; make it a record, or Trees.register it");
    }

    private ArgumentException refuse(Path path, String why) {
      String where = path.toString();
      return new ArgumentException(op + ": " + (where.isEmpty() ? "the tree" : where) + " " + why);
    }
  }

  /** How a record class is taken apart and put together, or why it cannot be. */
  private record Handles(
      List<String> names,
      List<MethodHandle> accessors,
      MethodHandle constructor,
      @Nullable String problem) {

    static Handles of(Class<?> type) {
      RecordComponent[] components = type.getRecordComponents();
      List<String> names = new ArrayList<>();
      List<MethodHandle> accessors = new ArrayList<>();
      MethodHandle nothing = MethodHandles.constant(Object.class, "");
      try {
        for (RecordComponent component : components) {
          names.add("." + component.getName());
          Method accessor = component.getAccessor();
          accessor.setAccessible(true);
          accessors.add(MethodHandles.lookup().unreflect(accessor));
        }
        Constructor<?> constructor =
            type.getDeclaredConstructor(
                Arrays.stream(components).map(RecordComponent::getType).toArray(Class[]::new));
        constructor.setAccessible(true);
        return new Handles(
            names,
            accessors,
            MethodHandles.lookup()
                .unreflectConstructor(constructor)
                .asSpreader(Object[].class, components.length),
            null);
      } catch (InaccessibleObjectException closed) {
        String problem =
            "is a record of "
                + type.getModule()
                + ", which is closed to the engine; add `opens "
                + type.getPackageName()
                + " to org.cotangent;` to its module-info.java";
        return new Handles(names, accessors, nothing, problem);
      } catch (ReflectiveOperationException impossible) {
        throw new IllegalStateException(type.getName(), impossible);
      }
    }
  }

  private static Object invoke(MethodHandle handle, Object argument) {
    try {
      return argument instanceof Object[] all ? handle.invoke(all) : handle.invoke(argument);
    } catch (RuntimeException | Error own) {
      throw own;
    } catch (Throwable checked) {
      throw new ArgumentException("tree: " + checked);
    }
  }
}
