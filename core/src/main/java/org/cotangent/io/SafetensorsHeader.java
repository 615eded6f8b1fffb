package org.cotangent.io;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.function.BiConsumer;
import java.util.stream.IntStream;
import org.cotangent.file.NameTable;

/**
 * What stands before the data of a safetensors file: 8 bytes with the length of a JSON object, and
 * that object, which says of each tensor its dtype, its shape and where its bytes lie. It is kept
 * as it stands in the file, with some 9 bytes for each tensor to find it by, and read again by
 * whoever asks. Any number of threads may.
 */
final class SafetensorsHeader {
  /** The bytes that say how long the header is. */
  static final int PREFIX = 8;

  /** Of a header, in bytes; the original's limit. */
  static final long LONGEST = 100_000_000;

  /** As many axes as NumPy takes. */
  static final int MAX_RANK = 64;

  /** The one name that no tensor has. */
  static final String METADATA = "__metadata__";

  /** Names in a message. */
  private static final int SHOWN = 20;

  private final byte[] text;
  private final long dataBytes;

  /** Places of the tensors' names, in the header's order. */
  private final int[] names;

  private final NameTable table;

  /** The place of the metadata, or 0 if there are none. */
  private final int metadata;

  /**
   * A header that has been checked.
   *
   * @param text of it, without its length
   * @param dataBytes that the file has behind it
   * @param names places of the tensors' names
   * @param table of these names
   * @param metadata the place of the texts, or 0
   */
  SafetensorsHeader(byte[] text, long dataBytes, int[] names, NameTable table, int metadata) {
    this.text = text;
    this.dataBytes = dataBytes;
    this.names = names;
    this.table = table;
    this.metadata = metadata;
  }

  /** {@return the names of the tensors, in the header's order} */
  List<String> names() {
    JsonText reader = new JsonText(text, "");
    return IntStream.of(names).mapToObj(reader::decoded).toList();
  }

  /** {@return the names, as a message shows them: the first of many, the starts of long ones} */
  String shown() {
    JsonText reader = new JsonText(text, "");
    return IntStream.of(names).limit(SHOWN).mapToObj(reader::shown).toList()
        + (names.length > SHOWN ? " and " + (names.length - SHOWN) + " more" : "");
  }

  /** Shows each tensor with its name, in the header's order. */
  void forEach(BiConsumer<String, StoredTensor> action) {
    HeaderParser parser = new HeaderParser(text, dataBytes, "");
    JsonText reader = new JsonText(text, "");
    for (int name : names) {
      action.accept(reader.decoded(name), parser.tensor(name));
    }
  }

  /** {@return the tensor of a name, if there is one} */
  Optional<StoredTensor> get(String name) {
    int place = table.find(name);
    return place == 0
        ? Optional.empty()
        : Optional.of(new HeaderParser(text, dataBytes, "").tensor(place));
  }

  /** {@return texts by name, in the header's order} */
  SequencedMap<String, String> metadata() {
    SequencedMap<String, String> texts = new LinkedHashMap<>();
    if (metadata > 0) {
      new HeaderParser(text, dataBytes, "").texts(metadata, texts);
    }
    return texts;
  }
}
