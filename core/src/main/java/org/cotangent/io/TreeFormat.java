package org.cotangent.io;

import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedMap;
import org.cotangent.Device;
import org.cotangent.Tensor;
import org.cotangent.Trees;
import org.cotangent.error.ArgumentException;
import org.cotangent.error.DTypeException;
import org.cotangent.error.FormatException;
import org.cotangent.error.ShapeException;
import org.cotangent.numpy.ArrayInfo;
import org.cotangent.numpy.Npz;
import org.cotangent.numpy.NumPy;
import org.cotangent.numpy.NumPyDType.Element;
import org.cotangent.type.DType;
import org.cotangent.type.HostArray;
import org.cotangent.type.TensorType;

/**
 * A format of files that hold trees of tensors: a model, the state of an optimiser, keys of random
 * numbers, and all of them together. Each tensor is an entry, called as {@link Trees#names} says.
 * What belongs to the structure, such as numbers and strings in records, is not in the file: it
 * comes from the example that a tree is read with.
 *
 * {@snippet :
 * record Training(State net, Key key) {}
 * Path path = Path.of("training.safetensors");
 * Training training = new Training(state, device.key(1));
 * TreeFormat.SAFETENSORS.write(path, training);
 * Training again = TreeFormat.SAFETENSORS.read(device, path, training);
 * }
 *
 * <p>A file appears whole or not at all: it is written under another name in the same folder,
 * forced to the disk and then moved, so that a crash, a full disk and readers find the old file or
 * the new one. All dtypes come back bit for bit. Nothing is converted: a file with other names,
 * dtypes or shapes than the example is an error.
 */
public enum TreeFormat {
  /**
   * NumPy's archive, not compressed, as {@code np.load} reads it; bfloat16 is {@code V2}, which
   * ml_dtypes knows. While it is written all of the tree is in the host's memory.
   */
  NPZ,

  /** Hugging Face's format, see {@link Safetensors}; the host holds a tensor at a time. */
  SAFETENSORS;

  /** Names in a message. */
  private static final int SHOWN = 8;

  /** A file that is open. */
  private interface Opened extends AutoCloseable {
    /** What is there, by name. */
    SequencedMap<String, ArrayInfo> introspect();

    /** One of them as a tensor. */
    Tensor tensor(Device device, String name, DType dtype);

    @Override
    void close();
  }

  /**
   * Writes the tensors of a tree.
   *
   * @param path of the file, taken as it is; an existing file is replaced
   * @param tree a tree of tensors
   * @throws ArgumentException if a part is no tree, or two tensors get the same name, or one that a
   *     file cannot have
   * @throws ShapeException if a tensor has more than 64 axes
   * @throws FormatException if the file cannot be written; the message has path and reason
   * @throws org.cotangent.error.TraceException if a tensor is traced
   * @throws org.cotangent.error.ClosedException if a tensor or its device is closed
   */
  public void write(Path path, Object tree) {
    Require.nonNull("write", "the path", path);
    List<Tensor> leaves = Trees.leaves(Require.nonNull("write", "the tree", tree));
    SequencedMap<String, Tensor> tensors = new LinkedHashMap<>();
    Iterator<Tensor> next = leaves.iterator();
    for (String name : Trees.names(tree)) {
      tensors.put(Require.unicode("write", "the name", name), next.next());
    }
    switch (this) {
      case NPZ -> {
        Map<String, HostArray> arrays = new LinkedHashMap<>();
        tensors.forEach((name, tensor) -> arrays.put(name, tensor.toHost()));
        NumPy.savez(path, arrays);
      }
      case SAFETENSORS -> {
        Map<String, TensorType> types = new LinkedHashMap<>();
        tensors.forEach((name, tensor) -> types.put(name, tensor.type()));
        Safetensors.write(
            path, types, name -> Objects.requireNonNull(tensors.get(name)).toHost(), Map.of());
      }
    }
  }

  /**
   * {@return a tree with the tensors of a file} All names, dtypes and shapes are compared before
   * the first tensor is made; if one cannot be made, those before it are closed.
   *
   * @param device where the tensors are made
   * @param path of the file
   * @param example a tree of the structure, dtypes and shapes that are wanted, whatever its values;
   *     those that are no tensors are taken from it
   * @param <T> type of the tree
   * @throws ArgumentException if a part of the example is no tree
   * @throws FormatException if the file cannot be read or is malformed, lacks a tensor of the
   *     example, or has one more
   * @throws DTypeException if a tensor has another dtype than in the example
   * @throws ShapeException if a tensor has another shape than in the example
   * @throws org.cotangent.error.DeviceMemoryException if the device is out of memory
   */
  public <T> T read(Device device, Path path, T example) {
    Require.nonNull("read", "the device", device);
    Require.nonNull("read", "the path", path);
    List<String> names = Trees.names(Require.nonNull("read", "the example", example));
    List<Tensor> leaves = Trees.leaves(example);
    SequencedMap<String, DType> wanted = new LinkedHashMap<>();
    try (Opened file = open(path)) {
      SequencedMap<String, ArrayInfo> infos = file.introspect();
      for (int i = 0; i < names.size(); i++) {
        requireSame(path, names.get(i), leaves.get(i).type(), infos);
        wanted.put(names.get(i), leaves.get(i).dtype());
      }
      List<String> others = infos.keySet().stream().filter(n -> !wanted.containsKey(n)).toList();
      if (!others.isEmpty()) {
        throw new FormatException(
            where(path)
                + "it has "
                + shown(others)
                + ", which the example has not; pass an example of the tree that was written, or"
                + " read(device, path) for whatever is there");
      }
      Iterator<Tensor> tensors = tensors(file, device, wanted).values().iterator();
      return Trees.map(example, leaf -> tensors.next());
    }
  }

  /**
   * {@return the tensors of a file by name, in its order, for files from others}
   *
   * @param device where the tensors are made
   * @param path of the file
   * @throws FormatException if the file cannot be read or is malformed
   * @throws DTypeException if the engine lacks the dtype of a tensor; names it, and how to convert
   * @throws org.cotangent.error.DeviceMemoryException if the device is out of memory
   */
  public SequencedMap<String, Tensor> read(Device device, Path path) {
    Require.nonNull("read", "the device", device);
    Require.nonNull("read", "the path", path);
    SequencedMap<String, DType> wanted = new LinkedHashMap<>();
    try (Opened file = open(path)) {
      file.introspect().forEach((name, info) -> wanted.put(name, known(path, name, info)));
      return tensors(file, device, wanted);
    }
  }

  private static SequencedMap<String, Tensor> tensors(
      Opened file, Device device, SequencedMap<String, DType> wanted) {
    SequencedMap<String, Tensor> made = new LinkedHashMap<>();
    try {
      wanted.forEach((name, dtype) -> made.put(name, file.tensor(device, name, dtype)));
      return made;
    } catch (RuntimeException | Error failure) {
      made.values().forEach(Tensor::close);
      throw failure;
    }
  }

  private Opened open(Path path) {
    return switch (this) {
      case NPZ -> new Archive(Npz.open(path));
      case SAFETENSORS -> new Sequence(Safetensors.open(path));
    };
  }

  /** An entry must be what the example has in its place. */
  private void requireSame(
      Path path, String name, TensorType type, SequencedMap<String, ArrayInfo> infos) {
    ArrayInfo info = infos.get(name);
    if (info == null) {
      throw new FormatException(
          where(path)
              + "no '"
              + name
              + "', which is "
              + type
              + " in the example; it has "
              + shown(infos.keySet())
              + "; pass an example of the tree that was written, or read(device, path) for whatever"
              + " is there");
    }
    String differs =
        where(path) + "'" + name + "' is " + found(info) + ", and " + type + " in the example; ";
    if (info.dtype().filter(found -> isMeant(found.element(), type.dtype())).isEmpty()) {
      throw new DTypeException(
          differs + "pass an example of that dtype, and cast what is read to " + type.dtype());
    }
    if (!info.shape().equals(type.shape())) {
      throw new ShapeException(differs + "pass an example of that shape");
    }
  }

  private static boolean isMeant(Element element, DType dtype) {
    return element == Element.VOID16 ? dtype == DType.BFLOAT16 : is(element, dtype);
  }

  private static boolean is(Element element, DType dtype) {
    return element.engine().filter(dtype::equals).isPresent();
  }

  /** What an entry is in the engine's words, where there are some. */
  private String found(ArrayInfo info) {
    return (isNamedBFloat16(info)
            ? DType.BFLOAT16
            : info.dtype().map(dtype -> dtype.element().toString()).orElse(info.descr()))
        + info.shape().toString();
  }

  /** Two bytes that mean bfloat16: in an .npz they may mean anything. */
  private boolean isNamedBFloat16(ArrayInfo info) {
    return this == SAFETENSORS
        && info.dtype().filter(dtype -> dtype.element() == Element.VOID16).isPresent();
  }

  private DType known(Path path, String name, ArrayInfo info) {
    if (isNamedBFloat16(info)) {
      return DType.BFLOAT16;
    }
    return info.dtype()
        .flatMap(dtype -> dtype.element().engine())
        .orElseThrow(() ->
            new DTypeException(
                where(path)
                    + "'"
                    + name
                    + "' is "
                    + found(info)
                    + ", a dtype that the engine has not; open the file with "
                    + (this == NPZ ? "Npz" : "Safetensors")
                    + ".open and pass what get('"
                    + name
                    + "') returns to device.tensor(array, dtype)"));
  }

  private static String where(Path path) {
    return "read: " + path + ": ";
  }

  private static String shown(Collection<String> names) {
    List<String> first = new ArrayList<>();
    names.stream().limit(SHOWN).forEach(first::add);
    return first + (names.size() > SHOWN ? " and " + (names.size() - SHOWN) + " more" : "");
  }

  private record Archive(Npz npz) implements Opened {
    @Override
    public SequencedMap<String, ArrayInfo> introspect() {
      return npz.introspect();
    }

    @Override
    public Tensor tensor(Device device, String name, DType dtype) {
      return device.tensor(npz.get(name), dtype);
    }

    @Override
    public void close() {
      npz.close();
    }
  }

  private record Sequence(Safetensors file) implements Opened {
    @Override
    public SequencedMap<String, ArrayInfo> introspect() {
      return file.introspect();
    }

    @Override
    public Tensor tensor(Device device, String name, DType dtype) {
      // A tensor at a time, not what the collector leaves of all.
      try (Arena arena = Arena.ofConfined()) {
        return device.tensor(file.get(name, arena), dtype);
      }
    }

    @Override
    public void close() {
      file.close();
    }
  }
}
