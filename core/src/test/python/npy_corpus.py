"""Writes odd and malformed .npy files into a folder, each with NumPy's own verdict.

Prints a line for each file: its name, and what numpy.load makes of it: "ok", dtype, shape, order
and the bytes in C order, or "refused" and the class of the error. Run by CorpusTest.
"""

import random
import struct
import sys
import warnings

import numpy as np

warnings.simplefilter("ignore")

DATA = bytes(range(1, 256)) * 4
GOOD = "{'descr': '<i2', 'fortran_order': False, 'shape': (3, 2), }"


def file(header, version=1, data=DATA, pad=True, magic=b"\x93NUMPY", length=None, minor=0):
  text = header if isinstance(header, bytes) else header.encode("utf8" if version == 3 else "latin1")
  if pad:
    text += b" " * (-(len(text) + 11) % 64) + b"\n"
  form = "<H" if version == 1 else "<I"
  return (
      magic + bytes([version, minor])
      + struct.pack(form, len(text) if length is None else length) + text + data)


def header(descr="'<i2'", order="False", shape="(3, 2)"):
  return "{'descr': %s, 'fortran_order': %s, 'shape': %s, }" % (descr, order, shape)


def texts():
  """Headers by name, all of versions 1 to 3."""
  yield "plain", GOOD
  yield "keys in another order", "{'shape': (3, 2), 'descr': '<i2', 'fortran_order': True}"
  yield "double quotes", '{"descr": "<i2", "fortran_order": False, "shape": (3, 2)}'
  yield "no space", "{'descr':'<i2','fortran_order':False,'shape':(3,2)}"
  yield "much space", "{  'descr'\t:\f'<i2' ,\n 'fortran_order' : False,\r\n\r'shape' :( 3 ,2 , ) ,  }"
  yield "comments", "{ # one\n'descr': '<i2', # two, it's\n'fortran_order': False, 'shape': (3, 2)} # three"
  yield "comment before", "# first\n" + GOOD
  yield "break before", "\n\n" + GOOD
  yield "blanks before", " \t " + GOOD
  yield "break and indent", "\n " + GOOD
  yield "form feed before", "\f" + GOOD
  yield "continued", "{'descr': '<i2', \\\n'fortran_order': False, 'shape': (3, 2)}"
  yield "continued before", "\\\n" + GOOD
  yield "backslash", "{'descr': '<i2', \\ 'fortran_order': False, 'shape': (3, 2)}"
  yield "blank lines after", GOOD + "\n \n\t\n# end\n"
  yield "semicolon", GOOD + ";"
  yield "comma after", GOOD + ","
  yield "two dictionaries", GOOD + GOOD
  yield "text after", GOOD + " x"
  yield "nothing", ""
  yield "blank", "   "
  yield "only a comment", "# nothing"
  yield "no end", GOOD[:-1]
  yield "in brackets", "(" + GOOD + ")"
  yield "in a list", "[" + GOOD + "]"
  yield "a tuple", "(1, 2)"
  yield "a set", "{1, 2}"
  yield "empty dictionary", "{}"
  yield "byte order mark", "\xef\xbb\xbf" + GOOD
  yield "NUL", GOOD[:10] + "\0" + GOOD[10:]
  yield "NUL after", GOOD + "\0"
  yield "non-breaking space", GOOD.replace(" ", "\xa0", 1)
  yield "call", "dict(descr='<i2', fortran_order=False, shape=(3, 2))"
  yield "sum", header(shape="(1 + 2, 2)")
  yield "spread", "{**{'descr': '<i2', 'fortran_order': False, 'shape': (3, 2)}}"
  yield "starred", header(shape="(*(3, 2),)")
  # Keys.
  yield "key missing", "{'descr': '<i2', 'shape': (3, 2)}"
  yield "key too many", "{'descr': '<i2', 'fortran_order': False, 'shape': (3, 2), 'more': 1}"
  yield "key twice", "{'descr': '<i4', 'descr': '<i2', 'fortran_order': False, 'shape': (3, 2)}"
  yield "key in capitals", GOOD.replace("descr", "Descr")
  yield "key of bytes", GOOD.replace("'descr'", "b'descr'")
  yield "key with u", GOOD.replace("'descr'", "u'descr'").replace("'shape'", "U'shape'")
  yield "key raw", GOOD.replace("'descr'", "r'descr'")
  yield "key in parts", GOOD.replace("'descr'", "'de' \"scr\"")
  yield "key in parts over lines", GOOD.replace("'descr'", "'de'\n# part\n'scr'")
  yield "key in three quotes", GOOD.replace("'descr'", "'''descr'''")
  yield "key in three quotes over lines", GOOD.replace("'descr'", "'''de\\\nscr'''")
  yield "key escaped", GOOD.replace("'descr'", "'\\x64\\145s\\u0063\\U00000072'")
  yield "key named", GOOD.replace("'descr'", "'\\N{LATIN SMALL LETTER D}escr'")
  yield "key wrongly named", GOOD.replace("'descr'", "'\\N{NO SUCH LETTER}escr'")
  yield "key escaped unknown", GOOD.replace("'descr'", "'\\descr'")
  yield "key escaped short", GOOD.replace("'descr'", "'\\x6'")
  yield "key escaped long octal", GOOD.replace("'descr'", "'\\0144escr'")
  yield "key raw escaped", GOOD.replace("'descr'", "r'\\x64escr'")
  yield "key formatted", GOOD.replace("'descr'", "f'descr'")
  yield "key with raw u", GOOD.replace("'descr'", "ur'descr'")
  yield "key a number", GOOD.replace("'descr'", "1")
  yield "key a list", GOOD.replace("'descr'", "['descr']")
  yield "string without end", "{'descr': '<i2, 'fortran_order': False, 'shape': (3, 2)}"
  yield "string over a line", GOOD.replace("'descr'", "'de\nscr'")
  # Order.
  for order in ("True", "1", "0", "None", "'False'", "true", "(False)", "(False,)", "Falsey", "not True", "False or True"):
    yield "order " + order, header(order=order)
  # Shapes.
  for shape in (
      "()", "(6,)", "(6)", "[3, 2]", "3, 2", "(3, 2,)", "((3), (2))", "((3, 2))", "((3,), 2)", "(3 2)",
      "(3,, 2)", "(,)", "(0,)", "(3, 0)", "(0, 9223372036854775807)", "(0x3, 0X2)", "(0b11, 0B10)",
      "(0o3, 0O2)", "(0_3, 2)", "(1_0,)", "(1__0,)", "(10_,)", "(_10,)", "(0x_a,)", "(0x,)", "(0xg,)",
      "(00, 2)", "(03, 2)", "(0_0, 2)", "(+3, 2)", "(+ 3, 2)", "(--3, 2)", "(-3, 2)", "(3, -2)", "(-1,)",
      "(-0, 2)", "(~3, 2)", "(3.0, 2)", "(3., 2)", "(3e0, 2)", "(3j, 2)", "(3+0j, 2)", "(True, 2)",
      "(False,)", "(None,)", "('3', 2)", "(3L, 2L)", "(3l, 2)", "(3 L, 2)", "(3LL, 2)", "(0x3L, 2)",
      "(3L\n, 2)", "(L, 2)", "(3_L, 2)", "(9223372036854775807,)", "(9223372036854775808,)",
      "(4611686018427387904, 2)", "(4294967296, 4294967296)", "(65536, 65536, 65536, 65536)",
      "(1000000, 1000000)", "(0, 4294967296, 4294967296, 4294967296)", "(000000000000000000000000000000003, 2)",
      "(0x000000000000000000000000000000003, 2)", "(" + "1, " * 32 + ")", "(" + "1, " * 33 + ")",
      "(" + "1, " * 64 + ")", "(" + "1, " * 65 + ")", "(" * 12 + "3,2" + ")" * 12, "(3, 2", "3", "None",
      "{3: 2}", "{3, 2}", "(3, 2)\\\n"):
    yield "shape " + shape, header(shape=shape)
  # dtypes.
  codes = (
      "b1 ? bool bool_ i1 b int8 byte i2 h int16 short i4 i int32 intc i8 l q p int64 int intp longlong int_"
      " u1 B uint8 ubyte u2 H uint16 ushort u4 I uint32 uintc u8 L Q P uint64 uint uintp ulonglong"
      " f2 e float16 half f4 f float32 single f8 d float64 double float f16 g longdouble float128 f12"
      " c8 F complex64 csingle c16 D complex128 cdouble complex G c32 clongdouble M8 M8[s] datetime64"
      " datetime64[ns] m8 m8[ms] timedelta64 S S3 a3 U U2 str bytes V V1 V2 V02 V3 V4 V8 void O object i3 i16 f1 f3 b2 i"
      " 2i2 (2,)i2 i2,i2 i2, int16,int8 x i2x Float32 INT16 i02 i+2 i+02 i0x2 i-2 i2.0 2 T unicode str_ bytes_ object_ i2i2"
  ).split(" ")
  for code in codes:
    for mark in ("", "<", ">", "=", "|", "!"):
      yield "dtype " + mark + code, header("'%s%s'" % (mark, code), shape="(2,)")
  for descr in (
      "''", "' '", "'<'", "' <i2'", "'<i2 '", "'<i2\\n'", "'<i 2'", "'<i\\t2'", "'i\\n2'", "'<i2\\0'", "u'<i2'", "b'<i2'", "('<i2')", "('<i2',)", "['<i2']",
      "('<i2', (2,))", "('<i2', 2)", "[('x', '<i2')]", "[('x', '<i2'), ('y', '<i2')]", "[('x', '<i2', (2,))]",
      "[('', '<i2')]", "[]", "{}", "None", "True", "2", "2.5", "{'names': ['x'], 'formats': ['<i2']}", "'<i2' '2'",
      "'\\x3ci2'", "('<i2', {})", "[(('t', 'x'), '<i2')]", "'i2' 'i2'"):
    yield "descr " + descr, header(descr, shape="(2,)")


def files():
  for name, text in texts():
    for version in 1, 2, 3:
      yield f"{version} {name}", file(text, version)
  yield "no padding", file(GOOD, pad=False)
  yield "odd alignment", file(GOOD + " " * 5, pad=False)
  yield "data exact", file(GOOD, data=DATA[:12])
  yield "data one short", file(GOOD, data=DATA[:11])
  yield "no data", file(GOOD, data=b"")
  yield "no data needed", file(header(shape="(3, 0)"), data=b"")
  yield "scalar", file(header(shape="()"), data=DATA[:2])
  yield "scalar short", file(header(shape="()"), data=DATA[:1])
  yield "longest header", file(GOOD + " " * (10000 - len(GOOD)), pad=False)
  yield "header too long", file(GOOD + " " * (10001 - len(GOOD)), pad=False)
  yield "header too long 2", file(GOOD + " " * 70000, 2, pad=False)
  yield "length too large", file(GOOD, length=5000)
  yield "length too large 2", file(GOOD, 2, length=0xFFFFFFFF)
  yield "length too small", file(GOOD, length=20)
  yield "length zero", file(GOOD, length=0)
  for version, minor in ((0, 0), (1, 1), (4, 0), (255, 0), (2, 1)):
    yield f"version {version}.{minor}", file(GOOD, version, minor=minor)
  yield "magic", file(GOOD, magic=b"\x93NUMPX")
  yield "empty", b""
  for length in (1, 5, 6, 7, 8, 9, 10, 11, 60):
    yield f"first {length} bytes", file(GOOD)[:length]
  yield "pickle", b"\x80\x04N."
  yield "latin1 in 1", file(GOOD.encode() + b" # \xe4")
  yield "latin1 in 3", file(GOOD.encode() + b" # \xe4", 3)
  yield "utf8 in 3", file(GOOD + " # \u00e4\u4e2d", 3)
  yield "long utf8 in 3", file(GOOD + " # " + "\u4e2d" * 4000, 3)
  r = random.Random(1)
  sound = [text for _, text in texts() if "shape" in text]
  for i in range(300):
    text = list(r.choice(sound))
    for _ in range(r.randint(1, 3)):
      at = r.randrange(len(text))
      text[at : at + r.randint(0, 2)] = r.choice(
          ["", "'", '"', "(", ")", "{", "}", "[", "]", ",", ":", "\\", "#", "\n", " ", "L", "0", "_", "-", "+", "u", "x", ".", "i"])
    yield f"mutant {i}", file("".join(text), r.randint(1, 3))


def verdict(path):
  try:
    a = np.load(path)
  except Exception as error:
    return "refused\t" + type(error).__name__
  order = "F" if a.flags.f_contiguous and not a.flags.c_contiguous else "C"
  return "\t".join(
      ("ok", a.dtype.str, ",".join(map(str, a.shape)), order, np.ascontiguousarray(a).tobytes().hex()))


def main(folder):
  for number, (name, content) in enumerate(files()):
    path = f"{folder}/{number}.npy"
    with open(path, "wb") as out:
      out.write(content)
    print(f"{number}\t{ascii(name)}\t{verdict(path)}")


main(sys.argv[1])
