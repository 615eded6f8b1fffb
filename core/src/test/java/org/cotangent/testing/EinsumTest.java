package org.cotangent.testing;

import static org.cotangent.testing.FaceErrors.row;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.Stream;
import org.cotangent.Scope;
import org.cotangent.Tensor;
import org.cotangent.error.ArgumentException;
import org.cotangent.error.DTypeException;
import org.cotangent.error.ShapeException;
import org.cotangent.type.DType;
import org.cotangent.type.Shape;
import org.cotangent.type.TensorType;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Contractions of two tensors and more: against NumPy and loops, derivatives, errors. */
class EinsumTest extends OnCpu {
  private static Shape s(long... dims) {
    return Shape.of(dims);
  }

  private static Tensor einsum(String subscripts, List<Tensor> in) {
    return Tensor.einsum(subscripts, in.toArray(Tensor[]::new));
  }

  private static LikeNumPy.Row einsum(String subscripts, Shape... shapes) {
    String names = String.join(", ", List.of("a", "b", "c", "d").subList(0, shapes.length));
    return LikeNumPy.row(
        "np.einsum('" + subscripts + "', " + names + ")", in -> einsum(subscripts, in), shapes);
  }

  private static LikeNumPy.Row matmul(Shape a, Shape b) {
    return LikeNumPy.row("a @ b", in -> in.get(0).matmul(in.get(1)), a, b);
  }

  private static LikeNumPy.Row dot(Shape a, Shape b) {
    return LikeNumPy.row("np.dot(a, b)", in -> in.get(0).dot(in.get(1)), a, b);
  }

  // ---- values

  @Test
  void matmulLikeNumPy() throws Exception {
    LikeNumPy.check(
        device,
        List.of(
            matmul(s(3, 5), s(5, 7)),
            matmul(s(5), s(5)),
            matmul(s(5), s(5, 7)),
            matmul(s(3, 5), s(5)),
            matmul(s(0), s(0)),
            matmul(s(3, 0), s(0)),
            matmul(s(5), s(2, 5, 3)),
            matmul(s(2, 3, 5), s(5)),
            matmul(s(5), s(2, 1, 5, 3)),
            matmul(s(2, 3, 5), s(2, 5, 4)),
            matmul(s(2, 3, 5), s(5, 4)),
            matmul(s(3, 5), s(2, 5, 4)),
            matmul(s(2, 1, 3, 5), s(1, 1, 5, 4)),
            matmul(s(1, 1, 3, 5), s(2, 1, 5, 4)),
            matmul(s(1, 3, 5), s(1, 5, 4)),
            matmul(s(1, 3, 5), s(1, 1, 5, 4)),
            matmul(s(2, 1, 3, 5), s(7, 5, 4)),
            matmul(s(7, 3, 5), s(2, 1, 5, 4)),
            matmul(s(2, 7, 3, 5), s(7, 5, 4)),
            matmul(s(2, 7, 3, 5), s(2, 1, 5, 4)),
            matmul(s(7, 3, 5), s(2, 7, 5, 4)),
            matmul(s(2, 1, 3, 1, 5), s(3, 1, 5, 4)),
            matmul(s(2, 1, 3, 1, 5), s(1, 2, 1, 5, 4)),
            matmul(s(2, 0, 5), s(5, 4)),
            matmul(s(0, 3, 5), s(5, 4)),
            matmul(s(0, 3, 5), s(1, 5, 4)),
            matmul(s(33, 67), s(67, 17))));
  }

  @Test
  void dotOuterAndTensordotLikeNumPy() throws Exception {
    int[] none = {};
    LikeNumPy.check(
        device,
        List.of(
            dot(s(5), s(5)),
            dot(s(3, 5), s(5)),
            dot(s(5), s(5, 3)),
            dot(s(2, 3, 5), s(5, 4)),
            dot(s(3, 5), s(2, 5, 4)),
            dot(s(2, 3, 5), s(7, 5, 4)),
            dot(s(), s(2, 3)),
            dot(s(2, 3), s()),
            dot(s(), s()),
            LikeNumPy.row("np.outer(a, b)", in -> in.get(0).outer(in.get(1)), s(3), s(5)),
            LikeNumPy.row("np.outer(a, b)", in -> in.get(0).outer(in.get(1)), s(2, 3), s()),
            LikeNumPy.row(
                "np.tensordot(a, b)", in -> in.get(0).tensordot(in.get(1), 2), s(2, 3, 5), s(3, 5)),
            LikeNumPy.row(
                "np.tensordot(a, b, 0)", in -> in.get(0).tensordot(in.get(1), 0), s(2, 3), s(5)),
            LikeNumPy.row(
                "np.tensordot(a, b, 1)",
                in -> in.get(0).tensordot(in.get(1), 1),
                s(2, 3),
                s(3, 5, 2)),
            LikeNumPy.row(
                "np.tensordot(a, b, ((0, 2), (-1, 0)))",
                in -> in.get(0).tensordot(in.get(1), new int[] {0, 2}, new int[] {-1, 0}),
                s(2, 3, 5),
                s(5, 7, 2)),
            LikeNumPy.row(
                "np.tensordot(a, b, ((), ()))",
                in -> in.get(0).tensordot(in.get(1), none, none),
                s(2),
                s(3)),
            LikeNumPy.row(
                "np.tensordot(a, b, ((0,), (0,)))",
                in -> in.get(0).tensordot(in.get(1), new int[] {0}, new int[] {0}),
                s(0, 2),
                s(0, 3))));
  }

  @Test
  void einsumLikeNumPy() throws Exception {
    LikeNumPy.check(
        device,
        List.of(
            // One operand: order, sums, diagonals.
            einsum("ij->ji", s(2, 3)),
            einsum("ji", s(2, 3)),
            einsum("bA", s(2, 3)),
            einsum("ij->", s(2, 3)),
            einsum("ij->j", s(2, 3)),
            einsum("ii", s(3, 3)),
            einsum("ii->i", s(3, 3)),
            einsum("iji->j", s(3, 2, 3)),
            einsum("iji->ij", s(3, 2, 3)),
            einsum("iii->i", s(3, 3, 3)),
            einsum("ijij->ji", s(3, 2, 3, 2)),
            einsum("iijj->j", s(3, 3, 2, 2)),
            einsum(" i j -> j i ", s(2, 3)),
            einsum("", s()),
            einsum("->", s()),
            einsum("i->", s(0)),
            // Two.
            einsum("i,i", s(5), s(5)),
            einsum("i,i->i", s(5), s(5)),
            einsum("i,j", s(5), s(3)),
            einsum("i,j->ji", s(5), s(3)),
            einsum("ij,jk", s(2, 3), s(3, 5)),
            einsum("ij,jk->ki", s(2, 3), s(3, 5)),
            einsum("ij,kj->ik", s(2, 3), s(5, 3)),
            einsum("ji,kj->ik", s(3, 2), s(5, 3)),
            einsum("bij,bjk->bik", s(7, 2, 3), s(7, 3, 5)),
            einsum("ibj,jbk->ikb", s(2, 7, 3), s(3, 7, 5)),
            einsum("bij,bjk->ik", s(7, 2, 3), s(7, 3, 5)),
            einsum("abcd,cdef->abef", s(2, 1, 3, 5), s(3, 5, 2, 2)),
            einsum("bi,bi->b", s(7, 3), s(7, 3)),
            einsum("ij,ij->", s(2, 3), s(2, 3)),
            einsum("ij,k->i", s(2, 3), s(5)),
            einsum("ii,i->i", s(3, 3), s(3)),
            einsum("ij,jj->i", s(2, 3), s(3, 3)),
            einsum(",ij->ij", s(), s(2, 3)),
            einsum(",", s(), s()),
            einsum("ij,jk->ik", s(2, 0), s(0, 3)),
            // Axes of size 1 broadcast.
            einsum("i,i", s(1), s(3)),
            einsum("ij,jk", s(2, 1), s(3, 4)),
            einsum("ij,ij->ij", s(2, 1), s(1, 4)),
            einsum("ij,ij->i", s(2, 1), s(1, 4)),
            einsum("i,i->i", s(1), s(1)),
            einsum("i,i->i", s(1), s(0)),
            // Ellipsis.
            einsum("...", s(2, 3)),
            einsum("i...->...i", s(2, 3, 5)),
            einsum("...ii->...i", s(2, 3, 3)),
            einsum("...ij,...jk->...ik", s(7, 2, 3), s(7, 3, 5)),
            einsum("...ij,jk->...ik", s(2, 7, 2, 3), s(3, 5)),
            einsum("...ij,...jk", s(7, 1, 2, 3), s(2, 3, 5)),
            einsum("i...,i...", s(2, 3), s(2, 1)),
            einsum("i...j,...j->i...", s(2, 7, 5), s(7, 5)),
            einsum("...,...", s(2, 3), s(3)),
            einsum("...i->i", s(4)),
            einsum("ij->ij...", s(2, 3)),
            einsum("...,i", s(2), s(3)),
            // More.
            einsum("ij,jk,kl", s(2, 3), s(3, 5), s(5, 7)),
            einsum("ij,jk,kl->", s(2, 3), s(3, 5), s(5, 7)),
            einsum("ij,jk,ki", s(2, 3), s(3, 5), s(5, 2)),
            einsum("i,i,i->i", s(3), s(3), s(3)),
            einsum("i,j,k->kji", s(2), s(3), s(5)),
            einsum("bi,ijk,bj->bk", s(7, 2), s(2, 3, 5), s(7, 3)),
            einsum("ij,ij,ij,ij", s(2, 3), s(2, 3), s(2, 3), s(2, 3)),
            einsum("ab,bc,cd,de->ea", s(2, 3), s(3, 5), s(5, 2), s(2, 4)),
            einsum("...a,...b,...c->...abc", s(2, 3), s(1, 2), s(4)),
            einsum("ii,jj,kk", s(2, 2), s(3, 3), s(2, 2)),
            einsum("i,i,j", s(1), s(3), s(2))));
  }

  /**
   * Strings, sizes and orders by chance, against the sum over all labels in turn. Of up to four
   * operands, with repeated labels, sizes 0 to 3, and sizes 1 that broadcast.
   */
  @Test
  void einsumLikeLoops() {
    Random random = new Random(20_251_126);
    for (int k = 0; k < 400; k++) {
      int[] sizes = random.ints(5, k % 10 == 0 ? 0 : 1, 4).toArray();
      List<String> terms = new ArrayList<>();
      List<Tensor> in = new ArrayList<>();
      StringBuilder present = new StringBuilder();
      for (int n = random.nextInt(1, 5); n > 0; n--) {
        StringBuilder term = new StringBuilder();
        List<Long> dims = new ArrayList<>();
        for (int rank = random.nextInt(5); rank > 0; rank--) {
          char label = (char) ('a' + random.nextInt(5));
          boolean narrow = random.nextInt(8) == 0 && term.indexOf("" + label) < 0;
          int before = term.indexOf("" + label);
          dims.add(before >= 0 ? dims.get(before) : narrow ? 1L : sizes[label - 'a']);
          term.append(label);
          if (present.indexOf("" + label) < 0) {
            present.append(label);
          }
        }
        terms.add(term.toString());
        long[] shape = dims.stream().mapToLong(Long::longValue).toArray();
        in.add(LikeNumPy.numbers(device, Shape.of(shape)));
      }
      StringBuilder output = new StringBuilder();
      for (int i = 0; i < present.length(); i++) {
        if (random.nextBoolean()) {
          output.insert(random.nextInt(output.length() + 1), present.charAt(i));
        }
      }
      String subscripts = String.join(",", terms) + "->" + output;
      Tensor result = einsum(subscripts, in);
      String what = subscripts + " " + in.stream().map(Tensor::shape).toList();
      double[] expected = loops(terms, in, output.toString());
      // Plus 0, as a product may be -0.
      assertArrayEquals(expected, result.add(0).toDoubleArray(), what);
      assertEquals(output.length(), result.rank(), what);
    }
  }

  /** For each index of the output the sum of products over all other labels. */
  private static double[] loops(List<String> terms, List<Tensor> in, String output) {
    long[] sizes = new long[5];
    Arrays.fill(sizes, -1);
    for (int t = 0; t < terms.size(); t++) {
      for (int axis = 0; axis < terms.get(t).length(); axis++) {
        int label = terms.get(t).charAt(axis) - 'a';
        long dim = in.get(t).shape().dim(axis);
        sizes[label] = sizes[label] < 0 || sizes[label] == 1 ? dim : sizes[label];
      }
    }
    List<double[]> data = in.stream().map(Tensor::toDoubleArray).toList();
    long elements = output.chars().mapToLong(c -> sizes[c - 'a']).reduce(1, (a, b) -> a * b);
    double[] result = new double[(int) elements];
    Shape all = Shape.of(Arrays.stream(sizes).map(size -> Math.abs(size)).toArray());
    for (long i = 0; i < all.size(); i++) {
      long[] at = all.index(i);
      double product = 1;
      for (int t = 0; t < terms.size(); t++) {
        Shape shape = in.get(t).shape();
        int place = 0;
        for (int axis = 0; axis < shape.rank(); axis++) {
          long index = shape.dim(axis) == 1 ? 0 : at[terms.get(t).charAt(axis) - 'a'];
          place = (int) (place * shape.dim(axis) + index);
        }
        product *= data.get(t)[place];
      }
      int place = 0;
      for (int axis = 0; axis < output.length(); axis++) {
        int label = output.charAt(axis) - 'a';
        place = (int) (place * sizes[label] + at[label]);
      }
      result[place] += product;
    }
    return result;
  }

  @Test
  void dtypesStayAsTheyAre() {
    Tensor ints = device.full(DType.INT32, 1 << 20, 2, 2048);
    assertEquals(DType.INT32, Tensor.einsum("ij->i", ints).dtype());
    assertArrayEquals(new int[] {1 << 31, 1 << 31}, Tensor.einsum("ij->i", ints).toIntArray());
    Tensor bools = device.tensor(new boolean[] {true, true, false, false}, 2, 2);
    assertArrayEquals(new boolean[] {true, false}, Tensor.einsum("ij->i", bools).toBooleanArray());
    assertArrayEquals(
        new boolean[] {true, false, true, false}, Tensor.einsum("ji", bools).toBooleanArray());
  }

  // ---- what it is made of

  private static String explained(Function<List<Tensor>, Tensor> f, List<Tensor> in) {
    try (var program = device.compiler().compile(f, in)) {
      return program.explain();
    }
  }

  private static Tensor zeros(long... dims) {
    return device.zeros(DType.FLOAT32, dims);
  }

  /** The small product first, whatever the order of the operands. */
  @Test
  void theSmallestProductComesFirst() {
    String chain =
        explained(
            in -> einsum("ab,bc,cd->ad", in), List.of(zeros(64, 2), zeros(2, 64), zeros(64, 3)));
    assertEquals(2, occurrences(chain, "dotGeneral(", "= dotGeneral"), chain);
    assertFalse(chain.contains("(64, 64)"), chain);
    String other =
        explained(
            in -> einsum("ab,bc,cd->ad", in), List.of(zeros(3, 64), zeros(64, 2), zeros(2, 64)));
    assertFalse(other.contains("(64, 64)"), other);
  }

  private static int occurrences(String text, String... any) {
    return (int)
        text.lines()
            .filter(line -> line.startsWith("  %"))
            .filter(line -> Arrays.stream(any).anyMatch(line::contains))
            .count();
  }

  /** No product repeats an operand, or copies one, where it can do without. */
  @Test
  void batchesAreNotCopied() {
    for (List<Shape> shapes :
        List.of(
            List.of(s(7, 3, 5), s(5, 4)),
            List.of(s(3, 5), s(7, 5, 4)),
            List.of(s(7, 3, 5), s(7, 5, 4)),
            List.of(s(5), s(7, 5, 4)),
            List.of(s(7, 3, 5), s(5)))) {
      String text =
          explained(
              in -> in.get(0).matmul(in.get(1)),
              shapes.stream().map(shape -> zeros(shape.dims())).toList());
      assertFalse(text.contains("copy"), text);
    }
  }

  // ---- derivatives

  private DynamicTest derivative(String name, Function<List<Tensor>, Tensor> f, Shape... shapes) {
    return dynamicTest(
        name + " " + List.of(shapes),
        () -> {
          try (Scope _ = device.open()) {
            Random random = new Random(2);
            Derivatives.check(
                device,
                f,
                Stream.of(shapes)
                    .map(shape ->
                        Derivatives.normal(device, new TensorType(DType.FLOAT64, shape), random))
                    .toList());
          }
        });
  }

  private DynamicTest derivative(String subscripts, Shape... shapes) {
    return derivative(subscripts, in -> einsum(subscripts, in), shapes);
  }

  @TestFactory
  Stream<DynamicTest> derivatives() {
    Function<List<Tensor>, Tensor> matmul = in -> in.get(0).matmul(in.get(1));
    Function<List<Tensor>, Tensor> dot = in -> in.get(0).dot(in.get(1));
    return Stream.of(
        derivative("matmul", matmul, s(5), s(5)),
        derivative("matmul", matmul, s(5), s(5, 3)),
        derivative("matmul", matmul, s(3, 5), s(5)),
        derivative("matmul", matmul, s(2, 3, 5), s(5, 4)),
        derivative("matmul", matmul, s(3, 5), s(2, 5, 4)),
        derivative("matmul", matmul, s(2, 1, 3, 5), s(3, 5, 4)),
        derivative("dot", dot, s(2, 3, 5), s(4, 5, 2)),
        derivative("dot", dot, s(), s(4)),
        derivative("outer", in -> in.get(0).outer(in.get(1)), s(3), s(5)),
        derivative("tensordot", in -> in.get(0).tensordot(in.get(1), 2), s(2, 3, 5), s(3, 5, 2)),
        derivative("ii->i", s(3, 3)),
        derivative("iji->j", s(3, 2, 3)),
        derivative("ij,jk->ki", s(2, 3), s(3, 4)),
        derivative("ij,ij->ij", s(2, 1), s(1, 4)),
        derivative("...ij,...jk->...ik", s(7, 1, 2, 3), s(2, 3, 5)),
        derivative("ij,jk,kl->il", s(2, 3), s(3, 5), s(5, 2)),
        derivative("bi,ijk,bj->bk", s(4, 2), s(2, 3, 5), s(4, 3)));
  }

  // ---- errors

  @TestFactory
  Stream<DynamicTest> mistakes() {
    Tensor x = zeros(2, 3);
    Tensor y = zeros(4, 5);
    Tensor doubles = device.zeros(DType.FLOAT64, 3, 2);
    Tensor bools = device.zeros(DType.BOOL, 2);
    int[] one = {0};
    return FaceErrors.tests(
        List.of(
            row(
                ArgumentException.class,
                "einsum: pass at least one tensor",
                () -> Tensor.einsum("")),
            row(
                ArgumentException.class,
                "einsum: \"i1\": '1' in 'i1' is no label; use the letters a to z, A to Z",
                () -> Tensor.einsum("i1", x)),
            row(
                ArgumentException.class,
                "einsum: \"ij-\": '-' in 'ij-' is no label; use the letters a to z, A to Z",
                () -> Tensor.einsum("ij-", x)),
            row(
                ArgumentException.class,
                "einsum: \"ij->i->j\": '-' in 'i->j' is no label; use the letters a to z, A to Z",
                () -> Tensor.einsum("ij->i->j", x)),
            row(
                ArgumentException.class,
                "einsum: \"ij->i,j\": ',' in 'i,j' is no label; use the letters a to z, A to Z",
                () -> Tensor.einsum("ij->i,j", x)),
            row(
                ArgumentException.class,
                "einsum: \"i.j\": a '.' in 'i.j' is not part of one '...'",
                () -> Tensor.einsum("i.j", x)),
            row(
                ArgumentException.class,
                "einsum: \"......\": a '.' in '......' is not part of one '...'",
                () -> Tensor.einsum("......", x)),
            row(
                ArgumentException.class,
                "einsum: \"ij,jk\": it has 2 operands, and 1 were passed: [(2, 3)]",
                () -> Tensor.einsum("ij,jk", x)),
            row(
                ArgumentException.class,
                "einsum: \"ij->ik\": 'k' of the output is in no operand",
                () -> Tensor.einsum("ij->ik", x)),
            row(
                ArgumentException.class,
                "einsum: \"ij->ii\": 'i' is repeated in the output",
                () -> Tensor.einsum("ij->ii", x)),
            row(
                ArgumentException.class,
                "einsum: \"i...->i\": the output has no '...' for the 1 axes that it stands for in"
                    + " the operands",
                () -> Tensor.einsum("i...->i", x)),
            row(
                ShapeException.class,
                "einsum: \"i\": 'i' names 1 axes, and operand 0 has shape (2, 3); put '...' for the"
                    + " others",
                () -> Tensor.einsum("i", x)),
            row(
                ShapeException.class,
                "einsum: \"ij,ijk\": 'ijk' names 3 axes, and operand 1 has shape (4, 5)",
                () -> Tensor.einsum("ij,ijk", x, y)),
            row(
                ShapeException.class,
                "einsum: \"ij...k\": 'ij...k' names 3 axes, and operand 0 has shape (2, 3)",
                () -> Tensor.einsum("ij...k", x)),
            row(
                ShapeException.class,
                "einsum: \"ij,jk\": 'j' has the sizes 3 and 4 in operands of shapes [(2, 3), (4,"
                    + " 5)]",
                () -> Tensor.einsum("ij,jk", x, y)),
            row(
                ShapeException.class,
                "einsum: \"...,...\": axis -2 of '...' has the sizes 2 and 4 in operands of shapes"
                    + " [(2, 3), (4, 5)]",
                () -> Tensor.einsum("...,...", x, y)),
            row(
                ShapeException.class,
                "einsum: \"ii\": 'i' has the sizes 2 and 3 in operand 0 of shape (2, 3)",
                () -> Tensor.einsum("ii", x)),
            row(
                DTypeException.class,
                "einsum: dtypes differ: float32(2, 3) and float64(3, 2); cast one of them",
                () -> Tensor.einsum("ij,jk", x, doubles)),
            row(
                DTypeException.class,
                "einsum: bool(2,) is not a number; cast it to a number dtype first",
                () -> Tensor.einsum("i,i", bools, bools)),
            row(
                ArgumentException.class,
                "einsum: a tensor is null; import the data first",
                () -> Tensor.einsum("i,i", bools, null)),
            row(
                ShapeException.class,
                "matmul: inner dimensions differ: (2, 3) x (2,): 3 != 2",
                () -> x.matmul(zeros(2))),
            row(
                ShapeException.class,
                "matmul: inner dimensions differ: (3,) x (2, 3): 3 != 2",
                () -> zeros(3).matmul(x)),
            row(
                ShapeException.class,
                "dot: inner dimensions differ: (2, 3) x (2, 3): 3 != 2",
                () -> x.dot(x)),
            row(
                DTypeException.class,
                "outer: dtypes differ: float32(6,) and float64(6,); cast one of them",
                () -> x.outer(doubles)),
            row(
                ShapeException.class,
                "tensordot: 3 axes of (2, 3) and (4, 5); pass 0 to 2",
                () -> x.tensordot(y, 3)),
            row(
                ShapeException.class,
                "tensordot: -1 axes of (2, 3) and (4, 5); pass 0 to 2",
                () -> x.tensordot(y, -1)),
            row(
                ShapeException.class,
                "tensordot: axis 0 of (2, 3) has 2, axis 0 of (4, 5) has 4",
                () -> x.tensordot(y, one, one)),
            row(
                ShapeException.class,
                "tensordot: [0] and [0, 1] are not as many axes",
                () -> x.tensordot(y, one, new int[] {0, 1})),
            row(
                ShapeException.class,
                "tensordot: axis 0 is repeated in [0, -2]",
                () -> x.tensordot(x, new int[] {0, -2}, new int[] {0, 0})),
            row(
                ShapeException.class,
                "tensordot: axis 2 is out of range for shape (2, 3) of rank 2",
                () -> x.tensordot(x, new int[] {2}, one))),
        device);
  }
}
