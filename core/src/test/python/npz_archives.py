"""Writes archives as NumPy and Python's zipfile can, and prints what NumPy finds in them.

A line for each array: archive, name, dtype, shape, CRC-32 of the elements in C order.
A line for each archive: archive, number of arrays.
"""
import glob
import io
import struct
import sys
import zipfile
import zlib

import numpy as np

folder = sys.argv[1]
large = np.random.default_rng(7).integers(0, 9, (3, 100_000)).astype('<i4')
small = np.array([1, 2, 3], '>i2')


def npy(array):
    out = io.BytesIO()
    np.save(out, array)
    return out.getvalue()


class Pipe(io.RawIOBase):
    """A file that cannot go back: sizes then stand behind each entry."""

    def __init__(self, path):
        self.file = open(path, 'wb')

    def writable(self):
        return True

    def seekable(self):
        return False

    def write(self, data):
        return self.file.write(data)

    def close(self):
        self.file.close()
        super().close()


def path(name):
    return f'{folder}/{name}.npz'


np.savez(path('empty'))
np.savez(path('savez'), large, small, größe=small)
np.savez_compressed(path('savez-compressed'), large, small, größe=small)

for label, method in ('stored', zipfile.ZIP_STORED), ('deflated', zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(path('zip64-' + label), 'w', method) as archive:
        with archive.open('x.npy', 'w', force_zip64=True) as entry:
            entry.write(npy(large))
    for zip64 in False, True:
        with Pipe(path(f'streamed-{label}-{zip64}')) as pipe:
            with zipfile.ZipFile(pipe, 'w', method) as archive:
                for name, array in ('x.npy', large), ('y.npy', small):
                    with archive.open(name, 'w', force_zip64=zip64) as entry:
                        entry.write(npy(array))

with zipfile.ZipFile(path('mixed'), 'w') as archive:
    archive.writestr('x.npy', npy(large), zipfile.ZIP_DEFLATED, 9)
    archive.writestr('y.npy', npy(small), zipfile.ZIP_STORED)

with zipfile.ZipFile(path('names'), 'w') as archive:
    for name in 'plain', 'x.npy', 'x.npy.npy', '.npy', 'folder/y.npy', 'ключ.npy', 'a b\tc.npy':
        archive.writestr(name, npy(small))
    archive.writestr('folder/', b'')

with zipfile.ZipFile(path('comment'), 'w') as archive:
    archive.comment = b'the end ' * 1000
    archive.writestr('x.npy', npy(small))
with open(path('comment'), 'rb') as source, open(path('behind-a-script'), 'wb') as out:
    out.write(b'#!/bin/sh\n' * 50 + source.read())

buffer = io.BytesIO()
with zipfile.ZipFile(buffer, 'w') as archive:
    archive.writestr('x.npy', npy(small))
plain = buffer.getvalue()
with open(path('name-in-cp437'), 'wb') as out:
    out.write(plain.replace(b'x.npy', b'\x81.npy'))

# Sizes in an extra field, as large entries have them.
entry = plain.index(b'PK\1\2')
end = plain.index(b'PK\5\6')
size = plain[entry + 24:entry + 28] + bytes(4)
extra = struct.pack('<HH', 1, 16) + size + size
patched = bytearray(plain)
patched[entry + 20:entry + 28] = b'\xff' * 8
patched[entry + 30:entry + 32] = struct.pack('<H', len(extra))
patched[end + 12:end + 16] = struct.pack('<I', end - entry + len(extra))
patched[entry + 51:entry + 51] = extra
with open(path('zip64-directory'), 'wb') as out:
    out.write(patched)

for file in sorted(glob.glob(folder + '/*.npz')):
    # np.load looks at the start of a file; this takes what zipfile takes.
    with open(file, 'rb') as opened, np.lib.npyio.NpzFile(opened) as npz:
        members = [m for m in npz.zip.namelist() if not m.endswith('/')]
        for member in members:
            array = np.lib.format.read_array(io.BytesIO(npz.zip.read(member)))
            name = member[:-4] if member.endswith('.npy') else member
            assert name in npz.files
            print(file, name, array.dtype.str, array.shape, zlib.crc32(array.tobytes()), sep='|')
        print(file, len(members), sep='|')
