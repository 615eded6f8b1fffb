"""An independent reader and writer of safetensors: json, struct and numpy.frombuffer.

usage: safetensors_reference.py folder

Writes files of many makes into the folder, good and bad ones, and prints what is in each file that
is there, of whatever origin: a line for each tensor, or that the file is refused.
"""

import json
import pathlib
import random
import struct
import sys
import zlib

import numpy as np

BYTES = dict(BOOL=1, U8=1, I8=1, I16=2, U16=2, F16=2, BF16=2, I32=4, U32=4, F32=4, F64=8, I64=8, U64=8)
NUMPY = dict(BOOL="?", U8="u1", I8="i1", I16="<i2", U16="<u2", F16="<f2", BF16="V2", I32="<i4",
             U32="<u4", F32="<f4", F64="<f8", I64="<i8", U64="<u8")
ORDER = ["U64", "I64", "F64", "F32", "U32", "I32", "BF16", "F16", "U16", "I16", "I8", "U8", "BOOL"]


class Refused(Exception):
    pass


def check(condition):
    if not condition:
        raise Refused


def once(pairs):
    check(len({name for name, _ in pairs}) == len(pairs))
    return dict(pairs)


def integer(text):
    check(not text.startswith("-"))
    check(int(text) < 2**63)
    return int(text)


def refuse(_):
    raise Refused


def is_number(value):
    return isinstance(value, int) and not isinstance(value, bool)


def read(data):
    """Name to dtype, shape and elements in a row, of the bytes of a file."""
    check(len(data) >= 8)
    (length,) = struct.unpack("<Q", data[:8])
    check(length <= min(100_000_000, len(data) - 8))
    rest = data[8 + length:]
    try:
        text = data[8:8 + length].decode("utf-8")
        check(text.startswith("{"))
        header = json.loads(text, object_pairs_hook=once, parse_int=integer, parse_float=refuse,
                            parse_constant=refuse)
        json.dumps(header, ensure_ascii=False).encode("utf-8")
    except (ValueError, RecursionError) as e:
        raise Refused from e
    texts = header.pop("__metadata__", {})
    check(isinstance(texts, dict) and all(isinstance(value, str) for value in texts.values()))
    found, places = {}, []
    for name, item in header.items():
        check(isinstance(item, dict) and set(item) == {"dtype", "shape", "data_offsets"})
        dtype, shape, place = item["dtype"], item["shape"], item["data_offsets"]
        check(isinstance(dtype, str) and dtype in BYTES)
        check(isinstance(shape, list) and all(map(is_number, shape)) and len(shape) <= 64)
        check(isinstance(place, list) and all(map(is_number, place)) and len(place) == 2)
        strides = size = BYTES[dtype]
        for dim in shape:
            size *= dim
            strides *= max(1, dim)
        check(strides < 2**63)
        check(place[0] <= place[1] <= len(rest) and place[1] - place[0] == size)
        places.append(place)
        found[name] = (dtype, shape, np.frombuffer(rest[place[0]:place[1]], NUMPY[dtype]))
    end = 0
    for place in sorted(places):
        check(place[0] == end)
        end = place[1]
    check(end == len(rest))
    return found


def file(header, data=b"", length=None):
    text = header if isinstance(header, bytes) else header.encode("utf-8")
    return struct.pack("<Q", len(text) if length is None else length) + text + data


def write(arrays, metadata=None, padding=8):
    """What the original writes: wide dtypes first, then by name, and a header padded with blanks."""
    header, data = {}, b""
    if metadata:
        header["__metadata__"] = metadata
    for name, (dtype, array) in sorted(
            arrays.items(), key=lambda entry: (ORDER.index(entry[1][0]), entry[0].encode("utf-8"))):
        header[name] = dict(dtype=dtype, shape=list(array.shape),
                            data_offsets=[len(data), len(data) + array.nbytes])
        data += array.tobytes()
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode("utf-8")
    return file(text + b" " * (-len(text) % padding), data)


def item(dtype="U8", shape="[2]", place="[0,2]"):
    return '{"dtype":"%s","shape":%s,"data_offsets":%s}' % (dtype, shape, place)


def odd():
    """Files that are easily read wrongly, by name."""
    two = b"\1\2"
    for n, shape in enumerate(["[2]", "[2,1]", "[1,1,2]", " [ 2 ] ", "[02]", "[2.0]", "[2e0]", "[-2]",
                               "[true]", "[null]", '["2"]', "[2,]", "[,2]", "2", "{}", "[[2]]", "[]",
                               "[9223372036854775807,2]", "[9223372036854775808]", "[4294967296,4294967296]",
                               "[0]", "[2" + ",1" * 63 + "]", "[2" + ",1" * 64 + "]"]):
        yield f"shape-{n}", file('{"w":%s}' % item(shape=shape), two)
    for n, place in enumerate(["[0,2]", "[0, 2 ]", "[0,1]", "[0,3]", "[1,3]", "[2,0]", "[-1,1]", "[0,2,2]",
                               "[2]", "[0,2.5]", "[0,18446744073709551618]", "[9223372036854775807,1]",
                               "null", "[\"0\",\"2\"]"]):
        yield f"place-{n}", file('{"w":%s}' % item(place=place), two)
    for n, dtype in enumerate(list(BYTES) + ["F8_E4M3", "C64", "u8", "", "U8 ", "\\u00558"]):
        size = BYTES.get(dtype, 1)
        yield f"dtype-{n}", file('{"w":%s}' % item(dtype, "[2]", "[0,%d]" % (2 * size)), b"\1" * (2 * size))
    w, e = item(), item(shape="[0,7]", place="[0,0]")
    pairs = {
        "next": ('{"a":%s,"b":%s}' % (w, item(place="[2,4]")), 4),
        "behind": ('{"b":%s,"a":%s}' % (item(place="[2,4]"), w), 4),
        "hole": ('{"a":%s,"b":%s}' % (w, item(place="[3,5]")), 5),
        "overlap": ('{"a":%s,"b":%s}' % (w, item(place="[1,3]")), 3),
        "same": ('{"a":%s,"b":%s}' % (w, w), 2),
        "late": ('{"a":%s}' % item(place="[1,3]"), 3),
        "early": ('{"a":%s}' % w, 3),
        "empty": ('{"a":%s,"e":%s,"f":%s}' % (w, e, item(shape="[0]", place="[2,2]")), 2),
        "inside": ('{"a":%s,"e":%s}' % (w, item(shape="[0]", place="[1,1]")), 2),
        "beyond": ('{"a":%s,"e":%s}' % (w, item(shape="[0]", place="[3,3]")), 2),
        "twice": ('{"a":%s,"a":%s}' % (w, item(place="[2,4]")), 4),
        "escaped twice": ('{"a":%s,"\\u0061":%s}' % (w, item(place="[2,4]")), 4),
        "nothing": ("{}", 0),
        "nothing with data": ("{}", 1),
        "huge zero": ('{"a":%s}' % item(shape="[0,9223372036854775807,3]", place="[0,0]"), 0),
    }
    for name, (header, size) in pairs.items():
        yield name, file(header, bytes(range(size)))
    texts = ['{"__metadata__":{},"w":%s}', '{"w":%s,"__metadata__":{"a":"b","c":"\\"\\\\\\/\\b\\f\\n\\r\\t"}}',
             '{"__metadata__":{"a":1},"w":%s}', '{"__metadata__":{"a":null},"w":%s}', '{"__metadata__":null,"w":%s}',
             '{"__metadata__":{"a":"1","a":"2"},"w":%s}', '{"__metadata__":{},"__metadata__":{},"w":%s}',
             '{"__metadata__":{"a":{}},"w":%s}', '{"__metadata__":{"":""},"":%s}', ' {"w":%s}', '{"w":%s} \t\r\n',
             '{"w":%s}x', '{"w":%s}{}', '{"w":%s},', '{"w":%s,}', "{'w':%s}", '{w:%s}', '{"w"%s}', '{"w":%s',
             '[%s]', '{"w":%s}\0', '\ufeff{"w":%s}', '{"w\\n":%s}', '{"w\n":%s}', '{"\\ud83d\\ude00":%s}',
             '{"\\ud83d":%s}', '{"\\ude00\\ud83d":%s}', '{"\U0001f600 größe":%s}', '{"\\u00e9\\/":%s}', '{"\\x":%s}',
             '{"\\u12g4":%s}', '{"w":%s/**/}', '\t{"w":%s}', '{"w" : %s }', '{"w":%s}' + " " * 37, '{"\x7f":%s}',
             '{"__metadata__":' + '{"a":' * 2000 + '"b"' + "}" * 2000 + ',"w":%s}', '{"w":[%s]}', "\"%s\"", "%s", ""]
    for n, text in enumerate(texts):
        yield f"text-{n}", file(text % w if "%s" in text else text, two)
    for n, raw in enumerate([b"\xff", b"\xc0\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xe2\x82"]):
        yield f"utf8-{n}", file(b'{"' + raw + b'":' + w.encode() + b"}", two)
    for n, extra in enumerate(['"x":1', '"dtype":"U8"', '"shape":[2]', '"data_offsets":[0,2]']):
        yield f"field-{n}", file('{"w":%s}' % (w[:-1] + "," + extra + "}"), two)
    for n, lacking in enumerate(['{"dtype":"U8","shape":[2]}', '{"dtype":"U8","data_offsets":[0,2]}',
                                 '{"shape":[2],"data_offsets":[0,2]}', "{}"]):
        yield f"lacking-{n}", file('{"w":%s}' % lacking, two)
    whole = file('{"w":%s}' % w, two)
    for n, length in enumerate([0, 1, len(whole) - 8, len(whole), 100_000_001, 2**31, 2**63, 2**64 - 1]):
        yield f"length-{n}", file('{"w":%s}' % w, two, length)
    for end in range(0, len(whole), 5):
        yield f"short-{end}", whole[:end]


def damaged(count):
    """Headers with a few characters changed, most of which are no header any more."""
    chance = random.Random(2027)
    header = '{"__metadata__":{"a":"b"},"w":%s,"v":%s}' % (item(), item("F32", "[3,1]", "[2,14]"))
    for n in range(count):
        text = list(header)
        for _ in range(chance.randint(1, 2)):
            at = chance.randrange(len(text))
            new = chance.choice('{}[]",:0123456789-.eE\\u wvFUI')
            chance.choice([lambda: text.insert(at, new), lambda: text.pop(at),
                           lambda: text.__setitem__(at, new)])()
        yield f"damaged-{n}", file("".join(text), bytes(range(14)))


def good():
    chance = np.random.default_rng(1)
    arrays = {}
    for shape in [(), (0,), (3,), (5, 0, 2), (7, 11)]:
        for dtype, code in NUMPY.items():
            size = int(np.prod(shape)) * BYTES[dtype]
            raw = chance.integers(0, 2 if dtype == "BOOL" else 256, size, "u1").tobytes()
            arrays[f"layers.{len(shape)}.{dtype}{len(arrays)}"] = (dtype, np.frombuffer(raw, code).reshape(shape))
    yield "all", write(arrays)
    yield "unaligned", write(arrays, padding=1)
    ours = {name: array for name, array in arrays.items() if array[0] not in ("U16", "U32", "U64")}
    yield "ours", write(ours, {"format": "np", "größe": 'a "quoted"\nline\t\0'})


folder = pathlib.Path(sys.argv[1])
for maker in [odd(), damaged(1500), good()]:
    for name, data in maker:
        (folder / (name + ".safetensors")).write_bytes(data)
for path in sorted(folder.glob("*.safetensors")):
    try:
        for name, (dtype, shape, array) in sorted(read(path.read_bytes()).items()):
            print(path.stem, ascii(name), dtype, shape, zlib.crc32(array.tobytes()), sep="|")
        print(path.stem, "whole", sep="|")
    except Refused:
        print(path.stem, "refused", sep="|")
