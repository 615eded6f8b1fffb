package org.cotangent.numpy;

import java.nio.ByteOrder;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.cotangent.error.DTypeException;
import org.cotangent.type.DType;

/**
 * The dtype of an array as it lies in a file or a foreign buffer: the kind and size of its elements
 * and their byte order. More elements can be read than the engine computes with; see {@link
 * NumPyArray} for the conversions.
 *
 * @param element kind and size
 * @param byteOrder of each element; for those of one byte and void16 always the machine's own
 */
public record NumPyDType(Element element, ByteOrder byteOrder) {

  /** Kind and size of an element that can be read. */
  public enum Element {
    /** One byte; NumPy takes any but 0 as true. */
    BOOL("bool", "b1", DType.BOOL),
    /** Two's complement, 8 bits. */
    INT8("int8", "i1", DType.INT8),
    /** Two's complement, 16 bits. */
    INT16("int16", "i2", DType.INT16),
    /** Two's complement, 32 bits. */
    INT32("int32", "i4", DType.INT32),
    /** Two's complement, 64 bits. */
    INT64("int64", "i8", DType.INT64),
    /** Unsigned, 8 bits. */
    UINT8("uint8", "u1", DType.UINT8),
    /** Unsigned, 16 bits. */
    UINT16("uint16", "u2", DType.INT32),
    /** Unsigned, 32 bits. */
    UINT32("uint32", "u4", DType.INT64),
    /** Unsigned, 64 bits. */
    UINT64("uint64", "u8", DType.INT64),
    /** IEEE 754 binary16. */
    FLOAT16("float16", "f2", DType.FLOAT16),
    /** IEEE 754 binary32. */
    FLOAT32("float32", "f4", DType.FLOAT32),
    /** IEEE 754 binary64. */
    FLOAT64("float64", "f8", DType.FLOAT64),
    /** Two bytes that do not say what they mean; what ml_dtypes saves bfloat16 as. */
    VOID16("void16", "V2", DType.BFLOAT16);

    private final String label;
    private final String code;
    private final DType nearest;

    Element(String label, String code, DType nearest) {
      this.label = label;
      this.code = code;
      this.nearest = nearest;
    }

    /** {@return the size of one element in bytes} */
    public int bytes() {
      return code.charAt(1) - '0';
    }

    /**
     * {@return the smallest dtype of the engine that holds every value of this one; int64 for
     * uint64, half of whose values none holds; bfloat16 for void16, the only one that its bits may
     * be taken for}
     */
    public DType nearest() {
      return nearest;
    }

    /** {@return the engine's dtype of the same kind and size, if it has one} */
    public Optional<DType> engine() {
      return label.equals(nearest.toString()) ? Optional.of(nearest) : Optional.empty();
    }

    /** {@return whether elements are floating-point numbers} */
    boolean isFloating() {
      return this == FLOAT16 || this == FLOAT32 || this == FLOAT64;
    }

    /** {@return whether the order of an element's bytes is a part of the dtype} */
    boolean isOrdered() {
      return bytes() > 1 && this != VOID16;
    }

    /** {@return NumPy's name} */
    @Override
    public String toString() {
      return label;
    }
  }

  /** What NumPy writes behind a byte order mark: type codes with and without a size. */
  private static final Map<String, Element> CODES =
      table(
          "b1 ? bool",
          "i1 b int8",
          "i2 h int16",
          "i4 i int32",
          "i8 l q p int64",
          "u1 B uint8",
          "u2 H uint16",
          "u4 I uint32",
          "u8 L Q P uint64",
          "f2 e float16",
          "f4 f float32",
          "f8 d float64",
          "V2 void16");

  /** The size behind a letter, as C's strtol reads it. */
  private static final Pattern PADDED = Pattern.compile("^([a-zA-Z])\\s*\\+?0*([1-9]\\d*)$");

  /** Names that stand without a mark; int and its kin as on every 64-bit system but old Windows. */
  private static final Map<String, Element> NAMES =
      table(
          "bool bool_ bool",
          "int8 byte int8",
          "int16 short int16",
          "int32 intc int32",
          "int64 int int_ intp longlong int64",
          "uint8 ubyte uint8",
          "uint16 ushort uint16",
          "uint32 uintc uint32",
          "uint64 uint uintp ulonglong uint64",
          "float16 half float16",
          "float32 single float32",
          "float64 double float float64");

  private static Map<String, Element> table(String... rows) {
    Map<String, Element> elements =
        Stream.of(Element.values()).collect(Collectors.toMap(Element::toString, e -> e));
    return Stream.of(rows)
        .map(row -> List.of(row.split(" ")))
        .flatMap(row ->
            row.subList(0, row.size() - 1).stream()
                .map(name -> Map.entry(name, elements.get(row.getLast()))))
        .collect(Collectors.toUnmodifiableMap(Map.Entry::getKey, Map.Entry::getValue));
  }

  /** A family of dtypes that NumPy has and this package does not read. */
  private record Foreign(Pattern codes, String name, String advice) {
    static Foreign of(String codes, String name, String advice) {
      return new Foreign(Pattern.compile(codes), name, advice);
    }
  }

  private static final List<Foreign> FOREIGN =
      List.of(
          Foreign.of(
              "f12|f16|g|longdouble|float128", "long double", "save a.astype('float64') instead"),
          Foreign.of(
              "c\\d+|[FDG]|c(single|double|longdouble)|complex\\d*",
              "complex",
              "save a.real and a.imag instead"),
          Foreign.of("(M8?|datetime64)(\\[.*\\])?", "datetime64", "save a.astype('int64') instead"),
          Foreign.of(
              "(m8?|timedelta64)(\\[.*\\])?", "timedelta64", "save a.astype('int64') instead"),
          Foreign.of("[SaUcT]\\d*|str_?|bytes_?|unicode", "text", "save it encoded as numbers"),
          Foreign.of(".*,.*|[\\d(].*", "structured", "save each field on its own, as in a['f0']"),
          Foreign.of("V\\d*|void", "raw bytes", "save a view with a dtype of numbers"),
          Foreign.of(
              "O\\d*|object_?",
              "object",
              "its pickled Python objects are never loaded; save a.astype('float64') instead"));

  /** Gives elements that have no order the machine's, so that equal dtypes are equal. */
  public NumPyDType {
    Require.nonNull("dtype", "the element", element);
    Require.nonNull("dtype", "the byte order", byteOrder);
    byteOrder = element.isOrdered() ? byteOrder : ByteOrder.nativeOrder();
  }

  /**
   * {@return the dtype of the engine's arrays; of bfloat16, which NumPy has not, void16}
   *
   * @param dtype the engine's dtype
   */
  public static NumPyDType of(DType dtype) {
    return new NumPyDType(
        switch (Require.nonNull("dtype", "the dtype", dtype)) {
          case FLOAT32 -> Element.FLOAT32;
          case FLOAT64 -> Element.FLOAT64;
          case INT32 -> Element.INT32;
          case INT64 -> Element.INT64;
          case BOOL -> Element.BOOL;
          case FLOAT16 -> Element.FLOAT16;
          case INT8 -> Element.INT8;
          case INT16 -> Element.INT16;
          case UINT8 -> Element.UINT8;
          case BFLOAT16 -> Element.VOID16;
        },
        ByteOrder.nativeOrder());
  }

  /**
   * {@return the dtype that NumPy writes so: a byte order mark ({@code <}, {@code >}, {@code =},
   * {@code |} or none) and a type code as in {@code <f4}, {@code |b1} or {@code h}, or a bare name
   * as in {@code float32}}
   *
   * @param descr the text, as a {@code .npy} header or {@code dtype.str} has it
   * @throws DTypeException if it is no dtype, or one that is not read; the message says what to do
   */
  public static NumPyDType parse(String descr) {
    Require.nonNull("dtype", "the descr", descr);
    boolean marked = !descr.isEmpty() && "<>=|".indexOf(descr.charAt(0)) >= 0;
    String code = marked ? descr.substring(1) : descr;
    Element element = CODES.get(PADDED.matcher(code).replaceFirst("$1$2"));
    if (element == null && !marked) {
      element = NAMES.get(code);
    }
    if (element == null) {
      throw refuse(descr, code);
    }
    ByteOrder order =
        switch (descr.charAt(0)) {
          case '<' -> ByteOrder.LITTLE_ENDIAN;
          case '>' -> ByteOrder.BIG_ENDIAN;
          default -> ByteOrder.nativeOrder();
        };
    return new NumPyDType(element, order);
  }

  private static DTypeException refuse(String descr, String code) {
    return FOREIGN.stream()
        .filter(foreign -> foreign.codes().matcher(code).matches())
        .findFirst()
        .map(foreign -> unsupported(foreign.name(), descr, foreign.advice()))
        .orElseGet(() ->
            new DTypeException(
                "dtype '" + descr + "' is not understood; expected one as in '<f4', '|b1'"));
  }

  /** {@return the refusal of a dtype that NumPy has and this package does not read} */
  static DTypeException unsupported(String name, String descr, String advice) {
    return new DTypeException(
        "dtype " + name + " ('" + descr + "') is not supported; in NumPy " + advice);
  }

  /** {@return the size of one element in bytes} */
  public int bytes() {
    return element.bytes();
  }

  /** {@return whether elements lie in the machine's byte order} */
  public boolean isNative() {
    return byteOrder.equals(ByteOrder.nativeOrder());
  }

  /**
   * {@return the dtype as NumPy's {@code dtype.str}, as in {@code <f4}, {@code >i2}, {@code |b1}}
   */
  public String descr() {
    return element.isOrdered() ? written() : "|" + element.code;
  }

  /** {@return what stands in a file: ml_dtypes gives its bfloat16 an order, which NumPy ignores} */
  String written() {
    String mark = bytes() == 1 ? "|" : byteOrder.equals(ByteOrder.LITTLE_ENDIAN) ? "<" : ">";
    return mark + element.code;
  }

  /** {@return NumPy's name, or the {@link #descr()} where the byte order is not the machine's} */
  @Override
  public String toString() {
    return isNative() ? element.toString() : descr();
  }
}
