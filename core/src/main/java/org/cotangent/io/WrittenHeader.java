package org.cotangent.io;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SequencedMap;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.cotangent.error.ArgumentException;

/**
 * The header of a safetensors file that is to be written.
 *
 * @param tensors by name, in the header's order
 * @param metadata texts by name
 */
record WrittenHeader(
    SequencedMap<String, StoredTensor> tensors, SequencedMap<String, String> metadata) {
  /** {@return prefix and header as they stand in a file, padded so that the data is aligned} */
  byte[] format(String op) {
    List<String> items = new ArrayList<>();
    if (!metadata.isEmpty()) {
      items.add(
          quoted(SafetensorsHeader.METADATA)
              + metadata.entrySet().stream()
                  .map(text -> quoted(text.getKey()) + ":" + quoted(text.getValue()))
                  .collect(Collectors.joining(",", ":{", "}")));
    }
    tensors.forEach((name, tensor) -> items.add(quoted(name) + ":" + item(tensor)));
    byte[] text = ("{" + String.join(",", items) + "}").getBytes(StandardCharsets.UTF_8);
    int length = Math.ceilDiv(text.length, SafetensorsHeader.PREFIX) * SafetensorsHeader.PREFIX;
    if (length > SafetensorsHeader.LONGEST) {
      throw new ArgumentException(
          op
              + ": the header takes "
              + length
              + " bytes, readers take at most "
              + SafetensorsHeader.LONGEST
              + "; write fewer tensors, or shorter names and metadata");
    }
    ByteBuffer header =
        ByteBuffer.allocate(SafetensorsHeader.PREFIX + length)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putLong(length)
            .put(text);
    while (header.hasRemaining()) {
      header.put((byte) ' ');
    }
    return header.array();
  }

  private static String item(StoredTensor tensor) {
    return "{\"dtype\":\"%s\",\"shape\":[%s],\"data_offsets\":[%d,%d]}"
        .formatted(
            tensor.dtype(),
            LongStream.of(tensor.shape().dims())
                .mapToObj(Long::toString)
                .collect(Collectors.joining(",")),
            tensor.begin(),
            tensor.end());
  }

  private static String quoted(String text) {
    StringBuilder quoted = new StringBuilder("\"");
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      int named = "\"\\\b\f\n\r\t".indexOf(c);
      if (named >= 0) {
        quoted.append('\\').append("\"\\bfnrt".charAt(named));
      } else if (c < ' ') {
        quoted.append("\\u%04x".formatted((int) c));
      } else {
        quoted.append(c);
      }
    }
    return quoted.append('"').toString();
  }
}
